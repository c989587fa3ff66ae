"""The seal: draws that depend on the key, the seed and the label, and on nothing else."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from mergecheck.assign.seal import BLIND_ID_LENGTH, Seal

KEYS = st.binary(min_size=32, max_size=32)
NAMES = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=12)


@given(KEYS, NAMES, st.randoms())
def test_an_order_does_not_follow_the_input_s(key, names, random):
    shuffled = list(names)
    random.shuffle(shuffled)
    seal = Seal(key, 1)
    assert seal.order(names, "x") == seal.order(shuffled, "x")
    assert sorted(seal.order(names, "x")) == sorted(names)


@given(KEYS, NAMES)
def test_leaving_one_out_does_not_move_the_others(key, names):
    seal = Seal(key, 1)
    whole = seal.order(names, "x")
    for gone in names:
        assert seal.order([name for name in names if name != gone], "x") == [
            name for name in whole if name != gone
        ]


def test_every_order_of_three_comes_up():
    orders = {tuple(Seal(bytes([n]) * 32, 0).order("abc", "x")) for n in range(200)}
    assert len(orders) == 6


def test_uniform_numbers_are_uniform():
    numbers = [Seal(b"k" * 32, 0).uniform("x", n) for n in range(2000)]
    assert all(0 <= number < 1 for number in numbers)
    for tenth in range(10):
        share = sum(tenth / 10 <= number < (tenth + 1) / 10 for number in numbers)
        # Five standard deviations of a binomial of 2,000 with p = .1.
        assert abs(share - 200) < 5 * (2000 * 0.1 * 0.9) ** 0.5


def test_blind_ids_differ_by_everything_that_is_in_them():
    seal = Seal(b"k" * 32, 1)
    ids = {
        seal.blind_id(reviewer, candidate, number, showing)
        for reviewer in ("a", "b")
        for candidate in ("c", "d")
        for number in (1, 2)
        for showing in (1, 2)
    }
    assert len(ids) == 16
    assert {len(one) for one in ids} == {BLIND_ID_LENGTH}
    assert seal.blind_id("a", "c", 1) != Seal(b"l" * 32, 1).blind_id("a", "c", 1)
    assert seal.blind_id("a", "c", 1) != Seal(b"k" * 32, 2).blind_id("a", "c", 1)


def test_labels_are_kept_apart():
    seal = Seal(b"k" * 32, 1)
    assert seal.uniform("a", "bc") != seal.uniform("ab", "c")
    assert seal.uniform("a1", "b") != seal.uniform("a", "1b")


def test_the_study_id_is_an_hmac_and_survives_another_seed():
    key = b"k" * 32
    expected = hmac.new(key, b"mergecheck|study", hashlib.sha256).hexdigest()[:16]
    assert Seal(key, 1).study_id() == Seal(key, 2).study_id() == expected

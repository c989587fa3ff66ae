"""Golden patches are drawn by instance, by repository, with the probability that is recorded."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.assign.draw import draw_attempts, draw_golden
from mergecheck.assign.seal import Seal

INSTANCES = st.dictionaries(st.text("abcdef0123", min_size=1, max_size=6), st.sampled_from(["o/a", "o/b", "o/c"]))


@given(INSTANCES, st.floats(0.01, 1), st.binary(min_size=32, max_size=32))
def test_every_repository_gets_its_share_to_within_one(repositories, share, key):
    draws = draw_golden(repositories, share, 1, Seal(key, 0))
    assert [draw.instance for draw in draws] == sorted(repositories)
    assert {draw.inclusion_probability for draw in draws} <= {share}
    sampled = Counter(repositories[draw.instance] for draw in draws if draw.sampled)
    for repo, size in Counter(repositories.values()).items():
        assert abs(sampled[repo] - size * share) < 1 + 1e-9


def test_all_are_drawn_with_share_one():
    draws = draw_golden({"a": "o/a", "b": "o/a", "c": "o/b"}, 1.0, 1, Seal(b"k" * 32, 0))
    assert all(draw.sampled for draw in draws)


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_the_recorded_probability_is_the_true_one_even_with_one_instance(share):
    keys = 2000
    hits = sum(draw_golden({"a": "o/a"}, share, 1, Seal(n.to_bytes(32, "big"), 0))[0].sampled for n in range(keys))
    assert abs(hits - keys * share) < 5 * (keys * share * (1 - share)) ** 0.5


def test_what_is_drawn_in_one_repository_does_not_depend_on_another():
    seal = Seal(b"k" * 32, 0)
    small = {f"a{n}": "o/a" for n in range(10)}
    large = small | {f"b{n}": "o/b" for n in range(10)}
    first = {draw.instance for draw in draw_golden(small, 0.5, 1, seal) if draw.sampled}
    second = {draw.instance for draw in draw_golden(large, 0.5, 1, seal) if draw.sampled}
    assert first == second & set(small)


def test_every_passing_attempt_is_sampled():
    draws = draw_attempts({"m": ["b", "a"], "k": ["a"]}, 2)
    assert [(draw.submission, draw.instance) for draw in draws] == [("k", "a"), ("m", "a"), ("m", "b")]
    assert all(draw.sampled and draw.inclusion_probability == 1.0 and draw.round == 2 for draw in draws)

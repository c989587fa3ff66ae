"""Schedules: distinct waves, half a wave apart, everything dealt once, nothing that follows the source."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.assign.deal import Dealer, Request, weights
from mergecheck.assign.queue import Layout, Showing, make_queue
from mergecheck.assign.seal import Seal
from mergecheck.errors import AssignError
from mergecheck.records import Reviewer, Why

KEYS = st.binary(min_size=32, max_size=32)


def showings(*sizes: int) -> list[Showing]:
    return [Showing(f"i{n:02}c{k}", f"i{n:02}") for n, size in enumerate(sizes) for k in range(size)]


WORK = st.lists(st.integers(1, 6), min_size=1, max_size=25).map(lambda sizes: showings(*sizes))


def most(work: list[Showing]) -> int:
    return max(Counter(one.instance for one in work).values())


@settings(deadline=None)
@given(WORK, KEYS, st.integers(0, 3))
def test_a_queue_holds_each_candidate_once_and_each_instance_once_a_wave(work, key, more):
    queue = make_queue("r", work, Seal(key, 0), 1, Layout(most(work) + more))
    assert Counter(one.candidate for one in queue.assignments) == Counter(one.candidate for one in work)
    assert [one.position for one in queue.assignments] == list(range(1, len(queue.assignments) + 1))
    waves = [one.wave for one in queue.assignments]
    assert waves == sorted(waves)
    assert set(waves) <= set(range(1, most(work) + more + 1))
    per_wave = Counter((one.wave, one.candidate[:3]) for one in queue.assignments)
    assert set(per_wave.values()) == {1}
    assert len({one.id for one in queue.assignments}) == len(queue.assignments)


@settings(deadline=None)
@given(WORK, KEYS, st.floats(0, 1))
def test_two_showings_of_an_instance_are_half_a_wave_apart_or_are_named(work, key, repeats):
    queue = make_queue("r", work, Seal(key, 0), 1, Layout(repeats=repeats))
    places: dict[str, list[int]] = defaultdict(list)
    for one in queue.assignments:
        places[one.candidate[:3]].append(one.position)
    near = [
        (instance, later - earlier)
        for instance, positions in places.items()
        for earlier, later in pairwise(positions)
        if later - earlier < queue.half_wave
    ]
    assert sorted(near) == sorted(queue.too_near)


@settings(deadline=None)
@given(WORK, KEYS, st.floats(0, 1), st.integers(0, 2))
def test_repeats_come_half_the_waves_later_or_more_and_move_no_first_showing(work, key, repeats, more):
    fixed = None if more == 0 else most(work) + more - 1
    queue = make_queue("r", work, Seal(key, 0), 1, Layout(fixed, repeats))
    by_id = {one.id: one for one in queue.assignments}
    again = [one for one in queue.assignments if one.why is Why.REPEAT]
    for one in again:
        first = by_id[one.repeat_of]
        assert first.candidate == one.candidate
        assert first.repeat_of is None
        assert one.wave - first.wave >= max(1, queue.waves / 2)
    assert len({one.candidate[:3] for one in again}) == len(again)
    assert len(queue.assignments) == len(work) + len(again) == len(by_id)
    assert Counter(one.candidate for one in queue.assignments if one.why is Why.DRAWN) == Counter(
        one.candidate for one in work
    )
    assert len(again) == queue.repeats == min(queue.repeats_wanted, queue.repeats_possible)
    assert abs(queue.repeats_wanted - repeats * len(work)) < 1
    without = make_queue("r", work, Seal(key, 0), 1, Layout(queue.waves))
    waves = {one.id: one.wave for one in without.assignments}
    assert waves == {one.id: one.wave for one in queue.assignments if one.why is not Why.REPEAT}


@settings(deadline=None)
@given(WORK, KEYS, st.integers(0, 3))
def test_waves_are_of_one_size(work, key, more):
    queue = make_queue("r", work, Seal(key, 0), 1, Layout(most(work) + more))
    sizes = Counter(one.wave for one in queue.assignments)
    per_wave = [sizes[wave] for wave in range(1, queue.waves + 1)]
    assert max(per_wave) - min(per_wave) <= 1


def test_repeats_are_as_many_as_the_share_says_in_the_mean():
    work = showings(*[1] * 7)
    sizes = [
        make_queue("r", work, Seal(n.to_bytes(32, "big"), 0), 1, Layout(repeats=0.25)).repeats for n in range(1000)
    ]
    assert set(sizes) == {1, 2}
    assert abs(sum(sizes) - 1750) < 5 * (1000 * 0.75 * 0.25) ** 0.5


@settings(deadline=None)
@given(WORK, KEYS, st.floats(0, 1), st.randoms())
def test_a_queue_does_not_follow_the_order_of_its_input(work, key, repeats, random):
    shuffled = random.sample(work, len(work))
    seal, layout = Seal(key, 0), Layout(repeats=repeats)
    assert make_queue("r", work, seal, 1, layout) == make_queue("r", shuffled, seal, 1, layout)


ABLE = st.sets(st.sampled_from(["a", "b", "all", "both"]), min_size=1).map(lambda names: tuple(sorted(names)))


@st.composite
def requests(draw: st.DrawFn) -> list[Request]:
    return [Request(one.candidate, one.instance, draw(ABLE)) for one in draw(WORK)]


@settings(deadline=None)
@given(requests(), KEYS, st.randoms())
def test_candidates_are_dealt_once_to_those_who_may_whatever_order_they_come_in(wanted, key, random):
    share = dict.fromkeys(("a", "b", "all", "both"), 1.0)
    given_out = Dealer(share, Seal(key, 0), 1).deal(wanted)
    assert Counter(one.candidate for _, one in given_out) == Counter(one.candidate for one in wanted)
    assert all(name in one.able for name, one in given_out)
    shuffled = random.sample(wanted, len(wanted))
    assert given_out == Dealer(share, Seal(key, 0), 1).deal(shuffled)


@settings(deadline=None)
@given(WORK, KEYS)
def test_work_is_dealt_evenly(work, key):
    wanted = [Request(one.candidate, one.instance, ("a", "b", "c")) for one in work]
    load = Counter(name for name, _ in Dealer(dict.fromkeys("abc", 1.0), Seal(key, 0), 1).deal(wanted))
    assert max(load[name] for name in "abc") - min(load[name] for name in "abc") <= 1


@settings(deadline=None)
@given(st.integers(40, 120), KEYS)
def test_work_is_dealt_in_proportion_to_hours(size, key):
    reviewers = [Reviewer("a", (), 10.0), Reviewer("b", (), 5.0), Reviewer("c", ())]
    share = weights(reviewers)
    assert share == {"a": 10.0, "b": 5.0, "c": 7.5}
    wanted = [Request(one.candidate, one.instance, ("a", "b", "c")) for one in showings(*[1] * size)]
    load = Counter(name for name, _ in Dealer(share, Seal(key, 0), 1).deal(wanted))
    for name, hours in share.items():
        assert abs(load[name] - size * hours / 22.5) < 2


def test_what_was_dealt_before_counts_as_load():
    dealer = Dealer({"a": 1.0, "b": 1.0}, Seal(b"k" * 32, 0), 1)
    dealer.deal([Request(f"c{n}", f"i{n}", ("a",)) for n in range(5)])
    given_out = dealer.deal([Request(f"d{n}", f"j{n}", ("a", "b")) for n in range(5)])
    assert [name for name, _ in given_out] == ["b"] * 5


def test_one_candidate_can_be_asked_of_several_in_one_round():
    wanted = [Request("c", "i", (name,), Why.EARLIER, repeat_of=f"was-{name}") for name in "ab"]
    given_out = Dealer({"a": 1.0, "b": 1.0}, Seal(b"k" * 32, 0), 1).deal(wanted)
    assert sorted((name, one.repeat_of) for name, one in given_out) == [("a", "was-a"), ("b", "was-b")]


def test_at_metr_s_size_every_queue_keeps_half_a_wave():
    for seed in range(20):
        work = showings(*[1 + (n * 7 + seed) % 6 for n in range(44)])
        assert make_queue("r", work, Seal(b"k" * 32, seed), 1).too_near == ()


def test_where_it_cannot_be_it_says_so():
    # What is shown once more can leave the first of seven waves with that one instance, which is in six of them.
    work = showings(6, 1, 1, 1, 1, 1, 1)
    queues = [make_queue("r", work, Seal(n.to_bytes(32, "big"), 0), 1, Layout(7, 1.0)) for n in range(500)]
    named = [near for queue in queues for near in queue.too_near]
    assert named
    assert {distance for _, distance in named} == {1}
    assert {queue.half_wave for queue in queues if queue.too_near} == {2}


def test_more_candidates_than_waves_is_refused_with_what_to_do():
    with pytest.raises(AssignError, match="i00 has 3 candidates") as caught:
        make_queue("r", showings(3), Seal(b"k" * 32, 0), 1, Layout(2))
    assert "waves = 3" in str(caught.value)


def test_waves_are_drawn_at_random_over_all_waves():
    counts: Counter[int] = Counter()
    for n in range(1000):
        queue = make_queue("r", showings(1, 1), Seal(n.to_bytes(32, "big"), 0), 1, Layout(5))
        counts.update(one.wave for one in queue.assignments if one.candidate == "i00c0")
    for wave in range(1, 6):
        assert abs(counts[wave] - 200) < 5 * (1000 * 0.2 * 0.8) ** 0.5

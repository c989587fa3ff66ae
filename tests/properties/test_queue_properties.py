"""Schedules: distinct waves, half a wave apart, everything dealt once, nothing that follows the source."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.assign.queue import Work, deal, make_queue
from mergecheck.assign.seal import Seal
from mergecheck.errors import AssignError
from mergecheck.records import Reviewer

KEYS = st.binary(min_size=32, max_size=32)


@st.composite
def works(draw: st.DrawFn, most: int = 6) -> list[Work]:
    sizes = draw(st.lists(st.integers(1, most), min_size=1, max_size=25))
    return [
        Work(f"i{n:02}", draw(st.sampled_from(["o/a", "o/b"])), tuple(f"i{n:02}c{k}" for k in range(size)))
        for n, size in enumerate(sizes)
    ]


@settings(deadline=None)
@given(works(), KEYS, st.integers(0, 3))
def test_a_queue_holds_each_candidate_once_and_each_instance_once_a_wave(work, key, more):
    most = max(len(entry.candidates) for entry in work)
    queue = make_queue("r", work, Seal(key, 0), 1, most + more)
    assert Counter(one.candidate for one in queue.assignments) == Counter(
        c for entry in work for c in entry.candidates
    )
    assert [one.position for one in queue.assignments] == list(range(1, len(queue.assignments) + 1))
    waves = [one.wave for one in queue.assignments]
    assert waves == sorted(waves)
    assert set(waves) <= set(range(1, most + more + 1))
    per_wave = Counter((one.wave, one.candidate[:3]) for one in queue.assignments)
    assert set(per_wave.values()) == {1}
    assert len({one.id for one in queue.assignments}) == len(queue.assignments)


@settings(deadline=None)
@given(works(), KEYS)
def test_two_candidates_of_an_instance_are_half_a_wave_apart_or_are_named(work, key):
    queue = make_queue("r", work, Seal(key, 0), 1)
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
@given(works(), KEYS, st.randoms())
def test_a_queue_does_not_follow_the_order_of_its_input(work, key, random):
    shuffled = [
        Work(entry.instance, entry.repo, tuple(random.sample(entry.candidates, len(entry.candidates))))
        for entry in work
    ]
    random.shuffle(shuffled)
    seal = Seal(key, 0)
    assert make_queue("r", work, seal, 1) == make_queue("r", shuffled, seal, 1)


@settings(deadline=None)
@given(works(), KEYS)
def test_candidates_are_dealt_once_evenly_and_to_those_who_know_the_repository(work, key):
    reviewers = [
        Reviewer("a", ("o/a",)),
        Reviewer("b", ("o/b",)),
        Reviewer("all", ()),
        Reviewer("both", ("o/a", "o/b")),
    ]
    dealt = deal(work, reviewers, Seal(key, 0), 1)
    assert Counter(c for share in dealt.values() for entry in share for c in entry.candidates) == Counter(
        c for entry in work for c in entry.candidates
    )
    for reviewer in reviewers:
        for entry in dealt[reviewer.id]:
            assert not reviewer.repositories or entry.repo in reviewer.repositories
    loads = [sum(len(entry.candidates) for entry in dealt[name]) for name in ("all", "both")]
    assert abs(loads[0] - loads[1]) <= 1


def test_at_metr_s_size_every_queue_keeps_half_a_wave():
    for seed in range(20):
        work = [Work(f"i{n}", "o/a", tuple(f"i{n}c{k}" for k in range(1 + (n * 7 + seed) % 6))) for n in range(44)]
        assert make_queue("r", work, Seal(b"k" * 32, seed), 1).too_near == ()


def test_where_it_cannot_be_it_says_so():
    # Where all others fall into one wave, the other two waves hold one instance alone, one position apart.
    work = [Work("i0", "o/a", ("a", "b", "c")), *(Work(f"i{n}", "o/a", (f"i{n}c0",)) for n in range(1, 5))]
    queues = [make_queue("r", work, Seal(n.to_bytes(32, "big"), 0), 1, 3) for n in range(500)]
    named = [near for queue in queues for near in queue.too_near]
    assert named
    assert set(named) == {("i0", 1)}
    assert {queue.half_wave for queue in queues} == {2}


def test_more_candidates_than_waves_is_refused_with_what_to_do():
    with pytest.raises(AssignError, match="i0 has 3 candidates") as caught:
        make_queue("r", [Work("i0", "o/a", ("a", "b", "c"))], Seal(b"k" * 32, 0), 1, 2)
    assert "waves = 3" in str(caught.value)


def test_a_repository_that_nobody_reviews_is_refused():
    with pytest.raises(AssignError, match="nobody reviews o/b"):
        deal([Work("i", "o/b", ("c",))], [Reviewer("a", ("o/a",))], Seal(b"k" * 32, 0), 1)


def test_waves_are_drawn_at_random_over_all_waves():
    counts: Counter[int] = Counter()
    for n in range(1000):
        work = [Work("i0", "o/a", ("c",)), Work("i1", "o/a", ("d",))]
        queue = make_queue("r", work, Seal(n.to_bytes(32, "big"), 0), 1, 5)
        counts.update(one.wave for one in queue.assignments if one.candidate == "c")
    for wave in range(1, 6):
        assert abs(counts[wave] - 200) < 5 * (1000 * 0.2 * 0.8) ** 0.5

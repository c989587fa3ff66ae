"""Rounds over random studies: what every queue keeps, and that each of its beginnings is a random sample."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from statistics import stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.assign.conflicts import ConflictPolicy
from mergecheck.assign.design import Design, Earlier, Sampleable, Shown
from mergecheck.assign.queue import Layout
from mergecheck.assign.round import draw_round
from mergecheck.assign.seal import Seal
from mergecheck.records import GOLDEN, Assignment, Reviewer, Why
from mergecheck.report.balance import balance, overlap

KEYS = st.binary(min_size=32, max_size=32)
REPOSITORIES = ("o/a", "o/b", "o/c")
NAMES = ("brook", "heron", "otter", "plover")
MOST = len(NAMES) + 1
"""Candidates of one instance: each agent's and golden's."""


@st.composite
def studies(draw: st.DrawFn) -> list[Sampleable]:
    """Attempts at a few instances; several may make one change, golden's among them."""
    found = []
    for n in range(draw(st.integers(1, 14))):
        repo = draw(st.sampled_from(REPOSITORIES))
        made = draw(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 4)))
        for name, change in {GOLDEN: 0, **made}.items():
            found.append(Sampleable(name, name == GOLDEN, f"i{n:02}", repo, f"i{n:02}c{change}"))
    return found


@st.composite
def designs(draw: st.DrawFn) -> Design:
    """Of each repository there is somebody who knows it; conflicts keep anybody from anything."""
    some = st.sets(st.sampled_from(REPOSITORIES), min_size=1).map(lambda repos: tuple(sorted(repos)))
    reviewers = (
        Reviewer("ada", draw(some), draw(st.sampled_from([None, 5.0, 20.0]))),
        Reviewer("bo", draw(some), active=draw(st.booleans())),
        Reviewer("cy", ()),
    )
    instances = st.sets(st.sampled_from([f"i{n:02}" for n in range(14)])).map(frozenset)
    return Design(
        reviewers,
        golden_share=draw(st.sampled_from([0.3, 0.5, 1.0])),
        overlap=draw(st.sampled_from([0, 0.3, 1.0, 4])),
        layout=Layout(draw(st.sampled_from([None, MOST, MOST + 3])), draw(st.sampled_from([0.0, 0.2, 1.0]))),
        policy=draw(st.sampled_from(ConflictPolicy)),
        conflicts={one.id: draw(instances) for one in reviewers},
    )


def instance_of(one: Assignment) -> str:
    return one.candidate[:3]


@settings(max_examples=80, deadline=None)
@given(studies(), designs(), KEYS)
def test_every_queue_keeps_waves_and_distances_or_says_which_it_could_not(study, design, key):
    for queue in draw_round(study, Earlier(), design, 1, Seal(key, 0)).queues:
        assert [one.position for one in queue.assignments] == list(range(1, len(queue.assignments) + 1))
        waves = [one.wave for one in queue.assignments]
        assert waves == sorted(waves)
        assert set(waves) <= set(range(1, queue.waves + 1))
        assert queue.waves == (design.layout.waves or queue.waves)
        places: dict[str, list[Assignment]] = defaultdict(list)
        for one in queue.assignments:
            places[instance_of(one)].append(one)
        assert all(len({one.wave for one in mine}) == len(mine) for mine in places.values())
        assert queue.half_wave >= len(queue.assignments) / queue.waves / 2
        near = [
            (instance, later.position - first.position)
            for instance, mine in places.items()
            for first, later in pairwise(mine)
            if later.position - first.position < queue.half_wave
        ]
        assert sorted(near) == sorted(queue.too_near)
        assert len(balance(queue)["too_near"]) == len(near)


@settings(max_examples=80, deadline=None)
@given(studies(), designs(), KEYS)
def test_everybody_is_given_only_what_they_know_and_may_see(study, design, key):
    drawn = draw_round(study, Earlier(), design, 1, Seal(key, 0))
    repositories = {one.instance: one.repo for one in study}
    golden = {one.candidate for one in study if one.is_golden}
    reviewers = {one.id: one for one in design.reviewers}
    for one in drawn.assignments:
        reviewer, instance = reviewers[one.reviewer], instance_of(one)
        assert reviewer.active
        assert not reviewer.repositories or repositories[instance] in reviewer.repositories
        assert one.conflict == (instance in design.conflicts[reviewer.id])
        if one.conflict:
            assert design.policy is not ConflictPolicy.EXCLUDE
            assert design.policy is ConflictPolicy.FLAG or one.candidate not in golden
    shown = Counter(one.candidate for one in drawn.assignments if one.why is Why.DRAWN)
    left = {one.candidate for one in drawn.unplaced}
    of = {(one.submission, one.instance): one.candidate for one in study}
    sampled = {of[draw.submission, draw.instance] for draw in drawn.draws if draw.sampled}
    assert set(shown.values()) <= {1}
    assert shown.keys() | left == sampled
    assert not shown.keys() & left


@settings(max_examples=80, deadline=None)
@given(studies(), designs(), KEYS)
def test_overlap_and_repeats_are_what_was_wanted_or_all_that_is_possible(study, design, key):
    drawn = draw_round(study, Earlier(), design, 1, Seal(key, 0))
    first = {one.candidate: one for one in drawn.assignments if one.why is Why.DRAWN}
    second = [one for one in drawn.assignments if one.why is Why.OVERLAP]
    said = overlap(drawn)
    wanted = design.overlap if isinstance(design.overlap, int) else round(design.overlap * len(first))
    by_candidate = {one.candidate: one for one in drawn.wanted}
    possible = sum(len(design.able(by_candidate[name], design.active)) > 1 for name in first)
    assert said == {"wanted": wanted, "possible": possible, "reached": min(wanted, possible)}
    assert len(second) == len({one.candidate for one in second}) == said["reached"]
    assert all(first[one.candidate].reviewer != one.reviewer for one in second)
    for queue in drawn.queues:
        mine = {one.id: one for one in queue.assignments}
        again = [one for one in queue.assignments if one.why is Why.REPEAT]
        new = sum(one.why is Why.DRAWN for one in queue.assignments)
        assert abs(queue.repeats_wanted - design.layout.repeats * new) < 1
        assert len(again) == min(queue.repeats_wanted, queue.repeats_possible)
        for one in again:
            assert mine[one.repeat_of].candidate == one.candidate
            assert one.wave - mine[one.repeat_of].wave >= max(1, queue.waves / 2)


@settings(max_examples=60, deadline=None)
@given(studies(), studies(), designs(), KEYS)
def test_a_round_is_frozen_whatever_comes_later(study, more, design, key):
    """The next round shows nobody anew what is out, and what it draws depends on no queue's order."""
    seal = Seal(key, 0)
    drawn = draw_round(study, Earlier(), design, 1, seal)
    again = draw_round(study, Earlier(), design, 1, seal)
    assert again == drawn
    later = [
        replace(one, submission="late", candidate=f"{one.instance}l{one.candidate[-1]}")
        for one in more
        if not one.is_golden and (one.instance, one.repo) in {(old.instance, old.repo) for old in study}
    ]
    late = {(one.submission, one.instance): one for one in later}
    shown = tuple(
        Shown(one.id, one.reviewer, one.candidate, instance_of(one), repositories_of(study)[instance_of(one)], 1)
        for one in drawn.assignments
    )
    second = draw_round([*late.values()], Earlier(shown=shown), design, 2, seal)
    assert {one.id for one in second.assignments}.isdisjoint({one.id for one in drawn.assignments})
    new = [one.candidate for one in second.assignments if one.why is Why.DRAWN]
    assert set(new) <= {one.candidate for one in late.values()}


def repositories_of(study: Iterable[Sampleable]) -> dict[str, str]:
    return {one.instance: one.repo for one in study}


KEYS_TRIED = 200


def uneven_study() -> list[Sampleable]:
    """Crowded instances that three agents solve, and lone ones that only a fourth does, or nobody."""
    found = []
    for n in range(40):
        crowded = n < 12
        made = {GOLDEN: 0} | ({"brook": 1, "heron": 2, "otter": 3} if crowded else {"plover": 1} if n < 30 else {})
        for name, change in made.items():
            found.append(Sampleable(name, name == GOLDEN, f"i{n:02}", "o/a", f"i{n:02}c{change}"))
    return found


@pytest.mark.parametrize("layout", [Layout(), Layout(repeats=0.15), Layout(7), Layout(7, 0.15)])
def test_every_beginning_of_a_queue_is_a_random_sample_of_every_submission(layout):
    """Over many keys each submission has in the first n changes the share that it has in the queue.

    Of first showings, since a repeat is compared with what it repeats and counts in no rate. In a random sample of
    n of N the number from K has expectation nK/N; five standard errors are allowed, as the keys themselves show
    them. Where waves of one size leave nothing to chance, nothing is left to allow.
    """
    study = uneven_study()
    maker = {one.candidate: one.submission for one in study}
    design = Design((Reviewer("ada", ()),), 0.5, layout=layout)
    excess: dict[tuple[str, int], list[float]] = defaultdict(list)
    for number in range(KEYS_TRIED):
        (queue,) = draw_round(study, Earlier(), design, 1, Seal(number.to_bytes(32, "big"), 0)).queues
        order = [maker[one.candidate] for one in queue.assignments if one.why is Why.DRAWN]
        held = Counter(order)
        so_far: Counter[str] = Counter()
        for n, name in enumerate(order[:-1], start=1):
            so_far[name] += 1
            for source, of_all in held.items():
                excess[source, n].append(so_far[source] - n * of_all / len(order))
    assert {name for name, _ in excess} == {GOLDEN, *NAMES}
    far = {place: math.fsum(found) / KEYS_TRIED for place, found in excess.items()}
    error = {place: stdev(found) / math.sqrt(KEYS_TRIED) for place, found in excess.items()}
    assert {place: z for place, z in far.items() if abs(z) > 5 * error[place] + 1e-9} == {}

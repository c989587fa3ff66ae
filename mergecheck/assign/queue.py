"""Who reviews which candidate, in which wave and at which position.

Nothing here knows which submission made a candidate: the input is instance → candidates.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mergecheck.assign.seal import Seal
from mergecheck.errors import AssignError
from mergecheck.records import Assignment, Reviewer

ATTEMPTS = 50
"""Orders tried for a queue before one with candidates of an instance too near each other is taken."""


@dataclass(frozen=True, slots=True)
class Work:
    """An instance's candidates that are to be reviewed."""

    instance: str
    repo: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """A reviewer's queue.

    `half_wave` is the distance (in positions) that two candidates of one instance should keep, `too_near` the
    instances where they could not, with the distance that they have.
    """

    reviewer: str
    assignments: tuple[Assignment, ...]
    waves: int
    half_wave: int
    too_near: tuple[tuple[str, int], ...]


def deal(
    work: Sequence[Work], reviewers: Sequence[Reviewer], seal: Seal, round_number: int
) -> dict[str, list[Work]]:
    """Split candidates at random between the reviewers who know their repository, evenly.

    Raises:
        AssignError: nobody reviews one of the repositories.
    """
    dealt: dict[str, dict[str, list[str]]] = {reviewer.id: defaultdict(list) for reviewer in reviewers}
    load: Counter[str] = Counter()
    by_instance = {entry.instance: entry for entry in work}
    for instance in seal.order(by_instance, "deal", round_number):
        entry = by_instance[instance]
        able = [
            reviewer.id
            for reviewer in reviewers
            if not reviewer.repositories or entry.repo in reviewer.repositories
        ]
        if not able:
            raise AssignError(
                f"nobody reviews {entry.repo}",
                where="study.toml, reviewers",
                fix="give a reviewer this repository, or leave it out of [benchmark] repositories",
            )
        for candidate in seal.order(entry.candidates, "deal", round_number, instance):
            rank = {able_one: n for n, able_one in enumerate(seal.order(able, "deal", round_number, candidate))}
            chosen = min(able, key=lambda one: (load[one], rank[one]))
            dealt[chosen][instance].append(candidate)
            load[chosen] += 1
    return {
        reviewer: [
            Work(instance, by_instance[instance].repo, tuple(found)) for instance, found in sorted(share.items())
        ]
        for reviewer, share in dealt.items()
    }


def make_queue(
    reviewer: str, work: Sequence[Work], seal: Seal, round_number: int, waves: int | None = None
) -> Queue:
    """Lay a reviewer's candidates out in waves.

    An instance's candidates get distinct waves drawn at random over all waves; within a wave the order of
    instances is drawn at random among the orders that keep two candidates of an instance half a (mean) wave
    apart. Where none of 50 orders does, the one with the fewest pairs too near is taken, and they are named.

    Raises:
        AssignError: an instance has more candidates than there are waves.
    """
    most = max((len(entry.candidates) for entry in work), default=1)
    count = waves or most
    if most > count:
        worst = next(entry.instance for entry in work if len(entry.candidates) == most)
        raise AssignError(
            f"{worst} has {most} candidates for reviewer {reviewer}, and there are {count} waves",
            where="study.toml, waves",
            fix=f'set waves = {most} or more, or waves = "auto"',
        )
    waved = _waves(reviewer, work, seal, round_number, count)
    total = sum(len(entry.candidates) for entry in work)
    half_wave = math.ceil(total / count / 2)
    sequence, too_near = _best_order(reviewer, waved, seal, round_number, half_wave)
    assignments = tuple(
        Assignment(
            id=seal.blind_id(reviewer, waved[wave][instance], round_number),
            reviewer=reviewer,
            candidate=waved[wave][instance],
            round=round_number,
            wave=wave,
            position=position,
        )
        for position, (wave, instance) in enumerate(sequence, start=1)
    )
    return Queue(reviewer, assignments, count, half_wave, tuple(too_near))


def _waves(
    reviewer: str, work: Sequence[Work], seal: Seal, round_number: int, count: int
) -> dict[int, dict[str, str]]:
    """Wave → instance → candidate."""
    waved: dict[int, dict[str, str]] = {wave: {} for wave in range(1, count + 1)}
    for entry in work:
        drawn = seal.order(range(1, count + 1), "waves", round_number, reviewer, entry.instance)
        shuffled = seal.order(entry.candidates, "waves", round_number, reviewer, entry.instance)
        for wave, candidate in zip(drawn, shuffled, strict=False):
            waved[wave][entry.instance] = candidate
    return waved


def _best_order(
    reviewer: str, waved: Mapping[int, Mapping[str, str]], seal: Seal, round_number: int, half_wave: int
) -> tuple[list[tuple[int, str]], list[tuple[str, int]]]:
    best = _order(reviewer, waved, seal, round_number, half_wave, 0)
    for attempt in range(1, ATTEMPTS):
        if not best[1]:
            break
        order = _order(reviewer, waved, seal, round_number, half_wave, attempt)
        if len(order[1]) < len(best[1]):
            best = order
    return best


def _order(
    reviewer: str,
    waved: Mapping[int, Mapping[str, str]],
    seal: Seal,
    round_number: int,
    half_wave: int,
    attempt: int,
) -> tuple[list[tuple[int, str]], list[tuple[str, int]]]:
    """The queue as (wave, instance), and the instances too near their own last showing with the distance."""
    sequence: list[tuple[int, str]] = []
    too_near: list[tuple[str, int]] = []
    last: dict[str, int] = {}
    for wave in sorted(waved):
        waiting = seal.order(waved[wave], "order", round_number, reviewer, wave, attempt)
        while waiting:
            position = len(sequence)
            free = [one for one in waiting if position - last.get(one, -half_wave) >= half_wave]
            chosen = free[0] if free else min(waiting, key=lambda one: last[one])
            if not free:
                too_near.append((chosen, position - last[chosen]))
            waiting.remove(chosen)
            last[chosen] = position
            sequence.append((wave, chosen))
    return sequence, too_near

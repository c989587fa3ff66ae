"""A reviewer's queue: in which wave and at which position each candidate is shown.

Nothing here knows which submission made a candidate.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mergecheck.assign.seal import Seal
from mergecheck.errors import AssignError
from mergecheck.records import Assignment, Why

ATTEMPTS = 50
"""Orders tried for a queue before one with candidates of an instance too near each other is taken."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A candidate that a reviewer is to be shown; fields as in `Request` and `Assignment`."""

    candidate: str
    instance: str
    why: Why = Why.DRAWN
    repeat_of: str | None = None
    replaces: str | None = None
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """A reviewer's queue.

    `half_wave` is the distance (in positions) that two candidates of one instance should keep, `too_near` the
    instances where they could not, with the distance that they have. `replaced`: old assignment → the new one.
    """

    reviewer: str
    assignments: tuple[Assignment, ...]
    waves: int
    half_wave: int
    too_near: tuple[tuple[str, int], ...]
    replaced: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How queues are laid out: the number of waves (None: as many as needed), the share shown once more."""

    waves: int | None = None
    repeats: float = 0.0


def make_queue(
    reviewer: str, showings: Sequence[Showing], seal: Seal, round_number: int, layout: Layout | None = None
) -> Queue:
    """Lay what a reviewer is to be shown out in waves.

    An instance's showings get distinct waves drawn at random over all waves; within a wave the order of instances
    is drawn at random among the orders that keep two showings of an instance half a (mean) wave apart. Where none
    of 50 orders does, the one with the fewest pairs too near is taken, and they are named. A candidate that is
    shown once more stands in the first wave and in the last.

    Raises:
        AssignError: an instance has more showings than there are waves.
    """
    layout = layout or Layout()
    by_instance: dict[str, list[Showing]] = defaultdict(list)
    for showing in sorted(showings, key=lambda one: (one.instance, one.candidate)):
        by_instance[showing.instance].append(showing)
    again = _again(reviewer, by_instance, seal, round_number, layout)
    count = _waves_needed(reviewer, by_instance, again, layout.waves)
    waved = _waves(reviewer, by_instance, again, seal, round_number, count)
    total = len(showings) + len(again)
    half_wave = math.ceil(total / count / 2)
    sequence, too_near = _best_order(reviewer, waved, seal, round_number, half_wave)
    shown = [
        (waved[wave][instance], wave, position) for position, (wave, instance) in enumerate(sequence, start=1)
    ]
    assignments = tuple(_assignment(reviewer, *place, seal, round_number) for place in shown)
    replaced = tuple(
        (showing.replaces, one.id)
        for (showing, _, _), one in zip(shown, assignments, strict=True)
        if showing.replaces is not None
    )
    return Queue(reviewer, assignments, count, half_wave, tuple(too_near), replaced)


def _assignment(
    reviewer: str, showing: Showing, wave: int, position: int, seal: Seal, round_number: int
) -> Assignment:
    second = showing.why is Why.REPEAT
    return Assignment(
        id=seal.blind_id(reviewer, showing.candidate, round_number, 2 if second else 1),
        reviewer=reviewer,
        candidate=showing.candidate,
        round=round_number,
        wave=wave,
        position=position,
        repeat_of=showing.repeat_of,
        why=showing.why,
        conflict=showing.conflict,
    )


def _again(
    reviewer: str, by_instance: Mapping[str, Sequence[Showing]], seal: Seal, round_number: int, layout: Layout
) -> dict[str, Showing]:
    """Instance → the one of its candidates that is shown once more, where it was drawn for that."""
    label = ("repeats", round_number, reviewer)
    fresh = {
        instance: [one for one in mine if one.why is Why.DRAWN]
        for instance, mine in by_instance.items()
        if layout.waves is None or len(mine) < layout.waves
    }
    eligible = [instance for instance, mine in fresh.items() if mine]
    wanted = layout.repeats * sum(one.why is Why.DRAWN for mine in by_instance.values() for one in mine)
    number = math.floor(wanted + 1e-9)
    number += seal.uniform(*label) < wanted - number
    found = {}
    for instance in seal.order(eligible, *label)[:number]:
        mine = {one.candidate: one for one in fresh[instance]}
        first = mine[seal.order(mine, *label, instance)[0]]
        shown = seal.blind_id(reviewer, first.candidate, round_number)
        found[instance] = replace(first, why=Why.REPEAT, repeat_of=shown)
    return found


def _waves_needed(
    reviewer: str,
    by_instance: Mapping[str, Sequence[Showing]],
    again: Mapping[str, Showing],
    fixed: int | None,
) -> int:
    sizes = {instance: len(mine) + (instance in again) for instance, mine in by_instance.items()}
    most = max(sizes.values(), default=1)
    if fixed is not None and most > fixed:
        worst = min(instance for instance, size in sizes.items() if size == most)
        raise AssignError(
            f"{worst} has {most} candidates for reviewer {reviewer}, and there are {fixed} waves",
            where="study.toml, waves",
            fix=f'set waves = {most} or more, or waves = "auto"',
        )
    return fixed or most


def _waves(
    reviewer: str,
    by_instance: Mapping[str, Sequence[Showing]],
    again: Mapping[str, Showing],
    seal: Seal,
    round_number: int,
    count: int,
) -> dict[int, dict[str, Showing]]:
    """Wave → instance → showing."""
    waved: dict[int, dict[str, Showing]] = {wave: {} for wave in range(1, count + 1)}
    for instance, mine in by_instance.items():
        drawn = seal.order(range(1, count + 1), "waves", round_number, reviewer, instance)
        named = {one.candidate: one for one in mine}
        order = seal.order(named, "waves", round_number, reviewer, instance)
        if instance in again:
            first = again[instance].candidate
            waved[1][instance] = named[first]
            waved[count][instance] = again[instance]
            drawn = [wave for wave in drawn if wave not in (1, count)]
            order.remove(first)
        for wave, candidate in zip(drawn, order, strict=False):
            waved[wave][instance] = named[candidate]
    return waved


def _best_order(
    reviewer: str, waved: Mapping[int, Mapping[str, Showing]], seal: Seal, round_number: int, half_wave: int
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
    waved: Mapping[int, Mapping[str, Showing]],
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

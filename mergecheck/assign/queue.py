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

DRIFT = 0.25
"""How far (in waves) an instance's places in two waves may differ: so waves are not in one order, and showings of
an instance in neighbouring waves about three quarters of a wave apart or more."""


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
    `repeats_wanted` candidates were to be shown once more; the waves left a place for `repeats_possible`.
    """

    reviewer: str
    assignments: tuple[Assignment, ...]
    waves: int
    half_wave: int
    too_near: tuple[tuple[str, int], ...]
    replaced: tuple[tuple[str, str], ...] = ()
    repeats_wanted: int = 0
    repeats_possible: int = 0

    @property
    def repeats(self) -> int:
        """How many candidates are shown once more."""
        return sum(one.why is Why.REPEAT for one in self.assignments)


@dataclass(frozen=True, slots=True)
class Layout:
    """How queues are laid out: the number of waves (None: as many as needed), the share shown once more."""

    waves: int | None = None
    repeats: float = 0.0


def make_queue(
    reviewer: str, showings: Sequence[Showing], seal: Seal, round_number: int, layout: Layout | None = None
) -> Queue:
    """Lay what a reviewer is to be shown out in waves.

    An instance's showings get distinct waves of one size, drawn at random. An instance has a place in a wave,
    drawn at random, which is about the same in all waves: so showings of an instance are about a wave apart, and
    how many it has moves none of them. The first n showings of a queue are then a random sample of all, whatever n
    and whoever made them. Where two would still be nearer than half a (mean) wave, the later one waits; of 50
    orders the one with the fewest pairs too near is taken, and they are named. What is shown once more is drawn
    from what stands early and comes half of the waves later or more, so that it moves no first showing.

    Raises:
        AssignError: an instance has more showings than there are waves.
    """
    layout = layout or Layout()
    by_instance: dict[str, list[Showing]] = defaultdict(list)
    for showing in sorted(showings, key=lambda one: (one.instance, one.candidate)):
        by_instance[showing.instance].append(showing)
    wanted = _repeats_wanted(reviewer, showings, seal, round_number, layout)
    count = _waves_needed(reviewer, by_instance, layout.waves, repeats=wanted > 0)
    waved = _waves(reviewer, by_instance, seal, round_number, count)
    again = _again(reviewer, waved, seal, round_number)
    for instance, (showing, wave) in list(again.items())[:wanted]:
        waved[wave][instance] = showing
    total = sum(len(wave) for wave in waved.values())
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
    return Queue(reviewer, assignments, count, half_wave, tuple(too_near), replaced, wanted, len(again))


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


def _repeats_wanted(
    reviewer: str, showings: Sequence[Showing], seal: Seal, round_number: int, layout: Layout
) -> int:
    """How many of the new candidates are to be shown once more; one more draw settles the fraction."""
    wanted = layout.repeats * sum(one.why is Why.DRAWN for one in showings)
    whole = math.floor(wanted + 1e-9)
    return whole + (seal.uniform("repeats", round_number, reviewer) < wanted - whole)


def _waves_needed(
    reviewer: str, by_instance: Mapping[str, Sequence[Showing]], fixed: int | None, *, repeats: bool
) -> int:
    most = max((len(mine) for mine in by_instance.values()), default=1)
    if fixed is not None and most > fixed:
        worst = min(instance for instance, mine in by_instance.items() if len(mine) == most)
        raise AssignError(
            f"{worst} has {most} candidates for reviewer {reviewer}, and there are {fixed} waves",
            where="study.toml, waves",
            fix=f'set waves = {most} or more, or waves = "auto"',
        )
    return fixed or most + repeats


def _waves(
    reviewer: str, by_instance: Mapping[str, Sequence[Showing]], seal: Seal, round_number: int, count: int
) -> dict[int, dict[str, Showing]]:
    """Wave → instance → showing: waves of one size, which of them an instance takes being left to chance.

    Each instance in turn, in an order drawn at random, takes the waves that have least; chance settles ties. Were
    sizes left to chance too, instances with few showings would oftener stand in large waves.
    """
    waved: dict[int, dict[str, Showing]] = {wave: {} for wave in range(1, count + 1)}
    for instance in seal.order(by_instance, "waves", round_number, reviewer):
        drawn = seal.order(range(1, count + 1), "waves", round_number, reviewer, instance)
        drawn.sort(key=lambda wave: len(waved[wave]))
        named = {one.candidate: one for one in by_instance[instance]}
        order = seal.order(named, "waves", round_number, reviewer, instance)
        for wave, candidate in zip(drawn, order, strict=False):
            waved[wave][instance] = named[candidate]
    return waved


def _again(
    reviewer: str, waved: Mapping[int, Mapping[str, Showing]], seal: Seal, round_number: int
) -> dict[str, tuple[Showing, int]]:
    """What could be shown once more and in which wave, in an order drawn at random: one candidate an instance.

    Its second showing takes the last wave that its instance leaves free.
    """
    late = math.ceil(len(waved) / 2)
    free: dict[str, int] = {}
    for wave in sorted(waved, reverse=True):
        for instance in {one for other in waved.values() for one in other} - waved[wave].keys() - free.keys():
            free[instance] = wave
    eligible = {
        showing.candidate: showing
        for wave, mine in waved.items()
        for instance, showing in mine.items()
        if showing.why is Why.DRAWN and free.get(instance, 0) - wave >= max(1, late)
    }
    found: dict[str, tuple[Showing, int]] = {}
    for candidate in seal.order(eligible, "repeats", round_number, reviewer):
        first = eligible[candidate]
        if first.instance not in found:
            shown = seal.blind_id(reviewer, candidate, round_number)
            found[first.instance] = (replace(first, why=Why.REPEAT, repeat_of=shown), free[first.instance])
    return found


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
    places = {
        (instance, wave): _place(seal, round_number, reviewer, instance, wave, attempt)
        for wave, mine in waved.items()
        for instance in mine
    }
    for wave in sorted(waved):
        # Sorted by name first: equal places, though they hardly ever are, must not follow the input.
        waiting = sorted(sorted(waved[wave]), key=lambda one: places[one, wave])
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


def _place(seal: Seal, round_number: int, reviewer: str, instance: str, wave: int, attempt: int) -> float:
    """Where in a wave an instance stands, uniform in [0, 1], at most `DRIFT` from where it stands in any other."""
    home = seal.uniform("order", round_number, reviewer, instance, attempt)
    place = home + DRIFT * (seal.uniform("order", round_number, reviewer, instance, attempt, wave) - 0.5)
    # Turned back at both ends, what was uniform stays uniform.
    return min(abs(place), 2 - abs(place))

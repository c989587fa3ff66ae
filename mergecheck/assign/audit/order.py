"""Leaks 9, 10 and 11: the same issue twice in a short time, orders that follow the source, who knows the fix."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mergecheck.assign.audit.dialect import features_by_candidate
from mergecheck.assign.audit.names import WRITE_ANEW
from mergecheck.assign.audit.records import Finding, Item, Known, Leak, Opened, Severity, Shown
from mergecheck.records import Recognised
from mergecheck.stats.permutation import Permuted, Unit, holm, position_test

FIXED_TIME = (1980, 1, 1, 0, 0, 0)
SIGNIFICANT = 0.001
POSITIONS, ENTRIES = "positions", "entries of the ZIP"
WRITTEN_BY = "move the packet away and run `mergecheck assign`, which writes it anew"


@dataclass(frozen=True, slots=True)
class Tested:
    """What was tested against the source, e.g. the positions of one submission's changes; `p` is adjusted."""

    what: str
    source: str
    result: Permuted
    adjusted: float | None


def find_too_near(packets: Sequence[Opened]) -> Iterator[Finding]:
    """Leak 9: two items of one instance within half a wave of each other in a packet's order.

    Half a wave is half of the mean number of items in a wave, rounded up. Where the two waves are so small that no
    order keeps the distance, it is a note.
    """
    for packet in packets:
        if not packet.file or not packet.items:
            continue
        half = math.ceil(len(packet.items) / packet.waves / 2)
        places: dict[str, list[Item]] = defaultdict(list)
        for item in sorted(packet.items, key=lambda one: one.number):
            places[item.instance or item.issue].append(item)
        ends = _ends(packet)
        for mine in places.values():
            for one, other in pairwise(mine):
                apart = other.number - one.number
                if apart >= half:
                    continue
                possible = ends[other.wave][1] - ends[one.wave][0] >= half and one.wave != other.wave
                yield Finding(
                    Leak.TOO_NEAR,
                    Severity.LEAK if possible or one.wave == other.wave else Severity.NOTE,
                    f"two changes for one issue are {apart} apart, and half a wave is {half}"
                    + ("" if possible or one.wave == other.wave else "; these waves are too small for more"),
                    f"{packet.file}: items {one.number} and {other.number}",
                    "draw with more instances or fewer waves, drop the instance, or accept it",
                    instance=one.instance,
                    candidates=tuple(sorted({name for name in (one.candidate, other.candidate) if name})),
                    shown=tuple(Shown(packet.file, item.number, item.id) for item in (one, other)),
                )


def _ends(packet: Opened) -> dict[int, tuple[int, int]]:
    """Wave → its first and last position."""
    found: dict[int, tuple[int, int]] = {}
    for item in packet.items:
        first, last = found.get(item.wave, (item.number, item.number))
        found[item.wave] = (min(first, item.number), max(last, item.number))
    return found


def order_tests(packets: Sequence[Opened], known: Known) -> list[Tested]:
    """Positions in queues and in ZIPs, and endings of lines and files, against the source: golden and each agent.

    Where an instance has two changes in a queue, which of them comes first is as random as when the instance
    comes, so both are permuted: see `position_test`. Instances of which a change is shown twice are left out:
    those come in the first wave and the last by design. p values of a kind are adjusted (Holm).
    """
    sources = sorted({name for names in known.makers.values() for name in names})
    golden = {one.name for one in known.submissions if one.is_golden}
    found = []
    for what, lay in ((POSITIONS, _queue_units), (ENTRIES, _entry_units)):
        results = [(source, position_test(lay(packets, known, source))) for source in sources]
        adjusted = iter(holm([result.p for _, result in results if result.p is not None]))
        found += [
            Tested(what, source, result, None if result.p is None else next(adjusted))
            for source, result in results
        ]
    features = features_by_candidate(packets)
    instance_of = {item.candidate: item.instance for packet in packets for item in packet.items}
    for what, has in features.items():
        units = _feature_units(has, instance_of, golden, known)
        result = position_test(units)
        found.append(Tested(what, "golden", result, result.p))
    return found


def _queue_units(packets: Sequence[Opened], known: Known, source: str) -> list[Unit]:
    units = []
    for packet in packets:
        if not packet.file:
            continue
        by_instance: dict[str, list[Item]] = defaultdict(list)
        for item in packet.items:
            if item.candidate is not None and item.instance is not None:
                by_instance[item.instance].append(item)
        for mine in by_instance.values():
            repeats = any((said := known.assigned.get(one.id)) is not None and said.repeat for one in mine)
            again = max(Counter(one.candidate for one in mine).values()) > 1
            if not repeats and not again:
                units.append(
                    Unit(
                        packet.file,
                        tuple(one.number / len(packet.items) for one in mine),
                        _marks(mine, known, source),
                    )
                )
    return units


def _entry_units(packets: Sequence[Opened], known: Known, source: str) -> list[Unit]:
    units = []
    for packet in packets:
        names = [entry.name for entry in packet.entries if entry.name.startswith("items/")]
        place = {name: at / len(names) for at, name in enumerate(names, start=1)}
        for item in packet.items:
            if item.candidate is not None and f"items/{item.id}.json" in place:
                position = place[f"items/{item.id}.json"]
                units.append(Unit(packet.file, (position,), _marks([item], known, source)))
    return units


def _marks(items: Sequence[Item], known: Known, source: str) -> tuple[bool, ...]:
    return tuple(source in known.makers.get(one.candidate or "", frozenset()) for one in items)


def _feature_units(
    has: dict[str, bool], instance_of: dict[str | None, str | None], golden: set[str], known: Known
) -> list[Unit]:
    by_instance: dict[str, list[str]] = defaultdict(list)
    for candidate in sorted(has):
        by_instance[instance_of[candidate] or ""].append(candidate)
    return [
        Unit(
            instance,
            tuple(float(has[candidate]) for candidate in mine),
            tuple(not golden.isdisjoint(known.makers.get(candidate, frozenset())) for candidate in mine),
        )
        for instance, mine in by_instance.items()
    ]


def find_order(packets: Sequence[Opened], tested: Sequence[Tested]) -> Iterator[Finding]:
    """Leak 10 (7 for endings): what was tested and follows the source; times and attributes of ZIP entries."""
    for one in tested:
        if one.adjusted is None or one.adjusted >= SIGNIFICANT:
            continue
        result = one.result
        queue = one.what in (POSITIONS, ENTRIES)
        yield Finding(
            Leak.ORDER if queue else Leak.DIALECT,
            Severity.LEAK,
            f"{one.what}: mean {result.mean:.2f} for the {result.marked} of {one.source}, "
            f"{result.expected:.2f} expected of {result.n} (p = {one.adjusted:.5f})",
            f"{one.what}, {one.source}",
            WRITTEN_BY if queue else "drop the instances that are listed with it, or accept it",
            shown=tuple(Shown(packet.file) for packet in packets if packet.file) if queue else (),
        )
    for packet in packets:
        usual = Counter(entry.attributes for entry in packet.entries).most_common(1)
        for entry in packet.entries:
            if entry.time != FIXED_TIME:
                what, of = "a time that is not the fixed one", "-".join(map(str, entry.time))
            elif entry.attributes != usual[0][0]:
                what, of = "attributes that the other entries do not have", repr(entry.attributes)
            else:
                continue
            yield Finding(
                Leak.ORDER,
                Severity.LEAK,
                f"an entry of the ZIP has {what}",
                f"{packet.file}: entry {entry.name}",
                WRITE_ANEW,
                excerpt=of,
                shown=(Shown(packet.file),),
            )


def find_remembered(packets: Sequence[Opened], known: Known) -> Iterator[Finding]:
    """Leak 11: an item that goes to somebody who wrote, reviewed or merged the fix of its instance."""
    for packet in packets:
        theirs = known.conflicts.get(packet.reviewer, frozenset())
        for item in packet.items:
            assigned = known.assigned.get(item.id)
            marked = assigned is not None and assigned.conflict
            if item.instance is None or not (marked or item.instance in theirs):
                continue
            allowed = known.conflict_policy == "flag" or (
                known.conflict_policy == "golden_only" and not known.is_golden(item.candidate)
            )
            yield Finding(
                Leak.REMEMBERED,
                Severity.NOTE if allowed and marked else Severity.LEAK,
                f"{packet.reviewer} wrote, reviewed or merged the fix"
                + (
                    f'; conflict = "{known.conflict_policy}" allows it, and it is marked'
                    if allowed and marked
                    else ""
                ),
                f"{packet.file}: item {item.number}",
                "hand it over (`mergecheck handover`), withdraw it (`mergecheck amend`), or accept it",
                instance=item.instance,
                candidates=() if item.candidate is None else (item.candidate,),
                shown=(Shown(packet.file, item.number, item.id),),
            )


def recognised_by_source(known: Known) -> dict[str, tuple[int, int, int]]:
    """`golden`, `agents` → how many were recognised for certain, how many looked familiar, of how many guesses.

    A candidate that golden and an agent made is in neither.
    """
    found = {"golden": [0, 0, 0], "agents": [0, 0, 0]}
    golden = {one.name for one in known.submissions if one.is_golden}
    for assigned in known.assigned.values():
        makers = known.makers.get(assigned.candidate, frozenset())
        if assigned.recognised is None or not makers or (makers & golden and makers - golden):
            continue
        counts = found["golden" if makers & golden else "agents"]
        counts[0] += assigned.recognised == Recognised.YES
        counts[1] += assigned.recognised == Recognised.FAMILIAR
        counts[2] += 1
    return {name: (counts[0], counts[1], counts[2]) for name, counts in found.items()}

"""How far the reviewers are: not what they decided, so nothing is unblinded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from mergecheck.records import Assignment, Decision, Review, Verdict
from mergecheck.store.amendments import all_amendments
from mergecheck.store.answers import known_packets, reviews
from mergecheck.store.frames import in_frame
from mergecheck.store.rounds import load_assignments
from mergecheck.store.schema import candidates, events, packets
from mergecheck.store.standing import Standing, standings

BROKEN = "broken_patch"
"""The key of the skip reason that says an item is broken; a form of one's own can have it too."""


@dataclass(frozen=True, slots=True)
class ReviewerCount:
    """Of one reviewer in one round: `assigned` = `decided` + `skipped` + `open` + `released`.

    `released` is what nobody waits for any more: withdrawn, given out anew, handed over or superseded before there
    was a verdict. No packet: it is not written yet. `last_returned` is when answers were last collected.
    """

    reviewer: str
    round: int
    packet: str | None
    assigned: int
    decided: int
    skipped: int
    open: int
    released: int
    active_hours: float
    simulated: bool
    last_returned: str | None


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """An item that its reviewer skipped as broken; `number` is its place in the queue of the round."""

    item: str
    reviewer: str
    round: int
    number: int
    instance: str
    comment: str
    standing: str


@dataclass(frozen=True, slots=True)
class AmendedItems:
    """An amendment, and the items that it is about as REVIEWER/ROUND/NUMBER; `round` gave them out anew."""

    at: str
    what: str
    why: str
    round: int | None
    items: tuple[str, ...]


def amended_items(connection: Connection) -> list[AmendedItems]:
    """Every amendment, oldest first."""
    shown = load_assignments(connection)
    return [
        AmendedItems(
            at=one.at,
            what=str(one.what),
            why=one.why,
            round=one.round,
            items=tuple(
                f"{was.reviewer}/{was.round}/{was.position}"
                for was in shown
                if was.candidate == one.candidate and (one.round is None or was.round < one.round)
            ),
        )
        for one in all_amendments(connection)
    ]


def reviewer_counts(connection: Connection) -> list[ReviewerCount]:
    """Every reviewer's rounds, by round and reviewer."""
    returned = reviews(connection)
    standing = standings(connection)
    files = {(packet.round, packet.reviewer): packet.file for packet in known_packets(connection)}
    collected = _last_returned(connection)
    mine: dict[tuple[int, str], list[str]] = defaultdict(list)
    for one in load_assignments(connection):
        mine[one.round, one.reviewer].append(one.id)
    return [
        _count(reviewer, number, ids, returned, standing, files, collected)
        for (number, reviewer), ids in mine.items()
    ]


def _count(
    reviewer: str,
    number: int,
    ids: Sequence[str],
    returned: Mapping[str, Review],
    standing: Mapping[str, Standing],
    files: Mapping[tuple[int, str], str],
    collected: Mapping[tuple[int, str], str],
) -> ReviewerCount:
    back = [returned[one] for one in ids if one in returned]
    decisions = Counter(review.verdict.decision for review in back if review.verdict is not None)
    decided = decisions[Decision.ACCEPT] + decisions[Decision.REQUEST_CHANGES]
    undone = [one for one in ids if one not in returned or returned[one].verdict is None]
    still = sum(standing[one] is Standing.STANDS for one in undone)
    return ReviewerCount(
        reviewer=reviewer,
        round=number,
        packet=files.get((number, reviewer)),
        assigned=len(ids),
        decided=decided,
        skipped=decisions[Decision.SKIP],
        open=still,
        released=len(undone) - still,
        active_hours=sum(review.active_seconds for review in back) / 3600,
        simulated=any(review.simulated for review in back),
        last_returned=collected.get((number, reviewer)),
    )


def _last_returned(connection: Connection) -> dict[tuple[int, str], str]:
    query = (
        select(packets.c.round, packets.c.reviewer, func.max(events.c.collected_at))
        .join(events, events.c.packet == packets.c.digest)
        .group_by(packets.c.round, packets.c.reviewer)
    )
    return {(number, reviewer): at for number, reviewer, at in connection.execute(query) if at is not None}


def undone(connection: Connection, reviewer: str) -> list[str]:
    """A reviewer's assignments that stand and have no verdict."""
    returned = reviews(connection)
    standing = standings(connection)
    return [
        one.id
        for one in load_assignments(connection)
        if one.reviewer == reviewer
        and standing[one.id] is Standing.STANDS
        and (one.id not in returned or returned[one.id].verdict is None)
    ]


def broken_items(connection: Connection) -> list[BrokenItem]:
    """What reviewers skipped as broken, by round and reviewer, whatever has been done about it since."""
    returned = reviews(connection)
    standing = standings(connection)
    instance = {row.id: row.instance for row in connection.execute(select(candidates.c.id, candidates.c.instance))}
    return [
        BrokenItem(
            item=one.id,
            reviewer=one.reviewer,
            round=one.round,
            number=one.position,
            instance=instance[one.candidate],
            comment=verdict.comment,
            standing=str(standing[one.id]),
        )
        for one in load_assignments(connection)
        if (verdict := _verdict(returned, one)) is not None and verdict.skip_reason == BROKEN
    ]


def _verdict(returned: Mapping[str, Review], one: Assignment) -> Verdict | None:
    return returned[one.id].verdict if one.id in returned else None


def assignment_counts(connection: Connection) -> dict[str, int]:
    """Every assignment by what has become of it; `counted` ones are the rows of the reviews frame.

    `assigned` is the sum of all others.
    """
    returned = reviews(connection)
    counts = Counter[str]()
    for name, standing in standings(connection).items():
        counts["counted" if in_frame(standing, returned.get(name)) else str(standing)] += 1
    return {"assigned": counts.total(), **dict(sorted(counts.items()))}

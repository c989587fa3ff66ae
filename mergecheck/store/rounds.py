"""Keep rounds: draws, assignments and packets. A round is written once and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from mergecheck.assign.design import DrawnRound
from mergecheck.records import Assignment, Disposition, Draw, Why
from mergecheck.store.amendments import pending_reissues, take_up, to_tell
from mergecheck.store.database import now
from mergecheck.store.drawn import patch_digest, standing_candidates
from mergecheck.store.issues import shown_issues
from mergecheck.store.redactions import with_redactions
from mergecheck.store.schema import assignments, attempts, draws, packets, replaced, rounds
from mergecheck.store.trees import trees_of


def freeze_round(
    connection: Connection,
    number: int,
    settings: Mapping[str, Any],
    drawn: DrawnRound,
    candidates: Mapping[tuple[str, str], str | None],
) -> None:
    """Write a round: its settings, each draw with the attempt as it is now, every assignment and what it replaces.

    The issues as they are shown (`issues`: instance → repository and digest of the text), the base trees that are
    here (`trees`: instance → digest) and what reviewers are told about earlier packets (`amendments`) are kept
    with the settings, so that nothing that changes later changes a packet. What waited to be given out anew is
    taken up where this round does so.

    Args:
        connection: to the study.
        number: the round's.
        settings: what it was drawn and is shown with.
        drawn: the round.
        candidates: submission and instance → the candidate of each draw.
    """
    shown = {one.candidate for one in drawn.assignments}
    as_planned = {
        **settings,
        "issues": shown_issues(connection, shown, hints=settings.get("hints") == "show"),
        "trees": trees_of(connection, shown),
    }
    frozen = with_redactions(connection, as_planned)
    connection.execute(insert(rounds).values(number=number, frozen_at=now(), settings=frozen))
    for draw in drawn.draws:
        connection.execute(
            insert(draws).values(_draw_row(connection, draw, candidates[draw.submission, draw.instance]))
        )
    for one in drawn.assignments:
        connection.execute(insert(assignments).values(_assignment_row(one)))
    old = sorted({old for queue in drawn.queues for old, _ in queue.replaced})
    for name in old:
        connection.execute(insert(replaced).values(assignment=name, round=number, why=str(drawn.replaces)))
    _take_up(connection, old if drawn.replaces is Why.REISSUED else [], number)
    # Told last: of what this very round gives out anew, too.
    told = to_tell(connection, [queue.reviewer for queue in drawn.queues])
    connection.execute(
        update(rounds).where(rounds.c.number == number).values(settings={**frozen, "amendments": told})
    )


def _take_up(connection: Connection, reissued: Sequence[str], number: int) -> None:
    """Take up what this round gives out anew, and what it has drawn as something else, reviewed in its place."""
    query = select(assignments.c.candidate).where(assignments.c.id.in_(reissued))
    given = set(connection.execute(query).scalars())
    # What has only left the scope or the study waits till it is back.
    moved = _drawn_before(connection, number) - standing_candidates(connection)
    waiting = pending_reissues(connection)
    take_up(connection, [one for one in waiting if one.candidate in given | moved], number)


def _drawn_before(connection: Connection, number: int) -> set[str]:
    """What earlier rounds drew the attempts with that this round draws."""
    before = draws.alias()
    same = (before.c.submission == draws.c.submission) & (before.c.instance == draws.c.instance)
    query = (
        select(before.c.candidate)
        .join(draws, same)
        .where(draws.c.round == number, before.c.round < number, before.c.candidate.is_not(None))
    )
    return set(connection.execute(query).scalars())


def release(connection: Connection, names: Sequence[str], number: int) -> None:
    """Note that nobody waits for these assignments any more, without anybody else having them."""
    for name in names:
        connection.execute(insert(replaced).values(assignment=name, round=number, why=str(Why.HANDED_OVER)))


def _draw_row(connection: Connection, draw: Draw, candidate: str | None) -> dict[str, Any]:
    attempt = connection.execute(
        select(attempts).where(attempts.c.submission == draw.submission, attempts.c.instance == draw.instance)
    ).one()
    # A drawn candidate stays reviewable, whatever today's rules make of the attempt.
    disposition = attempt.disposition if candidate is None else Disposition.REVIEWABLE
    return {
        "round": draw.round,
        "submission": draw.submission,
        "instance": draw.instance,
        "sampled": draw.sampled,
        "inclusion_probability": draw.inclusion_probability,
        "why": draw.why,
        "candidate": candidate,
        "grade": attempt.grade,
        "disposition": str(disposition),
        "patch_digest": patch_digest(attempt.patch),
    }


def _assignment_row(one: Assignment) -> dict[str, Any]:
    return {
        "id": one.id,
        "reviewer": one.reviewer,
        "candidate": one.candidate,
        "round": one.round,
        "wave": one.wave,
        "position": one.position,
        "repeat_of": one.repeat_of,
        "why": str(one.why),
        "conflict": one.conflict,
    }


def load_assignments(connection: Connection, round_number: int | None = None) -> list[Assignment]:
    """The assignments of a round, or of all, by round, reviewer and position."""
    query = select(assignments).order_by(assignments.c.round, assignments.c.reviewer, assignments.c.position)
    if round_number is not None:
        query = query.where(assignments.c.round == round_number)
    return [Assignment(**{**row, "why": Why(row["why"])}) for row in connection.execute(query).mappings()]


def round_settings(connection: Connection, number: int) -> dict[str, object]:
    """The settings that a round was frozen with."""
    found: dict[str, object] = connection.execute(
        select(rounds.c.settings).where(rounds.c.number == number)
    ).scalar_one()
    return found


def save_packet(connection: Connection, digest: str, round_number: int, reviewer: str, file: str) -> None:
    """Note a packet that was written; the same packet again changes nothing."""
    known = connection.execute(select(packets.c.digest).where(packets.c.digest == digest)).first()
    if known is None:
        connection.execute(insert(packets).values(digest=digest, round=round_number, reviewer=reviewer, file=file))


def saved_packets(connection: Connection, round_number: int, reviewer: str, file: str) -> set[str]:
    """Content digests of the packets that were written to this file; none before the first."""
    query = select(packets.c.digest).where(
        packets.c.round == round_number, packets.c.reviewer == reviewer, packets.c.file == file
    )
    return set(connection.execute(query).scalars())

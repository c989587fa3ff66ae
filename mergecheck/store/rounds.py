"""Keep rounds: draws, assignments and packets. A round is written once and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, insert, select

from mergecheck.assign.round import Sampleable
from mergecheck.records import Assignment, Disposition, Draw, Grade
from mergecheck.store.candidates import save_text
from mergecheck.store.database import now
from mergecheck.store.schema import assignments, attempts, draws, instances, packets, rounds, submissions


def sampleable(connection: Connection) -> list[Sampleable]:
    """Attempts that can be reviewed and were in no round's draw yet, by submission and instance."""
    drawn = select(draws.c.submission).where(
        draws.c.submission == attempts.c.submission, draws.c.instance == attempts.c.instance
    )
    rows = connection.execute(
        select(submissions.c.name, submissions.c.is_golden, instances.c.id, instances.c.repo, attempts.c.candidate)
        .join(attempts, attempts.c.submission == submissions.c.name)
        .join(instances, instances.c.id == attempts.c.instance)
        .where(
            instances.c.in_scope,
            submissions.c.in_study,
            attempts.c.disposition == str(Disposition.REVIEWABLE),
            attempts.c.grade == str(Grade.RESOLVED),
            ~drawn.exists(),
        )
        .order_by(submissions.c.name, instances.c.id)
    )
    return [Sampleable(*row) for row in rows]


def last_round(connection: Connection) -> int:
    """The number of the newest round, 0 before the first."""
    found: int | None = connection.execute(select(func.max(rounds.c.number))).scalar()
    return found or 0


def assigned_candidates(connection: Connection) -> set[str]:
    """Candidates that somebody has been handed already."""
    return set(connection.execute(select(assignments.c.candidate)).scalars())


def freeze_round(
    connection: Connection,
    number: int,
    settings: dict[str, object],
    shown: Mapping[str, tuple[str, str]],
    drawn: Sequence[tuple[Draw, str | None]],
    handed_out: Sequence[Assignment],
) -> None:
    """Write a round: its settings, the issues as they are shown, each draw with its candidate, every assignment.

    `shown` (instance → repository and problem statement) is kept with the round, so that a benchmark that changes
    later changes no packet.
    """
    kept = {instance: [repo, save_text(connection, issue)] for instance, (repo, issue) in shown.items()}
    frozen = {**settings, "issues": kept}
    connection.execute(insert(rounds).values(number=number, frozen_at=now(), settings=frozen))
    for draw, candidate in drawn:
        connection.execute(
            insert(draws).values(
                round=draw.round,
                submission=draw.submission,
                instance=draw.instance,
                sampled=draw.sampled,
                inclusion_probability=draw.inclusion_probability,
                why=draw.why,
                candidate=candidate,
            )
        )
    for one in handed_out:
        connection.execute(
            insert(assignments).values(
                id=one.id,
                reviewer=one.reviewer,
                candidate=one.candidate,
                round=one.round,
                wave=one.wave,
                position=one.position,
                repeat_of=one.repeat_of,
            )
        )


def load_assignments(connection: Connection, round_number: int | None = None) -> list[Assignment]:
    """The assignments of a round, or of all, by round, reviewer and position."""
    query = select(assignments).order_by(assignments.c.round, assignments.c.reviewer, assignments.c.position)
    if round_number is not None:
        query = query.where(assignments.c.round == round_number)
    return [Assignment(**row) for row in connection.execute(query).mappings()]


def round_settings(connection: Connection, number: int) -> dict[str, object]:
    """The settings that a round was frozen with."""
    found: dict[str, object] = connection.execute(
        select(rounds.c.settings).where(rounds.c.number == number)
    ).scalar_one()
    return found


def issues(connection: Connection) -> dict[str, tuple[str, str]]:
    """Instance → repository and problem statement."""
    rows = connection.execute(select(instances.c.id, instances.c.repo, instances.c.problem_statement))
    return {instance: (repo, issue) for instance, repo, issue in rows}


def save_packet(connection: Connection, digest: str, round_number: int, reviewer: str, file: str) -> None:
    """Note a packet that was written; the same packet again changes nothing."""
    known = connection.execute(select(packets.c.digest).where(packets.c.digest == digest)).first()
    if known is None:
        connection.execute(insert(packets).values(digest=digest, round=round_number, reviewer=reviewer, file=file))

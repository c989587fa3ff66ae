"""Attempts as rounds drew them: what a round has frozen holds, whatever a later pull makes of the attempt."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from mergecheck.assign.design import Sampleable
from mergecheck.records import Disposition, Grade
from mergecheck.store.amendments import pending_reissues
from mergecheck.store.schema import attempts, draws, instances, rounds, submissions

Key = tuple[str, str]
"""Submission and instance."""


def last_round(connection: Connection) -> int:
    """The number of the newest round, 0 before the first."""
    found: int | None = connection.execute(select(func.max(rounds.c.number))).scalar()
    return found or 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """The newest draw of an attempt.

    `since` is the round of its first draw, `round` the one from which on its candidate is as sampled as it is now.
    """

    submission: str
    instance: str
    since: int
    round: int
    sampled: bool
    inclusion_probability: float
    candidate: str | None
    grade: str
    disposition: str
    patch_digest: str


def newest_draws(connection: Connection) -> dict[Key, Drawn]:
    """Each drawn attempt's newest draw."""
    found: dict[Key, Drawn] = {}
    for row in connection.execute(select(draws).order_by(draws.c.round)):
        key = (row.submission, row.instance)
        before = found.get(key)
        same = before is not None and (before.sampled, before.candidate) == (row.sampled, row.candidate)
        found[key] = Drawn(
            submission=row.submission,
            instance=row.instance,
            since=row.round if before is None else before.since,
            round=before.round if before is not None and same else row.round,
            sampled=row.sampled,
            inclusion_probability=row.inclusion_probability,
            candidate=row.candidate,
            grade=row.grade,
            disposition=row.disposition,
            patch_digest=row.patch_digest,
        )
    return found


def patch_digest(patch: bytes) -> str:
    """SHA-256 (hex) of a patch as it was read."""
    return hashlib.sha256(patch).hexdigest()


def attempt_rows(connection: Connection, *, patches: bool = False) -> Iterator[dict[str, Any]]:
    """Every attempt in the study and in scope, with its submission and instance, in a fixed order.

    Their patches come where they are asked for: they are most of what a large study weighs.
    """
    columns = [column for column in attempts.c if patches or column.name != "patch"]
    query = (
        select(*columns, submissions.c.model, submissions.c.released, submissions.c.agent, submissions.c.is_golden)
        .add_columns(instances.c.repo, instances.c.difficulty)
        .join(submissions, submissions.c.name == attempts.c.submission)
        .join(instances, instances.c.id == attempts.c.instance)
        .where(instances.c.in_scope, submissions.c.in_study)
        .order_by(submissions.c.name, instances.c.number)
    )
    for row in connection.execute(query).mappings():
        yield dict(row)


def standing_candidates(connection: Connection, coming: Mapping[Key, str | None] | None = None) -> set[str]:
    """The candidates of all attempts in the study: of drawn ones that which was drawn.

    Args:
        connection: to the study.
        coming: attempts that are about to be drawn, with the candidate that they are to be drawn with.
    """
    drawn = newest_draws(connection)
    soon = coming or {}
    found = set()
    for row in attempt_rows(connection):
        key = (row["submission"], row["instance"])
        found.add(soon[key] if key in soon else as_drawn(row, drawn.get(key)))
    return {candidate for candidate in found if candidate is not None}


def as_drawn(row: Mapping[str, Any], drawn: Drawn | None) -> str | None:
    """The candidate of an attempt's row: the drawn one where there is one."""
    candidate: str | None = row["candidate"] if drawn is None else drawn.candidate
    return candidate


def changed(row: Mapping[Any, Any], drawn: Drawn) -> bool:
    """Whether an attempt has another patch or grade than when it was drawn."""
    return (row["grade"], patch_digest(row["patch"])) != (drawn.grade, drawn.patch_digest)


@dataclass(frozen=True, slots=True)
class SinceDrawn:
    """Instances where an attempt is not what a round drew: it `changed` (another patch or grade), or today's rules
    and policies would make another candidate of it (`remade`, handed-out ones only)."""

    changed: tuple[str, ...] = ()
    remade: tuple[str, ...] = ()


def since_drawn(connection: Connection) -> dict[str, SinceDrawn]:
    """What has become of drawn attempts since, by submission; those where nothing has are left out."""
    drawn = newest_draws(connection)
    if not drawn:
        return {}
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"changed": [], "remade": []})
    for row in attempt_rows(connection, patches=True):
        before = drawn.get((row["submission"], row["instance"]))
        if before is None:
            continue
        if changed(row, before):
            found[row["submission"]]["changed"].append(row["instance"])
        elif before.sampled and made_otherwise(row, before):
            found[row["submission"]]["remade"].append(row["instance"])
    return {name: SinceDrawn(tuple(both["changed"]), tuple(both["remade"])) for name, both in found.items()}


def made_otherwise(row: Mapping[str, Any], drawn: Drawn) -> bool:
    """Whether today's rules and policies make another candidate of a drawn attempt with the same patch."""
    return drawn.candidate is not None and row["made_with"] is not None and row["candidate"] != drawn.candidate


def due(connection: Connection, *, refused: bool = False, remade: bool = False) -> list[Sampleable]:
    """Attempts that a round has to draw: never drawn ones that can be, and drawn ones that have changed.

    Args:
        connection: to the study.
        refused: those that the grader refused, too.
        remade: drawn ones of which today's rules and policies make another candidate count as changed.
    """
    drawn = newest_draws(connection)
    reissued = {one.candidate for one in pending_reissues(connection)}
    found = []
    for row in attempt_rows(connection, patches=True):
        reviewable = row["disposition"] == Disposition.REVIEWABLE and row["candidate"] is not None
        passed = row["grade"] == Grade.RESOLVED
        wanted = passed or row["grade"] == Grade.UNRESOLVED
        before = drawn.get((row["submission"], row["instance"]))
        if before is None:
            if not reviewable or not (passed or (refused and wanted)):
                continue
        elif not changed(row, before) and not (
            (remade or before.candidate in reissued) and made_otherwise(row, before)
        ):
            continue
        found.append(
            Sampleable(
                submission=row["submission"],
                is_golden=row["is_golden"],
                instance=row["instance"],
                repo=row["repo"],
                candidate=row["candidate"] if reviewable and wanted else None,
                passed=passed,
                changed=before is not None,
            )
        )
    return found


def made_today(connection: Connection, candidate: str) -> set[str]:
    """What the attempts with this (drawn) candidate are made into today."""
    drawn = newest_draws(connection)
    return {
        row["candidate"]
        for row in attempt_rows(connection)
        if as_drawn(row, drawn.get((row["submission"], row["instance"]))) == candidate
        and row["disposition"] == Disposition.REVIEWABLE
        and row["candidate"] is not None
    }

"""Keep what `pull` read, and what became of each patch. A second pull changes only what has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from mergecheck.records import Attempt, Disposition, Grade, Instance, Skip, Submission
from mergecheck.store.candidates import save_candidate
from mergecheck.store.database import storable
from mergecheck.store.schema import attempts, draws, instances, skips, submissions

if TYPE_CHECKING:
    from mergecheck.changes.canonical import Made


NOT_MADE: dict[str, Any] = {
    "disposition": None,
    "made_with": None,
    "detail": "",
    "rung": None,
    "left_out": [],
    "candidate": None,
}
"""Columns of an attempt whose change has not been made."""

NOTHING_TO_MAKE = (str(Disposition.NOT_RUN), str(Disposition.NO_PATCH))
"""Dispositions that follow from what was read, before any patch is applied."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """One submission as it was read.

    `not_mentioned` are the instances in scope that its run says nothing of and that stay out of its rates;
    `without_patch` those of `attempts` that are known by their grade alone.
    """

    submission: Submission
    attempts: tuple[Attempt, ...]
    skips: tuple[Skip, ...]
    rows_read: int
    formats: tuple[str, ...]
    notes: tuple[str, ...]
    not_mentioned: tuple[str, ...]
    without_patch: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """An attempt whose change has not been made yet with the rules and policies of today."""

    submission: str
    instance: str
    repo: str
    base_commit: str
    patch: str


def save_benchmark(connection: Connection, benchmark: Sequence[Instance], scope: Collection[str]) -> None:
    """Keep the instances in scope; those that fell out of it stay where a round or an attempt needs them."""
    connection.execute(update(instances).values(in_scope=False))
    known = set(connection.execute(select(instances.c.id)).scalars())
    for number, instance in enumerate(benchmark):
        if instance.id not in scope:
            continue
        row = {
            "number": number,
            "repo": instance.repo,
            "base_commit": instance.base_commit,
            "problem_statement": instance.problem_statement,
            "hints": storable(instance.hints),
            "golden_patch": instance.golden_patch,
            "test_patch": instance.test_patch,
            "difficulty": instance.difficulty,
            "created_at": instance.created_at,
            "in_scope": True,
        }
        if instance.id in known:
            connection.execute(update(instances).where(instances.c.id == instance.id).values(**row))
        else:
            connection.execute(insert(instances).values(id=instance.id, **row))


def save_submission(connection: Connection, pulled: Pulled) -> None:
    """Keep a submission's attempts and skips. An attempt with the same patch keeps the change made of it."""
    submission = pulled.submission
    row: dict[str, Any] = {
        "model": submission.model,
        "released": None if submission.released is None else submission.released.isoformat(),
        "agent": submission.agent,
        "is_golden": submission.is_golden,
        "in_study": True,
        "rows_read": pulled.rows_read,
        "formats": list(pulled.formats),
        "notes": [storable(note) for note in pulled.notes],
    }
    if connection.execute(select(submissions.c.name).where(submissions.c.name == submission.name)).first():
        connection.execute(update(submissions).where(submissions.c.name == submission.name).values(**row))
    else:
        connection.execute(insert(submissions).values(name=submission.name, **row))
    if gone := _save_attempts(connection, pulled):
        row["notes"].append(_gone(gone))
        connection.execute(update(submissions).where(submissions.c.name == submission.name).values(**row))
    connection.execute(delete(skips).where(skips.c.submission == submission.name))
    rows = [
        {
            "submission": skip.submission,
            "file": skip.file,
            "row": skip.row,
            "instance": None if skip.instance is None else storable(skip.instance),
            "reason": skip.reason,
            "detail": storable(skip.detail),
        }
        for skip in pulled.skips
    ]
    if rows:
        connection.execute(insert(skips), rows)


def _gone(instances: list[str]) -> str:
    named = ", ".join(instances[:5]) + (" …" if len(instances) > 5 else "")
    return f"{len(instances)} attempts that were handed out are no longer in the run, and stay: {named}"


def _save_attempts(connection: Connection, pulled: Pulled) -> list[str]:
    """Keep attempts as they are now, and those that are gone where a round has drawn them; returns which."""
    name = pulled.submission.name
    drawn = set(connection.execute(select(draws.c.instance).where(draws.c.submission == name)).scalars())
    mine = attempts.c.submission == name
    fixed = dict.fromkeys(pulled.not_mentioned, Disposition.NOT_RUN)
    fixed |= dict.fromkeys(pulled.without_patch, Disposition.NO_PATCH)
    columns = ("instance", "patch", "grade", "grade_source", "file", "row", "disposition", "detail")
    rows = connection.execute(select(*(attempts.c[column] for column in columns)).where(mine))
    known = {row["instance"]: dict(row) for row in rows.mappings()}
    not_run = [Attempt(name, instance, "", Grade.UNGRADED) for instance in pulled.not_mentioned]
    new: list[dict[str, Any]] = []
    for attempt in [*pulled.attempts, *not_run]:
        row = _columns(attempt)
        became = _from_reading(attempt, fixed.get(attempt.instance))
        kept = known.pop(attempt.instance, None)
        if kept is None:
            new.append({"submission": name, "instance": attempt.instance, **row, **NOT_MADE, **became})
        else:
            if kept["patch"] != row["patch"] or became or kept["disposition"] in NOTHING_TO_MAKE:
                row |= {**NOT_MADE, **became}
            if any(kept[column] != row[column] for column in kept.keys() & row.keys()):
                connection.execute(
                    update(attempts).where(mine, attempts.c.instance == attempt.instance).values(**row)
                )
    if new:
        connection.execute(insert(attempts), new)
    for instance in set(known) - drawn:
        connection.execute(delete(attempts).where(mine, attempts.c.instance == instance))
    return sorted(set(known) & drawn)


def _from_reading(attempt: Attempt, disposition: Disposition | None) -> dict[str, Any]:
    """Disposition and detail of an attempt that has nothing to apply; empty for any other."""
    if disposition is None:
        return {}
    if disposition is Disposition.NOT_RUN:
        detail = "the run does not mention it"
    elif attempt.file:
        detail = "known by its grade alone"
    else:
        detail = f"the run does not mention it: {attempt.grade_source}"
    return {"disposition": str(disposition), "detail": detail}


def _stored(patch: str) -> bytes:
    return patch.encode("utf-8", "surrogatepass")


def _columns(attempt: Attempt) -> dict[str, Any]:
    return {
        "patch": _stored(attempt.patch),
        "grade": str(attempt.grade),
        "grade_source": attempt.grade_source,
        "file": attempt.file,
        "row": attempt.row,
    }


def keep_only(connection: Connection, names: Collection[str]) -> list[str]:
    """Leave submissions that `study.toml` no longer lists out of the study; returns which, and deletes nothing."""
    gone = connection.execute(
        select(submissions.c.name).where(submissions.c.in_study, submissions.c.name.not_in(names))
    ).scalars()
    dropped = sorted(gone)
    connection.execute(update(submissions).where(submissions.c.name.in_(dropped)).values(in_study=False))
    return dropped


def pending(connection: Connection, made_with: str) -> list[Pending]:
    """Attempts in the study that were not made into changes with these rules, by repository and instance.

    Drawn ones too: a draw keeps the candidate that it handed out, and another one is made beside it.
    """
    rows = connection.execute(
        select(attempts.c.submission, instances.c.id, instances.c.repo, instances.c.base_commit, attempts.c.patch)
        .join(instances, instances.c.id == attempts.c.instance)
        .join(submissions, submissions.c.name == attempts.c.submission)
        .where(
            instances.c.in_scope,
            submissions.c.in_study,
            (attempts.c.made_with.is_(None)) | (attempts.c.made_with != made_with),
            (attempts.c.disposition.is_(None)) | (attempts.c.disposition.not_in(NOTHING_TO_MAKE)),
        )
        .order_by(instances.c.repo, instances.c.number, attempts.c.submission)
    )
    return [
        Pending(name, instance, repo, commit, patch.decode("utf-8", "surrogatepass"))
        for name, instance, repo, commit, patch in rows
    ]


def save_made(connection: Connection, results: Iterable[tuple[Pending, Made]], made_with: str) -> None:
    """Keep what became of attempts, and the candidates that came of them.

    An attempt that another pull has given another patch meanwhile is left to that one.
    """
    for attempt, made in results:
        candidate = None if made.change is None else save_candidate(connection, attempt.instance, made.change)
        connection.execute(
            update(attempts)
            .where(
                attempts.c.submission == attempt.submission,
                attempts.c.instance == attempt.instance,
                attempts.c.patch == _stored(attempt.patch),
            )
            .values(
                disposition=str(made.disposition),
                made_with=made_with,
                detail=storable(made.detail),
                rung=None if made.rung is None else str(made.rung),
                left_out=[[left.path, left.rule] for left in made.left_out],
                candidate=candidate,
            )
        )


def all_submissions(connection: Connection) -> list[Submission]:
    """The submissions in the study by release date, golden first."""
    rows = connection.execute(select(submissions).where(submissions.c.in_study)).mappings()
    found = [
        Submission(
            name=row["name"],
            model=row["model"],
            released=None if row["released"] is None else date.fromisoformat(row["released"]),
            agent=row["agent"],
            is_golden=row["is_golden"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda submission: (submission.released or date.min, submission.name))

"""What a study holds, counted: what `pull` and `status` print. No verdict enters here, so nothing is unblinded."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from mergecheck.records import GOLDEN, Disposition, Grade
from mergecheck.sources.skip_rates import uneven_skips
from mergecheck.store.database import fact
from mergecheck.store.drawn import last_round, since_drawn
from mergecheck.store.progress import ReviewerCount, assignment_counts, reviewer_counts
from mergecheck.store.pull_requests import count_pull_requests
from mergecheck.store.schema import attempts, candidates, instances, skips, submissions

NOT_TRIED = re.compile(r"; `([\w-]+)` is not installed here and was not tried")
"""What an unappliable attempt's detail says of a rung that the machine lacked when it was tried."""


@dataclass(slots=True)
class RepositoryCount:
    """Of one submission in one repository."""

    attempts: int = 0
    with_patch: int = 0
    resolved: int = 0


@dataclass(slots=True)
class SubmissionCount:
    """Of one submission, over the instances in scope; `rows_read` = `attempts` + skips.

    What its run does not mention is `not_run` or, where study.toml takes it for unresolved, `assumed`; neither
    is among `attempts`. `rungs`: by what took the patch; `rungs_missing`: patches that nothing took, and that a
    rung was not there to try. `changed` and `remade` are instances, as in `mergecheck.store.drawn.SinceDrawn`.
    """

    submission: str
    model: str
    released: str | None
    agent: str
    formats: list[str]
    notes: list[str]
    rows_read: int = 0
    attempts: int = 0
    with_patch: int = 0
    resolved: int = 0
    not_run: int = 0
    assumed: int = 0
    grades: dict[str, int] = field(default_factory=dict)
    dispositions: dict[str, int] = field(default_factory=dict)
    not_made_yet: int = 0
    candidates: int = 0
    same_as_golden: int = 0
    shared_with_another: int = 0
    left_out_files: dict[str, int] = field(default_factory=dict)
    rungs: dict[str, int] = field(default_factory=dict)
    rungs_missing: dict[str, int] = field(default_factory=dict)
    skips: dict[str, int] = field(default_factory=dict)
    repositories: dict[str, RepositoryCount] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    remade: list[str] = field(default_factory=list)


@dataclass(slots=True)
class StudyCount:
    """Of the whole study.

    `pull_requests`: of how many instances in scope GitHub's pull request is known. `assignments`: by what has
    become of them. `warnings` are for people: what may bias a rate.
    """

    instances: int
    candidates: int
    pull_requests: int
    rounds: int
    closed_at: str | None
    submissions: list[SubmissionCount]
    reviewers: list[ReviewerCount]
    assignments: dict[str, int]
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def count_study(connection: Connection) -> StudyCount:
    """Count everything that the study holds."""
    counts = _submissions(connection)
    read = {one.submission: (one.rows_read, one.skips) for one in counts if one.submission != GOLDEN}
    return StudyCount(
        instances=count_instances(connection),
        candidates=connection.execute(select(func.count()).select_from(candidates)).scalar_one(),
        pull_requests=count_pull_requests(connection),
        rounds=last_round(connection),
        closed_at=fact(connection, "closed_at"),
        submissions=counts,
        reviewers=reviewer_counts(connection),
        assignments=assignment_counts(connection),
        warnings=[str(one) for one in uneven_skips(read)],
    )


def _submissions(connection: Connection) -> list[SubmissionCount]:
    rows = connection.execute(
        select(submissions).where(submissions.c.in_study).order_by(submissions.c.released, submissions.c.name)
    ).mappings()
    counts = {
        row["name"]: SubmissionCount(
            submission=row["name"],
            model=row["model"],
            released=row["released"],
            agent=row["agent"],
            formats=row["formats"],
            notes=row["notes"],
            rows_read=row["rows_read"],
        )
        for row in rows
    }
    golden, makers = _makers(connection)
    query = (
        select(attempts, instances.c.repo)
        .join(instances, instances.c.id == attempts.c.instance)
        .where(instances.c.in_scope, attempts.c.submission.in_(counts))
    )
    for row in connection.execute(query).mappings():
        _add(counts[row["submission"]], dict(row), golden, makers)
    for name, since in since_drawn(connection).items():
        counts[name].changed, counts[name].remade = list(since.changed), list(since.remade)
    query_skips = select(skips.c.submission, skips.c.reason, func.count()).group_by(
        skips.c.submission, skips.c.reason
    )
    for submission, reason, number in connection.execute(query_skips):
        if submission in counts:
            counts[submission].skips[reason] = number
    return list(counts.values())


def _makers(connection: Connection) -> tuple[set[str], dict[str, set[str]]]:
    """Golden candidates, and candidate → the submissions in the study that made it."""
    golden: set[str] = set()
    makers: dict[str, set[str]] = defaultdict(set)
    query = (
        select(attempts.c.candidate, submissions.c.name, submissions.c.is_golden)
        .join(submissions, submissions.c.name == attempts.c.submission)
        .where(attempts.c.candidate.is_not(None), submissions.c.in_study)
    )
    for candidate, name, is_golden in connection.execute(query):
        makers[candidate].add(name)
        if is_golden:
            golden.add(candidate)
    return golden, makers


def _add(count: SubmissionCount, row: dict[str, Any], golden: set[str], makers: dict[str, set[str]]) -> None:
    if row["disposition"] == Disposition.NOT_RUN:
        count.not_run += 1
        return
    if not row["file"]:
        count.assumed += 1
        return
    resolved = row["grade"] == Grade.RESOLVED
    count.attempts += 1
    count.with_patch += bool(row["patch"].strip())
    count.resolved += resolved
    repository = count.repositories.setdefault(row["repo"], RepositoryCount())
    repository.attempts += 1
    repository.with_patch += bool(row["patch"].strip())
    repository.resolved += resolved
    _bump(count.grades, row["grade"])
    if row["disposition"] is None:
        count.not_made_yet += 1
        return
    _bump(count.dispositions, row["disposition"])
    if row["rung"] is not None:
        _bump(count.rungs, row["rung"])
    for rung in NOT_TRIED.findall(row["detail"]):
        _bump(count.rungs_missing, rung)
    for _, rule in row["left_out"]:
        _bump(count.left_out_files, rule)
    if row["candidate"] is not None:
        count.candidates += 1
        count.same_as_golden += row["candidate"] in golden
        count.shared_with_another += len(makers[row["candidate"]]) > 1


def _bump(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1


def count_instances(connection: Connection) -> int:
    """The instances in scope."""
    return connection.execute(select(func.count()).select_from(instances).where(instances.c.in_scope)).scalar_one()


def skipped_rows(connection: Connection) -> list[dict[str, Any]]:
    """Every row that was read and not taken, and every attempt that cannot be reviewed, with file, row, reason."""
    rows = [
        {
            "submission": row["submission"],
            "file": row["file"],
            "row": row["row"],
            "instance": row["instance"],
            "reason": row["reason"],
            "detail": row["detail"],
        }
        for row in connection.execute(select(skips).order_by(skips.c.submission, skips.c.id)).mappings()
    ]
    query = (
        select(attempts)
        .join(instances, instances.c.id == attempts.c.instance)
        .where(instances.c.in_scope, attempts.c.disposition.not_in([str(Disposition.REVIEWABLE)]))
        .order_by(attempts.c.submission, instances.c.number)
    )
    for row in connection.execute(query).mappings():
        rows.append(
            {
                "submission": row["submission"],
                "file": row["file"],
                "row": row["row"],
                "instance": row["instance"],
                "reason": row["disposition"],
                "detail": row["detail"],
            }
        )
    return rows


def left_out_files(connection: Connection) -> list[dict[str, Any]]:
    """Every file that a rule left out of a change: submission, instance, path and rule."""
    query = (
        select(attempts.c.submission, attempts.c.instance, attempts.c.left_out)
        .join(instances, instances.c.id == attempts.c.instance)
        .join(submissions, submissions.c.name == attempts.c.submission)
        .where(instances.c.in_scope, submissions.c.in_study)
        .order_by(attempts.c.submission, instances.c.number)
    )
    return [
        {"submission": row.submission, "instance": row.instance, "path": path, "rule": rule}
        for row in connection.execute(query)
        for path, rule in row.left_out
    ]

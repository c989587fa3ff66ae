"""Keep the pull requests behind golden patches, each as it comes. No packet is made of any of this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from mergecheck.records import Instance
from mergecheck.sources.github_record import PullRequest
from mergecheck.store.database import now, storable
from mergecheck.store.schema import instances, pull_requests

_TIMES = ("created_at", "first_review_at", "merged_at", "closed_at")
_LISTS = (
    "commit_authors",
    "committers",
    "unlinked",
    "reviewers",
    "requested",
    "requested_teams",
    "closes",
    "mentions",
)


def save_pull_request(connection: Connection, pull_request: PullRequest) -> None:
    """Keep a pull request; one that is here already is kept as it was. Times are kept in UTC."""
    row = asdict(pull_request)
    for name in _TIMES:
        row[name] = None if row[name] is None else row[name].astimezone(UTC).isoformat(timespec="seconds")
    for name in ("title", *_LISTS):
        row[name] = storable(row[name]) if isinstance(row[name], str) else [storable(one) for one in row[name]]
    connection.execute(insert(pull_requests).values(**row, fetched_at=now()).on_conflict_do_nothing())


def load_pull_requests(connection: Connection) -> dict[str, PullRequest]:
    """Every pull request that is known, by instance: those that fell out of scope too."""
    rows = connection.execute(select(pull_requests).order_by(pull_requests.c.instance)).mappings()
    return {row["instance"]: _from_row(row) for row in rows}


def involved(connection: Connection) -> dict[str, frozenset[str]]:
    """Who had a hand in each pull request that is known: instance → GitHub logins in small letters.

    Those who wrote it, committed it, reviewed it or merged it; not those who were asked to and did not, nor GitHub
    itself and other programs. Empty where all accounts are gone; an instance without pull request is left out.
    """
    found = {}
    for instance, one in load_pull_requests(connection).items():
        people = (one.author, *one.commit_authors, *one.committers, *one.reviewers, one.merged_by)
        logins = {login.lower() for login in people if login}
        found[instance] = frozenset(login for login in logins if not _is_program(login))
    return found


def _is_program(login: str) -> bool:
    """Whether a login in small letters is GitHub's own, for what is done on its pages, or an app's."""
    return login == "web-flow" or login.endswith("[bot]")


def instances_without(connection: Connection) -> list[Instance]:
    """The instances in scope whose pull request is not known, in the benchmark's order."""
    rows = connection.execute(
        select(instances)
        .join(pull_requests, pull_requests.c.instance == instances.c.id, isouter=True)
        .where(instances.c.in_scope, pull_requests.c.instance.is_(None))
        .order_by(instances.c.number)
    ).mappings()
    return [
        Instance(
            id=row["id"],
            repo=row["repo"],
            base_commit=row["base_commit"],
            problem_statement=row["problem_statement"],
            golden_patch=row["golden_patch"],
            test_patch=row["test_patch"],
            difficulty=row["difficulty"],
            created_at=row["created_at"],
            hints=row["hints"],
        )
        for row in rows
    ]


def count_pull_requests(connection: Connection) -> int:
    """Of how many instances in scope the pull request is known."""
    known = select(func.count()).select_from(pull_requests).join(instances).where(instances.c.in_scope)
    return connection.execute(known).scalar_one()


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one repository, over the instances in scope: how many pull requests are known, and merged.

    `median_hours` from created to merged; None where none is known to be merged.
    """

    repo: str
    instances: int
    known: int
    merged: int
    median_hours: float | None


def coverage(connection: Connection) -> list[Coverage]:
    """What is known by repository, in the order of their names."""
    known = load_pull_requests(connection)
    by_repo: dict[str, list[PullRequest | None]] = {}
    query = select(instances.c.repo, instances.c.id).where(instances.c.in_scope).order_by(instances.c.repo)
    for repo, instance in connection.execute(query):
        by_repo.setdefault(repo, []).append(known.get(instance))
    found = []
    for repo, ones in by_repo.items():
        hours = [one.review_hours for one in ones if one is not None and one.review_hours is not None]
        here = sum(one is not None for one in ones)
        found.append(Coverage(repo, len(ones), here, len(hours), median(hours) if hours else None))
    return found


def _from_row(row: Mapping[Any, Any]) -> PullRequest:
    fields = {str(name): value for name, value in row.items() if name != "fetched_at"}
    for name in _TIMES:
        fields[name] = None if fields[name] is None else datetime.fromisoformat(fields[name])
    for name in _LISTS:
        fields[name] = tuple(fields[name])
    return PullRequest(**fields)

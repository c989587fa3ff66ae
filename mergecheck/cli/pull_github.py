"""`mergecheck pull --github`: the pull requests behind the golden patches, each kept as it comes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mergecheck.cli.terminal import talk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.progress import Progress, TaskID

    from mergecheck.errors import SourceError
    from mergecheck.sources.github_access import Access
    from mergecheck.sources.github_record import NotFetched, PullRequest, Wanted
    from mergecheck.store.database import Database

FETCHING = "fetching pull requests"
SAY_AGAIN_SECONDS = 300.0
"""How often a long wait is spoken of where stderr is no terminal."""
NAMED = 10
"""How many of the pull requests that were not asked for are named; the next run begins with them anyway."""


def github_access() -> Access:
    """Where GitHub is and what opens it, from the environment: asked first, so that a mistake costs no reading."""
    from mergecheck.sources.github_access import Access

    return Access.from_environment(os.environ)


def fetch_into(database: Database, access: Access, wait_minutes: int, *, print_table: bool) -> list[SourceError]:
    """Fetch what is missing for the instances in scope; returns what is wrong with what is still missing."""
    from mergecheck.report.pull_requests import print_pull_requests
    from mergecheck.sources.github_record import NotFetched
    from mergecheck.store.database import write_journal
    from mergecheck.store.pull_requests import coverage, save_pull_request

    wanted, skipped = _wanted(database)
    left: list[NotFetched] = []
    fetched = 0
    if wanted:
        _announce(len(wanted), access, wait_minutes)
    else:
        talk("GitHub: nothing to fetch.")
    for result in _results(wanted, access, wait_minutes):
        if isinstance(result, NotFetched):
            left.append(result)
            continue
        with database.writing() as connection:
            save_pull_request(connection, result)
        fetched += 1
    if wanted:
        with database.writing() as connection:
            write_journal(
                connection, "pull --github", f"pull requests: {fetched} fetched, {len(left)} still missing"
            )
    if skipped:
        named = ", ".join(one.instance for one in skipped)
        talk(f"GitHub: {len(skipped)} left out, because {skipped[0].what}: {named}")
    if print_table:
        with database.reading() as connection:
            rows = coverage(connection)
        print_pull_requests(rows, fetched, [*left, *skipped])
    return _problems(left)


def _wanted(database: Database) -> tuple[list[Wanted], list[NotFetched]]:
    from mergecheck.sources.github_record import NotFetched, pull_request_of
    from mergecheck.store.pull_requests import instances_without

    with database.reading() as connection:
        found = [pull_request_of(instance) for instance in instances_without(connection)]
    wanted = [one for one in found if not isinstance(one, NotFetched)]
    return wanted, [one for one in found if isinstance(one, NotFetched)]


def _announce(number: int, access: Access, wait_minutes: int) -> None:
    from mergecheck.sources.github import REQUESTS_EACH
    from mergecheck.sources.github_access import TOKEN_NAMES
    from mergecheck.sources.github_waits import minutes

    requests = number * REQUESTS_EACH
    talk(
        f"GitHub: pull requests to fetch: {number}, with {requests} requests at least, in about "
        f"{minutes(access.seconds_for(requests))}. Each is kept as it comes, and the next run goes on from there."
    )
    if access.token is None:
        talk(
            f"GitHub: without a token {access.an_hour} requests an hour are answered; "
            f"put one into {TOKEN_NAMES[0]} to be quicker. It needs no rights for public repositories."
        )
    talk(f"GitHub: rate limits are waited for, {wait_minutes} min in all (--github-wait).")


def _results(wanted: Sequence[Wanted], access: Access, wait_minutes: int) -> Iterator[PullRequest | NotFetched]:
    if not wanted:
        return
    from mergecheck.sources.github import fetch_pull_requests
    from mergecheck.sources.github_waits import Patience

    with _bar(len(wanted)) as (advance, show):
        for result in fetch_pull_requests(wanted, access, Patience(wait_minutes * 60.0, show)):
            yield result
            advance()


@contextmanager
def _bar(total: int) -> Iterator[tuple[Callable[[], None], Callable[[str, float], None]]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(FETCHING, total=total)
        yield lambda: bar.advance(task), CountDown(bar, task) if console.is_terminal else SpokenWait()


class CountDown:
    """A wait in the progress bar's own line, second by second."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def __call__(self, why: str, left: float) -> None:
        """Show that `left` seconds are left; 0 ends it."""
        self._bar.update(self._task, description=f"{why}: going on in {_clock(left)}" if left else FETCHING)


class SpokenWait:
    """A wait where stderr is a file: a line when it begins, and one every few minutes."""

    def __init__(self) -> None:
        self._next: float | None = None

    def __call__(self, why: str, left: float) -> None:
        """Say that `left` seconds are left, if it is time to; 0 ends it."""
        if not left:
            self._next = None
        elif self._next is None or left <= self._next:
            talk(f"{why}: going on in {_clock(left)}")
            self._next = left - SAY_AGAIN_SECONDS


def _clock(seconds: float) -> str:
    whole = int(-(-seconds // 1))
    return (
        f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
        if whole >= 3600
        else f"{whole // 60}:{whole % 60:02}"
    )


def _problems(left: Sequence[NotFetched]) -> list[SourceError]:
    from mergecheck.errors import SourceError

    asked = [one for one in left if one.reason != "not_asked"]
    problems = [SourceError(one.what, where=one.instance, fix=one.fix) for one in asked]
    rest = [one for one in left if one.reason == "not_asked"]
    if rest:
        named = ", ".join(one.instance for one in rest[:NAMED])
        more = f" and {len(rest) - NAMED} more" if len(rest) > NAMED else ""
        what = f"not asked for, because {rest[0].what}: {named}{more} ({len(rest)})"
        problems.append(SourceError(what, where="GitHub", fix=rest[0].fix))
    return problems

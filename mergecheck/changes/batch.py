"""Make the changes of many attempts, a repository at a time; what one lacks does not stop the others."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Protocol, TypeVar

from mergecheck.changes.canonical import Made
from mergecheck.changes.mirrors import Mirrors, NoCommit
from mergecheck.changes.together import Patch, make_together
from mergecheck.changes.workspace import Workspace
from mergecheck.errors import ChangeError
from mergecheck.records import Policies


class Raw(Protocol):
    """An attempt's patch, and the commit that it is against."""

    @property
    def instance(self) -> str:
        """The instance's id, for messages."""

    @property
    def repo(self) -> str:
        """The repository as `owner/name`."""

    @property
    def base_commit(self) -> str:
        """The commit that the patch is against."""

    @property
    def patch(self) -> str:
        """The author's text."""


Task = TypeVar("Task", bound=Raw)


Result = tuple[Task, Made | ChangeError]

MOST_WORKERS = 4
"""Beyond them, the part of the work that is ours and not git's leaves nothing to gain."""

LARGEST_PART = 24
"""Patches that one worker makes in one go."""

LARGEST_PART_BYTES = 1024 * 1024
"""Of their texts, but for a single patch that is larger: what they change is held in memory all at once."""

PARTS_AHEAD = 2
"""For each worker, parts that are begun before the one that is to be handed out is done: it bounds memory."""


def make_changes(
    tasks: Sequence[Task], mirrors: Mirrors, *, policies: Policies, workers: int | None = None
) -> Iterator[Result[Task]]:
    """Each task with what became of it, or with why its repository cannot be used; in the order of the tasks.

    Several are made at once, in threads: most of the time is git's.

    Args:
        tasks: sorted by repository, and by base commit in it, so that what was read for one serves the next.
        mirrors: where the repositories are; one that lacks a base commit is fetched once.
        policies: what is left out of every change.
        workers: how many are made at once; None for as many as there are cores, at most `MOST_WORKERS`.
    """
    count = min(_cores(), MOST_WORKERS) if workers is None else workers
    for repo, group in groupby(tasks, key=lambda task: task.repo):
        yield from _of_repository(repo, list(group), mirrors, policies, count)


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _of_repository(
    repo: str, tasks: list[Task], mirrors: Mirrors, policies: Policies, workers: int
) -> Iterator[Result[Task]]:
    try:
        places = _Places(mirrors.path(repo))
    except ChangeError as unusable:
        yield from ((task, unusable) for task in tasks)
        return
    with places:
        with places.one() as place:
            failed = mirrors.provide(repo, {task.base_commit for task in tasks}, place.has)
        stop = threading.Event()

        def work(part: list[Task]) -> list[Result[Task]]:
            try:
                with places.one() as place:
                    return [] if stop.is_set() else _outcomes(place, part, failed, policies)
            except ChangeError as error:
                return [(task, error) for task in part]

        waiting: deque[Future[list[Result[Task]]]] = deque()
        with ThreadPoolExecutor(workers, thread_name_prefix="changes") as pool:
            try:
                for part in _parts(tasks):
                    waiting.append(pool.submit(work, part))
                    if len(waiting) > PARTS_AHEAD * workers:
                        yield from waiting.popleft().result()
                while waiting:
                    yield from waiting.popleft().result()
            finally:
                stop.set()
                for future in waiting:
                    future.cancel()


class _Places:
    """Workspaces of one mirror, each for one thread at a time; there are as many as were needed at once.

    Raises:
        ChangeError: there is no room for one.
    """

    def __init__(self, mirror: Path) -> None:
        self._mirror = mirror
        self._idle = [Workspace(mirror)]

    def __enter__(self) -> _Places:
        return self

    def __exit__(self, *_: object) -> None:
        for place in self._idle:
            place.close()

    @contextmanager
    def one(self) -> Iterator[Workspace]:
        """A workspace for oneself."""
        try:
            place = self._idle.pop()
        except IndexError:
            place = Workspace(self._mirror)
        try:
            yield place
        finally:
            self._idle.append(place)


def _parts(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    part: list[Task] = []
    size = 0
    for task in tasks:
        if part and (len(part) == LARGEST_PART or size + len(task.patch) > LARGEST_PART_BYTES):
            yield part
            part, size = [], 0
        part.append(task)
        size += len(task.patch)
    if part:
        yield part


def _outcomes(
    place: Workspace, part: list[Task], failed: Mapping[str, ChangeError], policies: Policies
) -> list[Result[Task]]:
    patches = [Patch(task.base_commit, task.patch) for task in part if task.base_commit not in failed]
    made = iter(make_together(place, patches, policies))
    return [
        (task, _for(task, failed[task.base_commit]) if task.base_commit in failed else next(made)) for task in part
    ]


def _for(task: Raw, error: ChangeError) -> ChangeError:
    return error.base_of(task.instance) if isinstance(error, NoCommit) else error

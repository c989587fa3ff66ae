"""Make the changes of many attempts, a repository at a time; what one lacks does not stop the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Protocol, TypeVar

from mergecheck.changes.canonical import Made, make_change
from mergecheck.changes.mirrors import Mirrors, NoCommit
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


def make_changes(
    tasks: Sequence[Task], mirrors: Mirrors, *, policies: Policies
) -> Iterator[tuple[Task, Made | ChangeError]]:
    """Each task with what became of it, or with why its repository cannot be used.

    Args:
        tasks: sorted by repository, so that one workspace serves all of it.
        mirrors: where the repositories are; one that lacks a base commit is fetched once.
        policies: what is left out of every change.
    """
    for repo, group in groupby(tasks, key=lambda task: task.repo):
        yield from _of_repository(repo, list(group), mirrors, policies)


def _of_repository(
    repo: str, tasks: list[Task], mirrors: Mirrors, policies: Policies
) -> Iterator[tuple[Task, Made | ChangeError]]:
    try:
        workspace = Workspace(mirrors.path(repo))
    except ChangeError as unusable:
        yield from ((task, unusable) for task in tasks)
        return
    with workspace:
        failed = mirrors.provide(repo, {task.base_commit for task in tasks}, workspace.has)
        for task in tasks:
            error = failed.get(task.base_commit)
            if error is None:
                yield task, _made(workspace, task, policies)
            elif isinstance(error, NoCommit):
                yield task, error.base_of(task.instance)
            else:
                yield task, error


def _made(workspace: Workspace, task: Raw, policies: Policies) -> Made | ChangeError:
    try:
        return make_change(workspace, task.base_commit, task.patch, policies)
    except ChangeError as error:
        return error

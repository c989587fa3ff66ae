"""Make the changes of many attempts, a repository at a time; what one lacks does not stop the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Protocol, TypeVar

from mergecheck.changes.canonical import Made, make_change
from mergecheck.changes.mirrors import Mirrors
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
        try:
            mirror = mirrors.path(repo)
        except ChangeError as error:
            yield from ((task, error) for task in group)
            continue
        yield from _of_repository(repo, list(group), mirrors, Workspace(mirror), policies)


def _of_repository(
    repo: str, tasks: list[Task], mirrors: Mirrors, workspace: Workspace, policies: Policies
) -> Iterator[tuple[Task, Made | ChangeError]]:
    with workspace:
        commits = {task.base_commit for task in tasks}
        missing = {commit for commit in commits if not workspace.has(commit)}
        trouble = _fetched(repo, mirrors) if missing else None
        missing = {commit for commit in missing if not workspace.has(commit)}
        for task in tasks:
            if task.base_commit in missing:
                yield task, trouble or _no_commit(task, workspace)
            else:
                yield task, make_change(workspace, task.base_commit, task.patch, policies)


def _fetched(repo: str, mirrors: Mirrors) -> ChangeError | None:
    try:
        mirrors.fetch(repo)
    except ChangeError as error:
        return error
    return None


def _no_commit(task: Raw, workspace: Workspace) -> ChangeError:
    return ChangeError(
        f"no commit {task.base_commit}, the base of {task.instance}",
        where=str(workspace.mirror),
        fix="fetch the repository's whole history there, or leave the instance out of [benchmark]",
    )

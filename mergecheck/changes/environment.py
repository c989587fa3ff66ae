"""Git's own environment variables, kept away from the git that we run.

Inside a hook or a rebase, git points every child at the repository that it works on; a child of ours that obeyed
would write there. GitPython passes the whole environment on, so the variables are out of it while git is started:
no longer than that, and for one thread at a time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import git

# What `git rev-parse --local-env-vars` lists, and the hash that new repositories get.
LOCAL = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_CEILING_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_PARAMETERS",
        "GIT_DEFAULT_HASH",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)


STARTING = threading.RLock()


def start(
    command: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    *,
    stdin: BinaryIO | int | None = None,
    start_new_session: bool = False,
) -> git.Git.AutoInterrupt:
    """Start a program without any variable of git's but those given; stdout and stderr are pipes.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        environment: variables besides the caller's.
        stdin: what it reads, nothing where None.
        start_new_session: keep the terminal's signals from it.

    Raises:
        git.GitCommandNotFound: there is no such program.
        OSError: it cannot be started.
    """
    with without_variables():
        return git.Git(str(folder)).execute(
            list(command), istream=stdin, as_process=True, env=environment, start_new_session=start_new_session
        )


@contextmanager
def without_local_variables() -> Iterator[None]:
    """Without the variables that point at a repository; those for the network (`GIT_SSH`, …) stay."""
    with STARTING, _without(LOCAL):
        yield


@contextmanager
def without_variables() -> Iterator[None]:
    """Without any variable of git's: what a change looks like may not depend on whoever runs it."""
    with STARTING, _without(frozenset(name for name in os.environ if name.startswith("GIT_"))):
        yield


@contextmanager
def _without(names: frozenset[str]) -> Iterator[None]:
    with STARTING:
        taken = {name: os.environ.pop(name) for name in os.environ.keys() & names}
        try:
            yield
        finally:
            os.environ.update(taken)

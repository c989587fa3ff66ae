"""Git's own environment variables, kept away from the git that we run.

Inside a hook or a rebase, git points every child at the repository that it works on; a child of ours that obeyed
would write there. GitPython passes the whole environment on, so the variables are out of it while git is started.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def without_local_variables() -> Iterator[None]:
    """Without the variables that point at a repository; those for the network (`GIT_SSH`, …) stay."""
    with _without({name for name in os.environ if name in LOCAL}):
        yield


@contextmanager
def without_variables() -> Iterator[None]:
    """Without any variable of git's: what a change looks like may not depend on whoever runs it."""
    with _without({name for name in os.environ if name.startswith("GIT_")}):
        yield


@contextmanager
def _without(names: set[str]) -> Iterator[None]:
    taken = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(taken)

"""A bare repository of our own, with no objects but those that it borrows and no configuration but ours."""

from __future__ import annotations

import os
from pathlib import Path

import git

from mergecheck.changes.environment import without_variables

SETTINGS = {
    "core.autocrlf": "false",
    "core.quotePath": "false",
    "core.symlinks": "true",
    "core.fsync": "none",
    "core.hooksPath": os.devnull,
    # Larger files are compared and never diffed: LARGEST_TEXT below.
    "core.bigFileThreshold": "5m",
    # Packs are read through small windows, so that the bound on memory is one on what a patch makes git take.
    "core.packedGitWindowSize": "32m",
    "core.packedGitLimit": "256m",
    "apply.whitespace": "nowarn",
    "index.version": "2",
    "core.splitIndex": "false",
    # What is written here is read at once and thrown away.
    "core.looseCompression": "0",
    "gc.auto": "0",
    "diff.renameLimit": "1000",
}


def empty_repository(folder: Path, mirror: Path) -> Path:
    """Make it; its folder.

    Args:
        folder: where.
        mirror: the repository whose objects it sees and never writes.

    Raises:
        git.GitCommandError, OSError: there is no room for it.
    """
    with without_variables():
        # The user's template folder could bring hooks; an empty one cannot.
        repo = git.Repo.init(
            folder / "scratch.git",
            bare=True,
            template="",
            initial_branch="main",
            object_format="sha1",
            allow_unsafe_options=True,
        )
    alternates = Path(repo.git_dir) / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{(mirror / 'objects').resolve()}\n")
    # By hand: GitPython's writer, on a full disk, prints a traceback of its own when it is let go of.
    with (Path(repo.git_dir) / "config").open("a", encoding="utf-8") as config:
        for key, value in SETTINGS.items():
            section, name = key.split(".")
            config.write(f"[{section}]\n\t{name} = {value}\n")
    repo.close()
    return Path(repo.git_dir)

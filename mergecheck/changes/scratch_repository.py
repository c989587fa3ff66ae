"""A bare repository of our own, with no objects but those that it borrows and no configuration but ours."""

from __future__ import annotations

import os
from pathlib import Path

SETTINGS = {
    "core.repositoryFormatVersion": "0",
    "core.bare": "true",
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

    By hand, as git's `gitrepository-layout` says what the least is: two programs less for each, and no template of
    the user's that could bring hooks.

    Args:
        folder: where.
        mirror: the repository whose objects it sees and never writes.

    Raises:
        OSError: there is no room for it.
    """
    place = folder / "scratch.git"
    for inner in ("objects/info", "refs"):
        (place / inner).mkdir(parents=True)
    (place / "HEAD").write_text("ref: refs/heads/main\n")
    (place / "objects/info/alternates").write_text(f"{(mirror / 'objects').resolve()}\n")
    lines = []
    for key, value in SETTINGS.items():
        section, name = key.split(".")
        lines.append(f"[{section}]\n\t{name} = {value}\n")
    (place / "config").write_text("".join(lines))
    return place

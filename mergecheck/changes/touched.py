"""What a patch does to the index: the paths at which it differs from the base commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NO_FILE = "000000"
NOTHING = "0" * 40
SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the index or of a commit: git's mode and object id."""

    path: str
    mode: str
    blob: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A path at which the index differs from a commit, with both sides; `NO_FILE` is the mode of a missing one.

    `moved` says that git takes the path for one end of a rename.
    """

    path: str
    old: Entry
    new: Entry
    moved: bool = False

    @property
    def is_new(self) -> bool:
        """Whether the commit has no such file, and none that this one was renamed from."""
        return self.old.mode == NO_FILE and not self.moved


def no_file(path: str) -> Entry:
    """The side of a path at which there is nothing."""
    return Entry(path, NO_FILE, NOTHING)


def may_move(touched: Sequence[Touched]) -> bool:
    """Whether git could take some of these for renames: a file is gone, and another is new."""
    return any(one.new.mode == NO_FILE for one in touched) and any(one.old.mode == NO_FILE for one in touched)


def read_raw(output: bytes) -> list[Touched]:
    """What `git diff-tree --raw -z` prints, sorted by path; a rename is two of them."""
    parts = iter(output.decode("utf-8", "surrogateescape").split("\0")[:-1])
    touched = []
    for meta in parts:
        old_mode, new_mode, old, new, status = meta[1:].split(" ")
        path = next(parts)
        if status.startswith("R"):
            target = next(parts)
            touched.append(Touched(path, Entry(path, old_mode, old), no_file(path), moved=True))
            touched.append(Touched(target, no_file(target), Entry(target, new_mode, new), moved=True))
        else:
            touched.append(Touched(path, Entry(path, old_mode, old), Entry(path, new_mode, new)))
    return sorted(touched, key=lambda one: one.path)

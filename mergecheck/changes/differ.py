"""Ask git for our own diff of files that a patch touches, of many patches in one question."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from mergecheck.changes.child import Lasting
from mergecheck.changes.diff import RawChange, read_diff
from mergecheck.changes.index_file import Held
from mergecheck.changes.runner import TooMuch
from mergecheck.changes.touched import NO_FILE, Touched, may_move
from mergecheck.changes.tree_objects import write_tree

DIFF = (
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=none",
    "--diff-algorithm=histogram",
    "--indent-heuristic",
    "--unified=3",
    "--inter-hunk-context=0",
    "--find-renames",
    "--full-index",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)
"""One dialect for every diff; what is left to git's configuration elsewhere is fixed here."""

ARGUMENTS = ("diff-tree", "--stdin", "-r", "--patch-with-raw", "-z", *DIFF)

MOST_FOLDERS = 100_000
"""In all paths of a patch, where git looks for renames: their trees are written."""


class Differ:
    """Diffs of pairs of trees that are made of the touched files alone.

    Args:
        store: the folder of objects that trees are written to.
        asking: git with `ARGUMENTS`, in a repository that sees the store.
    """

    def __init__(self, store: Path, asking: Lasting) -> None:
        self._store = store
        self._asking = asking
        self._end = secrets.token_hex(16).encode()

    def diffs(self, changes: Sequence[Sequence[Touched]]) -> list[list[RawChange]]:
        """Our diff of each change's paths, and of nothing else.

        Raises:
            GitRefused, Ended: git did not describe one of them.
            ChangeError: there is no room.
        """
        found: dict[int, list[RawChange]] = {}
        for numbers in _questions(changes):
            touched = [one for number in numbers for one in changes[number]]
            described = iter(self._one(touched))
            for number in numbers:
                # One for each path, but for renames, which make one of two; such a change is asked for alone.
                found[number] = list(islice(described, len(changes[number])))
        return [found[number] for number in range(len(changes))]

    def _one(self, touched: Sequence[Touched]) -> list[RawChange]:
        # Only where git looks for renames do names matter to it.
        whole_paths = may_move(touched)
        old, new = self.trees(touched, whole_paths=whole_paths)
        # What is no pair of trees is said again: it marks the end.
        question = b"%s %s\n%s\n" % (old.encode(), new.encode(), self._end)
        output = self._asking.ask(question, lambda child: child.until(self._end + b"\n"))
        changes = read_diff(output.partition(b"\n")[2])
        if whole_paths:
            return changes
        return [replace(change, path=touched[int(change.path)].path) for change in changes]

    def trees(self, touched: Sequence[Touched], *, whole_paths: bool) -> tuple[str, str]:
        """Trees of the old and of the new sides alone; flat, with numbers for names, or as the paths are.

        Raises:
            TooMuch: the paths have too many folders.
            ChangeError: there is no room.
        """
        if whole_paths and sum(one.path.count("/") for one in touched) > MOST_FOLDERS:
            raise TooMuch(f"it names more than {MOST_FOLDERS} folders")
        sides: tuple[dict[bytes, Held], dict[bytes, Held]] = ({}, {})
        for number, one in enumerate(touched):
            name = one.path.encode("utf-8", "surrogateescape") if whole_paths else b"%08d" % number
            for side, entry in zip(sides, (one.old, one.new), strict=True):
                if entry.mode != NO_FILE:
                    side[name] = Held(entry.mode, entry.blob)
        return write_tree(self._store, sides[0]), write_tree(self._store, sides[1])

    def close(self) -> None:
        """End git."""
        self._asking.close()


def _questions(changes: Sequence[Sequence[Touched]]) -> Iterable[list[int]]:
    """Which changes go into one question: there must be no renames to look for from one to another."""
    new, gone = [], []
    for number, touched in enumerate(changes):
        if may_move(touched):
            yield [number]
        elif any(one.new.mode == NO_FILE for one in touched):
            gone.append(number)
        else:
            new.append(number)
    yield from (numbers for numbers in (new, gone) if numbers)

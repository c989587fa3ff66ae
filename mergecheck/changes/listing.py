"""The files of a commit, read from its tree objects as far as they are asked for, and as an index.

A whole index takes git as long to read and write as all else that it does for a patch. So a patch that names its
files plainly is applied to an index of those files, and of the files in whose place, or below which, they would
lie: nothing else that the index holds has a say in what becomes of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from mergecheck.changes.index_file import IndexFile, entry, index_file
from mergecheck.changes.rules import INIT, OWN_PACKAGES

FOLDER = 0o040000
LINK, SUBMODULE = 0o120000, 0o160000
FILE, PROGRAM = 0o100644, 0o100755
EXECUTABLE = 0o100

MOST_FOLDERS = 20_000
"""Of folders that are kept; then all are forgotten and read again."""

LINE = re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0(.{20})", re.DOTALL)
LEAST = len(b"40000 \0") + 20
FORBIDDEN = frozenset({b".", b"..", b".git"})

Lines = dict[bytes, tuple[int, bytes]]
"""A folder: name → mode and object id, in git's order."""

Files = list[tuple[bytes, int, bytes]]
"""Files of a commit: path, mode and object id."""

Read = Callable[[Iterable[str]], dict[str, Lines]]


class NoTree(Exception):
    """What a commit names as a folder is none that git takes."""


class Folders:
    """Tree objects by their ids; what commits share is read once.

    Args:
        read: the lines of tree objects.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[bytes, Lines] = {}

    def lines(self, tree: bytes) -> Lines:
        """A folder's lines."""
        self.load([tree])
        return self._known[tree]

    def load(self, trees: Iterable[bytes]) -> None:
        """Read folders in one go."""
        missing = [tree.hex() for tree in trees if tree not in self._known]
        if not missing:
            return
        for name, lines in self._read(missing).items():
            self._known[bytes.fromhex(name)] = lines

    def forget(self) -> None:
        """Forget all, where there are many."""
        if len(self._known) > MOST_FOLDERS:
            self._known.clear()


class Listing:
    """All files of a commit.

    Args:
        folders: where they are read.
        tree: the commit's.
    """

    def __init__(self, folders: Folders, tree: str) -> None:
        self._folders = folders
        self._root = bytes.fromhex(tree)
        self._folders.lines(self._root)

    def whole(self) -> IndexFile:
        """All of them as an index."""
        return index_of(self._below(b"", self._root))

    def of(self, paths: Iterable[bytes]) -> IndexFile:
        """An index of the files that have to do with these paths."""
        return index_of(self.related(paths))

    def related(self, paths: Iterable[bytes]) -> Files:
        """The files at these paths, those below them, and those that a path leads through, each once."""
        found = {path: (mode, name) for wanted in paths for path, mode, name in self._related(wanted)}
        return [(path, *held) for path, held in found.items()]

    def has_folder(self, name: str) -> bool:
        """Whether there is a folder of this name at the root."""
        return self._at(name)[0] == FOLDER

    def is_package(self, folder: str) -> bool:
        """Whether a folder holds an `__init__.py`, and is not one of tests or documentation."""
        return OWN_PACKAGES.isdisjoint(folder.split("/")) and self._at(folder + INIT)[0] not in (0, FOLDER)

    @cached_property
    def has_packages(self) -> bool:
        """Whether there is any package."""
        return any(self._holds_packages(path, tree) for path, tree in self._subfolders(self._root))

    def _holds_packages(self, name: bytes, tree: bytes) -> bool:
        if name.decode("utf-8", "surrogateescape") in OWN_PACKAGES:
            return False
        if self._folders.lines(tree).get(INIT[1:].encode(), (FOLDER, b""))[0] != FOLDER:
            return True
        return any(self._holds_packages(path, below) for path, below in self._subfolders(tree))

    def _subfolders(self, tree: bytes) -> list[tuple[bytes, bytes]]:
        return [(name, one) for name, (mode, one) in self._folders.lines(tree).items() if mode == FOLDER]

    def _at(self, path: str) -> tuple[int, bytes]:
        """Mode and object id of what is there; mode 0 where nothing is."""
        mode, tree = FOLDER, self._root
        for name in path.encode("utf-8", "surrogateescape").split(b"/"):
            if mode != FOLDER:
                return 0, b""
            mode, tree = self._folders.lines(tree).get(name, (0, b""))
        return mode, tree

    def _related(self, wanted: bytes) -> Iterator[tuple[bytes, int, bytes]]:
        mode, tree, depth = FOLDER, self._root, 0
        names = wanted.split(b"/")
        while mode == FOLDER and depth < len(names):
            mode, tree = self._folders.lines(tree).get(names[depth], (0, b""))
            depth += 1
        if mode == FOLDER:
            yield from self._below(wanted + b"/", tree)
        elif mode:
            yield b"/".join(names[:depth]), mode, tree

    def _below(self, prefix: bytes, tree: bytes) -> Files:
        """All files below a folder."""
        found = []
        level = [(prefix, tree)]
        # A level of folders at a time, each in one question.
        while level:
            self._folders.load({tree for _, tree in level})
            deeper = []
            for folder, tree in level:
                for name, (mode, one) in self._folders.lines(tree).items():
                    if mode == FOLDER:
                        deeper.append((folder + name + b"/", one))
                    else:
                        found.append((folder + name, mode, one))
            level = deeper
        return found


def index_of(files: Files) -> IndexFile:
    """An index of files, which are put into git's order."""
    entries = [entry(_as_index(mode), name, path) for path, mode, name in sorted(files)]
    return index_file(b"".join(entries), [len(one) for one in entries])


def _as_index(mode: int) -> int:
    """The index knows two modes of files; old trees have others."""
    if mode in (LINK, SUBMODULE):
        return mode
    return PROGRAM if mode & EXECUTABLE else FILE


def lines_of(tree: bytes) -> Lines:
    """The lines of a tree object.

    Raises:
        NoTree: it cannot be one of git's.
    """
    found = LINE.findall(tree)
    lines = {name: (int(digits, 8), one) for digits, name, one in found}
    if sum(len(digits) + len(name) + LEAST - 5 for digits, name, _ in found) != len(tree) or len(lines) < len(
        found
    ):
        raise NoTree("a tree object is no list of files")
    if any(name.lower() in FORBIDDEN for name in lines):
        raise NoTree("a tree holds a file that git does not take")
    return lines

"""What a rule is: a question to a path, and to the base tree that it stands in; never to whose change it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath

ANYWHERE = "anywhere"
OUTSIDE = "outside the package"
AT_ROOT = "at the root"
NOT_IN_PACKAGE = "not below a package"

TEXTS = ("", ".rst", ".md", ".txt", ".adoc")
DOCUMENTATION = ("doc", "docs", "documentation", "Documentation")
TESTS = ("test", "tests", "testing", "e2e")
OWN_PACKAGES = frozenset((*TESTS, *DOCUMENTATION))
"""Folders whose `__init__.py` makes no package of the distribution."""


@dataclass(frozen=True, slots=True)
class Base:
    """What rules know of the tree that a change is made to.

    `folders` are those at its root, `packages` all that hold an `__init__.py`, but tests and documentation.
    """

    folders: frozenset[str]
    packages: frozenset[str]

    @staticmethod
    @lru_cache(maxsize=64)
    def of_tree(paths: frozenset[str]) -> Base:
        """The same as `of`, remembered for the many patches to one tree."""
        return Base.of(paths)

    @classmethod
    def of(cls, paths: Iterable[str]) -> Base:
        """From every path of the tree."""
        folders, packages = set(), set()
        for path in paths:
            folder, _, name = path.rpartition("/")
            if folder:
                folders.add(folder.partition("/")[0])
            if folder and name == "__init__.py" and not OWN_PACKAGES.intersection(folder.split("/")):
                packages.add(folder)
        return cls(frozenset(folders), frozenset(packages))

    def in_package(self, path: str) -> bool:
        """Whether a folder above this path is a Python package."""
        parents = [str(parent) for parent in PurePosixPath(path).parents]
        return parents[-2:-1] != [] and parents[-2] not in DOCUMENTATION and not self.packages.isdisjoint(parents)

    def outside(self, path: str) -> bool:
        """Whether a new file stands outside of all that was there: at the root, or in a new folder there.

        In a distribution of single modules, which has no package, a module at the root is not outside.
        """
        first, slash, _ = path.partition("/")
        if slash:
            return first not in self.folders
        return bool(self.packages) or not path.endswith(".py")


@dataclass(frozen=True, slots=True)
class Rule:
    """Takes files by the name of the file or of a folder above it.

    Args:
        policy: the key of `[policies]` that it belongs to.
        name: as it is listed: "policy: what".
        why: one line for the organiser.
        names: globs of file names; any of them takes the file.
        folders: globs of folders; `where` at the root, it is the first folder that counts.
        where: `ANYWHERE`, `AT_ROOT`, `OUTSIDE` or `NOT_IN_PACKAGE`.
        only_new: takes no file that the base commit has.
        suffixes: a name must end in one of them; any where empty.
        unless: globs of names, and of first folders, that it leaves alone.
    """

    policy: str
    name: str
    why: str
    names: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    where: str = ANYWHERE
    only_new: bool = False
    suffixes: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def takes(self, path: str, is_new: bool, base: Base) -> bool:
        """Whether this rule takes a file of a change."""
        if self.only_new and not is_new:
            return False
        *folders, name = path.split("/")
        if self.where == AT_ROOT:
            first = folders[:1]
            return (
                self._named(name)
                if not folders
                else any_match(first, self.folders) and first[0] not in base.packages
            )
        if self.where == OUTSIDE and not base.outside(path):
            return False
        if self.where == NOT_IN_PACKAGE and base.in_package(path):
            return False
        if any_match((folders or [name])[:1], self.unless):
            return False
        return self._named(name) or any_match(folders, self.folders)

    def _named(self, name: str) -> bool:
        if self.suffixes and PurePosixPath(name).suffix not in self.suffixes:
            return False
        return any_match([name], self.names) and not any_match([name], self.unless)

    def described(self) -> str:
        """What it takes, in words; the table of the documentation is these."""
        parts = []
        if self.names:
            parts.append(
                "files " + _listed(self.names) + (f" ending in {_ends(self.suffixes)}" * bool(self.suffixes))
            )
        if self.folders:
            parts.append("folders " + _listed(self.folders))
        text = " and ".join(parts)
        if self.where != ANYWHERE:
            text += f", {self.where}"
        if self.only_new:
            text += ", new only"
        return text + (f", but not {_listed(self.unless)}" if self.unless else "")


def any_match(values: Iterable[str], globs: Iterable[str]) -> bool:
    """Whether one of the globs matches one of the values; capitals and small letters differ."""
    return any(fnmatchcase(value, glob) for value in values for glob in globs)


def _listed(globs: Iterable[str]) -> str:
    return " ".join(f"`{glob}`" for glob in globs)


def _ends(suffixes: Iterable[str]) -> str:
    return " ".join(f"`{suffix}`" if suffix else "nothing" for suffix in suffixes)

"""What a rule is: a question to a path, and to the base tree that it stands in; never to whose change it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Protocol

from mergecheck.changes.paths import folders_of

ANYWHERE = "anywhere"
OUTSIDE = "outside the package"
AT_ROOT = "at the root"
NOT_IN_PACKAGE = "not below a package"

TEXTS = ("", ".rst", ".md", ".txt", ".adoc")
INIT = "/__init__.py"
DOCUMENTATION = ("doc", "docs", "documentation", "Documentation")
TESTS = ("test", "tests", "testing", "e2e")
OWN_PACKAGES = frozenset((*TESTS, *DOCUMENTATION))
"""Folders whose `__init__.py` makes no package of the distribution."""


class Surroundings(Protocol):
    """What rules ask of the tree that a change is made to."""

    @property
    def has_packages(self) -> bool:
        """Whether there is any package."""

    def has_folder(self, name: str) -> bool:
        """Whether there is a folder of this name at the root."""

    def is_package(self, folder: str) -> bool:
        """Whether a folder holds an `__init__.py`, and is not one of tests or documentation."""


@dataclass(frozen=True, slots=True)
class Base:
    """A tree that was read whole.

    `folders` are those at its root, `packages` all that hold an `__init__.py`, but tests and documentation.
    """

    folders: frozenset[str]
    packages: frozenset[str]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Base:
        """From every path of the tree."""
        folders, packages = set(), set()
        for path in paths:
            first = path.find("/")
            if first >= 0:
                folders.add(path[:first])
                if path.endswith(INIT) and OWN_PACKAGES.isdisjoint(path.split("/")):
                    packages.add(path.removesuffix(INIT))
        return cls(frozenset(folders), frozenset(packages))

    @property
    def has_packages(self) -> bool:
        """Whether there is any package."""
        return bool(self.packages)

    def has_folder(self, name: str) -> bool:
        """Whether there is a folder of this name at the root."""
        return name in self.folders

    def is_package(self, folder: str) -> bool:
        """Whether a folder is one of the packages."""
        return folder in self.packages


def _in_package(base: Surroundings, path: str) -> bool:
    """Whether a folder above this path is a Python package."""
    folders = folders_of(path)
    return folders != [] and folders[0] not in DOCUMENTATION and any(base.is_package(one) for one in folders)


def _outside(base: Surroundings, path: str) -> bool:
    """Whether a new file stands outside of all that was there: at the root, or in a new folder there.

    In a distribution of single modules, which has no package, a module at the root is not outside.
    """
    first, slash, _ = path.partition("/")
    if slash:
        return not base.has_folder(first)
    return not path.endswith(".py") or base.has_packages


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

    def takes(self, path: str, is_new: bool, base: Surroundings) -> bool:
        """Whether this rule takes a file of a change."""
        if self.only_new and not is_new:
            return False
        *folders, name = path.split("/")
        if self.where == AT_ROOT:
            first = folders[:1]
            return (
                self._named(name)
                if not folders
                else any_match(first, self.folders) and not base.is_package(first[0])
            )
        if any_match((folders or [name])[:1], self.unless):
            return False
        if not self._named(name) and not any_match(folders, self.folders):
            return False
        # The tree is asked last: it may have to be read.
        if self.where == OUTSIDE:
            return _outside(base, path)
        return self.where != NOT_IN_PACKAGE or not _in_package(base, path)

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
    pattern = _pattern(tuple(globs))
    return any(pattern.match(value) is not None for value in values)


@lru_cache(maxsize=256)
def _pattern(globs: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all of them; none matches nothing."""
    return re.compile("|".join(translate(glob) for glob in globs) or r"(?!)")


def _listed(globs: Iterable[str]) -> str:
    return " ".join(f"`{glob}`" for glob in globs)


def _ends(suffixes: Iterable[str]) -> str:
    return " ".join(f"`{suffix}`" if suffix else "nothing" for suffix in suffixes)

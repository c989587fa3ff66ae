"""What is left out of every change, golden or not: rules over a path, and over the base tree that it stands in.

A rule never sees which submission a change is of. All rules are in `TABLE`, and in docs/canonical-changes.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from mergecheck.changes.preparation import SUBSTITUTIONS
from mergecheck.records import Policies

ANYWHERE = "anywhere"
OUTSIDE = "outside the package"
AT_ROOT = "at the root"
NOT_IN_PACKAGE = "not below a package"

TEXTS = ("", ".rst", ".md", ".txt", ".adoc")
DOCUMENTATION = ("doc", "docs", "documentation", "Documentation")
TESTS = ("test", "tests", "testing", "e2e")


@dataclass(frozen=True, slots=True)
class Base:
    """What rules know of the tree that a change is made to.

    `folders` are those at its root, `packages` all folders that hold an `__init__.py`.
    """

    folders: frozenset[str]
    packages: frozenset[str]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Base:
        """From every path of the tree."""
        folders, packages = set(), set()
        for path in paths:
            folder, _, name = path.rpartition("/")
            if folder:
                folders.add(folder.partition("/")[0])
                if name == "__init__.py":
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
                self._named(name) if not folders else _any(first, self.folders) and first[0] not in base.packages
            )
        if self.where == OUTSIDE and not base.outside(path):
            return False
        if self.where == NOT_IN_PACKAGE and base.in_package(path):
            return False
        if _any((folders or [name])[:1], self.unless):
            return False
        return self._named(name) or _any(folders, self.folders)

    def _named(self, name: str) -> bool:
        if self.suffixes and PurePosixPath(name).suffix not in self.suffixes:
            return False
        return _any([name], self.names) and not _any([name], self.unless)

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


def _any(values: Iterable[str], globs: Iterable[str]) -> bool:
    return any(fnmatchcase(value, glob) for value in values for glob in globs)


def _listed(globs: Iterable[str]) -> str:
    return " ".join(f"`{glob}`" for glob in globs)


def _ends(suffixes: Iterable[str]) -> str:
    return " ".join(f"`{suffix}`" if suffix else "nothing" for suffix in suffixes)


PACKAGING = (
    "setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", "requirements*.txt", "*requirements.txt",
    "constraints*.txt", "Makefile", "CMakeLists.txt", "meson.build", "conftest.py", "LICENSE*", "LICENCE*",
    "COPYING*", "NOTICE*", "README*", "CHANGES*", "CHANGELOG*", "HISTORY*", "NEWS*", "AUTHORS*", "CONTRIBUTING*",
    "CONTRIBUTORS*",
)  # fmt: skip
"""Files at the root that a change may bring with good reason."""

FRAGMENTS = ("changelog", "changelog.d", "changes", "newsfragments", "news", "upcoming_changes", "whats_new")

FOLDERS_TO_KEEP = ("src", "lib", ".github", ".gitlab", *FRAGMENTS, *TESTS, *DOCUMENTATION)
"""Folders at the root that a change may begin with good reason."""


def _scratch(
    name: str,
    why: str,
    names: tuple[str, ...] = (),
    folders: tuple[str, ...] = (),
    where: str = ANYWHERE,
    unless: tuple[str, ...] = (),
) -> Rule:
    return Rule("scratch", f"scratch: {name}", why, names, folders, where, only_new=True, unless=unless)


PREPARATION = Rule(
    "scratch",
    "scratch: the benchmark's preparation",
    "requirements pinned and test calls changed before the agent began; only where nothing else is done to the file",
    names=tuple(SUBSTITUTIONS),
    where=AT_ROOT,
)
"""The one rule that looks into files, and takes some that are not new: the path alone is not enough for it."""

LEAVINGS = (
    _scratch("*.orig, *.rej", "what `patch` leaves behind", ("*.orig", "*.rej")),
    _scratch(
        "backups",
        "what editors and systems leave behind",
        ("*~", "*.swp", "*.swo", "*.bak", "*.tmp", ".#*", ".DS_Store", "Thumbs.db"),
    ),
    _scratch("*.pyc", "what Python compiles", ("*.pyc", "*.pyo"), ("__pycache__",)),
    _scratch(
        "caches",
        "what test runners and checkers keep for themselves",
        (".coverage", ".coverage.*", "coverage.xml"),
        (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".cache", ".eggs",
         ".ipynb_checkpoints", "htmlcov"),
    ),
    _scratch("environments", "installed programs", folders=(".venv", "node_modules", "site-packages")),
    _scratch("venv, env", "an environment beside the code", folders=("venv", "env", "virtualenv"), where=AT_ROOT),
    _scratch("*.egg-info", "what an installation writes", folders=("*.egg-info",)),
    _scratch("build output", "what a build writes", folders=("build", "dist", "_build"), where=AT_ROOT),
    _scratch("*.log", "what a run printed", ("*.log", "nohup.out")),
    _scratch("compiled", "made from sources", ("*.so", "*.o", "*.obj", "*.dll", "*.dylib", "*.pyd", "*.exe", "*.class")),
    _scratch("patch of a file", "lies beside the file that it is for", ("*.py.patch", "*.py.diff")),
    _scratch("patch", "is no part of itself", ("*.patch", "*.diff", "patch.txt"), where=OUTSIDE),
    _scratch(
        "data",
        "what a run stored",
        ("*.sqlite3", "*.sqlite", "*.db", "*.pkl", "*.pickle", "*.npy", "*.npz", "*.png", "*.svg"),
        where=OUTSIDE,
    ),
    _scratch(
        "reproduce*",
        "shows the bug, does not mend it",
        ("reproduce.*", "reproduce_*", "reproduction.*", "reproduction_*", "repro.*", "repro_*"),
    ),
    _scratch("debug*", "watches the bug, does not mend it", ("debug.*", "debug_*", "*_debug.py"), where=OUTSIDE),
)  # fmt: skip

TEST_FILES = (
    Rule("tests", "tests: folders", "a folder of tests", folders=TESTS),
    Rule(
        "tests",
        "tests: names",
        "named as test runners look for them",
        names=("test_*", "*_test.*", "*_tests.*", "test.py", "tests.py", "conftest.py"),
    ),
)

DOCUMENTS = (
    Rule("docs", "docs: folders", "documentation with its sources", folders=DOCUMENTATION, where=NOT_IN_PACKAGE),
    Rule(
        "docs",
        "docs: change log",
        "an entry tells who changed what, and whether it was merged",
        names=(
            "CHANGES*",
            "Changes*",
            "CHANGELOG*",
            "ChangeLog*",
            "Changelog*",
            "changelog*",
            "HISTORY*",
            "NEWS*",
        ),
        where=NOT_IN_PACKAGE,
        suffixes=TEXTS,
    ),
    Rule(
        "docs", "docs: change log's fragments", "an entry in a file of its own", folders=FRAGMENTS, where=AT_ROOT
    ),
    Rule(
        "docs",
        "docs: authors",
        "names who wrote it",
        names=("AUTHORS*", "CONTRIBUTORS*", "CREDITS*", "THANKS*", "MAINTAINERS*", ".mailmap", "CITATION.cff"),
        where=NOT_IN_PACKAGE,
        suffixes=(*TEXTS, ".cff"),
    ),
    Rule(
        "docs",
        "docs: texts",
        "a text that no package reads",
        names=("*.rst", "*.md", "*.adoc", "README*", "CONTRIBUTING*", "INSTALL*", "HACKING*", "TODO*"),
        where=NOT_IN_PACKAGE,
        suffixes=TEXTS,
        unless=("LICENSE*", "LICENCE*", "COPYING*", "NOTICE*"),
    ),
)

OUTSIDERS = (
    _scratch(
        "new folder at the root", "outside the package", folders=("*",), where=OUTSIDE, unless=FOLDERS_TO_KEEP
    ),
    _scratch(
        "new file at the root",
        "outside the package, and no part of packaging",
        ("*",),
        where=OUTSIDE,
        unless=(*PACKAGING, *FOLDERS_TO_KEEP),
    ),
)

TABLE: tuple[Rule, ...] = (PREPARATION, *LEAVINGS, *TEST_FILES, *DOCUMENTS, *OUTSIDERS)
"""Every rule, in the order in which they are asked; the first that takes a file is the one that is named."""

BY_PATH = tuple(rule for rule in TABLE if rule is not PREPARATION)


def taken_by(path: str, is_new: bool, base: Base, policies: Policies) -> Rule | None:
    """The rule that takes a path out of a change, or None.

    Args:
        path: of a file that the change adds, changes or deletes.
        is_new: the base commit has no such file, and none that it was renamed from.
        base: the tree that the change is made to.
        policies: of the study; `keep` overrules the rules for scratch files.
    """
    kept = is_kept(path, policies)
    for rule in BY_PATH:
        if strips(policies, rule) and not (kept and rule.policy == "scratch") and rule.takes(path, is_new, base):
            return rule
    return None


def strips(policies: Policies, rule: Rule) -> bool:
    """Whether a study's policies ask for this rule."""
    return bool(getattr(policies, rule.policy) == "strip")


def is_kept(path: str, policies: Policies) -> bool:
    """Whether one of `keep`'s globs names this path, or a folder above it."""
    places = [path, *(str(parent) for parent in PurePosixPath(path).parents)]
    return _any(places, [glob.rstrip("/") for glob in policies.keep])

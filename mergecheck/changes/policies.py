"""What is left out of every change, golden or not. All rules are in `TABLE`, and in docs/canonical-changes.md."""

from __future__ import annotations

from functools import lru_cache

from mergecheck.changes.paths import folders_of
from mergecheck.changes.preparation import SUBSTITUTIONS
from mergecheck.changes.rules import (
    ANYWHERE,
    AT_ROOT,
    DOCUMENTATION,
    NOT_IN_PACKAGE,
    OUTSIDE,
    TESTS,
    TEXTS,
    Rule,
    Surroundings,
    any_match,
)
from mergecheck.records import Policies

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
    "pinned requirements and test calls, changed before an agent began; only where the file has no other change",
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
    _scratch("compiled", "made from sources", ("*.so", "*.o", "*.obj", "*.dll", "*.dylib", "*.pyd", "*.exe")),
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


def taken_by(path: str, is_new: bool, base: Surroundings, policies: Policies) -> Rule | None:
    """The rule that takes a path out of a change, or None.

    Args:
        path: of a file that the change adds, changes or deletes.
        is_new: the base commit has no such file, and none that it was renamed from.
        base: the tree that the change is made to.
        policies: of the study; `keep` overrules the rules for scratch files.
    """
    kept = is_kept(path, policies)
    for rule in _asked(policies):
        if not (kept and rule.policy == "scratch") and rule.takes(path, is_new, base):
            return rule
    return None


@lru_cache(maxsize=16)
def _asked(policies: Policies) -> tuple[Rule, ...]:
    return tuple(rule for rule in BY_PATH if strips(policies, rule))


def strips(policies: Policies, rule: Rule) -> bool:
    """Whether a study's policies ask for this rule."""
    return bool(getattr(policies, rule.policy) == "strip")


def is_kept(path: str, policies: Policies) -> bool:
    """Whether one of `keep`'s globs names this path, or a folder above it."""
    if not policies.keep:
        return False
    return any_match([path, *folders_of(path), "."], [glob.rstrip("/") for glob in policies.keep])

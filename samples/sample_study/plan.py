"""What is to be built, as the files beside this package say it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent
LIBRARY = HOME / "library"


@dataclass(frozen=True)
class Issue:
    """One issue of the library: its folder, and what the benchmark says of it."""

    slug: str
    repository: str
    difficulty: str
    hints: str

    @property
    def folder(self) -> Path:
        """Where all that belongs to it lies."""
        return HOME / "issues" / self.slug

    @property
    def id(self) -> str:
        """As in SWE-bench: owner, name and number."""
        return f"{self.repository.replace('/', '__')}-{int(self.slug.split('-')[0])}"

    @property
    def statement(self) -> str:
        """The issue as it was reported, its title in the first line."""
        return _text(self.folder / "issue.md")

    @property
    def golden_file(self) -> Path:
        """The fix that was merged, without its tests."""
        return self.folder / "golden.patch"

    @property
    def tests_file(self) -> Path:
        """The tests that came with it."""
        return self.folder / "tests.patch"

    @property
    def golden_patch(self) -> str:
        """Text of `golden_file`."""
        return _text(self.golden_file)

    @property
    def tests_patch(self) -> str:
        """Text of `tests_file`."""
        return _text(self.tests_file)

    def attempt(self, submission: str) -> str:
        """The submission's patch as its agent wrote it, newline at the end or not; "" where it has none."""
        return _text(self.folder / "attempts" / f"{submission}.patch")


@dataclass(frozen=True)
class Commit:
    """One commit to make: files of the library, an issue's fix, or a step. `at` is aware."""

    subject: str
    name: str
    email: str
    at: datetime
    files: tuple[str, ...]
    issue: Issue | None
    step: str | None
    version: str | None
    tag: str | None

    @property
    def patches(self) -> tuple[Path, ...]:
        """What to apply, in order."""
        if self.issue is not None:
            return (self.issue.golden_file, self.issue.tests_file)
        return (HOME / "steps" / f"{self.step}.patch",) if self.step else ()


@dataclass(frozen=True)
class Submission:
    """A made-up submission. `qualities` says by issue what its attempt was written to be, and in what way."""

    name: str
    model: str
    agent: str
    layout: str
    qualities: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Plan:
    """The whole of it."""

    repository: str
    commits: tuple[Commit, ...]
    submissions: tuple[Submission, ...]

    @property
    def issues(self) -> tuple[Issue, ...]:
        """All issues, in the order in which they were fixed."""
        return tuple(commit.issue for commit in self.commits if commit.issue is not None)


def read_plan() -> Plan:
    """The plan, from history.toml and submissions.toml."""
    history = tomllib.loads(_text(HOME / "history.toml"))
    submissions = tomllib.loads(_text(HOME / "submissions.toml"))["submission"]
    return Plan(
        repository=history["repository"],
        commits=tuple(_commit(row, history) for row in history["commit"]),
        submissions=tuple(_submission(row) for row in submissions),
    )


def _commit(row: dict[str, Any], history: dict[str, Any]) -> Commit:
    issue = None
    if "issue" in row:
        issue = Issue(row["issue"], history["repository"], row["difficulty"], row.get("hints", ""))
    return Commit(
        subject=row["subject"],
        name=row["by"],
        email=history["people"][row["by"]],
        at=row["at"],
        files=tuple(row.get("files", ())),
        issue=issue,
        step=row.get("step"),
        version=row.get("version"),
        tag=row.get("tag"),
    )


def _submission(row: dict[str, Any]) -> Submission:
    qualities = {slug: (kind, note) for slug, (kind, note) in row["attempts"].items()}
    return Submission(row["name"], row["model"], row["agent"], row["layout"], qualities)


def _text(file: Path) -> str:
    # Bytes first: reading as text would turn the line ends of a patch into others.
    return file.read_bytes().decode("utf-8")

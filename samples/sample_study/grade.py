"""What the tests say. Every verdict comes from running them; none is written down."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from sample_study.plan import Issue, Plan
from sample_study.repository import PatchRefused, Repository

WORKERS = 2
SECONDS = 120
"""A run that takes so long says something of the machine, not of an attempt: none of ours loops."""
_OUTCOME = re.compile(r"^\w+ \((?P<test>[\w.]+)\) \.\.\. (?P<said>.+)$", re.MULTILINE)
_UNITTEST = ["-I", "-S", "-B", "-X", "utf8", "-m", "unittest", "discover", "--verbose", "-t", ".", "-s", "tests"]


@dataclass(frozen=True)
class Spot:
    """Where an issue stands in the history: its base commit, its fix, and the commit that began its version."""

    issue: Issue
    base: str
    fix: str
    setup: str
    version: str


@dataclass(frozen=True)
class Task:
    """A spot, with the tests that its fix mends and those that it keeps."""

    spot: Spot
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]

    @property
    def id(self) -> str:
        """The instance's id."""
        return self.spot.issue.id


@dataclass(frozen=True)
class Result:
    """A submission's patch, and which tests pass with it: None where it does not apply."""

    task: Task
    patch: str
    passed: frozenset[str] | None

    @property
    def empty(self) -> bool:
        """Whether there is no patch."""
        return not self.patch.strip()

    @property
    def applied(self) -> bool:
        """Whether git took the patch; it takes an empty one."""
        return self.passed is not None

    @property
    def resolved(self) -> bool:
        """Whether all that the fix mends and keeps passes."""
        wanted = {*self.task.fail_to_pass, *self.task.pass_to_pass}
        return self.passed is not None and wanted <= self.passed

    def split(self, tests: tuple[str, ...]) -> tuple[list[str], list[str]]:
        """Those of the tests that passed, and those that did not."""
        passed = self.passed or frozenset()
        return [test for test in tests if test in passed], [test for test in tests if test not in passed]


Progress = Callable[[int, int], None]
"""Takes how many runs are done, and of how many."""


def grade(
    plan: Plan, spots: list[Spot], repository: Repository, progress: Progress
) -> tuple[list[Task], dict[str, list[Result]]]:
    """Runs the tests before and after every fix and on every attempt: the tasks, and results by submission.

    An empty attempt has the result of its base commit.
    """
    patches = [(spot, patch) for spot in spots for patch in _patches(plan, spot)]
    with ThreadPoolExecutor(WORKERS) as pool:
        runs = {key: pool.submit(passing, repository, *key) for key in dict.fromkeys(patches)}
        for done, run in enumerate(as_completed(runs.values()), start=1):
            run.result()
            progress(done, len(runs))
    tasks = [
        _task(spot, before=runs[spot, ""].result(), after=runs[spot, spot.issue.golden_patch].result())
        for spot in spots
    ]
    results = {
        submission.name: [
            Result(task, patch, runs[task.spot, patch].result())
            for task in tasks
            for patch in [task.spot.issue.attempt(submission.name)]
        ]
        for submission in plan.submissions
    }
    return tasks, results


def _patches(plan: Plan, spot: Spot) -> list[str]:
    attempts = [spot.issue.attempt(submission.name) for submission in plan.submissions]
    return ["", spot.issue.golden_patch, *attempts]


def passing(repository: Repository, spot: Spot, patch: str) -> frozenset[str] | None:
    """Ids of the tests that pass on the base commit with the patch and, over it, the fix's own test files.

    None where git refuses the patch. A missing final newline is put there first, since SWE-bench's harness takes
    such patches too.
    """
    with tempfile.TemporaryDirectory(prefix="tidemark-") as name:
        tree = Path(name, "tree")
        tree.mkdir()
        repository.export(spot.base, tree)
        if patch.strip():
            file = Path(name, "attempt.patch")
            file.write_text(patch if patch.endswith("\n") else f"{patch}\n", encoding="utf-8", newline="")
            try:
                repository.apply(file, tree)
            except PatchRefused:
                return None
        tests = [path for path in repository.changed_files(spot.base, spot.fix) if path.startswith("tests/")]
        repository.export(spot.fix, tree, tests)
        return run_tests(tree)


def run_tests(tree: Path) -> frozenset[str]:
    """Ids of the tests that pass in the tree.

    Raises:
        subprocess.TimeoutExpired: they did not end in time.
    """
    run = subprocess.run(
        [sys.executable, *_UNITTEST],
        cwd=tree,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    return frozenset(outcome["test"] for outcome in _OUTCOME.finditer(run.stderr) if outcome["said"] == "ok")


def _task(spot: Spot, before: frozenset[str] | None, after: frozenset[str] | None) -> Task:
    if before is None or after is None:
        raise PatchRefused(f"{spot.issue.slug}: the golden patch does not apply to its base commit")
    return Task(spot, fail_to_pass=tuple(sorted(after - before)), pass_to_pass=tuple(sorted(after & before)))

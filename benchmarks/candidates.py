"""How many candidates a second come of raw patches, against one temporary index per patch; both give the same.

    MERGECHECK_REPOS=/path/to/clones python benchmarks/candidates.py

The peer is what a plain script would do: for every patch an index of its own, `git read-tree`, `git apply
--cached`, `git diff --cached` in our dialect, one after another. Ours is `make_changes`, as `pull` calls it,
with nothing left out. Both get every attempt of ../shared/data whose repository has a mirror in MERGECHECK_REPOS
and that the peer's plain apply takes, in turn, so that a busy machine slows both alike. Paths, modes and every
byte of every hunk of a candidate must be those of the peer's diff.

Printed: patches a second by the clock and by the processors' time (user and system, of us and of every git), their
ratios, the same for a quarter and a half of the patches (linear cost), and the largest memory.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mergecheck.changes.batch import make_changes
from mergecheck.changes.canonical import Made
from mergecheck.changes.diff import read_diff
from mergecheck.changes.differ import DIFF
from mergecheck.changes.mirrors import REPOS_VARIABLE, Mirrors
from mergecheck.changes.scratch_repository import SETTINGS
from mergecheck.errors import ChangeError
from mergecheck.records import CanonicalChange, FileChange, Policies
from mergecheck.sources.benchmark import load_benchmark
from mergecheck.sources.submission import read_submission

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SUBMISSIONS = (
    "experiments/evaluation/verified/20240620_sweagent_claude3.5sonnet",
    "experiments/evaluation/verified/20251118_mini-v1.15.0_gemini-3-pro-preview-20251118",
    "runs/minimax-m2.5",
    "runs/claude-opus-4.5",
    "runs/gpt-4-1106",
    "runs/gpt-4-0125",
)
RUNS = 5
WANTED = 4
NOTHING_LEFT_OUT = Policies("show", "show", "show")


@dataclass(frozen=True)
class Task:
    """A patch and what it is against."""

    instance: str
    repo: str
    base_commit: str
    patch: str


@dataclass(frozen=True)
class Times:
    """Of one run over some patches, in seconds: by the clock, and of the processors."""

    clock: float
    processors: float


def tasks_at_hand(mirrors: Path) -> list[Task]:
    """Every attempt that has a patch, of repositories with a mirror, by repository and instance."""
    instances = load_benchmark(str(DATA / "SWE-bench_Verified"))
    ids = [instance.id for instance in instances]
    patches: dict[str, list[str]] = {instance.id: [instance.golden_patch] for instance in instances}
    for name in SUBMISSIONS:
        for attempt in read_submission(Path(name).name, DATA / name, ids).attempts:
            if attempt.patch.strip():
                patches[attempt.instance].append(attempt.patch)
    here = [one for one in instances if (mirrors / f"{one.repo}.git").is_dir()]
    return [
        Task(one.id, one.repo, one.base_commit, patch)
        for one in sorted(here, key=lambda one: one.repo)
        for patch in patches[one.id]
    ]


class Peer:
    """One temporary index per patch, in one scratch repository per mirror."""

    def __init__(self, mirrors: Path) -> None:
        self._mirrors = mirrors
        self._folder = Path(tempfile.mkdtemp(prefix="candidates-"))
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
        }

    def close(self) -> None:
        """Remove the scratch repositories."""
        shutil.rmtree(self._folder)

    def diff(self, task: Task) -> bytes | None:
        """The diff of one patch, None where `git apply` refuses it."""
        place = self._folder / task.repo.replace("/", "__")
        if not place.exists():
            self._init(place, task.repo)
        index = self._folder / "index"
        index.unlink(missing_ok=True)
        patch = self._folder / "patch"
        text = task.patch if task.patch.endswith("\n") else task.patch + "\n"
        patch.write_bytes(text.encode("utf-8", "surrogateescape"))
        self._git(place, index, "read-tree", task.base_commit)
        if self._git(place, index, "apply", "--cached", str(patch)) is None:
            return None
        return self._git(
            place, index, "diff", "--cached", "--raw", "--no-abbrev", "--patch", "-z", *DIFF, task.base_commit
        )

    def _init(self, place: Path, repo: str) -> None:
        subprocess.run(
            ["git", "init", "-q", "--bare", "--template=", str(place)], env=self._environment, check=True
        )
        (place / "objects/info").mkdir(exist_ok=True)
        (place / "objects/info/alternates").write_text(f"{(self._mirrors / f'{repo}.git/objects').resolve()}\n")
        for key, value in SETTINGS.items():
            subprocess.run(["git", f"--git-dir={place}", "config", key, value], env=self._environment, check=True)

    def _git(self, place: Path, index: Path, *arguments: str) -> bytes | None:
        done = subprocess.run(
            ["git", f"--git-dir={place}", *arguments],
            env={**self._environment, "GIT_INDEX_FILE": str(index)},
            capture_output=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None


def by_peer(peer: Peer, tasks: Sequence[Task]) -> tuple[Times, list[bytes | None]]:
    """One after another."""
    began, used = time.perf_counter(), processors()
    results = [peer.diff(task) for task in tasks]
    return Times(time.perf_counter() - began, processors() - used), results


def by_us(mirrors: Mirrors, tasks: Sequence[Task]) -> tuple[Times, list[Made | ChangeError]]:
    """As `pull` does it."""
    began, used = time.perf_counter(), processors()
    results = [made for _, made in make_changes(tasks, mirrors, policies=NOTHING_LEFT_OUT)]
    return Times(time.perf_counter() - began, processors() - used), results


def processors() -> float:
    """User and system time of this process and of all that have ended, in seconds."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def same(diff: bytes, change: CanonicalChange | None) -> bool:
    """Whether the peer's diff is that of our candidate: paths, modes, and every byte of every hunk."""
    theirs = sorted(read_diff(diff), key=lambda one: one.path)
    ours = [] if change is None else list(change.files)
    return len(theirs) == len(ours) and all(
        (one.path, one.old_path) == (file.path, file.old_path)
        and (one.old_id and one.old_mode, one.new_id and one.new_mode) == (file.old_mode, file.new_mode)
        and one.binary == file.binary
        and [hunk.decoded(encoding(file)) for hunk in one.hunks] == list(file.hunks)
        for one, file in zip(theirs, ours, strict=True)
    )


def encoding(file: FileChange) -> str:
    """What a file's bytes were read as; in texts that could be either, it makes no difference."""
    shown = (file.old_text or "") + (file.new_text or "")
    return "latin-1" if any("\x7f" < letter <= "\xff" for letter in shown) and not _is_utf8(file) else "utf-8"


def _is_utf8(file: FileChange) -> bool:
    import hashlib

    pairs = ((file.old_text, file.old_digest), (file.new_text, file.new_digest))
    return all(
        hashlib.sha256(text.encode("utf-8")).hexdigest() == digest for text, digest in pairs if text is not None
    )


def main() -> int:
    """Measure, compare and print; 1 where anything differs."""
    named = os.environ.get(REPOS_VARIABLE)
    if not DATA.is_dir():
        print(f"skipped: there is no real data at {DATA}")
        return 0
    if not named:
        print(f"skipped: {REPOS_VARIABLE} names no folder of mirrors")
        return 0
    tasks = tasks_at_hand(Path(named))
    if not tasks:
        print(f"skipped: {named} has no mirror of the benchmark's repositories")
        return 0
    mirrors = Mirrors("unused/{repo}")
    peer = Peer(Path(named))
    try:
        _, taken = by_peer(peer, tasks)
        tasks = [task for task, diff in zip(tasks, taken, strict=True) if diff is not None]
        print(f"{len(taken)} patches, {len(tasks)} of them taken by plain `git apply`")
        differ = compare(tasks, [diff for diff in taken if diff is not None], by_us(mirrors, tasks)[1])
        measure(peer, mirrors, tasks)
    finally:
        peer.close()
    return 1 if differ else 0


def compare(tasks: Sequence[Task], diffs: Sequence[bytes], results: Sequence[Made | ChangeError]) -> int:
    """How many patches come out otherwise; each is printed."""
    differ = 0
    for task, diff, made in zip(tasks, diffs, results, strict=True):
        if not isinstance(made, Made) or not same(diff, made.change):
            differ += 1
            print(f"DIFFERENT: {task.instance}: {made if isinstance(made, ChangeError) else made.detail}")
    print(f"{len(tasks) - differ} of {len(tasks)} byte-identical")
    return differ


def measure(peer: Peer, mirrors: Mirrors, tasks: Sequence[Task]) -> None:
    """Both in turn, on all patches; then ours on parts of them."""
    theirs: list[Times] = []
    ours: list[Times] = []
    for _ in range(RUNS):
        theirs.append(by_peer(peer, tasks)[0])
        ours.append(by_us(mirrors, tasks)[0])
    print(f"{'':<28} {'patches/s':>10} {'ms of processor each':>22}")
    for name, runs in (("one index per patch", theirs), ("make_changes", ours)):
        clock = statistics.median(run.clock for run in runs)
        used = statistics.median(run.processors for run in runs)
        print(f"{name:<28} {len(tasks) / clock:>10.1f} {used / len(tasks) * 1000:>22.2f}")
    clocks = sorted(one.clock / other.clock for one, other in zip(theirs, ours, strict=True))
    used_ratios = sorted(one.processors / other.processors for one, other in zip(theirs, ours, strict=True))
    print(
        f"ratio by the clock: {statistics.median(clocks):.2f} ({clocks[0]:.2f} to {clocks[-1]:.2f} in {RUNS} "
        f"runs), at least {WANTED} wanted; by the processors: {statistics.median(used_ratios):.2f} "
        f"({used_ratios[0]:.2f} to {used_ratios[-1]:.2f})"
    )
    for share in (4, 2, 1):
        some = [task for number, task in enumerate(tasks) if number % share == 0]
        used = min(by_us(mirrors, some)[0].processors for _ in range(3))
        print(f"{len(some):>6} patches: {used / len(some) * 1000:.2f} ms of processor each")
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"largest memory of this process: {largest // (1024 if sys.platform == 'linux' else 1024 * 1024)} MB")


if __name__ == "__main__":
    sys.exit(main())

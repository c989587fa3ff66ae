"""Builds the sample study's material: a repository, a benchmark, and three submissions with their grades.

    python samples/build.py DEST

makes DEST/repos, DEST/benchmark and DEST/submissions; a second build takes the place of the first.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent
if str(HOME) not in sys.path:
    # Run as a script or loaded by its path, the package beside this file has to be found.
    sys.path.append(str(HOME))

from sample_study.benchmark import write_benchmark  # noqa: E402 - found by the line above
from sample_study.grade import Spot, grade  # noqa: E402
from sample_study.layouts import LAYOUTS  # noqa: E402
from sample_study.plan import Plan, read_plan  # noqa: E402
from sample_study.repository import Repository  # noqa: E402

FOLDERS = ("repos", "benchmark", "submissions")
MARK = ".sample"
"""Name of the file that tells an earlier build, which may be replaced, from anybody's own folders."""


class NotOurs(Exception):
    """The folder holds something of the same name that no build made."""


def build(dest: Path) -> None:
    """Builds into `dest`, which need not exist. Shows on stderr how far it is.

    Raises:
        NotOurs: one of the folders is there and was not made by an earlier build.
    """
    plan = read_plan()
    taken = [name for name in FOLDERS if (dest / name).exists()]
    if taken and not (dest / MARK).exists():
        raise NotOurs(f"{dest / taken[0]} is there already and no build made it: name another folder")
    dest.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sample-", dir=dest) as name:
        made = Path(name)
        _make(plan, made)
        (dest / MARK).write_text("Made by samples/build.py, which replaces repos, benchmark and submissions.\n")
        for folder in FOLDERS:
            if (dest / folder).exists():
                shutil.rmtree(dest / folder)
            (made / folder).rename(dest / folder)


def write_history(plan: Plan, repository: Repository) -> list[Spot]:
    """Commits the history to an empty repository; says where in it each issue stands."""
    head: str | None = None
    setup, version = "", ""
    spots = []
    for commit in plan.commits:
        base, head = head, repository.commit(commit, head)
        if commit.version:
            setup, version = head, commit.version
        if commit.issue is not None and base is not None:
            spots.append(Spot(commit.issue, base, head, setup, version))
    return spots


def _make(plan: Plan, folder: Path) -> None:
    repository = Repository.create(folder / "repos" / f"{plan.repository}.git", scratch=folder)
    spots = write_history(plan, repository)
    tasks, results = grade(plan, spots, repository, _show)
    created = {commit.issue.id: f"{commit.at:%Y-%m-%dT%H:%M:%SZ}" for commit in plan.commits if commit.issue}
    write_benchmark(folder / "benchmark", tasks, created)
    for submission in plan.submissions:
        write = LAYOUTS[submission.layout]
        write(folder / "submissions" / submission.name, submission, results[submission.name], created)


def _show(done: int, total: int) -> None:
    """One line that is written over, in a terminal; elsewhere only the last."""
    if sys.stderr.isatty():
        print(f"\rsample: ran the tests of {done} of {total} trees", end="", file=sys.stderr, flush=True)
    if done == total:
        lead = "\r" if sys.stderr.isatty() else ""
        print(f"{lead}sample: ran the tests of {total} of {total} trees", file=sys.stderr)


def main() -> int:
    """The command line: one argument, the folder to build into."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("usage: python samples/build.py DEST", file=sys.stderr)
        return 2
    try:
        build(Path(sys.argv[1]))
    except NotOurs as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

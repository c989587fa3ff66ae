"""How long `mergecheck report` takes on a study of METR's size, against importing its libraries, in one run.

    python benchmarks/report_time.py [STUDY]

Both are whole processes, run in turn so that a busy machine slows both alike. The peer imports the libraries that
the report cannot do without (`LIBRARIES`) and ends. Ours is `mergecheck report --study STUDY`, from start to the
last line printed. The time of the processors is compared as well: a machine with other work spoils it less.

Without STUDY one is made in a temporary folder and reviewed by `simulate`: 5 submissions on 95 issues in a
repository made for it, golden for half of them, four reviewers; through init, pull, assign, simulate, collect and
close.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

RUNS = 11
LIBRARIES = ("numpy", "pandas", "scipy.special", "sqlalchemy", "pydantic", "typer", "rich.table")
"""NumPy, pandas, SciPy for the numbers, SQLAlchemy for the study, pydantic for study.toml, Typer, rich."""

AS_INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled once, as those of the libraries are: both are then loaded as a user has them."""

INSTANCES = 95
PASS_RATES = {"model-a": 0.38, "model-b": 0.60, "model-c": 0.64, "model-d": 0.68, "model-e": 0.74}
RELEASED = ("2024-06-20", "2025-02-24", "2025-05-22", "2025-08-07", "2025-09-29")
REVIEWERS = ("ash", "birch", "cedar", "elm")
DIFFICULTIES = ("<15 min fix", "15 min - 1 hour", "1-4 hours")
SOURCE = "def f{n}(x):\n    return x\n\n\ndef g{n}(x):\n    return -x\n"
PATCH = """\
diff --git a/lib/m{n}.py b/lib/m{n}.py
--- a/lib/m{n}.py
+++ b/lib/m{n}.py
@@ -1,5 +1,5 @@
 def f{n}(x):
-    return x
+    return {value}
\x20
\x20
 def g{n}(x):
"""
STUDY_FILE = """\
name = "METR's size"
seed = 3
golden_share = 0.5

[benchmark]
source = "benchmark"
"""


def name_of(n: int) -> str:
    """An instance."""
    return f"o__lib-{n:03d}"


def build(folder: Path) -> Path:
    """A closed study of METR's size, answered by simulated reviewers; its folder."""
    study = folder / "study"
    repository(folder / "repos")
    mergecheck(folder, "init", str(study))
    commit = git(folder / "repos" / "work", "rev-parse", "HEAD").strip()
    benchmark(study / "benchmark", commit)
    blocks = [STUDY_FILE]
    for (name, rate), released in zip(PASS_RATES.items(), RELEASED, strict=True):
        submission(study / name, rate)
        blocks.append(
            f'[[submissions]]\nname = "{name}"\npath = "{name}"\nmodel = "{name}"\nreleased = {released}\n'
        )
    (study / "study.toml").write_text("\n".join(blocks))
    (study / "reviewers.toml").write_text("\n".join(f'[[reviewers]]\nid = "{name}"\n' for name in REVIEWERS))
    for command in ("pull", "assign", "simulate", "collect", "close"):
        answers = sorted(str(file) for file in (study / "packets").glob("*.answers.jsonl"))
        mergecheck(folder, command, *(answers if command == "collect" else ()), "--study", str(study))
    return study


def repository(folder: Path) -> None:
    """A library of one module an issue, as a working copy and as the mirror that `pull` reads."""
    work = folder / "work"
    (work / "lib").mkdir(parents=True)
    for n in range(INSTANCES):
        (work / "lib" / f"m{n}.py").write_text(SOURCE.format(n=n))
    git(work, "init", "-q", "-b", "main")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "first")
    git(work, "clone", "-q", "--bare", str(work), str(folder / "o" / "lib.git"))


def benchmark(folder: Path, commit: str) -> None:
    """The issues, in the hub's layout."""
    import pandas as pd

    (folder / "data").mkdir(parents=True)
    rows = [
        {
            "repo": "o/lib",
            "instance_id": name_of(n),
            "base_commit": commit,
            "patch": PATCH.format(n=n, value="x + 1"),
            "test_patch": "",
            "problem_statement": f"f{n} forgets to add one\n\nIt should add one.",
            "difficulty": DIFFICULTIES[n % len(DIFFICULTIES)],
        }
        for n in range(INSTANCES)
    ]
    pd.DataFrame(rows).to_parquet(folder / "data" / "test-00000-of-00001.parquet")


def submission(folder: Path, rate: float) -> None:
    """Predictions and a report of the harness; each model writes a change of its own."""
    folder.mkdir()
    luck = random.Random(folder.name)
    number = 2 + list(PASS_RATES).index(folder.name)
    lines: list[str] = []
    good: list[str] = []
    bad: list[str] = []
    for n in range(INSTANCES):
        # Easy issues are solved by most models, as real ones are.
        passes = luck.random() < rate + 0.5 * (0.5 - n / INSTANCES)
        (good if passes else bad).append(name_of(n))
        patch = PATCH.format(n=n, value=f"{number} + x - {number - 1}")
        lines.append(
            json.dumps({"instance_id": name_of(n), "model_name_or_path": folder.name, "model_patch": patch})
        )
    (folder / "all_preds.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "summary.json").write_text(json.dumps(summary(good, bad)))


def summary(good: list[str], bad: list[str]) -> Mapping[str, object]:
    """The harness's run report, schema 2."""
    numbers = {"total": good + bad, "submitted": good + bad, "completed": good + bad, "resolved": good}
    lists = {**numbers, "unresolved": bad, "empty_patch": [], "error": [], "incomplete": []}
    counts = {f"{key}_instances": len(ids) for key, ids in lists.items() if key != "incomplete"}
    return {**counts, **{f"{key}_ids": ids for key, ids in lists.items() if key != "total"}, "schema_version": 2}


def git(folder: Path, *arguments: str) -> str:
    """What git prints, with nobody's settings."""
    who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in IDENTITY.items()}
    alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(
        command, env={**os.environ, **alone, **who}, check=True, capture_output=True, text=True
    ).stdout


IDENTITY = {"NAME": "a", "EMAIL": "a@example.org"}


def mergecheck(folder: Path, *arguments: str) -> None:
    """One command in a process of its own."""
    environment = {**os.environ, "MERGECHECK_REPOS": str(folder / "repos")}
    done = subprocess.run(
        [sys.executable, "-m", "mergecheck", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"mergecheck {' '.join(arguments)}:\n{done.stdout}{done.stderr}")


def spent(code: Sequence[str]) -> tuple[float, float]:
    """Seconds by the clock and of the processors of one run of this Python with these arguments."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=AS_INSTALLED
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(code)} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime


def lines(study: Path, runs: int = RUNS) -> Iterator[str]:
    """The result, a line at a time."""
    peer = ("-c", "import " + ", ".join(LIBRARIES))
    report = ("-m", "mergecheck", "report", "--study", str(study))
    # The first of each may have to compile and to read from the disk.
    spent(peer), spent(report)
    theirs, ours = [], []
    for _ in range(runs):
        theirs.append(spent(peer))
        ours.append(spent(report))
    yield f"{'':<22} {'clock':>8} {'processors':>11}"
    for name, times in (("importing libraries", theirs), ("mergecheck report", ours)):
        clock, processors = (statistics.median(part) for part in zip(*times, strict=True))
        yield f"{name:<22} {1000 * clock:>5.0f} ms {1000 * processors:>8.0f} ms"
    for place, name in enumerate(("by the clock", "of the processors")):
        ratios = sorted(mine[place] / peers[place] for mine, peers in zip(ours, theirs, strict=True))
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f} in {runs} pairs"
        yield f"ratio {name}: {statistics.median(ratios):.2f} ({spread}); below 2 wanted"


def main() -> None:
    """Measure and print."""
    if len(sys.argv) > 1:
        for line in lines(Path(sys.argv[1])):
            print(line, flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="report-time-") as place:
        for line in lines(build(Path(place))):
            print(line, flush=True)


if __name__ == "__main__":
    main()

"""A pull as large as the leaderboard: 134 submissions x 500, made from the files in ../shared/data.

    python benchmarks/load_leaderboard.py [submissions ...]

Makes a folder of submissions in a temporary place: the newer leaderboard layout (predictions as one JSON object
and a report for each instance), with patches and grades of three real runs in turn, so that the sizes are real.
Pulls them with --records-only in a process of its own and prints its wall time, its peak memory and the time for a
row, of a first pull and of the same again; first with half as many submissions, whose time for a row should be the
same. Progress is shown by pull itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mergecheck.records import Attempt, Grade
from mergecheck.sources.benchmark import load_benchmark
from mergecheck.sources.submission import read_submission

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RUNS = (
    "experiments/evaluation/verified/20240620_sweagent_claude3.5sonnet",
    "experiments/evaluation/verified/20251118_mini-v1.15.0_gemini-3-pro-preview-20251118",
    "runs/minimax-m2.5",
)
SUBMISSIONS = (67, 134)


def write_submission(folder: Path, attempts: Sequence[Attempt], ids: Sequence[str], shift: int) -> None:
    """A submission whose patch of each instance is that of the instance `shift` places on: as large, and other."""
    given = {attempt.instance: attempt for attempt in attempts}
    rows = {}
    for place, instance in enumerate(ids):
        source = given.get(ids[(place + shift) % len(ids)])
        patch = source.patch if source else ""
        rows[instance] = {"instance_id": instance, "model_name_or_path": folder.name, "model_patch": patch}
        if source and patch and source.grade is not Grade.UNGRADED:
            report = folder / "logs" / instance / "report.json"
            report.parent.mkdir(parents=True)
            report.write_text(json.dumps({instance: {"resolved": source.grade is Grade.RESOLVED}}))
    (folder / "preds.json").write_text(json.dumps(rows))


def write_study(folder: Path, number: int) -> None:
    """A study file over the first `number` submissions."""
    blocks = [f'name = "Leaderboard"\n[benchmark]\nsource = "{DATA}/SWE-bench_Verified"\n']
    for one in range(number):
        blocks.append(
            f'[[submissions]]\nname = "run-{one:03d}"\npath = "../runs/run-{one:03d}"\nmodel = "GPT-5"\n'
        )
    folder.mkdir()
    (folder / "study.toml").write_text("\n".join(blocks))


def pull(folder: Path) -> tuple[float, int]:
    """Pull a study's records; wall time in seconds and peak memory in MB."""
    began = time.perf_counter()
    code = "from mergecheck.cli.main import run; run()"
    command = [sys.executable, "-c", code, "pull", "--records-only", "--json", "--study", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    scale = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - began, usage.ru_maxrss * scale // 2**20


def main() -> None:
    """Make, measure and print."""
    if not DATA.is_dir():
        print(f"no real data at {DATA}")
        return
    numbers = sorted(int(argument) for argument in sys.argv[1:]) or SUBMISSIONS
    ids = [instance.id for instance in load_benchmark(str(DATA / "SWE-bench_Verified"))]
    attempts = [read_submission("run", DATA / name, ids).attempts for name in RUNS]
    with tempfile.TemporaryDirectory() as place:
        for one in range(max(numbers)):
            write_submission(Path(place, "runs", f"run-{one:03d}"), attempts[one % len(RUNS)], ids, one)
        for number in numbers:
            study = Path(place, f"study-{number}")
            write_study(study, number)
            for which in ("first", "again"):
                took, memory = pull(study)
                each = took / (number * len(ids)) * 1e6
                print(f"{number} x {len(ids)}, {which}: {took:.1f} s, {each:.0f} us a row, {memory} MB at most")


if __name__ == "__main__":
    main()

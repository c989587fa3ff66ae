"""How long reading every submission in ../shared/data takes, against bare `json.loads` on the same files.

    python benchmarks/load_all.py

Bare is what no reader can do without: open each file that we open, decode it, and parse it (JSON lines by line, a
patch.diff not at all). The two are run in turn, so that a busy machine slows both alike; the files are in the
page cache. Prints the median of both and their ratio, in all and by submission, and the benchmark by itself.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from mergecheck.sources.benchmark import load_benchmark
from mergecheck.sources.folder import look_through
from mergecheck.sources.submission import read_submission

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RUNS = 7
SUBMISSIONS = (
    "experiments/evaluation/verified/20240620_sweagent_claude3.5sonnet",
    "experiments/evaluation/verified/20251118_mini-v1.15.0_gemini-3-pro-preview-20251118",
    "runs/minimax-m2.5",
    "runs/claude-opus-4.5",
    "runs/gpt-4-1106",
    "runs/gpt-4-0125",
)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one run."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bare(files: list[Path]) -> None:
    """Open, decode and parse."""
    for path in files:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            text = file.read()
        if path.suffix == ".jsonl":
            for line in text.split("\n"):
                if line.strip():
                    json.loads(line)
        elif path.suffix == ".json":
            json.loads(text)


def files_of(folder: Path) -> list[Path]:
    """What we open in a submission's folder: patches only where they are the predictions or graded beside them."""
    found = look_through(folder)
    patches = [item.path for item in found.patches]
    return [item.path for item in (*found.documents, *found.reports)] + patches


def main() -> None:
    """Measure and print."""
    if not DATA.is_dir():
        print(f"no real data at {DATA}")
        return
    began = time.perf_counter()
    ids = [instance.id for instance in load_benchmark(str(DATA / "SWE-bench_Verified"))]
    print(f"the benchmark, {len(ids)} rows, with importing the library: {time.perf_counter() - began:.2f} s")
    ours: dict[str, list[float]] = {name: [] for name in SUBMISSIONS}
    peer: dict[str, list[float]] = {name: [] for name in SUBMISSIONS}
    files = {name: files_of(DATA / name) for name in SUBMISSIONS}
    for _ in range(RUNS):
        for name in SUBMISSIONS:
            peer[name].append(seconds(lambda name=name: bare(files[name])))
            ours[name].append(seconds(lambda name=name: read_submission("run", DATA / name, ids)))
    print(f"{'submission':<60} {'files':>6} {'bare':>8} {'ours':>8} {'ratio':>6}")
    for name in SUBMISSIONS:
        line(
            name.rsplit("/", 1)[-1], len(files[name]), statistics.median(peer[name]), statistics.median(ours[name])
        )
    whole = [statistics.median(map(sum, zip(*times.values(), strict=True))) for times in (peer, ours)]
    line("all", sum(map(len, files.values())), *whole)


def line(name: str, files: int, theirs: float, mine: float) -> None:
    """One line of the table."""
    print(f"{name:<60} {files:>6} {theirs * 1000:>5.0f} ms {mine * 1000:>5.0f} ms {mine / theirs:>6.2f}")


if __name__ == "__main__":
    main()

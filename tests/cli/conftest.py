"""A small real study: a git repository with three issues, a benchmark in the hub's layout, two submissions."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COUNT = 6
SOURCE = "def f{n}(x):\n    return x\n\n\ndef g{n}(x):\n    return -x\n"
GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def edit(n: int, old: str, new: str) -> str:
    """A patch of module n, written by hand: the line and three lines around it."""
    lines = SOURCE.format(n=n).splitlines()
    at = lines.index(old.format(n=n))
    before, after = lines[max(0, at - 3) : at], lines[at + 1 : at + 4]
    body = (
        [f" {line}" for line in before] + [f"-{lines[at]}", f"+{new.format(n=n)}"] + [f" {line}" for line in after]
    )
    size = len(before) + 1 + len(after)
    start = at - len(before) + 1
    head = f"diff --git a/lib/m{n}.py b/lib/m{n}.py\n--- a/lib/m{n}.py\n+++ b/lib/m{n}.py\n"
    return f"{head}@@ -{start},{size} +{start},{size} @@\n" + "\n".join(body) + "\n"


GOLDEN = ("    return x", "    return x + 1")
CLEVER = ("    return x", "    return 1 + x")
WRONG = ("    return x", "    return x + 2")


def patches() -> dict[str, dict[str, str]]:
    """Submission → instance → patch; `otter` writes golden's own patch for the first issue."""
    found: dict[str, dict[str, str]] = {"golden": {}, "brook": {}, "otter": {}}
    for n in range(COUNT):
        found["golden"][f"o__lib-{n}"] = edit(n, *GOLDEN)
        found["brook"][f"o__lib-{n}"] = edit(n, *(CLEVER if n % 2 else WRONG))
        found["otter"][f"o__lib-{n}"] = edit(
            n, *(GOLDEN if n == 0 else CLEVER if n == 1 else ("    return -x", "    return 0"))
        )
    return found


RESOLVED = {"brook": {1, 3, 5}, "otter": {0, 1, 2, 3, 4}}


@pytest.fixture(scope="session")
def repos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repos")
    work = folder / "work"
    (work / "lib").mkdir(parents=True)
    for n in range(COUNT):
        (work / "lib" / f"m{n}.py").write_text(SOURCE.format(n=n))

    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-C", str(work), *arguments], check=True, env={**os.environ, **GIT}, capture_output=True
        )

    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    git("clone", "-q", "--bare", str(work), str(folder / "o" / "lib.git"))
    return folder


@pytest.fixture(scope="session")
def base_commit(repos: Path) -> str:
    done = subprocess.run(
        ["git", "-C", str(repos / "work"), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture(scope="session")
def make_study(repos: Path, base_commit: str, shell_for: Callable[[Path, Path], Any]) -> Callable[[Path], Any]:
    """Makes a study that is ready to be pulled, in a folder of its own."""

    def make(folder: Path) -> Any:
        study = folder / "study"
        shell = shell_for(folder, repos)
        shell.run("init", str(study))
        shell.study = study
        made = patches()
        write_benchmark(study / "benchmark", made["golden"], base_commit)
        for name in ("brook", "otter"):
            write_submission(study / name, made[name], RESOLVED[name])
        (study / "study.toml").write_text(STUDY)
        (study / "reviewers.toml").write_text(REVIEWERS)
        return shell

    return make


@pytest.fixture
def shell(tmp_path: Path, make_study: Callable[[Path], Any]) -> Any:
    """A study that is ready to be pulled."""
    return make_study(tmp_path)


STUDY = """\
name = "Small"
seed = 3
golden_share = 1.0

[benchmark]
source = "benchmark"

[[submissions]]
name = "brook"
path = "brook"
model = "Brook 1"
released = 2024-05-01

[[submissions]]
name = "otter"
path = "otter"
model = "Otter 2"
released = 2025-05-01
"""
REVIEWERS = """\
[[reviewers]]
id = "ada"

[[reviewers]]
id = "bo"
"""


@pytest.fixture(scope="session")
def add_submission() -> Callable[..., None]:
    """Adds a submission to a study: its patches by instance, and the numbers of the instances that it resolved."""

    def add(shell: Any, name: str, made: dict[str, str], resolved: set[int], released: str = "2026-05-01") -> None:
        write_submission(shell.study / name, made, resolved)
        block = f'name = "{name}"\npath = "{name}"\nmodel = "{name.capitalize()} 3"\nreleased = {released}\n'
        with (shell.study / "study.toml").open("a") as file:
            file.write(f"\n[[submissions]]\n{block}")

    return add


@pytest.fixture(scope="session")
def patch_of() -> Callable[..., str]:
    """A patch of module n: the line that goes and the line that comes in its place."""
    return edit


def answers_for(packet: Path, number: int | None = None, **fields: object) -> str:
    """An answers file for a packet, or for its first `number` items; `fields` as it has them."""
    with zipfile.ZipFile(packet) as archive:
        items = json.loads(archive.read("manifest.json"))["items"]
    answer = {
        "decision": "accept",
        "progress": 100,
        "confidence": 8,
        "baseline_minutes": 15,
        "guess": "human",
        "guess_confidence": 3,
        "recognised": "no",
        **fields,
    }
    return "".join(json.dumps({"item": item, **answer}) + "\n" for item in items[:number])


@pytest.fixture(scope="session")
def answers() -> Callable[..., str]:
    """Text of an answers file for a packet."""
    return answers_for


@pytest.fixture(scope="session")
def rounds_of() -> Callable[[Any], list[dict[str, Any]]]:
    """Every reviewer's every round, as `status --reviewers` tells them."""

    def rounds(shell: Any) -> list[dict[str, Any]]:
        told = shell.json("status", "--reviewers")["reviewers"]
        return [number for one in told for number in one["rounds"]]

    return rounds


def write_benchmark(folder: Path, golden: dict[str, str], base_commit: str) -> None:
    import pandas as pd

    (folder / "data").mkdir(parents=True)
    rows = [
        {
            "repo": "o/lib",
            "instance_id": instance,
            "base_commit": base_commit,
            "patch": patch,
            "test_patch": "",
            "problem_statement": f"f{n} forgets to add one\n\nIt should add one.",
            "difficulty": "<15 min fix",
        }
        for n, (instance, patch) in enumerate(golden.items())
    ]
    pd.DataFrame(rows).to_parquet(folder / "data" / "test-00000-of-00001.parquet")


def write_submission(folder: Path, made: dict[str, str], resolved: set[int]) -> None:
    folder.mkdir(exist_ok=True)
    lines = [
        json.dumps({"instance_id": instance, "model_name_or_path": folder.name, "model_patch": patch})
        for instance, patch in made.items()
    ]
    (folder / "all_preds.jsonl").write_text("\n".join(lines) + "\n")
    good = [f"o__lib-{n}" for n in sorted(resolved)]
    bad = [instance for instance in made if instance not in good]
    summary = {
        "total_instances": COUNT,
        "submitted_instances": len(made),
        "completed_instances": len(made),
        "resolved_instances": len(good),
        "unresolved_instances": len(bad),
        "empty_patch_instances": 0,
        "error_instances": 0,
        "completed_ids": list(made),
        "incomplete_ids": [],
        "empty_patch_ids": [],
        "submitted_ids": list(made),
        "resolved_ids": good,
        "unresolved_ids": bad,
        "error_ids": [],
        "schema_version": 2,
    }
    (folder / "summary.json").write_text(json.dumps(summary))

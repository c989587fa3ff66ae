"""The sample, built once for all tests; and an independent way to run its tests."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"


@dataclass(frozen=True)
class Native:
    """What a submission's own files say of one instance: its patch, and the grader's report if there is one."""

    patch: str
    report: dict | None


@pytest.fixture(scope="session")
def plan(builder):
    return builder.read_plan()


@pytest.fixture(scope="session")
def bare(sample) -> Path:
    return sample / "repos" / "harbour" / "tidemark.git"


@pytest.fixture(scope="session")
def git(bare) -> Callable[..., bytes]:
    """git's own word on the bare repository."""

    def run(*command: str) -> bytes:
        return subprocess.run(["git", "--git-dir", str(bare), *command], check=True, capture_output=True).stdout

    return run


@pytest.fixture(scope="session")
def rows(sample) -> dict[str, dict]:
    table = pq.read_table(sample / "benchmark" / "data" / "test-00000-of-00001.parquet")
    return {row["instance_id"]: row for row in table.to_pylist()}


@pytest.fixture(scope="session")
def natives(sample, rows) -> dict[str, dict[str, Native]]:
    """By submission and instance id, read from the native files by hand."""
    folder = sample / "submissions"
    brook = {
        name: Native(_text(folder / f"2024-brook/logs/{name}/patch.diff"), _json(folder, "2024-brook", name))
        for name in rows
    }
    predictions = json.loads((folder / "2025-otter/preds.json").read_text())
    otter = {name: Native(predictions[name]["model_patch"], _json(folder, "2025-otter", name)) for name in rows}
    lines = [json.loads(line) for line in (folder / "2026-heron/all_preds.jsonl").read_text().splitlines()]
    heron = {
        line["instance_id"]: Native(line["model_patch"], _json(folder, "2026-heron", line["instance_id"]))
        for line in lines
    }
    return {"2024-brook": brook, "2025-otter": otter, "2026-heron": heron}


def _text(file: Path) -> str:
    return file.read_bytes().decode() if file.exists() else ""


def _json(folder: Path, submission: str, name: str) -> dict | None:
    found = list((folder / submission / "logs").rglob(f"{name}/report.json"))
    assert len(found) <= 1
    report = json.loads(found[0].read_text()) if found else None
    return report.get(name, report) if report is not None else None


@pytest.fixture
def checkout(git, tmp_path) -> Callable[[str, str], Path]:
    """Exports a commit and applies patches to it, without the builder's code."""

    # A hook of git's that runs the tests would lead `git apply` to its own repository.
    outside = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}

    def export(commit: str, *patches: str) -> Path:
        tree = tmp_path / f"tree-{len(list(tmp_path.iterdir()))}"
        with zipfile.ZipFile(io.BytesIO(git("archive", "--format=zip", commit))) as archive:
            archive.extractall(tree)
        for patch in patches:
            subprocess.run(
                ["git", "apply", "-"],
                cwd=tree,
                input=patch.encode(),
                check=True,
                capture_output=True,
                env=outside | {"GIT_CEILING_DIRECTORIES": str(tmp_path)},
            )
        return tree

    return export


@pytest.fixture
def all_pass() -> Callable[[Path, list[str]], bool]:
    """Whether the tests, named one by one, pass: by unittest's exit code, not by what it prints."""

    def run(tree: Path, tests: list[str]) -> bool:
        command = [sys.executable, "-B", "-m", "unittest", *tests]
        return subprocess.run(command, cwd=tree, capture_output=True, check=False).returncode == 0

    return run


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = ROOT.parent / "shared" / "data"
    if not folder.exists():
        pytest.skip(f"needs the real data in {folder}")
    return folder

"""The whole chain on real SWE-bench data and real repositories: run where both are at hand.

MERGECHECK_REPOS=/path/to/bare/clones pytest tests/e2e/test_real_repositories.py -s
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

REPOSITORIES = ("pytest-dev/pytest", "sphinx-doc/sphinx", "psf/requests", "pallets/flask", "pylint-dev/pylint")
SONNET = "experiments/evaluation/verified/20240620_sweagent_claude3.5sonnet"
GEMINI = "experiments/evaluation/verified/20251118_mini-v1.15.0_gemini-3-pro-preview-20251118"
SUBMISSIONS = (
    ("claude-3.5-sonnet", SONNET, "claude-3-5-sonnet-20240620", "2024-06-20"),
    ("gemini-3-pro", GEMINI, "gemini-3-pro-preview", "2025-11-18"),
    ("claude-opus-4.5", "runs/claude-opus-4.5", "claude-opus-4-5-20251101", "2025-11-24"),
    ("minimax-m2.5", "runs/minimax-m2.5", "minimax-m2.5", "2026-02-12"),
    ("gpt-4-1106", "runs/gpt-4-1106", "gpt-4-1106-preview", "2023-11-06"),
    ("gpt-4-0125", "runs/gpt-4-0125", "gpt-4-0125-preview", "2024-01-25"),
)
COUNTS = {
    "claude-3.5-sonnet": (488, 168, 25),
    "gemini-3-pro": (499, 371, 74),
    "minimax-m2.5": (432, 229, 22),
    "claude-opus-4.5": (99, 73, 9),
    "gpt-4-1106": (89, 25, 2),
    "gpt-4-0125": (81, 24, 2),
}
"""Attempts with a patch, resolved, and resolved in the three repositories of METR's study."""

METR = ("pytest-dev/pytest", "sphinx-doc/sphinx", "scikit-learn/scikit-learn")


def study_file(data: Path, names: tuple[str, ...], repositories: tuple[str, ...] = ()) -> str:
    parts = [f'name = "Real"\nseed = 11\ngolden_share = 0.5\n\n[benchmark]\nsource = "{data}/SWE-bench_Verified"']
    if repositories:
        parts.append("repositories = [" + ", ".join(f'"{repo}"' for repo in repositories) + "]")
    for name, path, model, released in SUBMISSIONS:
        if name in names:
            parts.append(f'\n[[submissions]]\nname = "{name}"\npath = "{data}/{path}"')
            parts.append(f'model = "{model}"\nreleased = {released}')
    for reviewer, repos in (("ada", REPOSITORIES[:1]), ("bo", REPOSITORIES[1:2]), ("cy", REPOSITORIES[1:])):
        listed = ", ".join(f'"{repo}"' for repo in repos) if repositories else ""
        parts.append(f'\n[[reviewers]]\nid = "{reviewer}"\nrepositories = [{listed}]')
    return "\n".join(parts) + "\n"


@pytest.fixture
def study(shell_for: Any, tmp_path: Path, shared_data: Path) -> Any:
    shell = shell_for(tmp_path, Path(os.environ.get("MERGECHECK_REPOS", tmp_path)))
    shell.run("init", str(tmp_path / "study"))
    shell.study = tmp_path / "study"
    return shell


def test_the_counts_over_the_whole_of_verified(study, shared_data):
    (study.study / "study.toml").write_text(study_file(shared_data, tuple(COUNTS)))
    study.run("pull", "--records-only")
    status = study.json("status")
    assert status["instances"] == 500
    found = {}
    for one in status["submissions"]:
        assert one["rows_read"] == one["attempts"] + sum(one["skips"].values())
        in_metr = sum(one["repositories"].get(repo, {"resolved": 0})["resolved"] for repo in METR)
        found[one["submission"]] = (one["with_patch"], one["resolved"], in_metr)
    assert found.pop("golden") == (500, 500, 95)
    assert found == COUNTS


@pytest.mark.skipif("MERGECHECK_REPOS" not in os.environ, reason="MERGECHECK_REPOS names no folder of bare clones")
def test_five_submissions_over_five_repositories(study, shared_data):
    here = [repo for repo in REPOSITORIES if (Path(os.environ["MERGECHECK_REPOS"]) / f"{repo}.git").exists()]
    if len(here) < len(REPOSITORIES):
        pytest.skip(f"MERGECHECK_REPOS lacks {set(REPOSITORIES) - set(here)}")
    names = tuple(name for name, *_ in SUBMISSIONS[:5])
    (study.study / "study.toml").write_text(study_file(shared_data, names, REPOSITORIES))
    timed(study, "pull")
    status = study.json("status")
    assert status["instances"] == 19 + 44 + 8 + 1 + 10
    for one in status["submissions"]:
        assert one["not_made_yet"] == 0
        assert sum(one["dispositions"].values()) == one["attempts"]
        assert one["candidates"] == one["dispositions"].get("reviewable", 0)
    golden = next(one for one in status["submissions"] if one["submission"] == "golden")
    assert golden["dispositions"] == {"reviewable": 82}
    assert golden["left_out_files"] == {}
    timed(study, "assign")
    timed(study, "simulate", "--accept", "golden=0.7")
    returned = sorted(str(path) for path in (study.study / "packets").glob("*.answers.jsonl"))
    assert len(returned) == 3
    timed(study, "collect", *returned)
    timed(study, "close")
    print(timed(study, "report"))
    report = study.json("report")
    assert report["simulated"]


def timed(study: Any, *arguments: str) -> str:
    """Run a command, print how long it took, return its output."""
    began = time.perf_counter()
    done = study.run(*arguments)
    print(f"{arguments[0]}: {time.perf_counter() - began:.1f} s")
    print(done.stdout)
    return done.stdout

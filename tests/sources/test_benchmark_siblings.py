"""The benchmark's siblings, in the fields that their cards list; and a snapshot from the hub without network."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from mergecheck.errors import SourceError
from mergecheck.sources.benchmark import load_benchmark

COMMON = {
    "repo": "owner/repo",
    "instance_id": "owner__repo-1",
    "base_commit": "a" * 40,
    "patch": "--- a/m\n+++ b/m\n",
    "test_patch": "--- a/t\n+++ b/t\n",
    "problem_statement": "It fails.",
}
FULL = COMMON | {
    "hints_text": "",
    "created_at": "2023-01-01T00:00:00Z",
    "version": "1.0",
    "FAIL_TO_PASS": "[]",
    "PASS_TO_PASS": "[]",
    "environment_setup_commit": "b" * 40,
}
ROWS = {
    "full, Lite": FULL,
    "Verified": FULL | {"difficulty": "<15 min fix"},
    "Multimodal": FULL | {"image_assets": json.dumps({"problem_statement": ["https://example.org/a.png"]})},
    "Multilingual": FULL | {"created_at": "2024-01-01 00:00:00"},
    "Live": COMMON
    | {
        "created_at": "2025-01-01",
        "pull_number": "1",
        "issue_numbers": ["1"],
        "difficulty": {"files": 1, "hunks": 2, "lines": 3},
        "test_cmds": ["pytest"],
        "FAIL_TO_PASS": ["t"],
        "PASS_TO_PASS": [],
    },
    "Pro": COMMON
    | {
        "instance_id": f"instance_owner__repo-{'c' * 40}-vnan",
        "requirements": "It must not fail.",
        "interface": "None",
        "repo_language": "go",
        "fail_to_pass": "['t']",
        "pass_to_pass": "[]",
        "issue_specificity": "[]",
        "issue_categories": "[]",
        "before_repo_set_cmd": "git reset --hard",
        "selected_test_files_to_run": "[]",
        "dockerhub_tag": "x",
    },
}


def save(path, rows):
    from datasets import Dataset

    path.parent.mkdir(parents=True, exist_ok=True)
    Dataset.from_list(rows).to_parquet(str(path))


@pytest.mark.parametrize("sibling", ROWS)
def test_a_sibling_s_rows_are_taken_from_parquet_and_from_json_lines_alike(tmp_path, sibling):
    row = ROWS[sibling]
    save(tmp_path / "folder/data/test-00000-of-00001.parquet", [row])
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    (one,) = load_benchmark(str(tmp_path / "folder"))
    assert load_benchmark(str(tmp_path / "rows.jsonl")) == [one]
    assert (one.id, one.repo, one.base_commit) == (row["instance_id"], row["repo"], row["base_commit"])
    assert (one.golden_patch, one.test_patch) == (row["patch"], row["test_patch"])
    assert one.created_at == row.get("created_at")


def test_a_difficulty_that_is_no_word_is_kept_as_json(tmp_path):
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROWS["Live"]) + "\n")
    (one,) = load_benchmark(str(tmp_path / "rows.jsonl"))
    assert json.loads(one.difficulty) == {"files": 1, "hunks": 2, "lines": 3}


def test_a_split_whose_patches_are_not_published_is_refused_by_name(tmp_path):
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROWS["Multimodal"] | {"patch": ""}) + "\n")
    with pytest.raises(SourceError, match=r"the field patch is empty \(owner__repo-1\)"):
        load_benchmark(str(tmp_path / "rows.jsonl"))


PREPARE = """
import sys
from datasets import load_dataset
load_dataset("parquet", data_files={"test": [sys.argv[1]]}, split="test")
"""
LOAD = """
import sys
from mergecheck.sources.benchmark import load_benchmark
print(*(one.id for one in load_benchmark("owner/bench")))
"""


def test_a_snapshot_in_the_hub_s_cache_works_without_network(tmp_path):
    """What a first `pull` by name leaves in the cache, laid out as the library does, is enough for a second."""
    environment = os.environ | {"HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}

    def python(code, *arguments):
        return subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=True
        ).stdout

    save(tmp_path / "test.parquet", [FULL])
    python(PREPARE, str(tmp_path / "test.parquet"))
    cache = tmp_path / "hub" / "datasets"
    (made,) = (path.parent for path in cache.rglob("dataset_info.json"))
    snapshot = cache / "owner___bench" / "default" / "0.0.0" / ("d" * 40)
    shutil.copytree(made, snapshot)
    (snapshot / "parquet-test.arrow").rename(snapshot / "bench-test.arrow")
    assert python(LOAD) == "owner__repo-1\n"

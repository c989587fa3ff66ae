"""The benchmark, and that its golden patches do what its lists say."""

import json
from collections import Counter
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

SLUGS = [
    "harbour__tidemark-7",
    "harbour__tidemark-17",
    "harbour__tidemark-30",
    "harbour__tidemark-41",
]


def test_datasets_takes_it(sample, rows, tmp_path):
    from datasets import load_dataset

    loaded = load_dataset(str(sample / "benchmark"), split="test", cache_dir=str(tmp_path))
    assert [row["instance_id"] for row in loaded] == list(rows)


def test_columns_are_those_of_swe_bench(sample, rows, shared_data):
    (file,) = (shared_data / "SWE-bench_Verified" / "data").glob("test-*.parquet")
    theirs = pq.read_schema(file).names
    ours = list(next(iter(rows.values())))
    assert ours == theirs[: len(ours)]


def test_difficulties_have_the_labels_of_swe_bench(rows):
    spread = Counter(row["difficulty"] for row in rows.values())
    assert set(spread) == {"<15 min fix", "15 min - 1 hour", "1-4 hours", ">4 hours"}


def test_there_are_twelve_in_order_of_time(rows):
    assert len(rows) == 12
    assert all(before["created_at"] < after["created_at"] for before, after in pairwise(rows.values()))


def test_commits_are_there(rows, git):
    for row in rows.values():
        for key in ("base_commit", "environment_setup_commit"):
            assert git("cat-file", "-t", row[key]).strip() == b"commit"
        git("merge-base", "--is-ancestor", row["environment_setup_commit"], row["base_commit"])


def test_golden_patches_leave_tests_to_the_test_patch(rows):
    for row in rows.values():
        assert "b/tests/" not in row["patch"]
        touched = [line for line in row["test_patch"].splitlines() if line.startswith("+++ ")]
        assert touched
        assert all(line.startswith("+++ b/tests/test_") for line in touched)


def test_every_fix_mends_something_and_keeps_the_rest(rows):
    for row in rows.values():
        mended, kept = json.loads(row["FAIL_TO_PASS"]), json.loads(row["PASS_TO_PASS"])
        assert mended
        assert len(kept) > 50
        assert not set(mended) & set(kept)


@pytest.mark.parametrize("instance", SLUGS)
def test_the_lists_hold(instance, rows, checkout, all_pass):
    row = rows[instance]
    mended, kept = json.loads(row["FAIL_TO_PASS"]), json.loads(row["PASS_TO_PASS"])
    before = checkout(row["base_commit"], row["test_patch"])
    assert all_pass(before, kept)
    assert not any(all_pass(before, [test]) for test in mended)
    after = checkout(row["base_commit"], row["patch"], row["test_patch"])
    assert all_pass(after, mended + kept)


def test_base_and_patches_give_the_next_commit(rows, plan, checkout, git):
    commits = git("rev-list", "--reverse", "main").decode().split()
    for commit, made in zip(plan.commits, commits, strict=True):
        if commit.issue is not None:
            row = rows[commit.issue.id]
            ours = checkout(row["base_commit"], row["patch"], row["test_patch"])
            theirs = checkout(made)
            assert {file.relative_to(ours): file.read_bytes() for file in ours.rglob("*.*") if file.is_file()} == {
                file.relative_to(theirs): file.read_bytes() for file in theirs.rglob("*.*") if file.is_file()
            }

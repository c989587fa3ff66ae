"""The real data: the counts that the issue gives, and the facts that its README gives."""

import json
from collections import Counter

import pytest

from mergecheck.records import Grade
from mergecheck.sources.benchmark import load_benchmark
from mergecheck.sources.submission import read_submission

EXPERIMENTS = "experiments/evaluation/verified"
CLAUDE_35 = f"{EXPERIMENTS}/20240620_sweagent_claude3.5sonnet"
GEMINI = f"{EXPERIMENTS}/20251118_mini-v1.15.0_gemini-3-pro-preview-20251118"
THREE = {"pytest-dev/pytest", "sphinx-doc/sphinx", "scikit-learn/scikit-learn"}

# From the issue: folder, attempts with a patch and resolved in all of Verified, resolved in the three.
COUNTS = [
    (CLAUDE_35, 488, 168, 25),
    (GEMINI, 499, 371, 74),
    ("runs/minimax-m2.5", 432, 229, 22),
    ("runs/claude-opus-4.5", 99, 73, 9),
    ("runs/gpt-4-1106", 89, 25, 2),
    ("runs/gpt-4-0125", 81, 24, 2),
]


@pytest.fixture(scope="module")
def verified(shared):
    return load_benchmark(str(shared / "SWE-bench_Verified"))


@pytest.fixture(scope="module")
def read(shared, verified):
    ids = [instance.id for instance in verified]
    done = {}

    def reading(folder):
        if folder not in done:
            done[folder] = read_submission("run", shared / folder, ids, None)
        return done[folder]

    return reading


def test_the_benchmark(shared, verified):
    assert len(verified) == 500
    repositories = Counter(instance.repo for instance in verified)
    assert (repositories["django/django"], repositories["pallets/flask"]) == (231, 1)
    assert Counter(instance.difficulty for instance in verified) == {
        "<15 min fix": 194,
        "15 min - 1 hour": 261,
        "1-4 hours": 42,
        ">4 hours": 3,
    }
    (file,) = (shared / "SWE-bench_Verified/data").glob("*.parquet")
    assert load_benchmark(str(file)) == verified


@pytest.mark.parametrize(("folder", "with_patch", "resolved", "_three"), COUNTS)
def test_attempts_with_a_patch_and_resolved(read, folder, with_patch, resolved, _three):
    run = read(folder)
    assert run.with_patch == with_patch
    assert run.grades[Grade.RESOLVED] == resolved
    assert run.rows_read == len(run.attempts) + len(run.skips)
    assert len(run.attempts) + len(run.not_mentioned) == 500


@pytest.mark.parametrize(("folder", "_with_patch", "_resolved", "resolved"), COUNTS)
def test_resolved_in_three_repositories(shared, verified, read, folder, _with_patch, _resolved, resolved):
    ids = [instance.id for instance in verified]
    scope = [instance.id for instance in verified if instance.repo in THREE]
    assert len(scope) == 95
    run = read_submission("run", shared / folder, ids, scope)
    assert run.grades[Grade.RESOLVED] == resolved
    assert len(run.attempts) + len(run.not_mentioned) == 95
    assert run.rows_read == read(folder).rows_read
    assert set(run.attempts) <= set(read(folder).attempts)


def test_claude_35_what_its_logs_leave_open_its_results_say(read):
    run = read(CLAUDE_35)
    by_results = Counter(one.grade for one in run.attempts if one.grade_source == "results/results.json")
    # 11 not generated, 3 without logs, and one of the 4 without a report that is in no list: not resolved.
    assert by_results == {Grade.EMPTY: 11, Grade.ERROR: 3, Grade.UNRESOLVED: 1}
    assert run.not_mentioned == ("sphinx-doc__sphinx-8459",)


def test_gemini_has_one_empty_prediction(read):
    assert [one.instance for one in read(GEMINI).attempts if one.grade is Grade.EMPTY] == [
        "pylint-dev__pylint-7080"
    ]


def test_minimax_errors_empty_patches_and_not_run(read):
    run = read("runs/minimax-m2.5")
    assert (run.grades[Grade.ERROR], run.grades[Grade.EMPTY], len(run.not_mentioned)) == (33, 54, 14)
    assert all(one.patch for one in run.attempts if one.grade is Grade.ERROR)


def test_claude_opus_uses_the_harness_s_predictions_and_sees_which_were_graded_before_they_changed(shared, read):
    run = read("runs/claude-opus-4.5")
    assert {one.file for one in run.attempts} == {"results/eval-logs/predictions.jsonl"}
    # The one patch without a report is graded by the agent's own record.
    assert [one.instance for one in run.attempts if one.patch and one.grade_source.endswith(".jsonl")] == [
        "pydata__xarray-6992"
    ]
    folder = shared / "runs/claude-opus-4.5"
    lines = (folder / "results/eval-logs/predictions.jsonl").read_text(encoding="utf-8").split("\n")
    patches = {row["instance_id"]: row["model_patch"] for row in map(json.loads, filter(None, lines))}
    other = [
        path.parent.name
        for path in folder.glob("logs/run_evaluation/*/*/*/patch.diff")
        if (path.parent / "report.json").exists()
        and path.read_bytes().decode().rstrip() != patches[path.parent.name].rstrip()
    ]
    assert other
    assert sorted(other) == list(run.graded_another_patch)


def test_gpt_4_1106_rows_outside_verified_are_skips_and_repeated_ids_no_error(read):
    run = read("runs/gpt-4-1106")
    assert (run.rows_read, len(run.attempts)) == (302, 93)
    assert Counter(skip.reason for skip in run.skips) == {"not_in_benchmark": 209}


def test_gpt_4_1106_repeated_ids_inside_the_benchmark(shared, verified):
    """With all of Lite as the benchmark, the three ids that occur twice are superseded or duplicate rows."""
    lines = (shared / "runs/gpt-4-1106/predictions.jsonl").read_text(encoding="utf-8").split("\n")
    ids = {json.loads(line)["instance_id"] for line in lines if line}
    run = read_submission("run", shared / "runs/gpt-4-1106", ids, None)
    assert (len(run.attempts), run.grades[Grade.RESOLVED]) == (299, 54)
    assert Counter(skip.reason for skip in run.skips) == {"superseded": 2, "duplicate": 1}

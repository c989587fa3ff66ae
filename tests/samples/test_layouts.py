"""The three submissions have the shape of the native formats, and the program reads them as they are."""

import json
import shutil
from pathlib import Path

import pytest

from mergecheck.records import Grade
from mergecheck.sources.submission import read_submission
from mergecheck.study.load import load_study

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
VERIFIED = "experiments/evaluation/verified"


def shape(value: object) -> object:
    """Keys of nested objects; lists and leaves by their type."""
    return {key: shape(inner) for key, inner in value.items()} if isinstance(value, dict) else type(value).__name__


def read(file: Path) -> dict:
    return json.loads(file.read_text())


def shapes(files) -> set[str]:
    return {json.dumps(shape(read(file)), sort_keys=True) for file in files}


def keyed_shapes(files) -> set[str]:
    return {
        json.dumps(shape(report), sort_keys=True) for file in files for report in [read(file)[file.parent.name]]
    }


def test_the_older_leaderboard(sample, shared_data):
    ours = sample / "submissions" / "2024-brook"
    theirs = shared_data / VERIFIED / "20240620_sweagent_claude3.5sonnet"
    assert {file.name for file in ours.iterdir()} == {file.name for file in theirs.iterdir()}
    assert {file.name for file in (ours / "results").iterdir()} == {
        file.name for file in (theirs / "results").iterdir()
    }
    assert set(read(ours / "results/results.json")) == set(read(theirs / "results/results.json"))
    one = next(iter(read(ours / "results/resolved_by_repo.json").values()))
    assert shape(one) == shape(next(iter(read(theirs / "results/resolved_by_repo.json").values())))
    # Both with and without test status: what does not apply has none.
    assert keyed_shapes(ours.glob("logs/*/report.json")) == keyed_shapes(theirs.glob("logs/*/report.json"))
    assert {file.name for log in (ours / "logs").iterdir() for file in log.iterdir()} == {
        "patch.diff",
        "report.json",
    }


def test_the_newer_leaderboard(sample, shared_data):
    ours = sample / "submissions" / "2025-otter"
    (theirs,) = (shared_data / VERIFIED).glob("2025*_gemini-3-pro-*")
    our_run, their_run = (next(folder.glob("*__test__*.json")) for folder in (ours, theirs))
    assert our_run.name.endswith(f"__{ours.name}.json")
    assert list(shape(read(our_run)).items()) == list(shape(read(their_run)).items())
    assert shapes(ours.glob("logs/*/report.json")) == shapes(theirs.glob("logs/*/report.json"))
    records = [next(iter(read(folder / "preds.json").values())) for folder in (ours, theirs)]
    assert shape(records[0]) == shape(records[1])


def test_the_harness(sample, shared_data):
    ours = sample / "submissions" / "2026-heron"
    theirs = shared_data / "runs" / "minimax-m2.5"
    assert list(shape(read(ours / "summary.json")).items()) == list(shape(read(theirs / "summary.json")).items())
    pattern = "logs/run_evaluation/*/*/*/report.json"
    assert keyed_shapes(ours.glob(pattern)) == keyed_shapes(theirs.glob(pattern))
    lines = [(folder / "all_preds.jsonl").read_text().splitlines()[0] for folder in (ours, theirs)]
    assert shape(json.loads(lines[0])) == shape(json.loads(lines[1]))


@pytest.mark.parametrize("name", ["2025-otter", "2026-heron"])
def test_counts_are_those_of_the_lists(sample, natives, name):
    (file,) = [
        *(sample / "submissions" / name).glob("*__test__*.json"),
        *(sample / "submissions").glob(f"{name}/s*.json"),
    ]
    run = read(file)
    resolved = {key for key, native in natives[name].items() if native.report and native.report["resolved"]}
    assert set(run["resolved_ids"]) == resolved
    assert run["resolved_instances"] == len(resolved)
    assert set(run["resolved_ids"]) | set(run["unresolved_ids"]) == set(run["completed_ids"])
    assert run["submitted_instances"] == len(natives[name])


def test_the_study_file_fits_the_sample(sample, plan, natives, rows, tmp_path):
    for name in ("study.toml", "reviewers.toml"):
        shutil.copy(SAMPLES / name, tmp_path)
    for name in ("repos", "benchmark", "submissions"):
        (tmp_path / name).symlink_to(sample / name)
    study = load_study(tmp_path)
    assert [(one.name, one.model, one.agent) for one in study.submissions] == [
        (one.name, one.model, one.agent) for one in plan.submissions
    ]
    assert [one.released for one in study.submissions] == sorted(one.released for one in study.submissions)
    assert {one.id: one.repositories for one in study.reviewers} == {
        "ada": ("harbour/tidemark",),
        "bo": ("harbour/tidemark",),
    }
    for one in study.submissions:
        attempts = {
            attempt.instance: attempt for attempt in read_submission(one.name, one.path, set(rows)).attempts
        }
        assert {key: attempt.patch for key, attempt in attempts.items()} == {
            key: native.patch for key, native in natives[one.name].items()
        }
        resolved = {key for key, attempt in attempts.items() if attempt.grade is Grade.RESOLVED}
        assert resolved == {
            key for key, native in natives[one.name].items() if native.report and native.report["resolved"]
        }

"""Inspect's logs: its JSON format here, and `.eval` where inspect-ai is installed."""

import importlib.util
import json

import pytest

from mergecheck.errors import Problems, SourceError
from mergecheck.sources.submission import read_submission

INSTALLED = importlib.util.find_spec("inspect_ai") is not None


def sample(instance, value=None, patch=None, error=None):
    """As Inspect writes it: no score where the sample ended in an error."""
    metadata = {} if patch is None else {"metadata": {"model_patch": patch}}
    scores = {} if value is None else {"swe_bench_scorer": {"value": value, "explanation": "…", **metadata}}
    return {"id": instance, "epoch": 1, "input": "issue", "messages": [], "scores": scores, "error": error}


def log(*samples):
    return {
        "version": 2,
        "status": "success",
        "eval": {"model": "made/up", "task": "swe_bench"},
        "samples": samples,
    }


def table(run):
    return [(one.instance, bool(one.patch), one.grade.value) for one in run.attempts]


@pytest.fixture
def ids(benchmark_ids):
    return benchmark_ids


@pytest.fixture
def whole(ids, patch):
    """A log of six samples: resolved, not (as numbers and as letters), empty, and one that ended in an error."""
    return log(
        sample(ids[0], 1.0, patch(1)),
        sample(ids[1], 0.0, patch(2)),
        sample(ids[2], "C", patch(3)),
        sample(ids[3], "I", patch(4)),
        sample(ids[4], 0, ""),
        sample(ids[5], error={"message": "out of tokens"}),
    )


def test_a_log_holds_patches_and_grades(write, ids, whole, patch):
    run = read_submission("run", write({"log.json": whole}), ids)
    assert table(run) == [
        (ids[0], True, "resolved"),
        (ids[1], True, "unresolved"),
        (ids[2], True, "resolved"),
        (ids[3], True, "unresolved"),
        (ids[4], False, "empty"),
        (ids[5], False, "empty"),
    ]
    assert run.attempts[2].patch == patch(3)
    assert run.attempts[2].row == 3
    assert run.formats == ("predictions: Inspect log in log.json (6)", "grades: Inspect log in log.json (6)")


def test_a_log_may_be_named_itself(write, ids, whole):
    folder = write({"log.json": whole})
    assert table(read_submission("run", folder / "log.json", ids)) == table(read_submission("run", folder, ids))


def test_a_log_without_patches_grades_the_predictions_beside_it(write, row, ids, patch):
    rows = [row(one, patch(1)) for one in ids[:3]]
    scored = log(sample(ids[0], 1), sample(ids[1], False), sample(ids[2], error={"message": "x"}))
    run = read_submission("run", write({"all_preds.jsonl": rows, "log.json": scored}), ids)
    assert [one.grade.value for one in run.attempts] == ["resolved", "unresolved", "error"]
    assert {one.grade_source for one in run.attempts} == {"log.json"}


def test_the_score_with_the_patch_counts(write, ids, patch):
    one = sample(ids[0], 1.0, patch(1))
    one["scores"] = {"other": {"value": 0.0}, **one["scores"]}
    assert table(read_submission("run", write({"log.json": log(one)}), ids)) == [(ids[0], True, "resolved")]


@pytest.mark.parametrize(
    "bad", [{"id": 3}, 3, sample("owner__repo-1", 0.5, "diff"), sample("owner__repo-1", [1], "d")]
)
def test_what_is_no_swe_bench_sample_is_named(write, ids, patch, bad):
    with pytest.raises((SourceError, Problems), match=r"log.json, sample 2"):
        read_submission("run", write({"log.json": log(sample(ids[1], 1, patch(1)), bad)}), ids)


def test_a_log_of_several_epochs_is_refused(write, ids, patch):
    samples = [sample(ids[0], 1, patch(1)), sample(ids[0], 0, patch(1)) | {"epoch": 2}]
    with pytest.raises(SourceError, match="run more than once") as raised:
        read_submission("run", write({"log.json": log(*samples)}), ids)
    assert raised.value.where == "log.json, sample 2"


@pytest.mark.skipif(INSTALLED, reason="inspect-ai is installed")
def test_an_eval_file_without_inspect_ai_says_what_to_install(write, ids):
    with pytest.raises(SourceError, match="inspect-ai") as raised:
        read_submission("run", write({"log.eval": b"PK"}), ids)
    assert "pip install inspect-ai" in raised.value.fix


@pytest.mark.skipif(not INSTALLED, reason="inspect-ai is not installed: .eval files cannot be written or read")
def test_an_eval_file_says_what_its_json_says(write, ids, whole, tmp_path):
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec, write_eval_log

    for each in whole["samples"]:
        each["target"] = ""
        each["error"] = each["error"] and {**each["error"], "traceback": "", "traceback_ansi": ""}
    spec = EvalSpec(
        created="2025-01-01T00:00:00+00:00",
        task="swe_bench",
        dataset=EvalDataset(name="d"),
        model="made/up",
        config=EvalConfig(),
    )
    samples = [EvalSample.model_validate(each) for each in whole["samples"]]
    # Inspect's own default.
    folder = tmp_path / "logged" / "logs"
    folder.mkdir(parents=True)
    write_eval_log(EvalLog(eval=spec, samples=samples, status="success"), str(folder / "log.eval"))
    expected = read_submission("run", write({"log.json": json.loads(json.dumps(whole))}), ids)
    assert table(read_submission("run", folder.parent, ids)) == table(expected)


@pytest.mark.skipif(not INSTALLED, reason="inspect-ai is not installed: .eval files cannot be written or read")
def test_a_damaged_eval_file_is_named(write, ids):
    with pytest.raises(SourceError, match="this Inspect log cannot be read"):
        read_submission("run", write({"log.eval": b"PK\x03\x04 torn"}), ids)

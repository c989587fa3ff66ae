"""Submissions in three native formats, each with the habits of its time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sample_study.grade import Result
from sample_study.plan import Submission

Writer = Callable[[Path, Submission, list[Result], dict[str, str]], None]
"""Takes the folder to write into, the submission, its results, and by instance id when each was made."""


def leaderboard_2024(folder: Path, submission: Submission, results: list[Result], created: dict[str, str]) -> None:
    """A folder an instance with patch and report, none where there is no patch; lists of ids in results/."""
    _write(folder / "metadata.yaml", f"name: {submission.agent} + {submission.model}\noss: true\nsite: null\n")
    for result in results:
        if not result.empty:
            log = folder / "logs" / result.task.id
            _write(log / "patch.diff", result.patch)
            _write_json(log / "report.json", {result.task.id: _report(result)})
    lists = {
        "no_generation": [result.task.id for result in results if result.empty],
        "no_logs": [],
        "resolved": [result.task.id for result in results if result.resolved],
    }
    by_repo = _counts([(result.task.spot.issue.repository, result) for result in results])
    by_time = _counts([(created[result.task.id][:4], result) for result in results])
    _write_json(folder / "results" / "results.json", lists, indent=2)
    _write_json(folder / "results" / "resolved_by_repo.json", by_repo, indent=2)
    _write_json(folder / "results" / "resolved_by_time.json", by_time, indent=2)


def leaderboard_2025(folder: Path, submission: Submission, results: list[Result], created: dict[str, str]) -> None:
    """All patches in one dictionary, reports without their id; an empty patch counts as one that was run."""
    predictions = {result.task.id: _prediction(submission, result) for result in results}
    _write_json(folder / "preds.json", predictions, indent=2)
    for result in results:
        if result.applied:
            _write(folder / "logs" / result.task.id / "report.json", json.dumps(_report(result)))
    ran = [result for result in results if result.applied]
    lists = {
        "completed_ids": _ids(ran),
        "incomplete_ids": [],
        "submitted_ids": _ids(results),
        "error_ids": _ids([result for result in results if not result.applied]),
    }
    ends = {
        "resolved_ids": _ids([result for result in ran if result.resolved]),
        "unresolved_ids": _ids([result for result in ran if not result.resolved]),
        "pending_ids": [],
        "failed_ids": [],
    }
    counts = {
        "total_instances": len(results),
        "submitted_instances": len(results),
        "completed_instances": len(ran),
        "pending_instances": 0,
        "failed_instances": 0,
        "resolved_instances": len(ends["resolved_ids"]),
        "unresolved_instances": len(ends["unresolved_ids"]),
        "error_instances": len(lists["error_ids"]),
    }
    report = {**counts, **lists, "schema_version": 2, **ends}
    _write_json(folder / f"harbour-bench__test__{submission.name}.json", report)


def harness(folder: Path, submission: Submission, results: list[Result], created: dict[str, str]) -> None:
    """What the harness itself leaves: predictions as lines, a log folder for what was run, a summary."""
    lines = [json.dumps(_prediction(submission, result)) for result in results]
    _write(folder / "all_preds.jsonl", "".join(f"{line}\n" for line in lines))
    logs = folder / "logs" / "run_evaluation" / submission.agent / _full_name(submission).replace("/", "__")
    for result in results:
        if not result.empty:
            _write(logs / result.task.id / "patch.diff", result.patch)
            if result.applied:
                _write_json(logs / result.task.id / "report.json", {result.task.id: _report(result)})
    ran = [result for result in results if result.applied and not result.empty]
    lists = {
        "completed_ids": _ids(ran),
        "incomplete_ids": [],
        "empty_patch_ids": _ids([result for result in results if result.empty]),
        "submitted_ids": _ids(results),
        "resolved_ids": _ids([result for result in ran if result.resolved]),
        "unresolved_ids": _ids([result for result in ran if not result.resolved]),
        "error_ids": _ids([result for result in results if not result.applied]),
    }
    counts = {
        "total_instances": len(results),
        "submitted_instances": len(results),
        "completed_instances": len(ran),
        "resolved_instances": len(lists["resolved_ids"]),
        "unresolved_instances": len(lists["unresolved_ids"]),
        "empty_patch_instances": len(lists["empty_patch_ids"]),
        "error_instances": len(lists["error_ids"]),
    }
    _write_json(folder / "summary.json", {**counts, **lists, "schema_version": 2})


LAYOUTS: dict[str, Writer] = {
    "leaderboard-2024": leaderboard_2024,
    "leaderboard-2025": leaderboard_2025,
    "harness": harness,
}


def _full_name(submission: Submission) -> str:
    return f"{submission.agent}/{submission.model}"


def _prediction(submission: Submission, result: Result) -> dict[str, str]:
    return {
        "instance_id": result.task.id,
        "model_name_or_path": _full_name(submission),
        "model_patch": result.patch,
    }


def _report(result: Result) -> dict[str, Any]:
    report: dict[str, Any] = {
        "patch_is_None": False,
        "patch_exists": True,
        "patch_successfully_applied": result.applied,
        "resolved": result.resolved,
    }
    if result.applied:
        report["tests_status"] = {
            "FAIL_TO_PASS": _status(*result.split(result.task.fail_to_pass)),
            "PASS_TO_PASS": _status(*result.split(result.task.pass_to_pass)),
            "FAIL_TO_FAIL": _status([], []),
            "PASS_TO_FAIL": _status([], []),
        }
    return report


def _status(success: list[str], failure: list[str]) -> dict[str, list[str]]:
    return {"success": success, "failure": failure}


def _counts(results: list[tuple[str, Result]]) -> dict[str, dict[str, int]]:
    groups = sorted({group for group, _ in results})
    inside = {group: [result for other, result in results if other == group] for group in groups}
    return {
        group: {"resolved": sum(result.resolved for result in those), "total": len(those)}
        for group, those in inside.items()
    }


def _ids(results: list[Result]) -> list[str]:
    return sorted(result.task.id for result in results)


def _write_json(file: Path, content: object, indent: int = 4) -> None:
    _write(file, json.dumps(content, indent=indent))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="")

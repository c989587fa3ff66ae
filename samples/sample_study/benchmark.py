"""The benchmark in the hub's layout, with SWE-bench's columns."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sample_study.grade import Task

FILE = "data/test-00000-of-00001.parquet"


def write_benchmark(folder: Path, tasks: list[Task], created: dict[str, str]) -> None:
    """Writes one row a task, in the order of the history. `created` gives by instance id when it was made."""
    rows = [_row(task, created[task.id]) for task in tasks]
    file = folder / FILE
    file.parent.mkdir(parents=True)
    schema = pa.schema([(name, pa.string()) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), file)


def _row(task: Task, created: str) -> dict[str, str]:
    spot, issue = task.spot, task.spot.issue
    return {
        "repo": issue.repository,
        "instance_id": issue.id,
        "base_commit": spot.base,
        "patch": issue.golden_patch,
        "test_patch": issue.tests_patch,
        "problem_statement": issue.statement,
        "hints_text": issue.hints,
        "created_at": created,
        "version": spot.version,
        "FAIL_TO_PASS": json.dumps(task.fail_to_pass),
        "PASS_TO_PASS": json.dumps(task.pass_to_pass),
        "environment_setup_commit": spot.setup,
        "difficulty": issue.difficulty,
    }

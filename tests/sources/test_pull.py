"""`pull --records-only` on submissions of several kinds: what it prints, and what the study remembers."""

import json
import sqlite3

import pytest


@pytest.fixture
def study(shell_for, tmp_path, write, row, patch, benchmark_ids):
    """Three submissions over a made-up benchmark: graders that disagree, a matrix, a run of the whole split."""
    ids = benchmark_ids
    shell = shell_for(tmp_path, tmp_path)
    shell.run("init", str(tmp_path / "study"))
    shell.study = tmp_path / "study"
    rows = [
        {
            "instance_id": one,
            "repo": "o/r",
            "base_commit": "c" * 40,
            "patch": "golden",
            "problem_statement": "It fails",
        }
        for one in ids
    ]
    write({"bench.jsonl": rows, "grades.csv": f"id,a,b\n{ids[0]},1,0\n{ids[1]},0,\n"}, shell.study)
    predictions = [row(one, patch(1)) for one in ids[:2]]
    disagreeing = {
        "all_preds.jsonl": predictions,
        "one.json": {"resolved_ids": ids[:1], "unresolved_ids": ids[1:2]},
        "two.json": {"resolved_ids": ids[:2]},
    }
    write(disagreeing, shell.study / "torn")
    whole = {"total_instances": 6, "submitted_ids": ids[:2], "resolved_ids": ids[:1], "unresolved_ids": ids[1:2]}
    write({"all_preds.jsonl": predictions, "whole.run.json": whole}, shell.study / "whole")
    return shell


def write_study(shell, *blocks):
    text = 'name = "Made up"\n[benchmark]\nsource = "bench.jsonl"\n'
    for name, lines in blocks:
        text += f'[[submissions]]\nname = "{name}"\nmodel = "GPT-5"\n{lines}\n'
    (shell.study / "study.toml").write_text(text)


TORN = 'path = "torn"\ngrades = "two.json"'
MATRIX = 'path = "grades.csv"\ncolumn = "a"'
WHOLE = 'path = "whole"'


def test_pull_prints_what_it_decided_and_status_says_the_same(study):
    write_study(study, ("torn", TORN), ("matrix", MATRIX), ("whole", WHOLE))
    printed = " ".join(study.run("pull", "--records-only").stdout.split())
    assert 'torn: graders disagree on 1 attempt, settled by grades = "two.json"' in printed
    assert "torn: 4 instances not mentioned and out of every rate" in printed
    assert "matrix: 4 instances not mentioned and out of every rate" in printed
    assert "whole: 4 instances not mentioned and counted as unresolved" in printed
    counts = {one["submission"]: one for one in study.json("status")["submissions"]}
    found = {name: (one["resolved"], one["with_patch"], one["assumed"]) for name, one in counts.items()}
    assert found == {"golden": (6, 6, 0), "torn": (2, 2, 0), "matrix": (1, 0, 0), "whole": (1, 2, 4)}
    assert counts["torn"]["released"] == "2025-08-07"
    for one in counts.values():
        assert one["rows_read"] == one["attempts"] + sum(one["skips"].values())


def test_what_grades_settled_is_in_the_journal(study):
    write_study(study, ("torn", TORN))
    study.run("pull", "--records-only")
    with sqlite3.connect(study.study / "study.db") as database:
        lines = [what for (what,) in database.execute("SELECT what FROM journal WHERE command = 'pull'")]
    database.close()
    assert any('torn: graders disagree on 1 attempt, settled by grades = "two.json"' in line for line in lines)


def test_without_it_the_disagreement_is_refused_and_nothing_is_kept(study):
    write_study(study, ("torn", 'path = "torn"'), ("whole", WHOLE))
    done = study.run("pull", "--records-only", code=1)
    assert "one.json" in done.stderr
    assert 'grades = "two.json"' in done.stderr
    assert not (study.study / "study.db").exists()


def test_a_second_pull_says_the_same(study):
    write_study(study, ("torn", TORN), ("matrix", MATRIX), ("whole", WHOLE))
    first = json.loads(study.run("pull", "--records-only", "--json").stdout)
    assert json.loads(study.run("pull", "--records-only", "--json").stdout) == first


def test_every_instance_that_is_not_mentioned_is_listed_with_what_was_made_of_it(study):
    write_study(study, ("torn", TORN), ("matrix", MATRIX), ("whole", WHOLE))
    study.run("pull", "--records-only")
    rows = study.json("status", "--skipped")["skipped"]
    found = {(row["submission"], row["reason"], row["detail"].split(":")[0]) for row in rows}
    assert found == {
        ("torn", "not_run", "the run does not mention it"),
        ("matrix", "no_patch", "known by its grade alone"),
        ("matrix", "not_run", "the run does not mention it"),
        ("whole", "no_patch", "the run does not mention it"),
    }
    assert len(rows) == 4 + 2 + 4 + 4


def test_a_day_that_contradicts_the_table_is_a_warning(study):
    write_study(study, ("whole", WHOLE + "\nreleased = 2025-08-01"))
    done = study.run("pull", "--records-only")
    assert "Warning: whole: released = 2025-08-01 in study.toml is used, and GPT-5 was released on" in done.stderr

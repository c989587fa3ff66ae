"""`mergecheck report SUBJECT` and `mergecheck gaps` on a small real study: overlap, repeats, refused attempts."""

import subprocess
import sys

import pytest

from mergecheck.report.subjects import Subject

NAMES = ("quillfeather", "brambleshank", "tallowmere")
COMMANDS = [("report", str(subject)) for subject in Subject] + [("gaps",)]


def reviewed(shell, reviewers):
    """The study answered by so many simulated reviewers and collected; not closed."""
    plan = (shell.study / "study.toml").read_text()
    more = "overlap = 6\nrepeats = 0.5\nunresolved_share = 1.0\n"
    (shell.study / "study.toml").write_text(plan.replace("golden_share = 1.0\n", f"golden_share = 1.0\n{more}"))
    blocks = (f'[[reviewers]]\nid = "{name}"\n' for name in NAMES[:reviewers])
    (shell.study / "reviewers.toml").write_text("\n".join(blocks))
    for command in ("pull", "assign", "simulate", "collect"):
        answers = sorted(str(path) for path in (shell.study / "packets").glob("*.answers.jsonl"))
        shell.run(command, *(answers if command == "collect" else ()))
    return shell


@pytest.fixture(scope="module")
def closed(make_study, tmp_path_factory):
    study = reviewed(make_study(tmp_path_factory.mktemp("subjects")), 2)
    study.run("close")
    return study


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_prints_and_gives_json(closed, command):
    text = closed.run(*command).stdout
    assert "SIMULATED" in text
    told = closed.json(*command)
    assert told["subject"] == command[-1]
    assert told["simulated"] is True
    assert told["study"] == "Small"
    assert told["early_looks"] == 0
    assert any(told["tables"].values())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_two_reviewers_are_not_named(closed, command):
    for run in (closed.run(*command), closed.run(*command, "--json")):
        assert not [name for name in NAMES if name in run.stdout + run.stderr]


@pytest.mark.parametrize("subject", ["agreement", "effort"])
def test_they_are_named_where_it_is_asked_for(closed, subject):
    for options in ((), ("--json",)):
        text = closed.run("report", subject, "--by-reviewer", *options).stdout
        assert all(name in text for name in NAMES[:2])


def test_overlap_repeats_and_refused_attempts_reach_their_pages(closed):
    both = closed.json("report", "agreement")["tables"]
    assert max(row["candidates"] for row in both["agreement"]) > 0
    assert max(row["candidates"] for row in both["self_agreement"]) > 0
    assert closed.json("report", "noise")["tables"]["noise"][0]["n"] > 0
    # `brook` fails the issues 0, 2 and 4, `otter` 5.
    r = closed.json("report", "refused")["tables"]["refused"][0]
    assert (r["quantity"], r["n"]) == ("r, by issue", 4)


def test_the_rates_are_the_report_s(closed):
    whole = closed.json("report")
    rows = closed.json("report", "rates")["tables"]["rates"]
    found = {(row["submission"], row["quantity"]): row["estimate"] for row in rows}
    for rate in whole["rates"]:
        assert found[rate["submission"], "M/G"] == rate["relative_merge_rate"]["estimate"]
        assert found[rate["submission"], "A"] == rate["pass_rate"]["estimate"]


def test_gaps_tell_each_instance(closed):
    rows = closed.json("gaps")["tables"]["gaps"]
    assert {row["instance"] for row in rows} == {f"o__lib-{n}" for n in range(6)}
    # The second issue is solved by both with one and the same change.
    mine = next(row for row in rows if row["instance"] == "o__lib-1")
    assert (mine["attempts"], mine["passes"], mine["candidates"]) == (2, 2, 1)


def test_an_unknown_subject_is_refused_with_the_list(closed):
    done = closed.run("report", "weather", code=2)
    assert all(subject in done.stderr for subject in Subject)


def test_an_open_study_is_looked_at_only_when_asked_and_each_look_is_counted(shell):
    study = reviewed(shell, 2)
    for command in (("report", "rates"), ("gaps",)):
        assert "the study is open" in study.run(*command, code=1).stderr
    assert study.json("gaps", "--unblind")["early_looks"] == 1
    assert study.json("report", "flow", "--unblind")["early_looks"] == 2
    assert "looked at 3 times" in study.run("report", "order", "--unblind").stderr


def test_no_subject_is_loaded_before_it_is_asked_for():
    code = "import sys, mergecheck.cli.main; print([m for m in sys.modules if 'subjects.' in m or m == 'pandas'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

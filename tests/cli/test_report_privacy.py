"""`mergecheck report` on a study of few reviewers: who reviewed is told only from three on, or where asked for."""

import pytest

NAMES = ("quillfeather", "brambleshank", "tallowmere")


@pytest.fixture
def reviewed(shell):
    """A study that so many reviewers answered, simulated, and that is closed."""

    def run(reviewers):
        blocks = (f'[[reviewers]]\nid = "{name}"\n' for name in NAMES[:reviewers])
        (shell.study / "reviewers.toml").write_text("\n".join(blocks))
        for command in ("pull", "assign", "simulate", "collect"):
            answers = sorted(str(path) for path in (shell.study / "packets").glob("*.answers.jsonl"))
            shell.run(command, *(answers if command == "collect" else ()))
        shell.run("close")
        return shell

    return run


def told(shell, *options):
    """Who is named, in the terminal's output and in the JSON; the talk on stderr included."""
    runs = shell.run("report", *options), shell.run("report", "--json", *options)
    assert "golden" in runs[0].stdout
    return [[name for name in NAMES if name in run.stdout + run.stderr] for run in runs]


def test_two_are_not_named_unless_asked_for(reviewed):
    study = reviewed(2)
    assert told(study) == [[], []]
    assert "2 reviewers together" in study.run("report").stdout
    assert study.json("report")["work_merged"] is True
    assert told(study, "--by-reviewer") == [list(NAMES[:2])] * 2
    assert study.json("report", "--by-reviewer")["work_merged"] is False


def test_three_are_named(reviewed):
    study = reviewed(3)
    assert told(study) == [list(NAMES)] * 2
    assert study.json("report")["work_merged"] is False


def test_status_tells_two_together_also_where_a_third_has_not_begun(shell):
    blocks = (f'[[reviewers]]\nid = "{name}"\n' for name in NAMES)
    (shell.study / "reviewers.toml").write_text("\n".join(blocks))
    for command in ("pull", "assign"):
        shell.run(command)
    assert {one["reviewer"] for one in shell.json("status")["reviewers"]} == set(NAMES)
    shell.run("simulate")
    answers = sorted(str(path) for path in (shell.study / "packets").glob("*.answers.jsonl"))
    shell.run("collect", *answers[:2])
    assert [one["reviewer"] for one in shell.json("status")["reviewers"]] == [None]
    said = shell.run("status").stdout
    assert "3 reviewers together" in said
    assert not any(name in said for name in NAMES)
    shell.run("collect", *answers)
    assert {one["reviewer"] for one in shell.json("status")["reviewers"]} == set(NAMES)

"""The plan of a small real study: locked with its first round, kept by later ones, compared by every report."""

import sqlite3
from contextlib import closing

import pytest


def through(shell, *commands):
    for command in commands:
        answers = sorted(str(path) for path in (shell.study / "packets").glob("*.answers.jsonl"))
        shell.run(command, *(answers if command == "collect" else ()))


def say(shell, text):
    """Replace `[analysis]` of the study, or put it at its end."""
    file = shell.study / "study.toml"
    file.write_text(file.read_text().partition("\n[analysis]")[0] + f"\n[analysis]\n{text}\n")


def rows(shell, query):
    with closing(sqlite3.connect(shell.study / "study.db")) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def closed(make_study, tmp_path_factory):
    """A study that was planned with a majority of the reviewers, run to its end by simulated ones."""
    study = make_study(tmp_path_factory.mktemp("plan"))
    say(study, 'several = "majority"')
    through(study, "pull", "assign", "simulate", "collect", "close")
    return study


@pytest.fixture
def study(closed, tmp_path, shell_for):
    """A copy of it."""
    import shutil

    folder = tmp_path / "study"
    shutil.copytree(closed.study, folder)
    return shell_for(folder, closed.repos)


def test_the_first_round_locks_the_plan_whole_and_the_report_says_as_planned(study):
    say(study, '# another layout\n\nseveral     =   "majority"  # as it was')
    told = study.json("report")["plan"]
    assert told["as_planned"] is True
    assert told["changes"] == []
    assert told["locked"]["plan"] == {
        "version": 1, "primary": "level_gap", "secondary": "slope_difference", "baseline": "sample",
        "interval": "jackknife", "exclude": [], "several": "majority", "outcome": "decision", "progress": "> 80",
    }  # fmt: skip
    text = study.run("report").stdout
    assert f"As planned (locked {told['locked']['at'][:10]})" in text
    assert "All else is exploratory." in text


def test_what_was_changed_afterwards_is_shown_with_both_values_and_results(study):
    say(study, 'several = "any"\ninterval = "metr"')
    told = study.json("report")["plan"]
    changes = {one["choice"]: (one["locked"], one["now"]) for one in told["changes"]}
    assert changes == {"several": ('"majority"', '"any"'), "interval": ('"jackknife"', '"metr"')}
    assert told["as_planned"] is False
    assert told["results"]["primary"]["method"] != told["results_as_locked"]["primary"]["method"]
    text = study.run("report").stdout
    assert "Not as planned (locked" in text
    assert "2 choices changed since" in text
    assert "Primary, as locked: level gap" in text
    assert "Primary, as now: level gap" in text
    # The planned result comes first, and what the report shows by default says that it is that.
    assert text.index("Primary, as locked") < text.index("Level gap, by the default choices")
    for words in ("as planned", "As planned"):
        assert words not in text.replace("Not as planned", "")


def test_a_change_has_the_date_on_which_it_was_first_seen(study):
    say(study, 'several = "any"')
    study.run("report")
    with closing(sqlite3.connect(study.study / "study.db")) as connection:
        connection.execute("UPDATE plans SET at = '2026-01-02T00:00:00+00:00' WHERE what = 'seen'")
        connection.commit()
    say(study, 'several = "any"\nbaseline = "all_golden"')
    changes = {one["choice"]: one["since"] for one in study.json("report")["plan"]["changes"]}
    assert changes["several"].startswith("2026-01-02")
    assert changes["baseline"] > "2026-01-03"
    say(study, 'several = "majority"')
    assert study.json("report")["plan"]["as_planned"] is True
    say(study, 'several = "any"')
    (again,) = study.json("report")["plan"]["changes"]
    assert again["since"] > "2026-01-03"


def test_each_look_is_counted_with_what_it_saw_and_simulated_ones_are_said_to_be_so(study):
    before = study.json("report")["plan"]["looks"]
    # These show the primary result or the key secondary; minutes do not.
    for subject in ("trend", "sensitivity", "effort", "rates"):
        study.run("report", subject)
    after = study.json("report")["plan"]["looks"]
    assert after["count"] == before["count"] + 4
    assert after["simulated"] == after["count"]
    assert after["verdicts"] > 0
    assert [row[0] for row in rows(study, "SELECT command FROM looks")][-5:] == [
        "report",
        "report trend",
        "report sensitivity",
        "report rates",
        "report",
    ]
    assert "simulated verdicts, which show nothing of the study's own result" in study.run("report").stdout


def test_a_later_round_keeps_the_lock(shell):
    say(shell, 'several = "majority"')
    through(shell, "pull", "assign")
    locked = rows(shell, "SELECT * FROM plans")
    assert [row[3] for row in locked] == ["locked"]
    say(shell, 'several = "any"')
    file = shell.study / "study.toml"
    file.write_text(
        file.read_text().replace("golden_share = 1.0", "golden_share = 1.0\nunresolved_share = 1.0", 1)
    )
    reviewers = shell.study / "reviewers.toml"
    reviewers.write_text(reviewers.read_text() + '\n[[reviewers]]\nid = "new-one"\n')
    through(shell, "assign")
    assert len(rows(shell, "SELECT * FROM rounds")) == 2
    assert rows(shell, "SELECT * FROM plans")[:1] == locked
    assert [row[0] for row in rows(shell, "SELECT what FROM plans")] == ["locked", "seen"]


def test_a_study_from_before_there_were_locks_says_that_none_was_locked(study):
    with closing(sqlite3.connect(study.study / "study.db")) as connection:
        connection.executescript(
            "DROP TABLE plans; DROP TABLE looks; UPDATE alembic_version SET version_num = '0005'"
        )
    told = study.json("report")["plan"]
    assert told["locked"] is None
    assert told["as_planned"] is False
    assert told["looks"]["count"] == 1
    assert (study.study / "study.db.backup-0005").exists()
    assert "No plan was locked" in study.run("report").stdout
    assert rows(study, "SELECT * FROM plans") == []


def test_before_the_first_round_nothing_is_locked_and_no_look_counted(shell):
    through(shell, "pull")
    told = shell.json("report", "--unblind")["plan"]
    assert told["locked"] is None
    assert told["handed_out"] is False
    assert told["looks"]["count"] == 0
    assert "No plan is locked yet" in shell.run("report", "--unblind").stdout


def test_an_unknown_choice_stops_every_command_and_names_the_line(study):
    say(study, 'primry = "level_gap"')
    assert "did you mean `primary`?" in study.run("report", code=1).stderr


def test_a_study_that_cannot_be_written_to_is_reported_all_the_same(study, monkeypatch):
    from mergecheck.errors import StoreError

    def refuse(*_):
        raise StoreError("attempt to write a readonly database")

    monkeypatch.setattr("mergecheck.store.plan.record_look", refuse)
    done = study.run("report")
    assert "This look was not counted" in done.stderr
    assert "This look could not be noted" in done.stdout

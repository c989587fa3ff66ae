"""`mergecheck plan`: lists of choices in, a row each out; the same rows however many processes drew them."""

import json
import re

import pytest

QUICK = ("--instances", "20", "--studies", "4")


@pytest.fixture
def shell(tmp_path, shell_for):
    return shell_for(tmp_path, tmp_path)


def test_every_combination_is_a_row_and_assumptions_are_printed(shell):
    text = shell.run("plan", *QUICK, "--golden-share", ".5,1", "--reviewers", "1,2").stdout
    rows = [line.split()[:3] for line in text.splitlines() if re.match(r" +(50|100) % ", line)]
    tables = len(rows) // 4
    assert rows == tables * [[golden, "%", who] for golden in ("50", "100") for who in ("1", "2")]
    assert sum(line.split()[:2] == ["golden", "reviewers"] for line in text.splitlines()) == tables > 0
    for words in ("level gap 24.2 pp", "METR's five models", "Monte Carlo standard error", "4 simulated studies"):
        assert words in text


def test_json_has_the_same_and_says_how(shell):
    told = shell.json("plan", *QUICK, "--golden-share", "1", "--overlap", "0,.5", "--minutes", "30", "--seed", "3")
    assert [row["choice"]["overlap"] for row in told["rows"]] == [0.0, 0.5]
    assert (told["studies"], told["seed"], told["power"], told["level"]) == (4, 3, 0.8, 0.95)
    assert told["assumed"]["sources"]["minutes"] == "given"
    for row in told["rows"]:
        assert row["hours"] == pytest.approx(row["reviews"]["value"] / 2)
        assert row["expected"]["level_gap"]["studies"] == 4
    assert told == shell.json(
        "plan", *QUICK, "--golden-share", "1", "--overlap", "0,.5", "--minutes", "30", "--seed", "3"
    )
    assert told["rows"] != shell.json("plan", *QUICK, "--golden-share", "1", "--overlap", "0,.5")["rows"]


def test_processes_change_nothing(shell, monkeypatch):
    alone = shell.json("plan", *QUICK, "--processes", "1")
    monkeypatch.setattr("mergecheck.cli.plan.WORTH_A_POOL", 0)
    monkeypatch.setattr("mergecheck.cli.plan.CHUNK", 3)
    assert shell.json("plan", *QUICK, "--processes", "2") == alone


def test_the_effects_asked_for_are_the_truth(shell):
    told = shell.json("plan", *QUICK, "--gap", "13", "--slope-difference", "5")["assumed"]
    assert told["level_gap"] == pytest.approx(0.13)
    assert told["slope_difference"] == pytest.approx(5)


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        (("--instances", ""), "whole numbers with commas", 2),
        (("--instances", "50,"), "whole numbers with commas", 2),
        (("--instances", "5.5"), "whole numbers with commas", 2),
        (("--golden-share", "half"), "numbers with commas", 2),
        (("--instances", ",".join(map(str, range(1, 300)))), "more than 200", 2),
        (("--models", "0"), "0 models", 1),
        (("--reviewers", "0"), "0 reviewers", 1),
        (("--golden-share", "1.5"), "no share", 1),
        (("--golden-share", "nan"), "no share", 1),
        (("--gap", "95"), "assume other rates", 1),
        (("--phi", "0.9"), "give less than", 1),
        (("--studies", "1"), "give 2 to", 1),
        (("--power", "1"), "from .5 to below 1", 1),
        (("--like", "nowhere"), "there is no study.toml", 1),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_simulated(shell, options, words, code):
    done = shell.run("plan", *options, code=code)
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert done.stdout == ""


def test_what_is_impossible_or_without_golden_is_n_a_with_the_reason(shell):
    text = " ".join(shell.run("plan", *QUICK, "--reviewers", "1", "--overlap", ".5").stdout.split())
    assert "n/a: an overlap needs two reviewers." in text
    text = " ".join(shell.run("plan", *QUICK, "--golden-share", "0").stdout.split())
    assert "4 of 4 studies: no sampled golden patch has a verdict." in text


def test_an_open_study_gives_its_grades_and_size_and_no_decision(make_study, tmp_path):
    study = make_study(tmp_path)
    for command in ("pull", "assign", "simulate"):
        study.run(command)
    study.run("collect", *sorted(str(path) for path in (study.study / "packets").glob("*.answers.jsonl")))
    done = study.run("plan", "--like", ".", "--studies", "2", "--json")
    assert "its decisions are not" in done.stderr
    told = json.loads(done.stdout)
    assert {row["choice"]["instances"] for row in told["rows"]} == {6}
    sources = told["assumed"]["sources"]
    assert sources["pass rates, dates"] == "this study, 2 models"
    assert sources["merge rates"].startswith("METR's")
    assert "(simulated)" in sources["minutes"]
    # `brook` passes 3 of 6, `otter` 5.
    assert sorted(round(6 * one["pass_rate"]) for one in told["assumed"]["models"]) == [3, 5]
    study.run("close")
    closed = json.loads(study.run("plan", "--like", ".", "--studies", "2", "--json").stdout)
    assert closed["assumed"]["sources"]["merge rates"] == "this study"
    assert study.json("report")["plan"]["looks"]["count"] == 2

"""Release dates: the bundled table, and what study.toml may leave out because of it."""

import tomllib
from datetime import date
from importlib import resources

import pytest

from mergecheck.errors import Problems
from mergecheck.study import load_study
from mergecheck.study.models import known_model, known_names

BLOCK = '[[submissions]]\nname = "s"\npath = "p"\nmodel = "{}"\n'


def test_every_entry_has_a_day_and_a_source():
    parsed = tomllib.loads(resources.files("mergecheck.study").joinpath("models.toml").read_text("utf-8"))
    for entry in parsed["models"]:
        assert isinstance(entry["released"], date)
        assert parsed["sources"][entry["source"]]
        assert len({known_model(name) for name in entry["names"]}) == 1
    assert len(known_names()) == len(parsed["models"])
    days = [entry["released"] for entry in parsed["models"]]
    assert days == sorted(days)
    assert {entry["source"] for entry in parsed["models"]} == set(parsed["sources"])


@pytest.mark.parametrize(
    "name", ["GPT-5", "gpt 5", "openai/gpt-5", "Claude 3.5 Sonnet (old)", "anthropic/claude-3-5-sonnet-20240620"]
)
def test_a_name_may_be_written_in_several_ways(name):
    assert known_model(name) is not None


@pytest.mark.parametrize("name", ["GPT-5.2", "Claude 3.5 Sonnet", "gpt-4", "", "/"])
def test_another_model_is_not_taken_for_a_known_one(name):
    assert known_model(name) is None


def test_the_days_that_the_data_s_readme_gives(shared_data):
    text = (shared_data / "README.md").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("Model release dates: ")]
    pairs = [pair.split(" ") for pair in line.removeprefix("Model release dates: ").rstrip(".").split(" · ")]
    assert len(pairs) == 6
    for name, day in pairs:
        assert str(known_model(name).released) == day


def test_a_known_model_needs_no_day(write, minimal):
    (one,) = load_study(write(minimal + BLOCK.format("GPT-5"))).submissions
    assert (one.released, one.released_note) == (date(2025, 8, 7), "")


def test_an_unknown_model_is_an_error_that_names_the_line_to_write(write, minimal):
    with pytest.raises(Problems) as caught:
        load_study(write(minimal + BLOCK.format("GPT-50")))
    (problem,) = caught.value.problems
    assert problem.where.endswith("study.toml, line 4, submissions[1].released")
    assert '"GPT-50" is not known' in problem.what
    assert "released = 2025-08-07" in problem.fix
    assert 'did you mean "GPT-5"?' in problem.fix


def test_a_day_that_contradicts_the_table_is_used_and_noted(write, minimal):
    (one,) = load_study(write(minimal + BLOCK.format("GPT-5") + "released = 2025-08-08\n")).submissions
    assert one.released == date(2025, 8, 8)
    assert "2025-08-07" in one.released_note
    assert "METR" in one.released_note


def test_a_day_that_agrees_is_not(write, minimal):
    (one,) = load_study(write(minimal + BLOCK.format("GPT-5") + "released = 2025-08-07\n")).submissions
    assert one.released_note == ""

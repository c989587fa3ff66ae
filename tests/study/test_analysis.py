"""`[analysis]`: defaults, errors, and a digest that layout, order and comments leave alone."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.errors import Problems, StudyFileError
from mergecheck.study import load_study
from mergecheck.study.analysis import AnalysisTable
from mergecheck.study.analysis_choices import (
    DEFAULTS,
    KNOWN,
    VERSION,
    Choices,
    Difference,
    canonical,
    differences,
    digest,
)


def loaded(write, minimal, text):
    return load_study(write(f"{minimal}[analysis]\n{text}")).analysis


def told(write, minimal, text):
    with pytest.raises(Problems) as caught:
        loaded(write, minimal, text)
    return str(caught.value)


def test_without_the_table_it_is_the_reference_s(write, minimal):
    assert load_study(write(minimal)).analysis == DEFAULTS == AnalysisTable().choices()
    assert (DEFAULTS.primary, DEFAULTS.secondary) == ("level_gap", "slope_difference")
    assert (DEFAULTS.baseline, DEFAULTS.interval, DEFAULTS.exclude) == ("sample", "jackknife", ())
    assert (DEFAULTS.several, DEFAULTS.outcome, DEFAULTS.progress) == ("mean", "decision", "> 80")


def test_layout_order_comments_and_spelling_of_a_number_change_nothing(write, minimal):
    one = loaded(
        write, minimal, 'progress = ">=85"\nexclude = ["recognised", "grader_errors"]\nprimary = "level_gap"\n'
    )
    other = loaded(
        write,
        minimal,
        '# why\nexclude = [  "grader_errors",\n  "recognised" ] # both\n\n\nprogress    = ">= 85.0"\n',
    )
    assert one == other
    assert digest(one) == digest(other) != digest(DEFAULTS)


def test_the_canonical_form_carries_its_version():
    assert json.loads(canonical(DEFAULTS)) == {"version": VERSION, **DEFAULTS.plain()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('primry = "level_gap"', "did you mean `primary`?"),
        ('primary = "gap"', 'takes "level_gap" or "slope_difference"'),
        ('primary = "slope_difference"', 'write secondary = "level_gap" or "none"'),
        ('secondary = "level_gap"', "is the primary result already"),
        ('baseline = "matched"\ninterval = "metr"', '"metr" knows no matched baseline'),
        ('exclude = "recognised"', 'write ["recognised"]'),
        ('exclude = ["recognised", "recognised"]', "stands twice"),
        ('exclude = ["skips"]', "analysis.exclude[1]"),
        ("progress = 80", "takes text in quotes"),
        ('progress = "< 80"', 'write it as in "> 80" or ">= 80"'),
        ('progress = "> 101"', "is no threshold"),
        ('several = "all"', 'takes "mean" or "majority" or "any"'),
        ("level = 0.9", "unknown key `level`"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(write, minimal, text, words):
    message = told(write, minimal, text)
    assert words in message
    assert "line " in message
    assert "analysis" in message


def test_no_exclusions_is_an_empty_list_and_a_table_alone_the_defaults(write, minimal):
    assert loaded(write, minimal, "exclude = []") == loaded(write, minimal, "") == DEFAULTS


def test_a_primary_result_alone_is_enough_where_no_second_is_wanted(write, minimal):
    assert loaded(write, minimal, 'primary = "slope_difference"\nsecondary = "none"').secondary == "none"


def test_differences_say_what_was_locked_and_what_is_now():
    locked = json.loads(canonical(DEFAULTS))
    now = Choices(interval="percentile", exclude=("recognised",))
    assert differences(locked, DEFAULTS) == ()
    assert differences(locked, now) == (
        Difference("interval", '"jackknife"', '"percentile"'),
        Difference("exclude", "[]", '["recognised"]'),
    )


def test_what_an_older_program_did_not_know_it_locked_at_its_default():
    older = {name: value for name, value in json.loads(canonical(DEFAULTS)).items() if name != "several"}
    assert differences(older, DEFAULTS) == ()
    assert differences(older, Choices(several="any")) == (Difference("several", '"mean"', '"any"'),)


def test_what_a_newer_program_locked_and_this_one_does_not_know_is_a_difference():
    newer = {**json.loads(canonical(DEFAULTS)), "weights": "instances"}
    assert differences(newer, DEFAULTS) == (Difference("weights", '"instances"', "nothing"),)


@pytest.mark.parametrize("name", KNOWN)
def test_no_choice_is_taken_that_there_is_not(name):
    wrong = ("weather",) if name == "exclude" else "weather"
    with pytest.raises(StudyFileError, match="is no choice"):
        Choices(**{name: wrong})


choices = st.builds(
    dict,
    secondary=st.sampled_from(["slope_difference", "none"]),
    baseline=st.sampled_from(["sample", "all_golden"]),
    interval=st.sampled_from(KNOWN["interval"]),
    exclude=st.lists(st.sampled_from(KNOWN["exclude"]), unique=True),
    several=st.sampled_from(KNOWN["several"]),
    outcome=st.sampled_from(KNOWN["outcome"]),
    progress=st.builds("{} {}".format, st.sampled_from([">", ">="]), st.integers(0, 100)),
)


@given(one=choices, other=choices)
def test_digests_are_equal_exactly_where_nothing_differs(one, other):
    first, second = (
        AnalysisTable(**{**each, "exclude": tuple(each["exclude"])}).choices() for each in (one, other)
    )
    same = digest(first) == digest(second)
    assert same == (first == second) == (differences(json.loads(canonical(first)), second) == ())


def test_the_template_shows_the_defaults(uncommented):
    shown = tomllib.loads(uncommented()["study.toml"])["analysis"]
    assert {**shown, "exclude": []} == DEFAULTS.plain()
    assert set(shown["exclude"]) <= set(KNOWN["exclude"])

"""What must change nothing on any page: the order of rows, another label of a submission, all said twice."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from mergecheck.report.as_json import page_as_json
from mergecheck.report.subjects.gaps import gaps_page
from mergecheck.report.subjects.page import Material
from mergecheck.report.subjects.registry import PAGES

MAKERS = {str(subject): maker for subject, maker in PAGES.items()} | {"gaps": gaps_page}
NUMBERS = ("estimate", "low", "high", "n")


@pytest.fixture(scope="module")
def study(simulated):
    """With difficulties, two looks at every fourth change, some refused attempts judged and some recognised."""
    attempts, reviews = simulated
    attempts, reviews = attempts.copy(), reviews.copy()
    numbers = attempts["instance"].str[-4:].astype(int)
    attempts["difficulty"] = np.array(["<15 min fix", "15 min - 1 hour", "1-4 hours"])[numbers % 3]
    refused = (attempts["grade"] == "unresolved") & (numbers % 3 == 0)
    attempts["sampled"] |= refused
    attempts.loc[refused, "inclusion_probability"] = 0.5
    shown = attempts[refused]
    more = reviews.iloc[: len(shown)].assign(
        assignment=[f"refused/{number}" for number in range(len(shown))],
        **{column: shown[column].tolist() for column in ("candidate", "instance", "repo")},
    )
    reviews = pd.concat([reviews, more], ignore_index=True)
    again = reviews.iloc[::4]
    again = again.assign(assignment=again["assignment"] + "/again", repeat_of=again["assignment"], wave=9)
    return attempts, pd.concat([reviews, again], ignore_index=True)


def told(name, attempts, reviews):
    """Every row that the page gives as data, by what it is of; without what is drawn anew."""
    page = MAKERS[name](Material(attempts, reviews, by_reviewer=True))
    tables = json.loads(json.dumps(page_as_json(page)))["tables"]
    found = {}
    for table, rows in tables.items():
        for row in rows:
            about = {
                key: value for key, value in row.items() if isinstance(value, str | bool) and key not in OF_IT
            }
            found[table, json.dumps(about, sort_keys=True, default=str)] = row
    return found


OF_IT = ("method", "reason", "unit", "assumption", "reasons")


def assert_close(one, other):
    assert one.keys() == other.keys()
    for key, row in one.items():
        for column, value in row.items():
            if isinstance(value, float):
                assert other[key][column] == pytest.approx(value, rel=1e-9, abs=1e-11), (key, column)
            else:
                assert other[key][column] == value, (key, column)


@pytest.mark.parametrize("name", MAKERS)
def test_the_order_of_rows_changes_nothing(study, name):
    attempts, reviews = study
    mixed = attempts.sample(frac=1, random_state=3), reviews.sample(frac=1, random_state=4)
    assert_close(told(name, *study), told(name, *mixed))


@pytest.mark.parametrize("name", ["agreement", "blinding", "order", "noise"])
def test_another_label_of_a_submission_changes_nothing_that_is_of_changes_and_reviewers(study, name):
    attempts, reviews = study
    twin = attempts[attempts["submission"] == "new"].assign(submission="twin", model="twin")
    twice = told(name, pd.concat([attempts, twin], ignore_index=True), reviews)
    assert_close(told(name, *study), {key: row for key, row in twice.items() if '"twin"' not in key[1]})


@pytest.mark.parametrize(
    "name", ["rates", "reasons", "trend", "horizon", "refused", "baselines", "gaps", "effort"]
)
def test_everything_reviewed_twice_alike_is_as_it_was_and_no_narrower(study, name):
    attempts, reviews = study
    other = reviews.assign(
        assignment=reviews["assignment"] + "/2",
        repeat_of=reviews["repeat_of"] + "/2",
        reviewer=reviews["reviewer"] + "/2",
    )
    before = told(name, *study)
    after = told(name, attempts, pd.concat([reviews, other], ignore_index=True))
    compared = 0
    for key, row in before.items():
        if "estimate" not in row:
            continue
        assert key in after
        found = after[key]
        for column in ("estimate", "low", "high"):
            assert (row[column] is None) == (found[column] is None), (key, column)
        if row["estimate"] is not None:
            compared += 1
            assert found["estimate"] == pytest.approx(row["estimate"], rel=1e-9, abs=1e-11), key
        if None not in (row["low"], row["high"]):
            width = row["high"] - row["low"]
            assert found["high"] - found["low"] > width - 1e-9 * max(1.0, math.fabs(width)), key
            assert found["n"] == row["n"], key
    assert compared

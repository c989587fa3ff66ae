import datetime as dt

import numpy as np
import pandas as pd
import pytest

from mergecheck.errors import StatsError
from mergecheck.records import Decision, Grade
from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import (
    ATTEMPTS,
    REVIEWS,
    check_attempts,
    check_reviews,
    cluster,
    empty_attempts,
    empty_reviews,
)


def test_empty_frames_have_every_column_with_its_type():
    for frame, columns in ((empty_attempts(), ATTEMPTS), (empty_reviews(), REVIEWS)):
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == columns


def test_checked_frames_have_the_types_and_rows_from_0(mixed):
    attempts, reviews = mixed
    checked = check_attempts(attempts.iloc[::-1])
    assert {name: str(dtype) for name, dtype in checked.dtypes.items()} == ATTEMPTS
    assert list(checked.index) == list(range(len(attempts)))
    of_reviews = check_reviews(reviews.sample(frac=1, random_state=1), checked)
    assert {name: str(dtype) for name, dtype in of_reviews.dtypes.items()} == REVIEWS
    assert list(cluster(checked)) == list(checked["instance"])


def test_a_checked_frame_is_the_same_checked_again(mixed):
    once = check_attempts(mixed[0])
    pd.testing.assert_frame_equal(check_attempts(once), once)


def test_other_representations_of_the_same_are_taken(mixed):
    attempts, reviews = mixed
    same = attempts.assign(
        grade=attempts["grade"].map(Grade),
        released=[None if day is pd.NaT else day.date() for day in attempts["released"]],
        sampled=attempts["sampled"].astype("boolean"),
        round=attempts["round"].astype("float64"),
        submission=attempts["submission"].astype("category"),
        inclusion_probability=attempts["inclusion_probability"].astype("Float64"),
    )
    text = reviews.assign(
        decision=reviews["decision"].map(Decision), progress=reviews["progress"].astype("Int64"), more="kept"
    )
    assert analyse(same, text) == analyse(attempts, reviews)
    assert "more" in check_reviews(text, check_attempts(same)).columns


def change(frame, column, row, value):
    changed = frame.astype({column: "object"})
    changed.loc[row, column] = value
    return changed


@pytest.mark.parametrize("column", ATTEMPTS)
def test_a_missing_column_of_attempts_is_named(mixed, column):
    with pytest.raises(StatsError, match=f"attempts, column {column}"):
        check_attempts(mixed[0].drop(columns=column))


@pytest.mark.parametrize("column", REVIEWS)
def test_a_missing_column_of_reviews_is_named(mixed, column):
    with pytest.raises(StatsError, match=f"reviews, column {column}"):
        check_reviews(mixed[1].drop(columns=column), check_attempts(mixed[0]))


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("submission", None, "missing"),
        ("submission", 3, "no text"),
        ("instance", np.nan, "missing"),
        ("grade", "passed", "resolved, unresolved"),
        ("disposition", "gone", "reviewable"),
        ("is_golden", None, "true or false"),
        ("sampled", "yes", "true and false"),
        ("inclusion_probability", 1.2, "0 to 1"),
        ("inclusion_probability", 0.0, "needs its inclusion probability"),
        ("inclusion_probability", None, "needs its inclusion probability"),
        ("inclusion_probability", "half", "numbers are needed"),
        ("round", 1.5, "whole"),
        ("released", "2025-01-01", "dates"),
        ("released", dt.date(2020, 1, 1), "another released"),
        ("model", "other", "another model"),
        ("repo", "b/b", "another repo"),
        ("candidate", "new/i01", "another instance"),
    ],
)
def test_a_wrong_value_of_attempts_is_named_with_its_row(mixed, column, value, says):
    with pytest.raises(StatsError, match=says) as caught:
        check_attempts(change(mixed[0], column, 3, value))
    assert f"column {column}" in caught.value.where or column == "candidate"
    assert "row" in caught.value.where


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("candidate", "nobody", "no attempt made"),
        ("candidate", None, "missing"),
        ("instance", "i99", "another instance"),
        ("repo", "b/b", "another repo"),
        ("decision", "merge", "accept, request_changes, skip"),
        ("decision_final", "merge", "accept, request_changes, skip"),
        ("progress", 101, "0 to 100"),
        ("confidence", 0, "1 to 10"),
        ("baseline_minutes", -1, "0 to 1e"),
        ("guess", "robot", "human, ai"),
        ("wave", 0, "1 to inf"),
        ("wave", 1.5, "whole"),
        ("front", "web", "plain"),
        ("simulated", None, "true or false"),
        ("submitted_at", "today", "dates"),
    ],
)
def test_a_wrong_value_of_reviews_is_named_with_its_row(mixed, column, value, says):
    attempts, reviews = mixed
    with pytest.raises(StatsError, match=says) as caught:
        check_reviews(change(reviews, column, 3, value), check_attempts(attempts))
    assert f"column {column}" in caught.value.where
    assert "row" in caught.value.where


def test_a_repeat_of_itself_is_refused(mixed):
    attempts, reviews = mixed
    own = change(reviews, "repeat_of", 3, reviews.loc[3, "assignment"])
    with pytest.raises(StatsError, match="repeat of itself") as caught:
        check_reviews(own, check_attempts(attempts))
    assert caught.value.where == "reviews, row 3, column repeat_of"


def repeated(mixed, of, **changed):
    """The reviews with one more: the first of them once again, said to repeat `of`."""
    attempts, reviews = mixed
    again = reviews.iloc[[0]].assign(assignment="again", repeat_of=of, **changed)
    return check_attempts(attempts), pd.concat([reviews, again], ignore_index=True)


def test_a_repeat_is_of_the_same_candidate_and_reviewer(mixed):
    _, reviews = mixed
    first = reviews.loc[0]
    attempts, right = repeated(mixed, first["assignment"])
    assert check_reviews(right, attempts)["repeat_of"].notna().sum() == 1
    row = len(reviews)
    other = reviews.loc[(reviews["reviewer"] == first["reviewer"]).to_numpy() & (reviews.index > 0)].iloc[0]
    attempts, wrong = repeated(mixed, other["assignment"])
    with pytest.raises(StatsError, match="another candidate") as caught:
        check_reviews(wrong, attempts)
    assert caught.value.where == f"reviews, row {row}, column repeat_of"
    assert other["candidate"] in caught.value.what
    assert "showed this candidate to this reviewer" in caught.value.fix
    attempts, wrong = repeated(mixed, first["assignment"], reviewer="somebody")
    with pytest.raises(StatsError, match="another reviewer: r0, not somebody") as caught:
        check_reviews(wrong, attempts)
    assert caught.value.where == f"reviews, row {row}, column repeat_of"


def test_repeats_of_each_other_have_no_first_showing_and_are_refused(mixed):
    first = mixed[1].loc[0, "assignment"]
    attempts, reviews = repeated(mixed, first)
    chain = pd.concat([reviews, reviews.iloc[[-1]].assign(assignment="third", repeat_of="again")])
    assert check_reviews(chain, attempts)["repeat_of"].notna().sum() == 2
    for last in ("again", "third"):
        with pytest.raises(StatsError, match="repeats of each other") as caught:
            check_reviews(change(chain.reset_index(drop=True), "repeat_of", 0, last), attempts)
        assert caught.value.where == "reviews, row 0, column repeat_of"


def test_what_a_repeat_is_of_may_have_been_filtered_out(mixed):
    attempts, reviews = repeated(mixed, mixed[1].loc[0, "assignment"])
    assert len(check_reviews(reviews.iloc[1:], attempts)) == len(reviews) - 1


def test_what_stands_twice_is_refused(mixed):
    attempts, reviews = mixed
    with pytest.raises(StatsError, match=r"row 42, column submission, instance.*twice"):
        check_attempts(pd.concat([attempts, attempts.iloc[[5]]]))
    with pytest.raises(StatsError, match=r"column assignment.*twice"):
        check_reviews(pd.concat([reviews, reviews.iloc[[5]]]), check_attempts(attempts))


def test_two_golden_submissions_are_refused(mixed):
    attempts = mixed[0]
    old = attempts["submission"] == "old"
    with pytest.raises(StatsError, match="two golden"):
        check_attempts(attempts.assign(is_golden=attempts["is_golden"] | old))


def test_times_with_a_zone_are_taken_and_dates_with_one_are_not(mixed):
    attempts, reviews = mixed
    given = reviews.assign(submitted_at=pd.Timestamp("2026-01-02T03:04:05+02:00"))
    checked = check_reviews(given, check_attempts(attempts))
    assert str(checked.loc[0, "submitted_at"]) == "2026-01-02 01:04:05+00:00"
    with pytest.raises(StatsError, match="time zone"):
        check_attempts(attempts.assign(released=attempts["released"].dt.tz_localize("UTC")))


def test_a_column_that_stands_twice_is_named(mixed):
    attempts, reviews = mixed
    with pytest.raises(StatsError, match=r"column grade: a column stands there twice"):
        analyse(pd.concat([attempts, attempts[["grade"]]], axis=1), reviews)
    with pytest.raises(StatsError, match=r"reviews, column mine: a column stands there twice"):
        analyse(attempts, pd.concat([reviews.assign(mine=1), reviews.assign(mine=1)[["mine"]]], axis=1))


def test_what_is_no_frame_is_refused(mixed):
    attempts, reviews = mixed
    with pytest.raises(StatsError, match=r"attempts: the type is wrong: list"):
        analyse(attempts.to_dict("records"), reviews)
    with pytest.raises(StatsError, match=r"reviews: the type is wrong: NoneType"):
        analyse(attempts, None)

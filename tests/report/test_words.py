import pytest

from mergecheck.report.words import confidence_set, count, interval, number, point
from mergecheck.stats.estimate import ConfidenceSet, Estimate, Shape, not_available


@pytest.mark.parametrize(
    ("value", "text"), [(24.21, "24.2"), (-0.04, "0.0"), (-3.25, "−3.2"), (0, "0.0"), (134.96, "135.0")]
)
def test_numbers_have_one_decimal_and_no_negative_zero(value, text):
    assert number(value) == text


def test_intervals_say_which_limit_there_is():
    def estimate(low, high):
        return Estimate(0.5, low, high, 0.95, "Wilson", 9, reason="because")

    assert interval(estimate(0.25, 0.75)) == "[25.0, 75.0]"
    assert interval(estimate(None, 0.75)) == "≤ 75.0"
    assert interval(estimate(0.25, None)) == "≥ 25.0"
    assert interval(estimate(None, None)) == "[n/a]"
    assert (point(not_available("why", level=0.95)), interval(not_available("why", level=0.95))) == ("n/a", "")


@pytest.mark.parametrize(
    ("shape", "low", "high", "text"),
    [
        (Shape.INTERVAL, 0.25, 0.5, "[25.0, 50.0]"),
        (Shape.INTERVAL, 0.25, None, "from 25.0"),
        (Shape.INTERVAL, None, 0.5, "up to 50.0"),
        (Shape.OUTSIDE, -0.25, 0.5, "up to −25.0 or from 50.0"),
        (Shape.LINE, None, None, "any number"),
        (Shape.NOT_AVAILABLE, None, None, "n/a"),
    ],
)
def test_unbounded_sets_are_said_as_such(shape, low, high, text):
    assert confidence_set(ConfidenceSet(shape, low, high, 0.95, "Fieller", 9)) == text


def test_counts_agree_with_their_nouns():
    assert (count(1, "verdict"), count(2, "verdict"), count(0, "assignment waits", "assignments wait")) == (
        "1 verdict",
        "2 verdicts",
        "0 assignments wait",
    )

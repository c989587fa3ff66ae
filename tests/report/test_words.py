"""Numbers as they stand in a report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.report.words import LEAST, MINUS, confidence_set, count, interval, number, point
from mergecheck.stats.estimate import ConfidenceSet, Estimate, Shape, not_available


@pytest.mark.parametrize(
    ("value", "text"), [(24.21, "24.2"), (-0.04, "0.0"), (-3.25, "−3.2"), (0, "0.0"), (134.96, "135.0")]
)
def test_numbers_have_one_decimal_and_no_negative_zero(value, text):
    assert number(value) == text


@given(st.floats(min_value=LEAST, max_value=1e9), st.booleans())
def test_a_multiple_is_never_written_as_nothing(value, negative):
    text = number(-value if negative else value, digits=None)
    assert text.startswith(MINUS) == negative
    assert float(text.replace(MINUS, "-")) == pytest.approx(-value if negative else value, rel=0.051)


@given(st.floats(min_value=0, max_value=LEAST, exclude_min=True, exclude_max=True))
def test_what_is_too_small_to_write_is_a_limit(value):
    assert number(value, digits=None) == "<0.000001"
    assert number(-value, digits=None) == ">−0.000001"


def test_nothing_is_zero_without_a_sign():
    assert number(-0.04) == number(0.0) == number(-0.0, digits=None) == "0.0"
    assert (number(0.031, digits=None), number(16.04, digits=None)) == ("0.031", "16.0")


@pytest.mark.parametrize(
    ("shape", "low", "high", "words"),
    [
        (Shape.INTERVAL, -0.25, 0.5, "[−25.0, 50.0]"),
        (Shape.INTERVAL, 0.1, None, "from 10.0"),
        (Shape.INTERVAL, None, 0.1, "up to 10.0"),
        (Shape.OUTSIDE, -0.25, 0.5, "up to −25.0 or from 50.0"),
        (Shape.LINE, None, None, "any number"),
        (Shape.NOT_AVAILABLE, None, None, "n/a"),
    ],
)
def test_fiellers_set_is_printed_as_what_it_is(shape, low, high, words):
    """Where the denominator may be 0 it is no interval, and never looks like one."""
    assert confidence_set(ConfidenceSet(shape, low, high, 0.95, "Fieller", 30, "why")) == words


@pytest.mark.parametrize(
    ("estimate", "low", "high", "words"),
    [
        (0.2, 0.1, 0.4, "[10.0, 40.0]"),
        (0.0, None, 0.1, "≤ 10.0"),
        (1.0, 0.9, None, "≥ 90.0"),
        (0.2, None, None, "[n/a]"),
        (None, None, None, ""),
    ],
)
def test_a_one_sided_bound_is_no_interval(estimate, low, high, words):
    assert interval(Estimate(estimate, low, high, 0.95, "method", 30, reason="why")) == words


def test_what_is_not_available_has_no_interval():
    missing = not_available("why", level=0.95)
    assert (point(missing), interval(missing)) == ("n/a", "")


def test_counts_agree_with_their_nouns():
    assert (count(1, "verdict"), count(2, "verdict"), count(0, "assignment waits", "assignments wait")) == (
        "1 verdict",
        "2 verdicts",
        "0 assignments wait",
    )

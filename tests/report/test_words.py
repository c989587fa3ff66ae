"""Numbers as they stand in a report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.report.words import LEAST, MINUS, number


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

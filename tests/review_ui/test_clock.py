"""Active time: the gaps between inputs, up to the idle limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_ui.clock import ManualClock, Spent, Stopwatch

gaps = st.lists(st.floats(0, 10_000), max_size=20)


@given(gaps, st.floats(1, 1000))
def test_each_gap_counts_up_to_the_limit(spans, idle):
    clock = ManualClock()
    watch = Stopwatch(clock, idle)
    watch.start()
    for span in spans:
        clock.advance(span)
        watch.input()
    assert watch.spent.active == pytest.approx(sum(min(span, idle) for span in spans), abs=1e-6)
    assert watch.spent.wall == pytest.approx(sum(spans), abs=1e-6)


def test_nothing_counts_while_it_stands():
    clock = ManualClock()
    watch = Stopwatch(clock, 60)
    clock.advance(10)
    watch.input()
    assert watch.spent == Spent()
    watch.start()
    clock.advance(5)
    watch.input()
    watch.stop()
    clock.advance(50)
    watch.input()
    watch.start()
    clock.advance(1)
    watch.input()
    assert watch.spent == Spent(6, 6)


def test_a_clock_set_back_counts_nothing():
    clock = ManualClock()
    watch = Stopwatch(clock, 60)
    watch.start()
    clock.advance(-100)
    watch.input()
    clock.advance(2)
    watch.input()
    assert watch.spent == Spent(2, 2)

import unittest
from datetime import datetime, timedelta

from tidemark.curve import Curve, Turn
from tidemark.passage import next_passage, passages, windows_above
from tidemark.windows import Window

START = datetime(2023, 5, 1)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def curve(*heights: float) -> Curve:
    """Turns six hours apart."""
    return Curve(Turn(at(6 * index), height) for index, height in enumerate(heights))


class WindowsAbove(unittest.TestCase):
    def test_around_high_water(self):
        self.assertEqual(windows_above(curve(1.0, 5.0, 1.0), 3.0), [Window(at(3), at(9))])

    def test_two_tides(self):
        self.assertEqual(
            windows_above(curve(1.0, 5.0, 1.0, 5.0, 1.0), 3.0), [Window(at(3), at(9)), Window(at(15), at(21))]
        )

    def test_never_high_enough(self):
        self.assertEqual(windows_above(curve(1.0, 5.0, 1.0), 5.5), [])


class Passages(unittest.TestCase):
    def test_draught_and_clearance_less_the_depth(self):
        self.assertEqual(passages(curve(1.0, 5.0, 1.0), bar=1.0, draught=3.5), [Window(at(3), at(9))])

    def test_a_bar_that_dries(self):
        self.assertEqual(
            passages(curve(1.0, 5.0, 1.0), bar=-0.5, draught=2.0, clearance=0.5), [Window(at(3), at(9))]
        )


class NextPassage(unittest.TestCase):
    WINDOWS = [Window(at(3), at(9)), Window(at(15), at(21))]

    def test_the_first(self):
        self.assertEqual(next_passage(self.WINDOWS, after=at(0)), Window(at(3), at(9)))

    def test_what_is_left_of_it(self):
        self.assertEqual(next_passage(self.WINDOWS, after=at(8)), Window(at(8), at(9)))

    def test_long_enough(self):
        self.assertEqual(next_passage(self.WINDOWS, at(8), lasting=timedelta(hours=2)), Window(at(15), at(21)))

    def test_none(self):
        self.assertIsNone(next_passage(self.WINDOWS, after=at(22)))

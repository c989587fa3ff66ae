import unittest
from datetime import datetime, timedelta

from tidemark.curve import Crossing, Curve, Turn
from tidemark.errors import OutsideTable

START = datetime(2023, 5, 1)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def curve(*heights: float) -> Curve:
    """Turns six hours apart."""
    return Curve(Turn(at(6 * index), height) for index, height in enumerate(heights))


class TheCurve(unittest.TestCase):
    def test_needs_two_turns(self):
        with self.assertRaises(ValueError):
            curve(4.0)

    def test_needs_its_turns_in_order(self):
        with self.assertRaises(ValueError):
            Curve([Turn(at(6), 1.0), Turn(at(0), 4.0)])


class HeightAt(unittest.TestCase):
    def test_the_first_turn(self):
        self.assertAlmostEqual(curve(1.0, 5.0, 2.0).height_at(at(0)), 1.0)

    def test_a_turn_between(self):
        self.assertAlmostEqual(curve(1.0, 5.0, 2.0).height_at(at(6)), 5.0)

    def test_half_way_up(self):
        self.assertAlmostEqual(curve(1.0, 5.0, 2.0).height_at(at(3)), 3.0)

    def test_slow_at_the_turn(self):
        self.assertAlmostEqual(curve(1.0, 5.0).height_at(at(2)), 2.0)

    def test_before_the_table(self):
        with self.assertRaises(OutsideTable):
            curve(1.0, 5.0).height_at(at(-1))

    def test_after_the_table(self):
        with self.assertRaises(OutsideTable):
            curve(1.0, 5.0).height_at(at(6.01))


class Crossings(unittest.TestCase):
    def test_up_and_down(self):
        self.assertEqual(
            curve(1.0, 5.0, 1.0).crossings(3.0),
            [Crossing(at(3), rising=True), Crossing(at(9), rising=False)],
        )

    def test_never(self):
        self.assertEqual(curve(1.0, 5.0, 1.0).crossings(6.0), [])

    def test_the_height_there_is_the_level(self):
        tide = curve(0.7, 4.9, 1.3)
        for crossing in tide.crossings(2.2):
            self.assertAlmostEqual(tide.height_at(crossing.at), 2.2, places=5)

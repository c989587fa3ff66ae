import unittest
from datetime import datetime, timedelta

from tidemark.curve import Turn
from tidemark.ports import Differences, Levels, SecondaryPort, predict
from tidemark.table import Table

OLD_QUAY = SecondaryPort(
    name="Old Quay",
    high=Differences(later=timedelta(minutes=20), springs=0.6, neaps=0.2),
    low=Differences(later=timedelta(minutes=-10), springs=-0.1, neaps=0.3),
    standard_high=Levels(springs=5.0, neaps=4.0),
    standard_low=Levels(springs=0.5, neaps=1.5),
)


def table(*heights: float) -> Table:
    start = datetime(2023, 5, 1)
    return Table(
        "Great Skerry", tuple(Turn(start + timedelta(hours=6 * index), h) for index, h in enumerate(heights))
    )


class Predict(unittest.TestCase):
    def test_the_name(self):
        self.assertEqual(predict(table(5.0, 0.5), OLD_QUAY).port, "Old Quay")

    def test_springs(self):
        heights = [turn.height for turn in predict(table(5.0, 0.5, 5.0), OLD_QUAY).turns]
        for height, expected in zip(heights, [5.6, 0.4, 5.6], strict=True):
            self.assertAlmostEqual(height, expected)

    def test_high_water_is_later_and_low_water_earlier(self):
        turns = predict(table(5.0, 0.5), OLD_QUAY).turns
        self.assertEqual([turn.at for turn in turns], [datetime(2023, 5, 1, 0, 20), datetime(2023, 5, 1, 5, 50)])

    def test_a_table_that_begins_with_low_water(self):
        turns = predict(table(0.5, 5.0), OLD_QUAY).turns
        self.assertEqual([turn.at for turn in turns], [datetime(2023, 4, 30, 23, 50), datetime(2023, 5, 1, 6, 20)])

import unittest
from datetime import datetime, timedelta

from tidemark.windows import Window, difference, intersection, total, union


def window(start: int, end: int) -> Window:
    return Window(datetime(2023, 5, 1, start), datetime(2023, 5, 1, end))


class AWindow(unittest.TestCase):
    def test_holds_its_start_and_not_its_end(self):
        self.assertIn(datetime(2023, 5, 1, 6), window(6, 9))
        self.assertNotIn(datetime(2023, 5, 1, 9), window(6, 9))

    def test_cannot_end_before_it_starts(self):
        with self.assertRaises(ValueError):
            window(9, 6)


class Union(unittest.TestCase):
    def test_apart(self):
        self.assertEqual(union([window(8, 9), window(2, 4)]), [window(2, 4), window(8, 9)])

    def test_overlapping(self):
        self.assertEqual(union([window(2, 5), window(4, 9)]), [window(2, 9)])

    def test_touching(self):
        self.assertEqual(union([window(2, 4), window(4, 9)]), [window(2, 9)])

    def test_of_nothing(self):
        self.assertEqual(union([]), [])


class Intersection(unittest.TestCase):
    def test_overlapping(self):
        self.assertEqual(intersection([window(2, 5)], [window(4, 9)]), [window(4, 5)])

    def test_several(self):
        self.assertEqual(
            intersection([window(1, 4), window(6, 12)], [window(3, 7), window(9, 10)]),
            [window(3, 4), window(6, 7), window(9, 10)],
        )

    def test_touching_share_nothing(self):
        self.assertEqual(intersection([window(2, 4)], [window(4, 9)]), [])


class Difference(unittest.TestCase):
    def test_nothing_cut(self):
        self.assertEqual(difference([window(2, 4)], [window(6, 8)]), [window(2, 4)])

    def test_cut_at_the_start(self):
        self.assertEqual(difference([window(2, 6)], [window(1, 3)]), [window(3, 6)])

    def test_cut_at_the_end(self):
        self.assertEqual(difference([window(2, 6)], [window(5, 8)]), [window(2, 5)])

    def test_cut_whole(self):
        self.assertEqual(difference([window(2, 6)], [window(1, 8)]), [])

    def test_each_window_is_cut(self):
        self.assertEqual(difference([window(2, 6), window(8, 12)], [window(5, 9)]), [window(2, 5), window(9, 12)])


class Total(unittest.TestCase):
    def test_no_moment_counts_twice(self):
        self.assertEqual(total([window(2, 5), window(4, 9)]), timedelta(hours=7))

import unittest
from datetime import datetime

from tidemark.errors import TableError
from tidemark.table import read_table

TEXT = """\
port: Great Skerry

2023-05-01
  03:12   4.8 m
  09:20   0.9 m
# Monday's evening tide is the highest of the month.
  15:40   5.3 m
2023-05-02
  04:01   16 ft 3 in
"""


class ReadTable(unittest.TestCase):
    def test_the_port(self):
        self.assertEqual(read_table(TEXT).port, "Great Skerry")

    def test_the_turns(self):
        turns = read_table(TEXT).turns
        self.assertEqual(
            [turn.at for turn in turns[:2]], [datetime(2023, 5, 1, 3, 12), datetime(2023, 5, 1, 9, 20)]
        )
        self.assertEqual([turn.height for turn in turns[:3]], [4.8, 0.9, 5.3])

    def test_the_next_day(self):
        self.assertEqual(read_table(TEXT).turns[3].at, datetime(2023, 5, 2, 4, 1))

    def test_heights_in_feet(self):
        self.assertAlmostEqual(read_table(TEXT).turns[3].height, 4.953)

    def test_a_turn_without_a_day(self):
        with self.assertRaisesRegex(TableError, "expected a day"):
            read_table("port: Great Skerry\n03:12 4.8 m\n")

    def test_a_wrong_day(self):
        with self.assertRaisesRegex(TableError, "2023-02-30"):
            read_table("2023-02-30\n")

    def test_a_wrong_time(self):
        with self.assertRaisesRegex(TableError, "is no time"):
            read_table("2023-05-01\n  03:72   4.8 m\n")

    def test_a_wrong_height(self):
        with self.assertRaisesRegex(TableError, "line 2: .*cubits"):
            read_table("2023-05-01\n  03:12   4.8 cubits\n")

    def test_turns_out_of_order(self):
        with self.assertRaisesRegex(TableError, "not later"):
            read_table("2023-05-01\n  09:20   0.9 m\n  03:12   4.8 m\n")

import unittest
from datetime import datetime

from tidemark.report import columns, passage_report
from tidemark.windows import Window


class Columns(unittest.TestCase):
    def test_as_wide_as_the_widest(self):
        self.assertEqual(
            columns(("port", "depth"), [("Great Skerry", "4 m"), ("Ness", "12 m")]),
            "port          depth\nGreat Skerry  4 m\nNess          12 m",
        )

    def test_the_header_may_be_the_widest(self):
        self.assertEqual(columns(("harbour", "at"), [("Ness", "3")]), "harbour  at\nNess     3")

    def test_no_rows(self):
        self.assertEqual(columns(("port", "at"), []), "port  at")


class PassageReport(unittest.TestCase):
    def test_in_order_of_time(self):
        early = Window(datetime(2023, 5, 1, 3), datetime(2023, 5, 1, 9))
        late = Window(datetime(2023, 5, 1, 15), datetime(2023, 5, 1, 20, 30))
        self.assertEqual(
            passage_report({"Ness": [late], "Old Quay": [early]}).splitlines(),
            [
                "port      day         from   to     for",
                "Old Quay  Mon 01 May  03:00  09:00  6h 00m",
                "Ness      Mon 01 May  15:00  20:30  5h 30m",
            ],
        )

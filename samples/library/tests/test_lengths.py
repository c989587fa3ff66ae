import unittest

from tidemark.errors import LengthError, TidemarkError
from tidemark.lengths import format_length, parse_length


class ParseLength(unittest.TestCase):
    def test_metres(self):
        self.assertAlmostEqual(parse_length("3.2 m"), 3.2)

    def test_no_space_is_needed(self):
        self.assertAlmostEqual(parse_length("80cm"), 0.8)

    def test_feet_and_inches(self):
        self.assertAlmostEqual(parse_length("10 ft 6 in"), 3.2004)

    def test_a_drying_height_is_negative(self):
        self.assertAlmostEqual(parse_length("-0.3 m"), -0.3)

    def test_units_in_capitals(self):
        self.assertAlmostEqual(parse_length("2 Fathoms"), 3.6576)

    def test_an_unknown_unit(self):
        with self.assertRaisesRegex(LengthError, "cubits"):
            parse_length("4 cubits")

    def test_no_number(self):
        with self.assertRaises(TidemarkError):
            parse_length("deep")

    def test_nothing(self):
        with self.assertRaises(LengthError):
            parse_length("")


class FormatLength(unittest.TestCase):
    def test_metres(self):
        self.assertEqual(format_length(3.24), "3.2 m")

    def test_another_unit(self):
        self.assertEqual(format_length(1.8288, "ft", digits=0), "6 ft")

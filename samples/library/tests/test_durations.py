import unittest
from datetime import timedelta

from tidemark.durations import format_duration, parse_duration
from tidemark.errors import DurationError


class ParseDuration(unittest.TestCase):
    def test_hours_and_minutes(self):
        self.assertEqual(parse_duration("1h 30m"), timedelta(hours=1, minutes=30))

    def test_words(self):
        self.assertEqual(parse_duration("2 hours 5 minutes"), timedelta(hours=2, minutes=5))

    def test_minutes_alone(self):
        self.assertEqual(parse_duration("45 min"), timedelta(minutes=45))

    def test_hours_alone(self):
        self.assertEqual(parse_duration("3h"), timedelta(hours=3))

    def test_no_number(self):
        with self.assertRaises(DurationError):
            parse_duration("soon")


class FormatDuration(unittest.TestCase):
    def test_minutes_have_two_digits(self):
        self.assertEqual(format_duration(timedelta(hours=1, minutes=5)), "1h 05m")

    def test_less_than_an_hour(self):
        self.assertEqual(format_duration(timedelta(minutes=45)), "0h 45m")

    def test_more_than_a_day(self):
        self.assertEqual(format_duration(timedelta(days=1, hours=2)), "26h 00m")

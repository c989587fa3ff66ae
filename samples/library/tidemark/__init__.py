"""When can a ship pass the bar? Tide tables, the curve between their turns, and windows of time."""

from tidemark.curve import Crossing, Curve, Turn
from tidemark.durations import format_duration, parse_duration
from tidemark.errors import DurationError, LengthError, OutsideTable, TableError, TidemarkError
from tidemark.lengths import format_length, parse_length
from tidemark.passage import next_passage, passages, windows_above
from tidemark.ports import Differences, Levels, SecondaryPort, predict
from tidemark.report import columns, passage_report
from tidemark.table import Table, read_table
from tidemark.windows import Window, difference, intersection, total, union

__version__ = "0.1.0"

__all__ = [
    "Crossing",
    "Curve",
    "Differences",
    "DurationError",
    "LengthError",
    "Levels",
    "OutsideTable",
    "SecondaryPort",
    "Table",
    "TableError",
    "TidemarkError",
    "Turn",
    "Window",
    "columns",
    "difference",
    "format_duration",
    "format_length",
    "intersection",
    "next_passage",
    "parse_duration",
    "parse_length",
    "passage_report",
    "passages",
    "predict",
    "read_table",
    "total",
    "union",
    "windows_above",
]

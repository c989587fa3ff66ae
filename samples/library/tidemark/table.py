"""Tide tables in plain text.

    port: Great Skerry

    2023-05-01
      03:12   4.8 m
      09:20   0.9 m
    # Monday's evening tide is the highest of the month.
      15:40   5.3 m

A table names its port, then gives for every day its turns, a line each. Lines that begin with # are
comments; empty lines and indentation mean nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from tidemark.curve import Turn
from tidemark.errors import LengthError, TableError
from tidemark.lengths import parse_length


@dataclass(frozen=True)
class Table:
    """A port and its turns, in order."""

    port: str
    turns: tuple[Turn, ...]


def read_table(text: str) -> Table:
    """The table in the text; `TableError` says which line is wrong, and how."""
    port = ""
    day: date | None = None
    turns: list[Turn] = []
    lines = [line.strip() for line in text.splitlines()]
    content = [line for line in lines if line and not line.startswith("#")]
    for number, line in enumerate(content, start=1):
        if line.startswith("port:"):
            port = line.removeprefix("port:").strip()
        elif line[0].isdigit() and ":" not in line:
            day = _read_day(number, line)
        elif day is None:
            raise TableError(number, f"expected a day, such as 2023-05-01, and found {line!r}")
        else:
            turns.append(_read_turn(number, day, line))
            if len(turns) > 1 and turns[-1].at <= turns[-2].at:
                raise TableError(number, f"{line!r} is not later than the turn before it")
    return Table(port, tuple(turns))


def _read_day(number: int, line: str) -> date:
    try:
        return date.fromisoformat(line)
    except ValueError as error:
        raise TableError(number, f"{line!r} is no day: expected one such as 2023-05-01") from error


def _read_turn(number: int, day: date, line: str) -> Turn:
    clock, _, height = line.partition(" ")
    try:
        return Turn(datetime.combine(day, time.fromisoformat(clock)), parse_length(height))
    except LengthError as error:
        raise TableError(number, str(error)) from error
    except ValueError as error:
        raise TableError(number, f"{clock!r} is no time: expected one such as 03:12") from error

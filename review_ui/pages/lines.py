"""What all pages are made of."""

from __future__ import annotations

from rich.text import Text

from review_ui.shown import shown_lines

ADDED, REMOVED, PLACE, HEAD, FAINT, TRAILING = "green", "red", "cyan", "bold", "dim", "reverse"
Page = list[Text]


def prose(text: str) -> Page:
    """Text for reading, broken at words where a terminal is narrower."""
    return [Text(line) for line in shown_lines(text)]


def heading(text: str) -> Text:
    """A line that stands out, in print and to the ear."""
    return Text(f"== {text} ==", HEAD)


def count(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number} {noun}" + ("" if number == 1 else "s")

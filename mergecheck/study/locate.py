"""Where in a TOML text each value stands, because `tomllib` does not say.

The scanner walks a text that `tomllib` has already accepted, so it knows only where tokens end; it judges and
decodes nothing but quoted keys.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from itertools import accumulate

Place = tuple[str | int, ...]
"""Keys and positions (from 0) from the root to a value: ("submissions", 1, "released")."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACES = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")
_STRING = re.compile(
    # A closing triple quote takes up to two quotes more, which belong to the text.
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


def locate(text: str) -> dict[Place, int]:
    """The line (from 1) of every table, key and array element of a valid TOML text whose lines end in "\\n".

    A key and its value count as standing where the key stands; a table at its own header, or, where it has
    none, at the first key that implies it. The root stands on line 1.
    """
    return _Scanner(text).scan()


def line_of(lines: dict[Place, int], place: Place) -> int:
    """The line of a place, or of the nearest table around it (for a key that is missing)."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self.lines: dict[Place, int] = {(): 1}
        self.implied: set[Place] = set()
        self.rows: dict[Place, int] = {}

    def scan(self) -> dict[Place, int]:
        here: Place = ()
        while self._skip(_BLANK) < len(self.text):
            if self.text.startswith("[", self.at):
                here = self._header()
            else:
                self._pair(here)
        return self.lines

    def _header(self) -> Place:
        line, many = self._line(), self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        names = self._key()
        self.at += 2 if many else 1
        here: Place = ()
        for name in names[:-1]:
            here = self._row((*here, name))
            self._note(here, line, implied=True)
        here = (*here, names[-1])
        if many:
            self.rows[here] = self.rows.get(here, -1) + 1
            self.lines.setdefault(here, line)
        here = self._row(here)
        self._note(here, line)
        return here

    def _row(self, place: Place) -> Place:
        """The last row of an array of tables; any other place is itself."""
        return (*place, self.rows[place]) if place in self.rows else place

    def _pair(self, here: Place) -> None:
        line, names = self._line(), self._key()
        for name in names[:-1]:
            here = (*here, name)
            self._note(here, line, implied=True)
        self._skip(_SPACES)
        self.at += len("=")
        self._skip(_SPACES)
        self._value((*here, names[-1]), line)

    def _value(self, place: Place, line: int) -> None:
        self._note(place, line)
        opening = self.text[self.at]
        if opening == "[":
            self.at += 1
            row = 0
            while not self._closed("]"):
                self._value((*place, row), self._line())
                row += 1
        elif opening == "{":
            self.at += 1
            while not self._closed("}"):
                self._pair(place)
        else:
            self._skip(_STRING if opening in "\"'" else _BARE_VALUE)

    def _closed(self, bracket: str) -> bool:
        """Skip to the next element of an array or inline table; true where it ends instead."""
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_BLANK)
        if self.text.startswith(bracket, self.at):
            self.at += 1
            return True
        return False

    def _key(self) -> list[str]:
        names: list[str] = []
        while not names or self.text.startswith(".", self.at):
            self.at += 1 if names else 0
            start = self._skip(_SPACES)
            quoted = self.text[start] in "\"'"
            token = self.text[start : self._skip(_STRING if quoted else _BARE_KEY)]
            names.append(tomllib.loads(f"key = {token}")["key"] if quoted else token)
            self._skip(_SPACES)
        return names

    def _note(self, place: Place, line: int, *, implied: bool = False) -> None:
        if implied:
            if place not in self.lines:
                self.implied.add(place)
                self.lines[place] = line
        elif place not in self.lines or place in self.implied:
            self.implied.discard(place)
            self.lines[place] = line

    def _skip(self, pattern: re.Pattern[str]) -> int:
        """Move behind what the pattern matches here; the new position."""
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"line {self._line()} is no TOML")
        self.at = found.end()
        return self.at

    def _line(self) -> int:
        return bisect_right(self.starts, self.at)

"""Syntax colour, only as far down as it is looked at, and never for what would make one wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import cast

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class, get_all_lexers
from pygments.token import Token, _TokenType

MOST_CHARACTERS = 400_000
"""A longer text has no colour."""
MOST_IN_LINE = 2_000
"""A longer line has none either."""


class Ink(StrEnum):
    """What a theme has a colour for."""

    KEYWORD = "keyword"
    STRING = "string"
    COMMENT = "comment"
    NUMBER = "number"
    NAME = "name"
    """A function or a class where it is defined."""
    BUILTIN = "builtin"


Run = tuple[int, int, Ink]
"""From, to, and what stands there."""

_INKS: tuple[tuple[_TokenType, Ink], ...] = (
    (Token.Comment, Ink.COMMENT),
    (Token.Literal.String.Doc, Ink.STRING),
    (Token.Literal.String, Ink.STRING),
    (Token.Literal.Number, Ink.NUMBER),
    (Token.Keyword, Ink.KEYWORD),
    (Token.Operator.Word, Ink.KEYWORD),
    (Token.Name.Function, Ink.NAME),
    (Token.Name.Class, Ink.NAME),
    (Token.Name.Tag, Ink.NAME),
    (Token.Name.Decorator, Ink.BUILTIN),
    (Token.Name.Builtin, Ink.BUILTIN),
    (Token.Name.Exception, Ink.BUILTIN),
)


@lru_cache(maxsize=1024)
def _ink(token: _TokenType) -> Ink | None:
    # In Pygments a kind holds the kinds below it, though it is a tuple of names.
    return next((ink for kind, ink in _INKS if token in cast("Container[object]", kind)), None)


class Colours:
    """The colours of one text.

    Args:
        path: its language follows from the name.
        text: read when the first colour is wanted.
        characters: how long it is, where that is known: one that is too long is not even read.

    Attributes:
        why_not: why it has none; empty where it has.
    """

    def __init__(self, path: str, text: Callable[[], str], characters: Callable[[], int] | None = None) -> None:
        self._lexer = _lexer(path)
        self._text = text
        self._characters = characters or (lambda: len(text()))
        self._tokens: Iterator[tuple[int, _TokenType, str]] | None = None
        self._lines: list[list[Run]] = [[]]
        self._column = 0
        self.done = self._lexer is None
        self.why_not = "" if self._lexer is not None else "no colours for this kind of file"

    def line(self, number: int) -> list[Run] | None:
        """The runs of a line, by its number from 1; None where they are not known (yet)."""
        known = len(self._lines) if self.done else len(self._lines) - 1
        return self._lines[number - 1] if 1 <= number <= known and not self.why_not else None

    def read_to(self, number: int, seconds: float) -> bool:
        """Colour down to this line, for so long at most; returns whether that was enough."""
        if self.done:
            return True
        self._begin()
        until = time.monotonic() + seconds
        while not self.done and len(self._lines) <= number:
            self._read(400)
            if time.monotonic() > until:
                return self.done or len(self._lines) > number
        return True

    def _begin(self) -> None:
        if self._tokens is not None or self._lexer is None:
            return
        text = ""
        if self._characters() > MOST_CHARACTERS:
            self.why_not = f"no colours: more than {MOST_CHARACTERS:,} characters"
            self.done = True
        else:
            text = self._text()
        self._tokens = iter(self._lexer.get_tokens_unprocessed(text))

    def _read(self, count: int) -> None:
        assert self._tokens is not None
        for _ in range(count):
            step = next(self._tokens, None)
            if step is None:
                self.done = True
                return
            self._take(_ink(step[1]), step[2])

    def _take(self, ink: Ink | None, text: str) -> None:
        for place, piece in enumerate(text.split("\n")):
            if place:
                self._lines.append([])
                self._column = 0
            if ink is not None and piece and self._column + len(piece) <= MOST_IN_LINE:
                self._lines[-1].append((self._column, self._column + len(piece), ink))
            self._column += len(piece)


@lru_cache(maxsize=1)
def _by_ending() -> dict[str, list[str]]:
    """The lexers' names by what a file's name ends in, or is; Pygments would compile a thousand patterns first."""
    found: dict[str, list[str]] = {}
    for name, _aliases, patterns, _kinds in get_all_lexers(plugins=False):
        for pattern in patterns:
            ending = pattern.removeprefix("*")
            if not set("*?[") & set(ending):
                found.setdefault(ending.lower(), []).append(name)
    return found


def _lexer(path: str) -> Lexer | None:
    name = path.rpartition("/")[2].lower()
    endings = [name, *(name[place:] for place, mark in enumerate(name) if mark == ".")]
    names = next((found for ending in endings if (found := _by_ending().get(ending))), [])
    classes = [found for found in map(find_lexer_class, names) if found is not None]
    if not classes:
        return None
    # As Pygments chooses: the higher priority, then the one listed as the first.
    lexer: Lexer = max(classes, key=lambda found: (found.priority, -len(found.filenames)))(stripnl=False)
    return None if lexer.name == "Text only" else lexer

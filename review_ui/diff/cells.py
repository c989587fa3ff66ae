"""Columns of a terminal: how wide text is, and the one place where it is broken into rows."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size

Span = tuple[int, int]
"""A stretch of a text: from (included), to (excluded)."""

LEAST = 2
"""Nothing is broken into fewer columns: a wide character takes two."""


@lru_cache(maxsize=4096)
def wrap(text: str, width: int) -> tuple[Span, ...]:
    """The rows that a text takes at this width, as spans of it; their number is its height.

    A row ends before a word that has no room in it and has in the next one. Where there is none such (a word that
    is longer than a row, or nothing but blanks before it), it ends after as many characters as it holds. Each row
    is at most `width` columns wide (at least `LEAST`), all spans together are the whole text, and a mark without
    width (a combining accent) stays with the character that it belongs to. An empty text has one row.
    """
    width = max(width, LEAST)
    plain = _plain(text)
    rows: list[Span] = []
    start = 0
    while True:
        limit = min(start + width, len(text)) if plain else _limit(text, start, width)
        if limit == len(text):
            return (*rows, (start, limit))
        end = _before_word(text, start, limit, width)
        rows.append((start, end))
        start = end


def _limit(text: str, start: int, width: int) -> int:
    """How far a row reaches that begins here and is filled up."""
    used = 0
    for offset in range(start, len(text)):
        used += get_character_cell_size(text[offset])
        if used > width:
            return offset
    return len(text)


def _before_word(text: str, start: int, limit: int, width: int) -> int:
    """Where a row ends that could reach up to `limit`, so that no word is broken that need not be."""
    if text[limit] == " ":
        return limit
    first = text.rfind(" ", start, limit) + 1
    # An accent on a blank is part of no word.
    while first > start and get_character_cell_size(text[first]) == 0:
        first = text.rfind(" ", start, first - 1) + 1
    if first <= start or text[start:first].isspace():
        return limit
    beyond = text.find(" ", limit, first + width + 1)
    word = text[first:] if beyond < 0 else text[first:beyond]
    return limit if len(word) > 2 * width or columns_of(word) > width else first


def cut(text: str, skip: int, width: int) -> Span:
    """The span of a text that is seen in `width` columns when `skip` columns are scrolled away.

    A wide character that would stick out on either side is left out.
    """
    if _plain(text):
        return min(skip, len(text)), min(skip + width, len(text))
    start: int | None = None
    column = 0
    for offset, character in enumerate(text):
        columns = get_character_cell_size(character)
        if start is None and column >= skip and columns:
            start = offset
        if start is not None and column + columns > skip + width:
            return start, offset
        column += columns
    return (len(text) if start is None else start), len(text)


def columns_of(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if _plain(text) else cell_len(text)


def _plain(text: str) -> bool:
    """Whether each character takes one column: control characters, which ASCII has too, take none."""
    return text.isascii() and text.isprintable()


def shortened(path: str, width: int) -> str:
    """A path in at most this many columns, shortened in the middle: the file's name is what tells paths apart."""
    if columns_of(path) <= width:
        return path
    if width < 1:
        return ""
    name = path.rpartition("/")[2]
    tail = columns_of(name) + 1 if columns_of(name) + 4 <= width else max((width - 1) * 2 // 3, 0)
    head_end = cut(path, 0, width - 1 - tail)[1]
    return path[:head_end] + "…" + _last(path, min(tail, width - 1 - columns_of(path[:head_end])))


def _last(text: str, width: int) -> str:
    start, used = len(text), 0
    while start and (used := used + get_character_cell_size(text[start - 1])) <= width:
        start -= 1
    return text[start:]

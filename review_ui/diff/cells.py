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

    Each row is at most `width` columns wide (at least `LEAST`), all spans together are the whole text, and a mark
    without width (a combining accent) stays with the character that it belongs to. An empty text has one row.
    """
    width = max(width, LEAST)
    if text.isascii():
        return tuple((start, min(start + width, len(text))) for start in range(0, len(text), width)) or ((0, 0),)
    spans: list[Span] = []
    start = used = 0
    for offset, character in enumerate(text):
        columns = get_character_cell_size(character)
        if used + columns > width:
            spans.append((start, offset))
            start, used = offset, 0
        used += columns
    return (*spans, (start, len(text)))


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

"""Searching in a change."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mergecheck.records import Side
from review_ui.diff.cells import Span

MOST = 100_000
"""A search that finds more stops there and says so."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line that has what was searched for."""

    file: int
    side: Side
    line: int


def pattern(wanted: str) -> re.Pattern[str] | None:
    """What is searched for, taken literally; small letters stand for either case. None where it is empty."""
    if not wanted:
        return None
    return re.compile(re.escape(wanted), re.IGNORECASE if wanted == wanted.lower() else 0)


def search(lines: Iterable[tuple[int, Side, int, str]], wanted: re.Pattern[str]) -> list[Found]:
    """The lines (file, side, number, text) that hold it, in their order."""
    found: list[Found] = []
    for file, side, number, text in lines:
        if wanted.search(text):
            found.append(Found(file, side, number))
            if len(found) == MOST:
                break
    return found


def spans(text: str, wanted: re.Pattern[str]) -> tuple[Span, ...]:
    """Where in a line it stands."""
    return tuple(match.span() for match in wanted.finditer(text) if match.end() > match.start())


def following(found: Sequence[Found], here: int, by: int, line_of: Callable[[Found], int]) -> int | None:
    """The index of the next place (`by` 1) or the one before (-1) as seen from `here`, round the end.

    Args:
        found: in their order.
        here: where one is, on the same scale as `line_of`.
        by: 1 or -1.
        line_of: how far down a place is.
    """
    if not found:
        return None
    if by > 0:
        return bisect_right(found, here, key=line_of) % len(found)
    return (bisect_left(found, here, key=line_of) or len(found)) - 1


def matching(paths: Iterable[str], wanted: str) -> list[str]:
    """The paths that hold each word of what is wanted, in any case of letters, the likeliest first.

    A word in the file's own name counts for more than one in its folders, a short path for more than a long one.
    """
    words = wanted.lower().split()
    ranked = []
    for path in paths:
        low = path.lower()
        if all(word in low for word in words):
            name = low.rpartition("/")[2]
            ranked.append((sum(word not in name for word in words), not name.startswith(wanted.lower()), path))
    if not words:
        return [path for _, _, path in ranked]
    ranked.sort(key=lambda entry: (entry[0], entry[1], len(entry[2]), entry[2]))
    return [path for _, _, path in ranked]

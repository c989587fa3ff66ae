"""A row of a change as strips of the screen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from rich.segment import Segment
from textual.strip import Strip

from mergecheck.records import Side
from review_ui.diff.blocks import Part, Row
from review_ui.diff.cells import Span, columns_of, shortened, wrap
from review_ui.diff.colour import Run
from review_ui.diff.find import spans
from review_ui.diff.lay import Columns, Laid, drawn, lay
from review_ui.diff.words import changed_words
from review_ui.shown import Drawn, shown_lines
from review_ui.themes import Look

if TYPE_CHECKING:
    import re

NO_NEWLINE = "\\ no newline at the end of the file"
HERE, FLAG, RANGE = "▌", "●", "┃"


@dataclass(frozen=True)
class Dress:
    """How rows are put on: all that does not belong to one row."""

    look: Look
    columns: Columns
    wrapped: bool = True
    skip: int = 0
    wanted: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Worn:
    """What one row has on.

    Whether it is the current one, on which side; the side of the range that it is in; its comments, colours
    and, of a head, what it says.
    """

    here: bool = False
    side: Side = Side.NEW
    ranged: Side | None = None
    comments: Sequence[str] = ()
    flags: frozenset[Side] = frozenset()
    runs: Mapping[Side, list[Run]] = field(default_factory=dict)
    head: str = ""
    head_right: str = ""


def height(row: Row, dress: Dress, worn: Worn) -> int:
    """How many rows of the screen a row takes."""
    own = 1
    if row.part in (Part.RUN, Part.SAME):
        laid = lay(row, dress.columns, wrapped=dress.wrapped, skip=dress.skip)
        own = laid.height + len(row.unended[:1])
    return own + sum(len(wrap(line, _comment_width(dress))) for line in _comment_lines(worn))


def painted(row: Row, dress: Dress, worn: Worn, first: int = 0, beyond: int | None = None) -> list[Strip]:
    """The strips of a row, one for each row of the screen.

    Args:
        row: the row.
        dress: how rows are put on.
        worn: what this one has on.
        first, beyond: of a row that is higher than a screen, from where and up to where its strips are wanted.
    """
    if row.part not in (Part.RUN, Part.SAME):
        code, below = [_headline(row, dress, worn)][first:beyond], 1
    else:
        laid = lay(row, dress.columns, wrapped=dress.wrapped, skip=dress.skip)
        below = laid.height
        places = range(below)[first:beyond]
        code = _split(row, laid, dress, worn, places) if row.split else _unified(row, laid, dress, worn, places)
    if beyond is not None and beyond <= below:
        return code
    tail = [_line(NO_NEWLINE, "faint", "", dress, worn.here) for _ in row.unended[:1]]
    for line in _comment_lines(worn):
        tail += _comment(line, dress)
    return code + tail[max(first - below, 0) : None if beyond is None else beyond - below]


def _headline(row: Row, dress: Dress, worn: Worn) -> Strip:
    if row.part is Part.GAP:
        return _line(worn.head, "accent", "panel", dress, worn.here)
    if row.part is Part.NOTE:
        return _line(f"  {row.said}", "faint", "", dress, worn.here)
    width = dress.columns.width
    style = dress.look.style("", "panel", "bh" if worn.here else "b")
    right = f" {worn.head_right} " if worn.head_right else ""
    left = shortened(worn.head, max(width - columns_of(right) - 2, 8))
    strip = Strip([Segment(HERE if worn.here else " ", style), Segment(left, style)])
    room = max(width - strip.cell_length - columns_of(right), 0)
    faint = dress.look.style("faint", "panel", "h" if worn.here else "")
    return Strip([*strip, Segment(" " * room, style), Segment(right, faint)]).crop(0, width)


def _line(text: str, ink: str, ground: str, dress: Dress, here: bool) -> Strip:
    style = dress.look.style(ink, ground, "h" if here else "")
    strip = Strip([Segment(HERE if here else " ", style), Segment(text, style)])
    return strip.crop(0, dress.columns.width).extend_cell_length(dress.columns.width, style)


def _comment_lines(worn: Worn) -> Iterator[str]:
    for comment in worn.comments:
        yield from shown_lines(comment)


def _comment_width(dress: Dress) -> int:
    return max(dress.columns.width - 6, 8)


def _comment(line: str, dress: Dress) -> list[Strip]:
    style, bar = dress.look.style("", "panel"), dress.look.style("warning", "panel", "b")
    strips = []
    for start, end in wrap(line, _comment_width(dress)):
        strip = Strip([Segment("   ┃ ", bar), Segment(line[start:end], style)])
        strips.append(strip.extend_cell_length(dress.columns.width, style).crop(0, dress.columns.width))
    return strips


def _unified(row: Row, laid: Laid, dress: Dress, worn: Worn, places: range) -> list[Strip]:
    side = Side.OLD if row.new is None else Side.NEW
    text = row.old_text if side is Side.OLD else row.new_text
    ground = {"+": "added", "-": "removed", " ": ""}[row.sign]
    words = _words(row, side) if row.changed else ()
    pieces = laid.old if side is Side.OLD else laid.new
    worn = worn if row.part is Part.SAME else _on(worn, side)
    gutter = _Gutter(dress, worn, ground, row.sign, side)
    strips = []
    for place in places:
        margin = gutter.unified(row, first=place == 0)
        strips.append(_code(text, pieces[place], dress, worn, side, ground, words, margin, dress.columns.width))
    return strips


def _split(row: Row, laid: Laid, dress: Dress, worn: Worn, places: range) -> list[Strip]:
    rule = dress.look.style("faint", "")
    both = worn
    halves = []
    for side, number, text, pieces in (
        (Side.OLD, row.old, row.old_text, laid.old),
        (Side.NEW, row.new, row.new_text, laid.new),
    ):
        worn = _on(both, side)
        width = dress.columns.half if side is Side.OLD else dress.columns.width - dress.columns.half - 1
        sign = ("-" if side is Side.OLD else "+") if row.changed and number is not None else " "
        ground = {"+": "added", "-": "removed", " ": ""}[sign]
        words = _words(row, side) if row.changed else ()
        gutter = _Gutter(dress, worn, ground, sign, side)
        strips = []
        for place in places:
            margin = gutter.split(number, first=place == 0)
            piece = pieces[place] if place < len(pieces) else None
            strips.append(_code(text, piece, dress, worn, side, ground, words, margin, width))
        halves.append(strips)
    return [Strip.join([old, Strip([Segment("│", rule)]), new]) for old, new in zip(*halves, strict=True)]


def _on(worn: Worn, side: Side) -> Worn:
    """What the lines of one side have on: a range is of one side, as the comment on it will be."""
    return worn if worn.ranged in (None, side) else replace(worn, ranged=None)


def _words(row: Row, side: Side) -> tuple[Span, ...]:
    if row.split:
        if row.old is None or row.new is None:
            return ()
        return changed_words(row.old_text, row.new_text)[0 if side is Side.OLD else 1]
    if row.partner is None:
        return ()
    if side is Side.OLD:
        return changed_words(row.old_text, row.partner)[0]
    return changed_words(row.partner, row.new_text)[1]


class _Gutter:
    """What stands before a line of code: a mark, a flag for comments, numbers, the sign."""

    def __init__(self, dress: Dress, worn: Worn, ground: str, sign: str, side: Side) -> None:
        marks = ("h" if worn.here else "") + ("r" if worn.ranged and not worn.here else "")
        self._number, self._single = dress.columns.number, dress.columns.single
        self._faint = dress.look.style("faint", ground, marks)
        self._sign = dress.look.style(sign, ground, marks + "b")
        self._mark_style = dress.look.style("accent", ground, marks + "b")
        self._flag_style = dress.look.style("warning", ground, marks + "b")
        self._row_here, self._here = worn.here, worn.here and worn.side is side
        self._ranged = worn.ranged is not None
        self._flag = side in worn.flags
        self._text = sign

    def _mark(self, mine: bool) -> str:
        return HERE if mine else RANGE if self._ranged else " "

    def unified(self, row: Row, *, first: bool) -> list[Segment]:
        old = str(row.old) if row.old is not None and first else ""
        new = str(row.new) if row.new is not None and first else ""
        width = self._number
        return [
            Segment(self._mark(self._row_here), self._mark_style),
            Segment(FLAG if self._flag and first else " ", self._flag_style),
            Segment(f"{new:>{width}} " if self._single else f"{old:>{width}} {new:>{width}} ", self._faint),
            Segment(f"{self._text if first else ' '} ", self._sign),
        ]

    def split(self, number: int | None, *, first: bool) -> list[Segment]:
        shown_number = str(number) if number is not None and first else ""
        return [
            Segment(self._mark(self._here), self._mark_style),
            Segment(FLAG if self._flag and first else " ", self._flag_style),
            Segment(f"{shown_number:>{self._number}} ", self._faint),
            Segment(f"{self._text if first else ' '} ", self._sign),
        ]


def _code(
    text: str,
    piece: Span | None,
    dress: Dress,
    worn: Worn,
    side: Side,
    ground: str,
    words: Sequence[Span],
    margin: list[Segment],
    width: int,
) -> Strip:
    """One strip: margin, the piece of the line with all that stands out in it, and blanks up to the width."""
    marks = ("r" if worn.ranged and not worn.here else "") + ("h" if worn.here else "")
    empty = dress.look.style("", ground, marks)
    if piece is None:
        return Strip(margin).extend_cell_length(width, empty)
    start, end = piece
    made = drawn(text)
    inks: list[str] = [""] * (end - start)
    signs = [marks] * (end - start)
    for first, last, ink in _from(worn.runs.get(side, ()), made, start):
        if made.at(first) >= end:
            break
        _put(inks, ink, made.at(first) - start, made.at(last) - start)
    for first, last in _from(words, made, start):
        if made.at(first) >= end:
            break
        _add(signs, "w", made.at(first) - start, made.at(last) - start)
    if ground == "added":
        kept = len(text.rstrip())
        _add(signs, "s", made.at(kept) - start, made.at(len(text)) - start)
    if dress.wanted is not None:
        for first, last in spans(text, dress.wanted):
            _add(signs, "f", made.at(first) - start, made.at(last) - start)
    segments = list(margin)
    offset = start
    for (kind, mark), run in groupby(zip(inks, signs, strict=True)):
        length = sum(1 for _ in run)
        segments.append(Segment(made.text[offset : offset + length], dress.look.style(kind, ground, mark)))
        offset += length
    strip = Strip(segments).extend_cell_length(width, empty)
    return strip.crop(0, width) if strip.cell_length > width else strip


Stretch = TypeVar("Stretch", Run, Span)


def _from(stretches: Sequence[Stretch], made: Drawn, start: int) -> Sequence[Stretch]:
    """Those that do not end before this place of what is drawn: of a long line, most stand on its other rows."""
    return stretches[bisect_right(stretches, start, key=lambda stretch: made.at(stretch[1])) :]


def _put(inks: list[str], ink: str, start: int, end: int) -> None:
    start, end = max(start, 0), min(end, len(inks))
    if start < end:
        inks[start:end] = [ink] * (end - start)


def _add(signs: list[str], mark: str, start: int, end: int) -> None:
    for place in range(max(start, 0), min(end, len(signs))):
        signs[place] += mark

"""The rows of a document as the screen shows them: painted as they are looked at, never a widget a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from rich.segment import Segment
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mergecheck.records import Comment, Side
from review_ui.diff.blocks import Part, Row
from review_ui.diff.colour import Colours, Run
from review_ui.diff.document import Document, Place, Spot
from review_ui.diff.lay import Columns
from review_ui.themes import Look
from review_ui.widgets.rows_painted import Dress, Worn, height, painted

COLOUR_SECONDS = 0.006
"""So long at most a paint waits for colours; the rest comes after it."""
MOST_STRIPS = 2_000


@dataclass(frozen=True)
class Said:
    """What a view needs from outside of it.

    `head` gives the left and the right of a file's or the change's head; `gap` what stands for hidden lines;
    `path` is the name of a file's side, for its language.
    """

    head: Callable[[Row], tuple[str, str]]
    gap: Callable[[Row], str]


class Kept(NamedTuple):
    """What painted strips are kept under: all that a row looks otherwise by, as long as nothing else changes.

    Whether it stands side by side, so that a layout that comes back finds its rows as they were; the side of the
    current row, None of others; the side of the range that it is in; which of its strips.
    """

    spot: Spot
    split: bool
    here: Side | None
    ranged: Side | None
    first: int
    beyond: int | None


class RowsShown(ScrollView, can_focus=True, inherit_bindings=False):
    """A change, or any text, from one of its rows on.

    Args:
        document: what is shown.
        look: its styles.
        said: the texts of ours between the lines.
        single: it is one text, not two.
    """

    def __init__(self, document: Document, look: Look, said: Said, *, single: bool = False) -> None:
        super().__init__()
        self._single = single
        self.document = document
        self.cursor = Spot(0)
        self.side = Side.NEW
        self.wrapped = True
        self.range_from: Place | None = None
        self._look = look
        self._said = said
        self._top, self._above = Spot(0), 0
        self._skip = 0
        self._wanted: re.Pattern[str] | None = None
        self._comments: dict[tuple[str, str, int], list[Comment]] = {}
        self._flagged: set[tuple[str, str, int]] = set()
        self._colours: dict[tuple[int, Side], Colours] = {}
        self._told: set[tuple[int, Side]] = set()
        self._uncoloured = True
        self._colouring = False
        self._rows: list[tuple[Spot, Strip]] = []
        self._strips: dict[Kept, list[Strip]] = {}
        self._heights: dict[tuple[Spot, bool], int] = {}
        self._number_width = self._digits()

    @property
    def width(self) -> int:
        """The columns that lines have: all but the scroll bar's."""
        return self.scrollable_content_region.width

    @property
    def row(self) -> Row:
        """The current row."""
        return self.document.row(self.cursor)

    def line(self) -> tuple[int, Side, int] | None:
        """File, side and number of the current line; None where the row is no line."""
        row = self.row
        if row.part not in (Part.RUN, Part.SAME):
            return None
        if row.new is None or (row.split and self.side is Side.OLD and row.old is not None):
            return row.file, Side.OLD, row.old or 0
        return row.file, Side.NEW, row.new

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        rows = self._painted_rows()
        if y < len(rows):
            return rows[y][1]
        return Strip([Segment(" " * self.width, self._look.style("", ""))])

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a part of the screen.

        Textual would make every strip anew for borders, padding and opacity, which there are none of here; a strip
        that stays the same one knows what it is in colours and in the terminal's language.
        """
        width, empty = self.region.width, self._look.style("", "")
        strips = [self.render_line(y).adjust_cell_length(width, empty) for y in crop.line_range]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _painted_rows(self) -> list[tuple[Spot, Strip]]:
        if self._rows or not self.width:
            return self._rows
        rows: list[tuple[Spot, Strip]] = []
        spot, most = self._top, self.size.height
        ranged, side = self._ranged(), self._side()
        skipped = self._above
        # What is there to be read comes first: even to load a language takes longer than to paint a screenful.
        budget = 0.0 if self._uncoloured else COLOUR_SECONDS
        self._uncoloured = False
        while len(rows) < most:
            in_range = ranged is not None and ranged[0] <= spot <= ranged[1]
            strips, budget = self._strips_of(spot, budget, side if in_range else None, skipped, most - len(rows))
            rows += [(spot, strip) for strip in strips]
            skipped = 0
            if spot == self.document.last:
                break
            spot = self.document.step(spot, 1)
        self._rows = rows
        return self._rows

    def _strips_of(
        self, spot: Spot, seconds: float, ranged: Side | None, first: int, most: int
    ) -> tuple[list[Strip], float]:
        """So many strips of a row at most, from the first one wanted; and what is left of the time for colours."""
        # Of a row that is higher than the screen only what is seen is painted, and kept.
        begin, beyond = (first, first + most) if self._height(spot) > self.size.height else (0, None)
        key = Kept(spot, self._is_split(spot), self.side if spot == self.cursor else None, ranged, begin, beyond)
        left = seconds
        if (strips := self._strips.get(key)) is None:
            row = self.document.row(spot)
            runs, left = self._runs(row, seconds)
            worn = replace(self._worn(spot, row, ranged=ranged), runs=runs)
            strips = painted(row, self._dress(row.split), worn, begin, beyond)
            # What waits for its colours is not kept.
            if left > 0:
                self._strips[key] = strips
        return strips[first - begin : first - begin + most], left

    def _side(self) -> Side:
        """The side that the current line is on, and so what a comment would be on."""
        line = self.line()
        return self.side if line is None else line[1]

    def _is_split(self, spot: Spot) -> bool:
        return self.document.split(self.document.block(spot))

    def _ranged(self) -> tuple[Spot, Spot] | None:
        if self.range_from is None:
            return None
        spot = self.document.find(self.range_from)
        return min(spot, self.cursor), max(spot, self.cursor)

    def _worn(self, spot: Spot, row: Row, *, ranged: Side | None = None, plain: bool = False) -> Worn:
        comments, flags = self._comments_of(row)
        if plain:
            return Worn(comments=comments)
        head = ("", "")
        if row.part in (Part.FILE, Part.CHANGE):
            head = self._said.head(row)
        elif row.part is Part.GAP:
            head = (self._said.gap(row), "")
        here = spot == self.cursor
        return Worn(here, self._side() if here else self.side, ranged, comments, flags, {}, *head)

    def _comments_of(self, row: Row) -> tuple[list[str], frozenset[Side]]:
        if not self._comments:
            return [], frozenset()
        if row.part is Part.CHANGE:
            return [comment.text for comment in self._comments.get(("", "", 0), ())], frozenset()
        path = self.document.files[row.file].path if row.file >= 0 else ""
        if row.part is Part.FILE:
            return [comment.text for comment in self._comments.get((path, "", 0), ())], frozenset()
        if row.part not in (Part.RUN, Part.SAME):
            return [], frozenset()
        lines = [
            (side, number) for side, number in ((Side.OLD, row.old), (Side.NEW, row.new)) if number is not None
        ]
        texts = [
            comment.text for side, number in lines for comment in self._comments.get((path, side, number), ())
        ]
        return texts, frozenset(side for side, number in lines if (path, side, number) in self._flagged)

    def _runs(self, row: Row, seconds: float) -> tuple[Mapping[Side, list[Run]], float]:
        """The colours of a row's lines, as far as there is time for them; and the time that is left."""
        if row.part not in (Part.RUN, Part.SAME) or not self._look.colour:
            return {}, seconds
        runs: dict[Side, list[Run]] = {}
        # One under the other, context is drawn from the new text.
        sides = [(Side.NEW, row.new)] if row.part is Part.SAME and not row.split else []
        sides = sides or [(Side.OLD, row.old), (Side.NEW, row.new)]
        for side, number in sides:
            if number is None:
                continue
            runs[side] = []
            if seconds > 0 or (row.file, side) in self._colours:
                colours = self.colours(row.file, side)
                known = colours.line(number) is not None or colours.done
                known = known or (seconds > 0 and colours.read_to(number, seconds))
                if colours.why_not and (row.file, side) not in self._told:
                    # The file's head, which tells it, has been painted.
                    self._told.add((row.file, side))
                    self._colour_soon()
                if known:
                    runs[side] = colours.line(number) or []
                    continue
            seconds = 0.0
            self._colour_soon()
        return runs, seconds

    def _colour_soon(self) -> None:
        if not self._colouring:
            self._colouring = True
            self.set_timer(0.02, self._colour, name="colours")

    def _colour(self) -> None:
        self._colouring = False
        self._repaint()

    def why_no_colours(self, file: int, side: Side) -> str:
        """Why a file's side has none; empty where it has, or where nothing of it was painted yet."""
        tried = self._colours.get((file, side))
        return "" if tried is None else tried.why_not

    def colours(self, file: int, side: Side) -> Colours:
        """The colours of a file's side."""
        if (file, side) not in self._colours:
            held = self.document.files[file]
            path = held.path if side is Side.NEW else held.old_path or held.path
            texts = self.document.texts[file]
            self._colours[file, side] = Colours(
                path, lambda: texts.whole(side), lambda: texts.size(side).characters
            )
        return self._colours[file, side]

    def _dress(self, split: bool) -> Dress:
        columns = Columns(self.width, self._number_width, split, self._single)
        return Dress(self._look, columns, self.wrapped, self._skip, self._wanted)

    def _height(self, spot: Spot) -> int:
        key = (spot, self._is_split(spot))
        if key not in self._heights:
            row = self.document.row(spot)
            self._heights[key] = height(row, self._dress(row.split), self._worn(spot, row, plain=True))
        return self._heights[key]

    def _repaint(self) -> None:
        """Paint anew."""
        self._strips.clear()
        self._move()

    def _move(self) -> None:
        """Rows stay as they are, and stand elsewhere; the current one is another."""
        self._rows = []
        if len(self._strips) > MOST_STRIPS:
            self._strips.clear()
        self.refresh()

    def _digits(self) -> int:
        ends = [0]
        for hunks in (file.hunks for file in self.document.files):
            ends += [max(hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count) for hunk in hunks[-1:]]
        return max(3, len(str(max(ends) + 1000)) if max(ends) > 999 else 3)

"""The change on the screen: what is shown of it, and moving in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual import events
from textual.message import Message

from mergecheck.records import Comment, Side
from review_ui.diff.blocks import Part
from review_ui.diff.document import Document, Layout, Spot
from review_ui.diff.find import Found, following, pattern, search
from review_ui.themes import Look
from review_ui.widgets.rows_placed import WIDE, RowsPlaced
from review_ui.widgets.rows_shown import Said

__all__ = ["WIDE", "DiffView", "Said"]

SIDEWAYS = 8


class DiffView(RowsPlaced):
    """A change, or any text, line by line. As `RowsShown`."""

    DEFAULT_CSS = """
    DiffView { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; height: 1fr; }
    """

    class Moved(Message):
        """The current line is another one."""

    def __init__(self, document: Document, look: Look, said: Said, *, single: bool = False) -> None:
        super().__init__(document, look, said, single=single)
        self.found: list[Found] = []
        self.looked_for = ""

    def show(self, document: Document) -> None:
        """Another change, from its beginning."""
        self.document = document
        self.cursor = self._top = Spot(0)
        self._above = self._skip = 0
        self.range_from, self._wanted, self.found, self.looked_for = None, None, [], ""
        self._colours.clear()
        self._told.clear()
        self._uncoloured = True
        self._number_width = self._digits()
        self.document.wide = self.width >= WIDE
        self.changed()

    def set_look(self, look: Look) -> None:
        """Other colours."""
        self._look = look
        self.changed()

    def set_comments(self, comments: Sequence[Comment]) -> None:
        """Show these below the last line of each."""

        def put() -> None:
            self._comments.clear()
            self._flagged.clear()
            for comment in comments:
                path, side = comment.path or "", comment.side or ""
                self._comments.setdefault((path, side, comment.end or 0), []).append(comment)
                lines = range(comment.start or 0, (comment.end or 0) + 1)
                self._flagged |= {(path, side, line) for line in lines}

        # They take rows, above the current line too.
        self._keeping(put)

    def set_layout(self, layout: Layout) -> None:
        """Put the texts otherwise; the current line stays where it was."""
        self._keeping(lambda: setattr(self.document, "layout", layout), same_rows=True)

    def set_wrapped(self, wrapped: bool) -> None:
        """Break long lines, or scroll sideways; the current line stays where it was."""

        def wrap() -> None:
            self.wrapped, self._skip = wrapped, 0

        self._keeping(wrap)

    def fold(self, file: int, folded: bool) -> None:
        """Show only a file's head, or all of it."""
        self._keeping(lambda: self.document.fold(file, folded))

    def open_more(self) -> bool:
        """Show more lines at the gap nearest to the current line; returns whether there is one."""
        gap = self.document.gap_near(self.cursor)
        if gap is None:
            return False
        # What is nearest to where one is comes first; before the first hunk, what is nearest to it.
        above = self.document.find_line(gap.file, Side.NEW, gap.new) >= self.cursor and gap.new != 1
        self._keeping(partial(self.document.open_gap, gap.file, gap.old, from_above=above))
        return True

    def toggle_whole_file(self, file: int) -> None:
        """Show all lines of a file, or again only its hunks."""

        def toggle() -> None:
            if not self.document.open_file(file):
                self.document.close_file(file)

        self._keeping(toggle)

    @property
    def file(self) -> int:
        """The current file; 0 at the head of the change."""
        return max(self.document.block(self.cursor).file, 0)

    def range_lines(self) -> tuple[int, Side, int, int] | None:
        """File, side, first and last line of the marked range, or of the current line; None where that is no line.

        A range is of one file and of one side: the current line's.
        """
        here = self.line()
        if here is None:
            return None
        file, side, end = here
        start = end
        if self.range_from is not None and self.range_from.file == file:
            other = self.range_from.old if side is Side.OLD else self.range_from.new
            if other is None:
                other = self._nearest_on(side)
            start = other or end
        return file, side, min(start, end), max(start, end)

    def _nearest_on(self, side: Side) -> int | None:
        """The nearest line on a side to where the range began, towards the current line."""
        assert self.range_from is not None
        spot = self.document.find(self.range_from)
        by = 1 if spot < self.cursor else -1
        while spot != self.cursor:
            spot = self.document.step(spot, by)
            row = self.document.row(spot)
            number = row.old if side is Side.OLD else row.new
            if number is not None and row.part in (Part.RUN, Part.SAME):
                return number
        return None

    def go(self, spot: Spot, *, middle: bool = False) -> None:
        """Make this the current line, and bring it into sight."""
        self.cursor = spot
        row = self.row
        if row.split and row.part is Part.RUN:
            self.side = Side.OLD if row.new is None else Side.NEW if row.old is None else self.side
        if middle and not self._in_sight():
            self._top, self._above = spot, 0
            self._scroll_back(self.size.height // 3)
        self._bring_into_sight()
        self._move()
        self._place_bar()
        self.post_message(self.Moved())

    def go_to(self, file: int, side: Side, line: int) -> None:
        """Go to a line; a folded file is unfolded and hidden lines around it are shown."""
        if self.document.folded(file):
            self.document.fold(file, False)
        spot = self.document.find_line(file, side, line)
        while self.document.row(spot).part is Part.GAP:
            gap = self.document.block(spot)
            first = gap.new if side is Side.NEW else gap.old
            near_end = line - first >= gap.hidden // 2
            wanted = gap.hidden - (line - first) + 3 if near_end else line - first + 4
            self.document.open_gap(file, gap.old, count=wanted, from_above=not near_end)
            spot = self.document.find_line(file, side, line)
        self.changed()
        self.side = side
        self.go(spot, middle=True)

    def move(self, by: int) -> None:
        """So many rows on or back. Within a row higher than the screen, it is scrolled first."""
        if abs(by) == 1 and self._scroll_within(by):
            return
        self.go(self.document.step(self.cursor, by))

    def page(self, screens: float) -> None:
        """So many screens on or back."""
        rows = max(int(abs(screens) * self.size.height) - (abs(screens) >= 1), 1)
        spot, passed = self.cursor, 0
        by = 1 if screens > 0 else -1
        while passed < rows:
            other = self.document.step(spot, by)
            if other == spot:
                break
            passed += self._height(spot)
            spot = other
        if spot == self.cursor or (self._height(self.cursor) > rows and self._scroll_within(by * rows)):
            return
        self.go(spot)

    def go_hunk(self, by: int) -> bool:
        """To the next hunk or the one before; returns whether there is one."""
        spot = self.document.hunk(self.cursor, by)
        if spot is None:
            return False
        self.go(spot, middle=True)
        return True

    def go_file(self, by: int) -> bool:
        """To the next file's head, or to this one's, then to the one before; returns whether there is one."""
        here = self.document.block(self.cursor).file
        head = self.document.file_spot(here) if here >= 0 else Spot(0)
        wanted = here + 1 if by > 0 else here if self.cursor != head else here - 1
        if not 0 <= wanted < len(self.document.files):
            if by < 0 and here >= 0:
                self.go(Spot(0))
                return True
            return False
        self.go(self.document.file_spot(wanted))
        self._top, self._above = self.cursor, 0
        self._move()
        self._place_bar()
        return True

    def sideways(self, by: int) -> bool:
        """Scroll lines that are not wrapped; returns whether it did."""
        if self.wrapped:
            return False
        self._skip = max(0, self._skip + by * SIDEWAYS)
        self._repaint()
        return True

    def switch_side(self) -> bool:
        """Side by side: the other side's line is the current one; returns whether there is one."""
        row = self.row
        if not row.split or row.old is None or row.new is None:
            return False
        self.side = Side.OLD if self.side is Side.NEW else Side.NEW
        self._move()
        self.post_message(self.Moved())
        return True

    def look_for(self, text: str) -> None:
        """Mark a text wherever it stands; an empty one clears the search."""
        self.looked_for = text
        self._wanted = pattern(text)
        self.found = [] if self._wanted is None else search(self.document.lines(), self._wanted)
        self._repaint()

    def go_found(self, by: int) -> tuple[int, int] | None:
        """To the next place that was found or the one before; its number and how many there are, None of none."""
        index = following(self.found, self.document.line_at(self.cursor), by, self._line_of)
        if index is None:
            return None
        found = self.found[index]
        self.go_to(found.file, found.side, found.line)
        return index + 1, len(self.found)

    def _line_of(self, found: Found) -> int:
        return self.document.line_at(self.document.find_line(found.file, found.side, found.line))

    def on_click(self, event: events.Click) -> None:
        """The line that was clicked is the current one."""
        rows = self._painted_rows()
        if 0 <= event.y < len(rows):
            spot = rows[event.y][0]
            split = self.document.row(spot).split
            self.side = Side.OLD if split and event.x < self.width // 2 else Side.NEW
            self.go(spot)

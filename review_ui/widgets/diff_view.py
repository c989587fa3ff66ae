"""The change on the screen: rows drawn as they are looked at, never a widget a line.

Where one is, is a spot in the document and not a number of rows from the top, so nothing that is folded, wrapped,
opened or resized above it moves it, and a key costs what the screen shows, whatever the length of the change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mergecheck.records import Comment, Side
from review_ui.diff.blocks import Part, Row
from review_ui.diff.colour import Colours, Run
from review_ui.diff.document import Document, Layout, Place, Spot
from review_ui.diff.find import Found, following, pattern, search
from review_ui.diff.lay import Columns
from review_ui.themes import Look
from review_ui.widgets.rows_painted import Dress, Worn, painted

WIDE = 140
"""From so many columns on, `auto` puts texts side by side."""
COLOUR_SECONDS = 0.006
"""So long at most a paint waits for colours; the rest comes after it."""
KEEP_IN_SIGHT = 2
"""So many rows stay in sight above and below the current line."""
SIDEWAYS = 8
MOST_STRIPS = 2_000


@dataclass(frozen=True)
class Said:
    """What a view needs from outside of it.

    `head` gives the left and the right of a file's or the change's head; `gap` what stands for hidden lines;
    `path` is the name of a file's side, for its language.
    """

    head: Callable[[Row], tuple[str, str]]
    gap: Callable[[Row], str]


class DiffView(ScrollView, can_focus=True, inherit_bindings=False):
    """A change, or any text, line by line.

    Args:
        document: what is shown.
        look: its styles.
        said: the texts of ours between the lines.
        single: it is one text, not two.
    """

    DEFAULT_CSS = """
    DiffView { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; height: 1fr; }
    """

    class Moved(Message):
        """The current line is another one."""

    def __init__(self, document: Document, look: Look, said: Said, *, single: bool = False) -> None:
        super().__init__()
        self._single = single
        self.document = document
        self.cursor = Spot(0)
        self.side = Side.NEW
        self.wrapped = True
        self.range_from: Place | None = None
        self.found: list[Found] = []
        self.looked_for = ""
        self._look = look
        self._said = said
        self._top, self._above = Spot(0), 0
        self._skip = 0
        self._wanted: re.Pattern[str] | None = None
        self._comments: dict[tuple[str, str, int], list[Comment]] = {}
        self._flagged: set[tuple[str, str, int]] = set()
        self._colours: dict[tuple[int, Side], Colours] = {}
        self._rows: list[tuple[Spot, Strip]] = []
        self._strips: dict[Spot, list[Strip]] = {}
        self._heights: dict[Spot, int] = {}
        self._placing = False
        self._number_width = self._digits()

    # What it shows.

    @property
    def width(self) -> int:
        """The columns that lines have: all but the scroll bar's."""
        return self.scrollable_content_region.width

    def show(self, document: Document) -> None:
        """Another change, from its beginning."""
        self.document = document
        self.cursor = self._top = Spot(0)
        self._above = self._skip = 0
        self.range_from, self._wanted, self.found, self.looked_for = None, None, [], ""
        self._colours.clear()
        self._number_width = self._digits()
        self.document.wide = self.width >= WIDE
        self.changed()

    def set_look(self, look: Look) -> None:
        """Other colours."""
        self._look = look
        self.changed()

    def set_comments(self, comments: Sequence[Comment]) -> None:
        """Show these below the last line of each."""
        self._comments.clear()
        self._flagged.clear()
        for comment in comments:
            path, side = comment.path or "", comment.side or ""
            self._comments.setdefault((path, side, comment.end or 0), []).append(comment)
            self._flagged |= {(path, side, line) for line in range(comment.start or 0, (comment.end or 0) + 1)}
        self.changed()

    def set_layout(self, layout: Layout) -> None:
        """Put the texts otherwise; the current line stays where it was."""
        self._keeping(lambda: setattr(self.document, "layout", layout))

    def set_wrapped(self, wrapped: bool) -> None:
        """Break long lines, or scroll sideways."""
        self.wrapped, self._skip = wrapped, 0
        self._above = 0
        self.changed()

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

    def _keeping(self, change: Callable[[], object]) -> None:
        """Change how the document stands, and stay at the same line at the same height of the screen."""
        place = self.document.place(self.cursor)
        height = self._height_above_cursor()
        change()
        self.cursor = self.document.find(place)
        self._heights.clear()
        self._top, self._above = self.cursor, 0
        self._scroll_back(height)
        self.changed()

    def changed(self) -> None:
        """Something looks otherwise: paint it all, and measure the scroll bar."""
        self._heights.clear()
        self._repaint()
        whole = Size(self.width, self.document.length + max(self.size.height - 1, 0))
        if self.virtual_size != whole:
            self.virtual_size = whole
        self._place_bar()

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

    # Where one is.

    @property
    def row(self) -> Row:
        """The current row."""
        return self.document.row(self.cursor)

    @property
    def file(self) -> int:
        """The current file; 0 at the head of the change."""
        return max(self.document.block(self.cursor).file, 0)

    def line(self) -> tuple[int, Side, int] | None:
        """File, side and number of the current line; None where the row is no line."""
        row = self.row
        if row.part not in (Part.RUN, Part.SAME):
            return None
        if row.new is None or (row.split and self.side is Side.OLD and row.old is not None):
            return row.file, Side.OLD, row.old or 0
        return row.file, Side.NEW, row.new

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

    # Searching.

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

    # Heights and scrolling.

    def _dress(self, split: bool) -> Dress:
        columns = Columns(self.width, self._number_width, split, self._single)
        return Dress(self._look, columns, self.wrapped, self._skip, self._wanted)

    def _height(self, spot: Spot) -> int:
        if spot not in self._heights:
            row = self.document.row(spot)
            self._heights[spot] = len(painted(row, self._dress(row.split), self._worn(spot, row, plain=True)))
        return self._heights[spot]

    def _scroll_back(self, rows: int) -> None:
        """Move the top of the screen up by so many rows of the screen."""
        rows -= self._above
        self._above = 0
        while rows > 0 and self._top != Spot(0):
            self._top = self.document.step(self._top, -1)
            rows -= self._height(self._top)
        self._above = max(-rows, 0)

    def _height_above_cursor(self) -> int:
        """How many rows of the screen stand above the current line, as it was painted."""
        return next((y for y, (spot, _) in enumerate(self._rows) if spot == self.cursor), self.size.height // 3)

    def _in_sight(self) -> bool:
        spots = [spot for spot, _ in self._painted_rows()]
        return self.cursor in spots and spots.count(self.cursor) >= min(self._height(self.cursor), len(spots))

    def _bring_into_sight(self) -> None:
        height = max(self.size.height, 1)
        mine = self._height(self.cursor)
        margin = KEEP_IN_SIGHT if height > 6 + mine else 0
        if self.cursor <= self._top:
            self._top, self._above = self.cursor, 0
            self._scroll_back(margin)
            return
        passed, spot = -self._above, self._top
        while spot != self.cursor and passed <= height:
            passed += self._height(spot)
            spot = self.document.step(spot, 1)
        if spot == self.cursor and margin <= passed and passed + mine + margin <= height:
            return
        if spot == self.cursor and passed < margin:
            self._top, self._above = self.cursor, 0
            self._scroll_back(margin)
            return
        below = 0 if self.cursor == self.document.last else margin
        self._top, self._above = self.cursor, 0
        self._scroll_back(max(height - mine - below, 0))

    def _scroll_within(self, by: int) -> bool:
        """Scroll a current line that is higher than the screen; returns whether there was more of it."""
        hidden_below = (
            self._height(self.cursor) - self.size.height - (self._above if self._top == self.cursor else 0)
        )
        if self._height(self.cursor) <= self.size.height or self._top != self.cursor:
            return False
        if by > 0 and hidden_below > 0:
            self._above += min(by, hidden_below)
        elif by < 0 and self._above > 0:
            self._above = max(self._above + by, 0)
        else:
            return False
        self._move()
        return True

    def _place_bar(self) -> None:
        self._placing = True
        try:
            self.scroll_y = self.document.line_at(self._top)
        finally:
            self._placing = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The wheel or the scroll bar moved."""
        super().watch_scroll_y(old_value, new_value)
        if not self._placing and round(old_value) != round(new_value):
            self._top, self._above = self.document.spot_at(round(new_value)), 0
            self._move()

    def on_resize(self, event: events.Resize) -> None:
        """The current line keeps its place."""
        wide = self.width >= WIDE
        if wide != self.document.wide:
            self._keeping(lambda: setattr(self.document, "wide", wide))
        self._heights.clear()
        self._above = 0
        self.changed()
        self._bring_into_sight()
        self._repaint()
        self._place_bar()

    def on_click(self, event: events.Click) -> None:
        """The line that was clicked is the current one."""
        rows = self._painted_rows()
        if 0 <= event.y < len(rows):
            spot = rows[event.y][0]
            split = self.document.row(spot).split
            self.side = Side.OLD if split and event.x < self.width // 2 else Side.NEW
            self.go(spot)

    # Painting.

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        rows = self._painted_rows()
        if y < len(rows):
            return rows[y][1]
        return Strip([Segment(" " * self.width, self._look.style("", ""))])

    def _painted_rows(self) -> list[tuple[Spot, Strip]]:
        if self._rows or not self.width:
            return self._rows
        rows: list[tuple[Spot, Strip]] = []
        spot, height = self._top, self.size.height
        ranged = self._ranged()
        skipped = self._above
        budget = COLOUR_SECONDS
        while len(rows) < height:
            in_range = ranged is not None and ranged[0] <= spot <= ranged[1]
            strips, budget = self._strips_of(spot, budget, in_range)
            self._heights[spot] = len(strips)
            rows += [(spot, strip) for strip in strips[skipped:]]
            skipped = 0
            if spot == self.document.last:
                break
            spot = self.document.step(spot, 1)
        self._rows = rows[:height]
        return self._rows

    def _strips_of(self, spot: Spot, seconds: float, in_range: bool) -> tuple[list[Strip], float]:
        """The strips of a row, and what is left of the time for colours."""
        plain = spot != self.cursor and not in_range
        if plain and spot in self._strips:
            return self._strips[spot], seconds
        row = self.document.row(spot)
        runs, left = self._runs(row, seconds)
        strips = painted(row, self._dress(row.split), replace(self._worn(spot, row, ranged=in_range), runs=runs))
        # What waits for its colours is painted again.
        if plain and left > 0:
            self._strips[spot] = strips
        return strips, left

    def _ranged(self) -> tuple[Spot, Spot] | None:
        if self.range_from is None:
            return None
        spot = self.document.find(self.range_from)
        return min(spot, self.cursor), max(spot, self.cursor)

    def _worn(self, spot: Spot, row: Row, *, ranged: bool = False, plain: bool = False) -> Worn:
        comments, flags = self._comments_of(row)
        if plain:
            return Worn(comments=comments)
        head = ("", "")
        if row.part in (Part.FILE, Part.CHANGE):
            head = self._said.head(row)
        elif row.part is Part.GAP:
            head = (self._said.gap(row), "")
        line = self.line() if spot == self.cursor else None
        side = line[1] if line is not None else self.side
        return Worn(spot == self.cursor, side, ranged, comments, flags, {}, *head)

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
            colours = self.colours(row.file, side)
            if colours.line(number) is None and not colours.done and not colours.read_to(number, seconds):
                seconds = 0.0
                self.set_timer(0.02, self._repaint, name="colours")
            runs[side] = colours.line(number) or []
        return runs, seconds

    def colours(self, file: int, side: Side) -> Colours:
        """The colours of a file's side."""
        if (file, side) not in self._colours:
            held = self.document.files[file]
            path = held.path if side is Side.NEW else held.old_path or held.path
            texts = self.document.texts[file]
            self._colours[file, side] = Colours(path, lambda: texts.whole(side))
        return self._colours[file, side]

"""Where a screenful of rows stands in its document, and how it stays there whatever changes above it.

The place is a spot in the document and not a number of rows from the top, so nothing that is folded, wrapped,
opened or resized above it moves it, and a key costs what the screen shows, whatever the length of the change.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.geometry import Size

from review_ui.diff.document import Document, Spot
from review_ui.themes import Look
from review_ui.widgets.rows_shown import RowsShown, Said

WIDE = 140
"""From so many columns on, `auto` puts texts side by side."""
KEEP_IN_SIGHT = 2
"""So many rows stay in sight above and below the current line."""


class RowsPlaced(RowsShown):
    """Rows round a current line that stays in sight. As `RowsShown`."""

    def __init__(self, document: Document, look: Look, said: Said, *, single: bool = False) -> None:
        super().__init__(document, look, said, single=single)
        self._placing = False

    def changed(self) -> None:
        """Something looks otherwise: paint it all, and measure the scroll bar."""
        self._heights.clear()
        self._strips.clear()
        self._stand()

    def _stand(self) -> None:
        """Rows that look as they did stand elsewhere: measure the scroll bar."""
        self._move()
        whole = Size(self.width, self.document.length + max(self.size.height - 1, 0))
        if self.virtual_size != whole:
            self.virtual_size = whole
        self._place_bar()

    def _keeping(self, change: Callable[[], object], *, same_rows: bool = False) -> None:
        """Change how the document stands, and stay at the same line at the same height of the screen.

        `same_rows`: where a row is numbered and laid out as it was before, it looks as it did.
        """
        place = self.document.place(self.cursor)
        height = self._height_above_cursor()
        change()
        self.cursor = self.document.find(place)
        if not same_rows:
            self._heights.clear()
            self._strips.clear()
        self._top, self._above = self.cursor, 0
        self._scroll_back(height)
        self._bring_into_sight()
        self._stand()

    def _scroll_back(self, rows: int) -> None:
        """Move the top of the screen up by so many rows of the screen."""
        rows -= self._above
        self._above = 0
        while rows > 0 and self._top != Spot(0):
            self._top = self.document.step(self._top, -1)
            rows -= self._height(self._top)
        self._above = max(-rows, 0)

    def _height_above_cursor(self) -> int:
        """How many rows of the screen stand above the current line; a third of it where it is out of sight.

        Asked of the rows' heights: what was painted may wait to be painted anew.
        """
        passed, spot = -self._above, self._top
        while spot < self.cursor and passed < self.size.height:
            passed += self._height(spot)
            spot = self.document.step(spot, 1)
        in_sight = spot == self.cursor and passed < self.size.height
        return max(passed, 0) if in_sight else self.size.height // 3

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

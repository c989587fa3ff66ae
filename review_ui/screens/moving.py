"""Moving in lines on a screen, searching them, copying them, and reading them in an editor."""

from __future__ import annotations

from mergecheck.errors import Refused
from mergecheck.packet.events import Elsewhere
from mergecheck.records import Side
from review_ui import scratch
from review_ui.desk import Desk
from review_ui.diff.find import MOST
from review_ui.screens.base import Keyed
from review_ui.shown import shown
from review_ui.widgets.diff_view import DiffView
from review_ui.widgets.search_bar import SearchBar

LIVE_LINES = 20_000
"""A longer change is searched when the search is given, not at each letter."""


class Moving(Keyed[None]):
    """A screen with a view of lines, and the keys to move in it and to search it."""

    desk: Desk

    @property
    def view(self) -> DiffView:
        """The lines."""
        return self.query_one(DiffView)

    def action_down(self) -> None:
        """One line down."""
        self.view.move(1)

    def action_up(self) -> None:
        """One line up."""
        self.view.move(-1)

    def action_half_down(self) -> None:
        """Half a screen down."""
        self.view.page(0.5)

    def action_half_up(self) -> None:
        """Half a screen up."""
        self.view.page(-0.5)

    def action_page_down(self) -> None:
        """A screen down."""
        self.view.page(1)

    def action_page_up(self) -> None:
        """A screen up."""
        self.view.page(-1)

    def action_top(self) -> None:
        """To the first line."""
        self.view.go(self.view.document.spot_at(0))

    def action_bottom(self) -> None:
        """To the last line."""
        self.view.go(self.view.document.last)

    def action_left(self) -> None:
        """Scroll to the left."""
        self._sideways(-1)

    def action_right(self) -> None:
        """Scroll to the right."""
        self._sideways(1)

    def _sideways(self, by: int) -> None:
        if not self.view.sideways(by):
            self.say(f"lines are wrapped: {self.keys.key(self.context, 'wrap')} scrolls sideways instead")

    def action_wrap(self) -> None:
        """Break long lines, or scroll sideways."""
        self.view.set_wrapped(not self.view.wrapped)
        self.front.choose(wrapped=self.view.wrapped)
        left, right = (self.keys.key(self.context, name) for name in ("left", "right"))
        self.say(
            "long lines are wrapped" if self.view.wrapped else f"long lines are cut; {left} and {right} scroll"
        )

    # Searching.

    def action_search(self) -> None:
        """Search."""
        self.query_one(SearchBar).open()

    def on_search_bar_wanted(self, event: SearchBar.Wanted) -> None:
        """Count while it is typed; go there when it is given."""
        event.stop()
        if not event.final:
            if self.view.document.length <= LIVE_LINES:
                self.view.look_for(event.text)
                self.say(self._count() if event.text else "")
            return
        self.view.focus()
        self.view.look_for(event.text)
        if event.text:
            self._go_found(1)
        else:
            self.say("")

    def _count(self) -> str:
        return f"[{self._many(len(self.view.found))}]" if self.view.found else "not found"

    def _many(self, found: int) -> str:
        return f"the first {found}" if found >= MOST else str(found)

    def _go_found(self, by: int) -> None:
        place = self.view.go_found(by)
        if place is None:
            self.say("not found" if self.view.looked_for else "nothing is searched for")
        else:
            self.say(f"[{place[0]}/{self._many(place[1])}] {shown(self.view.looked_for)}")

    def action_next_found(self) -> None:
        """To the next place."""
        self._go_found(1)

    def action_previous_found(self) -> None:
        """To the place before."""
        self._go_found(-1)

    def drop_search(self) -> bool:
        """Drop the search; returns whether there was one."""
        if not self.view.looked_for:
            return False
        self.view.look_for("")
        self.say("")
        return True

    # Out of the program.

    def action_copy(self) -> None:
        """Copy the line or the range."""
        lines = self.view.range_lines()
        if lines is None:
            self.say("there is no line here to copy", "wrong")
            return
        file, side, first, last = lines
        texts = self.view.document.texts[file].lines(side)[first - 1 : last]
        # What is pasted into a shell must not be obeyed there either.
        self.app.copy_to_clipboard("\n".join("\t".join(map(shown, text.split("\t"))) for text in texts))
        self.say(
            f"copied {last - first + 1} line{'s' if last > first else ''}, if your terminal takes it (OSC 52)"
        )

    def action_editor(self) -> None:
        """Open a read-only copy at the current line."""
        document = self.view.document
        if not document.files:
            return
        here = self.view.line()
        file = self.view.file if here is None else here[0]
        held = document.files[file]
        side = here[1] if here is not None else Side.NEW if held.new is not None else Side.OLD
        if (held.new if side is Side.NEW else held.old) is None:
            self.say("this file has no text", "wrong")
            return
        name = held.path if side is Side.NEW else held.old_path or held.path
        self.desk.lose_focus(Elsewhere.PROGRAM)
        try:
            with self.app.suspend():
                scratch.edit(name, document.texts[file].whole(side), here[2] if here is not None else 1)
        except Refused as error:
            self.say(str(error), "wrong")
        else:
            self.say("back from a read-only copy: nothing of it is kept")
        self.desk.gain_focus()
        self.app.refresh()

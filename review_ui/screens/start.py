"""The start page: the study, its guidelines, how far one is, what is recorded and sent."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from mergecheck.records import Front
from review_ui import pages
from review_ui.keymap import Context
from review_ui.practice import practice_desk
from review_ui.screens.base import Keyed, headed, scroll_by
from review_ui.screens.end import EndScreen
from review_ui.screens.items import ItemsScreen
from review_ui.screens.review import ReviewScreen
from review_ui.widgets.bound import bound


class StartScreen(Keyed[None]):
    """What one sees first."""

    context = Context.START
    # What Enter is where it was typed before the program had the terminal.
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.START), Binding("ctrl+j", "begin", show=False)]
    DEFAULT_CSS = """
    StartScreen VerticalScroll { scrollbar-size-vertical: 1; }
    StartScreen #start { padding: 1 2; max-width: 104; }
    """

    def compose(self) -> ComposeResult:
        """The page."""
        with VerticalScroll(can_focus=False):
            yield Static(id="start")
        yield from self.feet()

    def on_mount(self) -> None:
        """Show how far one is."""
        super().on_mount()
        self.watch(self.app, "theme", self._fill, init=False)
        self._fill()

    def on_screen_resume(self) -> None:
        """Back from the practice item or the list."""
        super().on_screen_resume()
        self._fill()

    def _fill(self) -> None:
        desk = self.front.desk
        page = [Text(f"The keys: {notice}", "bold") for notice in self.keys.notices]
        page += [Text()] if page else []
        page += pages.start_page(desk)
        self.query_one("#start", Static).update(Group(*headed(page, self.front.look)))
        begin = self.keys.key(self.context, "begin")
        if desk.progress.answered:
            self.say(f"{begin} goes on where you left.")
        else:
            practise = self.keys.key(self.context, "practise")
            self.say(f"{practise}: a practice item first, which does not count. {begin}: the first change.")

    def action_begin(self) -> None:
        """To the item where one left; where all are done, to the end."""
        item = self.front.desk.current
        self._open(item)

    def _open(self, item: str | None) -> None:
        if item is None:
            self.app.push_screen(EndScreen(self.front.desk))
        else:
            self.app.push_screen(ReviewScreen(self.front.desk, item))

    def action_practise(self) -> None:
        """A practice item, at a desk of its own."""
        desk = practice_desk(Front.FULL_SCREEN)
        self.app.push_screen(ReviewScreen(desk, desk.queue[0], practice=True))

    def action_items(self) -> None:
        """All items."""
        self.app.push_screen(ItemsScreen(self.front.desk), lambda item: self._open(item) if item else None)

    def action_down(self) -> None:
        """Scroll down."""
        scroll_by(self.query_one(VerticalScroll), 1)

    def action_up(self) -> None:
        """Scroll up."""
        scroll_by(self.query_one(VerticalScroll), -1)

    def action_page_down(self) -> None:
        """Scroll a screen down."""
        scroll_by(self.query_one(VerticalScroll), self.query_one(VerticalScroll).size.height)

    def action_page_up(self) -> None:
        """Scroll a screen up."""
        scroll_by(self.query_one(VerticalScroll), -self.query_one(VerticalScroll).size.height)

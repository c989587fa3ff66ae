"""All is answered: finish, look again, or go; and where to send which file."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from review_ui import pages
from review_ui.desk import Desk
from review_ui.keymap import Context
from review_ui.screens.base import Dialog, Keyed, headed
from review_ui.screens.items import ItemsScreen
from review_ui.widgets.bound import bound


class EndScreen(Keyed[None]):
    """The end of the queue."""

    context = Context.END
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.END)]
    DEFAULT_CSS = """
    EndScreen VerticalScroll { scrollbar-size-vertical: 1; }
    EndScreen #end { padding: 1 2; max-width: 104; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def relevant(self, name: str) -> bool:
        """Finished is finished."""
        if name == "finish":
            return not self._desk.finished and self._desk.progress.complete
        return name != "undo" or self._desk.undoable is not None

    def compose(self) -> ComposeResult:
        """What was answered, and where to send it."""
        with VerticalScroll(can_focus=False):
            yield Static(id="end")
        yield from self.feet()

    def on_mount(self) -> None:
        """Show it."""
        super().on_mount()
        self.watch(self.app, "theme", self._fill, init=False)
        self._fill()

    def _fill(self) -> None:
        desk = self._desk
        page = [pages.heading("Finished" if desk.finished else "All items are answered"), Text()]
        page += pages.send_page(desk)
        if not desk.finished:
            key = self.keys.key(Context.END, "finish")
            page += [Text(), Text(f"{key} finishes: from then on a verdict changes only by a correction.")]
        for text in page:
            # What is kept whole for copying from a line-by-line terminal would be cut off here.
            text.no_wrap, text.overflow = False, "fold"
        self.query_one("#end", Static).update(Group(*headed(page, self.front.look)))
        self.refresh_legend()

    def action_finish(self) -> None:
        """Ask, then finish."""

        def finished() -> None:
            self._fill()
            self.say("Saved: the review is finished.", "done")

        def answered(yes: bool | None) -> None:
            if yes:
                self.front.record(self._desk.finish, finished)

        self.app.push_screen(Dialog("Finish the review?", "finishes"), answered)

    def action_items(self) -> None:
        """All items."""
        self.app.push_screen(ItemsScreen(self._desk), self._open)

    def _open(self, item: str | None) -> None:
        if item is not None:
            from review_ui.screens.review import ReviewScreen

            self.app.switch_screen(ReviewScreen(self._desk, item))

    def action_undo(self) -> None:
        """Ask, then take the last verdict back."""
        taken: list[str] = []

        def answered(yes: bool | None) -> None:
            if yes:
                self.front.record(lambda: taken.append(self._desk.undo()), lambda: self._open(taken[0]))

        item = self._desk.undoable
        if item is not None:
            number = self._desk.place(item).number
            self.app.push_screen(Dialog(f"Take back your verdict on item {number}?", "takes it back"), answered)

"""All items with their verdicts."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from review_ui import pages
from review_ui.desk import Desk
from review_ui.keymap import Context
from review_ui.screens.base import Keyed
from review_ui.state import Stage
from review_ui.widgets.bound import bound


class Rows(OptionList, inherit_bindings=False):
    """A list whose keys are the screen's."""

    DEFAULT_CSS = """
    Rows, Rows:focus { height: 1fr; border: none; padding: 0; background: $background;
        background-tint: transparent; scrollbar-size-vertical: 1; }
    Rows > .option-list--option { padding: 0 1; }
    Rows > .option-list--option-highlighted, Rows:focus > .option-list--option-highlighted {
        color: $foreground; background: $accent 30%; text-style: bold; }
    Rows:nocolor > .option-list--option-highlighted { text-style: bold reverse; }
    """


class ItemsScreen(Keyed[str | None]):
    """The list; gives the item that was chosen."""

    context = Context.ITEMS
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.ITEMS)]
    DEFAULT_CSS = "ItemsScreen .head { height: 1; background: $panel; text-style: bold; padding: 0 1; }"

    def __init__(self, desk: Desk, here: str | None = None) -> None:
        super().__init__()
        self._desk = desk
        self._here = here

    def compose(self) -> ComposeResult:
        """A head, and a row an item."""
        progress = self._desk.progress
        said = f"{progress.answered} of {progress.total} answered{pages.guess_due_line(progress)}"
        yield Static(Text(said), classes="head")
        yield Rows(*[Option(self._row(item), id=item) for item in self._desk.queue])
        yield from self.feet()

    def on_mount(self) -> None:
        """Point to the item that one came from."""
        super().on_mount()
        rows = self.query_one(Rows)
        rows.highlighted = self._desk.queue.index(self._here) if self._here in self._desk.queue else 0

    def _row(self, item: str) -> Text:
        place = self._desk.place(item)
        wave = f"wave {place.wave}  " if place.waves > 1 else ""
        mark = {Stage.OPEN: "·", Stage.GUESS_DUE: "?", Stage.DONE: "✓"}[self._desk.stage(item)]
        width = len(str(place.total))
        row = Text(f"{mark} {place.number:>{width}}  {wave}{pages.said_of(self._desk, item):<28}", no_wrap=True)
        notes = len(self._desk.review(item).comments)
        row.append(f"{notes} comment{'s' if notes > 1 else ''}  " if notes else "", "dim")
        row.append(pages.title_of(self._desk, item), "dim")
        row.truncate(max(self.app.size.width - 3, 1), overflow="ellipsis")
        return row

    def action_down(self) -> None:
        """One item down."""
        self.query_one(Rows).action_cursor_down()

    def action_up(self) -> None:
        """One item up."""
        self.query_one(Rows).action_cursor_up()

    def action_jump(self) -> None:
        """To this item."""
        number = self.query_one(Rows).highlighted
        self.dismiss(None if number is None else self._desk.queue[number])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """To the item that was clicked."""
        event.stop()
        self.dismiss(event.option_id)

    def action_next_open(self) -> None:
        """To the next item that is not done."""
        rows = self.query_one(Rows)
        here = rows.highlighted or 0
        order = [*range(here + 1, len(self._desk.queue)), *range(here + 1)]
        wanted = next((n for n in order if self._desk.stage(self._desk.queue[n]) is not Stage.DONE), None)
        if wanted is None:
            self.say("all items are done")
        else:
            rows.highlighted = wanted

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)

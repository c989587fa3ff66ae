"""All keys of a place, with a search: made from the table, so it cannot differ from the keys."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from review_ui.keymap import Command, Context, shown_key
from review_ui.screens.base import Keyed, scroll_by
from review_ui.widgets.bound import bound


class HelpScreen(Keyed[None]):
    """The commands of the place that one came from."""

    context = Context.HELP
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.HELP)]
    AUTO_FOCUS: ClassVar[str | None] = "Input"
    DEFAULT_CSS = """
    HelpScreen Input, HelpScreen #help-keys { padding: 0 1; }
    HelpScreen VerticalScroll { scrollbar-size-vertical: 1; }
    """

    def __init__(self, place: Context, commands: tuple[Command, ...]) -> None:
        super().__init__()
        self._place = place
        self._commands = commands

    def compose(self) -> ComposeResult:
        """A search, and what it leaves."""
        yield Input(placeholder="search the keys", id="help-search", compact=True)
        with VerticalScroll(can_focus=False):
            yield Static(id="help-keys")
        yield from self.feet()

    def on_mount(self) -> None:
        """Show them all."""
        super().on_mount()
        self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show those that match."""
        self._show(event.value)

    def _show(self, wanted: str) -> None:
        page = Table.grid(padding=(0, 1))
        page.add_column(width=16)
        page.add_column(width=20)
        page.add_column(overflow="fold")
        for command in self._commands:
            keys = "  ".join(map(shown_key, command.keys))
            if wanted.lower() in f"{keys} {command.title} {command.about} {command.name}".lower():
                page.add_row(Text(keys, "bold"), Text(command.title), Text(command.about, "dim"))
        where = Text(f"\n[{self._place}] is this place's table in keys.toml.", "dim")
        self.query_one("#help-keys", Static).update(Group(page, where))

    def action_down(self) -> None:
        """Scroll down."""
        scroll_by(self.query_one(VerticalScroll), 1)

    def action_up(self) -> None:
        """Scroll up."""
        scroll_by(self.query_one(VerticalScroll), -1)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

"""Time stands still."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Center, Middle
from textual.widgets import Static

from review_ui.desk import Desk
from review_ui.keymap import Context
from review_ui.screens.base import Keyed
from review_ui.widgets.bound import bound


class PauseScreen(Keyed[None]):
    """Nothing of the change is on the screen, and no time counts."""

    context = Context.PAUSE
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.PAUSE)]
    DEFAULT_CSS = "PauseScreen Static.paused { width: auto; text-style: bold; }"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def compose(self) -> ComposeResult:
        """One line."""
        with Middle(), Center():
            key = self.keys.key(self.context, "resume")
            yield Static(Text(f"Paused: no time counts. {key} goes on."), classes="paused")
        yield from self.feet()

    def action_resume(self) -> None:
        """Let time go on."""
        self.front.record(self._desk.resume, self.dismiss)

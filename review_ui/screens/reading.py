"""One text over the screen: the issue where there is no room beside the change, the guidelines."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from review_ui.keymap import Context
from review_ui.screens.base import Keyed, scroll_by
from review_ui.widgets.bound import bound
from review_ui.widgets.prose import Prose


class ReadingScreen(Keyed[None]):
    """A text for reading."""

    context = Context.READING
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.READING)]
    DEFAULT_CSS = "ReadingScreen .head { height: 1; background: $panel; text-style: bold; padding: 0 1; }"

    def __init__(self, head: str, text: str, *, rendered: bool = True) -> None:
        super().__init__()
        self._rendered = rendered
        self._head = head
        self._text = text

    def compose(self) -> ComposeResult:
        """A head, and the text."""
        yield Static(Text(self._head), classes="head")
        yield Prose(self._text, rendered=self._rendered)
        yield from self.feet()

    def action_down(self) -> None:
        """Scroll down."""
        scroll_by(self.query_one(Prose), 1)

    def action_up(self) -> None:
        """Scroll up."""
        scroll_by(self.query_one(Prose), -1)

    def action_page_down(self) -> None:
        """Scroll a screen down."""
        scroll_by(self.query_one(Prose), self.query_one(Prose).size.height)

    def action_page_up(self) -> None:
        """Scroll a screen up."""
        scroll_by(self.query_one(Prose), -self.query_one(Prose).size.height)

    def action_source(self) -> None:
        """Rendered, or as it was written."""
        self.say("rendered" if self.query_one(Prose).toggle_source() else "as it was written")

    def action_close(self) -> None:
        """Back."""
        self.dismiss()

"""What is searched for, typed at the bottom of the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from review_ui.keymap import Context
from review_ui.widgets.bound import bound


class SearchBar(Input):
    """Hidden until it is opened."""

    DEFAULT_CSS = """
    SearchBar { dock: bottom; height: 1; border: none; padding: 0 1; display: none; background: $panel; }
    SearchBar:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.SEARCH)]

    class Wanted(Message):
        """This is to be searched for; `final`: go there."""

        def __init__(self, text: str, *, final: bool) -> None:
            super().__init__()
            self.text = text
            self.final = final

    def __init__(self) -> None:
        super().__init__(placeholder="search; small letters find either case", compact=True)

    def open(self) -> None:
        """Show it, empty."""
        self.value = ""
        self.display = True
        self.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Count while it is typed."""
        event.stop()
        if self.display:
            self.post_message(self.Wanted(self.value, final=False))

    def action_accept(self) -> None:
        """Go to the first place."""
        self.display = False
        self.post_message(self.Wanted(self.value, final=True))

    def action_close(self) -> None:
        """Drop it."""
        self.display = False
        self.post_message(self.Wanted("", final=True))

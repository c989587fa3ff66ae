"""What every screen has: its keys from the table, a line that says what was done, a footer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from review_ui.keyboard import Typed
from review_ui.keymap import CONFIRM, REFUSE, Command, Context, Keys
from review_ui.themes import Look
from review_ui.widgets.legend import Legend, StatusLine

if TYPE_CHECKING:
    from review_ui.app import ReviewApp

Result = TypeVar("Result")


class Keyed(Screen[Result]):
    """A screen of a context; its bindings are that context's commands, its actions their names."""

    context: ClassVar[Context]
    DEFAULT_CSS = "Keyed .feet { dock: bottom; height: 2; }"
    # None would be what the app says, which is the first field there is, hidden or not.
    AUTO_FOCUS: ClassVar[str | None] = ""

    @property
    def front(self) -> ReviewApp:
        """The app."""
        return cast("ReviewApp", self.app)

    @property
    def keys(self) -> Keys:
        """The keys that hold."""
        return self.front.keys

    def relevant(self, name: str) -> bool:
        """Whether the command of this name can be used now."""
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be used now has no key."""
        return self.relevant(action)

    def only_reads(self, typed: Typed) -> bool:
        """Whether what is typed here answers nothing about the item: then it may be typed before one sees it."""
        return True

    def commands(self) -> Iterable[Command]:
        """What can be used now."""
        return [command for command in self.keys.of(self.context) if self.relevant(command.name)]

    def feet(self) -> ComposeResult:
        """The two last lines."""
        with Vertical(classes="feet"):
            yield StatusLine()
            yield Legend()

    def say(self, text: str, kind: str = "", *, then: str = "") -> None:
        """Say it in the line above the footer, and what to do then: where there is no room, of the text less."""
        self.query_one(StatusLine).say(text, kind, then=then)

    def refresh_legend(self) -> None:
        """What matters now has changed."""
        self.query_one(Legend).show(self.commands())

    def on_mount(self) -> None:
        """Show the keys."""
        self.refresh_legend()

    def on_resize(self) -> None:
        """Show as many keys as fit."""
        self.refresh_legend()

    def on_screen_resume(self) -> None:
        """Back from another screen."""
        self.refresh_legend()

    def action_help(self) -> None:
        """All keys of this screen."""
        self.front.help(self)

    def action_palette(self) -> None:
        """Every command by name."""
        self.app.action_command_palette()

    def action_theme(self) -> None:
        """The next theme."""
        self.say(self.front.next_theme())

    def action_quit(self) -> None:
        """Leave."""
        self.front.go()


def scroll_by(page: Widget, rows: int) -> None:
    """Scroll at once: Textual would after the next painting, and of two keys before it know only one."""
    page.scroll_to(y=page.scroll_y + rows, animate=False, immediate=True)


def headed(page: Iterable[Text], look: Look) -> list[Text]:
    """A page for the screen: heads in colour instead of the signs that tell them apart line by line."""
    lines = []
    for line in page:
        if line.plain.startswith("== "):
            line = Text(line.plain.strip("= "), Style.combine([look.style("accent", ""), Style(bold=True)]))
        lines.append(line)
    return lines


class Dialog(ModalScreen[bool]):
    """A question that one key answers with yes; another, or Esc, does not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(CONFIRM, "answer(True)"),
        Binding(f"{REFUSE},n", "answer(False)"),
    ]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > Vertical { width: 72; max-width: 90%; height: auto; padding: 1 2; background: $panel;
        border: solid $accent; }
    """

    def __init__(self, question: str, yes: str = "does it", no: str = "leaves it as it is") -> None:
        super().__init__()
        self._question = question
        self._keys = f"{CONFIRM} {yes} · Esc {no}"

    def compose(self) -> ComposeResult:
        """The question, and its two keys."""
        with Vertical():
            yield Static(Text(self._question))
            yield Static(Text(f"\n{self._keys}", "bold"))

    def action_answer(self, yes: bool) -> None:
        """Yes or no."""
        self.dismiss(yes)


class Trouble(ModalScreen[str]):
    """Something could not be saved: try again, go back, or leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "answer('again')"),
        Binding(REFUSE, "answer('back')"),
        Binding("q", "answer('leave')"),
    ]
    DEFAULT_CSS = Dialog.DEFAULT_CSS.replace("Dialog", "Trouble").replace("$accent", "$error")

    def __init__(self, error: str) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        """What happened, and the keys."""
        with Vertical():
            yield Static(Text(f"NOT saved. {self._error}", "bold"))
            yield Static(Text("\nt tries again · Esc goes back · q leaves"))

    def action_answer(self, wanted: str) -> None:
        """`again`, `back` (nothing was saved), or `leave`."""
        self.dismiss(wanted)

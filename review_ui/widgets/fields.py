"""The fields of a form: a choice of several, with definitions, and one-line answers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea


class FieldChanged(Message):
    """A field was given another answer."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__()
        self.field = name
        self.value = value


class Options(Widget, can_focus=True):
    """One of several answers: by its number, or with the arrows.

    Args:
        name: the field's.
        options: key, title and definition of each.
        chosen: the key chosen before; empty for none.
    """

    DEFAULT_CSS = """
    Options { height: auto; padding: 0 1; }
    Options:focus { background: $panel; }
    """

    def __init__(self, name: str, options: Sequence[tuple[str, str, str]], chosen: str = "") -> None:
        super().__init__(name=name, id=f"field-{name}")
        self._answers = tuple(options)
        self.value = chosen if chosen in {key for key, _, _ in options} else ""

    def render(self) -> Table:
        """A row an answer; a definition that is broken goes on below its title."""
        rows = Table.grid(padding=(0, 1, 0, 0))
        rows.add_column(no_wrap=True)
        rows.add_column(overflow="fold")
        for number, (key, title, definition) in enumerate(self._answers, start=1):
            chosen = key == self.value
            said = Text(title, "bold reverse" if chosen else "bold", end="")
            rows.add_row(
                Text(f"{'▶' if chosen else ' '} {number}", "bold" if chosen else ""),
                Text.assemble(said, f"  {definition}" if definition else ""),
            )
        return rows

    @property
    def how(self) -> str:
        """How one answers."""
        return f"1 to {len(self._answers)}, or the arrows"

    def on_key(self, event: events.Key) -> None:
        """A number chooses; arrows (and j, k) move the choice."""
        keys = [key for key, _, _ in self._answers]
        here = keys.index(self.value) if self.value in keys else -1
        if event.character and event.character.isdecimal() and 1 <= int(event.character) <= len(keys):
            self._choose(keys[int(event.character) - 1])
        elif event.key in ("down", "j"):
            self._choose(keys[min(here + 1, len(keys) - 1)])
        elif event.key in ("up", "k"):
            self._choose(keys[max(here - 1, 0)])
        else:
            return
        event.stop()
        event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        """The row that was clicked, where rows are not broken."""
        self.focus()
        if self.size.height == len(self._answers) and 0 <= event.y < len(self._answers):
            self._choose(self._answers[event.y][0])

    def _choose(self, key: str) -> None:
        self.value = key
        self.refresh()
        self.post_message(FieldChanged(self.name or "", key))


class Field(Vertical):
    """A question with its field, and what is wrong with the answer."""

    DEFAULT_CSS = """
    Field { height: auto; margin-bottom: 1; }
    Field .label { height: auto; text-style: bold; }
    Field .problem { height: auto; color: $error; display: none; }
    Field.wrong .problem { display: block; }
    Field Input { width: 20; }
    Field TextArea { height: 6; border: none; background: $panel; padding: 0 1; }
    """

    def __init__(self, label: str, field: Widget) -> None:
        super().__init__()
        self._label = label
        self.field = field

    def compose(self) -> ComposeResult:
        """Question, field, problem."""
        yield Static(Text(self._label), classes="label")
        yield self.field
        yield Static(classes="problem")

    def refuse(self, text: str) -> None:
        """Say what is wrong with the answer; of a choice, how one chooses instead of how it is kept."""
        if text and isinstance(self.field, Options):
            text = f"{text.partition(':')[0] if ':' in text else 'choose one'}: {self.field.how}"
        self.problem(text)

    def problem(self, text: str) -> None:
        """Say what is wrong; empty where nothing is."""
        self.set_class(bool(text), "wrong")
        self.query_one(".problem", Static).update(Text(f"! {text}" if text else ""))


def value_of(field: Widget) -> str:
    """What a field says, as text."""
    if isinstance(field, TextArea):
        return field.text
    if isinstance(field, Input | Options):
        return field.value
    raise TypeError(type(field).__name__)

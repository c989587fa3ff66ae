"""A form over the change: fields by keyboard, kept as they are typed, checked by the desk's own rules."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static, TextArea

from review_ui.asking import Fields
from review_ui.desk import Desk
from review_ui.fields import InvalidAnswer
from review_ui.keyboard import Typed
from review_ui.screens.base import Keyed
from review_ui.screens.questions import SHORT
from review_ui.widgets.fields import Field, FieldChanged, value_of


class FormScreen(Keyed[bool]):
    """What both forms share. Gives True once the answer is on disk."""

    DEFAULT_CSS = """
    FormScreen { align: center top; }
    FormScreen .head { height: 1; background: $panel; text-style: bold; padding: 0 1; }
    FormScreen VerticalScroll { max-width: 104; scrollbar-size-vertical: 1; }
    FormScreen #fields { height: auto; padding: 1 2; }
    """

    def __init__(self, desk: Desk, item: str, head: str) -> None:
        super().__init__()
        self._desk = desk
        self._item = item
        self._head = head
        self._found: Fields = {}

    def compose(self) -> ComposeResult:
        """A head, and the fields."""
        yield Static(Text(self._head), classes="head")
        with VerticalScroll(can_focus=False), Vertical(id="fields"):
            yield from self._fields()
        yield from self.feet()

    def only_reads(self, typed: Typed) -> bool:
        """A form answers."""
        return False

    def _fields(self) -> ComposeResult:
        raise RuntimeError("each form has fields of its own")

    def _problems(self, fields: Fields) -> Mapping[str, str]:
        raise RuntimeError("each form has problems of its own")

    def on_mount(self) -> None:
        """The first field that is not answered has the focus."""
        super().on_mount()
        self._found = self.fields()
        self._focus_first()
        self._tell()

    def _focus_first(self) -> None:
        fields = list(self.query(Field))
        problems = self._problems(self.fields())
        wanted = next((field for field in fields if field.field.name in problems), fields[-1])
        self.set_focus(wanted.field)

    def fields(self) -> Fields:
        """What the form says now."""
        return {field.field.name or "": value_of(field.field) for field in self.query(Field)}

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(FieldChanged)
    def _changed(self) -> None:
        """Keep it, and say what is missing."""
        # Who only looked at the form has begun nothing.
        if self.fields() != self._found or self._desk.draft(self._item):
            self.front.keep_soon(self._keep)
        for field in self.query(Field):
            field.problem("")
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next field."""
        event.stop()
        self.focus_next()

    def _tell(self) -> None:
        problems = self._problems(self.fields())
        names = [SHORT[name] for name in problems if name in SHORT]
        key = self.keys.key(self.context, "save")
        self.say(f"missing: {'; '.join(names)}" if names else f"complete; {key} saves it")

    def _keep(self) -> None:
        given = {name: text for name, text in self.fields().items() if text}
        self._desk.save_draft(self._item, given)

    def _refused(self, error: Exception) -> None:
        wrong = dict(error.fields) if isinstance(error, InvalidAnswer) else {}
        for field in self.query(Field):
            field.refuse(wrong.pop(field.field.name or "", ""))
        first = next((field for field in self.query(Field) if field.has_class("wrong")), None)
        if first is not None:
            first.field.focus(scroll_visible=False)
            # The line that says what is wrong has no place yet.
            self.call_after_refresh(first.scroll_visible, animate=False, top=True)
        self.say(f"NOT saved: {'; '.join(wrong.values()) or 'see the fields marked with !'}", "wrong")

    def _saved(self) -> None:
        self.front.forget_unsaved()
        self.dismiss(True)

    def _leave(self) -> None:
        self.front.keep_and_leave(lambda: self.dismiss(False))

    def action_next_field(self) -> None:
        """To the next field."""
        self.focus_next()

    def action_previous_field(self) -> None:
        """To the field before."""
        self.focus_previous()


def text_area(name: str, text: str) -> TextArea:
    """A field of several lines."""
    area = TextArea(text, soft_wrap=True, tab_behavior="focus", show_line_numbers=False, compact=True, name=name)
    area.id = f"field-{name}"
    return area


def line(name: str, text: str) -> Input:
    """A field of one line."""
    return Input(text, name=name, id=f"field-{name}", compact=True, select_on_focus=True)

"""The form of the question that comes after a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from mergecheck.records import Author
from review_ui.asking import Fields
from review_ui.desk import Desk
from review_ui.fields import read_guess
from review_ui.forms import guess_form_problems
from review_ui.keymap import Context
from review_ui.screens.form import FormScreen, line
from review_ui.screens.questions import AUTHORS, KNOWN, LABELS
from review_ui.widgets.bound import bound
from review_ui.widgets.fields import Field, FieldChanged, Options


class GuessScreen(FormScreen):
    """Who may have written it, and whether it was known: after the verdict, so that it cannot colour it."""

    context = Context.GUESS
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.GUESS)]

    def __init__(self, desk: Desk, item: str) -> None:
        super().__init__(desk, item, f"Item {desk.place(item).number}: who may have written it")
        self._before = desk.draft(item)

    def _fields(self) -> ComposeResult:
        before = self._before
        yield Field(LABELS["guess"], Options("guess", AUTHORS, before.get("guess", "")))
        yield Field(LABELS["guess_confidence"], line("guess_confidence", before.get("guess_confidence", "")))
        yield Field(LABELS["recognised"], Options("recognised", KNOWN, before.get("recognised", "")))

    def on_mount(self) -> None:
        """As the answers given before have it."""
        super().on_mount()
        self._show_confidence(self._before.get("guess", ""))

    def on_field_changed(self, event: FieldChanged) -> None:
        """Who cannot tell is not asked how sure."""
        if event.field == "guess":
            self._show_confidence(event.value)

    def _show_confidence(self, guess: str) -> None:
        field = self.query_one("#field-guess_confidence", Input)
        assert field.parent is not None
        field.disabled = guess == Author.CANNOT_TELL
        if field.disabled:
            field.value = ""

    def _problems(self, fields: Fields) -> Mapping[str, str]:
        problems = guess_form_problems(fields)
        if not fields.get("guess_confidence") and fields.get("guess") in (Author.HUMAN, Author.AI):
            problems.setdefault("guess_confidence", "give a whole number from 1 to 10")
        return problems

    def action_save(self) -> None:
        """Save it, if nothing is missing."""
        self.front.record(self._write, self._saved, self._refused)

    def _write(self) -> None:
        self._desk.guess(self._item, read_guess(self.fields()))

    def action_later(self) -> None:
        """Back to the change; the question stays open."""
        self._leave()

"""A form over the change: fields by keyboard, kept as they are typed, checked by the desk's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from mergecheck.packet.form import Choice, Form
from mergecheck.records import Author, Decision
from review_ui import pages
from review_ui.asking import Fields
from review_ui.desk import Desk
from review_ui.fields import InvalidAnswer, as_fields, minutes_text, read_guess, read_verdict
from review_ui.forms import carried, guess_form_problems, verdict_problems
from review_ui.keyboard import Typed
from review_ui.keymap import Context
from review_ui.screens.base import Keyed
from review_ui.screens.questions import AUTHORS, DECISIONS, KNOWN, LABELS, SHORT
from review_ui.screens.reading import ReadingScreen
from review_ui.shown import shown
from review_ui.widgets.bound import bound
from review_ui.widgets.fields import Field, FieldChanged, Options, value_of


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
        self._given: Fields = {}

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
        self.front.keep_now()
        self.dismiss(False)

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


class VerdictScreen(FormScreen):
    """The verdict: first, revised, or corrected with a reason."""

    context = Context.FORM
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.FORM)]

    def __init__(self, desk: Desk, item: str, decision: Decision | None = None) -> None:
        place = desk.place(item)
        self._correcting = not desk.revisable(item)
        super().__init__(desk, item, f"{'Correction' if self._correcting else 'Verdict'} on item {place.number}")
        final = desk.review(item).final
        standing = as_fields(final) if final is not None else {}
        before = {**standing, **desk.draft(item)}
        wanted = decision.value if decision is not None else before.get("decision", "")
        self._before = {**carried(before, wanted or None), "decision": wanted}
        self._offered = desk.baseline(item)

    def _fields(self) -> ComposeResult:
        form, before = self._desk.form, self._before
        decision = before.get("decision", "")
        if self._correcting:
            yield Field(LABELS["why"], text_area("why", before.get("why", "")))
        yield Field(LABELS["decision"], Options("decision", DECISIONS, decision))
        yield from (Field(self._label(name), field) for name, field in self._answers(form, decision, before))

    def _label(self, name: str) -> str:
        again = name == "baseline_minutes" and self._offered is not None
        return LABELS[name] + (" (as before for this issue)" if again else "")

    def _answers(self, form: Form, decision: str, before: Fields) -> list[tuple[str, Widget]]:
        if decision == Decision.SKIP:
            return [
                ("skip_reason", _choice("skip_reason", form.skip_reasons, before)),
                ("comment", text_area("comment", before.get("comment", ""))),
            ]
        if not decision:
            return []
        accepted = decision == Decision.ACCEPT
        offered = "" if self._offered is None else minutes_text(self._offered)
        fields: list[tuple[str, Widget]] = []
        if not accepted:
            fields.append(("reason", _choice("reason", form.reasons, before)))
        fields += [
            ("progress", line("progress", before.get("progress", "100" if accepted else ""))),
            ("confidence", line("confidence", before.get("confidence", ""))),
            ("baseline_minutes", line("baseline_minutes", before.get("baseline_minutes", offered))),
            ("comment", text_area("comment", before.get("comment", ""))),
        ]
        return fields

    def _problems(self, fields: Fields) -> Mapping[str, str]:
        return verdict_problems(self._desk.form, fields)

    async def on_field_changed(self, event: FieldChanged) -> None:
        """Another decision asks for other fields; what was given stays where it still belongs."""
        if event.field == "decision" and event.value != self._before.get("decision"):
            given = {**self._before, **self.fields()}
            self._before = {**carried({**given, "decision": self._before.get("decision", "")}, event.value)}
            self._before["decision"] = event.value
            box = self.query_one("#fields", Vertical)
            keep = 2 if self._correcting else 1
            await box.remove_children(list(box.children)[keep:])
            await box.mount_all(
                Field(self._label(name), field)
                for name, field in self._answers(self._desk.form, event.value, self._before)
            )
            self._tell()

    def action_save(self) -> None:
        """Save it, if nothing is missing."""
        self.front.record(self._write, self._saved, self._refused)

    def _write(self) -> None:
        fields = self.fields()
        problems = self._problems(fields)
        if problems:
            raise InvalidAnswer(problems)
        verdict = read_verdict(self._desk.form, fields)
        if self._correcting:
            self._desk.correct(self._item, verdict, fields["why"])
        else:
            self._desk.verdict(self._item, verdict)

    def action_change(self) -> None:
        """Back to the change; what was given is kept."""
        self._leave()

    def action_issue(self) -> None:
        """Read the issue."""
        self.app.push_screen(ReadingScreen("The issue", self._desk.issue(self._item)))

    def action_guidelines(self) -> None:
        """Read the guidelines."""
        self.app.push_screen(ReadingScreen("Guidelines", self._desk.manifest.guidelines))

    def action_comments(self) -> None:
        """Read one's comments."""
        page = "\n".join(text.plain for text in pages.comments_page(self._desk, self._item))
        self.app.push_screen(ReadingScreen("Your comments", f"```\n{page}\n```"))


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


def _choice(name: str, choices: tuple[Choice, ...], before: Fields) -> Options:
    options = [(choice.key, shown(choice.title), shown(choice.definition)) for choice in choices]
    return Options(name, options, before.get(name, ""))

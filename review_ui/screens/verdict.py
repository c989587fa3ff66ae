"""The form of a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from mergecheck.packet.form import Choice, Form
from mergecheck.records import Decision
from review_ui import pages
from review_ui.asking import Fields
from review_ui.desk import Desk
from review_ui.fields import InvalidAnswer, as_fields, minutes_text, read_verdict
from review_ui.forms import carried, verdict_problems
from review_ui.keymap import Context
from review_ui.screens.form import FormScreen, line, text_area
from review_ui.screens.questions import DECISIONS, LABELS
from review_ui.screens.reading import ReadingScreen
from review_ui.shown import shown
from review_ui.widgets.bound import bound
from review_ui.widgets.fields import Field, FieldChanged, Options


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
        self.app.push_screen(ReadingScreen("Your comments", page, rendered=False))


def _choice(name: str, choices: tuple[Choice, ...], before: Fields) -> Options:
    options = [(choice.key, shown(choice.title), shown(choice.definition)) for choice in choices]
    return Options(name, options, before.get(name, ""))

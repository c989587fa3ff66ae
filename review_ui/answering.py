"""Verdicts and the question who may have written a change, line by line: asked, kept as given, saved."""

from __future__ import annotations

from collections.abc import Callable

from mergecheck.errors import AnswersError, Refused
from mergecheck.records import Decision
from review_ui import pages
from review_ui.asking import Asking, Fields, Left
from review_ui.desk import Desk
from review_ui.fields import InvalidAnswer, as_fields, read_guess, read_verdict
from review_ui.forms import (
    DECISION,
    GUESS_QUESTIONS,
    WHY,
    carried,
    guess_form_problems,
    verdict_problems,
    verdict_questions,
)
from review_ui.looking import Looking
from review_ui.terminal import Terminal


class Answering:
    """Asks for the answers to an item, and writes them.

    Args:
        desk: where they go.
        terminal: where they are asked for.
        looking: what may be looked at in between.
    """

    def __init__(self, desk: Desk, terminal: Terminal, looking: Looking) -> None:
        self._desk = desk
        self._terminal = terminal
        self._looking = looking
        self._unkept: Callable[[], object] | None = None

    def give(self, item: str, decision: Decision) -> bool:
        """The form of an open or revisable item; returns whether a verdict was saved."""
        if not self._desk.revisable(item):
            self._terminal.say("This verdict is closed; c corrects it, with a reason.")
            return False
        return self._fill(item, {"decision": decision.value}, {})

    def change(self, item: str) -> bool:
        """Revise a verdict that is still open, or correct a closed one with a reason; returns whether it was."""
        final = self._desk.review(item).final
        if final is None:
            self._terminal.say("There is no verdict to change yet.")
            return False
        questions = (DECISION,) if self._desk.revisable(item) else (WHY, DECISION)
        before = {**as_fields(final), **self._desk.draft(item)}
        fixed = self._asking(item, lambda fields: verdict_problems(self._desk.form, fields)).ask(
            questions, {}, before
        )
        return fixed is not None and self._fill(item, fixed, before)

    def guess(self, item: str) -> bool | None:
        """Who may have written it; returns whether that was saved, None where the reviewer stopped."""
        asking = self._asking(item, guess_form_problems)
        before: Fields = self._desk.draft(item)
        while True:
            fields = asking.ask(GUESS_QUESTIONS, {}, before)
            if fields is None:
                return None
            try:
                guess = read_guess(fields)
            except InvalidAnswer as error:
                self._terminal.say(str(error), "yellow")
                before = {}
                continue
            self._terminal.say(f"  {pages.guess_line(guess)}")
            if self._confirmed():
                break
            before = fields
        return self.saved(lambda: self._desk.guess(item, guess))

    def saved(self, write: Callable[[], object]) -> bool:
        """Whether an answer is on disk, and says so."""
        if not self.recorded(write):
            return False
        self._terminal.say()
        self._terminal.say("Saved.", pages.HEAD)
        return True

    def recorded(self, write: Callable[[], object], *, back: bool = True) -> bool:
        """Whether it is on disk. A full disk is told, and tried again as long as the reviewer likes.

        Args:
            write: what to do.
            back: whether one can do without it.
        """
        while True:
            try:
                write()
            except (InvalidAnswer, Refused) as error:
                self._terminal.say(str(error), "yellow")
                return False
            except AnswersError as error:
                self._terminal.say(f"NOT saved. {error}", "red")
                or_back = "x goes back to the item, " if back else ""
                key = self._terminal.ask(f"Enter tries again, {or_back}q leaves: ").strip().lower()
                if key == "q":
                    raise Left from error
                if key == "x" and back:
                    return False
                continue
            return True

    def _asking(self, item: str, check: Callable[[Fields], dict[str, str]]) -> Asking:
        looks = {key: lambda key=key: self._looking.look(item, key) for key in ("i", "d", "q")}
        return Asking(self._terminal, check, lambda fields: self._keep(item, fields), looks)

    def _keep(self, item: str, fields: Fields) -> None:
        draft = {**carried(self._desk.draft(item), fields.get("decision")), **fields}
        self.keep(lambda: self._desk.save_draft(item, draft))

    def keep(self, write: Callable[[], object]) -> None:
        """Keep what is being given; where the disk is full, that is told once, and again when one stops."""
        try:
            write()
        except AnswersError as error:
            if self._unkept is None:
                self._terminal.say(str(error), "yellow")
            self._unkept = write
        else:
            self._unkept = None

    def stopped(self) -> None:
        """Say that what was given is kept, once it is; on a full disk it may be tried again."""
        unkept, self._unkept = self._unkept, None
        kept = unkept is None or self.recorded(unkept)
        self._terminal.say(f"Stopped; what you gave is {'kept' if kept else 'NOT kept'}.")

    def _fill(self, item: str, fixed: Fields, before: Fields) -> bool:
        """Ask what the decision needs, save, and say so only then."""
        form = self._desk.form
        self._keep(item, fixed)
        fields = self._asking(item, lambda fields: verdict_problems(form, fields)).ask(
            verdict_questions(form, Decision(fixed["decision"]), self._desk.baseline(item)),
            fixed,
            {**carried(before, fixed["decision"]), **self._desk.draft(item)},
        )
        if fields is None:
            self.stopped()
            return False
        if not self.saved(lambda: self._write(item, fields)):
            return False
        final = self._desk.review(item).final
        assert final is not None
        self._terminal.show(pages.verdict_page(form, final))
        return True

    def _write(self, item: str, fields: Fields) -> None:
        verdict, why = read_verdict(self._desk.form, fields), fields.get("why")
        if why is None:
            self._desk.verdict(item, verdict)
        else:
            self._desk.correct(item, verdict, why)

    def _confirmed(self) -> bool:
        """Whether to save; otherwise it is changed first."""
        while True:
            key = self._terminal.ask("y saves it, c changes it, q leaves: ").strip().lower()
            if key == "q":
                raise Left
            if key in ("y", "c"):
                return key == "y"
            self._terminal.say("Type y, c or q.")

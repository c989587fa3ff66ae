"""The questions of the forms, made from what the packet asks."""

from __future__ import annotations

from collections.abc import Mapping

from mergecheck.packet.form import Choice, Form
from mergecheck.records import Author, Decision, Recognised
from review_ui.asking import Fields, Question
from review_ui.fields import InvalidAnswer, minutes_text, read_guess, read_verdict
from review_ui.shown import shown

COMMENT = Question("comment", "Comment, if you like", several_lines=True)
CONFIDENCE = Question("confidence", "How sure are you, 1 to 10")
WHY = Question("why", "Why does your verdict change", several_lines=True)
DECISION = Question(
    "decision",
    "Decision (a, r, s)",
    choices=("a  accept", "r  request changes", "s  skip"),
    shortcuts={"a": Decision.ACCEPT.value, "r": Decision.REQUEST_CHANGES.value, "s": Decision.SKIP.value},
)


def verdict_questions(form: Form, decision: Decision, minutes: float | None) -> tuple[Question, ...]:
    """What is asked after a decision; `minutes` were given before for the same issue."""
    if decision is Decision.SKIP:
        return (_choice("skip_reason", "Why do you skip it", form.skip_reasons), COMMENT)
    baseline = Question(
        "baseline_minutes",
        "Minutes to write such a change yourself" + (" (as before for this issue)" if minutes is not None else ""),
        default="" if minutes is None else minutes_text(minutes),
    )
    if decision is Decision.ACCEPT:
        progress = Question("progress", "How far is it, 0 to 100 %", default="100")
        return (progress, CONFIDENCE, baseline, COMMENT)
    progress = Question("progress", "How far is it towards a change that you would merge, 0 to 100 %")
    return (_choice("reason", "The core reason", form.reasons), progress, CONFIDENCE, baseline, COMMENT)


def carried(before: Mapping[str, str], decision: str | None) -> Fields:
    """Earlier answers that may be offered under this decision: how far a change is belongs to the decision.

    Without a decision (None: it is not given yet, or not asked) all of them.
    """
    other = decision is not None and before.get("decision", decision) != decision
    return {name: text for name, text in before.items() if not (other and name == "progress")}


def _choice(name: str, prompt: str, choices: tuple[Choice, ...]) -> Question:
    numbered = list(enumerate(choices, start=1))
    return Question(
        name,
        f"{prompt}, 1 to {len(choices)}",
        choices=tuple(
            f"{number}  {shown(choice.title)}" + (f": {shown(choice.definition)}" if choice.definition else "")
            for number, choice in numbered
        ),
        shortcuts={str(number): choice.key for number, choice in numbered},
    )


def _can_tell(given: Mapping[str, str]) -> bool:
    return given.get("guess") != Author.CANNOT_TELL


GUESS_QUESTIONS = (
    Question(
        "guess",
        "Who may have written it (h, a, c)",
        choices=("h  a person", "a  an AI", "c  can't tell"),
        shortcuts={"h": Author.HUMAN.value, "a": Author.AI.value, "c": Author.CANNOT_TELL.value},
    ),
    Question("guess_confidence", "How sure are you of that, 1 to 10", applies=_can_tell),
    Question(
        "recognised",
        "Do you know this change (n, f, y)",
        choices=("n  no", "f  seems familiar", "y  yes, I have seen or written it"),
        shortcuts={"n": Recognised.NO.value, "f": Recognised.FAMILIAR.value, "y": Recognised.YES.value},
    ),
)


def verdict_problems(form: Form, fields: Fields) -> dict[str, str]:
    """What is wrong with a verdict's fields so far: field → what to do."""
    found = {} if fields.get("why", "-").strip() else {"why": "say why the verdict changes"}
    try:
        read_verdict(form, fields)
    except InvalidAnswer as error:
        found |= error.fields
    return found


def guess_form_problems(fields: Fields) -> dict[str, str]:
    """What is wrong with a guess's fields so far: field → what to do."""
    try:
        read_guess(fields)
    except InvalidAnswer as error:
        return error.fields
    return {}

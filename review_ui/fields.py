"""The fields of an answer as text, and what they mean: one set of rules for every front.

A prompt and an answers file both give text. Here it becomes a `Verdict` or a `Guess`, or one message a field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from mergecheck.errors import AnswersError
from mergecheck.packet.form import Form
from mergecheck.records import Author, Decision, Guess, Recognised, Verdict

VERDICT_FIELDS = ("decision", "reason", "progress", "confidence", "baseline_minutes", "comment", "skip_reason")
GUESS_FIELDS = ("guess", "guess_confidence", "recognised")

# A spreadsheet writes whole numbers as 5.0 where a cell of their column is empty.
_WHOLE = re.compile(r"([0-9]{1,9})(?:\.0{1,9})?")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidAnswer(AnswersError):
    """An answer that the form does not take. `fields`: field → what to do."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        super().__init__("; ".join(f"{field}: {advice}" for field, advice in fields.items()))


def read_verdict(form: Form, fields: Mapping[str, str]) -> Verdict:
    """The verdict that these texts give; a field that is absent or blank is not answered.

    Raises:
        InvalidAnswer: with everything that is missing, unreadable or out of range.
    """
    found: dict[str, str] = {}
    decision = _member(Decision, "decision", fields, found)
    progress = _whole("progress", "give a whole number from 0 to 100", fields, found)
    confidence = _whole("confidence", "give a whole number from 1 to 10", fields, found)
    minutes = _number("baseline_minutes", "give the minutes that you would need, more than 0", fields, found)
    if decision is None:
        raise InvalidAnswer(found)
    verdict = cleaned(
        Verdict(
            decision=decision,
            reason=_text("reason", fields),
            progress=progress,
            confidence=confidence,
            baseline_minutes=minutes,
            comment=fields.get("comment", ""),
            skip_reason=_text("skip_reason", fields),
        )
    )
    found = form.problems(verdict) | found
    if found:
        raise InvalidAnswer(found)
    return verdict


def read_guess(fields: Mapping[str, str]) -> Guess:
    """The guess that these texts give.

    Raises:
        InvalidAnswer: with everything that is missing, unreadable or out of range.
    """
    found: dict[str, str] = {}
    author = _member(Author, "guess", fields, found)
    confidence = _whole("guess_confidence", "give a whole number from 1 to 10", fields, found)
    recognised = _member(Recognised, "recognised", fields, found)
    # Whatever else is missing: a prompt asks field by field and wants to know at once.
    found = _confidence_problems(author, confidence) | found
    if author is None or recognised is None or found:
        raise InvalidAnswer(found)
    return Guess(author, confidence, recognised)


def guess_problems(guess: Guess) -> dict[str, str]:
    """What is missing or out of range in a guess: field → what to do. Empty where all is well."""
    return _confidence_problems(guess.author, guess.confidence)


def _confidence_problems(author: Author | None, confidence: int | None) -> dict[str, str]:
    if author is Author.CANNOT_TELL:
        return {} if confidence is None else {"guess_confidence": "leave it empty with cannot_tell"}
    if confidence is None and author is None:
        return {}
    if confidence is None or not 1 <= confidence <= 10:
        return {"guess_confidence": "give a whole number from 1 to 10"}
    return {}


def cleaned(verdict: Verdict) -> Verdict:
    """The same verdict with its comment as it is stored: LF only, no blank ends, nothing that is not Unicode."""
    return replace(verdict, comment=cleaned_text(verdict.comment))


def cleaned_text(text: str) -> str:
    """Free text as it is stored."""
    return unicode_only(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def unicode_only(text: str) -> str:
    """The same text with a replacement character for each surrogate: a file of JSON cannot hold those."""
    return _SURROGATE.sub("\ufffd", text)


def whole_number(text: str) -> int | None:
    """The whole number that a text gives, 5 or 5.0; None where it gives none."""
    match = _WHOLE.fullmatch(text)
    return None if match is None else int(match[1])


def as_fields(verdict: Verdict) -> dict[str, str]:
    """A verdict as the texts that would give it."""
    given = {field: getattr(verdict, field) for field in VERDICT_FIELDS}
    texts = {field: str(value) for field, value in given.items() if value not in (None, "")}
    if verdict.baseline_minutes is not None:
        texts["baseline_minutes"] = minutes_text(verdict.baseline_minutes)
    return texts


def minutes_text(minutes: float) -> str:
    """Minutes without a needless fraction: 30, 7.5."""
    return f"{minutes:.9f}".rstrip("0").rstrip(".")


def _text(field: str, fields: Mapping[str, str]) -> str | None:
    return fields.get(field, "").strip() or None


Member = TypeVar("Member", bound=StrEnum)


def _member(kind: type[Member], field: str, fields: Mapping[str, str], found: dict[str, str]) -> Member | None:
    text = _text(field, fields)
    for member in kind:
        if text == member.value:
            return member
    found[field] = "give one of " + ", ".join(member.value for member in kind)
    return None


def _whole(field: str, advice: str, fields: Mapping[str, str], found: dict[str, str]) -> int | None:
    text = _text(field, fields)
    number = whole_number(text or "")
    if text is not None and number is None:
        found[field] = advice
    return number


def _number(field: str, advice: str, fields: Mapping[str, str], found: dict[str, str]) -> float | None:
    text = _text(field, fields)
    if text is None or _NUMBER.fullmatch(text):
        return None if text is None else float(text)
    found[field] = advice
    return None

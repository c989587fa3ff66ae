"""The front without questions: answers come from a file, through the same desk, all or none.

Everything is checked before anything is saved. What was answered the same way before is left alone, so a file may
be given again, or be extended and given again.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mergecheck.errors import AnswersError, MergecheckError, Problems
from mergecheck.records import Decision, Front, Guess, Verdict
from review_ui.clock import ManualClock
from review_ui.desk import Desk
from review_ui.fields import GUESS_FIELDS, InvalidAnswer, cleaned_text, read_guess, read_verdict, whole_number
from review_ui.rows import Row, read_rows


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked row: what to save for its item; `why` where it is a correction."""

    where: str
    item: str
    verdict: Verdict
    guess: Guess | None
    why: str


def review_from(packet: Path, file: Path) -> Counter[str]:
    """Answer the packet from the file; says on standard error what was done, and returns it as counts.

    Raises:
        Problems: with everything that is wrong in the file; nothing was saved.
        PacketError, AnswersError: packet, answers or file cannot be read, or the disk is full.
    """
    rows, problems = read_rows(file)
    # No time is measured: the answers were thought of elsewhere.
    with Desk.open(packet, front=Front.ANSWERS_FILE, clock=ManualClock()) as desk:
        answers, wrong = check(desk, rows)
        if problems or wrong:
            raise Problems([*problems, *wrong])
        counts: Counter[str] = Counter()
        try:
            for answer in answers:
                counts[_apply(desk, answer)] += 1
            desk.leave()
        except AnswersError as error:
            raise AnswersError(
                f"{error.what}: {counts.total()} of {len(answers)} rows of {file.name} are done",
                where=error.where,
                fix="make room on the disk and run the same command again: it goes on where it stopped",
            ) from error
    _tell(desk, counts)
    return counts


def check(desk: Desk, rows: list[Row]) -> tuple[list[Answer], list[MergecheckError]]:
    """What the rows would save, and everything that is wrong with them."""
    answers: list[Answer] = []
    problems: list[MergecheckError] = []
    first: dict[str, str] = {}
    for row in rows:
        item, found = _item(desk, row)
        if item is not None and item in first:
            found = {"item": f"this item was answered before, in {first[item]}; keep one of the two"}
        elif item is not None:
            first[item] = row.where
            answer, more = _answer(desk, row, item)
            found |= more
            if answer is not None and not found:
                answers.append(answer)
        problems += [_problem(row, field, advice) for field, advice in found.items()]
    return answers, problems


def _problem(row: Row, field: str, advice: str) -> AnswersError:
    given = row.fields.get(field)
    what = f"{given!r} will not do" if given else "there is nothing here"
    return AnswersError(what, where=f"{row.where}, field {field}", fix=advice)


def _item(desk: Desk, row: Row) -> tuple[str | None, dict[str, str]]:
    named, placed = row.fields.get("item", "").strip(), row.fields.get("position", "").strip()
    whole = whole_number(placed)
    placed = placed if whole is None else str(whole)
    numbers = {str(number): item for number, item in enumerate(desk.queue, start=1)}
    if named and named not in desk.queue:
        return None, {"item": "no item of this packet has this id; `mergecheck review PACKET --list` lists them"}
    if placed and placed not in numbers:
        return None, {"position": f"give a number from 1 to {len(numbers)}"}
    if not named and not placed:
        return None, {"item": "say which item, by `item` or by `position`"}
    item = named or numbers[placed]
    if placed and numbers[placed] != item:
        return None, {"position": f"item {item} is number {desk.queue.index(item) + 1}; give one of the two"}
    return item, {}


def _answer(desk: Desk, row: Row, item: str) -> tuple[Answer | None, dict[str, str]]:
    found: dict[str, str] = {}
    try:
        verdict = read_verdict(desk.form, row.fields)
    except InvalidAnswer as error:
        return None, error.fields | _guess(row.fields)[1]
    guess, wrong = _guess(row.fields)
    found |= wrong
    review, why = desk.review(item), cleaned_text(row.fields.get("why", ""))
    if verdict != review.final and not desk.revisable(item) and not why:
        found["why"] = "the verdict is closed and this one differs: say why, and it becomes a correction"
    if why and desk.revisable(item):
        found["why"] = "the verdict is still open and may be changed without a reason: leave this empty"
    if guess is not None and review.guess not in (None, guess):
        found["guess"] = "the question was answered otherwise before, and that answer stays"
    return Answer(row.where, item, verdict, guess, why), found


def _guess(fields: Mapping[str, str]) -> tuple[Guess | None, dict[str, str]]:
    given = [name for name in GUESS_FIELDS if fields.get(name, "").strip()]
    if not given:
        return None, {}
    if fields.get("decision", "").strip() == Decision.SKIP:
        return None, dict.fromkeys(given, "a skipped change has none")
    try:
        return read_guess(fields), {}
    except InvalidAnswer as error:
        return None, error.fields


def _apply(desk: Desk, answer: Answer) -> str:
    review = desk.review(answer.item)
    done = "left as they were"
    if answer.verdict != review.final:
        if desk.revisable(answer.item):
            desk.verdict(answer.item, answer.verdict)
            done = "new" if review.final is None else "revised"
        else:
            desk.correct(answer.item, answer.verdict, answer.why)
            done = "corrected"
    if answer.guess is not None and review.guess is None:
        desk.open_guess(answer.item)
        desk.guess(answer.item, answer.guess)
        done = "new" if review.final is None else "completed" if done == "left as they were" else done
    return done


def _tell(desk: Desk, counts: Counter[str]) -> None:
    said = ", ".join(f"{number} {what}" for what, number in counts.items()) or "nothing to answer"
    progress = desk.progress
    lines = [f"Saved: {said}.", f"{progress.answered} of {progress.total} answered, in {desk.answers_path}"]
    if progress.guess_due:
        lines.append(f"{progress.guess_due} without an answer to who may have written it.")
    print("\n".join(lines), file=sys.stderr)

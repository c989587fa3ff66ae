"""What was said: comments, verdicts, guesses, and the list of all items with them."""

from __future__ import annotations

from rich.text import Text

from mergecheck.packet.form import Form
from mergecheck.records import Author, Comment, Decision, Guess, Recognised, Side, Verdict
from review_ui.fields import minutes_text
from review_ui.pages.lines import FAINT, Page, heading
from review_ui.shown import shown, shown_code, shown_lines
from review_ui.standing import Progress, Standing
from review_ui.state import Stage

TITLE_WIDTH = 60
DECISIONS = {
    Decision.ACCEPT: "accept",
    Decision.REQUEST_CHANGES: "request changes",
    Decision.SKIP: "skip",
}
AUTHORS = {Author.HUMAN: "a person", Author.AI: "an AI", Author.CANNOT_TELL: "can't tell"}
RECOGNISED = {Recognised.NO: "not known", Recognised.FAMILIAR: "seems familiar", Recognised.YES: "known"}


def comment_where(comment: Comment) -> str:
    """What a comment is on, in a few words."""
    if comment.path is None:
        return "the whole change"
    if comment.start is None or comment.side is None:
        return shown(comment.path)
    lines = f"line {comment.start}" if comment.start == comment.end else f"lines {comment.start} to {comment.end}"
    return f"{shown(comment.path)}, {lines} {'as it was' if comment.side is Side.OLD else 'as it would be'}"


def excerpt_page(comment: Comment) -> Page:
    """The lines that a comment is on, as they stood."""
    return [Text(f"    | {shown_code(line)}", FAINT, no_wrap=True) for line in comment.excerpt.split("\n")]


def comments_page(standing: Standing, item: str) -> Page:
    """All comments on parts of a change, numbered."""
    page: Page = []
    for number, comment in enumerate(standing.review(item).comments, start=1):
        page.append(Text(f"  {number}  on {comment_where(comment)}"))
        page += excerpt_page(comment) if comment.excerpt else []
        page += [Text(f"     {line}") for line in shown_lines(comment.text)]
    return page or [Text("There are no comments on parts of this change.")]


def list_page(standing: Standing) -> Page:
    """Every item with what was said of it. An item's issue is named once the item has been seen."""
    progress = standing.progress
    page = [heading(f"{progress.answered} of {progress.total} answered"), Text()]
    if not standing.packet.answers_path.exists():
        page += [*looked_for(standing), Text()]
    width = len(str(progress.total))
    wave = 0
    for item in standing.queue:
        place = standing.place(item)
        if place.wave != wave and place.waves > 1:
            page.append(Text(f"Wave {place.wave}", FAINT))
        wave = place.wave
        page.append(
            Text(f"{place.number:>{width}}  {said_of(standing, item):<28}{title_of(standing, item)}".rstrip())
        )
    return [*page, Text()]


def looked_for(standing: Standing) -> Page:
    """Where answers that were given before are looked for."""
    return [
        Text("Answers that you gave before are looked for in this file; if they are elsewhere, put them there:"),
        Text(f"  {standing.packet.answers_path.absolute()}", no_wrap=True),
    ]


def said_of(standing: Standing, item: str) -> str:
    """How an item stands, in a few words."""
    review = standing.review(item)
    if review.final is None:
        return "open" if standing.seen(item) else "not seen yet"
    said = DECISIONS[review.final.decision]
    if review.corrections:
        said += ", corrected"
    return f"{said} (author open)" if standing.stage(item) is Stage.GUESS_DUE else said


def title_of(standing: Standing, item: str) -> str:
    """The first line of the item's issue, once the item was seen."""
    if not standing.seen(item):
        return ""
    lines = [line.strip() for line in shown_lines(standing.issue(item))]
    title = next((line for line in lines if line), "")
    return title if len(title) <= TITLE_WIDTH else title[: TITLE_WIDTH - 1] + "…"


def verdict_line(form: Form, verdict: Verdict) -> str:
    """A verdict in one line, its comment left out."""
    titles = {choice.key: choice.title for choice in (*form.reasons, *form.skip_reasons)}
    parts = [DECISIONS[verdict.decision].capitalize()]
    parts += [titles.get(key, key) for key in (verdict.reason, verdict.skip_reason) if key is not None]
    if verdict.progress is not None:
        parts.append(f"progress {verdict.progress} %")
    if verdict.confidence is not None:
        parts.append(f"confidence {verdict.confidence}")
    if verdict.baseline_minutes is not None:
        parts.append(f"{minutes_text(verdict.baseline_minutes)} min to write it yourself")
    return " · ".join(parts)


def verdict_page(form: Form, verdict: Verdict) -> Page:
    """A verdict with its comment."""
    comment = [Text(f"  {line}") for line in shown_lines(verdict.comment)] if verdict.comment else []
    return [Text(f"  {verdict_line(form, verdict)}"), *comment]


def guess_line(guess: Guess) -> str:
    """A guess in one line."""
    sure = f", sure {guess.confidence} of 10" if guess.confidence is not None else ""
    return f"Written by: {AUTHORS[guess.author]}{sure} · {RECOGNISED[guess.recognised]}"


def counts_line(standing: Standing) -> str:
    """The verdicts in one line."""
    progress = standing.progress
    return (
        f"{progress.accepted} accepted, {progress.changes_requested} with changes requested, "
        f"{progress.skipped} skipped"
    )


def guess_due_line(progress: Progress) -> str:
    """What is still to be said of authors, to be put behind what is answered; empty where nothing is."""
    due = progress.guess_due
    return (
        f", {due} of them still without an answer to who may have written {'it' if due == 1 else 'them'}"
        if due
        else ""
    )

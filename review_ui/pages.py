"""What is read: start page, issue, change, files, list, end. Lines of text, coloured where that helps.

Nothing here prints, and all text from the packet goes through `shown`. Lines of code have `no_wrap`: they are
neither cut nor broken at words.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence

from rich.text import Text

from mergecheck.packet.form import Form
from mergecheck.packet.format import PacketFile, PacketHunk, PacketItem
from mergecheck.records import Author, Comment, Decision, Guess, Kind, Recognised, Side, Verdict
from review_ui.clock import UNSEEN_LIMITS
from review_ui.desk import Desk
from review_ui.fields import minutes_text
from review_ui.shown import shown, shown_code, shown_lines
from review_ui.standing import Progress, Standing
from review_ui.state import Stage

ADDED, REMOVED, PLACE, HEAD, FAINT, TRAILING = "green", "red", "cyan", "bold", "dim", "reverse"
TITLE_WIDTH = 60
SYMLINK = "120000"

DECISIONS = {
    Decision.ACCEPT: "accept",
    Decision.REQUEST_CHANGES: "request changes",
    Decision.SKIP: "skip",
}
AUTHORS = {Author.HUMAN: "a person", Author.AI: "an AI", Author.CANNOT_TELL: "can't tell"}
RECOGNISED = {Recognised.NO: "not known", Recognised.FAMILIAR: "seems familiar", Recognised.YES: "known"}
KINDS = {
    Kind.MODIFIED: "modified",
    Kind.ADDED: "new file",
    Kind.DELETED: "deleted",
    Kind.RENAMED: "renamed",
    Kind.MODE: "file mode changed",
}

Page = list[Text]


def start_page(desk: Desk) -> Page:
    """The study, the guidelines, how far it is, and what is recorded and sent."""
    manifest, progress = desk.manifest, desk.progress
    page = [heading(f"Study: {shown(manifest.study)}"), Text()]
    page += [Text(notice, "yellow") for notice in desk.notices]
    page += [*guidelines_page(desk), Text(), *_amendments(desk), heading("Where you are")]
    if progress.answered == 0:
        page.append(Text(f"Nothing is answered yet; {count(progress.total, 'change')} to review."))
        page += _looked_for(desk)
    else:
        page.append(Text(f"{progress.answered} of {progress.total} answered{_pace(desk)}."))
    idle = minutes_text(desk.form.idle_minutes)
    page += [
        Text(),
        heading("What is recorded, and what is sent"),
        Text(
            "Your answers and comments, when you gave them, and how long each change took you. Pauses of more "
            f"than {idle} minutes do not count, nor does anything while you pause; of a stay in your pager or "
            f"editor, up to {minutes_text(UNSEEN_LIMITS * desk.form.idle_minutes)} minutes count. Where your "
            "terminal says that another window has the focus, that is recorded and does not count."
        ),
        Text(
            f"It is all in {desk.answers_path.name}, beside the packet. Nothing is sent; you send that one file."
        ),
        Text("`mergecheck review PACKET --show-what-is-sent` prints what is in it."),
        Text("Each answer is on disk when you read 'Saved'. You may stop at any time and go on later."),
        Text(),
    ]
    return page


AMENDED = {
    "withdraw": "Taken out of the study. Leave open what you have not answered; what you answered does not count:",
    "reissue": "Given out anew, because they were not shown as they should have been. Leave open what you have "
    "not answered; what you answered does not count any more:",
}
"""What an amendment means for the reviewer, to stand before the items. Which change here is one of them again is
not said: it is to be judged like any other."""


def _amendments(standing: Standing) -> Page:
    """What became of items of earlier packets, by round and number; nothing where nothing did."""
    page: Page = []
    for what, says in AMENDED.items():
        by_round: dict[int, list[int]] = {}
        for one in standing.manifest.amendments:
            if one.what == what:
                by_round.setdefault(one.round, []).append(one.number)
        lines = [Text(f"  round {number}: {_items(sorted(by_round[number]))}") for number in sorted(by_round)]
        page += [Text(says), *lines] if lines else []
    return [heading("Changes to your earlier packets"), *page, Text()] if page else []


def _items(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"item {numbers[0]}"
    return f"items {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def send_page(desk: Desk) -> Page:
    """All is answered: which file to send to whom, and how to see what is in it."""
    return [
        Text(f"All {desk.progress.total} items are answered: {counts_line(desk)}."),
        Text("Send this one file to whoever sent you the packet:"),
        Text(f"  {desk.answers_path.absolute()}", HEAD, no_wrap=True),
        Text("To see all that is in it:"),
        Text(f"  mergecheck review {shlex.quote(str(desk.packet.path))} --show-what-is-sent", no_wrap=True),
    ]


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


def _looked_for(standing: Standing) -> Page:
    return [
        Text("Answers that you gave before are looked for in this file; if they are elsewhere, put them there:"),
        Text(f"  {standing.packet.answers_path.absolute()}", no_wrap=True),
    ]


def _pace(desk: Desk) -> str:
    progress = desk.progress
    minutes = round(progress.active_seconds / 60 / max(progress.answered, 1))
    return f"; about {count(minutes, 'minute')} each so far" if minutes else ""


def guidelines_page(desk: Desk) -> Page:
    """What the study asks for."""
    return [heading("Guidelines"), *prose(desk.manifest.guidelines.strip())]


def item_page(desk: Desk, item: str) -> Page:
    """Which item it is, and of which project."""
    place = desk.place(item)
    wave = f" · wave {place.wave} of {place.waves}" if place.waves > 1 else ""
    repository = shown(desk.item(item).repository)
    return [Text(), heading(f"Item {place.number} of {place.total}{wave} · {repository}"), Text()]


def issue_page(desk: Desk, item: str) -> Page:
    """The issue that the change is meant to resolve."""
    return [heading("The issue"), Text(), *prose(desk.issue(item).strip()), Text()]


def prose(text: str) -> Page:
    """Text for reading, broken at words where a terminal is narrower."""
    return [Text(line) for line in shown_lines(text)]


def change_page(item: PacketItem, folded: Collection[int] = ()) -> Page:
    """Every file of a change with its hunks; of those that were viewed, by their numbers from 1, only the head."""
    page = [_change_head(item), Text()]
    for number in range(1, len(item.files) + 1):
        page += _viewed_file(item, number) if number in folded else file_page(item, number)
    return page


def _viewed_file(item: PacketItem, number: int) -> Page:
    file = item.files[number - 1]
    says = f"File {number}/{len(item.files)}: {named(file)} ({what(file)}): viewed, and not shown again"
    return [Text(says, FAINT, no_wrap=True), Text()]


def found_page(item: PacketItem, wanted: re.Pattern[str]) -> Page:
    """The lines of the change that hold what is searched for, each with its count, under their files."""
    found: list[tuple[int, Text]] = []
    for number, file in enumerate(item.files, start=1):
        for hunk in file.hunks:
            rows = zip(hunk.lines, _hunk(hunk)[1:], strict=True)
            found += [(number, row) for line, row in rows if line[:1] != "\\" and wanted.search(line[1:])]
    page: Page = []
    before = 0
    for place, (number, row) in enumerate(found, start=1):
        if number != before:
            head = heading(f"File {number}/{len(item.files)}: {named(item.files[number - 1])}")
            head.no_wrap = True
            page.append(head)
        before = number
        page.append(Text(f"[{place}/{len(found)}] ", no_wrap=True).append_text(row))
    return page or [Text("Not found.")]


def _change_head(item: PacketItem) -> Text:
    of_files = [counts(file) for file in item.files]
    added, removed = sum(count[0] for count in of_files), sum(count[1] for count in of_files)
    return heading(f"The change: {count(len(item.files), 'file')}, +{added} -{removed}")


def file_page(item: PacketItem, number: int) -> Page:
    """One file of a change, by its number from 1, with its hunks."""
    return [*_file(item.files[number - 1], f"{number}/{len(item.files)}"), Text()]


def contents_page(item: PacketItem) -> Page:
    """The files of a change, without their hunks."""
    width = len(str(len(item.files)))
    page = [_change_head(item), Text()]
    for number, file in enumerate(item.files, start=1):
        page.append(Text(f"  {number:>{width}}  {named(file)} ({what(file)})", no_wrap=True))
    return [*page, Text()]


def change_lines(item: PacketItem) -> int:
    """How many lines of code the change is shown with."""
    return sum(len(hunk.lines) for file in item.files for hunk in file.hunks)


def counts(file: PacketFile) -> tuple[int, int]:
    """How many lines a file gains and loses."""
    # What is not on one side was added or removed; to look at each line would take long in a long change.
    lines = sum(file.hunk_rows)
    return lines - sum([hunk.old_count for hunk in file.hunks]), lines - sum(
        [hunk.new_count for hunk in file.hunks]
    )


def _file(file: PacketFile, number: str) -> Page:
    head = heading(f"File {number}: {named(file)} ({what(file)})")
    head.no_wrap = True
    page = [head]
    for hunk in file.hunks:
        page += _hunk(hunk)
    if not file.hunks and not file.binary:
        page.append(
            Text("the text is unchanged" if file.kind in (Kind.RENAMED, Kind.MODE) else "an empty file", FAINT)
        )
    return page


def what(file: PacketFile) -> str:
    """What happens to a file, in a few words."""
    added, removed = counts(file)
    said = [KINDS[file.kind], *_modes(file), "binary, not shown" if file.binary else f"+{added} -{removed}"]
    return ", ".join(said)


def _modes(file: PacketFile) -> list[str]:
    """What git's modes say beyond the kind: a link is no file, and a file may become a program."""
    said = ["symbolic link"] if SYMLINK in (file.old_mode, file.new_mode) else []
    if file.old_mode is not None and file.new_mode is not None and file.old_mode != file.new_mode:
        said.append(f"mode {shown(file.old_mode)} → {shown(file.new_mode)}")
    return said


def named(file: PacketFile) -> str:
    """A file's path, and the one that it had."""
    moved = file.old_path is not None and file.old_path != file.path
    return f"{shown(file.old_path or '')} → {shown(file.path)}" if moved else shown(file.path)


def _hunk(hunk: PacketHunk) -> Page:
    head = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
    page = [Text(head, PLACE, no_wrap=True)]
    width = len(str(max(hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count)))
    old, new = hunk.old_start, hunk.new_start
    for line in hunk.lines:
        sign, code = line[:1], line[1:]
        if sign == "\\":
            page.append(Text(f"{'':>{width}} \\ no newline at the end of the file", FAINT, no_wrap=True))
            continue
        page.append(_code_line(old if sign == "-" else new, width, sign, code))
        old += sign != "+"
        new += sign != "-"
    return page


def _code_line(number: int, width: int, sign: str, code: str) -> Text:
    style = {"+": ADDED, "-": REMOVED}.get(sign, "")
    drawn = shown_code(code)
    kept = drawn.rstrip() if sign == "+" else drawn
    line = Text(no_wrap=True)
    line.append(f"{number:>{width}} ", FAINT).append(f"{sign or ' '} {kept}", style)
    # Blanks at the end of a new line are there to be seen.
    return line.append(drawn[len(kept) :], f"{style} {TRAILING}".strip())


def whole_file_page(path: str, side: str, text: str, part: tuple[int, int] | None = None) -> Page:
    """One side of a file with line numbers: whole, or from one line to another (`part`, from 1, both included)."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    width = len(str(len(lines)))
    page = [heading(f"{shown(path)}, {side}, {count(len(lines), 'line')}"), Text()]
    first, last = part or (1, len(lines))
    for number, line in enumerate(lines[first - 1 : last], start=first):
        page.append(Text(no_wrap=True).append(f"{number:>{width}} ", FAINT).append(shown_code(line)))
    return [*page, Text()]


def list_page(standing: Standing) -> Page:
    """Every item with what was said of it. An item's issue is named once the item has been seen."""
    progress = standing.progress
    page = [heading(f"{progress.answered} of {progress.total} answered"), Text()]
    if not standing.packet.answers_path.exists():
        page += [*_looked_for(standing), Text()]
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


def heading(text: str) -> Text:
    """A line that stands out, in print and to the ear."""
    return Text(f"== {text} ==", HEAD)


def count(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number} {noun}" + ("" if number == 1 else "s")

"""The review as a whole: its start, its items, what is sent at its end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from rich.text import Text

from review_ui.clock import UNSEEN_LIMITS
from review_ui.desk import Desk
from review_ui.fields import minutes_text
from review_ui.pages.lines import HEAD, Page, count, heading, prose
from review_ui.pages.said import counts_line, looked_for
from review_ui.shown import shown
from review_ui.standing import Standing

AMENDED = {
    "withdraw": "Taken out of the study. Leave open what you have not answered; what you answered does not count:",
    "reissue": "Given out anew, because they were not shown as they should have been. Leave open what you have "
    "not answered; what you answered does not count any more:",
}
"""What an amendment means for the reviewer, to stand before the items. Which change here is one of them again is
not said: it is to be judged like any other."""


def start_page(desk: Desk) -> Page:
    """The study, the guidelines, how far it is, and what is recorded and sent."""
    manifest, progress = desk.manifest, desk.progress
    page = [heading(f"Study: {shown(manifest.study)}"), Text()]
    page += [Text(notice, "yellow") for notice in desk.notices]
    page += [*guidelines_page(desk), Text(), *_amendments(desk), heading("Where you are")]
    if progress.answered == 0:
        page.append(Text(f"Nothing is answered yet; {count(progress.total, 'change')} to review."))
        page += looked_for(desk)
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

"""`--show-what-is-sent`: all that the answers file holds, the one file that is sent back, on standard output.

It reads the file's own lines and takes no lock, so it works beside an open review, in a folder that nobody may
write to, and on a file that is damaged. A line that is, byte for byte, what the program writes for an event is
told in words, field by field; any other stands as it is. So nothing in the file can stay unsaid.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from mergecheck.errors import AnswersError
from mergecheck.packet.answers import PACKET_BEGINS, utc_now
from mergecheck.packet.events import Event, EventType
from mergecheck.packet.open import Packet
from review_ui.drafts import drafts_path
from review_ui.meanings import BODY_MEANINGS, KINDS, MEANINGS
from review_ui.pages import FAINT, HEAD, Page, heading
from review_ui.shown import shown, shown_lines
from review_ui.standing import Standing
from review_ui.terminal import READABLE

FREE_TEXT = ("comment", "why", "text", "excerpt")
NAME_WIDTH = max(map(len, {*MEANINGS, *BODY_MEANINGS})) + 2
INDENT = 7
WARNING = "bold yellow"

# What is repeated before, or left free under, the further rows of a line that a terminal is too narrow for.
_HANG = re.compile(r" *(?:\| |[a-z_]+ {2,}|not given +|[0-9]+  )?")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the file; its event where it is what the program writes for one, else None."""

    number: int
    raw: bytes
    event: Event | None


def show_what_is_sent(path: Path) -> None:
    """Print all that the answers beside the packet at `path` hold; neither holds nor changes anything.

    Raises:
        PacketError: the packet cannot be read.
        AnswersError: the answers cannot be read, are damaged or another packet's; what can be shown of them was.
    """
    console = Console(highlight=False, markup=False, emoji=False)
    with Packet.open(path) as packet:
        raw = _read(packet.answers_path)
        problem = _problem(packet) if raw else None
        if problem is not None and raw.startswith(PACKET_BEGINS):
            raise problem
        for line in sent_page(packet, raw, wrong="" if problem is None else problem.what):
            _print(console, line)
    if problem is not None:
        raise problem


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        fix = "make sure that you may read it"
        raise AnswersError(f"cannot be read ({error.strerror})", where=str(path), fix=fix) from error


def _problem(packet: Packet) -> AnswersError | None:
    try:
        Standing.of(packet)
    except AnswersError as error:
        return error
    return None


def sent_page(packet: Packet, raw: bytes, *, wrong: str = "") -> Page:
    """All that the bytes of the answers to this packet say.

    Args:
        packet: gives the items their numbers.
        raw: the answers file as it is; empty where there is none.
        wrong: what is wrong with the file as a whole; empty where nothing is.
    """
    *whole, torn = raw.split(b"\n")
    lines = [_Line(number, line, _event(line)) for number, line in enumerate(whole, start=1)]
    events = [line.event for line in lines if line.event is not None]
    page = [*_head(packet, raw, lines), *_not_sent(packet)]
    if wrong:
        page += [Text(), Text(f"This file will not be taken: {shown(wrong)}. Here is what it holds.", WARNING)]
    if any(event.simulated for event in events):
        marked = f"{sum(event.simulated for event in events)} of {len(events)} lines"
        page += [Text(), Text(f"SIMULATED: {marked} were made by a program, not by a person.", WARNING)]
    numbers = {item: number for number, item in enumerate(packet.manifest.items, start=1)}
    if lines:
        page += [Text(), heading("What it says"), *_said(lines, numbers)]
    if torn:
        page += [Text(), *_torn(torn)]
    if events:
        page += [Text(), *_meanings(events), Text(), *_technical(lines)]
        page += _ids(events, numbers)
    return page


def _event(raw: bytes) -> Event | None:
    try:
        event = Event.model_validate_json(raw)
    except ValidationError:
        return None
    # Told in words it must be the same line: a key given twice, say, would be told once.
    return event if event.line() == raw else None


def _head(packet: Packet, raw: bytes, lines: Sequence[_Line]) -> Page:
    path = Text(f"  {shown(str(packet.answers_path.absolute()))}", HEAD, no_wrap=True)
    page = [heading("What is sent back"), path]
    if not raw:
        there = "the file is empty" if packet.answers_path.exists() else "there is no such file"
        return [*page, Text(f"Nothing is recorded yet: {there}.")]
    now = utc_now()
    here = now.astimezone()
    counts = Counter(line.event.type.value for line in lines if line.event is not None)
    listed = ", ".join(f"{kind} {number}" for kind, number in counts.items()) or "none that can be read"
    return [
        *page,
        Text(f"Size: {len(raw)} bytes. Lines: {len(lines)} ({listed})."),
        Text(
            "This one file is all that is sent back, and only you send it. All that is in it stands below, line "
            "by line; what stands in round brackets explains, and is not in the file. Nothing is ever taken out "
            "of it: a verdict that you changed or took back is still there."
        ),
        Text(f"Times are UTC, as in the file; it is now {now:%H:%M} UTC, {here:%H:%M} here."),
    ]


def _not_sent(packet: Packet) -> Page:
    drafts, answers = drafts_path(packet.path), packet.answers_path
    there = "there are some now" if drafts.exists() else "there are none now"
    return [
        Text(),
        heading("What is not sent"),
        Text(f"Half-written answers: they are kept in {shown(drafts.name)} beside it; {there}."),
        Text(f"The packet; and lines that were cut off and set aside, as {shown(answers.name)}.torn-…"),
    ]


def _said(lines: Sequence[_Line], numbers: Mapping[str, int]) -> Page:
    page: Page = []
    before: str | None = None
    explained: set[EventType] = set()
    for line in lines:
        if line.event is None:
            page += [
                Text(f"{line.number:>4}  This line is not as the program writes one. It reads:"),
                *_raw(line.raw),
            ]
            continue
        if line.event.item is not None and line.event.item != before:
            page.append(Text())
            before = line.event.item
        meaning = "" if line.event.type in explained else f" ({KINDS[line.event.type]})"
        explained.add(line.event.type)
        page += [_what_happened(line.number, line.event, numbers, meaning), *_body(line.event.body)]
    return page


def _what_happened(number: int, event: Event, numbers: Mapping[str, int], meaning: str) -> Text:
    said = Text(f"{number:>4}  ").append(_when(event.at), FAINT).append("  ")
    if event.seq != number:
        said.append(f"numbered {event.seq}  ")
    if event.item is not None:
        said.append(f"{_item(event.item, numbers)}: ")
    said.append(event.type.value, HEAD)
    if event.simulated:
        said.append("  SIMULATED", WARNING)
    return said.append(meaning)


def _when(at: str) -> str:
    try:
        utc = datetime.fromisoformat(at).isoformat(timespec="milliseconds") == at and at.endswith("+00:00")
    except ValueError:
        utc = False
    return at.removesuffix("+00:00").replace("T", " ") if utc else shown(at)


def _item(item: str, numbers: Mapping[str, int]) -> str:
    return f"item {numbers[item]}" if item in numbers else f"item {shown(item)} (none of this packet's)"


def _body(body: Mapping[str, Any]) -> Iterator[Text]:
    # Times are the most frequent lines by far: one row each.
    if body and all(isinstance(value, int | float) for value in body.values()):
        yield Text(f"{'':{INDENT}}" + ", ".join(f"{shown(name)} {json.dumps(body[name])}" for name in body))
        return
    for name, value in body.items():
        if value is None:
            continue
        if isinstance(value, str) and value and (name in FREE_TEXT or "\n" in value):
            yield _field(name, "")
            yield from (Text(f"{'':{INDENT + 2}}| {line}") for line in shown_lines(value))
        elif isinstance(value, str):
            yield _field(name, shown(value) or "(empty)")
        else:
            yield _field(name, shown(json.dumps(value, ensure_ascii=False)))
    absent = [shown(name) for name, value in body.items() if value is None]
    if absent:
        yield _field("not given", ", ".join(absent))


def _field(name: str, value: str) -> Text:
    return Text(f"{'':{INDENT}}{shown(name):<{NAME_WIDTH}}{value}".rstrip())


def _raw(raw: bytes) -> Page:
    text = raw.decode("utf-8", "backslashreplace")
    return [Text(f"{'':{INDENT + 2}}| {shown(text)}")]


def _torn(torn: bytes) -> Page:
    says = (
        f"After them stand {len(torn)} bytes of a line without its end. It was cut off, or it is being written "
        "right now by a review that is open; it was never shown as saved. It is in the file until the packet is "
        "next opened for reviewing, and it reads:"
    )
    return [heading("A line that is not whole"), Text(says), *_raw(torn)]


def _meanings(events: Sequence[Event]) -> Page:
    in_use = {name for event in events for name in event.body}
    meanings = MEANINGS | {name: text for name, text in BODY_MEANINGS.items() if name in in_use}
    return [heading("What the fields mean"), *(_field(name, f"({text})") for name, text in meanings.items())]


def _technical(lines: Sequence[_Line]) -> Page:
    page = [heading("The technical fields of each line")]
    for alike, run in groupby(lines, _alike):
        if alike:
            page += _run(list(run), alike)
    return page


def _alike(line: _Line) -> str:
    event = line.event
    if event is None:
        return ""
    return f"format {event.format}, front {event.front}, simulated {json.dumps(event.simulated)}"


def _run(lines: Sequence[_Line], alike: str) -> Page:
    first, last = lines[0].number, lines[-1].number
    page = [Text(f"Line {first}: {alike}" if first == last else f"Lines {first} to {last}: {alike}")]
    for line in lines:
        assert line.event is not None
        page.append(Text(f"{line.number:>4}  id {shown(line.event.id)}"))
        page.append(Text(f"      prev {shown(line.event.prev)}"))
    return page


def _ids(events: Sequence[Event], numbers: Mapping[str, int]) -> Page:
    items = list(dict.fromkeys(event.item for event in events if event.item is not None))
    if not items:
        return []
    rows = [Text(f"{'':{INDENT}}{_item(item, numbers):<9} {shown(item)}") for item in items]
    return [Text(), heading("The items' ids"), *rows]


def _print(console: Console, line: Text) -> None:
    # A pipe gets lines whole; in a terminal they are broken at words, and their further rows stand in line.
    if line.no_wrap or not console.is_terminal:
        console.print(line, soft_wrap=True)
        return
    width = min(console.width, READABLE)
    found = _HANG.match(line.plain)
    hang = found[0] if found and len(found[0]) <= width // 2 else ""
    again = Text(hang if "|" in hang else " " * len(hang))
    first, rest = line[: len(hang)], line[len(hang) :]
    for row in rest.wrap(console, width - len(hang)) or [rest]:
        console.print(first + row, soft_wrap=True)
        first = again

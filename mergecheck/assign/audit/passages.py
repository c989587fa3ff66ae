"""Every line that a reviewer can read, with its place: what the detectors of text run over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from mergecheck.assign.audit.records import File, Item, Opened, Shown

EXCERPT = 100
"""Characters of a line that are quoted round a match."""


class Of(StrEnum):
    """What a passage is a line of."""

    ADDED = "added"
    """A line of a change's new text that its old text does not have."""
    PATH = "path"
    NEW_PATH = "new path"
    """A path that the base commit does not have."""
    ISSUE = "issue"
    MANIFEST = "manifest"
    ITEM_ID = "item id"
    ENTRY = "entry"
    UNKNOWN = "unknown"
    """What stands under a key, or in an entry, that no packet of ours has."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A line, what it is of, where it stands, and in which packets and items a reviewer meets it."""

    of: Of
    text: str
    place: str
    instance: str | None = None
    candidate: str | None = None
    shown: tuple[Shown, ...] = ()


def added_lines(file: File) -> Iterator[tuple[int, str]]:
    """The lines (from 1) of a file's new text that its old text does not have anywhere."""
    if file.new is None:
        return
    old = set((file.old or "").splitlines())
    for number, line in enumerate(file.new.splitlines(), start=1):
        if line not in old:
            yield number, line


def issues_of(packets: Iterable[Opened]) -> dict[tuple[str | None, str], tuple[Shown, ...]]:
    """Instance and text of each issue, with every item that shows it."""
    found: dict[tuple[str | None, str], list[Shown]] = {}
    for packet in packets:
        for item in packet.items:
            found.setdefault((item.instance, item.issue), []).append(Shown(packet.file, item.number, item.id))
    return {key: tuple(shown) for key, shown in found.items()}


def of_changes(packets: Iterable[Opened]) -> Iterator[Passage]:
    """Paths and added lines of every change, each candidate's once, and the issues, each instance's once."""
    changes: dict[tuple[str | None, str | None, str], list[tuple[Item, Shown]]] = {}
    packets = list(packets)
    for packet in packets:
        for item in packet.items:
            shown = Shown(packet.file, item.number, item.id)
            # Without the study's word on it, every item is a change of its own.
            key = (item.instance, item.candidate, "" if item.candidate else f"{packet.file}/{item.id}")
            changes.setdefault(key, []).append((item, shown))
    for (instance, candidate, _), showings in changes.items():
        where = tuple(shown for _, shown in showings)
        seen: set[Passage] = set()
        for item, _ in showings:
            for passage in _of_item(item, instance, candidate, where):
                if passage not in seen:
                    seen.add(passage)
                    yield passage
    for (instance, text), at in issues_of(packets).items():
        for number, line in enumerate(text.splitlines(), start=1):
            yield Passage(Of.ISSUE, line, f"issue:{number}", instance, None, at)


def _of_item(
    item: Item, instance: str | None, candidate: str | None, where: tuple[Shown, ...]
) -> Iterator[Passage]:
    for file in item.files:
        kind = Of.NEW_PATH if file.is_new else Of.PATH
        yield Passage(kind, file.path, file.path, instance, candidate, where)
        for number, line in added_lines(file):
            yield Passage(Of.ADDED, line, f"{file.path}:{number}", instance, candidate, where)


def of_packets(packets: Iterable[Opened]) -> Iterator[Passage]:
    """What belongs to no change: manifest, blind ids, names of entries, and all that no packet of ours has."""
    for packet in packets:
        if not packet.file:
            continue
        here = (Shown(packet.file),)
        for name, text in packet.fields.items():
            for number, line in enumerate(text.splitlines() or [""], start=1):
                yield Passage(Of.MANIFEST, line, f"{packet.file}: manifest.json, {name}:{number}", shown=here)
        if packet.comment:
            yield Passage(Of.UNKNOWN, packet.comment, f"{packet.file}: the ZIP's comment", shown=here)
        for entry in packet.entries:
            place = f"{packet.file}: entry {entry.name}"
            yield Passage(Of.ENTRY, entry.name, place, shown=here)
            if not entry.expected:
                for number, line in enumerate(entry.text.splitlines(), start=1):
                    yield Passage(Of.UNKNOWN, line, f"{place}:{number}", shown=here)
        for item in packet.items:
            at = (Shown(packet.file, item.number, item.id),)
            yield Passage(
                Of.ITEM_ID, item.id, f"{packet.file}: item {item.number}", item.instance, item.candidate, at
            )
            named = [(f"item {item.number}", item.unknown)]
            named += [(f"item {item.number}, {file.path}", file.unknown) for file in item.files]
            for where, unknown in named:
                for key, value in unknown:
                    text = f"{key} = {value}"
                    place = f"{packet.file}: {where}, {key}"
                    yield Passage(Of.UNKNOWN, text, place, item.instance, item.candidate, at)


def excerpt(text: str, start: int = 0, end: int = 0) -> str:
    """A line, or of a long one the part round a match."""
    text = text.strip("\r\n")
    if len(text) <= EXCERPT:
        return text.strip()
    first = max(0, start - (EXCERPT - (end - start)) // 2)
    piece = text[first : first + EXCERPT].strip()
    return ("… " if first else "") + piece + (" …" if first + EXCERPT < len(text) else "")

"""The answers file: append-only, chained, on disk before anybody says saved.

A line is written in one call, flushed and synced. A last line that was torn (the machine went off while it was
being written, so it was never shown as saved) is set aside in a file of its own when the file is next opened.
"""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from mergecheck.errors import AnswersError
from mergecheck.packet.events import ABOUT_AN_ITEM, BODIES, FORMAT, NEWER, Event, EventType, link
from mergecheck.packet.interrupts import held_interrupts
from mergecheck.packet.lock import lock
from mergecheck.records import Front

NAME_IT = "name the file NAME.answers.jsonl that lies beside the packet"
PACKET_BEGINS = b"PK\x03\x04"
UNEDITED = "send the file that `mergecheck review` wrote, unedited"


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AnswersRead:
    """What an answers file holds: whole events in order, and the bytes of a torn last line, if any."""

    events: tuple[Event, ...]
    whole_bytes: int
    last_link: str | None = None
    torn: bytes = b""


def read_answers(path: Path, *, sent: bool = False) -> AnswersRead:
    """Read an answers file and follow its chain from the first line to the last.

    Args:
        path: the file.
        sent: it came by mail or the like, which may have put a byte order mark before it or other line ends into
            it. Both are undone: a line of ours is ASCII and holds neither.

    Raises:
        AnswersError: no such file, a line is not an event, or the chain is broken; names the line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise AnswersError(f"cannot be read ({error.strerror})", where=str(path), fix=NAME_IT) from error
    if raw.startswith(PACKET_BEGINS):
        raise AnswersError("this is a packet, not the answers to it", where=str(path), fix=NAME_IT)
    if sent:
        raw = raw.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    lines = raw.split(b"\n")
    last = lines.pop()
    events: list[Event] = []
    prev: str | None = None
    for number, line in enumerate(lines, start=1):
        event = _event(line, f"{path}, line {number}")
        if prev is not None and event.prev != prev:
            raise _broken(path, number, "does not follow from the line before it")
        if event.seq != number:
            raise _broken(path, number, f"is numbered {event.seq}")
        if event.sealed().line() != line:
            raise _broken(path, number, "does not say what its id stands for")
        events.append(event)
        prev = link(line)
    # Only a line that ends was synced whole, so what follows the last newline was never shown as saved.
    return AnswersRead(tuple(events), len(raw) - len(last), prev, last)


def _broken(path: Path, number: int, what: str) -> AnswersError:
    return AnswersError(
        f"this line {what}: the file was changed after it was written",
        where=f"{path}, line {number}",
        fix=UNEDITED,
    )


def _event(line: bytes, where: str) -> Event:
    try:
        data = json.loads(line)
        _refuse_newer(data, where)
        event = Event.model_validate(data)
        if event.type in BODIES:
            BODIES[event.type].model_validate(event.body)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the line"
        raise AnswersError(f"{field}: {first['msg']}", where=where, fix=UNEDITED) from error
    except (ValueError, RecursionError) as error:
        raise AnswersError(f"the line is not JSON ({error})", where=where, fix=UNEDITED) from error
    if (event.type in ABOUT_AN_ITEM) != (event.item is not None):
        raise AnswersError(f"an event of type {event.type} with item {event.item}", where=where, fix=UNEDITED)
    return event


def _refuse_newer(data: object, where: str) -> None:
    made_with = data.get("format") if isinstance(data, dict) else None
    if isinstance(made_with, int) and made_with > FORMAT:
        raise AnswersError(
            f"the answers have format {made_with}, this program knows formats up to {FORMAT}",
            where=where,
            fix="install a newer mergecheck",
        )


class AnswersFile:
    """An answers file that is open for appending, by one process at a time."""

    def __init__(
        self,
        path: Path,
        descriptor: int,
        read: AnswersRead,
        packet_digest: str,
        front: Front,
        simulated: bool,
    ) -> None:
        self.path = path
        self.events = list(read.events)
        self.recovered = read.torn
        self.front = front
        self.simulated = simulated
        self._descriptor = descriptor
        self._size = read.whole_bytes
        self._prev = read.last_link or packet_digest

    @classmethod
    def open(cls, path: Path, packet_digest: str, *, front: Front, simulated: bool = False) -> AnswersFile:
        """Open the answers to the packet with this content digest; start the file where there is none.

        Raises:
            AnswersError: the folder cannot be written, another process has the file open, it belongs to another
                packet, its chain is broken, or it mixes simulated and real answers.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        except OSError as error:
            raise AnswersError(
                f"answers cannot be written here ({error.strerror})",
                where=str(path),
                fix="copy the packet to a folder that you may write to",
            ) from error
        try:
            _lock(descriptor, path)
            read = read_answers(path)
            _check_belongs(path, read.events, packet_digest, simulated)
            if read.torn:
                _set_aside(path, read.torn)
                os.ftruncate(descriptor, read.whole_bytes)
            os.fsync(descriptor)
            return cls(path, descriptor, read, packet_digest, front, simulated)
        except BaseException:
            os.close(descriptor)
            raise

    def __enter__(self) -> AnswersFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def append(
        self,
        kind: EventType,
        item: str | None = None,
        body: BaseModel | None = None,
        *,
        at: datetime | None = None,
    ) -> Event:
        """Write one event and sync it; when this returns, the event survives a power cut.

        Raises:
            AnswersError: the disk is full or gone; the file is as it was before.
        """
        # Interrupted in the middle, the next event would be written over this one.
        with held_interrupts():
            event = Event(
                format=NEWER.get(kind, 1),
                seq=len(self.events) + 1,
                prev=self._prev,
                at=(at or utc_now()).isoformat(timespec="milliseconds"),
                front=self.front,
                simulated=self.simulated,
                type=kind,
                item=item,
                body={} if body is None else body.model_dump(mode="json"),
            ).sealed()
            line = event.line()
            self._write(line + b"\n")
            self.events.append(event)
            self._prev = link(line)
        return event

    def _write(self, data: bytes) -> None:
        try:
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
            os.fsync(self._descriptor)
        except OSError as error:
            # On a disk that takes nothing at all this fails too; a torn line is set aside when next opened.
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise AnswersError(
                f"could not be saved ({error.strerror}); everything saved before is safe",
                where=str(self.path),
                fix="make room on the disk and answer this item again",
            ) from error
        self._size += len(data)


def _lock(descriptor: int, path: Path) -> None:
    try:
        lock(descriptor, path)
    except AnswersError as error:
        raise AnswersError(f"{error.what}{_who_has(path)}", where=error.where, fix=error.fix) from error


def _who_has(path: Path) -> str:
    """The front that opened the file last and when, from the file itself; empty where it does not say."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
        opened = [event for line in lines if (event := Event.model_validate_json(line)).type is EventType.OPENED]
        since = datetime.fromisoformat(opened[-1].at).astimezone()
    except (OSError, ValueError, IndexError):
        return ""
    front = {Front.FULL_SCREEN: "full-screen", Front.PLAIN: "line by line"}.get(opened[-1].front, "from a file")
    return f": a review of this packet, {front}, since {since:%Y-%m-%d %H:%M}"


def _check_belongs(path: Path, events: Iterable[Event], packet_digest: str, simulated: bool) -> None:
    events = tuple(events)
    if events and events[0].prev != packet_digest:
        raise AnswersError(
            "these are answers to another packet",
            where=str(path),
            fix="keep each packet and its answers in a folder of their own",
        )
    if any(event.simulated != simulated for event in events):
        kinds = ("simulated", "real") if not simulated else ("real", "simulated")
        raise AnswersError(
            f"the file holds {kinds[0]} answers, and {kinds[1]} ones may not be mixed with them",
            where=str(path),
            fix="copy the packet alone into another folder",
        )


def _set_aside(path: Path, torn: bytes) -> None:
    stamp = utc_now().strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.torn-{stamp}")
    try:
        with aside.open("xb") as handle:
            handle.write(torn)
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise AnswersError(
            f"a torn last line could not be set aside ({error.strerror}); everything saved before is safe",
            where=str(path),
            fix="make room on the disk and open the packet again",
        ) from error

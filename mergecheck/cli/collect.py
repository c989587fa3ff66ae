"""`mergecheck collect`: take answers files back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mergecheck.packet.events import Event
    from mergecheck.store.answers import KnownPacket
    from mergecheck.store.database import Database

UNEDITED = "send the file that `mergecheck review` wrote, unedited"


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of one file."""

    file: str
    reviewer: str
    round: int
    events: int
    new: int
    torn_bytes: int


def collect(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Answers files; without any, all in the study's `answers/`.")
    ] = None,
    study: StudyFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Take answers files back: verify that they belong to this study and are whole, and keep what is new.

    A half-finished file may come now and its longer version later; nothing is counted twice. A file that is
    refused does not keep the others out. Example:

        mergecheck collect --study my-study ada.answers.jsonl bo.answers.jsonl
    """
    from mergecheck.errors import AnswersError, Problems, Refused
    from mergecheck.store.database import Database
    from mergecheck.study import load_study

    plan = load_study(study)
    chosen = list(files or sorted(plan.answers.glob("*.jsonl")))
    if not chosen:
        raise Refused("there are no answers files", where=str(plan.answers), fix="put them there, or name them")
    database = Database.open(plan.database)
    collected: list[Collected] = []
    problems: list[AnswersError] = []
    for file in chosen:
        try:
            one = _collect(database, file)
        except AnswersError as error:
            problems.append(error)
            continue
        collected.append(one)
        # Said at once: a disk that is full at the next file does not hide what was kept of this one.
        torn = f", {one.torn_bytes} bytes of a torn last line left out" if one.torn_bytes else ""
        talk(f"{one.file}: reviewer {one.reviewer}, round {one.round}: {one.new} new of {one.events} events{torn}")
    if as_json:
        print_json([{name: getattr(one, name) for name in Collected.__slots__} for one in collected])
    if problems:
        raise Problems(problems)


def _collect(database: Database, file: Path) -> Collected:
    from mergecheck.errors import AnswersError
    from mergecheck.packet.answers import read_answers
    from mergecheck.store.answers import assigned_items, known_packet, save_events
    from mergecheck.store.database import write_journal

    read = read_answers(file, sent=True)
    if not read.events:
        raise AnswersError("the file holds no answers", where=str(file), fix=UNEDITED)
    with database.writing() as connection:
        packet = known_packet(connection, read.events[0].prev)
        if packet is None:
            raise AnswersError(
                "these are answers to a packet that this study did not hand out",
                where=str(file),
                fix="check which study it belongs to: each packet names its study on the start page",
            )
        _check_open(connection, read.events, file)
        _check_one_kind(connection, packet, read.events, file)
        _check_items(connection, packet, read.events, assigned_items(connection, packet), file)
        new = save_events(connection, packet.digest, read.events)
        if new:
            write_journal(connection, "collect", f"{file.name}: {new} new events of {packet.reviewer}")
    return Collected(str(file), packet.reviewer, packet.round, len(read.events), new, len(read.torn))


def _check_open(connection: Connection, events: Sequence[Event], file: Path) -> None:
    from mergecheck.errors import AnswersError
    from mergecheck.store.answers import new_events
    from mergecheck.store.database import fact

    if fact(connection, "closed_at") and new_events(connection, events):
        raise AnswersError(
            "it holds new answers, and the study is closed",
            where=str(file),
            fix="answers that come after the end are not counted; keep the file beside the study",
        )


def _check_one_kind(connection: Connection, packet: KnownPacket, events: Sequence[Event], file: Path) -> None:
    """A packet is answered by a person or by a simulated reviewer, never by both."""
    from mergecheck.errors import AnswersError
    from mergecheck.store.answers import simulated_events

    simulated = sum(event.simulated for event in events)
    known = simulated_events(connection, packet.digest)
    if simulated not in (0, len(events)) or (known is not None and known != bool(simulated)):
        raise AnswersError(
            "simulated and real answers to one packet would be mixed",
            where=str(file),
            fix="simulate in a copy of the study folder, and keep this study for real reviewers",
        )


def _check_items(
    connection: Connection, packet: KnownPacket, events: Sequence[Event], items: set[str], file: Path
) -> None:
    from mergecheck.errors import AnswersError
    from mergecheck.packet.events import EventType, VerdictBody
    from mergecheck.packet.form import Form
    from mergecheck.store.rounds import round_settings

    form = Form.model_validate(round_settings(connection, packet.round)["form"])
    for event in events:
        where = f"{file}, line {event.seq}"
        if event.item is not None and event.item not in items:
            raise AnswersError(f"item {event.item} is not in the packet", where=where, fix=UNEDITED)
        if event.type in (EventType.VERDICT, EventType.CORRECTION):
            fields = {key: value for key, value in event.body.items() if key != "why"}
            wrong = form.problems(VerdictBody.model_validate(fields).verdict())
            for field, what in wrong.items():
                raise AnswersError(f"{field}: {what}", where=where, fix=UNEDITED)

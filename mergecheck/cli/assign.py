"""`mergecheck assign`: draw a round, lay out the queues, write the packets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from mergecheck.assign.queue import Queue
    from mergecheck.assign.round import DrawnRound
    from mergecheck.assign.seal import Seal
    from mergecheck.store.database import Database
    from mergecheck.study import Study

STUDY_ID = "study_id"
"""Fact that tells whether `seal.key` is still the one that the study was begun with."""


def assign(study: StudyFolder = Path(), as_json: AsJson = False) -> None:
    """Draw a round and write one packet a reviewer into `packets/`.

    Run again, it writes packets that went missing, the same to the byte, and draws a new round only where there
    are attempts that no round has drawn. Example:

        mergecheck assign --study my-study
    """
    from mergecheck.assign.seal import Seal
    from mergecheck.report.balance import balance, print_balance
    from mergecheck.store.database import Database
    from mergecheck.study import load_study, read_key

    plan = load_study(study)
    seal = Seal(read_key(plan), plan.seed)
    database = Database.open(plan.database)
    _check_key(database, plan, seal)
    # What was drawn before comes first: a round that is refused must not keep its packets from being written.
    _write_packets(database, plan, seal)
    number, drawn = _new_round(database, plan, seal)
    files = _write_packets(database, plan, seal)
    if as_json:
        queues = [balance(queue) for queue in drawn.queues] if drawn else []
        print_json({"round": number, "packets": [str(file) for file in files], "queues": queues})
        return
    if drawn is None:
        talk("No attempts are new: no round was drawn.")
    elif not drawn.queues:
        talk(f"Round {number} was drawn, and all of its candidates were handed out in earlier rounds.")
    else:
        print_balance(drawn.queues)
        _warn_of_one_source(number, drawn)
    for file in files:
        talk(f"packet: {file}")
    talk("Next: give each reviewer their packet; they run `mergecheck review PACKET` and send the answers back.")


def _check_key(database: Database, plan: Study, seal: Seal) -> None:
    """Refuse a key that is not the one that packets were made with: ids could not be turned back any more."""
    from mergecheck.errors import Refused
    from mergecheck.store.database import fact

    with database.reading() as connection:
        begun_with = fact(connection, STUDY_ID)
    if begun_with not in (None, seal.study_id()):
        raise Refused(
            "this is not the key that the study's packets were made with",
            where=str(plan.key_file),
            fix="put the study's own seal.key back from your backup",
        )


def _new_round(database: Database, plan: Study, seal: Seal) -> tuple[int | None, DrawnRound | None]:
    from mergecheck.assign.round import Design, draw_round
    from mergecheck.store.database import fact, set_fact, write_journal
    from mergecheck.store.rounds import assigned_candidates, freeze_round, issues, last_round, sampleable

    with database.writing() as connection:
        _refuse_unready(connection, plan)
        fresh = sampleable(connection)
        if not fresh:
            return None, None
        number = last_round(connection) + 1
        design = Design(plan.golden_share, plan.waves, plan.reviewers)
        drawn = draw_round(fresh, assigned_candidates(connection), design, number, seal)
        if fact(connection, STUDY_ID) is None:
            set_fact(connection, STUDY_ID, seal.study_id())
        candidate = {(one.submission, one.instance): one.candidate for one in fresh}
        instances = {one.instance for one in fresh}
        freeze_round(
            connection,
            number,
            _settings(plan, drawn.queues),
            {instance: shown for instance, shown in issues(connection).items() if instance in instances},
            [(draw, candidate.get((draw.submission, draw.instance))) for draw in drawn.draws],
            [one for queue in drawn.queues for one in queue.assignments],
        )
        items = sum(len(queue.assignments) for queue in drawn.queues)
        write_journal(connection, "assign", f"round {number}: {items} items for {len(drawn.queues)} reviewers")
    return number, drawn


def _refuse_unready(connection: Connection, plan: Study) -> None:
    from mergecheck.changes.canonical import made_with
    from mergecheck.errors import Refused, StudyFileError
    from mergecheck.store.attempts import pending
    from mergecheck.store.database import fact
    from mergecheck.store.rounds import last_round, round_settings, sampleable

    if fact(connection, "closed_at"):
        raise Refused("the study is closed", fix="a closed study takes no more rounds: start another one")
    last = last_round(connection)
    if last and round_settings(connection, last)["tests"] != plan.tests:
        raise Refused(
            f'round {last} was handed out with [policies] tests = "{round_settings(connection, last)["tests"]}"',
            where=str(plan.file),
            fix="set the policy back: reviewers of one study must all see the same of a change",
        )
    waiting = len(pending(connection, made_with(strip_tests=plan.tests == "strip")))
    if waiting:
        raise Refused(
            f"{waiting} attempts wait for their patch to be applied",
            fix="run `mergecheck pull` until it ends without an error",
        )
    if not plan.reviewers:
        raise StudyFileError(
            "there are no reviewers", where=str(plan.file), fix="add a [[reviewers]] table for each"
        )
    if not last and not sampleable(connection):
        raise Refused(
            "no attempt can be reviewed", fix="see `mergecheck status --skipped` for what became of each"
        )


def _settings(plan: Study, queues: Sequence[Queue]) -> dict[str, object]:
    from mergecheck.changes.canonical import RULES

    return {
        "study": plan.name,
        "rules": RULES,
        "tests": plan.tests,
        "seed": plan.seed,
        "golden_share": plan.golden_share,
        "form": plan.form.model_dump(mode="json"),
        "guidelines": plan.guidelines,
        "waves": {queue.reviewer: queue.waves for queue in queues},
    }


def _warn_of_one_source(number: int | None, drawn: DrawnRound) -> None:
    """A round without golden candidates tells its reviewers that no person wrote any of it."""
    from mergecheck.records import GOLDEN

    if not any(draw.sampled and draw.submission == GOLDEN for draw in drawn.draws):
        talk(
            f"Warning: round {number} holds no golden candidate of its own: no person wrote any of its changes, "
            "which reviewers may find out, and it has no baseline of its own."
        )


def _write_packets(database: Database, plan: Study, seal: Seal) -> list[Path]:
    """Write every packet of every round that is not there; all of it comes from the store, nothing from chance."""
    from mergecheck.packet.write import write_packet
    from mergecheck.store.handout import packet_contents, packets_due
    from mergecheck.store.rounds import save_packet

    plan.packets.mkdir(exist_ok=True)
    files = []
    with database.reading() as connection:
        due = packets_due(connection)
    for number, reviewer in due:
        with database.writing() as connection:
            manifest, items, texts = packet_contents(connection, number, reviewer, seal.study_id())
            file = plan.packets / f"{_slug(manifest.study)}-round{number}-{reviewer}.packet"
            digest = write_packet(file, manifest, items, texts)
            save_packet(connection, digest, number, reviewer, file.name)
        files.append(file)
    return files


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "study"

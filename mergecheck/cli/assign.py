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
    from mergecheck.assign.seal import Seal
    from mergecheck.store.database import Database
    from mergecheck.study import Study


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
    queues = _new_round(database, plan, seal)
    files = _write_packets(database, plan, seal)
    if as_json:
        print_json({"packets": [str(file) for file in files], "queues": [balance(queue) for queue in queues]})
        return
    if queues:
        print_balance(queues)
    else:
        talk("No attempts are new: no round was drawn.")
    for file in files:
        talk(f"packet: {file}")
    talk("Next: give each reviewer their packet; they run `mergecheck review PACKET` and send the answers back.")


def _new_round(database: Database, plan: Study, seal: Seal) -> Sequence[Queue]:
    from mergecheck.assign.round import Design, draw_round
    from mergecheck.store.database import write_journal
    from mergecheck.store.rounds import assigned_candidates, freeze_round, last_round, sampleable

    with database.writing() as connection:
        _refuse_unready(connection, plan)
        fresh = sampleable(connection)
        if not fresh:
            return ()
        number = last_round(connection) + 1
        design = Design(plan.golden_share, plan.waves, plan.reviewers)
        drawn = draw_round(fresh, assigned_candidates(connection), design, number, seal)
        candidate = {(one.submission, one.instance): one.candidate for one in fresh}
        freeze_round(
            connection,
            number,
            _settings(plan, drawn.queues),
            [(draw, candidate.get((draw.submission, draw.instance))) for draw in drawn.draws],
            [one for queue in drawn.queues for one in queue.assignments],
        )
        items = sum(len(queue.assignments) for queue in drawn.queues)
        write_journal(connection, "assign", f"round {number}: {items} items for {len(drawn.queues)} reviewers")
    return drawn.queues


def _refuse_unready(connection: Connection, plan: Study) -> None:
    from mergecheck.errors import Refused, StudyFileError
    from mergecheck.store.database import fact
    from mergecheck.store.rounds import last_round, sampleable, unmade

    if fact(connection, "closed_at"):
        raise Refused("the study is closed", fix="a closed study takes no more rounds: start another one")
    waiting = unmade(connection)
    if waiting:
        raise Refused(
            f"{waiting} attempts wait for their patch to be applied",
            fix="run `mergecheck pull` until it ends without an error",
        )
    if not plan.reviewers:
        raise StudyFileError(
            "there are no reviewers", where=str(plan.file), fix="add a [[reviewers]] table for each"
        )
    if not last_round(connection) and not sampleable(connection):
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

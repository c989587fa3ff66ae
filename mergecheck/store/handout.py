"""What goes into a packet, from the store alone: so a packet that went missing is written again to the byte."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from mergecheck.packet.form import Form
from mergecheck.packet.format import Amended, Manifest, PacketItem
from mergecheck.packet.write import make_item
from mergecheck.store.candidates import load_candidate, load_texts
from mergecheck.store.rounds import load_assignments, round_settings
from mergecheck.store.schema import assignments


def packets_due(connection: Connection) -> list[tuple[int, str]]:
    """Round and reviewer of every packet there should be."""
    query = select(assignments.c.round, assignments.c.reviewer).distinct()
    return sorted((number, reviewer) for number, reviewer in connection.execute(query))


def packet_contents(
    connection: Connection, round_number: int, reviewer: str, study_id: str
) -> tuple[Manifest, list[PacketItem], dict[str, str]]:
    """A reviewer's packet of a round: the manifest without items and digest, the items, the texts by digest."""
    settings: dict[str, Any] = dict(round_settings(connection, round_number))
    kept: dict[str, list[str]] = settings["issues"]
    issue_texts = load_texts(connection, {digest for _, digest in kept.values()})
    items: list[PacketItem] = []
    texts: dict[str, str] = {}
    for assignment in load_assignments(connection, round_number):
        if assignment.reviewer != reviewer:
            continue
        candidate = load_candidate(connection, assignment.candidate)
        repo, issue = kept[candidate.instance]
        item, needed = make_item(assignment, candidate, repo, issue_texts[issue])
        items.append(item)
        texts |= needed
    told = [Amended(**{key: entry[key] for key in Amended.model_fields}) for entry in _told(settings, reviewer)]
    manifest = Manifest(
        format=2 if told else 1,
        study_id=study_id,
        study=settings["study"],
        reviewer=reviewer,
        round=round_number,
        rules=settings["rules"],
        waves=settings["waves"][reviewer],
        form=Form.model_validate(settings["form"]),
        guidelines=settings["guidelines"],
        items=(),
        amendments=tuple(told),
    )
    return manifest, items, texts


def _told(settings: dict[str, Any], reviewer: str) -> list[dict[str, Any]]:
    # A round that was frozen before there were amendments has none.
    told: list[dict[str, Any]] = settings.get("amendments", {}).get(reviewer, [])
    return told

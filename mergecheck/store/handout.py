"""What goes into a packet, from the store alone: so a packet that went missing is written again to the byte."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import Any, cast

from sqlalchemy import Connection, select

from mergecheck.assign.audit.redaction import redact_candidate
from mergecheck.packet.form import Form
from mergecheck.packet.format import Amended, Manifest, PacketItem, oldest_format
from mergecheck.packet.write import make_item
from mergecheck.store.candidates import load_candidate, load_texts
from mergecheck.store.rounds import load_assignments, round_settings
from mergecheck.store.schema import assignments
from mergecheck.store.trees import StoredTexts


def packets_due(connection: Connection) -> list[tuple[int, str]]:
    """Round and reviewer of every packet there should be."""
    query = select(assignments.c.round, assignments.c.reviewer).distinct()
    return sorted((number, reviewer) for number, reviewer in connection.execute(query))


def packet_contents(
    connection: Connection, round_number: int, reviewer: str, study_id: str
) -> tuple[Manifest, list[PacketItem], dict[str, str]]:
    """A reviewer's packet of a round: the manifest without items and digest, the items, what the store lacks.

    What it lacks are texts by digest in which something is redacted for this round; see `packet_texts`.
    """
    settings: dict[str, Any] = dict(round_settings(connection, round_number))
    kept: dict[str, list[str]] = settings["issues"]
    # A round that was frozen before there were base trees has none.
    trees: dict[str, str] = settings.get("trees", {})
    # A round that was frozen before there was an audit has none.
    redactions: dict[str, list[str]] = settings.get("redactions", {})
    issue_texts = load_texts(connection, {digest for _, digest in kept.values()})
    items: list[PacketItem] = []
    own: dict[str, str] = {}
    for assignment in load_assignments(connection, round_number):
        if assignment.reviewer != reviewer:
            continue
        candidate = load_candidate(connection, assignment.candidate)
        candidate = redact_candidate(candidate, redactions.get(candidate.instance, []))
        repo, issue = kept[candidate.instance]
        item, texts = make_item(assignment, candidate, repo, issue_texts[issue], trees.get(candidate.instance))
        if candidate.instance in redactions:
            own |= texts
        items.append(item)
    told = [Amended(**{key: entry[key] for key in Amended.model_fields}) for entry in _told(settings, reviewer)]
    manifest = Manifest(
        format=oldest_format(amendments=bool(told), trees=any(item.tree is not None for item in items)),
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
    return manifest, items, own


def packet_texts(connection: Connection, own: Mapping[str, str]) -> Mapping[str, str]:
    """All texts that a packet can show, by digest: its own, and the store's, read when they are asked for."""
    # A ChainMap writes to its first part alone.
    return ChainMap(dict(own), cast("MutableMapping[str, str]", StoredTexts(connection)))


def _told(settings: dict[str, Any], reviewer: str) -> list[dict[str, Any]]:
    # A round that was frozen before there were amendments has none.
    told: list[dict[str, Any]] = settings.get("amendments", {}).get(reviewer, [])
    return told

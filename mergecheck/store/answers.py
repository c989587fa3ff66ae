"""Keep returned answers as they came, event by event, and fold them into reviews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from mergecheck.packet.events import Event
from mergecheck.packet.outcome import branches, fold, merge
from mergecheck.records import Review
from mergecheck.store.database import now
from mergecheck.store.schema import assignments, events, packets


@dataclass(frozen=True, slots=True)
class KnownPacket:
    """A packet that this study handed out."""

    digest: str
    round: int
    reviewer: str
    file: str


def known_packet(connection: Connection, digest: str) -> KnownPacket | None:
    """The packet of this study with this content digest, or None."""
    row = connection.execute(select(packets).where(packets.c.digest == digest)).mappings().first()
    return None if row is None else KnownPacket(**row)


def known_packets(connection: Connection) -> list[KnownPacket]:
    """All packets of this study, by round and reviewer."""
    rows = connection.execute(select(packets).order_by(packets.c.round, packets.c.reviewer)).mappings()
    return [KnownPacket(**row) for row in rows]


def assigned_items(connection: Connection, packet: KnownPacket) -> set[str]:
    """The blind ids in a packet."""
    mine = (assignments.c.round == packet.round) & (assignments.c.reviewer == packet.reviewer)
    return set(connection.execute(select(assignments.c.id).where(mine)).scalars())


def save_events(connection: Connection, packet_digest: str, read: Sequence[Event]) -> int:
    """Keep the events of one answers file; those that are known already are left alone.

    Returns:
        How many were new.
    """
    new, at = 0, now()
    for event in read:
        done = connection.execute(
            insert(events)
            .values(
                id=event.id,
                packet=packet_digest,
                seq=event.seq,
                line=event.line().decode("ascii"),
                collected_at=at,
            )
            .on_conflict_do_nothing()
        )
        new += done.rowcount
    return new


def reviews(connection: Connection) -> dict[str, Review]:
    """Every review that has come back: blind id → review."""
    by_packet: dict[str, list[Event]] = defaultdict(list)
    query = select(events.c.packet, events.c.line).order_by(events.c.packet, events.c.seq, events.c.id)
    for packet, line in connection.execute(query):
        by_packet[packet].append(Event.model_validate_json(line))
    found: dict[str, Review] = {}
    for read in by_packet.values():
        found |= fold(merge(branches(read)))
    return found


def new_events(connection: Connection, read: Sequence[Event]) -> int:
    """How many of these events the store does not hold yet."""
    known = set(connection.execute(select(events.c.id)).scalars())
    return sum(event.id not in known for event in read)


def simulated_events(connection: Connection, packet_digest: str) -> bool | None:
    """Whether a packet's answers are simulated; None where there are none."""
    line = connection.execute(select(events.c.line).where(events.c.packet == packet_digest)).scalars().first()
    return None if line is None else Event.model_validate_json(line).simulated

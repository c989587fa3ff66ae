"""Amendments: candidates that were withdrawn or are to be given out anew, and what their reviewers are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from mergecheck.store.database import now, storable
from mergecheck.store.schema import amendments, assignments, rounds


class Amendment(StrEnum):
    """What was done about a candidate."""

    WITHDRAW = "withdraw"
    REISSUE = "reissue"


@dataclass(frozen=True, slots=True)
class Amended:
    """An amendment: `round` is the one that gave the candidate out anew."""

    id: int
    at: str
    candidate: str
    what: Amendment
    why: str
    round: int | None


def amend(connection: Connection, candidate: str, what: Amendment, why: str) -> None:
    """Withdraw a candidate, or have it given out anew in the next round."""
    connection.execute(
        insert(amendments).values(at=now(), candidate=candidate, what=str(what), why=storable(why), round=None)
    )


def all_amendments(connection: Connection) -> list[Amended]:
    """Every amendment, oldest first."""
    rows = connection.execute(select(amendments).order_by(amendments.c.id)).mappings()
    return [Amended(**{**row, "what": Amendment(row["what"])}) for row in rows]


def newest_amendments(connection: Connection) -> dict[str, Amended]:
    """Candidate → its newest amendment, which is the one that holds."""
    return {one.candidate: one for one in all_amendments(connection)}


def withdrawn(connection: Connection) -> dict[str, Amended]:
    """The candidates that are withdrawn."""
    found = newest_amendments(connection)
    return {candidate: one for candidate, one in found.items() if one.what is Amendment.WITHDRAW}


def pending_reissues(connection: Connection) -> list[Amended]:
    """What the next round is to give out anew."""
    found = newest_amendments(connection).values()
    return [one for one in found if one.what is Amendment.REISSUE and one.round is None]


def given_out_anew(connection: Connection) -> dict[str, int]:
    """Candidate → the last round that gave it out anew: what was shown of it before then is void."""
    found: dict[str, int] = {}
    for one in all_amendments(connection):
        if one.what is Amendment.REISSUE and one.round is not None:
            found[one.candidate] = max(one.round, found.get(one.candidate, 0))
    return found


def take_up(connection: Connection, reissued: Iterable[Amended], round_number: int) -> None:
    """Note that a round gave candidates out anew."""
    for one in reissued:
        connection.execute(update(amendments).where(amendments.c.id == one.id).values(round=round_number))


def to_tell(connection: Connection, reviewers: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """What each of these reviewers is to be told with their next packet: of which round, which number, what.

    Each amendment is told once, and what is to be given out anew when it is. A reviewer without anything to be
    told is left out.
    """
    told = _told(connection)
    candidates = {one.candidate for one in all_amendments(connection)}
    query = (
        select(assignments)
        .where(assignments.c.candidate.in_(candidates), assignments.c.reviewer.in_(list(reviewers)))
        .order_by(assignments.c.round, assignments.c.position)
    )
    shown = connection.execute(query).mappings().all()
    found: dict[str, list[dict[str, Any]]] = {}
    for one in newest_amendments(connection).values():
        if one.what is Amendment.REISSUE and one.round is None:
            continue
        for row in shown:
            # What an amendment itself gave out is not amended by it.
            later = one.round is not None and row["round"] >= one.round
            if (
                row["candidate"] == one.candidate
                and not later
                and (row["reviewer"], one.id, row["id"]) not in told
            ):
                entry = {"id": one.id, "item": row["id"], "round": row["round"], "number": row["position"]}
                found.setdefault(row["reviewer"], []).append({**entry, "what": str(one.what)})
    return {
        name: sorted(entries, key=lambda entry: (entry["round"], entry["number"]))
        for name, entries in found.items()
    }


def _told(connection: Connection) -> set[tuple[str, int, str]]:
    found = set()
    for settings in connection.execute(select(rounds.c.settings)).scalars():
        mine: Mapping[str, list[dict[str, Any]]] = settings.get("amendments", {})
        found |= {(name, entry["id"], entry["item"]) for name, entries in mine.items() for entry in entries}
    return found

"""What the organiser decided about leaks: kept for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, insert, select

from mergecheck.store.amendments import Amendment, amend, withdrawn
from mergecheck.store.database import now, storable
from mergecheck.store.schema import assignments, audit_decisions, candidates, rounds

if TYPE_CHECKING:
    # The report asks here what was decided; the audit and git, which are slow to import, it does not need.
    from mergecheck.assign.audit.records import Finding


class Decision(StrEnum):
    """What is done about a finding."""

    REDACT = "redact"
    DROP = "drop"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision. `round` was the last one out when it was made: packets of later rounds follow it."""

    id: int
    at: str
    finding: str
    leak: int
    instance: str | None
    literal: str
    place: str
    decision: Decision
    why: str
    candidates: tuple[str, ...]
    round: int


def decide(connection: Connection, finding: Finding, decision: Decision, why: str) -> None:
    """Keep a decision; to drop an instance withdraws every candidate of it that there is."""
    connection.execute(
        insert(audit_decisions).values(
            at=now(),
            finding=finding.id,
            leak=int(finding.leak),
            instance=finding.instance,
            literal=storable(finding.literal),
            place=storable(finding.place),
            decision=str(decision),
            why=storable(why),
            candidates=list(finding.candidates) or _candidates_of(connection, finding.instance),
            round=_last_round(connection),
        )
    )
    if decision is Decision.DROP:
        withdraw_dropped(connection)


def _last_round(connection: Connection) -> int:
    found: int | None = connection.execute(select(func.max(rounds.c.number))).scalar()
    return found or 0


def _candidates_of(connection: Connection, instance: str | None) -> list[str]:
    """Every candidate of an instance: what its issue gives away concerns them all."""
    query = select(candidates.c.id).where(candidates.c.instance == instance).order_by(candidates.c.id)
    return [] if instance is None else list(connection.execute(query).scalars())


def all_decisions(connection: Connection) -> list[Decided]:
    """Every decision, oldest first."""
    rows = connection.execute(select(audit_decisions).order_by(audit_decisions.c.id)).mappings()
    return [
        Decided(**{**row, "decision": Decision(row["decision"]), "candidates": tuple(row["candidates"])})
        for row in rows
    ]


def standing_decisions(connection: Connection) -> dict[str, Decided]:
    """Finding → the newest decision about it, which holds."""
    return {one.finding: one for one in all_decisions(connection)}


def settled(finding: Finding, standing: Mapping[str, Decided]) -> Decided | None:
    """The decision that settles a finding: its own, or another's that redacts the text or drops the instance."""
    own = standing.get(finding.id)
    if own is not None or finding.instance is None:
        return own
    for one in standing.values():
        if one.instance != finding.instance:
            continue
        if one.decision is Decision.DROP:
            return one
        if one.decision is Decision.REDACT and one.literal == finding.literal:
            return one
    return None


def redactions(connection: Connection) -> dict[str, list[str]]:
    """Instance → the texts that are redacted in whatever is shown of it from now on."""
    found: dict[str, set[str]] = {}
    for one in standing_decisions(connection).values():
        if one.decision is Decision.REDACT and one.instance is not None and one.literal:
            found.setdefault(one.instance, set()).add(one.literal)
    return {instance: sorted(literals) for instance, literals in sorted(found.items())}


def dropped(connection: Connection) -> dict[str, Decided]:
    """The instances that were dropped, with the decision."""
    return {
        one.instance: one
        for one in standing_decisions(connection).values()
        if one.decision is Decision.DROP and one.instance is not None
    }


def withdraw_dropped(connection: Connection) -> int:
    """Withdraw what there is by now of dropped instances, and was not withdrawn yet: how many candidates."""
    gone, mine = withdrawn(connection), dropped(connection)
    query = select(candidates.c.id, candidates.c.instance).where(candidates.c.instance.in_(mine))
    found = 0
    for candidate, instance in connection.execute(query).all():
        if candidate not in gone:
            amend(
                connection,
                candidate,
                Amendment.WITHDRAW,
                f"its instance gives an author away: {mine[instance].why}",
            )
            found += 1
    return found


def accepted_of_all(connection: Connection) -> list[str]:
    """Accepted leaks that are of no single candidate, in words."""
    return [
        f"leak {one.leak}, {one.place}: {one.why}"
        for one in standing_decisions(connection).values()
        if one.decision is Decision.ACCEPT and not one.candidates
    ]


def leaky_assignments(connection: Connection) -> dict[str, Decision]:
    """Assignments that showed a leak which was accepted, or redacted only after their round was out."""
    rows = connection.execute(select(assignments.c.id, assignments.c.candidate, assignments.c.round)).all()
    by_candidate: dict[str, list[tuple[str, int]]] = {}
    for name, candidate, number in rows:
        by_candidate.setdefault(candidate, []).append((name, number))
    found: dict[str, Decision] = {}
    for one in _by_candidate(standing_decisions(connection).values()):
        candidate, decided = one
        for name, number in by_candidate.get(candidate, ()):
            if decided.decision is Decision.ACCEPT:
                found[name] = Decision.ACCEPT
            elif decided.decision is Decision.REDACT and number <= decided.round:
                found.setdefault(name, Decision.REDACT)
    return found


def _by_candidate(decisions: Iterable[Decided]) -> Iterable[tuple[str, Decided]]:
    return ((candidate, one) for one in decisions for candidate in one.candidates)

"""Keep the analysis as it was planned, what became of it since, and how often its result was looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from mergecheck import __version__
from mergecheck.store.database import now
from mergecheck.store.drawn import last_round
from mergecheck.store.schema import looks, plans
from mergecheck.study.analysis_choices import Choices, Difference, canonical, differences, digest

LOCKED, SEEN = "locked", "seen"


@dataclass(frozen=True, slots=True)
class Change:
    """A choice that is not as it was locked, and when the present one was first seen (ISO 8601, UTC)."""

    choice: str
    locked: str
    now: str
    since: str


@dataclass(frozen=True, slots=True)
class Looks:
    """How often the primary result was shown, and when (ISO 8601, UTC).

    `simulated` of them were over verdicts of which a program gave some. `first` and `last` are None before any;
    `verdicts` is how many the last one saw, `verdicts_first` how many the first.
    """

    count: int = 0
    simulated: int = 0
    first: str | None = None
    last: str | None = None
    verdicts_first: int = 0
    verdicts: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a study and what became of it.

    `locked_at` and `program` are None where no plan was locked: before the first round, or where that went out
    before there were locks (`handed_out`). `digest` is the locked one, `plan` all that was locked.
    """

    locked_at: str | None
    program: str | None
    digest: str | None
    plan: Mapping[str, Any]
    handed_out: bool
    changes: tuple[Change, ...]
    looks: Looks

    @property
    def as_planned(self) -> bool:
        """Whether there is a plan and the present choices are those."""
        return self.locked_at is not None and not self.changes


def lock_plan(connection: Connection, choices: Choices) -> None:
    """Lock the plan with the first round; a plan that is locked stays."""
    if _locked(connection) is None:
        _note(connection, LOCKED, choices)


def note_plan(connection: Connection, choices: Choices) -> None:
    """Note that the choices are others than were last seen, and when; nothing where no plan was locked."""
    if _locked(connection) is None:
        return
    last = connection.execute(select(plans.c.digest).order_by(plans.c.id.desc()).limit(1)).scalar_one()
    if last != digest(choices):
        _note(connection, SEEN, choices)


def record_look(connection: Connection, command: str, choices: Choices, verdicts: int, simulated: int) -> None:
    """Note that the primary result was shown.

    Args:
        connection: to the study.
        command: what showed it.
        choices: those that it was computed under.
        verdicts: how many there were.
        simulated: those of them that a program gave.
    """
    connection.execute(
        insert(looks).values(
            at=now(),
            program=__version__,
            command=command,
            digest=digest(choices),
            verdicts=verdicts,
            simulated=simulated,
        )
    )


def plan_of(connection: Connection, choices: Choices) -> Plan:
    """The plan beside the present choices."""
    row = _locked(connection)
    return Plan(
        locked_at=None if row is None else row["at"],
        program=None if row is None else row["program"],
        digest=None if row is None else row["digest"],
        plan={} if row is None else row["plan"],
        handed_out=last_round(connection) > 0,
        changes=() if row is None else _changes(connection, row["plan"], choices),
        looks=_looks(connection),
    )


def _locked(connection: Connection) -> dict[str, Any] | None:
    query = select(plans).where(plans.c.what == LOCKED).order_by(plans.c.id).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else {str(name): value for name, value in row.items()}


def _note(connection: Connection, what: str, choices: Choices) -> None:
    plan = json.loads(canonical(choices))
    connection.execute(
        insert(plans).values(at=now(), program=__version__, what=what, digest=digest(choices), plan=plan)
    )


def _changes(connection: Connection, locked: Mapping[str, Any], choices: Choices) -> tuple[Change, ...]:
    seen = list(connection.execute(select(plans.c.at, plans.c.plan).order_by(plans.c.id)))
    return tuple(
        Change(one.choice, one.locked, one.now, _since(seen, one, choices)) for one in differences(locked, choices)
    )


def _since(seen: list[Any], change: Difference, choices: Choices) -> str:
    """When the present value was first seen in an unbroken run to now; now where nobody has noted it yet."""
    since = now()
    for at, plan in reversed(seen):
        if any(one.choice == change.choice for one in differences(plan, choices)):
            break
        since = at
    return since


def _looks(connection: Connection) -> Looks:
    rows = list(connection.execute(select(looks.c.at, looks.c.verdicts, looks.c.simulated).order_by(looks.c.id)))
    if not rows:
        return Looks()
    simulated = connection.execute(select(func.count()).select_from(looks).where(looks.c.simulated > 0))
    first, last = rows[0], rows[-1]
    return Looks(len(rows), simulated.scalar_one(), first.at, last.at, first.verdicts, last.verdicts)

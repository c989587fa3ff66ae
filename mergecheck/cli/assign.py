"""`mergecheck assign`: draw a round, lay out the queues, write the packets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from mergecheck.cli.handing_out import (
    Packets,
    changed_policies,
    check_policies,
    design_of,
    freeze,
    opened,
    refuse_closed,
    with_trees,
)
from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, talk

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mergecheck.assign.conflicts import Cost
    from mergecheck.assign.design import DrawnRound
    from mergecheck.assign.seal import Seal
    from mergecheck.stats.precision import RoundPrecision
    from mergecheck.store.database import Database
    from mergecheck.study import Study


class Known(TypedDict):
    """Of how much conflicts of interest can be known at all."""

    pull_requests_known: int
    instances: int
    with_github: int
    reviewers: int


@dataclass(frozen=True, slots=True)
class Handed:
    """A round that was drawn and what is said of it; `number` is None where there was nothing to hand out."""

    drawn: DrawnRound
    number: int | None = None
    precision: RoundPrecision | None = None
    costs: tuple[Cost, ...] = ()
    known: Known | None = None


def assign(
    study: StudyFolder = Path(),
    new_policies: Annotated[
        bool,
        typer.Option(
            "--new-policies",
            help="Draw a round under other [policies] than the last one: changes that differ are handed out anew.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw a round and write one packet a reviewer into `packets/`.

    A later round holds what is new: submissions, instances, reviewers, attempts that have changed. When it adds a
    model it also takes golden patches from the reserve, and shows some earlier changes again. Run again, it writes
    packets that went missing, the same to the byte. Example:

        mergecheck assign --study my-study
    """
    from mergecheck.report.rounds import costs_as_json, precision_as_json
    from mergecheck.study import load_study

    plan = load_study(study)
    database, seal = opened(plan)
    # What was drawn before comes first: a round that is refused must not keep its packets from being written.
    packets = Packets(database, plan, seal)
    files = packets.write()
    handed = with_trees(database, plan, lambda: _new_round(database, plan, seal, new_policies=new_policies))
    files += packets.write()
    if as_json:
        from mergecheck.assign.conflicts import ConflictPolicy
        from mergecheck.report.balance import balance, overlap
        from mergecheck.report.sizes import drawn_as_json

        chosen = ConflictPolicy(plan.conflict)
        print_json(
            {
                "round": handed.number,
                "packets": [str(file) for file in files],
                "drawn": drawn_as_json(handed.drawn),
                "queues": [balance(queue) for queue in handed.drawn.queues],
                "overlap": overlap(handed.drawn),
                "precision": None if handed.precision is None else precision_as_json(handed.precision),
                "conflicts": None if handed.known is None else costs_as_json(handed.costs, chosen, **handed.known),
            }
        )
        return
    _say(handed, plan)
    for file in files:
        talk(f"packet: {file}")
    if files:
        talk("Before you hand them out: `mergecheck audit blinding` looks for what gives authors away.")
        talk(
            "Next: give each reviewer their packet; they run `mergecheck review PACKET` and send the answers back."
        )


def _say(handed: Handed, plan: Study) -> None:
    from mergecheck.assign.conflicts import ConflictPolicy
    from mergecheck.report.balance import print_balance, print_overlap
    from mergecheck.report.rounds import print_costs, print_precision
    from mergecheck.report.sizes import print_drawn, print_nobody

    drawn = handed.drawn
    if handed.number is None:
        talk("Nothing is new: no round was drawn.")
        print_nobody(drawn)
        return
    print_drawn(handed.number, drawn)
    print_nobody(drawn)
    if not drawn.queues:
        talk(f"Round {handed.number} hands nothing out: {_why_nothing(drawn)}.")
    else:
        print_balance(drawn.queues)
        print_overlap(drawn)
        _warn_of_one_source(handed.number, drawn)
    if handed.precision is not None:
        print_precision(handed.precision)
    if handed.known is not None:
        print_costs(handed.costs, ConflictPolicy(plan.conflict), **handed.known)


def _why_nothing(drawn: DrawnRound) -> str:
    if drawn.unplaced:
        return "nobody may review what is new in it"
    if not drawn.draws:
        return "no change comes out otherwise under the new policies, which hold from now on"
    return "all of its candidates were handed out in earlier rounds"


def _new_round(database: Database, plan: Study, seal: Seal, *, new_policies: bool) -> Handed:
    from mergecheck.assign.conflicts import costs
    from mergecheck.assign.round import draw_round
    from mergecheck.report.sizes import round_sizes
    from mergecheck.stats.precision import round_precision
    from mergecheck.store.blinding import withdraw_dropped
    from mergecheck.store.database import write_journal
    from mergecheck.store.drawn import due, last_round
    from mergecheck.store.standing import earlier_rounds

    with database.writing() as connection:
        _refuse_unready(connection, plan, new_policies=new_policies)
        withdraw_dropped(connection)
        fresh = due(connection, refused=plan.unresolved_share > 0, remade=new_policies)
        earlier = earlier_rounds(connection, fresh)
        number = last_round(connection) + 1
        if number == 1 and not any(one.passed for one in fresh):
            _refuse_nothing()
        design = design_of(connection, plan)
        drawn = draw_round(fresh, earlier, design, number, seal)
        # New policies under which nothing differs are a round all the same: it says from when on they hold.
        if not drawn.draws and not drawn.queues and not (new_policies and changed_policies(connection, plan)):
            return Handed(drawn)
        sizes = round_sizes(earlier, drawn, design, fresh)
        freeze(connection, plan, seal, drawn, number, fresh, earlier)
        items = len(drawn.assignments)
        policies = " under new policies" if new_policies else ""
        write_journal(
            connection, "assign", f"round {number}{policies}: items {items}, reviewers {len(drawn.queues)}"
        )
        known = _known(connection, plan)
    return Handed(
        drawn,
        number,
        round_precision(sizes),
        costs(drawn.wanted, plan.reviewers, design.conflicts),
        known,
    )


def _known(connection: Connection, plan: Study) -> Known:
    from mergecheck.store.counts import count_instances
    from mergecheck.store.pull_requests import count_pull_requests

    return {
        "pull_requests_known": count_pull_requests(connection),
        "instances": count_instances(connection),
        "with_github": sum(bool(one.github) for one in plan.reviewers if one.active),
        "reviewers": sum(one.active for one in plan.reviewers),
    }


def _refuse_unready(connection: Connection, plan: Study, *, new_policies: bool) -> None:
    from mergecheck.changes.canonical import made_with
    from mergecheck.errors import Refused, StudyFileError
    from mergecheck.store.attempts import pending

    refuse_closed(connection)
    if not new_policies:
        check_policies(connection, plan)
    waiting = len(pending(connection, made_with(plan.policies)))
    if waiting:
        raise Refused(
            f"{waiting} attempts wait for their patch to be applied",
            fix="run `mergecheck pull` until it ends without an error",
        )
    if not any(one.active for one in plan.reviewers):
        raise StudyFileError(
            "there are no reviewers",
            where=str(plan.reviewers_file),
            fix="add a [[reviewers]] block for each",
        )


def _refuse_nothing() -> None:
    from mergecheck.errors import Refused

    raise Refused("no attempt can be reviewed", fix="see `mergecheck status --skipped` for what became of each")


def _warn_of_one_source(number: int, drawn: DrawnRound) -> None:
    """A round without golden candidates tells its reviewers that no person wrote any of it."""
    if drawn.wanted and not any(one.golden for one in drawn.wanted):
        talk(
            f"Warning: round {number} hands out no golden candidate that is new: no person wrote any of its new "
            "changes, which reviewers may find out, and it has no baseline of its own."
        )

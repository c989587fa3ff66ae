"""`mergecheck handover`: give a drop-out's open work to others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mergecheck.cli.handing_out import (
    Packets,
    check_policies,
    design_of,
    freeze,
    opened,
    refuse_closed,
    with_trees,
)
from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mergecheck.assign.design import DrawnRound
    from mergecheck.assign.seal import Seal
    from mergecheck.store.database import Database
    from mergecheck.study import Study


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What a handover came to: the new round (None: none was needed), the open items and those that only end.

    `still_active`: the reviewer gets work again in the next round.
    """

    number: int | None
    drawn: DrawnRound | None
    open: int
    ended: int
    still_active: bool = False


def handover(
    reviewer: Annotated[
        str, typer.Argument(metavar="REVIEWER", help="Who gives up the open work.", show_default=False)
    ],
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="REVIEWER",
            help="Who takes it; again for each. Default: all who know the repositories.",
        ),
    ] = None,
    study: StudyFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Give what a reviewer has not answered to others, as a new round with packets of its own.

    Collect the reviewer's answers first: what has a verdict stays theirs, and a verdict that comes later counts
    all the same. Set active = false in reviewers.toml, or the next round gives them work again. Example:

        mergecheck handover bo --to ada --study my-study
    """
    from mergecheck.study import load_study

    plan = load_study(study)
    _check_names(plan, reviewer, to)
    database, seal = opened(plan)
    packets = Packets(database, plan, seal)
    files = packets.write()
    handed = with_trees(database, plan, lambda: _hand_over(database, plan, seal, reviewer, to))
    files += packets.write()
    if as_json:
        from mergecheck.report.balance import balance
        from mergecheck.report.sizes import drawn_as_json

        drawn = handed.drawn
        print_json(
            {
                "round": handed.number,
                "open": handed.open,
                "ended": handed.ended,
                "still_active": handed.still_active,
                "packets": [str(file) for file in files],
                "drawn": None if drawn is None else drawn_as_json(drawn),
                "queues": [] if drawn is None else [balance(queue) for queue in drawn.queues],
            }
        )
        return
    _say(handed, reviewer, to, files)


def _say(handed: HandedOver, reviewer: str, to: Sequence[str] | None, files: Sequence[Path]) -> None:
    from mergecheck.report.balance import print_balance
    from mergecheck.report.sizes import print_drawn, print_nobody
    from mergecheck.report.words import count

    if handed.drawn is None or handed.number is None:
        talk(f"{reviewer} has no open items: nothing is handed over.")
        return
    print_drawn(handed.number, handed.drawn)
    print_nobody(handed.drawn, f"What is not handed over stays {reviewer}'s, and open.", to or ())
    if handed.ended:
        talk(f"{count(handed.ended, 'repeat')} of {reviewer}'s end here: nobody else can see again what they saw.")
    if handed.drawn.queues:
        print_balance(handed.drawn.queues)
    for file in files:
        talk(f"packet: {file}")
    if handed.still_active:
        talk(f"Warning: {reviewer} is still active in reviewers.toml: the next round gives them work again.")
    if handed.drawn.queues:
        talk(f"Next: give them their packets. What {reviewer} may still send counts too.")


def _check_names(plan: Study, reviewer: str, to: Sequence[str] | None) -> None:
    from mergecheck.errors import Refused

    takers = {one.id for one in plan.reviewers if one.active}
    unknown = sorted(set(to or ()) - takers)
    if unknown:
        raise Refused(
            f"{', '.join(unknown)}: no active reviewer of the study",
            where=str(plan.reviewers_file),
            fix=f"choose from {', '.join(sorted(takers))}",
        )
    if reviewer in (to or ()):
        raise Refused(f"{reviewer} cannot take over from {reviewer}", fix="name others with --to")


def _hand_over(database: Database, plan: Study, seal: Seal, reviewer: str, to: Sequence[str] | None) -> HandedOver:
    from mergecheck.assign.round import hand_over
    from mergecheck.errors import Refused
    from mergecheck.store.database import write_journal
    from mergecheck.store.drawn import last_round
    from mergecheck.store.progress import undone
    from mergecheck.store.rounds import release
    from mergecheck.store.standing import earlier_rounds

    with database.writing() as connection:
        refuse_closed(connection)
        check_policies(connection, plan)
        earlier = earlier_rounds(connection)
        if reviewer not in earlier.reviewers:
            raise Refused(
                f"{reviewer} was never handed anything", fix=f"there are {', '.join(sorted(earlier.reviewers))}"
            )
        names = set(undone(connection, reviewer))
        mine = [one for one in earlier.shown if one.assignment in names]
        if not mine:
            return HandedOver(None, None, 0, 0)
        number = last_round(connection) + 1
        drawn = hand_over(reviewer, mine, earlier, design_of(connection, plan, to), number, seal)
        ended = [one.assignment for one in mine if one.repeat_of is not None]
        if not drawn.queues and not ended:
            raise Refused(
                f"nobody else may review the {len(mine)} items that {reviewer} has left: all who know the "
                "repositories have seen them or have a conflict of interest",
                where=str(plan.reviewers_file),
                fix="add a reviewer for these repositories, or leave them open (`mergecheck close --incomplete`)",
            )
        freeze(connection, plan, seal, drawn, number)
        release(connection, ended, number)
        write_journal(
            connection, "handover", f"round {number}: {len(drawn.assignments)} items of {reviewer} to others"
        )
    active = any(one.id == reviewer and one.active for one in plan.reviewers)
    return HandedOver(number, drawn, len(mine), len(ended), still_active=active)

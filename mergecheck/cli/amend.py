"""`mergecheck amend`: withdraw one item, or have it given out anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mergecheck.cli.handing_out import refuse_closed
from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, talk

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mergecheck.records import Assignment


def amend(
    item: Annotated[
        str,
        typer.Argument(
            metavar="ITEM",
            help="Its blind id, as `mergecheck status --reviewers` prints it, or REVIEWER/ROUND/NUMBER.",
            show_default=False,
        ),
    ],
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take the change out of the study, for everybody.")
    ] = False,
    reissue: Annotated[
        bool,
        typer.Option(
            "--reissue", help="Show the change anew, as it is made today, in the next packet of all who have it."
        ),
    ] = False,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="The reason; it is kept.", show_default=False)
    ] = "",
    study: StudyFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Withdraw an item for everybody, or give it out anew in everybody's next packet.

    Packets are never rewritten. A withdrawn change is dropped: nobody waits for it, what was said of it does not
    count, and the report counts it. A reissued one comes back with the next `mergecheck assign`; what was said of
    its old showing does not count. Reviewers read of both in their next packet. Example:

        mergecheck amend ada/1/12 --withdraw --why "two files are missing" --study my-study
    """
    from mergecheck.errors import Refused
    from mergecheck.store.amendments import Amendment
    from mergecheck.store.amendments import amend as save_amendment
    from mergecheck.store.database import Database, write_journal
    from mergecheck.study import load_study

    if withdraw == reissue:
        raise typer.BadParameter("give --withdraw or --reissue", param_hint="--withdraw / --reissue")
    if not why.strip():
        raise typer.BadParameter("say why; it is kept with the study", param_hint="--why")
    plan = load_study(study)
    what = Amendment.WITHDRAW if withdraw else Amendment.REISSUE
    with Database.open(plan.database).writing() as connection:
        refuse_closed(connection)
        one = _find(connection, item)
        touched = _touched(connection, one.candidate)
        if what is Amendment.REISSUE:
            _refuse_nothing_to_show(connection, one.candidate)
        if _stands_already(connection, one.candidate, what):
            raise Refused(f"{item}: this was done already ({what})", fix="see `mergecheck status --reviewers`")
        save_amendment(connection, one.candidate, what, why.strip())
        write_journal(connection, "amend", f"{what} {one.candidate}: {why.strip()}")
    if as_json:
        print_json({"candidate": one.candidate, "what": str(what), "why": why.strip(), "items": touched})
        return
    done = "withdrawn" if withdraw else "to be given out anew"
    for entry in touched:
        state = "answered" if entry["answered"] else "open"
        if entry["standing"] != "stands":
            state += f", {entry['standing'].replace('_', ' ')} before"
        talk(f"{done}: {entry['reviewer']}, round {entry['round']}, number {entry['number']} ({state})")
    if reissue:
        talk("Next: `mergecheck assign` writes it into new packets; till then what was said of it counts.")
    elif not all(entry["answered"] for entry in touched):
        talk("Reviewers read of it with their next packet; who still has it open may be told to pass over it.")


def _find(connection: Connection, item: str) -> Assignment:
    from mergecheck.errors import Refused
    from mergecheck.store.rounds import load_assignments

    reviewer, _, rest = item.partition("/")
    number, _, position = rest.partition("/")
    for one in load_assignments(connection):
        by_place = (one.reviewer, str(one.round), str(one.position)) == (reviewer, number, position)
        if one.id == item or by_place:
            return one
    raise Refused(
        f"there is no item {item}",
        fix="give its blind id, or REVIEWER/ROUND/NUMBER as in ada/1/12; what reviewers found broken is listed by "
        "`mergecheck status --reviewers`",
    )


def _touched(connection: Connection, candidate: str) -> list[dict[str, Any]]:
    """Where a candidate was shown: whom the amendment concerns."""
    from mergecheck.store.answers import reviews
    from mergecheck.store.rounds import load_assignments
    from mergecheck.store.standing import standings

    returned = reviews(connection)
    standing = standings(connection)
    return [
        {
            "item": one.id,
            "reviewer": one.reviewer,
            "round": one.round,
            "number": one.position,
            "answered": one.id in returned and returned[one.id].verdict is not None,
            "standing": str(standing[one.id]),
        }
        for one in load_assignments(connection)
        if one.candidate == candidate
    ]


def _refuse_nothing_to_show(connection: Connection, candidate: str) -> None:
    from mergecheck.errors import Refused
    from mergecheck.store.drawn import made_today

    if not made_today(connection, candidate):
        raise Refused(
            "no attempt of the study makes this change today: there is nothing to show anew",
            fix="withdraw it (--withdraw), or run `mergecheck pull` first",
        )


def _stands_already(connection: Connection, candidate: str, what: object) -> bool:
    from mergecheck.store.amendments import Amendment, newest_amendments

    newest = newest_amendments(connection).get(candidate)
    if newest is None or newest.what is not what:
        return False
    return newest.what is Amendment.WITHDRAW or newest.round is None

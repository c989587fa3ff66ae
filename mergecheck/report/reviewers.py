"""How far each reviewer is, for the organiser who asks: no verdict, and what they found broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergecheck.records import Reviewer
from mergecheck.report.fitting import Column, tables
from mergecheck.store.progress import AmendedItems, BrokenItem, ReviewerCount


def reviewers_as_json(
    reviewers: Sequence[Reviewer],
    counts: Sequence[ReviewerCount],
    broken: Sequence[BrokenItem],
    amended: Sequence[AmendedItems],
) -> dict[str, Any]:
    """Each reviewer's totals and rounds, the items found broken, and every amendment, as plain data."""
    return {
        "reviewers": [
            {**total, "rounds": [asdict(one) for one in counts if one.reviewer == total["reviewer"]]}
            for total in totals(reviewers, counts)
        ],
        "broken": [asdict(one) for one in broken],
        "amendments": [asdict(one) | {"items": list(one.items)} for one in amended],
    }


def totals(reviewers: Sequence[Reviewer], counts: Sequence[ReviewerCount]) -> list[dict[str, Any]]:
    """Each reviewer over all rounds, in the order of the study's file; those who have left it come last."""
    known = {one.id: one for one in reviewers}
    names = [*known, *sorted({one.reviewer for one in counts} - known.keys())]
    found = []
    for name in names:
        mine = [one for one in counts if one.reviewer == name]
        returned = [one.last_returned for one in mine if one.last_returned is not None]
        found.append(
            {
                "reviewer": name,
                "active": name in known and known[name].active,
                "hours": known[name].hours if name in known else None,
                "assigned": sum(one.assigned for one in mine),
                "done": sum(one.decided + one.skipped for one in mine),
                "decided": sum(one.decided for one in mine),
                "skipped": sum(one.skipped for one in mine),
                "open": sum(one.open for one in mine),
                "released": sum(one.released for one in mine),
                "active_hours": sum(one.active_hours for one in mine),
                "last_returned": max(returned, default=None),
                "simulated": any(one.simulated for one in mine),
            }
        )
    return found


def print_reviewers(
    reviewers: Sequence[Reviewer],
    counts: Sequence[ReviewerCount],
    broken: Sequence[BrokenItem],
    amended: Sequence[AmendedItems],
    console: Console | None = None,
) -> None:
    """Print each reviewer's work over all rounds, every item that was found broken, and every amendment."""
    console = console or Console(highlight=False)
    rows = totals(reviewers, counts)
    names = [Text(_name(row)) for row in rows]

    def column(heading: str, cells: Sequence[str]) -> Column:
        return Column(heading, tuple(Text(cell) for cell in cells))

    columns = [
        column("items", [str(row["assigned"]) for row in rows]),
        column("done", [str(row["done"]) for row in rows]),
        column("open", [str(row["open"]) for row in rows]),
        column("released", [str(row["released"]) for row in rows]),
        column("active hours", [_hours(row) for row in rows]),
        column("last returned", [_day(row["last_returned"]) for row in rows]),
    ]
    console.print("\nReviewers", style="bold")
    for table in tables(console, "reviewer", names, columns):
        console.print(table)
    console.print(
        "done: with a verdict or a skip that was collected; released: nobody waits for them any more.",
        style="dim",
    )
    _print_unwritten(counts, console)
    _print_broken(broken, console)
    _print_amended(amended, console)


def _name(row: dict[str, Any]) -> str:
    marks = [word for word, true in (("simulated", row["simulated"]), ("inactive", not row["active"])) if true]
    return f"{row['reviewer']} ({', '.join(marks)})" if marks else str(row["reviewer"])


def _hours(row: dict[str, Any]) -> str:
    of = "" if row["hours"] is None else f" of {row['hours']:g} a round"
    return f"{row['active_hours']:.1f}{of}"


def _day(at: str | None) -> str:
    return "–" if at is None else at[:16].replace("T", " ")


def _print_unwritten(counts: Sequence[ReviewerCount], console: Console) -> None:
    for one in counts:
        if one.packet is None:
            line = f"  {one.reviewer}: the packet of round {one.round} is not written yet: run `mergecheck assign`"
            console.print(line, markup=False)


def _print_broken(broken: Sequence[BrokenItem], console: Console) -> None:
    if not broken:
        return
    console.print("\nFound broken", style="bold")
    for one in broken:
        done = "" if one.standing == "stands" else f" [{one.standing.replace('_', ' ')}]"
        place = f"{one.reviewer}, round {one.round}, number {one.number}, {one.instance}"
        said = f": {one.comment}" if one.comment else ""
        console.print(Padding(Text(f"{one.item}  {place}{done}{said}"), (0, 0, 0, 2)))
    console.print(
        "`mergecheck amend ITEM --withdraw` takes one out for everybody, `--reissue` gives it out anew.",
        style="dim",
        markup=False,
    )


def _print_amended(amended: Sequence[AmendedItems], console: Console) -> None:
    if not amended:
        return
    console.print("\nAmended", style="bold")
    for one in amended:
        line = f"{_day(one.at)}  {_done(one)}: {', '.join(one.items)}: {one.why}"
        console.print(Padding(Text(line), (0, 0, 0, 2)))


def _done(one: AmendedItems) -> str:
    if one.what == "withdraw":
        return "withdrawn"
    return "to be given out anew" if one.round is None else f"given out anew in round {one.round}"

"""Who may look at results: on a closed study everybody, on an open one only with `--unblind`, which is logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mergecheck.cli.terminal import print_json, talk

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from mergecheck.report.subjects.page import Material, Page
    from mergecheck.store.database import Database
    from mergecheck.study import Study

Unblind = Annotated[
    bool, typer.Option("--unblind", help="Look at rates before the study is closed; the look is logged.")
]


@dataclass(frozen=True)
class Seen:
    """A study's two frames, accepted leaks of no single candidate, and how many looks were early."""

    plan: Study
    attempts: pd.DataFrame
    reviews: pd.DataFrame
    leaks_of_all: tuple[str, ...]
    early_looks: int


def look(plan: Study, *, unblind: bool, at: str = "") -> Seen:
    """The study's frames.

    Args:
        plan: the study.
        unblind: whether to look although it is open.
        at: what is looked at, for the log; nothing for the report as a whole.

    Raises:
        Refused: the study is open and `unblind` not given.
    """
    from mergecheck.store.blinding import accepted_of_all
    from mergecheck.store.database import Database
    from mergecheck.store.frames import attempts_frame, reviews_frame

    database = Database.open(plan.database)
    looks = _allow(database, unblind, at)
    with database.reading() as connection:
        attempts = attempts_frame(connection)
        reviews = reviews_frame(connection, attempts)
        return Seen(plan, attempts, reviews, tuple(accepted_of_all(connection)), looks)


def say_looks(seen: Seen) -> None:
    """Say how often the study was looked at too early; nothing where it was not."""
    if seen.early_looks:
        from mergecheck.report.words import count

        times = count(seen.early_looks, "time")
        apart = "any subject and `gaps` count; the plan counts looks at its own results, after closing too"
        talk(f"Rates of this study were looked at {times} before it was closed ({apart}).")


def material_of(seen: Seen, *, by_reviewer: bool = False) -> Material:
    """What pages of the report are made from."""
    from mergecheck.report.subjects.page import Material

    reasons = [choice.key for choice in seen.plan.form.reasons]
    return Material(seen.attempts, seen.reviews, reasons=reasons, by_reviewer=by_reviewer, checked=True)


def show(page: Page, seen: Seen, *, as_json: bool) -> None:
    """Print a page in the terminal, or as JSON."""
    if as_json:
        from mergecheck.report.as_json import page_as_json

        whole: dict[str, Any] = {"study": seen.plan.name, "early_looks": seen.early_looks, **page_as_json(page)}
        print_json(whole)
        return
    from rich.console import Console

    from mergecheck.report.subjects.layout import print_page

    say_looks(seen)
    print_page(page, Console(highlight=False))


def _allow(database: Database, unblind: bool, at: str) -> int:
    """Refuse an open study, or log the look; how often it was looked at before it was closed."""
    from mergecheck.errors import Refused
    from mergecheck.store.database import fact, write_journal

    with database.reading() as connection:
        if fact(connection, "closed_at"):
            return _looks(connection)
    if not unblind:
        raise Refused(
            "the study is open, and rates by submission would unblind it",
            fix="close it first (`mergecheck close`), or look all the same with --unblind, which is logged",
        )
    with database.writing() as connection:
        # Every look is logged as `report`, by whichever command: they are counted together.
        write_journal(connection, "report", "unblinded before the study was closed" + (f": {at}" if at else ""))
        return _looks(connection)


def _looks(connection: Connection) -> int:
    from mergecheck.store.database import journal_entries

    return sum(command == "report" for _, command, _ in journal_entries(connection))

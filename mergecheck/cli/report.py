"""`mergecheck report`: rates, intervals, trend. Needs a closed study, or `--unblind`, which is logged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, talk

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mergecheck.store.database import Database


def report(
    study: StudyFolder = Path(),
    unblind: Annotated[
        bool, typer.Option("--unblind", help="Look at rates before the study is closed; the look is logged.")
    ] = False,
    by_reviewer: Annotated[
        bool,
        typer.Option(
            "--by-reviewer", help="Tell each reviewer's work, also where fewer than three have given verdicts."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print merge rates relative to golden, by model and over time, each with its interval and its n.

    Example:

        mergecheck report --study my-study --json > report.json
    """
    from rich.console import Console

    from mergecheck.report.as_json import as_json as analysis_as_json
    from mergecheck.report.as_json import plain
    from mergecheck.report.sensitivity import print_leaks
    from mergecheck.report.terminal import print_analysis
    from mergecheck.stats.analysis import analyse
    from mergecheck.stats.sensitivity import without_leaks
    from mergecheck.store.blinding import accepted_of_all
    from mergecheck.store.database import Database
    from mergecheck.store.frames import attempts_frame, reviews_frame
    from mergecheck.study import load_study

    plan = load_study(study)
    database = Database.open(plan.database)
    looks = _allow(database, unblind)
    with database.reading() as connection:
        attempts = attempts_frame(connection)
        reviews = reviews_frame(connection, attempts)
        of_all = accepted_of_all(connection)
    analysis = analyse(attempts, reviews)
    leaky = reviews["leak"].notna()
    leaks = without_leaks(analysis, attempts, reviews, leaky) if leaky.any() else None
    if as_json:
        print_json(
            {
                "study": plan.name,
                "early_looks": looks,
                **analysis_as_json(analysis, by_reviewer=by_reviewer),
                "without_leaks": None if leaks is None else plain(leaks),
                "leaks_of_all": of_all,
            }
        )
        return
    if looks:
        talk(f"Rates of this study were looked at {looks} times before it was closed.")
    console = Console(highlight=False)
    print_analysis(analysis, console, by_reviewer=by_reviewer)
    print_leaks(leaks, of_all, console)


def _allow(database: Database, unblind: bool) -> int:
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
        write_journal(connection, "report", "unblinded before the study was closed")
        return _looks(connection)


def _looks(connection: Connection) -> int:
    from mergecheck.store.database import journal_entries

    return sum(command == "report" for _, command, _ in journal_entries(connection))

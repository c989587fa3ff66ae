"""`mergecheck close`: end the collection, so that rates may be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mergecheck.cli.terminal import StudyFolder, talk


def close(
    study: StudyFolder = Path(),
    incomplete: Annotated[bool, typer.Option("--incomplete", help="Close although items are still open.")] = False,
) -> None:
    """Close the study: no more rounds, no more answers; from now on `report` shows rates by submission.

    Example:

        mergecheck close --study my-study
    """
    from mergecheck.errors import Refused
    from mergecheck.store.counts import count_study
    from mergecheck.store.database import Database, fact, now, set_fact, write_journal
    from mergecheck.study import load_study

    plan = load_study(study)
    with Database.open(plan.database).writing() as connection:
        closed_at = fact(connection, "closed_at")
        if closed_at:
            talk(f"The study was closed at {closed_at}.")
            return
        reviewers = count_study(connection).reviewers
        if not reviewers:
            raise Refused("nothing has been handed out yet", fix="run `mergecheck assign` first")
        still_open = sum(one.open for one in reviewers)
        if still_open and not incomplete:
            raise Refused(
                f"{still_open} items are still open",
                fix="collect the answers first, or close with --incomplete and leave them unreviewed",
            )
        set_fact(connection, "closed_at", now())
        write_journal(connection, "close", f"{still_open} items open")
    talk("The study is closed. Next: `mergecheck report`.")

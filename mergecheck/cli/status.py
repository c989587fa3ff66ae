"""`mergecheck status`: what the study holds and how far it is. Shows no verdict, so it unblinds nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mergecheck.cli.terminal import AsJson, StudyFolder, print_json


def status(
    study: StudyFolder = Path(),
    skipped: Annotated[
        bool, typer.Option("--skipped", help="List every row and attempt that is not reviewed, with its reason.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print what was read, what became of it, and how far the reviewers are.

    Example:

        mergecheck status --study my-study --skipped
    """
    from mergecheck.report.counts import print_counts, print_skipped
    from mergecheck.store.counts import count_study, skipped_rows
    from mergecheck.store.database import Database
    from mergecheck.study import load_study

    with Database.open(load_study(study).database).reading() as connection:
        counts = count_study(connection)
        rows = skipped_rows(connection) if skipped else None
    if as_json:
        print_json(counts.as_json() if rows is None else {**counts.as_json(), "skipped": rows})
    elif rows is not None:
        print_skipped(rows)
    else:
        print_counts(counts)

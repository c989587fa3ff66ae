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
    left_out: Annotated[
        bool, typer.Option("--left-out", help="List every file that was left out of a change, with the rule.")
    ] = False,
    reviewers: Annotated[
        bool,
        typer.Option(
            "--reviewers", help="Show each reviewer: done, open, active hours, last returned, what is broken."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print what was read, what became of it, and how far the reviewers are.

    Fewer than three reviewers are shown together, unless --reviewers asks for each. Example:

        mergecheck status --study my-study --reviewers
    """
    from mergecheck.report.counts import counts_as_json, print_counts, print_left_out, print_skipped
    from mergecheck.report.reviewers import print_reviewers, reviewers_as_json
    from mergecheck.store.counts import count_study, left_out_files, skipped_rows
    from mergecheck.store.database import Database
    from mergecheck.store.progress import amended_items, broken_items
    from mergecheck.study import load_study

    plan = load_study(study)
    with Database.open(plan.database).reading() as connection:
        counts = count_study(connection)
        rows = skipped_rows(connection) if skipped else None
        files = left_out_files(connection) if left_out else None
        broken = broken_items(connection) if reviewers else []
        amended = amended_items(connection) if reviewers else []
    if as_json:
        told = counts_as_json(counts)
        if rows is not None:
            told["skipped"] = rows
        if files is not None:
            told["left_out"] = files
        if reviewers:
            told |= reviewers_as_json(plan.reviewers, counts.reviewers, broken, amended)
        print_json(told)
        return
    if rows is not None:
        print_skipped(rows)
    if files is not None:
        print_left_out(files)
    if reviewers:
        print_reviewers(plan.reviewers, counts.reviewers, broken, amended)
    if rows is None and files is None and not reviewers:
        print_counts(counts)

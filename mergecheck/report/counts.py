"""What a study holds, for a person: the tables of `pull` and `status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from mergecheck.records import Disposition
from mergecheck.store.counts import ReviewerCount, StudyCount, SubmissionCount


def print_counts(count: StudyCount, console: Console | None = None) -> None:
    """Print what was read, what became of it, and how far the reviewers are."""
    console = console or Console(highlight=False)
    state = f"closed {count.closed_at}" if count.closed_at else "open"
    console.print(f"{count.instances} instances, {count.candidates} candidates, {count.rounds} rounds; {state}")
    if count.pull_requests:
        console.print(f"{count.pull_requests} of {count.instances} pull requests known")
    console.print(_attempts(count.submissions))
    for submission in count.submissions:
        for line in _lines(submission):
            console.print(f"  {line}", style="dim", markup=False)
    for warning in count.warnings:
        console.print(f"Warning: {warning}", style="yellow", markup=False)
    if count.reviewers:
        console.print(_reviewers(count.reviewers))


def _attempts(submissions: Sequence[SubmissionCount]) -> Table:
    table = _table("Attempts", "submission")
    for name in ("rows", "tried", "patches", "resolved", "applied", "review", "not run"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in submissions:
        made = one.attempts - one.not_made_yet - one.dispositions.get(Disposition.NO_PATCH, 0)
        numbers = (one.rows_read, one.attempts, one.with_patch, one.resolved, made, one.candidates, one.not_run)
        table.add_row(one.submission, *map(str, numbers))
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold")
    return table


def _lines(one: SubmissionCount) -> list[str]:
    """What lies behind a row of the table, where there is anything to explain."""
    lines = []
    if one.not_made_yet:
        lines.append(f"{one.submission}: {one.not_made_yet} patches wait to be applied by `mergecheck pull`")
    stopped = {key: number for key, number in one.dispositions.items() if key != "reviewable"}
    if stopped:
        lines.append(f"{one.submission}: not reviewable: {_listed(stopped)}")
    if one.skips:
        lines.append(f"{one.submission}: rows skipped: {_listed(one.skips)}")
    if one.left_out_files:
        lines.append(f"{one.submission}: files left out of changes: {_listed(one.left_out_files)}")
    if one.same_as_golden and one.submission != "golden":
        lines.append(f"{one.submission}: {one.same_as_golden} the same as golden")
    lines += [f"{one.submission}: {note}" for note in one.notes]
    return lines


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {number}" for key, number in sorted(counts.items()))


def _reviewers(reviewers: Sequence[ReviewerCount]) -> Table:
    table = _table("Reviewers", "reviewer")
    table.add_column("packet", overflow="fold")
    for name in ("round", "items", "decided", "skipped", "open", "hours"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in reviewers:
        table.add_row(
            one.reviewer + (" (simulated)" if one.simulated else ""),
            one.packet,
            str(one.round),
            str(one.assigned),
            str(one.decided),
            str(one.skipped),
            str(one.assigned - one.decided - one.skipped),
            f"{one.active_hours:.1f}",
        )
    return table


def print_skipped(rows: Sequence[Mapping[str, Any]], console: Console | None = None) -> None:
    """Print every row that was read and not taken and every attempt that cannot be reviewed, a line each."""
    console = console or Console(highlight=False, soft_wrap=True)
    for row in rows:
        place = row["file"] or "–"
        if row["row"] is not None:
            place += f", row {row['row']}"
        line = f"{row['submission']}  {row['instance'] or '–'}  {place}  {row['reason']}: {row['detail']}"
        console.print(line, markup=False)
    console.print(f"{len(rows)} rows", style="dim")

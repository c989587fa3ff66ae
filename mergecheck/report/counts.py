"""What a study holds, for a person: the tables of `pull` and `status`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergecheck.report.fitting import Column, tables
from mergecheck.store.counts import ReviewerCount, StudyCount, SubmissionCount


def print_counts(count: StudyCount, console: Console | None = None) -> None:
    """Print what was read, what became of it, and how far the reviewers are."""
    console = console or Console(highlight=False)
    state = f"closed {count.closed_at}" if count.closed_at else "open"
    console.print(f"{count.instances} instances, {count.candidates} candidates, rounds: {count.rounds}; {state}")
    if count.pull_requests:
        console.print(f"{count.pull_requests} of {count.instances} pull requests known")
    _print_attempts(console, count.submissions)
    for submission in count.submissions:
        for line in _lines(submission):
            console.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
    for warning in count.warnings:
        console.print(f"Warning: {warning}", style="yellow", markup=False)
    if count.reviewers:
        _print_reviewers(console, count.reviewers)


def _print_attempts(console: Console, submissions: Sequence[SubmissionCount]) -> None:
    cells: dict[str, Callable[[SubmissionCount], int]] = {
        "rows": lambda one: one.rows_read,
        "tried": lambda one: one.attempts,
        "patches": lambda one: one.with_patch,
        "resolved": lambda one: one.resolved,
        "applied": lambda one: one.attempts - one.not_made_yet,
        "review": lambda one: one.candidates,
        "not run": lambda one: one.not_run,
    }
    columns = [Column(name, tuple(Text(str(cell(one))) for one in submissions)) for name, cell in cells.items()]
    _print(console, "Attempts", "submission", [Text(one.submission) for one in submissions], columns)


def _print(console: Console, title: str, heading: str, names: Sequence[Text], columns: Sequence[Column]) -> None:
    console.print(f"\n{title}", style="bold")
    for table in tables(console, heading, names, columns):
        console.print(table)


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


def _print_reviewers(console: Console, reviewers: Sequence[ReviewerCount]) -> None:
    names = [Text(one.reviewer + (" (simulated)" if one.simulated else "")) for one in reviewers]
    cells: dict[str, Callable[[ReviewerCount], str]] = {
        "round": lambda one: str(one.round),
        "items": lambda one: str(one.assigned),
        "decided": lambda one: str(one.decided),
        "skipped": lambda one: str(one.skipped),
        "open": lambda one: str(one.assigned - one.decided - one.skipped),
        "hours": lambda one: f"{one.active_hours:.1f}",
    }
    columns = [Column(name, tuple(Text(cell(one)) for one in reviewers)) for name, cell in cells.items()]
    _print(console, "Reviewers", "reviewer", names, columns)
    for one in reviewers:
        if one.packet is None:
            line = f"  {one.reviewer}: the packet of round {one.round} is not written yet: run `mergecheck assign`"
            console.print(line, markup=False)


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

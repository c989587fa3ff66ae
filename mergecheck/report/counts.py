"""What a study holds, for a person: the tables of `pull` and `status`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from mergecheck.store.counts import ReviewerCount, StudyCount, SubmissionCount


def print_counts(count: StudyCount, console: Console | None = None) -> None:
    """Print what was read, what became of it, and how far the reviewers are."""
    console = console or Console(highlight=False)
    state = f"closed {count.closed_at}" if count.closed_at else "open"
    console.print(f"{count.instances} instances, {count.candidates} candidates, {count.rounds} rounds; {state}")
    console.print(_attempts(count.submissions))
    for submission in count.submissions:
        for line in _lines(submission):
            console.print(f"  {line}", style="dim", markup=False)
    if count.reviewers:
        console.print(_reviewers(count.reviewers))


def _attempts(submissions: Sequence[SubmissionCount]) -> Table:
    table = Table(title="Attempts", title_justify="left", title_style="bold")
    table.add_column("submission", overflow="fold")
    table.add_column("released", overflow="fold")
    for name in ("rows", "attempts", "with patch", "resolved", "reviewable", "skipped rows", "not run"):
        table.add_column(name, justify="right", overflow="fold")
    for one in submissions:
        table.add_row(
            one.submission,
            one.released or "–",
            str(one.rows_read),
            str(one.attempts),
            str(one.with_patch),
            str(one.resolved),
            str(one.candidates) if not one.not_made_yet else f"{one.candidates} ({one.not_made_yet} to do)",
            str(sum(one.skips.values())),
            str(one.not_run),
        )
    return table


def _lines(one: SubmissionCount) -> list[str]:
    """What lies behind a row of the table, where there is anything to explain."""
    lines = []
    stopped = {key: number for key, number in one.dispositions.items() if key != "reviewable"}
    if stopped:
        lines.append(f"{one.submission}: not reviewable: {_listed(stopped)}")
    if one.skips:
        lines.append(f"{one.submission}: rows skipped: {_listed(one.skips)}")
    if one.left_out_files:
        lines.append(f"{one.submission}: files left out of changes: {_listed(one.left_out_files)}")
    if one.same_as_golden and one.submission != "golden":
        lines.append(f"{one.submission}: {one.same_as_golden} the same as golden")
    return lines


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {number}" for key, number in sorted(counts.items()))


def _reviewers(reviewers: Sequence[ReviewerCount]) -> Table:
    table = Table(title="Reviewers", title_justify="left", title_style="bold")
    table.add_column("reviewer", overflow="fold")
    table.add_column("packet", overflow="fold")
    for name in ("round", "items", "decided", "skipped", "open", "active hours"):
        table.add_column(name, justify="right", overflow="fold")
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

"""What a study holds, for a person: the tables of `pull` and `status`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergecheck.report.blinding import plain
from mergecheck.report.fitting import Column, tables
from mergecheck.report.privacy import merged, together
from mergecheck.report.words import count as count_of
from mergecheck.store.counts import StudyCount, SubmissionCount
from mergecheck.store.progress import ReviewerCount


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
    if not count.closed_at:
        _print_since_drawn(console, count.submissions)
    for warning in count.warnings:
        console.print(f"Warning: {warning}", style="yellow", markup=False)
    if count.reviewers:
        _print_reviewers(console, count.reviewers)
        _print_assignments(console, count.assignments)


def _print_attempts(console: Console, submissions: Sequence[SubmissionCount]) -> None:
    cells: dict[str, Callable[[SubmissionCount], int]] = {
        "rows": lambda one: one.rows_read,
        "tried": lambda one: one.attempts,
        "patches": lambda one: one.with_patch,
        "resolved": lambda one: one.resolved,
        "applied": lambda one: sum(one.rungs.values()),
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
    if one.rungs:
        lines.append(f"{one.submission}: patches taken: {_listed(one.rungs)}")
    if one.rungs_missing:
        lines.append(f"{one.submission}: not installed, so not tried: {_listed(one.rungs_missing)}")
    if one.skips:
        lines.append(f"{one.submission}: rows skipped: {_listed(one.skips)}")
    if one.left_out_files:
        lines.append(f"{one.submission}: files left out of changes: {_listed(one.left_out_files)}")
    if one.same_as_golden and one.submission != "golden":
        lines.append(f"{one.submission}: {one.same_as_golden} the same as golden")
    lines += [f"{one.submission}: {note}" for note in one.notes]
    return lines


def _print_since_drawn(console: Console, submissions: Sequence[SubmissionCount]) -> None:
    """Say which drawn attempts no longer are what a round drew, and what becomes of them."""
    _print_instances(
        console,
        "Changed since they were drawn",
        {one.submission: one.changed for one in submissions if one.changed},
        "Another patch or grade. What was handed out stays as it was; the next `mergecheck assign` draws what is "
        "there now.",
    )
    _print_instances(
        console,
        "Made otherwise today",
        {one.submission: one.remade for one in submissions if one.remade},
        "The same patch, of which today's rules or policies make another change. What was handed out stays as it "
        "was, unless `mergecheck assign --new-policies` hands out the new change in its place.",
    )


def _print_instances(console: Console, title: str, found: Mapping[str, Sequence[str]], then: str) -> None:
    if not found:
        return
    console.print(f"\n{title}", style="bold")
    for name, instances in found.items():
        line = f"{name}: {count_of(len(instances), 'attempt')}: {_first(instances)}"
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    console.print(Text(then, style="dim"))


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {number}" for key, number in sorted(counts.items()))


def counts_as_json(count: StudyCount) -> dict[str, Any]:
    """A study's counts as plain data; fewer than three reviewers are counted together (`reviewer` is null)."""
    return {**count.as_json(), "reviewers": [asdict(row) for row in _shown(count.reviewers)]}


@dataclass(frozen=True, slots=True)
class _Row:
    """Of one round and reviewer, or (None) of all together over all rounds: then no packet is named either."""

    reviewer: str | None
    reviewers: int
    round: int | None
    assigned: int
    decided: int
    skipped: int
    open: int
    released: int
    active_hours: float
    simulated: bool
    packets: tuple[str, ...]
    unwritten: int


def _shown(reviewers: Sequence[ReviewerCount]) -> list[_Row]:
    """A row a round and reviewer, or a single one where that would tell people apart who are fewer than three.

    Not a row a round then: a round may have been one reviewer's.
    """
    if not _few(reviewers):
        return [_row(one, [one]) for one in reviewers]
    return [_row(None, reviewers)] if reviewers else []


def _few(reviewers: Sequence[ReviewerCount]) -> bool:
    """Whether fewer than three are told of, or have answered: who has not begun hides nobody who has."""
    answered = {one.reviewer for one in reviewers if one.decided or one.skipped or one.active_hours}
    return any(
        merged(names, asked_for=False) for names in ({one.reviewer for one in reviewers}, answered) if names
    )


def _row(alone: ReviewerCount | None, counts: Sequence[ReviewerCount]) -> _Row:
    return _Row(
        reviewer=None if alone is None else alone.reviewer,
        reviewers=len({one.reviewer for one in counts}),
        round=None if alone is None else alone.round,
        assigned=sum(one.assigned for one in counts),
        decided=sum(one.decided for one in counts),
        skipped=sum(one.skipped for one in counts),
        open=sum(one.open for one in counts),
        released=sum(one.released for one in counts),
        active_hours=sum(one.active_hours for one in counts),
        simulated=any(one.simulated for one in counts),
        packets=() if alone is None or alone.packet is None else (alone.packet,),
        unwritten=sum(one.packet is None for one in counts),
    )


def _print_reviewers(console: Console, reviewers: Sequence[ReviewerCount]) -> None:
    rows = _shown(reviewers)
    names = [
        Text((one.reviewer or together(one.reviewers)) + (" (simulated)" if one.simulated else "")) for one in rows
    ]
    cells: dict[str, Callable[[_Row], str]] = {
        "round": lambda one: "all" if one.round is None else str(one.round),
        "items": lambda one: str(one.assigned),
        "decided": lambda one: str(one.decided),
        "skipped": lambda one: str(one.skipped),
        "open": lambda one: str(one.open),
        "released": lambda one: str(one.released),
        "hours": lambda one: f"{one.active_hours:.1f}",
    }
    columns = [Column(name, tuple(Text(cell(one)) for one in rows)) for name, cell in cells.items()]
    _print(console, "Reviewers", "reviewer", names, columns)
    if _few(reviewers):
        console.print(
            "Fewer than three reviewers who have answered are shown together; --reviewers shows each.", style="dim"
        )
    unwritten = sum(one.unwritten for one in rows)
    if unwritten:
        console.print(f"{count_of(unwritten, 'packet')} not written yet: run `mergecheck assign`", markup=False)


STANDING_IN_WORDS = {
    "counted": "that count",
    "handed_over": "handed over",
    "reissued": "given out anew",
    "superseded": "of changes that are no longer in the study",
    "withdrawn": "withdrawn",
}
"""What has become of assignments, to stand after a number of them."""


def _print_assignments(console: Console, counts: Mapping[str, int]) -> None:
    """Say what has become of all items, once any is not simply waiting or answered."""
    parts = [f"{counts[key]} {words}" for key, words in STANDING_IN_WORDS.items() if counts.get(key)]
    if len(parts) > 1:
        console.print(f"{count_of(counts['assigned'], 'item')}: {', '.join(parts)}", style="dim")


def print_skipped(rows: Sequence[Mapping[str, Any]], console: Console | None = None) -> None:
    """Print every row that was read and not taken and every attempt that cannot be reviewed, a line each."""
    console = console or Console(highlight=False, soft_wrap=True)
    for row in rows:
        place = row["file"] or "–"
        if row["row"] is not None:
            place += f", row {row['row']}"
        line = f"{row['submission']}  {row['instance'] or '–'}  {place}  {row['reason']}: {row['detail']}"
        console.print(plain(line), markup=False)
    console.print(f"{len(rows)} rows", style="dim")


OVERRULE = (
    "To overrule a rule for scratch files, name the file, a glob or a folder under [policies] keep in study.toml; "
    'tests = "show" and docs = "show" overrule theirs. Each holds for every change alike. Then run `mergecheck '
    "pull`, and where changes are out already `mergecheck assign --new-policies`."
)


def print_left_out(rows: Sequence[Mapping[str, Any]], console: Console | None = None) -> None:
    """Print every file that was left out of a change with its rule, a line each, and how to overrule that."""
    console = console or Console(highlight=False, soft_wrap=True)
    for row in rows:
        # A path may hold anything, terminal escapes too.
        console.print(f"{row['submission']}  {row['instance']}  {plain(row['path'])}  {row['rule']}", markup=False)
    console.print(f"{count_of(len(rows), 'file')} left out", style="dim")
    if rows:
        console.print(OVERRULE, style="dim", markup=False)

"""The results in a terminal: the primary result first, then the table, and at the end what to know beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mergecheck.report.fitting import Column, fits_in_one, tables
from mergecheck.report.privacy import FEWEST, shown_work
from mergecheck.report.prose import Prose
from mergecheck.report.words import FLOW_STEPS, confidence_set, count, interval, number, point
from mergecheck.stats.analysis import Analysis
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.outcomes import Outcomes
from mergecheck.stats.rates import SubmissionRates

Cell = Callable[[Estimate, float], Text]


def print_analysis(
    analysis: Analysis,
    console: Console,
    *,
    by_reviewer: bool = False,
    plan: Callable[[Console], None] | None = None,
    plan_first: bool = False,
) -> None:
    """Print all of an analysis; tables that are wider than the console are stacked or split, never cut.

    Args:
        analysis: what to print.
        console: where to.
        by_reviewer: whether each reviewer's work is shown even where there are few (`report.privacy`).
        plan: prints whether that was planned so.
        plan_first: the planned primary result is another one, and comes first.
    """
    print_banner(analysis.simulated, analysis.verdicts, console)
    if plan is not None and plan_first:
        plan(console)
    _primary(analysis, console, "Level gap, by the default choices" if plan_first else "Level gap")
    if plan is not None and not plan_first:
        plan(console)
    _rates(analysis, console)
    _trend(analysis, console)
    _outcomes(analysis, console)
    _flow(analysis, console)
    _work(analysis, console, by_reviewer)
    _notes(analysis, console)


def print_banner(simulated: int, verdicts: int, console: Console) -> None:
    """Say that so many of the verdicts were made by a program; nothing where none was."""
    if simulated:
        share = f"{simulated} of {count(verdicts, 'verdict')}"
        says = f"{share} made by a program. The numbers below say nothing about real reviewers."
        console.print(Panel(Text(f"SIMULATED: {says}", style="bold"), border_style="bold yellow", style="yellow"))


def print_heading(console: Console, title: str, beside: str = "") -> None:
    """The title of a part of the report, after an empty line."""
    console.print()
    console.print(Prose(Text.assemble((title, "bold cyan"), (f"  {beside}" if beside else "", "dim"))))


def _level(analysis: Analysis) -> str:
    return f"{100 * analysis.level:g} %"


def _primary(analysis: Analysis, console: Console, title: str) -> None:
    gap = analysis.level_gap
    print_heading(console, title, "how far the grader's pass rate lies above the merge rate relative to golden")
    estimate = gap.estimate
    if not estimate.available:
        console.print(Padding(Prose(Text.assemble("n/a", (f"  {estimate.reason}", "dim"))), (0, 0, 0, 2)))
        return
    shown = Text.assemble((f"{point(estimate)} pp", "bold green"), f"  {interval(estimate)}")
    over = f"n = {count(estimate.n, 'instance')}, mean over {count(len(gap.submissions), 'submission')}"
    shown.append(f"  {_level(analysis)}, {over}; {estimate.method}", style="dim")
    console.print(Padding(Prose(shown), (0, 0, 0, 2)))
    console.print(Text(f"  by Fieller {confidence_set(gap.fieller)}", style="dim"))


def _one_line(estimate: Estimate, scale: float = 100) -> Text:
    return Text.assemble(point(estimate, scale), (f" {interval(estimate, scale)}".rstrip(), "dim"))


def _stacked(estimate: Estimate, scale: float = 100) -> Text:
    return Text.assemble(point(estimate, scale), (f"\n{interval(estimate, scale)}".rstrip(), "dim"))


def _rates(analysis: Analysis, console: Console) -> None:
    unit = f"per cent, gap in percentage points, with {_level(analysis)} intervals"
    print_heading(console, "Rates by release date", unit)
    if not analysis.rates and not analysis.golden.sampled:
        console.print("  There is no attempt in the study.")
        return
    names = [_name(rate) for rate in analysis.rates]
    if analysis.golden.submission is not None:
        names.append(Text(analysis.golden.submission, style="italic"))
    in_one_line = _rate_columns(analysis, _one_line)
    columns = in_one_line
    if not fits_in_one(console, "submission", names, in_one_line):
        columns = _rate_columns(analysis, _stacked)
    for table in tables(console, "submission", names, columns):
        console.print(table)
    console.print(
        Text(
            "A passes the grader · C merged of those reviewed that pass · M = A·C merged of all in scope · "
            "G golden patches merged (its interval stands under C of golden) · gap = A − M/G",
            style="dim",
        )
    )
    _fieller(analysis, console)


def _rate_columns(analysis: Analysis, cell: Cell) -> list[Column]:
    rates, golden = analysis.rates, analysis.golden
    has_golden = golden.submission is not None

    def column(heading: str, cells: Iterable[str | Text], of_golden: str | Text = "–") -> Column:
        texts = [part if isinstance(part, Text) else Text(part) for part in (*cells, of_golden)]
        return Column(heading, tuple(texts if has_golden else texts[:-1]))

    return [
        column("released", ("–" if rate.released is None else rate.released.isoformat() for rate in rates)),
        column("n", (str(rate.in_scope) for rate in rates), str(golden.sampled)),
        column("reviewed", (str(rate.reviewed) for rate in rates), str(golden.reviewed)),
        column("A\npass", (cell(rate.pass_rate, 100) for rate in rates)),
        column("C\nof passing", (cell(rate.conditional_rate, 100) for rate in rates), cell(golden.rate, 100)),
        column("M\nmerge", (cell(rate.merge_rate, 100) for rate in rates)),
        column("G\ngolden", (point(golden.rate) for _ in rates), point(golden.rate)),
        column("M/G", (cell(rate.relative_merge_rate, 100) for rate in rates)),
        column("C/G", (cell(rate.relative_conditional_rate, 100) for rate in rates)),
        column("gap", (cell(rate.gap, 100) for rate in rates)),
    ]


def _name(rate: SubmissionRates) -> Text:
    return Text(rate.submission) if rate.model == rate.submission else Text(f"{rate.submission}\n{rate.model}")


def _fieller(analysis: Analysis, console: Console) -> None:
    if not analysis.fieller:
        return
    console.print()
    console.print(Text("The same by Fieller, per cent", style="dim"))
    names = [Text(sets.submission) for sets in analysis.fieller]
    columns = [
        Column("M/G", tuple(Text(confidence_set(sets.merge)) for sets in analysis.fieller)),
        Column("C/G", tuple(Text(confidence_set(sets.conditional)) for sets in analysis.fieller)),
        Column("gap", tuple(Text(confidence_set(sets.gap)) for sets in analysis.fieller)),
    ]
    for table in tables(console, "submission", names, columns):
        console.print(table)


def _trend(analysis: Analysis, console: Console) -> None:
    trend = analysis.trend
    over = f"percentage points a year, over {count(len(trend.points), 'submission')}, {_level(analysis)} intervals"
    print_heading(console, "Trend over release dates", over)
    fits = {
        "grader, A": trend.grader,
        "maintainers, M/G": trend.maintainers,
        "difference, A − M/G": trend.difference,
        "raw merge rate, M": trend.merged,
        "difference, A − M": trend.difference_raw,
    }
    columns = [
        Column("slope", tuple(Text(point(fit, 1)) for fit in fits.values())),
        Column("interval", tuple(Text(interval(fit, 1) or "n/a") for fit in fits.values())),
        Column("n", tuple(Text(str(fit.n) if fit.available else "–") for fit in fits.values())),
    ]
    for table in tables(console, "slope of", [Text(name) for name in fits], columns):
        console.print(table)
    if trend.difference.available:
        beside = confidence_set(trend.difference_fieller, 1)
        console.print(Text(f"  difference, A − M/G, by Fieller {beside}", style="dim"))


def _outcomes(analysis: Analysis, console: Console) -> None:
    if not analysis.outcomes:
        return
    print_heading(console, "What became of the attempts in scope", "per cent of n, each row adds up to 100")
    names = [Text(outcome.submission) for outcome in analysis.outcomes]
    columns = [Column("n", tuple(Text(str(outcome.n)) for outcome in analysis.outcomes))]
    headings = _outcome_headings(analysis.outcomes[0])
    for key, heading in headings.items():
        cells = tuple(Text(number(100 * outcome.shares()[key])) for outcome in analysis.outcomes)
        if key != "not_drawn" or any(outcome.not_drawn for outcome in analysis.outcomes):
            columns.append(Column(heading, cells))
    for table in tables(console, "submission", names, columns):
        console.print(table)


def _outcome_headings(outcome: Outcomes) -> dict[str, str]:
    headings = {"failed": "failed\ngrader", "accepted": "\naccepted"}
    headings |= {f"refused: {reason}": "refused:\n" + reason.replace("_", "\n") for reason, _ in outcome.reasons}
    return headings | {"skipped": "\nskipped", "not_reviewed": "not yet\nreviewed", "not_drawn": "not\ndrawn"}


def _flow(analysis: Analysis, console: Console) -> None:
    waiting = count(analysis.not_reviewed, "assignment waits", "assignments wait")
    print_heading(console, "From attempts to verdicts", f"{waiting} for a verdict")
    if not analysis.flow:
        console.print("  Nothing has been drawn.")
        return
    names = [Text(step.submission) for step in analysis.flow]
    columns = [
        Column(heading, tuple(Text(str(getattr(step, name))) for step in analysis.flow))
        for name, heading in FLOW_STEPS.items()
    ]
    for table in tables(console, "submission", names, columns):
        console.print(table)


def _work(analysis: Analysis, console: Console, by_reviewer: bool) -> None:
    work = shown_work(analysis.work, by_reviewer)
    if not work:
        return
    columns = [
        Column("assigned", tuple(Text(str(one.assigned)) for one in work)),
        Column("done", tuple(Text(str(one.done)) for one in work)),
        Column("skipped", tuple(Text(str(one.skipped)) for one in work)),
        Column("open", tuple(Text(str(one.assigned - one.done)) for one in work)),
    ]
    for table in tables(console, "reviewer", [Text(one.title) for one in work], columns):
        console.print(table)
    if work[0].reviewer is None:
        few = f"Fewer than {FEWEST} have given verdicts, so nothing is told by reviewer; --by-reviewer tells it."
        console.print(Text(few, style="dim"))


def _notes(analysis: Analysis, console: Console) -> None:
    print_heading(console, "Notes")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", overflow="fold", max_width=max(12, console.width // 3))
    grid.add_column(overflow="fold")
    grid.add_row(
        "assumption", f"Intervals are about {analysis.population}: instances are drawn anew, reviewers not."
    )
    if analysis.trend.points:
        few = f"{count(len(analysis.trend.points), 'point')}: read the slopes over the table of rates above"
        grid.add_row("trend", f"Lines through {few}.")
    for note in analysis.notes:
        grid.add_row(Text(note.about), Prose(note.text))
    console.print(Padding(grid, (0, 0, 0, 2)))

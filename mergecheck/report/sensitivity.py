"""The sensitivity table in short, and what leaks change, for a person."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergecheck.report.fitting import Column, tables
from mergecheck.report.prose import Prose
from mergecheck.report.terminal import print_heading
from mergecheck.report.words import count, interval, number, point
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.sensitivity import ONE_OUT, Sensitivity, Variant, WithAndWithout, WithoutLeaks


def print_sensitivity(found: Sensitivity, console: Console) -> None:
    """Print level gap and slope difference another way, a line each; one left out at a time as a range.

    Args:
        found: the table; `report sensitivity` prints it whole.
        console: where to.
    """
    print_heading(console, "Sensitivity", "level gap in percentage points, slope difference in points a year")
    made = [one for one in found.variants if one.results.level_gap.available and one.varied not in ONE_OUT]
    names = [Text(f"{one.varied}: {one.name}") for one in made]
    gaps = [_estimate(one.results.level_gap, 100) for one in made]
    slopes = [_estimate(one.results.difference, 1) for one in made]
    for varied in ONE_OUT:
        mine = [one for one in found.variants if one.varied is varied and one.results.level_gap.available]
        if mine:
            names.append(Text(f"{varied}, {len(mine)} times"))
            gaps.append(_range([one.results.level_gap for one in mine], 100))
            slopes.append(_range([one.results.difference for one in mine], 1))
    for table in tables(
        console, "", names, [Column("level gap", tuple(gaps)), Column("slope difference", tuple(slopes))]
    ):
        console.print(table)
    missing = "; ".join(_missing(found.variants))
    if missing:
        console.print(Padding(Prose(f"n/a: {missing}", style="dim"), (0, 0, 0, 2)))


def _estimate(estimate: Estimate, scale: float) -> Text:
    return Text.assemble(point(estimate, scale), (f" {interval(estimate, scale)}".rstrip(), "dim"))


def _range(estimates: Sequence[Estimate], scale: float) -> Text:
    points = [one.estimate * scale for one in estimates if one.estimate is not None]
    return Text(f"{number(min(points))} to {number(max(points))}" if points else "n/a")


def _missing(variants: Sequence[Variant]) -> list[str]:
    """What is not available, and why, each reason once."""
    reasons: dict[tuple[str, str], None] = {}
    for one in variants:
        if not one.results.level_gap.available:
            reasons.setdefault((str(one.varied), one.results.level_gap.reason))
    return [f"{varied} ({reason})" for varied, reason in reasons]


def print_leaks(found: WithoutLeaks | None, of_all: Sequence[str], console: Console) -> None:
    """Print what leaks change: the main results with and without the candidates that showed one.

    Args:
        found: None where no candidate did.
        of_all: accepted leaks that are of no single candidate, in words.
        console: where to.
    """
    if found is not None or of_all:
        print_heading(console, "Sensitivity: blinding", "per cent")
    for accepted in of_all:
        console.print(Text(f"  Accepted, and nothing can be left out for it: {accepted}"))
    if found is None:
        return
    left_out = f"the {count(found.candidates, 'candidate')} whose leak was accepted or redacted too late"
    console.print(f"  Without {left_out} ({count(found.reviews, 'verdict')}):")
    rows = [
        (Text("level gap"), found.level_gap),
        (Text(f"G {found.golden.submission}"), found.golden),
        *((Text(f"M/G {one.submission}"), one) for one in found.relative_merge_rates),
    ]
    columns = [
        Column("all", tuple(_cell(one, "whole") for _, one in rows)),
        Column("without", tuple(_cell(one, "left") for _, one in rows)),
    ]
    for table in tables(console, "", [name for name, _ in rows], columns):
        console.print(table)


def _cell(one: WithAndWithout, which: str) -> Text:
    return _estimate(one.whole if which == "whole" else one.left, 100)

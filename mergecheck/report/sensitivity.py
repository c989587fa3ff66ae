"""The sensitivity check to leaks, for a person."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from mergecheck.report.fitting import Column, tables
from mergecheck.report.words import count, interval, point
from mergecheck.stats.sensitivity import WithAndWithout, WithoutLeaks


def print_leaks(found: WithoutLeaks | None, of_all: Sequence[str], console: Console) -> None:
    """Print what leaks change: the main results with and without the candidates that showed one.

    Args:
        found: None where no candidate did.
        of_all: accepted leaks that are of no single candidate, in words.
        console: where to.
    """
    if found is not None or of_all:
        console.print()
        console.print(Text.assemble(("Sensitivity: blinding", "bold cyan"), ("  per cent", "dim")))
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
    estimate = one.whole if which == "whole" else one.left
    return Text.assemble(point(estimate), (f" {interval(estimate)}".rstrip(), "dim"))

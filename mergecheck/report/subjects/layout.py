"""A page in a terminal: every number with its interval and n; how it was computed, and why not, under a mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from string import ascii_lowercase

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mergecheck.report.fitting import Column, fits_in_one, tables
from mergecheck.report.prose import Prose
from mergecheck.report.subjects.page import Page, Quantity, Sheet
from mergecheck.report.terminal import print_banner, print_heading
from mergecheck.report.words import interval, point
from mergecheck.stats.estimate import Estimate

NO_METHOD = "n/a"


class Marks:
    """What stands under the tables: a letter a method, a number a reason, in the order in which they come up."""

    def __init__(self) -> None:
        self.methods: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.assumptions: dict[str, None] = {}

    def of(self, estimate: Estimate) -> str:
        """The marks of an estimate: how its interval was made, and why something is missing."""
        marks = []
        if estimate.available:
            self.assumptions.setdefault(estimate.assumption)
        if estimate.method != NO_METHOD:
            marks.append(self.methods.setdefault(_method(estimate), _letters(len(self.methods))))
        if estimate.reason:
            marks.append(self.reasons.setdefault(estimate.reason, str(len(self.reasons) + 1)))
        return " ".join(marks)


def _method(estimate: Estimate) -> str:
    """The method and what n counts; degrees of freedom that follow from n are not told apart."""
    method = re.sub(
        r"\bt\((\d+)\)",
        lambda found: "t(n − 1)" if int(found[1]) == estimate.n - 1 else found[0],
        estimate.method,
    )
    return f"{method}; n counts {estimate.unit}"


def _letters(number: int) -> str:
    further, last = divmod(number, len(ascii_lowercase))
    return (_letters(further - 1) if further else "") + ascii_lowercase[last]


def print_page(page: Page, console: Console) -> None:
    """Print a page; tables that are wider than the console are stacked or split, never cut."""
    marks = Marks()
    print_banner(page.simulated, page.verdicts, console)
    for sheet in page.sheets:
        _sheet(sheet, page.level, marks, console)
    _below(page, marks, console)


def _sheet(sheet: Sheet, level: float, marks: Marks, console: Console) -> None:
    quantities = [column for column in sheet.columns if isinstance(column, Quantity)]
    beside = [sheet.beside, f"{100 * level:g} % intervals" if quantities else ""]
    print_heading(console, sheet.title, ", ".join(part for part in beside if part))
    if not sheet.names:
        console.print(Padding(Prose(sheet.nothing), (0, 0, 0, 2)))
        return
    why = _why_nothing(quantities)
    if why:
        console.print(Padding(Prose(Text.assemble("n/a", (f"  {why}", "dim"))), (0, 0, 0, 2)))
        return
    names = [Text(name) for name in sheet.names]
    columns = _columns(sheet, quantities, marks, " ")
    if not fits_in_one(console, sheet.heading, names, columns):
        columns = _columns(sheet, quantities, marks, "\n")
    for table in tables(console, sheet.heading, names, columns):
        console.print(table)
    if sheet.legend:
        console.print(Prose(sheet.legend, style="dim"))


def _why_nothing(quantities: Sequence[Quantity]) -> str:
    """The reason, where there is one alone and for it no quantity is available in any row."""
    estimates = [one for quantity in quantities for one in quantity.estimates]
    reasons = {one.reason for one in estimates}
    return reasons.pop() if len(reasons) == 1 and not any(one.available for one in estimates) else ""


def _columns(sheet: Sheet, quantities: Sequence[Quantity], marks: Marks, between: str) -> list[Column]:
    shared = _shared_n(len(sheet.names), quantities)
    columns: list[Column] = []
    for column in sheet.columns:
        if isinstance(column, Column):
            columns.append(column)
            continue
        if shared is not None and column is quantities[0]:
            columns.append(Column("n", tuple(Text(n) for n in shared)))
        cells = (_cell(one, column, marks, between, with_n=shared is None) for one in column.estimates)
        columns.append(Column(column.heading, tuple(cells)))
    return columns


def _shared_n(rows: int, quantities: Sequence[Quantity]) -> list[str] | None:
    """n of each row where all that is available in it rests on as many; None where it differs within a row."""
    shared = []
    for row in range(rows):
        found = {one.estimates[row].n for one in quantities if one.estimates[row].available}
        if len(found) > 1:
            return None
        shared.append(str(found.pop()) if found else "–")
    return shared


def _cell(estimate: Estimate, column: Quantity, marks: Marks, between: str, *, with_n: bool) -> Text:
    limits = interval(estimate, column.scale, digits=column.digits)
    n = f"n={estimate.n}" if with_n and estimate.available else ""
    mark = marks.of(estimate)
    cell = Text(point(estimate, column.scale, digits=column.digits))
    if between != "\n":
        return cell.append("".join(f" {part}" for part in (limits, n, mark) if part), style="dim")
    if not n:
        return cell.append(f" {mark}" + (f"\n{limits}" if limits else ""), style="dim")
    return cell.append("".join(f"\n{part}" for part in (limits, f"{n} {mark}") if part), style="dim")


def _below(page: Page, marks: Marks, console: Console) -> None:
    if marks.methods or marks.reasons:
        print_heading(console, "How, and why not")
        _grid(console, ((mark, text) for text, mark in (*marks.methods.items(), *marks.reasons.items())))
    lines = [("" if place else "intervals are about", about) for place, about in enumerate(marks.assumptions)]
    lines += [(note.about, note.text) for note in page.notes]
    if lines:
        print_heading(console, "Notes")
        _grid(console, lines)


def _grid(console: Console, lines: Iterable[tuple[str, str]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", overflow="fold", max_width=max(12, console.width // 3))
    grid.add_column(overflow="fold")
    for about, text in lines:
        grid.add_row(Text(about), Prose(text))
    console.print(Padding(grid, (0, 0, 0, 2)))

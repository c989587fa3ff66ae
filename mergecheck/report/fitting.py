"""Tables that fit the terminal whole: one that is too wide becomes several, and nothing is ever cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

LEAST_NAME = 12
"""Names are folded to no less than this."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and a cell a row; both may hold several lines."""

    heading: str
    cells: tuple[Text, ...]


def tables(
    console: Console, heading: str, names: Sequence[Text], columns: Sequence[Column], least: int | None = None
) -> Iterator[Table]:
    """As few tables as can be, each with the names, that hold the columns in their order at the console's width.

    Columns are spread over the tables so that the widest is as narrow as can be. A name that is too long for
    its table is folded, to no less than `least` characters: where not given, `LEAST_NAME`, or its longest word as
    far as a quarter of the console goes. A column alone that is too wide still stands in a table of its own with
    its cells folded.
    """
    if least is None:
        least = max(LEAST_NAME, min(_longest_word(names), console.width // 4))
    alone = _natural(heading, names, (), least)
    widths = [_natural(heading, names, (column,), least) - alone for column in columns]
    fewest = len(_parts(widths, console.width - alone))
    room = next(room for room in range(console.width + 1) if len(_parts(widths, room)) <= fewest)
    start = 0
    for size in _parts(widths, room):
        yield _table(console, heading, names, columns[start : start + size], least)
        start += size


def _parts(widths: Sequence[int], room: int) -> list[int]:
    """How many columns each table takes if every table takes as many as its room allows, and one at least."""
    sizes: list[int] = []
    left = -1
    for width in widths:
        if width > left:
            sizes.append(0)
            left = room
        sizes[-1] += 1
        left -= width
    return sizes


def fits_in_one(console: Console, heading: str, names: Sequence[Text], columns: Sequence[Column]) -> bool:
    """Whether one table, without folding, holds all."""
    return _natural(heading, names, columns, None) <= console.width


def _table(console: Console, heading: str, names: Sequence[Text], columns: Sequence[Column], least: int) -> Table:
    for width in (None, *range(_widest(names), least, -1)):
        if _natural(heading, names, columns, width) <= console.width:
            return _build(heading, names, columns, width)
    return _build(heading, names, columns, least)


def _widest(names: Sequence[Text]) -> int:
    return max((cell_len(line) for name in names for line in name.plain.split("\n")), default=LEAST_NAME)


def _natural(heading: str, names: Sequence[Text], columns: Sequence[Column], width: int | None) -> int:
    """The width of the table that `_build` makes of the same, where there is room for all of it.

    rich measures a table by laying it out, which for all that are tried took a fifth of a report's time.
    """
    shown = names if width is None else [fold(name, width) for name in names]
    first = _widest([Text(heading), *shown])
    widths = [first if width is None else min(first, width)]
    widths += [_widest([Text(column.heading), *column.cells]) for column in columns]
    # Two for the edges, and between two columns a space of padding and one where a line could stand.
    return sum(widths) + 2 + 2 * len(columns)


_WORDS = re.compile(r"[^-_./ ]*[-_./ ]|[^-_./ ]+")


def _longest_word(names: Sequence[Text]) -> int:
    return max((cell_len(word.rstrip()) for name in names for word in _WORDS.findall(name.plain)), default=0)


def fold(name: Text, width: int) -> Text:
    """The name in lines of at most `width` characters, broken after its hyphens and the like where it has some."""
    lines: list[str] = []
    for line in name.plain.split("\n"):
        lines.append("")
        for part in _WORDS.findall(line):
            if lines[-1] and len(lines[-1] + part) > width:
                lines.append("")
            lines[-1] += part
    return Text("\n".join(lines), style=name.style)


def _build(heading: str, names: Sequence[Text], columns: Sequence[Column], width: int | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(heading, overflow="fold", max_width=width, vertical="top")
    for column in columns:
        table.add_column(Text(column.heading), justify="right", overflow="fold", vertical="top")
    for row, name in enumerate(names):
        table.add_row(name if width is None else fold(name, width), *(column.cells[row] for column in columns))
    return table

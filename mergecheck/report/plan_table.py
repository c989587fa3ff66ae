"""What `mergecheck plan` prints: assumptions, and a row a choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mergecheck.report.as_json import plain
from mergecheck.report.fitting import LEAST_NAME, Column, tables
from mergecheck.report.prose import Prose
from mergecheck.report.terminal import print_heading
from mergecheck.report.words import count, number
from mergecheck.stats.plan import Known, Row
from mergecheck.stats.plan_assumed import Assumed, Choice

FORMAT = 1
"""Version of the JSON; it grows with every change that a reader could trip over."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was computed and how: `studies` simulated a choice, from `seed` on."""

    assumed: Assumed
    rows: tuple[Row, ...]
    studies: int
    seed: int
    level: float
    power: float


def print_plan_table(told: Told, console: Console) -> None:
    """Print the assumptions, then a row a choice; what all choices have in common stands in the heading."""
    _assumptions(told, console)
    varying = _varying(told.rows)
    common = [_in_words(told.rows[0].choice, name) for name in _names() if name not in varying]
    print_heading(console, "Plan", ", ".join(common))
    heading, names, least = _labels(told.rows, varying, console.width)
    for table in tables(console, heading, names, _columns(told.rows), least):
        console.print(table)
    console.print()
    for line in _legend(told):
        console.print(Padding(Prose(line, style="dim"), (0, 0, 0, 2), expand=False))


def _labels(rows: Sequence[Row], varying: Sequence[str], width: int) -> tuple[str, list[Text], int]:
    """The heading over the choices, a choice a row, and how narrow they may be folded.

    Several that vary stand in columns under their names; in words where that would take most of the width.
    """
    heads = [_HEADS.get(name, name) for name in varying]
    values = [[_value(row.choice, name) for name in varying] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *values, strict=True)]
    whole = sum(widths) + 2 * (len(widths) - 1)
    if len(varying) < 2 or whole > MOST_LABEL * width:
        words = (", ".join(_in_words(row.choice, name) for name in varying) or "this study" for row in rows)
        return "", [Text(one) for one in words], LEAST_NAME
    lines = ["  ".join(map(str.rjust, line, widths)) for line in (heads, *values)]
    return lines[0], [Text(line) for line in lines[1:]], whole


MOST_LABEL = 0.6
"""The share of the terminal's width that labels in columns may take."""

_HEADS = {"golden_share": "golden"}


def _value(choice: Choice, name: str) -> str:
    value = getattr(choice, name)
    return f"{100 * value:.3g} %" if name in ("golden_share", "overlap") else str(value)


def _names() -> tuple[str, ...]:
    return tuple(part.name for part in fields(Choice))


def _varying(rows: Sequence[Row]) -> list[str]:
    return [name for name in _names() if len({getattr(row.choice, name) for row in rows}) > 1]


def _in_words(choice: Choice, name: str) -> str:
    match name:
        case "golden_share":
            return f"golden {100 * choice.golden_share:.3g} %"
        case "overlap":
            return f"overlap {100 * choice.overlap:.3g} %"
        case _:
            return count(getattr(choice, name), name.removesuffix("s"))


def _columns(rows: Sequence[Row]) -> list[Column]:
    gap = [_of(row, "level_gap") for row in rows]
    slope = [_of(row, "slope_difference") for row in rows]
    alone = [_of(row, "model_gap") for row in rows]
    golden = [_of(row, "golden") for row in rows]
    return [
        _plain("reviews", rows, [row.reviews.value or 0.0 for row in rows], digits=0),
        _plain("hours", rows, [row.hours for row in rows], digits=0),
        _plain("hours a\nreviewer", rows, [row.hours_each for row in rows], digits=1),
        _column("level gap\n± pp", [one.get("half_width") for one in gap], 100),
        _column("level gap\ndetects", [one.get("detectable") for one in gap], 100),
        _column("level gap\npower %", [one.get("power") for one in gap], 100, digits=0),
        _column("slopes\n± pp/yr", [one.get("half_width") for one in slope], 1),
        _column("slopes\ndetects", [one.get("detectable") for one in slope], 1),
        _column("slopes\npower %", [one.get("power") for one in slope], 100, digits=0),
        _column("one model's\ngap ± pp", [one.get("half_width") for one in alone], 100),
        _column("G\n± pp", [one.get("half_width") for one in golden], 100),
    ]


def _of(row: Row, result: str) -> dict[str, Known]:
    if row.reason:
        return {}
    one = row.of(result)
    return {"half_width": one.half_width, "detectable": one.detectable, "power": one.power}


def _plain(heading: str, rows: Sequence[Row], values: Sequence[float], *, digits: int) -> Column:
    texts = ("n/a" if row.reason else number(one, digits=digits) for row, one in zip(rows, values, strict=True))
    return Column(heading, tuple(Text(one) for one in texts))


def _column(heading: str, values: Sequence[Known | None], scale: float, *, digits: int = 1) -> Column:
    return Column(heading, tuple(_cell(one, scale, digits) for one in values))


def _cell(known: Known | None, scale: float, digits: int) -> Text:
    if known is None or known.value is None:
        return Text("n/a")
    shown = Text(number(scale * known.value, digits=digits))
    if known.error is not None:
        shown.append(f" ({number(scale * known.error, digits=digits)})", style="dim")
    return shown


def _assumptions(told: Told, console: Console) -> None:
    assumed, sources = told.assumed, dict(told.assumed.sources)
    slope = assumed.slope_difference
    effects = f"level gap {number(100 * assumed.level_gap)} pp"
    effects += "" if slope is None else f", slope difference {number(slope)} pp a year"
    rates = f"{number(100 * assumed.models[0].pass_rate, digits=0)}"
    rates += f" to {number(100 * assumed.models[-1].pass_rate, digits=0)} %" if len(assumed.models) > 1 else " %"
    span = f"{assumed.models[0].released} to {assumed.models[-1].released}"
    lines = {
        "pass rates, dates": f"{rates}, {span}",
        "merge rates": effects,
        "G": f"{number(100 * assumed.golden)} %",
        "φ": f"{assumed.phi:.2f} between the grades of two models on an instance",
        "difficulty": f"{assumed.difficulty_sd:g} logits between instances",
        "leniency": f"{assumed.leniency_sd:.2g} logits between reviewers",
        "minutes": f"{number(assumed.minutes)} a review",
    }
    print_heading(console, "Assumed", "what is taken for true")
    grid = Table.grid(padding=(0, 2))
    for name, words in lines.items():
        grid.add_row(Text(name, style="bold"), Prose(words), Prose(sources.get(name, ""), style="dim"))
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))


def _legend(told: Told) -> Iterator[str]:
    level, power = f"{100 * told.level:g} %", f"{100 * told.power:g} %"
    yield (
        f"± mean half-width of the {level} interval (instance jackknife) · detects: the effect that {power} of "
        f"studies tell from 0, two-sided at {100 * (1 - told.level):g} % · power: share of studies that tell the "
        "assumed effect from 0. In brackets: Monte Carlo standard error."
    )
    about = "Intervals are about issues like these and these reviewers."
    yield f"{told.studies} simulated studies a row, seed {told.seed}. {about}"
    other = [row.of("level_gap").reviewers for row in told.rows if not row.reason]
    spread = [one for one in other if one is not None]
    if spread:
        least, most = number(100 * min(spread)), number(100 * max(spread))
        moved = least if least == most else f"{least} to {most}"
        yield (
            f"Other reviewers of the same kind would move the true level gap by {moved} pp (standard deviation), "
            "which no interval here holds."
        )
    reasons: dict[str, int] = {}
    varying = _varying(told.rows) or ["instances"]
    for row in told.rows:
        if row.reason:
            reasons[row.reason] = reasons.get(row.reason, 0) + 1
        for one in row.expected:
            if one.without:
                share = f"{one.result.replace('_', ' ')}, {one.without} of {one.studies} studies: {one.reason}"
                which = ", ".join(_in_words(row.choice, name) for name in varying)
                yield f"Without interval: {which}, {share}."
    for reason in reasons:
        yield f"n/a: {reason}."


def plan_table_as_json(told: Told) -> dict[str, Any]:
    """The same as dicts, lists, text, numbers and None. Gaps, shares: fractions of 1; slopes: points a year."""
    return {
        "format": FORMAT,
        "level": told.level,
        "power": told.power,
        "studies": told.studies,
        "seed": told.seed,
        "units": {
            "level_gap": "fractions of 1",
            "slope_difference": "percentage points a year",
            "model_gap": "fractions of 1",
            "golden": "fractions of 1",
        },
        "assumed": {
            **plain(told.assumed),
            "sources": dict(told.assumed.sources),
            "level_gap": told.assumed.level_gap,
            "slope_difference": told.assumed.slope_difference,
        },
        "rows": [_row(row) for row in told.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    whole: dict[str, Any] = plain(row)
    whole["expected"] = {one.pop("result"): one for one in whole["expected"]}
    return whole

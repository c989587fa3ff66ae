"""The rates over release dates, with their intervals, and the two lines through them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

import pandas as pd

from mergecheck.errors import Refused
from mergecheck.report.figures import (
    BY_GRADER,
    BY_MAINTAINERS,
    WIDTH,
    Drawing,
    Series,
    caption_of,
    date_axis,
    day_of,
    draw_point,
    height_of_names,
    lines_of_caption,
    look,
    name_points,
    shorten,
    write_caption,
    write_title,
)
from mergecheck.report.words import count, interval, point
from mergecheck.stats.analysis import Analysis, analyse
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.rates import SubmissionRates
from mergecheck.stats.trend import DAYS_A_YEAR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mergecheck.report.subjects.page import Material

TITLE = "Pass rate and relative merge rate over release dates"
HEIGHT = 3.4
"""Inches of the axes."""

FARTHEST = 1.6
"""Intervals of M/G are shown up to so many times the greatest rate, or to 100 %."""


def trend_drawings(material: Material) -> list[Drawing]:
    """The figure of `report trend`, from its material; see `trend_drawing`."""
    return [trend_drawing(analyse(material.attempts, material.reviews, material.level))]


def trend_drawing(found: Analysis) -> Drawing:
    """The figure of `report trend`.

    Raises:
        Refused: no submission has both a release date and a rate.
    """
    dated = [rate for rate in found.rates if rate.released is not None and rate.pass_rate.available]
    if not dated:
        raise Refused(
            f"there is nothing to draw over release dates: {_why_nothing(found)}",
            fix="give every model its `released` in study.toml, and pull and grade its attempts",
        )
    caption = _caption(found, dated)
    names = [shorten(rate.submission) for rate in dated]
    above, below = 0.3 + height_of_names(names), 0.75 + lines_of_caption(caption)
    with look():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH, above + HEIGHT + below))
        height = figure.get_figheight()
        axes = figure.add_axes((0.09, below / height, 0.87, HEIGHT / height))
        _axes(axes, dated)
        for rate in dated:
            _rate(axes, rate, _in_lines(found, rate))
        _lines(axes, found)
        _legend(figure, axes, found, below)
        name_points(axes, [_x(rate) for rate in dated], names)
        write_title(figure, TITLE, simulated=found.simulated > 0)
        write_caption(figure, caption)
    return Drawing("", figure, TITLE, caption, _table(found, dated))


def _why_nothing(found: Analysis) -> str:
    if not found.rates:
        return "there is no submission but golden"
    if all(rate.released is None for rate in found.rates):
        return "no model has a release date"
    return "; ".join(dict.fromkeys(rate.pass_rate.reason for rate in found.rates if rate.released is not None))


def _x(rate: SubmissionRates) -> float:
    return day_of(rate.released) if rate.released is not None else 0.0


def _in_lines(found: Analysis, rate: SubmissionRates) -> bool:
    return any(one.submission == rate.submission for one in found.trend.points)


def _axes(axes: Axes, dated: Sequence[SubmissionRates]) -> None:
    date_axis(axes, [rate.released for rate in dated if rate.released is not None])
    shown = [estimate for rate in dated for estimate in (rate.pass_rate, rate.relative_merge_rate)]
    greatest = max(one.estimate for one in shown if one.estimate is not None)
    highs = [one.high for one in shown if one.high is not None]
    farthest = min(max([*highs, greatest]), max(1.0, FARTHEST * greatest))
    axes.set_ylim(0, 10 * math.ceil(10.4 * farthest))
    axes.set_xlabel("model's release date")
    axes.set_ylabel("attempts, %")


def _rate(axes: Axes, rate: SubmissionRates, used: bool) -> None:
    ceiling = axes.get_ylim()[1]
    for estimate, series in ((rate.pass_rate, BY_GRADER), (rate.relative_merge_rate, BY_MAINTAINERS)):
        if estimate.estimate is None:
            continue
        limits = tuple(None if limit is None else 100 * limit for limit in (estimate.low, estimate.high))
        bounded = (limits[0], limits[1]) if limits != (None, None) else (None, None)
        if bounded[0] is None and bounded[1] is not None:
            bounded = (0.0, bounded[1])
        place = (_x(rate), 100 * estimate.estimate)
        draw_point(axes, place, bounded, series, hollow=not used, ceiling=ceiling)


def _fits(found: Analysis) -> list[tuple[str, Estimate, Series, list[float]]]:
    """Name, slope, look and points (shares) of the two lines; a line without slope has no points."""
    points = found.trend.points
    relative = [one.relative for one in points if one.relative is not None]
    return [
        ("pass rate A (grader)", found.trend.grader, BY_GRADER, [one.pass_rate for one in points]),
        ("relative merge rate M/G (maintainers)", found.trend.maintainers, BY_MAINTAINERS, relative),
    ]


def _ends(found: Analysis, slope: Estimate, shares: Sequence[float]) -> list[tuple[date, float]]:
    """Where a line begins and ends: at the first and the last date, in per cent; nowhere without a slope."""
    days = [one.released.toordinal() for one in found.trend.points]
    if slope.estimate is None or len(shares) != len(days):
        return []
    middle = 100 * sum(shares) / len(shares)
    mean = sum(days) / len(days)
    return [
        (date.fromordinal(day), middle + slope.estimate * (day - mean) / DAYS_A_YEAR)
        for day in (min(days), max(days))
    ]


def _lines(axes: Axes, found: Analysis) -> None:
    for _, slope, series, shares in _fits(found):
        ends = _ends(found, slope, shares)
        if ends:
            axes.plot(
                [day_of(day) for day, _ in ends], [y for _, y in ends], series.line, color=series.colour, zorder=2
            )


def _legend(figure: Figure, axes: Axes, found: Analysis, below: float) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for name, slope, series, _ in _fits(found):
        label = f"{name}: {_slope(slope)}"
        line: Literal["-", "--", "none"] = series.line if slope.available else "none"
        handles.append(Line2D([], [], linestyle=line, marker=series.marker, color=series.colour, label=label))
    box = axes.get_position()
    y = (below - 0.42) / figure.get_figheight()
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(box.x0 - 0.02, y), ncols=1, borderaxespad=0)


def _slope(slope: Estimate) -> str:
    if not slope.available:
        return f"no line ({slope.reason})"
    sign = "+" if (slope.estimate or 0) > 0 else ""
    return f"{sign}{point(slope, 1)} points a year {interval(slope, 1)}".rstrip()


def _caption(found: Analysis, dated: Sequence[SubmissionRates]) -> str:
    level = f"{100 * found.level:g} %"
    trend = found.trend
    apart = [rate.submission for rate in dated if not _in_lines(found, rate)]
    undated = [rate.submission for rate in found.rates if rate.released is None]
    difference = (
        f"difference of slopes A − M/G {point(trend.difference, 1)} points a year {interval(trend.difference, 1)}"
        if trend.difference.estimate is not None
        else f"no difference of slopes ({trend.difference.reason})"
    )
    method = trend.grader.method if trend.grader.available and trend.grader.low is not None else ""
    lines = f"Lines: unweighted least squares over {count(len(trend.points), 'submission')}; {difference}."
    return caption_of(
        (
            f"Points: each submission's rates with {level} intervals"
            + (f" over {found.instances} instances ({_methods(dated)})." if _methods(dated) else "."),
            lines if trend.points else "",
            f"Slopes' {level} intervals: {method}, models held fixed, {found.population}." if method else "",
            f"Hollow points stand in no line: {', '.join(map(shorten, apart))}." if apart and trend.points else "",
            f"Without a release date, not shown: {', '.join(map(shorten, undated))}." if undated else "",
        ),
        found.simulated,
        found.verdicts,
    )


def _methods(dated: Sequence[SubmissionRates]) -> str:
    found: dict[str, None] = {}
    for symbol, field in (("A", "pass_rate"), ("M/G", "relative_merge_rate")):
        methods = [getattr(rate, field).method for rate in dated if getattr(rate, field).low is not None]
        if methods:
            found[f"{symbol}: {max(set(methods), key=methods.count)}"] = None
    return "; ".join(found)


def _table(found: Analysis, dated: Sequence[SubmissionRates]) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for rate in dated:
        for quantity, estimate in (("A", rate.pass_rate), ("M/G", rate.relative_merge_rate)):
            rows.append(
                {
                    "drawn": "point",
                    "name": rate.submission,
                    "quantity": quantity,
                    "date": rate.released,
                    "per_cent": _per_cent(estimate.estimate),
                    "low": _per_cent(estimate.low),
                    "high": _per_cent(estimate.high),
                    "n": estimate.n,
                    "in_lines": _in_lines(found, rate),
                    "reason": estimate.reason,
                }
            )
    for (_, slope, _, shares), quantity in zip(_fits(found), ("A", "M/G"), strict=True):
        for day, y in _ends(found, slope, shares):
            rows.append(
                {"drawn": "line", "name": "", "quantity": quantity, "date": day, "per_cent": y, "n": slope.n}
            )
    return pd.DataFrame(rows)


def _per_cent(share: float | None) -> float | None:
    return None if share is None else 100 * share

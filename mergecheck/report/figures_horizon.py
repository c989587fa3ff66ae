"""Horizons over the points that they are read off, and over release dates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from rich.text import Text

from mergecheck.errors import Refused
from mergecheck.report.figures import (
    BY_GRADER,
    BY_MAINTAINERS,
    SMALL,
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
from mergecheck.report.fitting import fold
from mergecheck.report.words import count, interval, point
from mergecheck.stats.curves import GRADER, MAINTAINERS
from mergecheck.stats.horizon import Horizon, Horizons, HorizonTrend, horizons
from mergecheck.stats.trend import DAYS_A_YEAR

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mergecheck.report.subjects.page import Material

LEVELS = (0.5, 0.8)
SERIES: Mapping[str, Series] = {GRADER: BY_GRADER, MAINTAINERS: BY_MAINTAINERS}
NAMES = {GRADER: "grader (a: passes)", MAINTAINERS: "maintainers (d: passes and is accepted)"}
MOST_PANELS = 24
ACROSS = 4
TICKS = {1: "1 min", 4: "4", 15: "15", 60: "1 h", 240: "4 h", 960: "16 h", 3840: "64 h"}
"""Minutes → what stands at them."""

TIMES = {
    1 / 60: "1 s", 1 / 15: "4 s", 1 / 4: "15 s", 1: "1 min", 4: "4 min", 15: "15 min", 60: "1 h", 240: "4 h",
    960: "16 h", 3840: "64 h", 15360: "256 h",
}  # fmt: skip
"""The same with their unit, and farther."""

FARTHEST = 5.0
"""Doublings beyond the lengths of the tasks that are shown over release dates."""


def horizon_drawings(material: Material) -> list[Drawing]:
    """The figures of `report horizon`: curves, a panel a submission, and horizons over release dates.

    The second is left out where no horizon has a date.

    Raises:
        Refused: there is no point to draw: no attempt at a task of known length.
    """
    found = {at: horizons(material.scored, material.level, at=at) for at in LEVELS}
    told = (material.level, material.simulated, material.verdicts)
    drawings = [curves_drawing(found, *told)]
    dated = any(_dated(one) for there in found.values() for one in there.horizons)
    return [*drawings, dates_drawing(found, *told)] if dated else drawings


def curves_drawing(found: Mapping[float, Horizons], level: float, simulated: int, verdicts: int) -> Drawing:
    """The logistic curves over the shares at each length of task, with the minutes where they cross the levels.

    Args:
        found: horizons by level of success.
        level: confidence level.
        simulated: verdicts of a program.
        verdicts: all verdicts.

    Raises:
        Refused: see `horizon_drawings`.
    """
    first = next(iter(found.values()))
    names = list(dict.fromkeys(one.submission for one in first.horizons if one.points))
    if not names:
        reasons = "; ".join(dict.fromkeys(one.minutes.reason for one in first.horizons))
        raise Refused(
            f"there is no horizon to draw: {reasons or 'there is no submission but golden'}",
            fix="horizons need attempts in scope at tasks whose `difficulty` has minutes",
        )
    shown = names[-MOST_PANELS:]
    title = "Success by length of task, and the horizons read off"
    caption = _caption_of_curves(found, names, shown, level, simulated, verdicts)
    down = math.ceil(len(shown) / ACROSS)
    across = math.ceil(len(shown) / down)
    wide = (0.985 - 0.075 - (across - 1) * 0.022) / across if across > 1 else 0.6
    letters = int(wide * WIDTH * 72 / (0.66 * SMALL))
    in_two_lines = any("\n" in _title(name, letters) for name in shown)
    above, below = 0.74 if in_two_lines else 0.62, 0.55 + lines_of_caption(caption)
    tall, gap = 1.5, 0.42
    with look():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH, above + down * tall + (down - 1) * gap + below))
        height = figure.get_figheight()
        for place, name in enumerate(shown):
            row, column = divmod(place, across)
            bottom = height - above - (row + 1) * tall - row * gap
            axes = figure.add_axes((0.075 + column * (wide + 0.022), bottom / height, wide, tall / height))
            _panel(
                axes, name, found, letters=letters, first_column=column == 0, last_row=place + across >= len(shown)
            )
        _legend_of_curves(figure, height)
        figure.text(0.53, (below - 0.36) / height, "length of the task, minutes of a human", ha="center", va="top")
        figure.text(
            0.006, 0.5 * (below + height - above) / height, "attempts that succeed, %", rotation=90, va="center"
        )
        write_title(figure, title, simulated=simulated > 0)
        write_caption(figure, caption)
    return Drawing("curves", figure, title, caption, _curve_rows(found))


def _panel(
    axes: Axes, name: str, found: Mapping[float, Horizons], *, letters: int, first_column: bool, last_row: bool
) -> None:
    lengths = [one.minutes for there in found.values() for any_of in there.horizons for one in any_of.points]
    low, high = math.log2(min(lengths)) - 1.2, math.log2(max(lengths)) + 1.2
    axes.set_xlim(low, high)
    axes.set_ylim(-6, 121)
    axes.set_yticks([0, 50, 80, 100])
    axes.set_title(_title(name, letters), fontsize=SMALL, pad=4)
    ticks = [minutes for minutes in TICKS if low <= math.log2(minutes) <= high]
    axes.set_xticks([math.log2(minutes) for minutes in ticks], [TICKS[minutes] for minutes in ticks])
    axes.tick_params(labelleft=first_column, labelbottom=last_row, labelsize=SMALL)
    notes = []
    for one in next(iter(found.values())).horizons:
        if one.submission == name:
            _curve(axes, one, (low, high))
            if one.slope is None and one.points:
                notes.append(one.criterion)
    for at, there in found.items():
        for one in there.horizons:
            if one.submission == name:
                _crossing(axes, one, at, (low, high))
    if notes:
        said = f"no curve: {', '.join(notes)}"
        axes.text(high, 120, said, ha="right", va="top", fontsize=SMALL - 1)


def _title(name: str, letters: int) -> str:
    """A name in one or two lines."""
    return "\n".join(fold(Text(shorten(name, 2 * letters - 4)), letters).plain.split("\n")[:2])


def _curve(axes: Axes, one: Horizon, limits: tuple[float, float]) -> None:
    import numpy as np

    series = SERIES[one.criterion]
    for bucket in one.points:
        draw_point(axes, (math.log2(bucket.minutes), 100 * bucket.share), (None, None), series)
    if one.intercept is None or one.slope is None or not one.points:
        return
    ends = math.log2(one.points[0].minutes), math.log2(one.points[-1].minutes)
    for start, stop, line, width in (
        (*ends, series.line, 1.3),
        (limits[0], ends[0], ":", 0.9),
        (ends[1], limits[1], ":", 0.9),
    ):
        x = np.linspace(start, stop, 60)
        y = 100 / (1 + np.exp(-(one.intercept + one.slope * x)))
        axes.plot(x, y, line, color=series.colour, linewidth=width, zorder=2)


def _crossing(axes: Axes, one: Horizon, at: float, limits: tuple[float, float]) -> None:
    """A mark where the curve crosses the level, with the interval of the minutes; an arrow where it is outside."""
    estimate = one.minutes
    if estimate.estimate is None:
        return
    series = SERIES[one.criterion]
    x = math.log2(estimate.estimate)
    y = 100 * at + (1.6 if one.criterion == GRADER else -1.6)
    style: dict[str, Any] = {"color": series.colour, "zorder": 4, "linewidth": 1.1}
    if estimate.low is not None or estimate.high is not None:
        # A missing limit is far away: the line runs to the edge.
        low = limits[0] if estimate.low is None else max(math.log2(estimate.low), limits[0])
        high = limits[1] if estimate.high is None else min(math.log2(estimate.high), limits[1])
        if low < high:
            axes.plot([low, high], [y, y], solid_capstyle="butt", **style)
    inside = limits[0] <= x <= limits[1]
    marker = "d" if inside else "<" if x < limits[0] else ">"
    face = "white" if inside else series.colour
    edge = min(max(x, limits[0]), limits[1])
    axes.plot(
        [edge], [y], marker=marker, markersize=5, markerfacecolor=face, clip_on=False, linestyle="none", **style
    )  # fmt: skip


def _legend_of_curves(figure: Figure, height: float) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], linestyle=series.line, marker=series.marker, color=series.colour, label=NAMES[criterion])
        for criterion, series in SERIES.items()
    ]
    handles.append(
        Line2D(
            [], [], color="#555555", marker="d", markerfacecolor="white", linewidth=1.1, label="horizon, interval"
        )
    )
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.006, 1 - 0.26 / height), ncols=3, borderaxespad=0
    )


def _caption_of_curves(
    found: Mapping[float, Horizons],
    names: Sequence[str],
    shown: Sequence[str],
    level: float,
    simulated: int,
    verdicts: int,
) -> str:
    first = next(iter(found.values()))
    sizes: dict[float, int] = {}
    for one in first.horizons:
        for bucket in one.points:
            sizes[bucket.minutes] = max(sizes.get(bucket.minutes, 0), bucket.attempts)
    held = ", ".join(f"{minutes:g} min {attempts}" for minutes, attempts in sorted(sizes.items()))
    levels = " and ".join(f"{100 * at:g} %" for at in found)
    unknown = sum(first.unknown.values())
    missing: dict[str, list[str]] = {}
    for one in first.horizons:
        if one.submission in shown and one.slope is None and one.points:
            who = f"{shorten(one.submission, 26)} by {one.criterion}"
            missing.setdefault(one.minutes.reason, []).append(who)
    return caption_of(
        (
            f"Points: shares of attempts at tasks of a length (attempts, at most: {held}). Curves: logistic "
            "regression on log₂ minutes without penalty, dotted beyond the tasks. Diamonds: horizons at "
            f"{levels} with {100 * level:g} % intervals (Fieller's sets, without a limit where "
            "the slope may be 0); arrows: beyond the axes. Every task of a bucket is taken for its minutes.",
            *(f"No points by {name}: {reason}." for name, reason in _not_drawn(first).items()),
            *(f"No curve, {reason}: {', '.join(who)}." for reason, who in missing.items()),
            f"{count(unknown, 'attempt')} at tasks of no known length left out." if unknown else "",
            f"The newest {len(shown)} of {len(names)} submissions." if len(shown) < len(names) else "",
        ),
        simulated,
        verdicts,
    )


def _not_drawn(found: Horizons) -> dict[str, str]:
    """Criterion → why nothing is drawn of it, where that is so of every submission."""
    told = {}
    for criterion in SERIES:
        mine = [one for one in found.horizons if one.criterion == criterion]
        if not any(one.points for one in mine):
            told[criterion] = "; ".join(dict.fromkeys(one.minutes.reason for one in mine))
    return told


def _curve_rows(found: Mapping[float, Horizons]) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for one in next(iter(found.values())).horizons:
        about = {"submission": one.submission, "criterion": one.criterion}
        for bucket in one.points:
            values = {"minutes": bucket.minutes, "n": bucket.attempts, "per_cent": 100 * bucket.share}
            rows.append({"drawn": "point", **about, **values})
        if one.slope is not None:
            rows.append({"drawn": "curve", **about, "intercept": one.intercept, "slope": one.slope})
    for at, there in found.items():
        rows += [_horizon_row(one, at) for one in there.horizons]
    return pd.DataFrame(rows)


def _horizon_row(one: Horizon, at: float) -> dict[str, object]:
    shown = one.minutes
    return {
        "drawn": "horizon",
        "submission": one.submission,
        "criterion": one.criterion,
        "released": one.released,
        "per_cent": 100 * at,
        "minutes": shown.estimate,
        "low": shown.low,
        "high": shown.high,
        "n": shown.n,
        "method": shown.method,
        "beyond_the_tasks": one.outside if shown.available else None,
        "reason": shown.reason,
    }


def _dated(one: Horizon) -> bool:
    return one.released is not None and one.minutes.available


def dates_drawing(found: Mapping[float, Horizons], level: float, simulated: int, verdicts: int) -> Drawing:
    """Horizons over release dates, a panel a level of success, with the lines of doublings a year.

    Args:
        found: horizons by level of success.
        level: confidence level.
        simulated: verdicts of a program.
        verdicts: all verdicts.
    """
    title = "Time horizon over release dates"
    caption = _caption_of_dates(found, level, simulated, verdicts)
    names = {
        one.submission: one.released
        for there in found.values()
        for one in there.horizons
        if _dated(one) and one.released is not None
    }
    labels = [shorten(name) for name in names]
    tall, legend, gap = 2.4, 0.66, 0.22
    above, below = 0.3 + height_of_names(labels), 0.12 + lines_of_caption(caption)
    with look():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH, above + len(found) * (tall + legend + gap) - gap + below))
        height = figure.get_figheight()
        top = height - above
        for place, (at, there) in enumerate(found.items()):
            axes = figure.add_axes((0.105, (top - tall) / height, 0.855, tall / height))
            _dates_panel(axes, at, there, list(names.values()))
            _legend_of_dates(figure, axes, there)
            if place == 0:
                name_points(axes, [day_of(day) for day in names.values()], labels)
            top -= tall + legend + gap
        write_title(figure, title, simulated=simulated > 0)
        write_caption(figure, caption)
    return Drawing("dates", figure, title, caption, _date_rows(found))


def _dates_panel(axes: Axes, at: float, there: Horizons, dates: Sequence[date]) -> None:
    date_axis(axes, dates)
    shown = [one for one in there.horizons if _dated(one)]
    lengths = [math.log2(bucket.minutes) for one in there.horizons for bucket in one.points]
    middle = [math.log2(one.minutes.estimate) for one in shown if one.minutes.estimate is not None]
    floor = max(min(lengths + middle) - 1.5, min(lengths) - FARTHEST)
    ceiling = min(max(lengths + middle) + 1.5, max(lengths) + FARTHEST)
    axes.set_ylim(floor, ceiling)
    axes.axhspan(min(lengths), max(lengths), color="#f0f0f0", zorder=0)
    ticks = [minutes for minutes in TIMES if floor <= math.log2(minutes) <= ceiling]
    axes.set_yticks([math.log2(minutes) for minutes in ticks], [TIMES[minutes] for minutes in ticks])
    axes.set_ylabel(f"horizon at {100 * at:g} %")
    for one in shown:
        _horizon_point(axes, one, floor, ceiling)
    for trend in (there.grader, there.maintainers):
        ends = _ends(trend, there.horizons)
        if ends:
            series = SERIES[trend.criterion]
            axes.plot(
                [day_of(day) for day, _ in ends], [y for _, y in ends], series.line, color=series.colour, zorder=2
            )


def _horizon_point(axes: Axes, one: Horizon, floor: float, ceiling: float) -> None:
    estimate = one.minutes
    if estimate.estimate is None or one.released is None:
        return
    low = None if estimate.low is None else math.log2(estimate.low)
    high = None if estimate.high is None else math.log2(estimate.high)
    place = day_of(one.released), math.log2(estimate.estimate)
    draw_point(
        axes, place, (low, high), SERIES[one.criterion], hollow=one.outside, floor=floor, ceiling=ceiling
    )  # fmt: skip


def _ends(trend: HorizonTrend, all_of_them: Sequence[Horizon]) -> list[tuple[date, float]]:
    """Where a line begins and ends, in log₂ minutes; nowhere without a slope."""
    slope = trend.doublings.estimate
    used = [
        (one.released, math.log2(one.minutes.estimate))
        for one in all_of_them
        if one.criterion == trend.criterion
        and one.submission in trend.submissions
        and one.released is not None
        and one.minutes.estimate is not None
    ]
    if slope is None or not used:
        return []
    mean = sum(day.toordinal() for day, _ in used) / len(used)
    middle = sum(y for _, y in used) / len(used)
    days = sorted(day for day, _ in used)
    return [(day, middle + slope * (day.toordinal() - mean) / DAYS_A_YEAR) for day in (days[0], days[-1])]


def _legend_of_dates(figure: Figure, axes: Axes, there: Horizons) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for trend in (there.grader, there.maintainers):
        series = SERIES[trend.criterion]
        slope = trend.doublings
        said = f"no line ({slope.reason})"
        if slope.available:
            over = f"over {count(len(trend.submissions), 'submission')}"
            said = f"{point(slope, 1, digits=2)} doublings a year {interval(slope, 1, digits=2)}, {over}"
        line: Literal["-", "--", "none"] = series.line if slope.available else "none"
        label = f"{trend.criterion}: {said}"
        handles.append(Line2D([], [], linestyle=line, marker=series.marker, color=series.colour, label=label))
    box = axes.get_position()
    y = box.y0 - 0.3 / figure.get_figheight()
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(box.x0 - 0.02, y), ncols=1, borderaxespad=0)


def _caption_of_dates(found: Mapping[float, Horizons], level: float, simulated: int, verdicts: int) -> str:
    first = next(iter(found.values()))
    methods = {there.grader.doublings.method for there in found.values() if there.grader.doublings.low is not None}
    hollow = any(one.outside and _dated(one) for there in found.values() for one in there.horizons)
    left_out = {
        (trend.criterion, at): sorted({shorten(out.submission, 26) for out in trend.left_out})
        for at, there in found.items()
        for trend in (there.grader, there.maintainers)
        if trend.submissions and trend.left_out
    }
    unknown = sum(first.unknown.values())
    return caption_of(
        (
            f"Points: horizons with {100 * level:g} % intervals (Fieller's sets, without a "
            "limit where the slope may be 0). Lines: unweighted least squares of log₂ minutes"
            + (f"; intervals of doublings: {', '.join(sorted(methods))}, models held fixed." if methods else "."),
            "Grey: lengths of the tasks"
            + ("; hollow points lie beyond them. " if hollow else ". ")
            + "Arrows: beyond the axes.",
            *(
                f"Not in the line by {criterion} at {100 * at:g} %: {', '.join(out)}."
                for (criterion, at), out in left_out.items()
            ),
            f"{count(unknown, 'attempt')} at tasks of no known length left out." if unknown else "",
        ),
        simulated,
        verdicts,
    )


def _date_rows(found: Mapping[float, Horizons]) -> pd.DataFrame:
    rows = [_horizon_row(one, at) for at, there in found.items() for one in there.horizons if _dated(one)]
    for at, there in found.items():
        for trend in (there.grader, there.maintainers):
            for day, y in _ends(trend, there.horizons):
                about: dict[str, object] = {"drawn": "line", "submission": "", "criterion": trend.criterion}
                rows.append({**about, "released": day, "per_cent": 100 * at, "minutes": 2.0**y})
    return pd.DataFrame(rows)

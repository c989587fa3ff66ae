"""How long a task may take a human for a model to do it every other time: the time horizon.

For each submission and criterion, a logistic regression without penalty of the outcome on log₂ of the minutes
that the task takes; the horizon is where its curve crosses a level. Two criteria: the grader's (a), and the
maintainers' (d where the attempt passed, 0 where it failed: raw merge, not relative to golden). Minutes are known
by SWE-bench's bucket of difficulty only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from mergecheck.errors import StatsError
from mergecheck.stats.cells import Who, order_of
from mergecheck.stats.curves import (
    ASSUMPTION,
    GRADER,
    MAINTAINERS,
    NO_VERDICT,
    ROUNDING,
    BucketPoint,
    Outcomes,
    crossing,
    curve_of,
    horizon_interval,
    outcomes_of,
    points_of,
    replicates_of,
)
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import check_level
from mergecheck.stats.over_models import over_models
from mergecheck.stats.rates import WHOLE_COVERAGE
from mergecheck.stats.replicates import interval_of
from mergecheck.stats.table import estimate_table
from mergecheck.stats.trend import LeftOut, slope_weights

MINUTES: Mapping[str, float] = {
    "<15 min fix": 3.87,
    "15 min - 1 hour": 30.0,
    "1-4 hours": 120.0,
    ">4 hours": 480.0,
}
"""Minutes that stand for a bucket: geometric means of its limits, 1 to 15, 15 to 60 and 60 to 240 minutes."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """One submission's horizon by one criterion, in minutes.

    `minutes` has Fieller's set: without a limit where the slope may be 0, which its reason says. `slope` is the
    curve's, in logits a doubling of minutes, None where there is no curve; `intercept` its logit at one minute.
    `outside`: beyond the tasks' minutes, so read off a curve where there are no data. `unknown` attempts are at
    tasks of no known length, `waiting` passed and have no verdict (the others stand for them).
    """

    submission: str
    model: str
    released: date | None
    criterion: str
    at: float
    minutes: Estimate
    intercept: float | None
    slope: float | None
    outside: bool
    points: tuple[BucketPoint, ...]
    unknown: int
    waiting: int


@dataclass(frozen=True, slots=True)
class HorizonTrend:
    """Least squares of log₂ horizon on release date: doublings a year, over these submissions.

    `doublings` has the jackknife's interval, over issues with the submissions held fixed; `over_models` is the
    same slope with that of the regression, t(m − 2).
    """

    criterion: str
    doublings: Estimate
    over_models: Estimate
    submissions: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    shared_models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Horizons:
    """All horizons; trends by either criterion, and of their difference over submissions that have both.

    `lengths` are the minutes of each difficulty. `unknown` counts attempts in scope of which no length is known
    and which stand in no curve, by difficulty (None: none was given).
    """

    horizons: tuple[Horizon, ...]
    grader: HorizonTrend
    maintainers: HorizonTrend
    difference: HorizonTrend
    lengths: Mapping[str, float]
    unknown: Mapping[str | None, int]

    def frame(self) -> pd.DataFrame:
        """A row a horizon, then two a trend: `submission, criterion, quantity, outside` and the estimate."""
        lines: list[tuple[dict[str, object], Estimate]] = []
        for one in self.horizons:
            about = {"submission": one.submission, "criterion": one.criterion, "outside": one.outside}
            name = f"minutes at {100 * one.at:g} %"
            lines.append(({**about, "quantity": name}, one.minutes))
        for trend in (self.grader, self.maintainers, self.difference):
            about = {"submission": "", "criterion": trend.criterion, "outside": False}
            slope: dict[str, object] = {**about, "quantity": "doublings a year"}
            lines += [(slope, trend.doublings), (slope, trend.over_models)]
        return estimate_table(("submission", "criterion", "quantity", "outside"), lines)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A horizon with log₂ of it without each of its instances."""

    horizon: Horizon
    point: float | None
    without: Mapping[str, float]


def horizons(
    scored: pd.DataFrame,
    level: float = 0.95,
    *,
    at: float = 0.5,
    minutes: Mapping[str, float] = MINUTES,
) -> Horizons:
    """Every submission's horizon by both criteria, and the trends.

    Passing attempts with a verdict stand for those without: their weights (1 / inclusion probability) are scaled
    to add up to the number that passed, as M = A·C does. Intervals: Fieller's set of the curve's coefficients, see
    `curves.horizon_interval`; of trends the jackknife over instances, t(n − 1). Not available: all or no attempts
    succeed, separation (some length divides success from failure), a slope that is not negative. Attempts at a
    difficulty that is not among `minutes`, or at none, are left out and counted.

    Args:
        scored: attempts as `scope.score` gives them.
        level: confidence level.
        at: the level of success that the curve is to cross, such as .5 or .8.
        minutes: difficulty → minutes.

    Raises:
        StatsError: minutes are not above 0, or a level is out of range.
    """
    check_level(level)
    if not 0 < at < 1:
        raise StatsError(
            f"{at} is no level of success", where="at", fix="give a number between 0 and 1, such as .5"
        )
    mine = scored[scored["in_scope"] & ~scored["is_golden"]]
    known = _log_minutes(mine, minutes)
    fits = {criterion: _all(mine, known, criterion, at, level) for criterion in (GRADER, MAINTAINERS)}
    coverage = mine.groupby("submission").size() / max(1, cluster(scored).nunique())
    whole = {str(name): float(share) for name, share in coverage.items()}
    both = [(first, second) for first, second in zip(fits[GRADER], fits[MAINTAINERS], strict=True)]
    return Horizons(
        horizons=tuple(fit.horizon for pair in both for fit in pair),
        grader=_trend(GRADER, [(fit,) for fit in fits[GRADER]], whole, level),
        maintainers=_trend(MAINTAINERS, [(fit,) for fit in fits[MAINTAINERS]], whole, level),
        difference=_trend(f"{GRADER} − {MAINTAINERS}", both, whole, level),
        lengths=dict(minutes),
        unknown=_unknown(mine, known),
    )


def _log_minutes(attempts: pd.DataFrame, minutes: Mapping[str, float]) -> pd.Series:
    for label, length in minutes.items():
        if not 0 < length < math.inf:
            raise StatsError(f"{length} is no number of minutes above 0", where=f"minutes, {label}")
    # What is not among them maps to NaN: a length that nobody knows.
    return (
        attempts["difficulty"]
        .map({label: math.log2(length) for label, length in minutes.items()})
        .astype("float64")
    )


def _unknown(attempts: pd.DataFrame, known: pd.Series) -> dict[str | None, int]:
    labels = [None if pd.isna(label) else str(label) for label in attempts.loc[known.isna(), "difficulty"]]
    return dict(sorted(Counter(labels).items(), key=lambda item: item[0] or ""))


def _all(mine: pd.DataFrame, x: pd.Series, criterion: str, at: float, level: float) -> list[_Fitted]:
    found = []
    for who in order_of(mine):
        rows = mine[mine["submission"] == who.name].sort_values("instance")
        found.append(_fit(who, outcomes_of(rows, x[rows.index], criterion), criterion, at, level, len(rows)))
    return found


def _fit(who: Who, attempts: Outcomes, criterion: str, at: float, level: float, in_scope: int) -> _Fitted:
    curve, missing = curve_of(attempts, criterion)
    x, share, weight = attempts.used()
    point, outside, replicates = None, False, np.zeros(0)
    if curve is None:
        minutes = not_available(missing, level=level, n=len(x))
    else:
        point = crossing(curve, at)
        outside = not x.min() - ROUNDING <= point <= x.max() + ROUNDING
        replicates = replicates_of(attempts, criterion, at, curve.coefficients)
        minutes = horizon_interval(curve, (x, share, weight), at, level)
    horizon = Horizon(
        submission=who.name,
        model=who.model,
        released=who.released,
        criterion=criterion,
        at=at,
        minutes=minutes,
        intercept=None if curve is None else float(curve.coefficients[0]),
        slope=None if curve is None else float(curve.coefficients[1]),
        outside=outside,
        # Without a verdict on what passed, the shares would be of what failed.
        points=() if missing == NO_VERDICT else points_of(x, share, weight),
        unknown=in_scope - len(attempts.x),
        waiting=int((~attempts.counts).sum()),
    )
    return _Fitted(horizon, point, dict(zip(attempts.instances, replicates.tolist(), strict=False)))


def _trend(
    criterion: str, fits: Sequence[tuple[_Fitted, ...]], coverage: Mapping[str, float], level: float
) -> HorizonTrend:
    """Least squares of log₂ horizon, or of a pair's difference, on release date over submissions."""
    left_out = [_left_out(fit, coverage) for fit in fits]
    used = [fit for fit, why in zip(fits, left_out, strict=True) if why is None]
    dates = [released for fit in used if (released := fit[0].horizon.released) is not None]
    models = [fit[0].horizon.model for fit in used]
    return HorizonTrend(
        criterion=criterion,
        doublings=_doublings(used, dates, level),
        over_models=over_models(dates, [_height(fit, None) for fit in used], level),
        submissions=tuple(fit[0].horizon.submission for fit in used),
        left_out=tuple(why for why in left_out if why is not None),
        shared_models=tuple(sorted({model for model in models if models.count(model) > 1})),
    )


def _left_out(fit: tuple[_Fitted, ...], coverage: Mapping[str, float]) -> LeftOut | None:
    name = fit[0].horizon.submission
    covered = coverage.get(name, 0.0)
    if covered < WHOLE_COVERAGE:
        needed = f"{100 * WHOLE_COVERAGE:.0f} % are needed"
        return LeftOut(name, f"its attempts in scope cover {100 * covered:.0f} % of the instances, {needed}")
    if fit[0].horizon.released is None:
        return LeftOut(name, "its model has no release date")
    for one in fit:
        if not one.horizon.minutes.available:
            return LeftOut(name, f"{one.horizon.criterion}: {one.horizon.minutes.reason}")
    return None


def _doublings(used: Sequence[tuple[_Fitted, ...]], dates: list[date], level: float) -> Estimate:
    if len(set(dates)) < 2:
        count = "no submission has a horizon" if not used else "one release date only"
        return not_available(f"a slope needs two release dates: {count}", level=level)
    weights = slope_weights(dates)
    instances = sorted({instance for fit in used for one in fit for instance in one.without})

    def slope(without: str | None) -> float:
        heights = [_height(fit, without) for fit in used]
        return float(weights @ np.array(heights))

    replicates = np.array([slope(instance) for instance in instances])
    why = "without one of the instances a submission has no horizon"
    return interval_of(slope(None), replicates, level, why_not=why, assumption=ASSUMPTION)


def _height(fit: tuple[_Fitted, ...], without: str | None) -> float:
    """log₂ horizon, of a pair their difference; as it is where the instance is not among the submission's."""
    heights = []
    for one in fit:
        point = math.nan if one.point is None else one.point
        heights.append(point if without is None else one.without.get(without, point))
    return heights[0] - sum(heights[1:])

"""A slope over submissions as if they were drawn from a line: what the t-interval of a regression says of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.intervals import student
from mergecheck.stats.trend import POINTS, Trend, slope_weights

FEWEST_SUBMISSIONS = 4
"""With three, t(1) has no mean, and its interval says nothing."""

OVER_MODELS = "models like these, scattered evenly about a straight line; these issues, these reviewers"

_ROUNDING = 1e-12


def over_models(dates: Sequence[date], values: Sequence[float], level: float, *, scale: float = 1.0) -> Estimate:
    """Slope of unweighted least squares, b ± t(m − 2)·s/√Σ(x − x̄)², s² = Σ residual²/(m − 2).

    The interval of a regression with m points (Draper & Smith 1998, 1.4): over models, where the jackknife by
    instance is over issues with the models held fixed. It counts the scatter of the points about the line, what
    sampled issues make of it included, and takes the points for independent: several submissions of one model, or
    gains on the same issues, are not.

    Args:
        dates: release dates, one a submission; x is in years of 365.25 days.
        values: what is regressed, one a submission.
        level: confidence level.
        scale: what the slope is given in, such as 100 for percentage points of shares.

    Returns:
        Not available with fewer than two dates; without interval with fewer than four submissions, or where all
        lie on the line.
    """
    m = len(dates)
    if len(set(dates)) < 2:
        count = "no submission" if not m else "one release date only"
        return not_available(f"a slope needs two release dates: {count}", level=level, n=m, unit="submissions")
    weights, y = slope_weights(list(dates)), scale * np.asarray(values, dtype=np.float64)
    slope = float(weights @ y)
    # The weights are (x − x̄)/Σ(x − x̄)², so their squares add up to 1/Σ(x − x̄)².
    precision = float(weights @ weights)
    rest = y - y.mean() - slope * weights / precision

    def without(reason: str) -> Estimate:
        return Estimate(slope, None, None, level, "n/a", m, "submissions", reason, OVER_MODELS)

    if m < FEWEST_SUBMISSIONS:
        return without(f"an interval over models needs {FEWEST_SUBMISSIONS} submissions, there are {m}")
    spread = math.sqrt(float(rest @ rest) / (m - 2))
    if spread <= _ROUNDING * max(1.0, float(np.abs(y).max())):
        return without(f"all {m} submissions lie on the line: no scatter is not certainty")
    half = student(m - 2, level) * spread * math.sqrt(precision)
    method = f"regression over models, t({m - 2})"
    return Estimate(slope, slope - half, slope + half, level, method, m, "submissions", assumption=OVER_MODELS)


@dataclass(frozen=True, slots=True)
class SlopesOverModels:
    """The slopes of `trend.Trend`, percentage points a year, with the regression's intervals over submissions."""

    grader: Estimate
    merged: Estimate
    maintainers: Estimate
    difference: Estimate
    difference_raw: Estimate


def slopes_over_models(found: Trend, level: float) -> SlopesOverModels:
    """Of each slope of a trend the same number with t(m − 2); see `over_models`.

    A difference of slopes is the slope of the differences, so its interval is that of A − M/G, or A − M, on dates.
    """
    dates = [point.released for point in found.points]

    def of(slope: Estimate, values: Sequence[float | None]) -> Estimate:
        known = [value for value in values if value is not None]
        if not slope.available or len(known) < len(dates):
            return not_available(slope.reason or "not every submission has it", level=level, unit="submissions")
        return over_models(dates, known, level, scale=POINTS)

    def less(values: Sequence[float | None]) -> list[float | None]:
        return [
            None if value is None else point.pass_rate - value
            for point, value in zip(found.points, values, strict=True)
        ]

    merged = [point.merge_rate for point in found.points]
    relative = [point.relative for point in found.points]
    return SlopesOverModels(
        grader=of(found.grader, [point.pass_rate for point in found.points]),
        merged=of(found.merged, merged),
        maintainers=of(found.maintainers, relative),
        difference=of(found.difference, less(relative)),
        difference_raw=of(found.difference_raw, less(merged)),
    )

"""Attempts of one submission as outcomes over the length of their tasks, and the curve through them.

The outcome by the grader is a; by the maintainers d where the attempt passed and 0 where it failed. Lengths are
log₂ of minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from mergecheck.stats.estimate import POPULATION, ConfidenceSet, Estimate, Shape, not_available
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array, fieller, student
from mergecheck.stats.logistic import Logistic, crossing_point, logistic

GRADER, MAINTAINERS = "grader", "maintainers"
ASSUMPTION = f"{POPULATION}; every task of a bucket takes its minutes"

NO_VERDICT = "no passing attempt has a verdict yet"

FIELLER = "Fieller on the curve's coefficients"

ROUNDING = 1e-9
_FARTHEST = 26.0
"""log₂ of minutes beyond which no number is given: a million hours."""


@dataclass(frozen=True, slots=True)
class BucketPoint:
    """What a curve is fitted to: `share` of `attempts` at tasks of so many minutes."""

    minutes: float
    attempts: int
    share: float


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One submission by one criterion, a row an attempt: log₂ minutes, share, 1 / inclusion probability, instance.

    `passed` rows share the weight of all that passed, among those that `count`.
    """

    x: Array
    share: Array
    weight: Array
    passed: NDArray[np.bool_]
    counts: NDArray[np.bool_]
    instances: tuple[str, ...]

    def without(self, row: int) -> Outcomes:
        """The other rows."""
        kept = np.arange(len(self.x)) != row
        x, share, weight = self.x[kept], self.share[kept], self.weight[kept]
        instances = (*self.instances[:row], *self.instances[row + 1 :])
        return Outcomes(x, share, weight, self.passed[kept], self.counts[kept], instances)

    def alike(self, row: int) -> tuple[float, ...]:
        """Rows with the same leave the same behind."""
        columns = (self.x, self.share, self.weight, self.passed, self.counts)
        return tuple(float(one[row]) for one in columns)

    def used(self) -> tuple[Array, Array, Array]:
        """x, share and weight of the rows that count, the passing ones scaled to all that passed."""
        total = self.weight[self.counts & self.passed].sum()
        scale = self.passed.sum() / total if total > 0 else 0.0
        weight = np.where(self.passed, self.weight * scale, 1.0)
        return self.x[self.counts], self.share[self.counts], weight[self.counts]


def outcomes_of(rows: pd.DataFrame, x: pd.Series, criterion: str) -> Outcomes:
    """One submission's attempts in scope by a criterion; `x` their lengths, NaN where not known."""
    known = x.notna().to_numpy(dtype=bool)
    passed, counted = (rows.loc[known, column].to_numpy(dtype=bool) for column in ("passed", "counted"))
    instances = tuple(cluster(rows)[known].tolist())
    lengths = x[known].to_numpy(dtype=np.float64)
    ones = np.ones(len(instances))
    if criterion == GRADER:
        return Outcomes(
            lengths, passed.astype(np.float64), ones, passed, np.ones(len(ones), dtype=bool), instances
        )
    d, weight = (rows.loc[known, column].to_numpy(dtype=np.float64) for column in ("d", "weight"))
    share, weight = np.where(passed & counted, d, 0.0), np.where(passed, weight, ones)
    return Outcomes(lengths, share, weight, passed, ~passed | counted, instances)


def curve_of(attempts: Outcomes, criterion: str, start: Array | None = None) -> tuple[Logistic | None, str]:
    """The curve, or why there is none."""
    missing = _why_none(attempts, criterion)
    if missing:
        return None, missing
    x, share, weight = attempts.used()
    found = logistic(_design(x), share, weight, start)
    if found is None:
        return None, "the likelihood has no maximum"
    if not found.coefficients[1] < -ROUNDING:
        return None, "longer tasks do not succeed less often (slope ≥ 0): there is no horizon"
    return found, ""


def _why_none(attempts: Outcomes, criterion: str) -> str:
    if not len(attempts.x):
        return "no attempt in scope is at a task of known length"
    if attempts.passed.any() and not attempts.counts[attempts.passed].any():
        return NO_VERDICT
    x, share, _ = attempts.used()
    success, failure = x[share > 0], x[share < 1]
    done = "passed the grader" if criterion == GRADER else "was merged"
    if not len(success):
        return f"no attempt {done}"
    if not len(failure):
        return f"every attempt {done}"
    if len(np.unique(x)) < 2:
        return "all tasks are of one length"
    # One length divides them, in either direction: the likelihood has no maximum (Albert & Anderson 1984).
    if success.max() <= failure.min() or failure.max() <= success.min():
        return "separation: one length of task divides success from failure"
    return ""


def _design(x: Array) -> Array:
    return np.column_stack([np.ones(len(x)), x])


def crossing(curve: Logistic, at: float) -> float:
    """Where the curve crosses the level, in log₂ minutes."""
    intercept, slope = curve.coefficients
    return crossing_point(float(intercept), float(slope), curve.covariance, at)[0]


def replicates_of(attempts: Outcomes, criterion: str, at: float, start: Array) -> Array:
    """log₂ minutes without each instance, NaN where there is no curve; a fit a kind of row."""
    known: dict[tuple[float, ...], float] = {}
    for row in range(len(attempts.x)):
        kind = attempts.alike(row)
        if kind not in known:
            curve, _ = curve_of(attempts.without(row), criterion, start)
            known[kind] = math.nan if curve is None else crossing(curve, at)
    return np.array([known[attempts.alike(row)] for row in range(len(attempts.x))])


def horizon_interval(curve: Logistic, used: tuple[Array, Array, Array], at: float, level: float) -> Estimate:
    """Minutes where the curve crosses the level, with Fieller's set of the two coefficients.

    All x with (α + βx − logit p)² ≤ t(n − 1)²·(Vαα + 2x·Vαβ + x²·Vββ) (Fieller 1954; Finney 1971, 4.6), V the
    inverse information where every outcome is 0 or 1 and counts alike, else the sandwich. Where the slope may be 0
    the set is unbounded: of its two pieces the one that holds the estimate is kept, with one limit, as the other
    needs longer tasks to succeed more often; or there is no limit at all. The delta method and the jackknife, both
    symmetric around an estimate that hangs on a weak slope, cover .82 of horizons by maintainers at METR's size.
    """
    x, share, weight = used
    n = len(x)
    point = crossing(curve, at)
    if abs(point) >= _FARTHEST:
        flat = "the curve is so flat that its horizon is beyond a million hours"
        return not_available(flat, level=level, n=n)
    covariance, kind = curve.covariance, "information"
    if not bool(np.all((share == 0) | (share == 1)) and np.all(weight == 1)):
        scores = _design(x) * (weight * (share - curve.fitted))[:, None]
        covariance, kind = covariance @ (scores.T @ scores * n / (n - 1)) @ covariance, "sandwich"
    intercept, slope = (float(one) for one in curve.coefficients)
    variances = float(covariance[0, 0]), float(covariance[1, 1]), -float(covariance[0, 1])
    found = fieller(
        float(special.logit(at)) - intercept, slope, variances, student(n - 1, level), level=level, n=n
    )
    low, high, reason = _piece(found, point)
    return Estimate(
        2.0**point,
        None if low is None else float(2.0**low),
        None if high is None else float(2.0**high),
        level,
        f"{FIELLER}, {kind}, t({n - 1})",
        n,
        reason=reason,
        assumption=ASSUMPTION,
    )


def _piece(found: ConfidenceSet, point: float) -> tuple[float | None, float | None, str]:
    """The limits of the piece that holds the point, and why one is missing."""
    low, high = found.low, found.high
    if found.shape is Shape.OUTSIDE and low is not None and high is not None:
        low, high = (None, low) if abs(point - low) < abs(point - high) else (high, None)
    elif found.shape is not Shape.INTERVAL:
        return None, None, "the slope may be 0: no horizon is excluded"
    # Rounding may leave the point a hair beyond.
    low, high = _limit(low, min, point), _limit(high, max, point)
    if low is None and high is None:
        return None, None, "the slope may be 0: no horizon within a million hours is excluded"
    reason = (
        "" if None not in (low, high) else f"the slope may be 0: no {'lower' if low is None else 'upper'} limit"
    )
    return low, high, reason


def _limit(value: float | None, outer: Callable[[float, float], float], point: float) -> float | None:
    return None if value is None or abs(value) >= _FARTHEST else outer(value, point)


def points_of(x: Array, share: Array, weight: Array) -> tuple[BucketPoint, ...]:
    """Weighted shares of success at each length."""
    found = []
    for length in np.unique(x):
        here = x == length
        at_length = float(weight[here] @ share[here] / weight[here].sum())
        found.append(BucketPoint(float(2**length), int(here.sum()), at_length))
    return tuple(found)

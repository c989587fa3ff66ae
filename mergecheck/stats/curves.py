"""Attempts of one submission as outcomes over the length of their tasks, and the curve through them.

The outcome by the grader is a; by the maintainers d where the attempt passed and 0 where it failed. Lengths are
log₂ of minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.stats.estimate import POPULATION, Estimate
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array, student
from mergecheck.stats.logistic import Logistic, crossing_point, logistic

GRADER, MAINTAINERS = "grader", "maintainers"
ASSUMPTION = f"{POPULATION}; every task of a bucket takes its minutes"

NO_VERDICT = "no passing attempt has a verdict yet"

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


def delta_interval(curve: Logistic, used: tuple[Array, Array, Array], at: float, level: float) -> Estimate:
    """The horizon by the delta method: inverse information where all is 0 or 1 and counts alike, else sandwich."""
    x, share, weight = used
    n = len(x)
    plain = bool(np.all((share == 0) | (share == 1)) and np.all(weight == 1))
    covariance, kind = curve.covariance, "information"
    if not plain:
        scores = _design(x) * (weight * (share - curve.fitted))[:, None]
        covariance, kind = covariance @ (scores.T @ scores * n / (n - 1)) @ covariance, "sandwich"
    intercept, slope = (float(one) for one in curve.coefficients)
    point, error = crossing_point(intercept, slope, covariance, at)
    half = student(n - 1, level) * error
    method = f"delta method on the log, {kind}, t({n - 1})"
    found = Estimate(point, point - half, point + half, level, method, n, assumption=ASSUMPTION)
    return exponentiated(found)


def exponentiated(found: Estimate) -> Estimate:
    """From log₂ minutes to minutes; without interval where a limit is beyond all numbers."""
    values = [None if value is None else _power(value) for value in (found.estimate, found.low, found.high)]
    flat = "the curve is so flat that its horizon or a limit of it is beyond a million hours"
    if values[0] is None and found.estimate is not None:
        return replace(found, estimate=None, low=None, high=None, method="n/a", reason=flat)
    if None in values and found.low is not None:
        return replace(found, estimate=values[0], low=None, high=None, method="n/a", reason=flat)
    method = (
        found.method if " on the log" in found.method or found.method == "n/a" else f"{found.method} on the log"
    )
    return replace(found, estimate=values[0], low=values[1], high=values[2], method=method)


def _power(value: float) -> float | None:
    return float(2.0**value) if abs(value) < _FARTHEST else None


def points_of(x: Array, share: Array, weight: Array) -> tuple[BucketPoint, ...]:
    """Weighted shares of success at each length."""
    found = []
    for length in np.unique(x):
        here = x == length
        at_length = float(weight[here] @ share[here] / weight[here].sum())
        found.append(BucketPoint(float(2**length), int(here.sum()), at_length))
    return tuple(found)

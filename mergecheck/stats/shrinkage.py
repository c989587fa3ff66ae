"""Many small shares at once: each is drawn to their mean by how little it tells (empirical Bayes)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from mergecheck.stats.intervals import Array

FEWEST = 4
"""Groups that shrinkage needs: k − 3 must be above 0."""


@dataclass(frozen=True, slots=True)
class Shrunken:
    """Estimates drawn to `mean`: each keeps the share `kept` (Efron and Morris's c) of its distance from it.

    `errors`: standard errors of the shrunken estimates. `spread`: the variance between groups, A.
    """

    mean: float
    spread: float
    kept: Array
    estimates: Array
    errors: Array


def shrink(values: Array, variances: Array | Callable[[float], Array]) -> Shrunken:
    """Morris's parametric empirical Bayes for y ~ N(θ, V), θ ~ N(μ, A), k ≥ 4 groups (Morris 1983).

    A is the root of Σ (y − μ)²/(V + A) = k − 1 (0 where there is none), μ the mean with weights 1/(V + A);
    B = (k − 3)/(k − 1)·V/(V + A), θ̂ = μ + (1 − B)·(y − μ). With equal V this is c = 1 − (k − 3)·V/Σ (y − ȳ)² of
    Efron & Morris (1977), but never below 2/(k − 1). Its variance, with w = (1/(V + A))/Σ:
    V·(1 − (1 − w)·B) + 2/(k − 3)·(V̄ + A)/(V + A)·B²·(y − μ)², V̄ the mean of V with weights w.

    Args:
        values: y, shape (k,).
        variances: V > 0, shape (k,), or what gives it for an A.
    """
    k = len(values)
    variance_at = variances if callable(variances) else lambda _: variances
    spread = _spread(values, variance_at)
    variance = variance_at(spread)
    weight = 1 / (variance + spread)
    weight = weight / weight.sum()
    mean = float(weight @ values)
    lost = (k - 3) / (k - 1) * variance / (variance + spread)
    average = float(weight @ variance)
    unsure = 2 / (k - 3) * (average + spread) / (variance + spread)
    error = variance * (1 - (1 - weight) * lost) + unsure * lost**2 * (values - mean) ** 2
    return Shrunken(mean, spread, 1 - lost, mean + (1 - lost) * (values - mean), np.sqrt(error))


def _spread(values: Array, variance_at: Callable[[float], Array]) -> float:
    def excess(spread: float) -> float:
        total = variance_at(spread) + spread
        mean = float((values / total).sum() / (1 / total).sum())
        return float(((values - mean) ** 2 / total).sum()) - (len(values) - 1)

    if excess(0.0) <= 0:
        return 0.0
    # No spread of shares is beyond the variance of their values themselves.
    highest = float(((values - values.mean()) ** 2).sum()) / (len(values) - 1)
    if excess(highest) >= 0:
        return highest
    return float(optimize.brentq(excess, 0.0, highest, xtol=1e-14))


def share_variance(total: float, sizes: Array) -> Callable[[float], Array]:
    """V of means of `sizes` outcomes, where outcomes have the variance `total` and their means the variance A.

    (total − A)/n: of outcomes that are 0 or 1 with the mean m, total is m(1 − m) and E[p(1 − p)] is m(1 − m) − A,
    not m(1 − m): with few trials a group the difference is what shrinks too much. Outcomes between, such as means
    of two verdicts, vary less than m(1 − m); to take that for theirs leaves no spread to the groups.
    """

    def variance(spread: float) -> Array:
        return np.asarray(np.maximum(total - spread, _LEAST) / sizes)

    return variance


_LEAST = math.ulp(1.0)

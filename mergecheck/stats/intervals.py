"""Intervals from numbers: shares, t, ratios. Nothing here knows of a frame.

Shares and limits are fractions of 1; `level` is the confidence level, such as .95.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mergecheck.errors import StatsError
from mergecheck.stats.estimate import ConfidenceSet, Shape

NEAR_ZERO = 5
"""With fewer accepted or fewer refused than this, a share's interval is exact (the rule of five)."""

Array = NDArray[np.float64]


def check_level(level: float) -> float:
    """The level itself.

    Raises:
        StatsError: it is not above .5 and below 1.
    """
    if not 0.5 < level < 1:
        raise StatsError(f"a confidence level of {level} is not between .5 and 1", fix="give .95, say")
    return level


def wilson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (Wilson 1927; Newcombe 1998, method 3): p where |p̂ − p| = z·√(p(1 − p)/n)."""
    z = float(special.ndtri(0.5 + level / 2))
    centre = successes + z * z / 2
    half = z * math.sqrt(max(successes * (n - successes) / n, 0.0) + z * z / 4)
    low, high = (centre - half) / (n + z * z), (centre + half) / (n + z * z)
    return (0.0 if successes == 0 else low), (1.0 if successes == n else high)


def clopper_pearson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """The exact interval (Clopper & Pearson 1934), as quantiles of Beta(k, n − k + 1) and Beta(k + 1, n − k)."""
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(special.betaincinv(successes + 1, n - successes, 1 - tail))
    return low, high


def exact_bound(n: float, error: float) -> float:
    """The upper bound on a share of which 0 in n was seen: 1 − error^(1/n); one-sided, error e.g. .05.

    Its mirror, 1 − bound, is the lower bound where all n were seen. n may be an effective size, no whole number.
    """
    return float(-np.expm1(math.log(error) / n))


def effective_size(weights: Array) -> float:
    """Kish's effective sample size, (Σw)² / Σw²: n where all weights are equal."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def student(df: int, level: float) -> float:
    """The two-sided critical value of Student's t with `df` degrees of freedom."""
    return float(special.stdtrit(df, 0.5 + level / 2))


def jackknife_variance(replicates: Array) -> Array:
    """(n − 1)/n · Σ (θ₋ᵢ − θ̄)² along the first axis, of length n ≥ 2 (Efron & Tibshirani 1993, 11.5)."""
    n = replicates.shape[0]
    return np.asarray((n - 1) / n * ((replicates - replicates.mean(axis=0)) ** 2).sum(axis=0))


def jackknife_covariance(first: Array, second: Array) -> float:
    """(n − 1)/n · Σ (a₋ᵢ − ā)(b₋ᵢ − b̄) for two statistics with replicates of length n ≥ 2."""
    n = first.shape[0]
    return float((n - 1) / n * ((first - first.mean()) * (second - second.mean())).sum())


def mover_ratio_bound(upper: float, denominator: float, low: float) -> float | None:
    """The upper bound on a ratio whose numerator is estimated as 0 (MOVER-R; Donner & Zou 2012, Newcombe 2016).

    upper / √(l·(2·b − l)) with `upper` the numerator's bound, b the denominator and l its lower limit; None where
    the denominator may be 0.
    """
    product = low * (2 * denominator - low)
    return upper / math.sqrt(product) if product > 0 else None


def fieller(
    numerator: float,
    denominator: float,
    variances: tuple[float, float, float],
    critical: float,
    *,
    level: float,
    n: int,
) -> ConfidenceSet:
    """Fieller's set for a ratio of two correlated estimates (Fieller 1954).

    All ρ with (a − ρb)² ≤ t²·(Vaa − 2ρ·Vab + ρ²·Vbb), that is of Aρ² − 2Bρ + C ≤ 0 with A = b² − t²·Vbb,
    B = ab − t²·Vab, C = a² − t²·Vaa. A > 0 gives an interval, A < 0 all but an interval, or the whole line.

    Args:
        numerator: a.
        denominator: b.
        variances: Vaa, Vbb, Vab.
        critical: t.
        level: the level that t stands for.
        n: clusters that the variances come from.
    """
    var_a, var_b, cov = variances
    squared = critical * critical
    a = denominator**2 - squared * var_b
    b = numerator * denominator - squared * cov
    c = numerator**2 - squared * var_a
    method = f"paired Fieller, t({n - 1})"
    discriminant = b * b - a * c
    # A limit at 10¹² times the ratio is rounding of an unbounded set.
    if abs(a) <= 1e-12 * denominator**2:
        return _half_line(b, c, level, method, n)
    if a < 0 and discriminant <= 0:
        return ConfidenceSet(Shape.LINE, None, None, level, method, n, "the denominator may be 0")
    low, high = _roots(a, b, c, math.sqrt(max(discriminant, 0.0)))
    if a > 0:
        return ConfidenceSet(Shape.INTERVAL, low, high, level, method, n)
    reason = "the denominator may be 0: all ratios but those between the two limits"
    return ConfidenceSet(Shape.OUTSIDE, low, high, level, method, n, reason)


def _roots(a: float, b: float, c: float, root: float) -> tuple[float, float]:
    """The roots of aρ² − 2bρ + c, smaller first, without the cancellation of b − root where a is small."""
    far = b + math.copysign(root, b)
    first, second = (far / a, c / far) if far else (0.0, 0.0)
    return min(first, second), max(first, second)


def _half_line(b: float, c: float, level: float, method: str, n: int) -> ConfidenceSet:
    reason = "the denominator may be 0: unbounded"
    if b == 0:
        return ConfidenceSet(Shape.LINE, None, None, level, method, n, reason)
    limit = c / (2 * b)
    low, high = (limit, None) if b > 0 else (None, limit)
    return ConfidenceSet(Shape.INTERVAL, low, high, level, method, n, reason)

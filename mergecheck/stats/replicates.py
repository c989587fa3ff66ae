"""From the replicates of a leave-one-out jackknife to an interval, for any smooth number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mergecheck.stats.estimate import POPULATION, Estimate
from mergecheck.stats.intervals import Array, jackknife_variance, student

Step = tuple[float, float]
"""How far a number falls and rises (both at least 0) when a share in it moves to its exact bounds."""

EDGES = "exact bounds added where nothing varies (square-and-add)"

_ROUNDING = 1e-11


def interval_of(
    point: float,
    replicates: Array,
    level: float,
    *,
    unit: str = "instances",
    bounds: tuple[float, float] = (-math.inf, math.inf),
    steps: Sequence[Step] = (),
    why_not: str = "a part of the data leaves nothing to compute when it is left out",
    log: bool = False,
    df: int | None = None,
    assumption: str = POPULATION,
) -> Estimate:
    """θ̂ ± t·√(h² + Σ δ²): jackknife half-width h, and δ where a share is at its edge (square-and-add, MOVER).

    SE² = (n − 1)/n · Σ (θ₋ᵢ − θ̄)² over the n units left out one by one (Efron & Tibshirani 1993, 11.5); with
    `log` all of it on the logarithm, which positive ratios need. See `jackknife` for square-and-add. Without
    interval, and with the reason, where there are fewer than two units, where a replicate does not exist, or where
    nothing varies: no spread is not certainty.

    Args:
        point: θ̂, finite; above 0 with `log`.
        replicates: θ without each unit, of shape (n,); NaN where that does not exist.
        level: confidence level.
        unit: what is left out, in the plural.
        bounds: what the number can be at least and at most; limits are cut there.
        steps: falls and rises, in units of the number, or of its logarithm with `log`.
        why_not: the reason where a replicate does not exist.
        log: whether to work on the logarithm.
        df: degrees of freedom; n − 1 where not given.
        assumption: what the interval rests on.
    """
    n = len(replicates)

    def without(reason: str) -> Estimate:
        return Estimate(point, None, None, level, "n/a", n, unit, reason, assumption)

    if n < 2:
        return without(f"fewer than two {unit} have no spread")
    exists = np.isfinite(replicates) & ((replicates > 0) | (not log))
    if not exists.all():
        return without(why_not)
    values, centre = (np.log(replicates), math.log(point)) if log else (replicates, point)
    freedom = n - 1 if df is None else df
    half = student(freedom, level) * math.sqrt(float(jackknife_variance(values)))
    if not steps and half <= _ROUNDING * max(1.0, abs(centre)):
        return without(f"whichever of the {n} {unit} is left out, it stays the same: nothing varies")
    down = math.hypot(half, *(fall for fall, _ in steps))
    up = math.hypot(half, *(rise for _, rise in steps))
    low, high = centre - down, centre + up
    if log:
        low, high = math.exp(low), math.exp(high)
    # Bounds never cut the estimate itself off: it may lie a rounding beyond them.
    low, high = min(max(low, bounds[0]), point), max(min(high, bounds[1]), point)
    method = f"{unit.removesuffix('s')} jackknife, t({freedom})"
    method = f"{method} on the log" if log else method
    return Estimate(
        point, low, high, level, f"{method}; {EDGES}" if steps else method, n, unit, assumption=assumption
    )

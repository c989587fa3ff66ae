"""Rates relative to golden, M/G and C/G: paired delta on the log ratio, with Fieller's set beside it.

Numerator and golden baseline are left out of together, instance by instance, so what they share cancels. The
ratio is never clipped at 100 %: agents may be merged more often than humans.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mergecheck.stats.estimate import ConfidenceSet, Estimate, Shape, not_available
from mergecheck.stats.intervals import (
    Array,
    effective_size,
    exact_bound,
    fieller,
    jackknife_covariance,
    jackknife_variance,
    mover_ratio_bound,
    student,
)
from mergecheck.stats.jackknife import EDGES, Contrast, Edge, Point, Sample, matters, why_missing
from mergecheck.stats.rates import contrast_of, golden_baseline, merge_rate

EDGE = "all or none were accepted on one side, where no variance can be estimated"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A rate relative to golden: by the log ratio (the default) and by Fieller."""

    delta: Estimate
    fieller: ConfidenceSet


@dataclass(frozen=True, slots=True)
class _Pair:
    """Numerator and golden baseline with their replicates over the instances that either is about."""

    numerator: float
    golden: float
    numerators: Array
    goldens: Array
    edges: tuple[Edge, ...]


def relative_merge_rate(whole: Sample, column: int, level: float) -> Ratio:
    """M/G. M = 0 gives an upper bound; G = 0 is not available."""
    return _ratio(whole, column, level, conditional=False)


def relative_conditional_rate(whole: Sample, column: int, level: float) -> Ratio:
    """C/G: how often a patch that passes would be merged, next to a human's."""
    return _ratio(whole, column, level, conditional=True)


def _ratio(whole: Sample, column: int, level: float, *, conditional: bool) -> Ratio:
    missing = whole.why_missing(column, reviewed=True) or whole.why_no_golden()
    if conditional and not missing and not whole.totals.passed[column] > 0:
        missing = f"no attempt of {whole.cells.submissions[column].name} passed the grader"
    pair = _pair(whole, column, conditional=conditional)
    n = len(pair.numerators)
    if missing:
        return Ratio(not_available(missing, level=level, n=n), no_set(missing, level, n))
    if pair.numerator == 0:
        return Ratio(_bound(whole, column, level, n, conditional=conditional), _fieller(pair, level))
    return Ratio(_log_delta(whole, pair, level), _fieller(pair, level))


def _pair(whole: Sample, column: int, *, conditional: bool) -> _Pair:
    rows: NDArray[np.bool_] = whole.of_golden()
    rows = rows | ((whole.cells.reviewed if conditional else whole.cells.scope)[:, column] > 0)
    matters = [
        edge
        for edge in whole.edges
        if edge.of == "g" or (edge.column == column and not (conditional and edge.of == "a"))
    ]
    # Nothing varies between a submission and golden where they are equal instance by instance.
    edges = () if whole.cells.like_golden(column) else tuple(matters)
    replicates = _numerator(whole.replicates, column, conditional=conditional)
    numerator = float(_numerator(whole.point, column, conditional=conditional))
    return _Pair(numerator, float(whole.point.g), replicates[rows], whole.replicates.g[rows], edges)


def _numerator(at: Point, column: int, *, conditional: bool) -> Array:
    c = at.c[..., column]
    return np.asarray(c if conditional else at.a[..., column] * c)


def _why_no_spread(pair: _Pair) -> str:
    if len(pair.numerators) < 2:
        return "one instance alone has no spread"
    if not (np.isfinite(pair.numerators).all() and np.isfinite(pair.goldens).all()):
        return "only one verdict on one side: without it there is no rate"
    return ""


def _log_delta(whole: Sample, pair: _Pair, level: float) -> Estimate:
    """ρ̂·exp(± t(n − 1)·SE), SE² = Vaa/a² + Vbb/b² − 2Vab/(ab), the jackknife variance of aᵢ/a − bᵢ/b.

    Where all were accepted, the exact bounds are added on the log scale as in `jackknife`.
    """
    n, ratio = len(pair.numerators), pair.numerator / pair.golden
    why_not = _why_no_spread(pair)
    if why_not:
        return Estimate(ratio, None, None, level, "n/a", n, reason=why_not)
    influence = pair.numerators / pair.numerator - pair.goldens / pair.golden
    half = student(n - 1, level) * math.sqrt(float(jackknife_variance(influence)))
    down, up = half**2, half**2
    for edge in pair.edges:
        # Only a share of 1 gets here, so its logarithm is 0 and moves to that of its lower bound.
        step = math.log1p(-exact_bound(edge.n, (1 - level) / 2))
        down, up = (down, up + step**2) if edge.of == "g" else (down + step**2, up)
    method = f"paired log-ratio delta, t({n - 1})" + (f"; {EDGES}" if pair.edges else "")
    return Estimate(ratio, ratio * math.exp(-math.sqrt(down)), ratio * math.exp(math.sqrt(up)), level, method, n)


def _bound(whole: Sample, column: int, level: float, n: int, *, conditional: bool) -> Estimate:
    if conditional:
        upper: float | None = exact_bound(effective_size(whole.cells.weight[:, column]), 1 - level)
    else:
        upper = merge_rate(whole, column, level).high
    golden = golden_baseline(whole, 2 * level - 1)
    high = None
    if upper is not None and golden.low is not None:
        high = mover_ratio_bound(upper, float(whole.point.g), golden.low)
    if high is None:
        return Estimate(0.0, None, None, level, "n/a", n, reason="none was accepted, and the bound is unbounded")
    method = "one-sided MOVER of the numerator's and golden's exact bounds"
    return Estimate(0.0, None, high, level, method, n, reason="none was accepted: an upper bound")


def _fieller(pair: _Pair, level: float) -> ConfidenceSet:
    n = len(pair.numerators)
    why_not = _why_no_spread(pair)
    if not why_not and pair.edges:
        why_not = EDGE
    if why_not:
        return no_set(why_not, level, n)
    variances = (
        float(jackknife_variance(pair.numerators)),
        float(jackknife_variance(pair.goldens)),
        jackknife_covariance(pair.numerators, pair.goldens),
    )
    return fieller(pair.numerator, pair.golden, variances, student(n - 1, level), level=level, n=n)


def gap_set(whole: Sample, column: int, level: float) -> ConfidenceSet:
    """Fieller's set of the gap A − M/G."""
    return contrast_set(whole, contrast_of(whole, passes={column: 1.0}, relative={column: -1.0}), level)


def contrast_set(whole: Sample, contrast: Contrast, level: float, *, scale: float = 1.0) -> ConfidenceSet:
    """Fieller's set of Σ (u·A + v·M + w·M/G), a ratio with G below: (Σ (u·A + v·M)·G + Σ w·M)/G.

    Gaps and differences of slopes are such ratios. Beside their jackknife intervals, and unbounded where G may be
    0. Not available where there is no such number, and where all or none were accepted of something in it.
    """
    rows = whole.contributing(contrast.involved, golden=True)
    n = int(rows.sum())
    missing = why_missing(whole, contrast)
    if not missing and any(matters(edge, contrast) for edge in whole.edges):
        missing = EDGE
    if missing:
        return no_set(missing, level, n)
    above, aboves = (scale * contrast.value(at) * at.g for at in (whole.point, whole.replicates))
    pair = _Pair(float(above), float(whole.point.g), aboves[rows], whole.replicates.g[rows], ())
    return _fieller(pair, level)


def no_set(reason: str, level: float, n: int) -> ConfidenceSet:
    """A set that does not exist, with the reason."""
    return ConfidenceSet(Shape.NOT_AVAILABLE, None, None, level, "n/a", n, reason)

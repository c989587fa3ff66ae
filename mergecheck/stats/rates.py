"""The rates of each submission: pass, conditional, merge, relative rates and the gap, each with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from mergecheck.stats.cells import GOLDEN_COLUMN
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.intervals import (
    NEAR_ZERO,
    Array,
    clopper_pearson,
    effective_size,
    exact_bound,
    jackknife_variance,
    wilson,
)
from mergecheck.stats.jackknife import Contrast, Sample, estimate_contrast

WHOLE_COVERAGE = 0.9
"""Below this coverage a submission stays out of level gap and trend."""

MIXED = "post-stratified by repository"
ROUNDING = 1e-11
"""A half-width that is no more than the rounding of its sums."""


@dataclass(frozen=True, slots=True)
class SubmissionRates:
    """What one submission did. Shares are fractions of 1.

    `in_scope`, `passes` and `reviewed` count attempts. `coverage` is the share of all instances of the attempts
    frame that are in scope for it. C, C/G and M/G belong together and are shown together.
    """

    submission: str
    model: str
    released: date | None
    agent: str
    in_scope: int
    passes: int
    reviewed: int
    coverage: float
    pass_rate: Estimate
    conditional_rate: Estimate
    merge_rate: Estimate
    relative_merge_rate: Estimate
    relative_conditional_rate: Estimate
    gap: Estimate

    @property
    def whole(self) -> bool:
        """Whether enough of the benchmark is in scope to stand in the level gap and the trend."""
        return self.coverage >= WHOLE_COVERAGE


def plain_share(successes: int, n: int, level: float, *, unit: str = "instances") -> Estimate:
    """A share of n with Wilson's interval, or Clopper and Pearson's where either count is below `NEAR_ZERO`."""
    near = min(successes, n - successes) < NEAR_ZERO
    low, high = clopper_pearson(successes, n, level) if near else wilson(successes, n, level)
    return Estimate(successes / n, low, high, level, "Clopper–Pearson" if near else "Wilson", n, unit)


def pass_rate(whole: Sample, column: int, level: float) -> Estimate:
    """A = mean of a over the attempts in scope."""
    missing = whole.why_missing(column, reviewed=False)
    if missing:
        return not_available(missing, level=level)
    return plain_share(int(whole.totals.passed[column]), int(whole.totals.scope[column]), level)


def reviewed_share(whole: Sample, column: int, level: float) -> Estimate:
    """Σ w·d / Σ w over counted attempts: C of a submission, or G in the golden column.

    Wilson or Clopper–Pearson where it is a plain share; at the jackknife's effective size where weights differ or
    d is fractional; there, where all or none were accepted, Clopper and Pearson's at Kish's effective size.
    """
    n = int(whole.totals.reviewed[column])
    if not n:
        return not_available(_why_no_reviews(whole, column), level=level)
    share = float(whole.totals.conditional_rate()[column])
    if whole.cells.plain(column):
        return plain_share(round(share * n), n, level)
    mixed = column == GOLDEN_COLUMN and bool(whole.cells.strata)
    counted = whole.of_golden() if mixed else whole.cells.reviewed[:, column] > 0
    if share in (0.0, 1.0):
        weight = whole.cells.golden_weights() if mixed else whole.cells.weight[:, column]
        step = exact_bound(effective_size(weight), (1 - level) / 2)
        low, high = (0.0, step) if share == 0 else (1 - step, 1.0)
        return Estimate(share, low, high, level, "Clopper–Pearson at the effective size", n)
    n = int(counted.sum())
    if n < 2:
        return Estimate(share, None, None, level, "n/a", n, reason="one instance alone has no spread")
    replicates = whole.cells.leave_one_out().conditional_rate()[counted, column]
    found = jackknifed_share(share, replicates, level)
    return replace(found, method=f"{found.method}; {MIXED}") if mixed and found.low is not None else found


def _why_no_reviews(whole: Sample, column: int) -> str:
    if column == GOLDEN_COLUMN:
        return whole.why_no_golden()
    missing = whole.why_missing(column, reviewed=True)
    return missing or f"no attempt of {whole.cells.submissions[column].name} passed the grader"


def golden_baseline(whole: Sample, level: float) -> Estimate:
    """G = Σ w·d / Σ w over the golden sample, post-stratified where the instances are of several repositories.

    G = Σ_h (N_h/N)·G_h over strata h of repositories (`Cells.strata`), N_h of the N instances in scope of agents
    (Cochran 1977, 5A.9). Then the interval is at the instance jackknife's effective size, the mix counted anew
    without each.
    """
    return reviewed_share(whole, GOLDEN_COLUMN, level)


def merge_rate(whole: Sample, column: int, level: float) -> Estimate:
    """M = A·C: grader failures are never missing, reviews may be. M is a share: limits lie in 0 to 1.

    Wilson or Clopper–Pearson where it is a plain share of the attempts in scope: all that passed were reviewed,
    with equal weights and every d 0 or 1. Otherwise the same at the effective size M(1 − M)/Var that the instance
    jackknife leaves (Korn & Graubard 1998): M ± t·SE is too short where M is small. M = 0 gives an upper bound.
    """
    contrast = contrast_of(whole, merges={column: 1.0})
    scope, passed = whole.totals.scope[column], whole.totals.passed[column]
    none = scope > 0 and whole.point.a[column] * whole.point.c[column] == 0
    found = estimate_contrast(whole, contrast, level, one_sided=bool(none))
    if none or found.estimate is None:
        return _in_bounds(found)
    if whole.totals.reviewed[column] == passed and whole.cells.plain(column):
        return plain_share(round(found.estimate * scope), int(scope), level)
    edges = any(edge.of != "g" and edge.column == column for edge in whole.edges)
    if found.low is None or edges:
        return _in_bounds(found)
    rows = whole.contributing(contrast.involved, golden=False)
    return jackknifed_share(found.estimate, contrast.value(whole.replicates)[rows], level)


def jackknifed_share(
    share: float, replicates: Array, level: float, why_not: str = "without one of the instances there is no share"
) -> Estimate:
    """A share above 0 and below 1 that is no plain one, such as a weighted mean, from leaving out each instance.

    Wilson's interval, or Clopper and Pearson's, at the effective size p(1 − p)/Var, Var the jackknife's (Korn &
    Graubard 1998): p ± t·SE is too short near 0 and 1. No interval where nothing varies, or a replicate does not
    exist.

    Args:
        share: p.
        replicates: p without each instance.
        level: confidence level.
        why_not: the reason where a replicate does not exist.
    """
    n = len(replicates)
    variance = float(jackknife_variance(replicates)) if n > 1 else 0.0
    if not variance > ROUNDING**2:
        reason = why_not if math.isnan(variance) else f"all {n} instances say the same: nothing varies"
        reason = "one instance alone has no spread" if n < 2 else reason
        return Estimate(share, None, None, level, "n/a", n, reason=reason)
    size = share * (1 - share) / variance
    near = min(share, 1 - share) * size < NEAR_ZERO
    low, high = clopper_pearson(share * size, size, level) if near else wilson(share * size, size, level)
    name = "Clopper–Pearson" if near else "Wilson"
    method = f"{name} at the jackknife's effective size"
    return Estimate(share, min(low, share), max(high, share), level, method, n)


def _in_bounds(found: Estimate) -> Estimate:
    low = None if found.low is None else max(0.0, found.low)
    high = None if found.high is None else min(1.0, found.high)
    return Estimate(found.estimate, low, high, found.level, found.method, found.n, found.unit, found.reason)


def gap(whole: Sample, column: int, level: float) -> Estimate:
    """A − M/G: how much the grader overstates, as golden is merged by the same reviewers."""
    return estimate_contrast(whole, contrast_of(whole, passes={column: 1.0}, relative={column: -1.0}), level)


def contrast_of(
    whole: Sample,
    *,
    passes: dict[int, float] | None = None,
    merges: dict[int, float] | None = None,
    relative: dict[int, float] | None = None,
) -> Contrast:
    """The contrast with these weights (column → weight), 0 elsewhere."""

    def weights(given: dict[int, float] | None) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        filled = np.zeros(len(whole.cells.submissions))
        for column, weight in (given or {}).items():
            filled[column] = weight
        return filled

    return Contrast(weights(passes), weights(merges), weights(relative))

"""The main results another way, for the sensitivity table: level gap, slope difference, golden baseline.

Each way is a change of what is counted, or another relative rate in the place of M/G. The submissions that the
results are over follow the same rule as in `trend`: 90 % coverage, a merge rate, a release date for the slope.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mergecheck.stats.baselines import FEWEST, matched_shares
from mergecheck.stats.cells import GOLDEN_COLUMN
from mergecheck.stats.estimate import POPULATION, Estimate, not_available
from mergecheck.stats.intervals import Array
from mergecheck.stats.jackknife import Contrast, Point, Sample, estimate_contrast, sample
from mergecheck.stats.noise import Flips
from mergecheck.stats.quantities import compared
from mergecheck.stats.rates import golden_baseline
from mergecheck.stats.refused import FalseNegatives
from mergecheck.stats.replicates import Step, interval_of
from mergecheck.stats.smooth import step_to
from mergecheck.stats.trend import POINTS, slope_weights

Relative = Callable[[Point], Array]
"""What stands for M/G of all submissions (last axis), at a point or at replicates."""


def _no_slope(dated: list[int], level: float) -> Estimate:
    count = "one release date only" if dated else "no submission"
    return not_available(f"a slope needs two release dates: {count}", level=level)


@dataclass(frozen=True, slots=True)
class Results:
    """Level gap (a fraction of 1, over so many `submissions`), slope difference (points a year), G."""

    level_gap: Estimate
    difference: Estimate
    golden: Estimate
    submissions: int


def unavailable(reason: str, level: float) -> Results:
    """Results that do not exist, with the reason."""
    nothing = not_available(reason, level=level)
    return Results(nothing, nothing, nothing, 0)


def results(whole: Sample, level: float) -> Results:
    """The main results of a sample, as `trend.level_gap` and `trend.trend` have them."""
    gaps, dated = compared(whole)
    share, slopes = _weights(whole, gaps, dated)
    nothing = np.zeros(len(share))
    gap = estimate_contrast(whole, Contrast(share, nothing, -share), level)
    difference = _no_slope(dated, level)
    if slopes.any():
        difference = estimate_contrast(whole, Contrast(slopes, nothing, -slopes), level, scale=POINTS)
    if not gaps:
        gap = not_available(_why_no_gap(whole), level=level)
    return Results(gap, difference, golden_baseline(whole, level), len(gaps))


def _why_no_gap(whole: Sample) -> str:
    if whole.why_no_golden():
        return whole.why_no_golden()
    named = range(len(whole.cells.submissions))
    reasons = dict.fromkeys(why for column in named if (why := whole.why_missing(column, reviewed=True)))
    return "; ".join(reasons) or "no submission covers 90 % of the instances"


def _weights(whole: Sample, gaps: list[int], dated: list[int]) -> tuple[Array, Array]:
    """What each submission weighs in the level gap, and in the slopes (all 0 without two dates)."""
    share, slopes = np.zeros(len(whole.cells.submissions)), np.zeros(len(whole.cells.submissions))
    share[gaps] = 1 / len(gaps) if gaps else 0.0
    dates = [day for column in dated if (day := whole.cells.submissions[column].released) is not None]
    if len(set(dates)) > 1:
        slopes[dated] = slope_weights(dates)
    return share, slopes


def golden_alike(whole: Sample) -> Sample:
    """The sample with every golden patch that has a verdict of one weight, whatever its draw and repository."""
    cells = whole.cells
    weight = cells.weight.copy()
    weight[:, GOLDEN_COLUMN] = (cells.reviewed[:, GOLDEN_COLUMN] > 0).astype(np.float64)
    return sample(replace(cells, weight=weight, strata=()))


def with_matched(whole: Sample, level: float) -> Results:
    """M/G_m in the place of M/G: golden patches of the instances that each submission passes.

    Not available where a submission of the level gap has fewer than 15 of them.
    """
    gaps, dated = compared(whole)
    shares = matched_shares(whole, (1 - level) / 2)
    used = sorted({*gaps, *dated})
    for column in used:
        name, golden = whole.cells.submissions[column].name, int(shares.golden[column])
        if golden < FEWEST:
            return unavailable(f"{name}: {golden} golden below {FEWEST}", level)
        if not shares.point[column] > 0:
            return unavailable(f"none of the {golden} golden patches matched to {name} was accepted", level)

    def relative(at: Point, below: Array) -> Array:
        fine = np.where(below > 0, below, np.nan)
        return np.asarray(at.a * at.c / fine)

    found = _results(
        whole,
        lambda at: relative(at, shares.point if at.a.ndim == 1 else shares.replicates),
        [lambda at: relative(at, shares.bounds)] if (shares.bounds[used] != shares.point[used]).any() else [],
        level,
        golden_edge=False,
    )
    reason = "each submission has a baseline of its own: see `report baselines`"
    return replace(found, golden=not_available(reason, level=level))


def without_noise(whole: Sample, flips: Flips, level: float) -> Results:
    """(M − εA)/(G − ε) in the place of M/G, ε's limits added by square-and-add; see `noise`."""
    rate = flips.rate
    if rate.estimate is None or rate.low is None or rate.high is None:
        return unavailable(rate.reason, level)

    def relative(flip: float) -> Relative:
        def at_flip(at: Point) -> Array:
            below = np.where(at.g > flip, at.g - flip, np.nan)
            return np.asarray(at.a * (at.c - flip) / below[..., None])

        return at_flip

    why = f"a flip rate of {rate.high:.2f} is not excluded, and would explain all acceptance of golden"
    found = _results(whole, relative(rate.estimate), [relative(rate.low), relative(rate.high)], level, why_not=why)
    return replace(found, golden=not_available("G − ε is no baseline by itself", level=level))


def with_refused(whole: Sample, found: FalseNegatives, level: float) -> Results:
    """(M + (1 − A)·r)/G in the place of M/G, r's limits added by square-and-add; see `refused`.

    The pass rate stays the grader's, so that the gap is between what it says and what would be merged.
    """
    if found.share.estimate is None:
        return unavailable(found.share.reason, level)

    def relative(r: float) -> Relative:
        return lambda at: np.asarray((at.a * at.c + (1 - at.a) * r) / _positive(at.g)[..., None])

    others = [relative(r) for r in found.limits(level)]
    return replace(
        _results(whole, relative(found.share.estimate), others, level), golden=golden_baseline(whole, level)
    )


def _positive(values: Array) -> Array:
    return np.asarray(np.where(values > 0, values, np.nan))


def _results(
    whole: Sample,
    relative: Relative,
    others: Sequence[Relative],
    level: float,
    *,
    golden_edge: bool = True,
    why_not: str = "without one of the instances there is no such rate",
) -> Results:
    """The results with another relative rate; `others` is that rate where what is held in it is at its limits."""
    gaps, dated = compared(whole)
    share, slopes = _weights(whole, gaps, dated)
    here = golden_baseline(whole, level)
    if not gaps:
        nothing = not_available(_why_no_gap(whole), level=level)
        return Results(nothing, nothing, here, 0)
    parts = (relative, others, level, golden_edge, why_not)
    gap = _statistic(whole, share, *parts)
    difference = _no_slope(dated, level)
    if slopes.any():
        difference = _statistic(whole, POINTS * slopes, *parts)
    return Results(gap, difference, here, len(gaps))


def _statistic(
    whole: Sample,
    weights: Array,
    relative: Relative,
    others: Sequence[Relative],
    level: float,
    golden_edge: bool,
    why_not: str,
) -> Estimate:
    used: NDArray[np.bool_] = weights != 0
    rows = whole.contributing(used, golden=True)

    def value(at: Point, of: Relative) -> Array:
        return np.asarray((at.a - of(at))[..., used] @ weights[used])

    point = float(value(whole.point, relative))
    if not math.isfinite(point):
        return not_available(why_not, level=level, n=int(rows.sum()))
    there = [float(value(whole.point, of)) for of in others]
    steps: list[Step] = [step_to(point, there, log=False)] if there else []
    for edge in whole.edges:
        if golden_edge if edge.of == "g" else used[edge.column]:
            moved = [float(value(at, relative)) for at in edge.moved(whole.point, (1 - level) / 2)]
            steps.append(step_to(point, moved, log=False))
    if any(math.isinf(rise) for _, rise in steps):
        return Estimate(point, None, None, level, "n/a", int(rows.sum()), "instances", why_not, POPULATION)
    replicates = np.asarray(value(whole.replicates, relative))[rows]
    return interval_of(point, replicates, level, steps=steps, why_not=why_not)

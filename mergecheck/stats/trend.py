"""Over submissions: the level gap, and the trend of the rates over release dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from mergecheck.stats.estimate import ConfidenceSet, Estimate, not_available
from mergecheck.stats.intervals import Array
from mergecheck.stats.jackknife import Contrast, Sample, estimate_contrast
from mergecheck.stats.rates import WHOLE_COVERAGE, SubmissionRates, contrast_of
from mergecheck.stats.ratios import contrast_set, no_set

DAYS_A_YEAR = 365.25
POINTS = 100.0
"""Percentage points in a whole."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A submission that does not stand in a comparison, and why."""

    submission: str
    reason: str


@dataclass(frozen=True, slots=True)
class LevelGap:
    """The unweighted mean over submissions of A − M/G, which submissions it is over, and which not.

    `fieller`: Fieller's set beside the interval.
    """

    estimate: Estimate
    fieller: ConfidenceSet
    submissions: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What the lines are fitted to: shares of 1.

    `merge_rate` is None where nothing has a verdict, `relative` where there is no golden baseline.
    """

    submission: str
    released: date
    pass_rate: float
    merge_rate: float | None
    relative: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """Slopes in percentage points a year, of unweighted least squares over the points.

    `grader` is the slope of A, `merged` of M, `maintainers` of M/G; `difference` is grader − maintainers (the
    statistic), `difference_raw` grader − merged; `difference_fieller` is Fieller's set beside the difference.
    `shared_models`: models with several submissions among the points.
    """

    grader: Estimate
    merged: Estimate
    maintainers: Estimate
    difference: Estimate
    difference_raw: Estimate
    difference_fieller: ConfidenceSet
    points: tuple[TrendPoint, ...]
    left_out: tuple[LeftOut, ...]
    shared_models: tuple[str, ...]


def level_gap(whole: Sample, rates: tuple[SubmissionRates, ...], level: float) -> LevelGap:
    """Mean over submissions of A − M/G, interval by the instance jackknife.

    Left out are submissions with less than 90 % coverage (`SubmissionRates.coverage`) and those without a gap.
    """
    left_out = [_left_out(rate, rate.gap) for rate in rates]
    used = [column for column, why in enumerate(left_out) if why is None]
    share = {column: 1 / len(used) for column in used}
    contrast = contrast_of(whole, passes=share, relative={column: -weight for column, weight in share.items()})
    estimate = estimate_contrast(whole, contrast, level)
    beside = contrast_set(whole, contrast, level)
    names = tuple(rates[column].submission for column in used)
    why = tuple(reason for reason in left_out if reason is not None)
    return LevelGap(estimate if used else _nothing_left(why, level), beside, names, why)


def _nothing_left(left_out: tuple[LeftOut, ...], level: float) -> Estimate:
    reasons = dict.fromkeys(out.reason for out in left_out)
    return not_available("; ".join(reasons) or "there is no submission but golden", level=level)


def _left_out(rate: SubmissionRates, needed: Estimate) -> LeftOut | None:
    if rate.in_scope and not rate.whole:
        covered = f"{rate.in_scope} attempts in scope cover {100 * rate.coverage:.0f} % of the instances"
        return LeftOut(rate.submission, f"{covered}, {100 * WHOLE_COVERAGE:.0f} % are needed")
    return None if needed.available else LeftOut(rate.submission, needed.reason)


def trend(whole: Sample, rates: tuple[SubmissionRates, ...], level: float) -> Trend:
    """Unweighted least squares of the rates on release date; interval by instance jackknife, submissions fixed.

    slope = Σ (x − x̄)·rate / Σ (x − x̄)², x in years of 365.25 days. All slopes are over the same submissions: those
    with 90 % coverage, a release date and a merge rate; where nothing is reviewed, with a pass rate. Two
    distinct dates are needed.
    """
    reviewed = any(rate.reviewed for rate in rates)
    left_out = [
        _undated(rate) or _left_out(rate, rate.merge_rate if reviewed else rate.pass_rate) for rate in rates
    ]
    used = [column for column, why in enumerate(left_out) if why is None]
    dates = [released for column in used if (released := rates[column].released) is not None]
    fits = _fits(whole, used, dates, level)
    models = [rates[column].model for column in used]
    return Trend(
        grader=fits[0],
        merged=fits[1],
        maintainers=fits[2],
        difference=fits[3],
        difference_raw=fits[4],
        difference_fieller=_beside(whole, used, dates, level),
        points=tuple(_point(rates[column], released) for column, released in zip(used, dates, strict=True)),
        left_out=tuple(why for why in left_out if why is not None),
        shared_models=tuple(sorted({model for model in models if models.count(model) > 1})),
    )


def _undated(rate: SubmissionRates) -> LeftOut | None:
    return LeftOut(rate.submission, "its model has no release date") if rate.released is None else None


def _fits(whole: Sample, used: list[int], dates: list[date], level: float) -> tuple[Estimate, ...]:
    if len(set(dates)) < 2:
        count = "no submission" if not used else "one release date only"
        return (not_available(f"a slope needs two release dates: {count}", level=level),) * 5
    weights = dict(zip(used, slope_weights(dates).tolist(), strict=True))
    against = {column: -weight for column, weight in weights.items()}
    contrasts: tuple[Contrast, ...] = (
        contrast_of(whole, passes=weights),
        contrast_of(whole, merges=weights),
        contrast_of(whole, relative=weights),
        contrast_of(whole, passes=weights, relative=against),
        contrast_of(whole, passes=weights, merges=against),
    )
    return tuple(estimate_contrast(whole, contrast, level, scale=POINTS) for contrast in contrasts)


def _beside(whole: Sample, used: list[int], dates: list[date], level: float) -> ConfidenceSet:
    """Fieller's set of the difference of slopes."""
    if len(set(dates)) < 2:
        return no_set("a slope needs two release dates", level, 0)
    weights = dict(zip(used, slope_weights(dates).tolist(), strict=True))
    against = {column: -weight for column, weight in weights.items()}
    return contrast_set(whole, contrast_of(whole, passes=weights, relative=against), level, scale=POINTS)


def slope_weights(dates: list[date]) -> Array:
    """What each rate is multiplied by to give the slope of least squares, per year; dates not all equal."""
    years = np.array([day.toordinal() for day in dates], dtype=np.float64) / DAYS_A_YEAR
    centred = years - years.mean()
    return np.asarray(centred / (centred**2).sum())


def _point(rate: SubmissionRates, released: date) -> TrendPoint:
    # The pass rate was found available before the submission was taken in.
    passed = rate.pass_rate.estimate or 0.0
    return TrendPoint(
        rate.submission, released, passed, rate.merge_rate.estimate, rate.relative_merge_rate.estimate
    )

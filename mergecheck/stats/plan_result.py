"""The primary and the key secondary result as a study planned them, where it planned other than the defaults."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.errors import Refused, StatsError
from mergecheck.stats.baselines import FEWEST
from mergecheck.stats.bootstrap import bootstrap
from mergecheck.stats.cells import GOLDEN_COLUMN, cells
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.intervals import Array, check_level, effective_size, exact_bound
from mergecheck.stats.jackknife import Contrast, Point, Sample, estimate_contrast, sample
from mergecheck.stats.metr import metr_of
from mergecheck.stats.plan_frames import all_golden, in_one_voice, without
from mergecheck.stats.progress import AT_LEAST, THRESHOLD, by_progress
from mergecheck.stats.quantities import Quantity, compared
from mergecheck.stats.replicates import Step, interval_of
from mergecheck.stats.scope import score
from mergecheck.stats.smooth import step_to
from mergecheck.stats.trend import POINTS, slope_weights

OF = {"level_gap": Quantity.LEVEL_GAP, "slope_difference": Quantity.DIFFERENCE}
"""Name of a result in a plan → what it is."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The two results. `secondary` is None where none was planned. A gap is a fraction of 1, a slope pp a year."""

    primary: Estimate
    secondary: Estimate | None


def planned(
    attempts: pd.DataFrame,
    reviews: pd.DataFrame,
    level: float = 0.95,
    *,
    primary: str = "level_gap",
    secondary: str = "slope_difference",
    baseline: str = "sample",
    interval: str = "jackknife",
    exclude: Collection[str] = (),
    several: str = "mean",
    outcome: str = "decision",
    threshold: float = THRESHOLD,
    at_least: bool = AT_LEAST,
) -> Planned:
    """What a plan asks for. With the defaults it is `analyse`'s level gap and slope difference.

    Matched: mean over submissions of A − A·C/G_m, its slope likewise, by the instance jackknife with t(n − 1);
    G_m = Σ w·d/Σ w over golden patches at the instances that the submission passes, of which 15 are needed.

    Args:
        attempts: the attempts frame.
        reviews: the reviews frame.
        level: confidence level.
        primary: "level_gap" or "slope_difference".
        secondary: one of these, or "none".
        baseline: "sample", "all_golden" or "matched".
        interval: "jackknife", "percentile" or "metr"; for a matched baseline only the first.
        exclude: of "recognised", "same_as_golden", "grader_errors".
        several: "mean", "majority" or "any".
        outcome: "decision" or "progress".
        threshold: of the progress variant, per cent.
        at_least: whether the threshold itself is enough.

    Raises:
        StatsError: a frame is not right, a choice is not known, the level or the threshold is out of range.
    """
    check_level(level)
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    attempts, reviews = without(attempts, reviews, exclude)
    if _known("outcome", outcome, ("decision", "progress")) == "progress":
        reviews = by_progress(reviews, threshold, at_least=at_least)
    reviews = in_one_voice(reviews, several)
    if _known("baseline", baseline, ("sample", "all_golden", "matched")) == "all_golden":
        attempts = all_golden(attempts, reviews)
    whole = sample(cells(score(attempts, reviews)))
    estimate = _matched if baseline == "matched" else _METHODS[_known("interval", interval, tuple(_METHODS))]
    wanted = _known("primary", primary, tuple(OF)), _known("secondary", secondary, (*OF, "none"))
    found = [None if name == "none" else estimate(whole, OF[name], level) for name in wanted]
    assert found[0] is not None, "there is always a primary result"
    return Planned(found[0], found[1])


def _known(name: str, value: str, there_are: tuple[str, ...]) -> str:
    if value not in there_are:
        raise StatsError(f"{value!r} is no choice", where=name, fix=f"there are {', '.join(there_are)}")
    return value


def _weights(whole: Sample, quantity: Quantity) -> Array | str:
    """What each submission's A − M/G is multiplied by, slopes in points a year; or why there is no such number."""
    gaps, dated = compared(whole)
    weights = np.zeros(len(whole.cells.submissions))
    if quantity is Quantity.LEVEL_GAP:
        weights[gaps] = 1 / max(1, len(gaps))
        return weights if gaps else whole.why_no_golden() or "no submission has a gap over enough instances"
    dates = [day for column in dated if (day := whole.cells.submissions[column].released) is not None]
    if len(set(dates)) < 2:
        return "a slope needs two release dates"
    weights[dated] = POINTS * slope_weights(dates)
    return weights


def by_jackknife(whole: Sample, quantity: Quantity, level: float) -> Estimate:
    """The level gap (a fraction of 1) or the slope difference (points a year) as `analyse` has them."""
    weights = _weights(whole, quantity)
    if isinstance(weights, str):
        return not_available(weights, level=level)
    return estimate_contrast(whole, Contrast(weights, np.zeros_like(weights), -weights), level)


def _percentile(whole: Sample, quantity: Quantity, level: float) -> Estimate:
    try:
        return bootstrap(whole, level).of(quantity).percentile
    except Refused as refused:
        bare = by_jackknife(whole, quantity, level)
        if not bare.available:
            return bare
        return replace(bare, low=None, high=None, method="n/a", reason=refused.what)


def _metr(whole: Sample, quantity: Quantity, level: float) -> Estimate:
    return metr_of(whole, level).of(quantity).estimate


_METHODS: dict[str, Callable[[Sample, Quantity, float], Estimate]] = {
    "jackknife": by_jackknife,
    "percentile": _percentile,
    "metr": _metr,
}


@dataclass(frozen=True, slots=True)
class _Golden:
    """Golden at the instances that each submission passes: G_m, how many patches, and without each instance."""

    share: Array
    patches: Array
    replicates: Array
    steps: Array


def _golden(whole: Sample, error: float) -> _Golden:
    matrices = whole.cells
    weight, d = matrices.weight[:, GOLDEN_COLUMN], matrices.d[:, GOLDEN_COLUMN]
    mine = matrices.passed[:, :-1] * weight[:, None]
    accepted = mine * d[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = accepted.sum(axis=0) / mine.sum(axis=0)
        replicates = (accepted.sum(axis=0) - accepted) / (mine.sum(axis=0) - mine)
    all_accepted = np.array([bool(np.all(d[column > 0] == 1)) for column in mine.T])
    steps = [exact_bound(effective_size(column[column > 0]), error) if all_accepted[n] and column.any() else 0.0
             for n, column in enumerate(mine.T)]  # fmt: skip
    share = np.where(all_accepted, 1.0, share)
    return _Golden(share, (mine > 0).sum(axis=0), np.where(all_accepted, 1.0, replicates), np.array(steps))


def _matched(whole: Sample, quantity: Quantity, level: float) -> Estimate:
    weights = _weights(whole, quantity)
    if isinstance(weights, str):
        return not_available(weights, level=level)
    used = weights != 0
    golden = _golden(whole, (1 - level) / 2)
    n = int(whole.contributing(used, golden=True).sum())
    for column in np.flatnonzero(used):
        name = whole.cells.submissions[int(column)].name
        if golden.patches[column] < FEWEST:
            few = f"{name}: {int(golden.patches[column])} golden below {FEWEST}"
            return not_available(few, level=level, n=n)
        if not golden.share[column] > 0:
            return not_available(f"{name}: none of its matched golden patches was accepted", level=level, n=n)

    def value(at: Point, share: Array) -> Array:
        gaps = at.a[..., used] * (1 - at.c[..., used] / share[..., used])
        return np.asarray(gaps @ weights[used])

    point = float(value(whole.point, golden.share))
    rows = whole.contributing(used, golden=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = value(whole.replicates, golden.replicates)[rows]
    steps = list(_steps(whole, golden, value, point, (1 - level) / 2, used))
    why = "one verdict alone carries a side: without it there is no rate"
    return interval_of(point, left, level, steps=steps, why_not=why)


def _steps(
    whole: Sample,
    golden: _Golden,
    value: Callable[[Point, Array], Array],
    point: float,
    error: float,
    used: NDArray[np.bool_],
) -> Iterator[Step]:
    """What shares of 0 and 1 add, at their exact bounds."""
    for edge in whole.edges:
        if edge.of != "g" and used[edge.column]:
            there = [float(value(moved, golden.share)) for moved in edge.moved(whole.point, error)]
            yield step_to(point, [one for one in there if math.isfinite(one)], log=False)
    for column in np.flatnonzero(used & (golden.steps > 0)):
        share = golden.share.copy()
        share[column] -= golden.steps[column]
        yield step_to(point, [float(value(whole.point, share))], log=False)

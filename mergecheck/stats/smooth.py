"""Intervals of any smooth function of a submission's A and C and the golden baseline, by leaving out instances."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mergecheck.stats.estimate import POPULATION, Estimate
from mergecheck.stats.intervals import Array
from mergecheck.stats.jackknife import Point, Sample
from mergecheck.stats.replicates import Step, interval_of


def why_missing(whole: Sample, column: int, *, golden: bool) -> str:
    """Why a submission has no merge rate, or with `golden` no relative one; empty where it has."""
    return whole.why_missing(column, reviewed=True) or (whole.why_no_golden() if golden else "")


def smooth_estimate(
    whole: Sample,
    column: int,
    value: Callable[[Point], Array],
    level: float,
    *,
    golden: bool,
    log: bool = False,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    steps: Sequence[Step] = (),
    why_not: str = "only one verdict on one side: without it there is no rate",
    assumption: str = POPULATION,
) -> Estimate:
    """The function at the point, with the jackknife's interval over the instances that it is about.

    Shares at 0 or 1 add their exact bounds, and `steps` what other numbers in the function, held fixed here, add.

    Args:
        whole: the sample; nothing that the function needs is missing (`why_missing`).
        column: the submission.
        value: the function, for one point or for replicates along the first axis.
        level: confidence level.
        golden: whether it depends on the golden baseline.
        log: whether to work on the logarithm.
        bounds: least and greatest value.
        steps: further falls and rises, on the logarithm with `log`.
        why_not: the reason where a replicate does not exist.
        assumption: what the interval rests on.
    """
    involved = np.arange(len(whole.cells.submissions)) == column
    rows = whole.contributing(involved, golden=golden)
    point = float(value(whole.point))
    moves = [*_edges(whole, column, value, level, golden=golden, log=log), *steps]
    if any(math.isinf(rise) for _, rise in moves):
        reason = "at an exact bound of a share of which all or none were accepted there is no such number"
        return Estimate(point, None, None, level, "n/a", int(rows.sum()), "instances", reason, assumption)
    replicates = np.asarray(value(whole.replicates))[rows]
    return interval_of(
        point, replicates, level, bounds=bounds, steps=moves, log=log, why_not=why_not, assumption=assumption
    )


def _edges(
    whole: Sample, column: int, value: Callable[[Point], Array], level: float, *, golden: bool, log: bool
) -> Iterator[Step]:
    here = float(value(whole.point))
    for edge in whole.edges:
        if (edge.of == "g" and not golden) or (edge.of != "g" and edge.column != column):
            continue
        there = [float(value(moved)) for moved in edge.moved(whole.point, (1 - level) / 2)]
        yield step_to(here, there, log=log)


def step_to(here: float, there: Sequence[float], *, log: bool) -> Step:
    """How far a number falls and rises when it moves to these; with `log` on the logarithm, `here` above 0.

    Infinite where it moves to what does not exist, or has no logarithm.
    """
    if not all(math.isfinite(one) and (one > 0 or not log) for one in there):
        return math.inf, math.inf
    moved = [math.log(one / here) if log else one - here for one in there]
    return -min(0.0, *moved), max(0.0, *moved)

"""Leave one instance out, for everything that is a sum of pass rates, merge rates and relative merge rates.

Instances are shared by golden and all submissions, so leaving one out leaves it out of both: golden is
resampled with its instance. Each replicate is the sum over all instances minus the instance's own part, so that
a table of statistics costs one matrix product.

Where all or none were accepted, nothing varies and the jackknife would say that the share is known exactly.
Such a share is held fixed in the replicates, and its exact (Clopper–Pearson) bound is added by square-and-add
(MOVER; Newcombe 1998, method 10; Zou & Donner 2008): the limit moves by √(h² + Σ δ²), h the jackknife's
half-width and δ what the statistic moves by when the share moves to its bound. Without such shares this is the
plain jackknife.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mergecheck.stats.cells import GOLDEN_COLUMN, Cells, Totals
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.intervals import (
    Array,
    clopper_pearson,
    effective_size,
    exact_bound,
    jackknife_variance,
    student,
)

EDGES = "exact bounds added where all or none were accepted (square-and-add)"


@dataclass(frozen=True, slots=True)
class Point:
    """Pass rates `a` and conditional rates `c` of the submissions (last axis), golden baseline `g` (no such axis).

    `c` is 0 where nothing passed, since it then multiplies an `a` of 0.
    """

    a: Array
    c: Array
    g: Array


@dataclass(frozen=True, slots=True)
class Contrast:
    """Σ over submissions of u·A + v·A·C + w·A·C/G; each weight an array of (submissions,)."""

    passes: Array
    merges: Array
    relative: Array

    def value(self, at: Point) -> Array:
        """The sum, for one point or for a point of replicates."""
        merged = at.a * at.c
        total = _weighted(at.a, self.passes) + _weighted(merged, self.merges)
        # Only relative rates need a golden baseline: elsewhere its absence must not matter.
        return total + _divide(_weighted(merged, self.relative), at.g) if self.needs_golden else total

    @property
    def involved(self) -> NDArray[np.bool_]:
        """Which submissions it is about."""
        return np.asarray((self.passes != 0) | (self.merges != 0) | (self.relative != 0))

    @property
    def reviewed(self) -> NDArray[np.bool_]:
        """Of which submissions it needs the reviews."""
        return np.asarray((self.merges != 0) | (self.relative != 0))

    @property
    def needs_golden(self) -> bool:
        """Whether it needs the golden baseline."""
        return bool(np.any(self.relative != 0))


def _weighted(rates: Array, weights: Array) -> Array:
    used = weights != 0
    return np.asarray(rates[..., used] @ weights[used])


def _divide(part: Array, whole: Array) -> Array:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))


@dataclass(frozen=True, slots=True)
class Edge:
    """A share of which all or none were accepted: `of` is "a", "c" or "g"; `at` is 0 or 1, `n` its size.

    `passed` of `scope` attempts passed and `reviewed` of those were reviewed: with C = 0 it is the merge rate that
    is bounded, as its noise is the pass rate's as well.
    """

    of: str
    column: int
    at: float
    n: float
    scope: float = 0.0
    passed: float = 0.0
    reviewed: float = 0.0

    def moved(self, point: Point, error: float) -> Iterator[Point]:
        """The point with this share at its exact one-sided bound; where nothing passed, with any C."""
        step = exact_bound(self.n, error)
        bound = step if self.at == 0 else 1 - step
        if self.of == "g":
            yield replace(point, g=np.asarray(bound))
        elif self.of == "c" and self.at == 0:
            # May exceed 1: all that is made of it is A·C, the bounded merge rate.
            c = self.merge_bound(error) / float(point.a[self.column])
            yield replace(point, c=_put(point.c, self.column, c))
        elif self.of == "c":
            yield replace(point, c=_put(point.c, self.column, bound))
        else:
            a = _put(point.a, self.column, bound)
            unknown = (0.0, 1.0) if self.at == 0 else (float(point.c[self.column]),)
            for c in unknown:
                yield replace(point, a=a, c=_put(point.c, self.column, c))

    def merge_bound(self, error: float) -> float:
        """The upper bound on a merge rate estimated as 0.

        Exact, 0 merged of all in scope, where all that passed were reviewed; otherwise the product of the exact
        bounds on A and C, each at half the error (Bonferroni).
        """
        if self.reviewed == self.passed:
            return exact_bound(self.scope, error)
        return clopper_pearson(self.passed, self.scope, 1 - error)[1] * exact_bound(self.n, error / 2)


def _put(values: Array, column: int, value: float) -> Array:
    changed = values.copy()
    changed[column] = value
    return changed


@dataclass(frozen=True, slots=True)
class Sample:
    """The matrices, the point that they estimate, its replicates, and the shares that do not vary."""

    cells: Cells
    totals: Totals
    point: Point
    replicates: Point
    edges: tuple[Edge, ...]

    def contributing(self, submissions: NDArray[np.bool_], *, golden: bool) -> NDArray[np.bool_]:
        """The instances in scope of any of these submissions, and golden's (`of_golden`) if that is needed."""
        rows = np.any(self.cells.scope[:, :-1][:, submissions] > 0, axis=1)
        return np.asarray(rows | (golden & self.of_golden()))

    def of_golden(self) -> NDArray[np.bool_]:
        """The instances that G is about: those with golden reviewed, and those whose mix it is weighted to."""
        judged = self.cells.reviewed[:, GOLDEN_COLUMN] > 0
        return np.asarray(judged | self.cells.mix if self.cells.strata else judged)

    def why_missing(self, column: int, *, reviewed: bool) -> str:
        """Why a submission has no A, or with `reviewed` no M; empty where it has."""
        name = self.cells.submissions[column].name
        if not self.totals.scope[column] > 0:
            return f"{name} has no attempt in scope"
        if reviewed and self.totals.passed[column] > 0 and not self.totals.reviewed[column] > 0:
            return f"no passing attempt of {name} has a verdict yet"
        return ""

    def why_no_golden(self) -> str:
        """Why nothing can be relative to golden; empty where it can."""
        reviewed = int(self.totals.reviewed[GOLDEN_COLUMN])
        if not reviewed:
            return "no sampled golden patch has a verdict"
        return "" if self.point.g > 0 else f"none of the {reviewed} golden patches reviewed was accepted"


def sample(matrices: Cells) -> Sample:
    """Everything that an interval by instance needs, computed once."""
    totals, without = matrices.totals(), matrices.leave_one_out()
    edges = tuple(_edges(matrices, totals))
    point, replicates = _point(totals), _point(without)
    for edge in edges:
        if edge.of == "c":
            replicates.c[:, edge.column] = edge.at
        elif edge.of == "a":
            replicates.a[:, edge.column] = edge.at
        else:
            replicates.g[:] = edge.at
    return Sample(matrices, totals, point, replicates, edges)


def unstratified(whole: Sample) -> Sample:
    """The same sample with the golden baseline of its patches as they were drawn, whatever their repositories."""
    return sample(replace(whole.cells, strata=())) if whole.cells.strata else whole


def _point(totals: Totals) -> Point:
    conditional = totals.conditional_rate()
    c = np.where(totals.passed[..., :-1] > 0, conditional[..., :-1], 0.0)
    return Point(totals.pass_rate()[..., :-1], c, conditional[..., GOLDEN_COLUMN].copy())


def _edges(matrices: Cells, totals: Totals) -> Iterator[Edge]:
    for column in range(len(matrices.submissions)):
        scope, passed = totals.scope[column], totals.passed[column]
        if scope > 0 and passed in (0, scope):
            yield Edge("a", column, float(passed > 0), float(scope))
        if passed > 0:
            yield from _edge_of_reviews(matrices, totals, "c", column)
    yield from _edge_of_reviews(matrices, totals, "g", GOLDEN_COLUMN)


def _edge_of_reviews(matrices: Cells, totals: Totals, of: str, column: int) -> Iterator[Edge]:
    if totals.reviewed[column] > 0 and (totals.liked[column] == 0 or totals.disliked[column] == 0):
        weight = matrices.golden_weights() if of == "g" else matrices.weight[:, column]
        n = effective_size(weight)
        counts = float(totals.scope[column]), float(totals.passed[column]), float(totals.reviewed[column])
        yield Edge(of, column, float(totals.disliked[column] == 0), n, *counts)


def estimate_contrast(
    whole: Sample, contrast: Contrast, level: float, *, scale: float = 1.0, one_sided: bool = False
) -> Estimate:
    """A contrast with its interval: θ̂ ± t(n − 1)·SE, SE by the jackknife over the n instances that it is about.

    With `one_sided` the upper limit alone, at the whole error. Not available where a rate that it needs is
    missing; without interval where there are fewer than two instances or a replicate does not exist.
    """
    rows = whole.contributing(contrast.involved, golden=contrast.needs_golden)
    n = int(rows.sum())
    missing = why_missing(whole, contrast)
    if missing:
        return not_available(missing, level=level, n=n)
    point = float(contrast.value(whole.point)) * scale
    two_sided_level = 2 * level - 1 if one_sided else level
    if n < 2:
        return Estimate(point, None, None, level, "n/a", n, reason="one instance alone has no spread")
    replicates = contrast.value(whole.replicates)[rows] * scale
    if not np.isfinite(replicates).all():
        return Estimate(point, None, None, level, "n/a", n, reason=_why_no_replicate(whole, contrast))
    half = student(n - 1, two_sided_level) * math.sqrt(float(jackknife_variance(replicates)))
    edges = [edge for edge in whole.edges if matters(edge, contrast)]
    down, up = half**2, half**2
    for edge in edges:
        values = [
            float(contrast.value(moved)) * scale for moved in edge.moved(whole.point, (1 - two_sided_level) / 2)
        ]
        down += min(0.0, *(value - point for value in values)) ** 2
        up += max(0.0, *(value - point for value in values)) ** 2
    method = f"instance jackknife, t({n - 1})" + (f"; {EDGES}" if edges else "")
    if one_sided:
        reason = "none was accepted: an upper bound"
        return Estimate(point, None, point + math.sqrt(up), level, f"one-sided {method}", n, reason=reason)
    return Estimate(point, point - math.sqrt(down), point + math.sqrt(up), level, method, n)


def why_missing(whole: Sample, contrast: Contrast) -> str:
    """Why a contrast cannot be computed; empty where it can."""
    if not contrast.involved.any():
        return "no submission"
    for column in np.flatnonzero(contrast.involved):
        missing = whole.why_missing(int(column), reviewed=bool(contrast.reviewed[column]))
        if missing:
            return missing
    return whole.why_no_golden() if contrast.needs_golden else ""


def matters(edge: Edge, contrast: Contrast) -> bool:
    """Whether the share that does not vary is in the contrast."""
    if edge.of == "g":
        return contrast.needs_golden
    return bool((contrast.involved if edge.of == "a" else contrast.reviewed)[edge.column])


def _why_no_replicate(whole: Sample, contrast: Contrast) -> str:
    for column in np.flatnonzero(contrast.reviewed):
        if not np.isfinite(whole.replicates.c[:, column]).all():
            name = whole.cells.submissions[int(column)].name
            return f"only one passing attempt of {name} has a verdict: without it there is no rate"
    return "only one golden patch was accepted: without it there is no relative rate"

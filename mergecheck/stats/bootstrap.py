"""The main table's intervals by resampling: an option beside the default, from 80 instances on.

An instance is drawn with everything that stands at it, its golden patch included (paired). Percentile intervals
for all, BCa for what is a ratio, its acceleration from leaving each cluster out. Where all or none were accepted,
resampling sees no spread and there is no interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.stats.cells import GOLDEN_COLUMN
from mergecheck.stats.estimate import POPULATION, Estimate, not_available
from mergecheck.stats.intervals import Array, check_level
from mergecheck.stats.jackknife import Edge, Sample
from mergecheck.stats.quantities import (
    OF_PASSING,
    RATIOS,
    Quantities,
    Quantity,
    Row,
    contrast,
    quantities,
    row_of,
)
from mergecheck.stats.resampling import (
    MISSING_ALLOWED,
    RESAMPLES,
    Draws,
    acceleration,
    bca_limits,
    check_resamples,
    draws,
    in_order,
    percentile_limits,
    refuse_few_clusters,
    refuse_few_instances,
    resample,
)
from mergecheck.stats.table import estimate_table


@dataclass(frozen=True, slots=True)
class Resampled:
    """A number with its percentile and its BCa interval; `submission` is empty where it is over several."""

    submission: str
    quantity: Quantity
    percentile: Estimate
    bca: Estimate

    @property
    def preferred(self) -> Estimate:
        """BCa for ratios, the percentile interval for all else."""
        return self.bca if self.quantity in RATIOS else self.percentile


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Every number of the main table, resampled."""

    resamples: int
    rows: tuple[Resampled, ...]

    def of(self, quantity: Quantity, submission: str = "") -> Resampled:
        """One of them.

        Raises:
            KeyError: there is none.
        """
        return row_of(self.rows, quantity, submission)

    def frame(self) -> pd.DataFrame:
        """Two rows a number: `submission, quantity` and the estimate, whose `method` tells the two apart."""
        lines = (
            ({"submission": row.submission, "quantity": row.quantity.value}, estimate)
            for row in self.rows
            for estimate in (row.percentile, row.bca)
        )
        return estimate_table(("submission", "quantity"), lines)


@dataclass(frozen=True, slots=True)
class Named:
    """How a way of resampling is called: what is drawn (plural), its name, and what its intervals are about.

    `one_way`: only one thing is drawn, so that leaving each out gives BCa its acceleration.
    """

    unit: str
    name: str
    assumption: str = POPULATION
    one_way: bool = True


BY_INSTANCE = Named("instances", "bootstrap by instance, paired")


def bootstrap(
    whole: Sample,
    level: float = 0.95,
    *,
    strata: Sequence[str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Bootstrap:
    """The paired bootstrap by instance: n instances drawn of n, with replacement.

    Args:
        whole: the sample that the rates are from.
        level: confidence level.
        strata: a label for each instance of `whole.cells.instances`, such as its repository; as many are then
            drawn of each as there are.
        resamples: how many.
        seed: of the draws.

    Raises:
        Refused: there are fewer than 80 instances.
        StatsError: the level is out of range, or there are fewer than 100 resamples.
    """
    check_level(level)
    check_resamples(resamples)
    n = len(whole.cells.instances)
    refuse_few_instances(n, "a bootstrap" if strata is None else "a stratified bootstrap")
    table = quantities(whole)
    numbered = None if strata is None else np.unique(np.array(strata), return_inverse=True)[1].astype(np.intp)
    replicates = by_draws(table, draws(n, resamples, seed, numbered), resamples)
    named = BY_INSTANCE if strata is None else Named("instances", "bootstrap by instance within strata, paired")
    return intervals(whole, table, replicates, level, named)


def bootstrap_by(
    whole: Sample,
    labels: Sequence[str],
    unit: str,
    level: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Bootstrap:
    """The bootstrap by any cluster of instances: clusters drawn with replacement, each with all of its instances.

    Args:
        whole: the sample that the rates are from.
        labels: the cluster of each instance of `whole.cells.instances`.
        unit: what the clusters are, in the plural, such as repositories.
        level: confidence level.
        resamples: how many.
        seed: of the draws.

    Raises:
        Refused: there are fewer than 8 clusters, or fewer than 80 instances.
        StatsError: the level is out of range, or there are fewer than 100 resamples.
    """
    check_level(level)
    check_resamples(resamples)
    clusters = len(set(labels))
    refuse_few_instances(len(whole.cells.instances), f"a bootstrap of {unit}")
    refuse_few_clusters(clusters, unit)
    table = clustered(quantities(whole), labels)
    replicates = by_draws(table, draws(clusters, resamples, seed), resamples)
    return intervals(whole, table, replicates, level, Named(unit, f"bootstrap of {unit}", f"{unit} like these"))


def clustered(table: Quantities, labels: Sequence[str]) -> Quantities:
    """The same table with the instances of a cluster (a label for each instance) added up."""
    names, of = np.unique(np.array(labels), return_inverse=True)
    member = (np.arange(len(names))[:, None] == of[None, :]).astype(np.float64)
    return replace(table, parts=member @ table.parts)


def by_draws(table: Quantities, blocks: Iterable[Draws], resamples: int) -> Array:
    """The table of each resample, (rows, resamples), for given draws of the rows of `table.parts`."""
    return resample(iter(blocks), len(table.parts), table.fill, len(table.rows), resamples)


def intervals(whole: Sample, table: Quantities, replicates: Array, level: float, named: Named) -> Bootstrap:
    """Percentile and BCa intervals from the replicates of a table; nothing is refused here.

    Args:
        whole: the sample that the rates are from.
        table: what was resampled: its `parts` have a row a cluster.
        replicates: (rows, resamples).
        level: confidence level.
        named: what the intervals are called.
    """
    clusters = len(table.parts)
    point = table.table(np.ones((1, clusters)))[:, 0]
    without = table.table(1 - np.eye(clusters))
    rows = []
    for place, row in enumerate(table.rows):
        name = "" if row.column is None else whole.cells.submissions[row.column].name
        found = _Found(
            row=row,
            missing=table.reasons[place],
            point=float(point[place]),
            ordered=in_order(replicates[place]),
            without=without[place],
            resamples=replicates.shape[1],
        )
        percentile, bca = _both(whole, table, found, level, named)
        rows.append(Resampled(name, row.quantity, percentile, bca))
    return Bootstrap(replicates.shape[1], tuple(rows))


@dataclass(frozen=True, slots=True)
class _Found:
    """A row: why it has no number, or that, its replicates in order, and its numbers without each cluster."""

    row: Row
    missing: str
    point: float
    ordered: Array | None
    without: Array
    resamples: int


def _both(
    whole: Sample, table: Quantities, found: _Found, level: float, named: Named
) -> tuple[Estimate, Estimate]:
    if found.missing:
        return (not_available(found.missing, level=level, unit=named.unit),) * 2
    n = _size(whole, table, found.row) if named.unit == "instances" else len(table.parts)

    def made(limits: tuple[float, float] | None, method: str, reason: str = "") -> Estimate:
        low, high = limits or (None, None)
        method = "n/a" if limits is None else method
        return Estimate(found.point, low, high, level, method, n, named.unit, reason, named.assumption)

    ordered = found.ordered
    reason = _why_no_interval(whole, table, found)
    if reason or ordered is None:
        return made(None, "", reason), made(None, "", reason)
    gone = found.resamples - len(ordered)
    left_out = f" ({gone} of {found.resamples} resamples, without it, left out)" if gone else ""
    limits = _finite(percentile_limits(ordered, level))
    percentile = made(limits, f"{named.name}, percentile{left_out}", "" if limits else UNBOUNDED)
    if not named.one_way:
        return percentile, made(None, "", _TWO_WAYS)
    if ordered[0] == ordered[-1]:
        return percentile, made((found.point, found.point), f"{named.name}, BCa")
    limits = bca_limits(ordered, found.point, acceleration(found.without), level)
    bounded = limits and _finite(limits)
    reason = "" if bounded else UNBOUNDED if limits else _NO_BCA
    return percentile, made(bounded, f"{named.name}, BCa{left_out}", reason)


def _finite(limits: tuple[float, float]) -> tuple[float, float] | None:
    return limits if all(map(math.isfinite, limits)) else None


UNBOUNDED = "in too many resamples all golden patches were refused: a limit is infinite"
_TWO_WAYS = "two things are drawn: leaving out the one or the other gives no acceleration"
_NO_BCA = "the resamples lie on one side of the estimate, or lean too far to be corrected"


def _why_no_interval(whole: Sample, table: Quantities, found: _Found) -> str:
    ordered, row = found.ordered, found.row
    if ordered is None:
        return f"it does not exist in more than {MISSING_ALLOWED:.0%} of {found.resamples} resamples"
    same = row.quantity in RATIOS and row.column is not None and whole.cells.like_golden(row.column)
    if same:
        return ""
    if any(_matters(edge, table, row, len(whole.cells.submissions)) for edge in whole.edges):
        return "all or none passed or were accepted somewhere: resampling cannot see that anything else could be"
    return "all resamples say the same: nothing varies" if ordered[0] == ordered[-1] else ""


def _matters(edge: Edge, table: Quantities, row: Row, submissions: int) -> bool:
    needed = contrast(table, row, submissions)
    if edge.of == "g":
        return needed.needs_golden or row.quantity is Quantity.GOLDEN
    if row.quantity is Quantity.GOLDEN:
        return False
    if edge.of == "a":
        return row.quantity not in OF_PASSING and bool(needed.involved[edge.column])
    return bool(needed.reviewed[edge.column])


def _size(whole: Sample, table: Quantities, row: Row) -> int:
    """The instances that a number is about."""
    reviewed = whole.cells.reviewed
    if row.quantity is Quantity.GOLDEN:
        return int((reviewed[:, GOLDEN_COLUMN] > 0).sum())
    if row.column is not None and row.quantity in OF_PASSING:
        rows: NDArray[np.bool_] = reviewed[:, row.column] > 0
        if row.quantity is Quantity.RELATIVE_CONDITIONAL:
            rows = rows | (reviewed[:, GOLDEN_COLUMN] > 0)
        return int(rows.sum())
    needed = contrast(table, row, len(whole.cells.submissions))
    return int(whole.contributing(needed.involved, golden=needed.needs_golden).sum())

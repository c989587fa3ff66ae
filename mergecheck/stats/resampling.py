"""Resampling by cluster as one matrix product, and intervals from what was resampled. Nothing knows of a frame.

A statistic that is a function of sums over instances needs no resampled rows: how often each instance was drawn,
times what each instance adds, gives the sums of all resamples at once. Blocks of resamples bound the memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mergecheck.errors import Refused, StatsError
from mergecheck.stats.intervals import Array

RESAMPLES = 10_000
FEWEST_CLUSTERS = 8
"""Fewer clusters than this are never resampled: over three repositories 95 % intervals cover 75 %."""
FEWEST_INSTANCES = 80
"""Fewer instances than this are not resampled: there percentile intervals cover less than they say."""

MISSING_ALLOWED = 0.01
"""The share of resamples in which a number may not exist."""

_CELLS_A_BLOCK = 1 << 16
"""Counts in a block: half a megabyte of them, so that they are still in the cache when they are multiplied."""

Draws = NDArray[np.intp]


def check_resamples(resamples: int) -> int:
    """The number of resamples itself.

    Raises:
        StatsError: it is below 100, too few for a limit of any kind.
    """
    if resamples < 100:
        raise StatsError(f"{resamples} resamples are too few for an interval", fix=f"give {RESAMPLES}, say")
    return resamples


def refuse_few_clusters(clusters: int, what: str) -> None:
    """Nothing, where there are enough clusters to be resampled.

    Raises:
        Refused: there are fewer than `FEWEST_CLUSTERS`.
    """
    if clusters < FEWEST_CLUSTERS:
        raise Refused(
            f"a bootstrap over {clusters} {what}: fewer than {FEWEST_CLUSTERS} clusters are not resampled, "
            "as their 95 % intervals cover much less (three repositories: 75 %)",
            fix="use the instance jackknife, or leave one out at a time",
        )


def refuse_few_instances(instances: int, how: str) -> None:
    """Nothing, where there are enough instances to be resampled.

    Raises:
        Refused: there are fewer than `FEWEST_INSTANCES`.
    """
    if instances < FEWEST_INSTANCES:
        raise Refused(
            f"{how} of {instances} instances: below {FEWEST_INSTANCES} it covers less than it says",
            fix="use the instance jackknife, the default",
        )


def rows_a_block(clusters: int) -> int:
    """How many resamples are counted at a time."""
    return max(1, _CELLS_A_BLOCK // max(1, clusters))


def draws(clusters: int, resamples: int, seed: int, strata: Draws | None = None) -> Iterator[Draws]:
    """Blocks of (resamples in the block, clusters): the cluster that each place of each resample was drawn from.

    PCG64 with this seed. The numbers are drawn resample by resample, whatever the size of a block.

    Args:
        clusters: how many there are.
        resamples: how many are drawn in all.
        seed: of the draws.
        strata: the stratum of each cluster, (clusters,); each place is then drawn from its own stratum.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    step = rows_a_block(clusters)
    for start in range(0, resamples, step):
        shape = (min(step, resamples - start), clusters)
        if strata is None:
            yield generator.integers(0, clusters, size=shape, dtype=np.intp)
        else:
            yield _within(strata, generator.random(shape))


def _within(strata: Draws, uniform: Array) -> Draws:
    order = np.argsort(strata, kind="stable")
    _, place, size = np.unique(strata[order], return_inverse=True, return_counts=True)
    first = np.concatenate(([0], np.cumsum(size)[:-1]))
    return np.asarray(order[first[place] + (uniform * size[place]).astype(np.intp)])


class Counting:
    """Counts how often each cluster was drawn, block after block in the same memory.

    A block's memory is larger than what the allocator keeps, and to get fresh pages for every block takes longer
    than to count.
    """

    def __init__(self, clusters: int) -> None:
        self._clusters = clusters
        self._places = np.empty((0, clusters), dtype=np.intp)
        self._counts = np.empty((0, clusters))

    def __call__(self, drawn: Draws) -> Array:
        """(resamples, drawn) → (resamples, clusters); good until the next block is counted."""
        resamples, clusters = len(drawn), self._clusters
        if self._places.shape[1] != drawn.shape[1] or len(self._places) < resamples:
            self._places = np.empty(drawn.shape, dtype=np.intp)
            self._counts = np.empty((resamples, clusters))
        places, counts = self._places[:resamples], self._counts[:resamples]
        # Each resample counts in a stretch of its own.
        np.add(drawn, clusters * np.arange(resamples)[:, None], out=places)
        counts[:] = np.bincount(places.ravel(), minlength=resamples * clusters).reshape(resamples, clusters)
        return counts


def counted(drawn: Draws, clusters: int) -> Array:
    """How often each cluster was drawn: (resamples, drawn) → (resamples, clusters)."""
    return Counting(clusters)(drawn)


def resample(
    blocks: Iterator[Draws], clusters: int, fill: Callable[[Array, Array], None], rows: int, resamples: int
) -> Array:
    """The table of every resample: (rows, resamples).

    Args:
        blocks: draws, `resamples` of them in all.
        clusters: how many there are.
        fill: writes the statistics of (resamples, clusters) counts into (rows, resamples).
        rows: statistics.
        resamples: draws in all blocks.
    """
    table = np.empty((rows, resamples))
    count = Counting(clusters)
    start = 0
    for drawn in blocks:
        fill(count(drawn), table[:, start : start + len(drawn)])
        start += len(drawn)
    return table


def in_order(replicates: Array) -> Array | None:
    """The replicates that exist in ascending order; None where more than one in a hundred does not.

    A resample without golden patches has no relative rate (NaN) and is left out; one in which all of them were
    refused has an infinite one, which stays as what it is, an extreme.
    """
    missing = int(np.isnan(replicates).sum())
    if missing > MISSING_ALLOWED * len(replicates):
        return None
    # NaN is sorted behind all numbers.
    return np.sort(replicates)[: len(replicates) - missing]


def percentile_limits(ordered: Array, level: float) -> tuple[float, float]:
    """The percentile interval (Efron & Tibshirani 1993, 13.3) of replicates in ascending order, (resamples,)."""
    tail = (1 - level) / 2
    return quantile(ordered, tail), quantile(ordered, 1 - tail)


def quantile(ordered: Array, share: float) -> float:
    """Between the two replicates around (B − 1)·share, linearly (Hyndman & Fan 1996, type 7)."""
    place = share * (len(ordered) - 1)
    below = min(math.floor(place), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    low, high = float(ordered[below]), float(ordered[above])
    if low == high:
        # Two infinite neighbours have no difference.
        return low
    return low + (place - below) * (high - low)


def acceleration(replicates: Array) -> float:
    """a = Σ (θ̄ − θ₋ᵢ)³ / 6(Σ (θ̄ − θ₋ᵢ)²)^1.5 over the clusters left out (Efron & Tibshirani 1993, 14.15).

    NaN where nothing varies, or where leaving one out leaves nothing to compute.
    """
    if not np.isfinite(replicates).all():
        return math.nan
    influence = replicates.mean() - replicates
    spread = float((influence**2).sum())
    return float((influence**3).sum()) / (6 * spread**1.5) if spread > 0 else math.nan


def bias_correction(ordered: Array, point: float) -> float:
    """z₀ = Φ⁻¹ of the share of replicates below the estimate, ties by half; infinite where all are on one side.

    Replicates that sums of counts give are as discrete as the counts, so ties are no rarity (Efron & Tibshirani
    1993, 14.14, has none). Equal up to rounding is equal.
    """
    slack = 1e-12 * max(1.0, abs(point))
    below = np.searchsorted(ordered, point - slack, side="left")
    upto = np.searchsorted(ordered, point + slack, side="right")
    return float(special.ndtri((below + upto) / (2 * len(ordered))))


def bca_limits(ordered: Array, point: float, accelerated: float, level: float) -> tuple[float, float] | None:
    """The bias-corrected and accelerated interval (Efron 1987; Efron & Tibshirani 1993, 14.9, 14.10).

    Quantiles at Φ(z₀ + (z₀ + z)/(1 − a(z₀ + z))), z = ± the normal quantile.

    Args:
        ordered: replicates in ascending order, (resamples,).
        point: the estimate.
        accelerated: a, see `acceleration`.
        level: confidence level.

    Returns:
        The two limits; None where they do not exist (all replicates on one side, or 1 − a(z₀ + z) ≤ 0).
    """
    z0 = bias_correction(ordered, point)
    if not (math.isfinite(z0) and math.isfinite(accelerated)):
        return None
    critical = float(special.ndtri(0.5 + level / 2))
    shares = []
    for z in (-critical, critical):
        shrunk = 1 - accelerated * (z0 + z)
        if shrunk <= 0:
            return None
        shares.append(float(special.ndtr(z0 + (z0 + z) / shrunk)))
    return quantile(ordered, shares[0]), quantile(ordered, shares[1])

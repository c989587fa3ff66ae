"""METR's own analysis (`method="metr"`): patches resampled, models and golden baseline fixed.

METR, "Many SWE-bench-Passing PRs Would Not Be Merged into Main" (2026): 95 % intervals by a nonparametric
bootstrap over patches. Each model's patches are drawn anew by themselves, grade and verdict of a patch together;
the golden baseline counts as known. Only this reproduces both of its standard errors. It takes what models and
golden share, an instance, for independent and golden's own noise for none: its 95 % interval for the level gap
holds the truth three times in four (docs/coverage.md). It is here to be set beside the default, not to be relied
upon.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mergecheck.stats.bootstrap import UNBOUNDED
from mergecheck.stats.cells import GOLDEN_COLUMN, cells
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.intervals import Array, check_level
from mergecheck.stats.jackknife import Sample, sample, unstratified
from mergecheck.stats.progress import AT_LEAST, THRESHOLD, by_progress, in_words
from mergecheck.stats.quantities import (
    OF_PASSING,
    Quantities,
    Quantity,
    Row,
    contrast,
    parts_of,
    quantities,
    row_of,
)
from mergecheck.stats.resampling import MISSING_ALLOWED, RESAMPLES, check_resamples, in_order, percentile_limits
from mergecheck.stats.scope import score
from mergecheck.stats.table import estimate_table

FIXED = "patches are independent of each other, the golden baseline is known without error"
RESAMPLED = "patches are independent of each other and of the golden patches of their instances"


@dataclass(frozen=True, slots=True)
class Metr:
    """A number by METR's method; `submission` is empty where it is over several.

    `standard_error` is the standard deviation of the resamples, in the unit of the number; None where none is.
    """

    submission: str
    quantity: Quantity
    estimate: Estimate
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class MetrAnalysis:
    """Every number of the main table by METR's method. `accepted` says what counted as accepted."""

    accepted: str
    golden_resampled: bool
    resamples: int
    rows: tuple[Metr, ...]

    def of(self, quantity: Quantity, submission: str = "") -> Metr:
        """One of them.

        Raises:
            KeyError: there is none.
        """
        return row_of(self.rows, quantity, submission)

    def frame(self) -> pd.DataFrame:
        """A row a number: `submission, quantity`, the estimate, and `standard_error` (NaN where there is none)."""
        lines = [
            ({"submission": row.submission, "quantity": row.quantity.value}, row.estimate) for row in self.rows
        ]
        frame = estimate_table(("submission", "quantity"), lines)
        errors = [math.nan if row.standard_error is None else row.standard_error for row in self.rows]
        return frame.assign(standard_error=np.array(errors, dtype=np.float64))


def metr_analysis(
    attempts: pd.DataFrame,
    reviews: pd.DataFrame,
    level: float = 0.95,
    *,
    golden_resampled: bool = False,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> MetrAnalysis:
    """The main table by METR's method, on the decisions.

    Args:
        attempts: the attempts frame.
        reviews: the reviews frame.
        level: confidence level.
        golden_resampled: whether golden patches are drawn too, by themselves; METR did not.
        resamples: how many.
        seed: of the draws.

    Raises:
        StatsError: a frame is not right, or the level is out of range.
    """
    check_level(level)
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    whole = sample(cells(score(attempts, reviews)))
    return metr_of(whole, level, golden_resampled=golden_resampled, resamples=resamples, seed=seed)


def metr_progress(
    attempts: pd.DataFrame,
    reviews: pd.DataFrame,
    level: float = 0.95,
    *,
    threshold: float = THRESHOLD,
    at_least: bool = AT_LEAST,
    golden_resampled: bool = False,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> MetrAnalysis:
    """METR's progress variant: accepted is progress above a threshold (per cent), of golden patches as well.

    Other arguments as in `metr_analysis`.

    Raises:
        StatsError: a frame is not right, or the threshold or the level is out of range.
    """
    check_level(level)
    attempts = check_attempts(attempts)
    reviews = by_progress(check_reviews(reviews, attempts), threshold, at_least=at_least)
    whole = sample(cells(score(attempts, reviews)))
    accepted = f"progress {in_words(threshold, at_least=at_least)}"
    return metr_of(
        whole, level, golden_resampled=golden_resampled, resamples=resamples, seed=seed, accepted=accepted
    )


def metr_of(
    whole: Sample,
    level: float = 0.95,
    *,
    golden_resampled: bool = False,
    resamples: int = RESAMPLES,
    seed: int = 0,
    accepted: str = "decision",
) -> MetrAnalysis:
    """The same from a sample; see `metr_analysis`.

    A patch that passes without a verdict stays in the pass rate and leaves the conditional rate, as everywhere
    here: M = A·C, which is METR's mean of a·d where all that passed were reviewed.
    """
    check_level(level)
    check_resamples(resamples)
    # METR's baseline is the share of its golden patches, whatever their repositories.
    whole = unstratified(whole)
    table = quantities(whole)
    replicates = _replicates(whole, table, resamples, seed, golden_resampled=golden_resampled)
    point = table.table(np.ones((1, len(table.parts))))[:, 0]
    rows = []
    for place, row in enumerate(table.rows):
        name = "" if row.column is None else whole.cells.submissions[row.column].name
        fixed = not golden_resampled and row.quantity is Quantity.GOLDEN
        estimate, error = _estimate(
            table.reasons[place],
            (float(point[place]), replicates[place]),
            level,
            size=_patches(whole, table, row, golden=golden_resampled),
            method="bootstrap over patches, golden resampled apart" if golden_resampled else METHOD,
            assumption=RESAMPLED if golden_resampled else FIXED,
            fixed=fixed,
        )
        rows.append(Metr(name, row.quantity, estimate, error))
    return MetrAnalysis(accepted, golden_resampled, resamples, tuple(rows))


METHOD = "metr: bootstrap over patches, golden fixed"


def _estimate(
    missing: str,
    found: tuple[float, Array],
    level: float,
    *,
    size: int,
    method: str,
    assumption: str,
    fixed: bool,
) -> tuple[Estimate, float | None]:
    if missing:
        return not_available(missing, level=level, unit="patches"), None
    point, replicates = found
    ordered = in_order(replicates)
    reason = ""
    if fixed:
        reason = "METR's method takes the golden baseline for known"
    elif ordered is None:
        reason = f"it does not exist in more than {MISSING_ALLOWED:.0%} of {len(replicates)} resamples"
    elif ordered[0] == ordered[-1]:
        reason = "all resamples say the same: nothing varies"
    elif not all(map(math.isfinite, percentile_limits(ordered, level))):
        reason = UNBOUNDED
    if reason or ordered is None:
        return Estimate(point, None, None, level, "n/a", size, "patches", reason, assumption), None
    low, high = percentile_limits(ordered, level)
    finite = math.isfinite(ordered[0]) and math.isfinite(ordered[-1])
    error = float(ordered.std(ddof=1)) if finite else None
    return Estimate(point, low, high, level, method, size, "patches", "", assumption), error


def _replicates(whole: Sample, table: Quantities, resamples: int, seed: int, *, golden_resampled: bool) -> Array:
    """The table of each resample.

    Patches with the same grade, weight and verdict are alike, so how often each kind is drawn is multinomial.
    """
    parts, k = parts_of(whole.cells), len(whole.cells.submissions)
    generator = np.random.Generator(np.random.PCG64(seed))
    sums = np.repeat(parts.sum(axis=0)[:, None], resamples, axis=1)
    for column in range(k):
        own = [part * k + column for part in range(4)]
        mine = parts[whole.cells.scope[:, column] > 0]
        sums[own] = _drawn(mine[:, own], resamples, generator)
    if golden_resampled:
        own = [4 * k, 4 * k + 1]
        mine = parts[whole.cells.reviewed[:, GOLDEN_COLUMN] > 0]
        sums[own] = _drawn(mine[:, own], resamples, generator)
    return replace(table, of=np.arange(4 * k + 2)).table_of_sums(sums)


def _drawn(patches: Array, resamples: int, generator: np.random.Generator) -> Array:
    """Sums over as many patches as there are, drawn with replacement: (what is summed, resamples)."""
    if not len(patches):
        return np.zeros((patches.shape[1], resamples))
    kinds, times = np.unique(patches, axis=0, return_counts=True)
    return np.asarray((generator.multinomial(len(patches), times / len(patches), size=resamples) @ kinds).T)


def _patches(whole: Sample, table: Quantities, row: Row, *, golden: bool) -> int:
    """How many patches a number is of; golden's only where they were resampled, or it is theirs."""
    of_golden = int(whole.totals.reviewed[GOLDEN_COLUMN])
    if row.quantity is Quantity.GOLDEN:
        return of_golden
    needed = contrast(table, row, len(whole.cells.submissions))
    counts = whole.totals.reviewed if row.quantity in OF_PASSING else whole.totals.scope
    agents = int(counts[:-1][needed.involved].sum())
    return agents + of_golden * (golden and needed.needs_golden)

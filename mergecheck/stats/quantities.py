"""Every number of the main table as a function of sums over instances, for many sets of sums at once.

The sums are scope, passed, Σw and Σw·d of each submission, and Σw and Σw·d of golden; where the baseline is
post-stratified, those of golden in each stratum and the number of instances there. Golden stands in the same row
of the matrix as its instance, so whatever counts an instance counts its golden patch as often: paired.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from mergecheck.stats.cells import GOLDEN_COLUMN, Cells
from mergecheck.stats.intervals import Array
from mergecheck.stats.jackknife import Contrast, Sample, why_missing
from mergecheck.stats.rates import WHOLE_COVERAGE
from mergecheck.stats.trend import POINTS, slope_weights


class Quantity(StrEnum):
    """What a number is of. Slopes are percentage points a year, all else fractions of 1."""

    PASS = "A"
    CONDITIONAL = "C"
    MERGE = "M"
    RELATIVE_MERGE = "M/G"
    RELATIVE_CONDITIONAL = "C/G"
    GAP = "gap"
    GOLDEN = "G"
    LEVEL_GAP = "level gap"
    SLOPE_PASS = "slope of A"
    SLOPE_MERGE = "slope of M"
    SLOPE_RELATIVE = "slope of M/G"
    DIFFERENCE = "slope difference"
    DIFFERENCE_RAW = "slope difference, raw"


BY_SUBMISSION = (
    Quantity.PASS, Quantity.CONDITIONAL, Quantity.MERGE, Quantity.RELATIVE_MERGE, Quantity.RELATIVE_CONDITIONAL,
    Quantity.GAP,
)  # fmt: skip
OVERALL = (
    Quantity.GOLDEN, Quantity.LEVEL_GAP, Quantity.SLOPE_PASS, Quantity.SLOPE_MERGE, Quantity.SLOPE_RELATIVE,
    Quantity.DIFFERENCE, Quantity.DIFFERENCE_RAW,
)  # fmt: skip
OF_PASSING = frozenset({Quantity.CONDITIONAL, Quantity.RELATIVE_CONDITIONAL})
"""What is about passing attempts only."""
RATIOS = frozenset({Quantity.RELATIVE_MERGE, Quantity.RELATIVE_CONDITIONAL})


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: of what, and of which submission (its column; None over all of them)."""

    quantity: Quantity
    column: int | None


class Named(Protocol):
    """A result about one number of the table; `submission` is empty where it is over all of them."""

    @property
    def quantity(self) -> Quantity: ...  # noqa: D102 - as above

    @property
    def submission(self) -> str: ...  # noqa: D102 - as above


Result = TypeVar("Result", bound=Named)


def row_of(rows: Iterable[Result], quantity: Quantity, submission: str) -> Result:
    """The result about one number.

    Raises:
        KeyError: there is none.
    """
    for row in rows:
        if (row.quantity, row.submission) == (quantity, submission):
            return row
    raise KeyError((quantity, submission))


@dataclass(frozen=True, slots=True)
class Quantities:
    """The table of a study: `rows` in order, and which submissions the level gap and the slopes are over.

    `parts` is what each instance adds to the sums, (instances, different sums); `of` says which of those is scope,
    passed, Σw, Σw·d of each submission and Σw, Σw·d of golden; with several `strata` these and the instances, each
    a stratum. Equal columns are summed once: what is equal instance by instance has equal sums, to the last digit.
    `slopes` are the weights of the trend's rates; `reasons` say of each row why it has no number (empty where it
    has).
    """

    rows: tuple[Row, ...]
    parts: Array
    of: NDArray[np.intp]
    gap_columns: NDArray[np.intp]
    trend_columns: NDArray[np.intp]
    slopes: Array
    reasons: tuple[str, ...] = ()
    strata: int = 1

    def table(self, counts: Array) -> Array:
        """The numbers, (rows, resamples), where instance i counts counts[·, i] times; NaN or ∞ where none is."""
        found = np.empty((len(self.rows), len(counts)))
        self.fill(counts, found)
        return found

    def table_of_sums(self, sums: Array) -> Array:
        """The same from sums of `parts`, (different sums, resamples)."""
        found = np.empty((len(self.rows), sums.shape[1]))
        self._fill(sums, found)
        return found

    def fill(self, counts: Array, found: Array) -> None:
        """Write the table of these counts into (rows, resamples)."""
        # Rows of sums are read again and again, so they are laid out one behind the other.
        self._fill(self.parts.T @ counts.T, found)

    def _fill(self, sums: Array, found: Array) -> None:
        k = (len(self.of) - (2 if self.strata == 1 else 3 * self.strata)) // 4
        scope, passed, weight, accepted = (sums.take(self.of[part * k : (part + 1) * k], 0) for part in range(4))
        a, c, m, relative, conditional, gap = (found[part * k : (part + 1) * k] for part in range(6))
        g, level_gap, *slopes = found[6 * k :]
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(passed, scope, out=a)
            np.divide(accepted, weight, out=c)
            g[:] = self._golden(sums[self.of[4 * k :]])
            np.multiply(a, c, out=m)
            # Nothing passed, so nothing was merged, and no review is missing.
            if not passed.all():
                m[passed == 0] = 0.0
                m[scope == 0] = np.nan
            np.divide(m, g, out=relative)
            np.divide(c, g, out=conditional)
            np.subtract(a, relative, out=gap)
            level_gap[:] = _mean(gap, self.gap_columns)
            for slope, rate in zip(slopes, (a, m, relative), strict=False):
                slope[:] = self.slopes @ _rows(rate, self.trend_columns) if len(self.slopes) else np.nan
            np.subtract(slopes[0], slopes[2], out=slopes[3])
            np.subtract(slopes[0], slopes[1], out=slopes[4])

    def _golden(self, sums: Array) -> Array:
        """G from the sums of golden, (2 or 3 · strata, resamples)."""
        if self.strata == 1:
            return np.asarray(sums[1] / sums[0])
        weight, accepted, mix = sums.reshape(3, self.strata, -1)
        # A stratum that nothing was drawn of weighs nothing, whatever its share.
        parts = np.where(mix > 0, mix * accepted / weight, 0.0)
        return np.asarray(parts.sum(axis=0) / mix.sum(axis=0))


def _rows(rates: Array, columns: NDArray[np.intp]) -> Array:
    # All of them need not be copied.
    return rates if len(columns) == len(rates) else rates.take(columns, 0)


def _mean(rates: Array, columns: NDArray[np.intp]) -> Array | float:
    """The mean over some rows; NaN over none."""
    return np.asarray(np.add.reduce(_rows(rates, columns), axis=0) / len(columns)) if len(columns) else np.nan


def quantities(whole: Sample) -> Quantities:
    """The table of a sample; level gap and slopes over the same submissions as in `trend`."""
    matrices = whole.cells
    parts = parts_of(matrices)
    distinct, of = (
        np.unique(parts, axis=1, return_inverse=True) if parts.size else (parts, np.arange(parts.shape[1]))
    )
    gaps, dated = compared(whole)
    columns = range(len(matrices.submissions))
    rows = [Row(quantity, column) for quantity in BY_SUBMISSION for column in columns]
    dates = [day for column in dated if (day := matrices.submissions[column].released) is not None]
    slopes = POINTS * slope_weights(dates) if len(set(dates)) > 1 else np.empty(0)
    table = Quantities(
        rows=(*rows, *(Row(quantity, None) for quantity in OVERALL)),
        parts=np.ascontiguousarray(distinct),
        of=np.asarray(of, dtype=np.intp).ravel(),
        gap_columns=np.array(gaps, dtype=np.intp),
        trend_columns=np.array(dated, dtype=np.intp),
        slopes=slopes,
        strata=max(matrices.strata, default=0) + 1,
    )
    return replace(table, reasons=tuple(_why_missing(whole, table, row) for row in table.rows))


def parts_of(matrices: Cells) -> Array:
    """What each instance adds to scope, passed, Σw and Σw·d of the submissions and Σw, Σw·d of golden.

    With strata, Σw of golden in each, then Σw·d, then the instances of the mix.
    """
    weighted = matrices.weight * matrices.d
    agents = [part[:, :-1] for part in (matrices.scope, matrices.passed, matrices.weight, weighted)]
    golden = [part[:, [GOLDEN_COLUMN]] for part in (matrices.weight, weighted)]
    if matrices.strata:
        of = np.array(matrices.strata)[:, None] == np.arange(max(matrices.strata) + 1)[None, :]
        golden = [part * of for part in (*golden, matrices.mix[:, None].astype(np.float64))]
    return np.concatenate([*agents, *golden], axis=1)


def compared(whole: Sample) -> tuple[list[int], list[int]]:
    """Columns that stand in the level gap, and in the trend: 90 % coverage, a merge rate, golden or a date."""
    matrices = whole.cells
    wide = [
        column
        for column in range(len(matrices.submissions))
        if whole.totals.scope[column] >= WHOLE_COVERAGE * matrices.known_instances
        and not whole.why_missing(column, reviewed=True)
    ]
    dated = [column for column in wide if matrices.submissions[column].released is not None]
    return ([] if whole.why_no_golden() else wide), dated


def contrast(table: Quantities, row: Row, submissions: int) -> Contrast:
    """Which rates of which submissions a row needs, as a contrast; its weights are not those of C, G and C/G."""
    passes, merges, relative = (np.zeros(submissions) for _ in range(3))
    columns = np.array([row.column]) if row.column is not None else table.trend_columns
    if row.quantity is Quantity.LEVEL_GAP:
        columns = table.gap_columns
    needs = row.quantity
    if needs in _OF_PASS:
        passes[columns] = 1
    if needs in _OF_MERGE:
        merges[columns] = 1
    if needs in _OF_RELATIVE:
        relative[columns] = 1
    return Contrast(passes, merges, relative)


_OF_PASS = {
    Quantity.PASS, Quantity.GAP, Quantity.LEVEL_GAP, Quantity.SLOPE_PASS, Quantity.DIFFERENCE,
    Quantity.DIFFERENCE_RAW,
}  # fmt: skip
_OF_MERGE = {Quantity.CONDITIONAL, Quantity.MERGE, Quantity.SLOPE_MERGE, Quantity.DIFFERENCE_RAW}
_OF_RELATIVE = {
    Quantity.RELATIVE_MERGE, Quantity.RELATIVE_CONDITIONAL, Quantity.GAP, Quantity.LEVEL_GAP,
    Quantity.SLOPE_RELATIVE, Quantity.DIFFERENCE,
}  # fmt: skip


def _why_missing(whole: Sample, table: Quantities, row: Row) -> str:
    """Why a row has no number; empty where it has."""
    if row.quantity is Quantity.GOLDEN:
        return "" if whole.totals.reviewed[GOLDEN_COLUMN] else whole.why_no_golden()
    if row.column is None and row.quantity is not Quantity.LEVEL_GAP and not len(table.slopes):
        return "a slope needs two release dates"
    reason = why_missing(whole, contrast(table, row, len(whole.cells.submissions)))
    if (
        not reason
        and row.column is not None
        and row.quantity in OF_PASSING
        and not whole.totals.passed[row.column]
    ):
        return f"no attempt of {whole.cells.submissions[row.column].name} passed the grader"
    return reason

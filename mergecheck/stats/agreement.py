"""Do reviewers agree with each other, and with themselves? Percent, Cohen, Fleiss, Krippendorff, Gwet.

Everything is over candidate × reviewer: a submission's label plays no part. The indices are those of `indices`;
here they meet a study, with intervals by leaving out one candidate at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.records import Decision
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.indices import (
    ROUNDING,
    Metric,
    Sums,
    ac1_of,
    alpha_of,
    arrays_of,
    cohen_of,
    coincidences,
    fleiss_of,
    parts_of,
    percent_agreement,
    total_of,
)
from mergecheck.stats.intervals import Array, check_level, exact_bound
from mergecheck.stats.outcomes import KNOWN_REASONS
from mergecheck.stats.progress import AT_LEAST, THRESHOLD, above, in_words
from mergecheck.stats.replicates import Step, interval_of
from mergecheck.stats.showings import DECIDED, decided
from mergecheck.stats.table import estimate_table

UNIT = "candidates"


@dataclass(frozen=True, slots=True)
class Index:
    """One index of agreement on one item.

    `item`: decision, reason, progress, or progress above a threshold. `reviewers`: the pair that it is about,
    empty for all. `candidates` counts those with two ratings, which it rests on; `ratings` all ratings.
    """

    item: str
    index: str
    reviewers: tuple[str, ...]
    candidates: int
    ratings: int
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """The indices, item by item. `no_reason` counts refusals without a core reason, left out of that item."""

    indices: tuple[Index, ...]
    no_reason: int

    def frame(self) -> pd.DataFrame:
        """A row an index: `item, index, reviewers, candidates, ratings` and the estimate."""
        rows = (
            (
                {
                    "item": one.item,
                    "index": one.index,
                    "reviewers": " / ".join(one.reviewers),
                    "candidates": one.candidates,
                    "ratings": one.ratings,
                },
                one.estimate,
            )
            for one in self.indices
        )
        about = ("item", "index", "reviewers", "candidates", "ratings")
        return estimate_table(about, rows, whole=("candidates", "ratings"))

    def of(self, item: str, index: str, reviewers: tuple[str, ...] = ()) -> Estimate:
        """The estimate of one index."""
        return next(
            one.estimate
            for one in self.indices
            if (one.item, one.index, one.reviewers) == (item, index, reviewers)
        )


@dataclass(frozen=True, slots=True)
class _Item:
    """`ratings` has `unit` (what is rated twice), `cluster` (a candidate), `rater` and `category` (a column)."""

    name: str
    ratings: pd.DataFrame
    values: Array

    def counts(self) -> tuple[Array, NDArray[np.intp]]:
        """Counts of (units, categories), and each unit's cluster as a number from 0."""
        units, first = np.unique(self.ratings["unit"].to_numpy(dtype=str), return_inverse=True)
        counts = np.zeros((len(units), len(self.values)))
        np.add.at(counts, (first, self.ratings["category"].to_numpy(dtype=np.intp)), 1.0)
        of = dict(zip(first.tolist(), self.ratings["cluster"].tolist(), strict=True))
        clusters = np.unique(np.array([of[unit] for unit in range(len(units))], dtype=str), return_inverse=True)[1]
        return counts, clusters


def agreement(
    reviews: pd.DataFrame,
    level: float = 0.95,
    *,
    reasons: Sequence[str] = KNOWN_REASONS,
    threshold: float = THRESHOLD,
    at_least: bool = AT_LEAST,
) -> Agreement:
    """Agreement between reviewers on decision, reason (with accept as one more category) and progress.

    Of each reviewer and candidate the earliest first showing with a verdict counts; skips and repeats do not.
    Intervals: jackknife over candidates, t(candidates with two ratings − 1); where all agree, or none, the exact
    bound on the share of agreement is added (square-and-add), chance agreement held.

    Args:
        reviews: a checked reviews frame.
        level: confidence level.
        reasons: keys of the form's core reasons; AC1 depends on how many there are, used or not.
        threshold: progress that the item "progress above" is cut at.
        at_least: whether the threshold itself counts as above it.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    rated = decided(reviews)
    rated = rated.assign(unit=rated["candidate"], cluster=rated["candidate"], rater=rated["reviewer"])
    items, no_reason = _items(rated, reasons, threshold, at_least=at_least)
    why = "no candidate has verdicts of two reviewers: nothing overlaps"
    found: list[Index] = []
    for item in items:
        found += _indices(item, level, why)
        if item.name != "progress":
            found += _pairs(item, level)
    return Agreement(tuple(found), no_reason)


def self_agreement(
    reviews: pd.DataFrame,
    level: float = 0.95,
    *,
    reasons: Sequence[str] = KNOWN_REASONS,
    threshold: float = THRESHOLD,
    at_least: bool = AT_LEAST,
) -> Agreement:
    """Agreement of reviewers with themselves: each repeat against the showing that it repeats (`repeat_of`).

    A unit is such a pair; both must have a decision. Arguments as of `agreement`, and Fleiss's κ of a pair is
    Scott's π. Pairs of one candidate are left out together.
    """
    check_level(level)
    pairs = repeats(reviews)
    items, no_reason = _items(pairs, reasons, threshold, at_least=at_least)
    why = "no repeat has a verdict, together with the showing that it repeats"
    return Agreement(tuple(index for item in items for index in _indices(item, level, why)), no_reason)


def repeats(reviews: pd.DataFrame) -> pd.DataFrame:
    """Showings and their repeats, both with a decision: two rows a pair, with `unit`, `cluster` and `rater`."""
    known = reviews[reviews["decision"].isin(DECIDED)]
    again = known[known["repeat_of"].notna()]
    before = known.set_index("assignment", drop=False)
    again = again[again["repeat_of"].isin(before.index)]
    first = before.loc[again["repeat_of"].tolist()]
    parts = []
    for rows, rater in ((first, "first"), (again, "again")):
        unit = again["assignment"].to_numpy()
        parts.append(
            rows.reset_index(drop=True).assign(unit=unit, cluster=rows["candidate"].to_numpy(), rater=rater)
        )
    return pd.concat(parts, ignore_index=True)


def without_pair(reviews: pd.DataFrame) -> int:
    """Repeats with a decision that `repeats` leaves out: what they repeat has none, or is not there."""
    decided_again = int((reviews["decision"].isin(DECIDED) & reviews["repeat_of"].notna()).sum())
    return decided_again - len(repeats(reviews)) // 2


def _items(
    rated: pd.DataFrame, reasons: Sequence[str], threshold: float, *, at_least: bool
) -> tuple[list[_Item], int]:
    accepted = rated["decision"] == Decision.ACCEPT
    reason = rated["reason"].where(~accepted, Decision.ACCEPT.value)
    known = {Decision.ACCEPT.value, *reasons}
    own = sorted({one for one in reason.tolist() if isinstance(one, str)} - known)
    progress = rated["progress"]
    scale = sorted(set(progress.dropna().tolist()))
    passes = above(progress, threshold, at_least=at_least).where(progress.notna(), None)
    items = [
        _item("decision", rated, rated["decision"], DECIDED),
        _item("reason", rated, reason, (Decision.ACCEPT.value, *reasons, *own)),
        _item(f"progress {in_words(threshold, at_least=at_least)}", rated, passes, (False, True)),
        _item("progress", rated, progress, scale, values=np.array(scale, dtype=np.float64)),
    ]
    return items, int(reason.isna().sum())


def _item(
    name: str, rated: pd.DataFrame, said: pd.Series, categories: Sequence[Hashable], values: Array | None = None
) -> _Item:
    column_of = {category: column for column, category in enumerate(categories)}
    known = said.notna()
    ratings = rated.loc[known, ["unit", "cluster", "rater"]].copy()
    ratings["category"] = [column_of[one] for one in said[known].tolist()]
    return _Item(name, ratings, np.arange(len(categories), dtype=np.float64) if values is None else values)


def _indices(item: _Item, level: float, no_overlap: str) -> Iterator[Index]:
    counts, clusters = item.counts()
    n = _overlapping(counts, clusters)
    wanted: dict[str, Callable[[], Estimate]]
    if item.name == "progress":
        wanted = {
            f"Krippendorff's α, {metric}": partial(_alpha_estimate, counts, clusters, item.values, metric, level)
            for metric in (Metric.ORDINAL, Metric.INTERVAL)
        }
    else:
        wanted = {
            "percent": partial(_estimate_of_sums, counts, clusters, Sums.percent, level),
            "Fleiss's κ": partial(_estimate_of_sums, counts, clusters, fleiss_of, level),
            "Krippendorff's α, nominal": partial(
                _alpha_estimate, counts, clusters, item.values, Metric.NOMINAL, level
            ),
            "Gwet's AC1": partial(_estimate_of_sums, counts, clusters, ac1_of, level),
        }
    for name, compute in wanted.items():
        estimate = compute() if n else not_available(no_overlap, level=level, unit=UNIT)
        yield Index(item.name, name, (), n, len(item.ratings), estimate)


def _pairs(item: _Item, level: float) -> Iterator[Index]:
    """Cohen's κ of each pair of reviewers who rated the same candidate, and n/a for those who did not."""
    wide = item.ratings.pivot(index="unit", columns="rater", values="category")
    for first, second in combinations(sorted(wide.columns.tolist()), 2):
        both = wide[[first, second]].dropna().to_numpy(dtype=np.intp)
        if len(both):
            estimate = _cohen_estimate(both, len(item.values), level)
        else:
            reason = "the two have no candidate in common: nothing overlaps"
            estimate = not_available(reason, level=level, unit=UNIT)
        yield Index(item.name, "Cohen's κ", (first, second), len(both), 2 * len(both), estimate)


_ONE_CATEGORY = "only one category was used: agreement by chance alone would be perfect"
_HANGS_ON_ONE = "without one of the candidates there is no such index"


def _without_each(parts: Array, clusters: NDArray[np.intp]) -> Array:
    """Sums over units without each cluster: (clusters, …)."""
    own = np.zeros((int(clusters.max()) + 1, *parts.shape[1:]))
    np.add.at(own, clusters, parts)
    return np.asarray(parts.sum(axis=0) - own)


def _overlapping(counts: Array, clusters: NDArray[np.intp]) -> int:
    return len(set(clusters[counts.sum(axis=1) > 1].tolist()))


def _estimate_of_sums(
    counts: Array, clusters: NDArray[np.intp], index: Callable[[Sums], Array], level: float
) -> Estimate:
    parts = parts_of(counts)
    total = total_of(parts)
    without = Sums(*(_without_each(part, clusters) for part in arrays_of(parts)))
    # All indices are (p − e)/(1 − e): from no agreement to full agreement they move by 1/(1 − e).
    slope = float(
        index(replace(total, agreeing=total.compared)) - index(replace(total, agreeing=0 * total.compared))
    )
    n = _overlapping(counts, clusters)
    steps = _steps(float(total.percent()), n, slope, level)
    bounds = (0.0 if index is Sums.percent else -1.0, 1.0)
    return _interval(float(index(total)), index(without), n, level, steps, bounds)


def _alpha_estimate(
    counts: Array, clusters: NDArray[np.intp], values: Array, metric: Metric, level: float
) -> Estimate:
    total = coincidences(counts)
    alike = [clusters == number for number in sorted(set(clusters[counts.sum(axis=1) > 1].tolist()))]
    without = [alpha_of(total - coincidences(counts[units]), values, metric) for units in alike]
    steps: list[Step] = []
    if metric is Metric.NOMINAL:
        margins, n = total.sum(axis=1), total.sum()
        apart = n * n - float(margins @ margins)
        slope = float(n * (n - 1) / apart) if apart > ROUNDING else math.nan
        steps = _steps(percent_agreement(counts), len(without), slope, level)
    # α has no lower bound of −1, with several ratings a unit.
    bounds = (-math.inf, 1.0)
    return _interval(alpha_of(total, values, metric), np.array(without), len(without), level, steps, bounds)


def _cohen_estimate(both: NDArray[np.intp], categories: int, level: float) -> Estimate:
    n = len(both)
    own = np.zeros((n, categories, categories))
    own[np.arange(n), both[:, 0], both[:, 1]] = 1.0
    table = own.sum(axis=0)
    chance = float((table.sum(axis=0) * table.sum(axis=1)).sum()) / n**2
    slope = 1 / (1 - chance) if chance < 1 - ROUNDING else math.nan
    steps = _steps(float(np.trace(table)) / n, n, slope, level)
    return _interval(float(cohen_of(table)), cohen_of(table - own), n, level, steps, (-1.0, 1.0))


def _steps(observed: float, n: int, slope: float, level: float) -> list[Step]:
    """What an index moves by when an agreement of 0 or 1 moves to its exact bound, chance agreement held."""
    if ROUNDING < observed < 1 - ROUNDING or not math.isfinite(slope):
        return []
    step = slope * exact_bound(n, (1 - level) / 2)
    return [(step, 0.0)] if observed > 0.5 else [(0.0, step)]


def _interval(
    point: float, replicates: Array, n: int, level: float, steps: list[Step], bounds: tuple[float, float]
) -> Estimate:
    """`n` counts the candidates with two ratings: those with one move nothing but chance agreement."""
    if not math.isfinite(point):
        return not_available(_ONE_CATEGORY, level=level, n=n, unit=UNIT)
    if n < 2:
        return Estimate(point, None, None, level, "n/a", n, UNIT, f"fewer than two {UNIT} have no spread")
    why = _HANGS_ON_ONE
    found = interval_of(point, replicates, level, unit=UNIT, bounds=bounds, steps=steps, why_not=why, df=n - 1)
    return replace(found, n=n)

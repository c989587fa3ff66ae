"""How much hangs on who reviewed: each reviewer left out, and reviewers resampled with instances.

The intervals of the report are about these reviewers. Leaving each one out shows what hangs on one of them.
Drawing reviewers anew as well (the pigeonhole bootstrap, Owen 2007) is over-wide with as few as a study has: with
four, a nominal 95 % interval covers 99 %.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mergecheck.stats.analysis import analyse
from mergecheck.stats.bootstrap import Bootstrap, Named, intervals
from mergecheck.stats.cells import GOLDEN_COLUMN, Cells, cells
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.intervals import Array, check_level
from mergecheck.stats.jackknife import sample
from mergecheck.stats.quantities import Quantities, parts_of, quantities
from mergecheck.stats.resampling import RESAMPLES, check_resamples, counted, draws, refuse_few_instances
from mergecheck.stats.scope import first_showings, score
from mergecheck.stats.table import estimate_table

OVER_WIDE = Named(
    "instances",
    "bootstrap by instance × reviewer (over-wide: with four reviewers it covers .99 where .95 is meant)",
    "issues and reviewers like these",
    one_way=False,
)


@dataclass(frozen=True, slots=True)
class WithoutReviewer:
    """The main results without one reviewer's verdicts, of which there are `verdicts` (first showings)."""

    reviewer: str
    verdicts: int
    level_gap: Estimate
    difference: Estimate
    golden: Estimate


@dataclass(frozen=True, slots=True)
class LeftOutReviewers:
    """The main results with everybody, and without each reviewer in turn."""

    level_gap: Estimate
    difference: Estimate
    golden: Estimate
    reviewers: tuple[WithoutReviewer, ...]

    def frame(self) -> pd.DataFrame:
        """A row a result: `without` (empty with everybody), `quantity, verdicts` (left out) and the estimate."""
        everybody = WithoutReviewer("", 0, self.level_gap, self.difference, self.golden)
        lines = (
            ({"without": one.reviewer, "quantity": quantity, "verdicts": one.verdicts}, estimate)
            for one in (everybody, *self.reviewers)
            for quantity, estimate in (
                ("level gap", one.level_gap),
                ("slope difference", one.difference),
                ("G", one.golden),
            )
        )
        return estimate_table(("without", "quantity", "verdicts"), lines, whole=("verdicts",))


def leave_one_reviewer_out(attempts: pd.DataFrame, reviews: pd.DataFrame, level: float = 0.95) -> LeftOutReviewers:
    """Level gap, slope difference and G without each reviewer, intervals by the instance jackknife.

    What only that reviewer saw is then unreviewed: it stays in the pass rates and leaves the conditional rates.

    Args:
        attempts: the attempts frame.
        reviews: the reviews frame.
        level: confidence level.

    Raises:
        StatsError: a frame is not right, or the level is out of range.
    """
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    first = first_showings(reviews)
    said = first[first["decision"].notna()]
    whole = analyse(attempts, reviews, level)
    found = []
    for reviewer, verdicts in sorted(said["reviewer"].value_counts().items(), key=lambda item: str(item[0])):
        rest = analyse(attempts, reviews[reviews["reviewer"] != reviewer], level)
        results = rest.level_gap.estimate, rest.trend.difference, rest.golden.rate
        found.append(WithoutReviewer(str(reviewer), int(verdicts), *results))
    return LeftOutReviewers(whole.level_gap.estimate, whole.trend.difference, whole.golden.rate, tuple(found))


@dataclass(frozen=True, slots=True)
class ByReviewer:
    """Σ w and Σ w·d of each reviewer's part of each attempt: (reviewers, instances, submissions + 1)."""

    weight: Array
    accepted: Array


def by_reviewer(matrices: tuple[Cells, ...]) -> ByReviewer:
    """Each reviewer's part, from the cells of each reviewer's verdicts alone; reviewers of an attempt share it."""
    reviewed = np.stack([one.reviewed for one in matrices])
    share = reviewed / np.maximum(reviewed.sum(axis=0), 1)
    weight = share * np.stack([one.weight for one in matrices])
    return ByReviewer(weight, weight * np.stack([one.d for one in matrices]))


def bootstrap_reviewers(
    attempts: pd.DataFrame,
    reviews: pd.DataFrame,
    level: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Bootstrap:
    """Instances and reviewers drawn with replacement, each apart: a verdict counts n_instance · n_reviewer times.

    Owen (2007). Over-wide, and so labelled: an option, never a default.

    Args:
        attempts: the attempts frame.
        reviews: the reviews frame.
        level: confidence level.
        resamples: how many.
        seed: of the draws.

    Raises:
        Refused: there are fewer than 80 instances.
        StatsError: a frame is not right, or the level or the number of resamples out of range.
    """
    check_level(level)
    check_resamples(resamples)
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    drawn = cells(score(attempts, reviews))
    # Where the baseline is post-stratified, its weights are held: a reviewer alone need not have judged every
    # stratum.
    factors, whole = drawn.factors(), sample(drawn.weighted(drawn.factors()))
    refuse_few_instances(len(whole.cells.instances), "a bootstrap by instance × reviewer")
    judged = reviews[reviews["decision"].notna()]
    names = sorted(set(judged["reviewer"]))
    apart = tuple(cells(score(attempts, judged[judged["reviewer"] == name])).weighted(factors) for name in names)
    table = quantities(whole)
    replicates = two_way(whole.cells, table, by_reviewer(apart or (whole.cells,)), resamples, seed)
    return intervals(whole, table, replicates, level, OVER_WIDE)


def two_way(matrices: Cells, table: Quantities, parts: ByReviewer, resamples: int, seed: int) -> Array:
    """The table of each resample of instances × reviewers, (rows, resamples)."""
    n, people = len(matrices.instances), len(parts.weight)
    k = len(matrices.submissions)
    graded = parts_of(matrices)[:, : 2 * k]
    judged = [_in_order(weight, accepted) for weight, accepted in zip(parts.weight, parts.accepted, strict=True)]
    plain = replace(table, of=np.arange(4 * k + 2))
    first, second = (int(one) for one in np.random.SeedSequence(seed).generate_state(2))
    drawn = np.concatenate([counted(block, people) for block in draws(people, resamples, second)])
    found = np.empty((len(table.rows), resamples))
    start = 0
    for block in draws(n, resamples, first):
        counts = counted(block, n)
        stop = start + len(counts)
        said = sum(drawn[start:stop, [who]] * (counts @ mine) for who, mine in enumerate(judged))
        found[:, start:stop] = plain.table_of_sums(np.concatenate([counts @ graded, said], axis=1).T)
        start = stop
    return found


def _in_order(weight: Array, accepted: Array) -> Array:
    """Σw and Σw·d as they stand in `quantities.parts_of`, after scope and passed."""
    agents = [part[:, :-1] for part in (weight, accepted)]
    return np.concatenate([*agents, *(part[:, [GOLDEN_COLUMN]] for part in (weight, accepted))], axis=1)

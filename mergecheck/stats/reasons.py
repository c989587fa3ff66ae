"""What became of each submission's attempts, with intervals: shares that add up to 100 %.

The same shares as `outcomes`, attempt by attempt, so that each has its interval.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mergecheck.records import Decision
from mergecheck.stats.cells import order_of
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.intervals import Array, check_level
from mergecheck.stats.outcomes import outcomes
from mergecheck.stats.rates import jackknifed_share, plain_share
from mergecheck.stats.scope import said_of_candidates
from mergecheck.stats.table import estimate_table

ACCEPTED, FAILED, SKIPPED = "accepted", "failed", "skipped"
NOT_REVIEWED, NOT_DRAWN = "not_reviewed", "not_drawn"
REFUSED = "refused: "


@dataclass(frozen=True, slots=True)
class SubmissionReasons:
    """A submission's outcomes and their shares of its `n` attempts in scope, in the order of `outcomes`."""

    submission: str
    n: int
    shares: tuple[tuple[str, Estimate], ...]


@dataclass(frozen=True, slots=True)
class ReasonShares:
    """All submissions by release date, golden last. Each one's shares add up to 1."""

    submissions: tuple[SubmissionReasons, ...]

    def frame(self) -> pd.DataFrame:
        """A row an outcome: `submission, outcome` and the estimate."""
        lines = (
            ({"submission": one.submission, "outcome": outcome}, share)
            for one in self.submissions
            for outcome, share in one.shares
        )
        return estimate_table(("submission", "outcome"), lines)


def reason_shares(scored: pd.DataFrame, reviews: pd.DataFrame, level: float = 0.95) -> ReasonShares:
    """Shares of the attempts in scope by outcome: failed, accepted, refused for each core reason, and open.

    Where several reviewers judged an attempt, each has an equal part of it. Interval of each share by itself:
    Wilson, or Clopper–Pearson near 0 and 1; at the jackknife's effective size where an attempt is of several.

    Args:
        scored: attempts as `scope.score` gives them.
        reviews: the checked reviews that they were scored with.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    said = {candidate: what.shares for candidate, what in said_of_candidates(reviews).items()}
    golden = scored.loc[scored["is_golden"], "submission"].unique().tolist()
    names = [*(who.name for who in order_of(scored)), *golden]
    found = []
    for one in outcomes(scored, reviews, names):
        mine = scored[scored["in_scope"] & (scored["submission"] == one.submission)]
        parts = [_parts(row, said) for row in mine.to_dict("records")]
        shares = tuple(
            (outcome, _share(np.array([part.get(outcome, 0.0) for part in parts]), level))
            for outcome in one.shares()
        )
        found.append(SubmissionReasons(one.submission, one.n, shares))
    return ReasonShares(tuple(found))


def _parts(row: Mapping[Hashable, object], said: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    """Outcome → its part of one attempt, adding up to 1."""
    if not row["passed"]:
        return {FAILED: 1.0}
    if row["counted"]:
        shares = said[str(row["candidate"])]
        return {(ACCEPTED if one == Decision.ACCEPT else REFUSED + one): part for one, part in shares.items()}
    if not row["drawn"]:
        return {NOT_DRAWN: 1.0}
    return {SKIPPED if row["skips"] else NOT_REVIEWED: 1.0}


def _share(values: Array, level: float) -> Estimate:
    n = len(values)
    if np.all((values == 0) | (values == 1)):
        return plain_share(int(values.sum()), n, level)
    left = (values.sum() - values) / (n - 1) if n > 1 else np.zeros(n)
    return jackknifed_share(float(values.mean()), left, level)

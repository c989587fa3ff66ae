"""What the results would be without candidates that may have given their author away."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mergecheck.stats.analysis import Analysis, analyse
from mergecheck.stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class WithAndWithout:
    """A submission's relative merge rate M/G, over all reviews and over those that are left."""

    submission: str
    whole: Estimate
    left: Estimate


@dataclass(frozen=True, slots=True)
class WithoutLeaks:
    """The sensitivity to leaks: how many candidates and reviews were left out, and what that changes."""

    candidates: int
    reviews: int
    level_gap: WithAndWithout
    golden: WithAndWithout
    relative_merge_rates: tuple[WithAndWithout, ...]


def without_leaks(
    analysis: Analysis, attempts: pd.DataFrame, reviews: pd.DataFrame, left_out: pd.Series
) -> WithoutLeaks:
    """The main results with and without some reviews.

    An attempt whose reviews are all left out is one that nobody has reviewed: it stays in pass rates and in no
    conditional rate. A repeat of a showing that is left out goes with it.

    Args:
        analysis: of all of the reviews.
        attempts: the attempts frame.
        reviews: the reviews frame.
        left_out: a flag for each row of it.
    """
    gone = left_out.to_numpy(dtype=bool)
    names = set(reviews.loc[gone, "assignment"])
    gone = gone | reviews["repeat_of"].isin(names).to_numpy(dtype=bool)
    decided = reviews["decision"].notna().to_numpy(dtype=bool)
    rest = analyse(attempts, reviews.loc[~gone], analysis.level)
    rates = {rate.submission: rate.relative_merge_rate for rate in rest.rates}
    return WithoutLeaks(
        candidates=int(reviews.loc[left_out.to_numpy(dtype=bool), "candidate"].nunique()),
        reviews=int((gone & decided).sum()),
        level_gap=WithAndWithout("level gap", analysis.level_gap.estimate, rest.level_gap.estimate),
        golden=WithAndWithout(analysis.golden.submission or "golden", analysis.golden.rate, rest.golden.rate),
        relative_merge_rates=tuple(
            WithAndWithout(rate.submission, rate.relative_merge_rate, rates[rate.submission])
            for rate in analysis.rates
        ),
    )

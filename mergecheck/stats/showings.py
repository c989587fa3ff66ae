"""Reviews as agreement, blinding, order and effort see them: a row a candidate and reviewer.

Rates are over attempts; these four are over candidates and reviewers, so that a change which several submissions
made is looked at once. A reviewer's earliest first showing of a candidate is the one that counts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergecheck.records import Decision
from mergecheck.stats.scope import first_showings

DECIDED = (Decision.ACCEPT.value, Decision.REQUEST_CHANGES.value)
_IN_TIME = ["round", "wave", "position", "assignment"]


def in_time(reviews: pd.DataFrame) -> pd.DataFrame:
    """The reviews by reviewer and then as they were shown: round, wave, position; rows numbered from 0."""
    return reviews.sort_values(["reviewer", *_IN_TIME], ignore_index=True)


def earliest(reviews: pd.DataFrame, wanted: pd.Series) -> pd.DataFrame:
    """A row a candidate × reviewer: the earliest first showing where `wanted` (a flag a row) is true.

    Sorted by candidate and reviewer, so that the order of rows changes nothing.
    """
    shown = in_time(first_showings(reviews[wanted]))
    kept = shown.drop_duplicates(["candidate", "reviewer"])
    return kept.sort_values(["candidate", "reviewer"], ignore_index=True)


def decided(reviews: pd.DataFrame) -> pd.DataFrame:
    """`earliest` of accept or request changes (skips decide nothing). Adds `accepted`, 0 or 1."""
    shown = earliest(reviews, reviews["decision"].isin(DECIDED))
    return shown.assign(accepted=(shown["decision"] == Decision.ACCEPT).to_numpy(dtype=np.float64))


def golden_and_agents(attempts: pd.DataFrame) -> tuple[frozenset[str], frozenset[str]]:
    """The candidates that golden made, and those that an agent made; a candidate may be both.

    An agent's attempt that is marked as the same as golden counts as both, whatever its candidate is called.
    """
    made = attempts[attempts["candidate"].notna()]
    by_agent = made[~made["is_golden"]]
    same = by_agent.loc[by_agent["same_as_golden"], "candidate"]
    golden = {*made.loc[made["is_golden"], "candidate"], *same}
    # Golden's own candidate is then an agent's as well.
    twins = made["is_golden"] & made["instance"].isin(by_agent.loc[by_agent["same_as_golden"], "instance"])
    return frozenset(golden), frozenset({*by_agent["candidate"], *made.loc[twins, "candidate"]})

"""The progress variant: a change counts as accepted where the reviewer saw it far enough along."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergecheck.errors import StatsError
from mergecheck.records import Decision
from mergecheck.stats.showings import DECIDED

THRESHOLD = 80.0
AT_LEAST = False
"""METR's text says above 80 %; the legend of its figure says at least."""


def above(progress: pd.Series, threshold: float = THRESHOLD, *, at_least: bool = AT_LEAST) -> pd.Series:
    """Whether progress (0 to 100) is above the threshold; false where it is missing.

    Raises:
        StatsError: the threshold is not from 0 to 100.
    """
    if not 0 <= threshold <= 100:
        raise StatsError(f"{threshold} is no progress", where="threshold", fix="give per cent, from 0 to 100")
    return progress >= threshold if at_least else progress > threshold


def in_words(threshold: float = THRESHOLD, *, at_least: bool = AT_LEAST) -> str:
    """The threshold, to stand after "progress"."""
    return f"{'at least' if at_least else 'above'} {threshold:g} %"


def by_progress(reviews: pd.DataFrame, threshold: float = THRESHOLD, *, at_least: bool = AT_LEAST) -> pd.DataFrame:
    """The reviews with progress above the threshold as the decision, for all that is computed from decisions.

    Applied to all reviews alike, it stands on both sides of a relative rate. Skips remain; a verdict without
    progress decides nothing and is left open. Reasons remain where changes were requested and still are.

    Args:
        reviews: a checked reviews frame.
        threshold: per cent, from 0 to 100.
        at_least: whether the threshold itself is enough.

    Raises:
        StatsError: the threshold is out of range.
    """
    enough = above(reviews["progress"], threshold, at_least=at_least).to_numpy(dtype=bool)
    said = reviews["decision"].isin(DECIDED).to_numpy(dtype=bool)
    known = reviews["progress"].notna().to_numpy(dtype=bool)
    decision = reviews["decision"].to_numpy(dtype=object).copy()
    decision[said] = np.where(enough, Decision.ACCEPT.value, Decision.REQUEST_CHANGES.value)[said]
    decision[said & ~known] = None
    refused = decision == Decision.REQUEST_CHANGES.value
    reason = [one if still else None for one, still in zip(reviews["reason"].tolist(), refused, strict=True)]
    columns = {"decision": decision, "reason": reason}
    return reviews.assign(
        **{name: pd.Series(values, index=reviews.index, dtype="object") for name, values in columns.items()}
    )

"""The two frames as a plan wants them: some left out, several reviewers as one, all of golden in the sample."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from mergecheck.errors import StatsError
from mergecheck.records import Decision, Disposition, Grade, Recognised
from mergecheck.stats.frames import cluster
from mergecheck.stats.scope import first_showings
from mergecheck.stats.showings import DECIDED

EXCLUSIONS = ("recognised", "same_as_golden", "grader_errors")
SEVERAL = ("mean", "majority", "any")


def without(
    attempts: pd.DataFrame, reviews: pd.DataFrame, exclude: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both frames without what is excluded.

    `recognised`: all reviews of a reviewer on an instance of which that reviewer knew a change, golden or not
    (dropping recognised candidates alone would drop mainly golden). `same_as_golden`: agents' attempts that equal
    the golden patch, out of every denominator. `grader_errors`: those on which the grader failed, likewise.

    Args:
        attempts: a checked attempts frame.
        reviews: a checked reviews frame.
        exclude: of the three.

    Raises:
        StatsError: it names another.
    """
    unknown = sorted(set(exclude) - set(EXCLUSIONS))
    if unknown:
        raise StatsError(
            f"{unknown[0]!r} is no exclusion", where="exclude", fix=f"there are {', '.join(EXCLUSIONS)}"
        )
    gone = np.zeros(len(attempts), dtype=bool)
    if "same_as_golden" in exclude:
        gone |= (attempts["same_as_golden"] & ~attempts["is_golden"]).to_numpy(dtype=bool)
    if "grader_errors" in exclude:
        # Golden counts whatever the grader says of it: the baseline is the reviewers'.
        gone |= ((attempts["grade"] == Grade.ERROR) & ~attempts["is_golden"]).to_numpy(dtype=bool)
    if gone.any():
        disposition = attempts["disposition"].to_numpy(dtype=object).copy()
        disposition[gone] = Disposition.DROPPED.value
        attempts = attempts.assign(disposition=pd.Series(disposition, index=attempts.index, dtype="object"))
    if "recognised" in exclude:
        pairs = list(zip(reviews["reviewer"], cluster(reviews), strict=True))
        known = reviews["recognised"] == Recognised.YES
        recognised = {pair for pair, yes in zip(pairs, known, strict=True) if yes}
        # An empty list would choose no columns instead of no rows.
        reviews = reviews[np.array([pair not in recognised for pair in pairs], dtype=bool)]
    return attempts, reviews


def in_one_voice(reviews: pd.DataFrame, several: str) -> pd.DataFrame:
    """The reviews with each candidate's decisions at first showings replaced by what its reviewers say together.

    `mean` leaves them as they are: d is then the share that accepts. `majority`: accepted where more than half
    of the reviewers accept; `any`: where one does. A reviewer with several first showings counts by the mean.

    Args:
        reviews: a checked reviews frame.
        several: `mean`, `majority` or `any`.

    Raises:
        StatsError: another word.
    """
    if several not in SEVERAL:
        raise StatsError(f"{several!r} is no choice", where="several", fix=f"there are {', '.join(SEVERAL)}")
    if several == "mean" or not len(reviews):
        return reviews
    said = reviews["decision"].isin(DECIDED)
    first = first_showings(reviews[said])
    accepts = (first["decision"] == Decision.ACCEPT).astype("float64")
    each = accepts.groupby([first["candidate"], first["reviewer"]]).mean()
    share = each.groupby(level=0).mean()
    together = share > 0.5 if several == "majority" else share > 0
    accepted = reviews["candidate"].map(together.to_dict()) == True  # noqa: E712 - None where nobody decided
    counted = (said & reviews["repeat_of"].isna()).to_numpy(dtype=bool)
    decision = reviews["decision"].to_numpy(dtype=object).copy()
    words = np.where(accepted.to_numpy(dtype=bool), Decision.ACCEPT.value, Decision.REQUEST_CHANGES.value)
    decision[counted] = words[counted]
    refused = decision == Decision.REQUEST_CHANGES.value
    reason = [one if still else None for one, still in zip(reviews["reason"].tolist(), refused, strict=True)]
    columns = {"decision": decision, "reason": reason}
    return reviews.assign(
        **{name: pd.Series(values, index=reviews.index, dtype="object") for name, values in columns.items()}
    )


def all_golden(attempts: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """The attempts with every golden patch that has a verdict in the sample, each with weight 1.

    A golden patch outside the sample has one where an agent made the same change, or an earlier round drew it.
    """
    first = first_showings(reviews)
    judged = set(first.loc[first["decision"].isin(DECIDED), "candidate"])
    golden = attempts["is_golden"].to_numpy(dtype=bool)
    seen = golden & attempts["candidate"].isin(judged).to_numpy(dtype=bool)
    sampled = attempts["sampled"].to_numpy(dtype=bool) | seen
    probability = attempts["inclusion_probability"].to_numpy(dtype=np.float64).copy()
    probability[golden & sampled] = 1.0
    return attempts.assign(sampled=sampled, inclusion_probability=probability)

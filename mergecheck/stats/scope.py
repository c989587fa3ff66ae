"""Which attempts count, and what the reviewers said of each.

An attempt is **in scope** where it can be reviewed (`reviewable`) or failed the grader (`unresolved`, `empty`,
`error`: a = 0, whatever became of it, except `dropped` and `not_run`). `ungraded` attempts are out of every
denominator, and so are attempts that passed and could not be made into a change; each is counted by its reason.
Of golden the sampled attempts are in scope, whatever their grade: the golden baseline is about the sample only.
"""

from __future__ import annotations

from enum import StrEnum

import pandas as pd

from mergecheck.records import Decision, Disposition, Grade

FAILED = (Grade.UNRESOLVED.value, Grade.EMPTY.value, Grade.ERROR.value)
NO_REASON = "no_reason_given"
"""Outcome of a change that was refused by a reviewer who gave no core reason."""


class Out(StrEnum):
    """Why an attempt is out of scope."""

    NOT_RUN = "not_run"
    DROPPED = "dropped"
    UNGRADED = "ungraded"
    UNAPPLIABLE = "passed_but_unappliable"
    EMPTY_AFTER_POLICY = "passed_but_empty_after_policy"
    NOT_MADE = "passed_but_not_made_yet"
    NOT_IN_SAMPLE = "golden_not_in_sample"


OUT_IN_WORDS = {
    Out.NOT_RUN: "was not run",
    Out.DROPPED: "was dropped",
    Out.UNGRADED: "is ungraded",
    Out.UNAPPLIABLE: "passed the grader but does not apply",
    Out.EMPTY_AFTER_POLICY: "passed the grader but is empty under the study's policies",
    Out.NOT_MADE: "passed the grader but was not made into a change yet",
    Out.NOT_IN_SAMPLE: "is golden and not in the sample",
}
"""Each reason for being out of scope, to stand after a number of attempts."""


def score(attempts: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Checked attempts with what follows from them and from checked reviews, a row an attempt.

    Added columns: `out` (an `Out`, None in scope), `in_scope`, `passed` (a, in scope only), `drawn` (sampled,
    passed and in scope), `assigned`, `verdicts` and `skips` (first showings of its candidate), `d` (mean over
    reviewers of accept, NaN where nobody decided), `counted` (drawn, with a d), `weight` (1 / inclusion
    probability where counted, else 0).
    """
    # One order of rows, so that sums cannot differ in a last digit.
    scored = attempts.sort_values(["submission", "instance"], ignore_index=True)
    scored["out"] = _why_out(scored)
    scored["in_scope"] = scored["out"].isna()
    scored["passed"] = scored["in_scope"] & (~scored["grade"].isin(FAILED) | scored["is_golden"])
    scored["drawn"] = scored["passed"] & scored["sampled"]
    said = said_of_candidates(reviews)
    for column, missing in (("assigned", 0.0), ("verdicts", 0.0), ("skips", 0.0), ("d", float("nan"))):
        scored[column] = scored["candidate"].map(said[column]).astype("float64").fillna(missing)
    scored["counted"] = scored["drawn"] & scored["d"].notna()
    scored["weight"] = (1 / scored["inclusion_probability"].where(scored["counted"])).fillna(0.0)
    return scored


def _why_out(attempts: pd.DataFrame) -> pd.Series:
    disposition, grade, golden = attempts["disposition"], attempts["grade"], attempts["is_golden"]
    why = pd.Series([None] * len(attempts), index=attempts.index, dtype="object")
    # What stands later in this list overrides what stands before it.
    passed = ~grade.isin(FAILED) | golden
    why[passed & disposition.isna()] = Out.NOT_MADE.value
    why[passed & (disposition == Disposition.EMPTY_AFTER_POLICY)] = Out.EMPTY_AFTER_POLICY.value
    why[passed & (disposition == Disposition.UNAPPLIABLE)] = Out.UNAPPLIABLE.value
    why[(grade == Grade.UNGRADED) & ~golden] = Out.UNGRADED.value
    why[golden & ~attempts["sampled"]] = Out.NOT_IN_SAMPLE.value
    why[disposition == Disposition.DROPPED] = Out.DROPPED.value
    why[disposition == Disposition.NOT_RUN] = Out.NOT_RUN.value
    return why


def first_showings(reviews: pd.DataFrame) -> pd.DataFrame:
    """The reviews that count in rates: repeats are for agreement with oneself only."""
    return reviews[reviews["repeat_of"].isna()]


def decided(reviews: pd.DataFrame) -> pd.DataFrame:
    """First showings that ended in accept or request changes: a skip is no refusal."""
    first = first_showings(reviews)
    return first[first["decision"].isin([Decision.ACCEPT.value, Decision.REQUEST_CHANGES.value])]


def said_of_candidates(reviews: pd.DataFrame) -> pd.DataFrame:
    """A row a candidate: first showings `assigned`, with `verdicts` (any), `skips`, and `d`.

    d is the mean over reviewers (a reviewer drawn at random) of the mean of that reviewer's decisions.
    """
    first = first_showings(reviews)
    marks = pd.DataFrame(
        {
            "candidate": first["candidate"],
            "assigned": 1.0,
            "verdicts": first["decision"].notna().astype("float64"),
            "skips": (first["decision"] == Decision.SKIP).astype("float64"),
        }
    )
    said = marks.groupby("candidate")[["assigned", "verdicts", "skips"]].sum()
    shares = outcome_shares(reviews)
    accepted = shares[shares["outcome"] == Decision.ACCEPT.value].set_index("candidate")["share"]
    judged = shares.drop_duplicates("candidate").set_index("candidate")["share"] * 0.0
    said["d"] = accepted.reindex(judged.index).fillna(0.0).reindex(said.index).astype("float64")
    return said


def outcome_shares(reviews: pd.DataFrame) -> pd.DataFrame:
    """`candidate, outcome, share`: a row a candidate and outcome (`accept` or a core reason).

    A share is the mean over reviewers.     The shares of a candidate add up to 1; candidates that nobody
    decided about are not in it.
    """
    verdicts = decided(reviews)
    accepted = verdicts["decision"] == Decision.ACCEPT
    outcome = (
        verdicts["reason"].where(verdicts["reason"].notna(), NO_REASON).where(~accepted, Decision.ACCEPT.value)
    )
    said = pd.DataFrame(
        {"candidate": verdicts["candidate"], "reviewer": verdicts["reviewer"], "outcome": outcome}
    ).reset_index(drop=True)
    # Whole numbers first and in sorted order, so that the order of rows cannot change a last digit.
    counts = said.groupby(["candidate", "reviewer", "outcome"]).size().rename("times").reset_index()
    counts["of"] = counts.groupby(["candidate", "reviewer"])["times"].transform("sum")
    counts["reviewers"] = counts.groupby("candidate")["reviewer"].transform("nunique")
    counts["share"] = counts["times"] / counts["of"] / counts["reviewers"]
    return counts.groupby(["candidate", "outcome"])["share"].sum().reset_index()

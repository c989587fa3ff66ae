"""Which attempts count, and what the reviewers said of each.

An attempt is **in scope** where it can be reviewed (`reviewable`) or failed the grader (`unresolved`, `empty`,
`error`: a = 0, whatever became of it, except `dropped` and `not_run`). `ungraded` attempts are out of every
denominator, and so are attempts that passed and could not be made into a change; each is counted by its reason.
Of golden the sampled attempts are in scope, whatever their grade: the golden baseline is about the sample only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
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
    Out.NOT_RUN: "not run",
    Out.DROPPED: "dropped",
    Out.UNGRADED: "ungraded",
    Out.UNAPPLIABLE: "passed the grader, and do not apply",
    Out.EMPTY_AFTER_POLICY: "passed the grader, and are empty under the study's policies",
    Out.NOT_MADE: "passed the grader, and are not made into changes yet",
    Out.NOT_IN_SAMPLE: "golden and not in the sample",
}
"""Each reason for being out of scope, to stand after a number of attempts and a colon."""


def score(attempts: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Checked attempts with what follows from them and from checked reviews, a row an attempt.

    Added columns: `out` (an `Out`, None in scope), `in_scope`, `passed` (a, in scope only), `drawn` (sampled,
    passed and in scope), `assigned`, `verdicts` and `skips` (first showings of its candidate), `d` (mean over
    reviewers of accept, NaN where nobody decided), `counted` (drawn, with a d), `weight` (1 / inclusion
    probability where counted, else 0).
    """
    return with_verdicts(graded(attempts), reviews)


def graded(attempts: pd.DataFrame) -> pd.DataFrame:
    """Of `score`, what follows from the attempts alone."""
    # One order of rows, so that sums cannot differ in a last digit.
    scored = attempts.sort_values(["submission", "instance"], ignore_index=True)
    scored["out"] = _why_out(scored)
    scored["in_scope"] = scored["out"].isna()
    scored["passed"] = scored["in_scope"] & (~scored["grade"].isin(FAILED) | scored["is_golden"])
    scored["drawn"] = scored["passed"] & scored["sampled"]
    return scored


def with_verdicts(attempts: pd.DataFrame, reviews: pd.DataFrame) -> pd.DataFrame:
    """Of `score`, the rest: what follows from checked reviews for attempts as `graded` gives them."""
    scored = attempts.copy()
    said = said_of_candidates(reviews)
    of = [said.get(candidate, _NOTHING) for candidate in scored["candidate"]]
    scored["assigned"] = [what.assigned for what in of]
    scored["verdicts"] = [what.verdicts for what in of]
    scored["skips"] = [what.skips for what in of]
    scored["d"] = np.array([what.d for what in of], dtype=np.float64)
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


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a candidate at its first showings.

    `assigned`, `verdicts` and `skips` count showings; `shares` gives each outcome (`accept` or a core reason)
    its share, adding up to 1, and is empty where nobody decided: a skip is no refusal. A share is the mean over
    reviewers (a reviewer drawn at random) of the mean over that reviewer's verdicts.
    """

    assigned: int
    verdicts: int
    skips: int
    shares: Mapping[str, float]

    @property
    def d(self) -> float:
        """The share of accept; NaN where nobody decided."""
        return self.shares.get(Decision.ACCEPT.value, 0.0) if self.shares else math.nan


_NOTHING = Said(0, 0, 0, {})


def said_of_candidates(reviews: pd.DataFrame) -> dict[str, Said]:
    """Candidate → what was said of it, from checked reviews."""
    first = first_showings(reviews)
    columns = (first[name].tolist() for name in ("candidate", "reviewer", "decision", "reason"))
    showings: dict[str, list[tuple[str, str]]] = {}
    for candidate, reviewer, decision, reason in zip(*columns, strict=True):
        outcome = (reason or NO_REASON) if decision == Decision.REQUEST_CHANGES else decision or ""
        showings.setdefault(candidate, []).append((reviewer, outcome))
    return {candidate: _said(shown) for candidate, shown in showings.items()}


def _said(shown: list[tuple[str, str]]) -> Said:
    skips = sum(outcome == Decision.SKIP for _, outcome in shown)
    by_reviewer: dict[str, Counter[str]] = {}
    # Sorted, so that the order of rows cannot change a sum's last digit.
    for reviewer, outcome in sorted(shown):
        if outcome and outcome != Decision.SKIP:
            by_reviewer.setdefault(reviewer, Counter())[outcome] += 1
    shares: dict[str, float] = {}
    for counts in by_reviewer.values():
        for outcome, times in counts.items():
            part = times / counts.total() / len(by_reviewer)
            shares[outcome] = shares.get(outcome, 0.0) + part
    if set(shares) == {Decision.ACCEPT.value}:
        # Three thirds add up to a little less than 1, and d = 1 must be told from d < 1.
        shares = {Decision.ACCEPT.value: 1.0}
    verdicts = sum(bool(outcome) for _, outcome in shown)
    return Said(len(shown), verdicts, skips, shares)

"""What became of each submission's attempts in scope: shares that add up to 1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from mergecheck.records import Decision
from mergecheck.stats.scope import NO_REASON, outcome_shares

KNOWN_REASONS = ("core_functionality", "breaks_other_code", "code_quality", "other")
"""The order in which core reasons stand; others follow by name, a missing one last."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Shares of the attempts in scope (fractions of 1, adding up to 1) of one submission.

    `reasons` has every core reason that anybody gave in the study, in the same order for all. Where several
    reviewers judged an attempt, each has an equal part of it. `not_drawn` attempts passed and were not sampled for
    review; `not_reviewed` ones were, and have no verdict yet.
    """

    submission: str
    n: int
    failed: float
    accepted: float
    reasons: tuple[tuple[str, float], ...]
    skipped: float
    not_reviewed: float
    not_drawn: float

    def shares(self) -> dict[str, float]:
        """Outcome → share, in the order in which they are shown."""
        return {
            "failed": self.failed,
            "accepted": self.accepted,
            **{f"refused: {reason}": share for reason, share in self.reasons},
            "skipped": self.skipped,
            "not_reviewed": self.not_reviewed,
            "not_drawn": self.not_drawn,
        }


def outcomes(scored: pd.DataFrame, reviews: pd.DataFrame, names: Iterable[str]) -> tuple[Outcomes, ...]:
    """The outcomes of these submissions, golden included where named; submissions without scope have none."""
    shares = outcome_shares(reviews).pivot(index="candidate", columns="outcome", values="share").fillna(0.0)
    reasons = _ordered(name for name in shares.columns if name != Decision.ACCEPT.value)
    found = []
    for name in names:
        mine = scored[(scored["submission"] == name) & scored["in_scope"]]
        if len(mine):
            found.append(_of(name, mine, shares, reasons))
    return tuple(found)


def _of(name: str, mine: pd.DataFrame, shares: pd.DataFrame, reasons: list[str]) -> Outcomes:
    n = len(mine)
    counted = mine[mine["counted"]]
    said = shares.reindex(counted["candidate"])
    waiting = mine["drawn"] & ~mine["counted"]
    return Outcomes(
        submission=name,
        n=n,
        failed=float((~mine["passed"]).sum()) / n,
        accepted=float(counted["d"].sum()) / n,
        reasons=tuple((reason, float(said[reason].sum()) / n) for reason in reasons),
        skipped=float((waiting & (mine["skips"] > 0)).sum()) / n,
        not_reviewed=float((waiting & ~(mine["skips"] > 0)).sum()) / n,
        not_drawn=float((mine["passed"] & ~mine["drawn"]).sum()) / n,
    )


def _ordered(reasons: Iterable[str]) -> list[str]:
    rank = {reason: place for place, reason in enumerate(KNOWN_REASONS)}
    return sorted(reasons, key=lambda reason: (reason == NO_REASON, rank.get(reason, len(rank)), reason))

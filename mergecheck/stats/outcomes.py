"""What became of each submission's attempts in scope: shares that add up to 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from mergecheck.records import Decision
from mergecheck.stats.scope import NO_REASON, said_of_candidates

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
    said = {candidate: what.shares for candidate, what in said_of_candidates(reviews).items()}
    reasons = _ordered({reason for shares in said.values() for reason in shares} - {Decision.ACCEPT.value})
    in_scope = scored[scored["in_scope"]]
    mine = {str(name): rows for name, rows in in_scope.groupby("submission")}
    return tuple(_of(name, mine[name], said, reasons) for name in names if name in mine)


def _of(name: str, mine: pd.DataFrame, said: Mapping[str, Mapping[str, float]], reasons: list[str]) -> Outcomes:
    n = len(mine)
    passed, drawn, counted = (mine[column].to_numpy(dtype=bool) for column in ("passed", "drawn", "counted"))
    skipped = mine["skips"].to_numpy() > 0
    shares = [said[candidate] for candidate in mine["candidate"].to_numpy()[counted]]
    return Outcomes(
        submission=name,
        n=n,
        failed=int((~passed).sum()) / n,
        accepted=float(mine["d"].to_numpy()[counted].sum()) / n,
        reasons=tuple((reason, sum(share.get(reason, 0.0) for share in shares) / n) for reason in reasons),
        skipped=int((drawn & ~counted & skipped).sum()) / n,
        not_reviewed=int((drawn & ~counted & ~skipped).sum()) / n,
        not_drawn=int((passed & ~drawn).sum()) / n,
    )


def _ordered(reasons: Iterable[str]) -> list[str]:
    rank = {reason: place for place, reason in enumerate(KNOWN_REASONS)}
    return sorted(reasons, key=lambda reason: (reason == NO_REASON, rank.get(reason, len(rank)), reason))

"""How far each submission's attempts have come, what was left out on the way, and what is not reviewed yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from mergecheck.records import Decision, Disposition, Grade
from mergecheck.stats.scope import first_showings


@dataclass(frozen=True, slots=True)
class Flow:
    """Attempts of one submission at each step, each a part of the one before.

    `attempts` → `graded` (run, and the grader said something; golden always) → `in_scope` → `passing` the grader →
    with a `candidate` → `drawn` for review → `assigned` to somebody → `reviewed` (any verdict, skips included) →
    `counted` in rates (accept or request changes). `out` counts the attempts out of scope by reason (`scope.Out`),
    `errors` those in scope that failed by an error of the grader's infrastructure, `skips` the skipped first
    showings among `showings` with a verdict.
    """

    submission: str
    attempts: int
    graded: int
    out: tuple[tuple[str, int], ...]
    in_scope: int
    errors: int
    passing: int
    candidates: int
    drawn: int
    assigned: int
    reviewed: int
    counted: int
    skips: int
    showings: int

    @property
    def open(self) -> int:
        """Drawn attempts without any verdict yet."""
        return self.drawn - self.reviewed


@dataclass(frozen=True, slots=True)
class Work:
    """One reviewer's assignments, repeats included: how many in all, with a verdict, and skipped."""

    reviewer: str
    assigned: int
    done: int
    skipped: int


def flow(scored: pd.DataFrame, names: Iterable[str]) -> tuple[Flow, ...]:
    """The flow of these submissions (golden included where named), from scored attempts."""
    mine = {str(name): rows for name, rows in scored.groupby("submission")}
    return tuple(_of(name, mine[name]) for name in names)


def _of(name: str, mine: pd.DataFrame) -> Flow:
    out = Counter(reason for reason in mine["out"] if reason is not None)
    in_scope, passed = mine["in_scope"].to_numpy(dtype=bool), mine["passed"].to_numpy(dtype=bool)
    run = (mine["disposition"] != Disposition.NOT_RUN).to_numpy(dtype=bool)
    graded = run & ((mine["grade"] != Grade.UNGRADED) | mine["is_golden"]).to_numpy(dtype=bool)
    made = passed & mine["candidate"].notna().to_numpy()
    drawn = made & mine["drawn"].to_numpy(dtype=bool)
    assigned = drawn & (mine["assigned"].to_numpy() > 0)
    reviewed = assigned & (mine["verdicts"].to_numpy() > 0)
    return Flow(
        submission=name,
        attempts=len(mine),
        graded=int(graded.sum()),
        out=tuple(sorted(out.items())),
        in_scope=int(in_scope.sum()),
        # Of golden it is the sample that counts, whatever its grade.
        errors=int((in_scope & ~passed & (mine["grade"] == Grade.ERROR).to_numpy()).sum()),
        passing=int(passed.sum()),
        candidates=int(made.sum()),
        drawn=int(drawn.sum()),
        assigned=int(assigned.sum()),
        reviewed=int(reviewed.sum()),
        counted=int((reviewed & mine["counted"].to_numpy(dtype=bool)).sum()),
        skips=int(mine["skips"].to_numpy()[reviewed].sum()),
        showings=int(mine["verdicts"].to_numpy()[reviewed].sum()),
    )


def work(reviews: pd.DataFrame) -> tuple[Work, ...]:
    """What each reviewer has done, by name."""
    found = []
    for reviewer, mine in reviews.groupby("reviewer"):
        done = mine["decision"].notna()
        skipped = mine["decision"] == Decision.SKIP
        found.append(Work(str(reviewer), len(mine), int(done.sum()), int(skipped.sum())))
    return tuple(found)


def open_first_showings(reviews: pd.DataFrame) -> int:
    """First showings without a verdict."""
    return int(first_showings(reviews)["decision"].isna().sum())

"""What reviewing costs, next to writing: active minutes, baseline minutes, and their ratio.

Over candidate × reviewer, first showings with a decision. Active minutes are measured at the desk; baseline
minutes are the reviewer's own estimate of writing the change oneself, given with the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mergecheck.records import Decision
from mergecheck.stats.estimate import POPULATION, Estimate, not_available
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array, check_level
from mergecheck.stats.replicates import interval_of
from mergecheck.stats.showings import decided
from mergecheck.stats.table import estimate_table

ASSUMPTION = f"{POPULATION}; baseline minutes are the reviewers' own estimates"
_ONE_INSTANCE = "only one instance has such minutes: without it there are none"


@dataclass(frozen=True, slots=True)
class GroupEffort:
    """Minutes of one group of showings.

    `active`, `baseline`: mean minutes over the showings that have them. `ratio`: total active by total baseline
    minutes, over the showings with both. `showings` have a decision; `timed`, `judged` and `paired` of these have
    active minutes, baseline minutes, and both.
    """

    group: str
    showings: int
    timed: int
    judged: int
    paired: int
    active: Estimate
    baseline: Estimate
    ratio: Estimate


@dataclass(frozen=True, slots=True)
class Effort:
    """Minutes of all decided showings, of those accepted and refused, and by submission and reviewer.

    A change that several submissions made is in each one's group, and once in all. `hours` is the active time of
    every showing with a verdict, skips and repeats included.
    """

    groups: tuple[GroupEffort, ...]
    by_submission: tuple[GroupEffort, ...]
    by_reviewer: tuple[GroupEffort, ...]
    hours: float

    def frame(self) -> pd.DataFrame:
        """A row a quantity: `by` (all, submission, reviewer), `group, quantity, showings` and the estimate."""
        parts = {"all": self.groups, "submission": self.by_submission, "reviewer": self.by_reviewer}
        lines = (
            ({"by": by, "group": one.group, "quantity": quantity, "showings": showings}, estimate)
            for by, groups in parts.items()
            for one in groups
            for quantity, showings, estimate in (
                ("active minutes", one.timed, one.active),
                ("baseline minutes", one.judged, one.baseline),
                ("active / baseline", one.paired, one.ratio),
            )
        )
        return estimate_table(("by", "group", "quantity", "showings"), lines, whole=("showings",))


def effort(attempts: pd.DataFrame, reviews: pd.DataFrame, level: float = 0.95) -> Effort:
    """Mean active and baseline minutes and the ratio of their totals, clustered by instance.

    Means: jackknife over instances, t(n − 1), not below 0. Ratio Σ active / Σ baseline: the same on the logarithm,
    both left out together (paired delta on the log ratio).

    Args:
        attempts: a checked attempts frame; says whose candidates are.
        reviews: a checked reviews frame.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    shown = decided(reviews)
    made = attempts[attempts["candidate"].notna()]
    accepted = shown["decision"] == Decision.ACCEPT
    groups = (("all", shown), ("accepted", shown[accepted]), ("refused", shown[~accepted]))
    with_verdict = reviews.loc[reviews["decision"].notna(), "active_minutes"]
    return Effort(
        groups=tuple(_of(name, rows, level) for name, rows in groups),
        by_submission=tuple(
            _of(str(name), shown[shown["candidate"].isin(mine)], level)
            for name, mine in made.groupby("submission")["candidate"]
        ),
        by_reviewer=tuple(_of(str(name), rows, level) for name, rows in shown.groupby("reviewer")),
        hours=float(with_verdict.sum()) / 60,
    )


def _of(name: str, rows: pd.DataFrame, level: float) -> GroupEffort:
    active, baseline = rows["active_minutes"].notna(), rows["baseline_minutes"].notna()
    both = rows[active & baseline]
    return GroupEffort(
        group=name,
        showings=len(rows),
        timed=int(active.sum()),
        judged=int(baseline.sum()),
        paired=len(both),
        active=_mean(rows[active], "active_minutes", level),
        baseline=_mean(rows[baseline], "baseline_minutes", level),
        ratio=_ratio(both, level),
    )


def _mean(rows: pd.DataFrame, column: str, level: float) -> Estimate:
    if not len(rows):
        return not_available(f"no decided showing has {_in_words(column)}", level=level)
    totals, counts = (_sums(rows, values) for values in (rows[column].to_numpy(), np.ones(len(rows))))
    point = float(totals.sum() / counts.sum())
    left = np.array(list(_each_without(totals, counts)))
    return interval_of(point, left, level, bounds=(0.0, math.inf), why_not=_ONE_INSTANCE, assumption=ASSUMPTION)


def _ratio(rows: pd.DataFrame, level: float) -> Estimate:
    if not len(rows):
        return not_available("no decided showing has both active and baseline minutes", level=level)
    active = _sums(rows, rows["active_minutes"].to_numpy())
    baseline = _sums(rows, rows["baseline_minutes"].to_numpy())
    n = len(active)
    if not baseline.sum() > 0:
        return not_available("the baseline is 0 minutes throughout", level=level, n=n)
    if not active.sum() > 0:
        reason = "active time is 0 minutes throughout: no ratio's logarithm"
        return Estimate(0.0, None, None, level, "n/a", n, reason=reason, assumption=ASSUMPTION)
    left = np.array(list(_each_without(active, baseline)))
    reason = "without one of the instances a side is 0 minutes"
    point = float(active.sum() / baseline.sum())
    return interval_of(point, left, level, log=True, why_not=reason, assumption=ASSUMPTION)


def _sums(rows: pd.DataFrame, values: Array) -> Array:
    """Sums by instance, in the instances' order."""
    instances, of = np.unique(cluster(rows).to_numpy(dtype=str), return_inverse=True)
    return np.asarray(np.bincount(of, weights=values, minlength=len(instances)), dtype=np.float64)


def _each_without(part: Array, whole: Array) -> Iterator[float]:
    """Σ part / Σ whole without each instance, summed afresh: what was taken from a sum leaves rounding behind."""
    for instance in range(len(part)):
        below = float(np.delete(whole, instance).sum())
        yield float(np.delete(part, instance).sum()) / below if below > 0 else math.nan


def _in_words(column: str) -> str:
    return column.replace("_", " ")

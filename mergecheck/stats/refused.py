"""Good changes that the grader refused: how often, and what merge rates would be with them.

r is the share of reviewed *unresolved* attempts that reviewers accept. Such reviews never enter M; the corrected
rate is M + (1 − A)·r, with one r for all submissions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from mergecheck.errors import StatsError
from mergecheck.records import Grade
from mergecheck.stats.estimate import POPULATION, Estimate, not_available
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array, check_level, clopper_pearson, effective_size
from mergecheck.stats.jackknife import Point, Sample
from mergecheck.stats.rates import plain_share
from mergecheck.stats.smooth import smooth_estimate, step_to, why_missing
from mergecheck.stats.table import estimate_table

Unit = Literal["issue", "attempt"]
NOTHING = "no unresolved attempt has a verdict"
ASSUMPTION = f"{POPULATION}; one share r of good changes among refused ones for all submissions"


@dataclass(frozen=True, slots=True)
class FalseNegatives:
    """The share r, of `unit`s.

    `attempts` unresolved ones have a verdict, of `candidates` different changes at `issues` issues. `size` is the
    effective number n of units, `accepted` r·n: r's uncertainty is Beta(accepted + ½, size − accepted + ½).
    """

    unit: Unit
    attempts: int
    candidates: int
    issues: int
    accepted: float
    size: float
    share: Estimate

    def limits(self, level: float) -> tuple[float, float]:
        """r's equal-tailed limits from its Beta distribution, 0 and 1 where none or all were accepted."""
        tail, a, b = (1 - level) / 2, self.accepted + 0.5, self.size - self.accepted + 0.5
        low = 0.0 if self.accepted == 0 else float(special.betaincinv(a, b, tail))
        high = 1.0 if self.accepted == self.size else float(special.betaincinv(a, b, 1 - tail))
        return low, high


@dataclass(frozen=True, slots=True)
class CorrectedRate:
    """A submission's M + (1 − A)·r, and the same relative to golden."""

    submission: str
    merge_rate: Estimate
    relative: Estimate


@dataclass(frozen=True, slots=True)
class Corrected:
    """The share r and every submission's corrected rates."""

    false_negatives: FalseNegatives
    rates: tuple[CorrectedRate, ...]

    def frame(self) -> pd.DataFrame:
        """A row a quantity: r first, then `submission, quantity` and the estimate."""
        lines: list[tuple[dict[str, object], Estimate]] = [
            ({"submission": "", "quantity": f"r, by {self.false_negatives.unit}"}, self.false_negatives.share)
        ]
        for rate in self.rates:
            lines.append(({"submission": rate.submission, "quantity": "M + (1 − A)·r"}, rate.merge_rate))
            lines.append(({"submission": rate.submission, "quantity": "(M + (1 − A)·r)/G"}, rate.relative))
        return estimate_table(("submission", "quantity"), lines)


def false_negatives(scored: pd.DataFrame, level: float = 0.95, unit: Unit = "issue") -> FalseNegatives:
    """r = Σ w·d/Σ w over reviewed unresolved attempts of agents, w = 1 / inclusion probability.

    With `unit = "issue"`, as METR (1 of 27), an issue counts with the most accepted of its attempts and their
    mean w. Attempts that made the same change were judged once: n is Kish's effective number of changes.
    Interval: Wilson or Clopper–Pearson; Clopper–Pearson at the effective n where weights differ or d is
    fractional.

    Raises:
        StatsError: the level is out of range, or the unit is another.
    """
    check_level(level)
    if unit not in ("issue", "attempt"):
        raise StatsError(f"{unit!r} is no unit", where="unit", fix='give "issue" or "attempt"')
    judged = scored["in_scope"] & ~scored["is_golden"] & scored["sampled"] & scored["d"].notna()
    mine = scored[judged & (scored["grade"] == Grade.UNRESOLVED)]
    mine = mine.assign(w=1 / mine["inclusion_probability"])
    by_issue = unit == "issue"
    grouped = mine.groupby(cluster(mine).rename("of") if by_issue else mine["candidate"].rename("of"))
    d = np.asarray(grouped["d"].max(), dtype=np.float64)
    weight = np.asarray(grouped["w"].mean() if by_issue else grouped["w"].sum(), dtype=np.float64)
    share, size = _share(d, weight, unit, level)
    return FalseNegatives(
        unit=unit,
        attempts=len(mine),
        candidates=int(mine["candidate"].nunique()),
        issues=int(cluster(mine).nunique()),
        accepted=(share.estimate or 0.0) * size,
        size=size,
        share=share,
    )


def _share(d: Array, weight: Array, unit: Unit, level: float) -> tuple[Estimate, float]:
    if not len(d):
        return not_available(NOTHING, level=level, unit=f"{unit}s"), 0.0
    if np.all(weight == weight[0]) and np.all((d == 0) | (d == 1)):
        return plain_share(int(d.sum()), len(d), level, unit=f"{unit}s"), float(len(d))
    size, share = effective_size(weight), min(1.0, float(weight @ d / weight.sum()))
    low, high = clopper_pearson(share * size, size, level)
    method = "Clopper–Pearson at the effective size"
    return Estimate(share, min(low, share), max(high, share), level, method, len(d), f"{unit}s"), size


def corrected(whole: Sample, found: FalseNegatives, level: float = 0.95) -> Corrected:
    """M + (1 − A)·r of every submission, and that relative to golden.

    r's limits come from Beta(k + ½, n − k + ½), never from a bootstrap, which would draw r = 0 in 36 % of cases
    at 1 of 27. They are combined with the instance jackknife of the rest, r held, by square-and-add (MOVER; Zou &
    Donner 2008), on the logarithm for the relative rate.

    Args:
        whole: the sample that the rates are from.
        found: r.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    rates = []
    for column, who in enumerate(whole.cells.submissions):
        merge = _corrected(whole, column, found, level, golden=False)
        rates.append(CorrectedRate(who.name, merge, _corrected(whole, column, found, level, golden=True)))
    return Corrected(found, tuple(rates))


def _corrected(whole: Sample, column: int, found: FalseNegatives, level: float, *, golden: bool) -> Estimate:
    share = found.share.estimate
    if share is None:
        return not_available(found.share.reason, level=level)
    missing = why_missing(whole, column, golden=golden)
    if missing:
        return not_available(missing, level=level)

    def rate(at: Point, r: float) -> Array:
        a, c = at.a[..., column], at.c[..., column]
        merged = a * c + (1 - a) * r
        return np.asarray(
            np.divide(merged, at.g, out=np.full(np.shape(merged), np.nan), where=at.g > 0) if golden else merged
        )

    here = float(rate(whole.point, share))
    if here == 0 and golden:
        reason = "nothing was merged and no refused change was accepted: no ratio's logarithm"
        return Estimate(0.0, None, None, level, "n/a", 0, reason=reason, assumption=ASSUMPTION)
    step = step_to(here, [float(rate(whole.point, r)) for r in found.limits(level)], log=golden)
    return smooth_estimate(
        whole,
        column,
        lambda at: rate(at, share),
        level,
        golden=golden,
        log=golden,
        bounds=(0.0, np.inf if golden else 1.0),
        steps=[step],
        assumption=ASSUMPTION,
    )

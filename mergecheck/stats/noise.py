"""Reviewers who change their mind: the flip rate ε from repeats, and relative rates without it.

If each verdict is the reviewer's settled one with probability 1 − ε and its opposite with ε, a settled rate C is
seen as C + ε·(1 − 2C), so that M/G is drawn towards the pass rate: noise does not cancel. (M − εA)/(G − ε) undoes
it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mergecheck.records import Decision
from mergecheck.stats.agreement import repeats
from mergecheck.stats.estimate import POPULATION, Estimate, not_available
from mergecheck.stats.intervals import Array, check_level, clopper_pearson
from mergecheck.stats.jackknife import Point, Sample
from mergecheck.stats.replicates import Step
from mergecheck.stats.smooth import smooth_estimate, why_missing
from mergecheck.stats.table import estimate_table

UNIT = "repeats"
ASSUMPTION = f"{POPULATION}; both verdicts of a repeat flip independently and alike, whatever the change"


@dataclass(frozen=True, slots=True)
class Flips:
    """`differing` of `pairs` repeats have another decision than before, `differ` is their share δ.

    `rate`: ε, how often one verdict is not the settled one.
    """

    pairs: int
    differing: int
    differ: Estimate
    rate: Estimate


@dataclass(frozen=True, slots=True)
class Denoised:
    """ε and every submission's (M − εA)/(G − ε)."""

    flips: Flips
    rates: tuple[tuple[str, Estimate], ...]

    def frame(self) -> pd.DataFrame:
        """A row a quantity: δ and ε first, then `submission, quantity` and the estimate."""
        lines: list[tuple[dict[str, object], Estimate]] = [
            ({"submission": "", "quantity": "repeats that differ"}, self.flips.differ),
            ({"submission": "", "quantity": "flip rate ε"}, self.flips.rate),
        ]
        lines += [({"submission": name, "quantity": "(M − εA)/(G − ε)"}, rate) for name, rate in self.rates]
        return estimate_table(("submission", "quantity"), lines)


def flip_rate(reviews: pd.DataFrame, level: float = 0.95) -> Flips:
    """ε = (1 − √(1 − 2δ))/2, δ the share of repeats that differ from the showing that they repeat.

    Two verdicts differ where one of them alone is flipped: δ = 2ε(1 − ε). (δ itself is about twice ε.) Interval:
    Clopper–Pearson of δ at the number of changes repeated, its limits transformed. Not available where half or
    more differ.

    Args:
        reviews: a checked reviews frame.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    both = repeats(reviews)
    accepted = (both["decision"] == Decision.ACCEPT).astype("float64")
    apart = accepted.groupby(both["unit"]).agg(lambda pair: abs(pair.iloc[0] - pair.iloc[1]))
    pairs, differing, n = len(apart), int(apart.sum()), int(both["cluster"].nunique())
    if not pairs:
        missing = not_available("no repeat has a verdict", level=level, unit=UNIT)
        return Flips(0, 0, missing, missing)
    delta = differing / pairs
    low, high = clopper_pearson(delta * n, n, level)
    method = "Clopper–Pearson" if n == pairs else "Clopper–Pearson at the number of changes"
    share = Estimate(delta, min(low, delta), max(high, delta), level, method, pairs, UNIT, "", ASSUMPTION)
    if delta >= 0.5:
        reason = f"{differing} of {pairs} repeats differ, half or more: no flip rate below one half explains it"
        return Flips(pairs, differing, share, not_available(reason, level=level, n=pairs, unit=UNIT))
    epsilon, least, most = (_one_flip(one) for one in (delta, min(low, delta), max(high, delta)))
    rate = Estimate(epsilon, least, most, level, f"{method}, transformed", pairs, UNIT, "", ASSUMPTION)
    return Flips(pairs, differing, share, rate)


def _one_flip(delta: float) -> float:
    return (1 - math.sqrt(max(0.0, 1 - 2 * delta))) / 2


def denoised(whole: Sample, flips: Flips, level: float = 0.95) -> Denoised:
    """(M − εA)/(G − ε) of every submission.

    Interval on the logarithm: instance jackknife with ε held, and ε's own limits added by square-and-add (MOVER).
    Where C or G is no higher than ε's upper limit, the lower of the two may be all noise: the interval begins at
    0, or has no upper limit where that is G. Not available where C or G is no higher than ε itself.

    Args:
        whole: the sample that the rates are from.
        flips: ε.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    names = [who.name for who in whole.cells.submissions]
    return Denoised(flips, tuple((name, _rate(whole, column, flips, level)) for column, name in enumerate(names)))


def _rate(whole: Sample, column: int, flips: Flips, level: float) -> Estimate:
    epsilon, low, high = flips.rate.estimate, flips.rate.low, flips.rate.high
    missing = why_missing(whole, column, golden=True)
    if epsilon is None or low is None or high is None or missing:
        return not_available(missing or flips.rate.reason, level=level)

    def rate(at: Point, flip: float) -> Array:
        part, base = at.a[..., column] * (at.c[..., column] - flip), at.g - flip
        fine = (part > 0) & (base > 0)
        return np.asarray(np.divide(part, base, out=np.full(np.shape(part), np.nan), where=fine))

    here = float(rate(whole.point, epsilon))
    if not math.isfinite(here):
        which = "the golden baseline" if not whole.point.g > epsilon else f"the share of {_name(whole, column)}"
        reason = f"{which} is no higher than the flip rate of {epsilon:.2f}: all acceptance may be noise"
        return not_available(reason, level=level)
    if any(edge.of == "c" and edge.column == column and edge.at == 0 for edge in whole.edges):
        return not_available("none was accepted: there is no noise to take out", level=level)
    fall, rise = _step(whole, column, (low, high), here)
    found = smooth_estimate(
        whole,
        column,
        lambda at: rate(at, epsilon),
        level,
        golden=True,
        log=True,
        bounds=(0.0, math.inf),
        steps=[(fall, rise if math.isfinite(rise) else 0.0)],
        why_not="without one of the instances all acceptance may be noise",
        assumption=ASSUMPTION,
    )
    if found.low is None or max(fall, rise) < math.inf:
        return found
    reason = f"a flip rate of {high:.2f} is not excluded, and would explain all acceptance"
    if math.isfinite(rise):
        return replace(found, reason=f"{reason}: the interval begins at 0")
    return replace(found, high=None, reason=f"{reason} of golden patches: no upper limit")


def _step(whole: Sample, column: int, limits: tuple[float, float], here: float) -> Step:
    """What ε's limits move the logarithm of the rate by; without end where acceptance may all be noise."""
    passed, accepted, golden = (
        float(one) for one in (whole.point.a[column], whole.point.c[column], whole.point.g)
    )
    moves = []
    for flip in limits:
        if flip < min(accepted, golden):
            moves.append(math.log(passed * (accepted - flip) / (golden - flip) / here))
        else:
            # On the way to that limit the lower of the two comes to 0 first.
            moves.append(math.inf if accepted > golden else -math.inf if accepted < golden else 0.0)
    return -min(0.0, *moves), max(0.0, *moves)


def _name(whole: Sample, column: int) -> str:
    return whole.cells.submissions[column].name

"""Other golden baselines beside G: matched to what a submission passes, and every repository by itself.

G is one number over the golden sample. A submission passes easier instances than the sample's, so C/G sets it
against golden patches of other instances; C/G_m sets it against those of the instances that it passes. Where a
study has several repositories G is post-stratified to their mix (`rates.golden_baseline`), small ones pooled; here
none is pooled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.stats.cells import GOLDEN_COLUMN
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array, check_level, effective_size, exact_bound, mover_ratio_bound
from mergecheck.stats.jackknife import Sample
from mergecheck.stats.rates import jackknifed_share, plain_share
from mergecheck.stats.replicates import Step, interval_of
from mergecheck.stats.table import estimate_table

FEWEST = 15
"""Golden patches that a matched baseline needs."""

_ONE = "one golden patch alone carries a side: without it there is none"


@dataclass(frozen=True, slots=True)
class Matched:
    """G_m of one submission, from `golden` patches with a verdict at instances that it passes, and C/G_m."""

    submission: str
    golden: int
    baseline: Estimate
    relative: Estimate


@dataclass(frozen=True, slots=True)
class MatchedBaselines:
    """Every submission's matched baseline."""

    submissions: tuple[Matched, ...]

    def frame(self) -> pd.DataFrame:
        """A row a quantity: `submission, quantity, golden` and the estimate."""
        lines = (
            ({"submission": one.submission, "quantity": quantity, "golden": one.golden}, estimate)
            for one in self.submissions
            for quantity, estimate in (("G_m", one.baseline), ("C/G_m", one.relative))
        )
        return estimate_table(("submission", "quantity", "golden"), lines, whole=("golden",))


@dataclass(frozen=True, slots=True)
class _Golden:
    """Golden at the instances that a submission passes: weights w, d, and which rows they are of all instances."""

    rows: NDArray[np.bool_]
    weight: Array
    d: Array

    def share(self) -> float:
        return _mean(self.weight[self.rows], self.d[self.rows])

    def replicates(self) -> Array:
        """The share without each instance of all, summed afresh where the instance is among the rows."""
        found = np.full(len(self.rows), self.share())
        for row in np.flatnonzero(self.rows):
            left = self.rows.copy()
            left[row] = False
            found[row] = _mean(self.weight[left], self.d[left])
        return found

    def step(self, error: float) -> float:
        """How far a share of 0 or 1 is from its exact bound; 0 for any other."""
        here = self.d[self.rows]
        if not (np.all(here == 0) or np.all(here == 1)):
            return 0.0
        return exact_bound(effective_size(self.weight[self.rows]), error)


def _mean(weight: Array, d: Array) -> float:
    if not len(d):
        return math.nan
    if np.all(d == d[0]):
        return float(d[0])
    return float(weight @ d / weight.sum())


@dataclass(frozen=True, slots=True)
class MatchedShares:
    """G_m of the submissions, (submissions,), without each instance, (instances, submissions), and of how many.

    `bounds`: each where it is 0 or 1 at its exact bound, elsewhere as it is. NaN without golden patches.
    """

    golden: NDArray[np.intp]
    point: Array
    replicates: Array
    bounds: Array


def matched_shares(whole: Sample, error: float) -> MatchedShares:
    """G_m of every submission for what is computed from several; `error` of the exact bounds is one-sided."""
    found = [_golden_at(whole, column) for column in range(len(whole.cells.submissions))]
    point = np.array([one.share() for one in found])
    steps = np.array([one.step(error) if one.rows.any() else 0.0 for one in found])
    instances = len(whole.cells.instances)
    return MatchedShares(
        golden=np.array([one.rows.sum() for one in found], dtype=np.intp),
        point=point,
        replicates=np.column_stack([one.replicates() for one in found]) if found else np.zeros((instances, 0)),
        bounds=np.where(point > 0.5, point - steps, point + steps),
    )


def _golden_at(whole: Sample, column: int) -> _Golden:
    cells = whole.cells
    rows = (cells.passed[:, column] > 0) & (cells.reviewed[:, GOLDEN_COLUMN] > 0)
    return _Golden(rows, cells.weight[:, GOLDEN_COLUMN], cells.d[:, GOLDEN_COLUMN])


def matched_baselines(whole: Sample, level: float = 0.95) -> MatchedBaselines:
    """G_m = Σ w·d/Σ w over golden patches at the instances that the submission passes, and C/G_m.

    w = 1 / inclusion probability of golden. Not available with fewer than 15 such patches. G_m: Wilson or
    Clopper–Pearson, at the jackknife's effective size where weights differ or d is fractional. C/G_m: paired delta
    on the log ratio by the instance jackknife; C = 0 gives an upper bound (MOVER).

    Args:
        whole: the sample that the rates are from.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    return MatchedBaselines(
        tuple(_matched(whole, column, level) for column in range(len(whole.cells.submissions)))
    )


def _matched(whole: Sample, column: int, level: float) -> Matched:
    golden = _golden_at(whole, column)
    n, name = int(golden.rows.sum()), whole.cells.submissions[column].name
    if n < FEWEST:
        few = not_available(f"{n} golden below {FEWEST}", level=level, n=n)
        return Matched(name, n, few, few)
    return Matched(name, n, _baseline(golden, level), _relative(whole, column, golden, level))


def _baseline(golden: _Golden, level: float) -> Estimate:
    weight, d = golden.weight[golden.rows], golden.d[golden.rows]
    if np.all(weight == weight[0]) and np.all((d == 0) | (d == 1)):
        return plain_share(int(d.sum()), len(d), level)
    share, step = golden.share(), golden.step((1 - level) / 2)
    steps: list[Step] = [(0.0, step) if share == 0 else (step, 0.0)] if step else []
    left = golden.replicates()[golden.rows]
    if not steps:
        return jackknifed_share(share, left, level, _ONE)
    return interval_of(share, left, level, bounds=(0.0, 1.0), steps=steps, why_not=_ONE)


def _relative(whole: Sample, column: int, golden: _Golden, level: float) -> Estimate:
    missing = whole.why_missing(column, reviewed=True)
    share, c = golden.share(), float(whole.point.c[column])
    reviewed = whole.cells.reviewed[:, column] > 0
    rows = reviewed | golden.rows
    n = int(rows.sum())
    if not missing and share == 0:
        missing = f"none of the {int(golden.rows.sum())} matched golden patches was accepted"
    if missing:
        return not_available(missing, level=level, n=n)
    if _alike(whole, column, golden):
        return Estimate(1.0, 1.0, 1.0, level, "the same verdicts on both sides", n)
    weight = whole.cells.weight[reviewed, column]
    if c == 0:
        return _bound(golden, exact_bound(effective_size(weight), 1 - level), level, n)
    replicates = (
        whole.replicates.c[rows, column] / np.where(golden.replicates() > 0, golden.replicates(), np.nan)[rows]
    )
    error = (1 - level) / 2
    steps: list[Step] = []
    if c == 1:
        steps.append((-math.log1p(-exact_bound(effective_size(weight), error)), 0.0))
    if share == 1:
        steps.append((0.0, -math.log1p(-golden.step(error))))
    return interval_of(c / share, replicates, level, log=True, steps=steps, why_not=_ONE)


def _bound(golden: _Golden, upper: float, level: float, n: int) -> Estimate:
    low = _baseline(golden, 2 * level - 1).low
    high = None if low is None else mover_ratio_bound(upper, golden.share(), low)
    if high is None:
        reason = "none was accepted, and the bound is unbounded"
        return Estimate(0.0, None, None, level, "n/a", n, reason=reason)
    method = "one-sided MOVER of the numerator's and golden's exact bounds"
    return Estimate(0.0, None, high, level, method, n, reason="none was accepted: an upper bound")


def _alike(whole: Sample, column: int, golden: _Golden) -> bool:
    cells = whole.cells
    same_rows = np.array_equal(cells.reviewed[:, column] > 0, golden.rows)
    mine = cells.d[golden.rows, column], cells.weight[golden.rows, column]
    varies = len(set(golden.d[golden.rows].tolist())) > 1
    equal = np.array_equal(mine[0], golden.d[golden.rows]) and np.array_equal(mine[1], golden.weight[golden.rows])
    return same_rows and varies and equal


@dataclass(frozen=True, slots=True)
class Stratum:
    """One repository: instances in scope, golden patches with a verdict, G there (None without any)."""

    repo: str
    instances: int
    golden: int
    share: float | None


@dataclass(frozen=True, slots=True)
class PostStratified:
    """G over the instances' mix of repositories, and what it is made of."""

    baseline: Estimate
    strata: tuple[Stratum, ...]

    def frame(self) -> pd.DataFrame:
        """One row, with the number of repositories as `repositories`."""
        return estimate_table(
            ("repositories",), [({"repositories": len(self.strata)}, self.baseline)], whole=("repositories",)
        )


def post_stratified_golden(scored: pd.DataFrame, level: float = 0.95) -> PostStratified:
    """G = Σ_h (N_h/N)·G_h over repositories h, G_h = Σ w·d/Σ w there (Cochran 1977, 5A.9).

    N_h counts the instances in scope of any agent's submission (of golden where there is none). Interval: at the
    jackknife's effective size over those N instances, the mix counted anew without each; a plain share's where
    there is one repository and golden's weights are equal. Not available where a repository has no golden verdict.

    Args:
        scored: attempts as `scope.score` gives them.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    in_scope = scored[scored["in_scope"]]
    agents = in_scope[~in_scope["is_golden"]]
    mix = agents if len(agents) else in_scope
    instances = mix.assign(of=cluster(mix)).drop_duplicates("of").sort_values("of")
    names, repos = instances["of"].tolist(), instances["repo"].to_numpy(dtype=str)
    judged = in_scope[in_scope["is_golden"] & in_scope["counted"]].set_index(cluster(in_scope).name)
    judged = judged[judged.index.isin(names)]
    weight = judged["weight"].reindex(names).fillna(0.0).to_numpy(dtype=np.float64)
    d = judged["d"].reindex(names).fillna(0.0).to_numpy(dtype=np.float64)
    labels = np.unique(repos)
    strata = tuple(_stratum(str(label), repos == label, weight, d) for label in labels)
    missing = [stratum.repo for stratum in strata if stratum.share is None]
    if not strata or len(missing) == len(strata):
        return PostStratified(not_available("no sampled golden patch has a verdict", level=level), strata)
    if missing:
        reason = f"no golden patch of {', '.join(missing)} has a verdict"
        return PostStratified(not_available(reason, level=level, n=len(names)), strata)
    point = _over_mix(repos, weight, d)
    counted = weight > 0
    if len(strata) == 1 and len(set(weight[counted])) == 1 and np.all((d == 0) | (d == 1)):
        return PostStratified(plain_share(int(d[counted].sum()), int(counted.sum()), level), strata)
    everything = np.arange(len(names))
    kept = [everything != row for row in everything]
    left = np.array([_over_mix(repos[one], weight[one], d[one]) for one in kept])
    if 0 < point < 1:
        why = "a repository has one golden verdict alone"
        return PostStratified(jackknifed_share(point, left, level, why), strata)
    # Nothing varies: the exact bound, at the size that the weights of the mix leave.
    shares = {stratum.repo: stratum.instances / len(names) for stratum in strata}
    totals = {stratum.repo: weight[repos == stratum.repo].sum() for stratum in strata}
    parts = np.array([shares[repo] * w / totals[repo] for repo, w in zip(repos, weight, strict=True) if w > 0])
    step = exact_bound(effective_size(parts), (1 - level) / 2)
    low, high = (0.0, step) if point == 0 else (1 - step, 1.0)
    method = "Clopper–Pearson at the effective size"
    return PostStratified(Estimate(point, low, high, level, method, len(names)), strata)


def _stratum(repo: str, here: NDArray[np.bool_], weight: Array, d: Array) -> Stratum:
    judged = here & (weight > 0)
    share = _mean(weight[judged], d[judged]) if judged.any() else None
    return Stratum(repo, int(here.sum()), int(judged.sum()), share)


def _over_mix(repos: NDArray[np.str_], weight: Array, d: Array) -> float:
    """NaN where a repository of these instances has no golden verdict."""
    total, alike = 0.0, set(d[weight > 0].tolist())
    for repo in np.unique(repos):
        here = (repos == repo) & (weight > 0)
        total += float((repos == repo).sum()) * _mean(weight[here], d[here])
    # Shares of a whole may add up to a rounding less.
    return float(next(iter(alike))) if len(alike) == 1 and math.isfinite(total) else total / max(1, len(repos))

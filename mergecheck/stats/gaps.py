"""Instance by instance: which tests let through what maintainers refuse, and why they refuse it.

An instance has few verdicts, so its own share of merges says little. It is shown as it is, with its exact
interval, and drawn towards the mean of all instances by how little it tells (empirical Bayes, see `shrinkage`):
tables are sorted by that.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mergecheck.records import Decision
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array, check_level, clopper_pearson, effective_size, student
from mergecheck.stats.rates import plain_share
from mergecheck.stats.scope import said_of_candidates
from mergecheck.stats.showings import decided
from mergecheck.stats.shrinkage import FEWEST, share_variance, shrink
from mergecheck.stats.table import estimate_table

SUBMISSIONS, CHANGES = "submissions", "changes"
SAMPLED = "submissions like these, these reviewers"
SHRUNKEN = (
    "instances' true shares are about normal around their mean, these reviewers; nominal 95 % of shrunken shares "
    "covered about 93 % in studies of METR's size with known rates"
)
_MANY = 10_000_000


@dataclass(frozen=True, slots=True)
class InstanceGap:
    """What happened at one instance; golden apart.

    `attempts` in scope, `passes` of them, `reviewed` passing ones with a verdict, of `candidates` different
    changes, with `verdicts` (a reviewer and a change). `pass_share`: of attempts in scope. `merge_share`: mean d
    of the reviewed attempts. `shrunken`: the same, drawn to the mean of all. `reasons`: each core reason's share
    of the reviewed attempts, most frequent first. `golden`: d of the golden patch, None without a verdict.
    """

    instance: str
    repo: str
    attempts: int
    passes: int
    reviewed: int
    candidates: int
    verdicts: int
    pass_share: Estimate
    merge_share: Estimate
    shrunken: Estimate
    reasons: tuple[tuple[str, float], ...]
    golden: float | None


@dataclass(frozen=True, slots=True)
class Gaps:
    """All instances in scope, the least merged of those that pass first.

    `mean` is what shares are drawn to, `spread` the standard deviation of the instances' true shares; None where
    nothing is drawn.
    """

    instances: tuple[InstanceGap, ...]
    mean: float | None
    spread: float | None

    def frame(self) -> pd.DataFrame:
        """A row an instance and quantity: counts, reasons and golden, and the estimate."""
        counts = ("attempts", "passes", "reviewed", "candidates", "verdicts")
        lines = (
            (
                {name: getattr(one, name) for name in ("instance", "repo", *counts)}
                | {"quantity": quantity, "golden": math.nan if one.golden is None else one.golden}
                | {"reasons": ", ".join(f"{reason} {share:.2f}" for reason, share in one.reasons)},
                estimate,
            )
            for one in self.instances
            for quantity, estimate in (
                ("pass share", one.pass_share),
                ("merge share among passing", one.merge_share),
                ("merge share among passing, shrunken", one.shrunken),
            )
        )
        about = ("instance", "repo", "quantity", *counts, "reasons", "golden")
        return estimate_table(about, lines, whole=counts).astype({"golden": "float64"})


def gaps(scored: pd.DataFrame, reviews: pd.DataFrame, level: float = 0.95) -> Gaps:
    """Pass share, merge share among passing, reasons, verdicts and the shrunken merge share of every instance.

    Shares of attempts: Wilson or Clopper–Pearson. Merge shares: Clopper–Pearson at the effective number of
    different changes n = (Σω)²/Σω², ω the attempts that made each: a change that several submissions made was
    judged once, and several reviewers of one change judge the same thing. Shrunken: Morris's empirical Bayes with
    V = (s² − A)/n, s² the variance of d over attempts (m(1 − m) where none is fractional), normal limits within 0
    and 1; not available with fewer than 4 instances reviewed, where all are alike, or where none has two changes.
    Nominal 95 % covers about .93 at METR's size (docs/coverage.md).

    Args:
        scored: attempts as `scope.score` gives them.
        reviews: the checked reviews that they were scored with.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    said = said_of_candidates(reviews)
    judged = Counter(decided(reviews)["candidate"].tolist())
    in_scope = scored[scored["in_scope"]]
    golden = in_scope[in_scope["is_golden"] & in_scope["counted"]].set_index("instance")["d"].to_dict()
    agents = in_scope[~in_scope["is_golden"]]
    rows = [(str(name), mine) for name, mine in agents.groupby(cluster(agents).rename("of"))]
    merged = np.array([_merge_share(mine) for _, mine in rows])
    sizes = np.array([_size(mine) for _, mine in rows])
    squares = np.array([_mean_square(mine) for _, mine in rows])
    shrunken, mean, spread = _shrunken(merged, squares, sizes, level)
    found = []
    for place, (name, mine) in enumerate(rows):
        counted = mine[mine["counted"]]
        candidates = set(counted["candidate"])
        passes = int(mine["passed"].sum())
        found.append(
            InstanceGap(
                instance=name,
                repo=str(mine["repo"].iloc[0]),
                attempts=len(mine),
                passes=passes,
                reviewed=len(counted),
                candidates=len(candidates),
                verdicts=sum(judged[candidate] for candidate in candidates),
                pass_share=plain_share(passes, len(mine), level, unit=SUBMISSIONS),
                merge_share=_raw(float(merged[place]), float(sizes[place]), passes, level),
                shrunken=shrunken[place],
                reasons=_reasons(counted, {one: said[one].shares for one in candidates}),
                golden=golden.get(name),
            )
        )
    return Gaps(tuple(sorted(found, key=_rank)), mean, spread)


def _rank(one: InstanceGap) -> tuple[float, float, int, str]:
    drawn, raw = one.shrunken.estimate, one.merge_share.estimate
    return (2.0 if drawn is None else drawn, 2.0 if raw is None else raw, -one.passes, one.instance)


def _size(mine: pd.DataFrame) -> float:
    """(Σω)²/Σω² over the different changes among the reviewed attempts, ω the attempts that made each."""
    attempts = Counter(mine.loc[mine["counted"], "candidate"].tolist())
    return effective_size(np.array(sorted(attempts.values()), dtype=np.float64)) if attempts else 0.0


def _merge_share(mine: pd.DataFrame) -> float:
    d = mine.loc[mine["counted"], "d"].to_numpy(dtype=np.float64)
    return float(d.mean()) if len(d) else math.nan


def _mean_square(mine: pd.DataFrame) -> float:
    d = mine.loc[mine["counted"], "d"].to_numpy(dtype=np.float64)
    return float((d**2).mean()) if len(d) else math.nan


def _raw(share: float, size: float, passes: int, level: float) -> Estimate:
    if math.isnan(share):
        reason = "no passing attempt has a verdict" if passes else "no attempt passed the grader"
        return not_available(reason, level=level, unit=CHANGES)
    low, high = clopper_pearson(share * size, size, level)
    method = "Clopper–Pearson at the effective number of changes"
    return Estimate(share, min(low, share), max(high, share), level, method, round(size), CHANGES, "", SAMPLED)


def _shrunken(
    merged: Array, squares: Array, sizes: Array, level: float
) -> tuple[list[Estimate], float | None, float | None]:
    used = sizes > 0
    values, trials = merged[used], sizes[used]
    missing = _why_not(values, trials)
    if missing:
        return [not_available(missing, level=level, unit=CHANGES) for _ in merged], None, None
    mean = float(trials @ values / trials.sum())
    total = float(trials @ squares[used] / trials.sum()) - mean**2
    drawn = shrink(values, share_variance(total, trials))
    half = student(_MANY, level) * drawn.errors
    estimates = iter(zip(drawn.estimates.tolist(), half.tolist(), trials.tolist(), strict=True))
    method = "empirical Bayes (Morris 1983), normal limits"
    found = []
    for has in used:
        if not has:
            found.append(not_available("no passing attempt has a verdict", level=level, unit=CHANGES))
            continue
        estimate, width, size = next(estimates)
        # Rounding may leave a share of 0 or 1 just beyond.
        estimate = min(1.0, max(0.0, estimate))
        low, high = max(0.0, estimate - width), min(1.0, estimate + width)
        found.append(Estimate(estimate, low, high, level, method, round(size), CHANGES, "", SHRUNKEN))
    return found, drawn.mean, math.sqrt(drawn.spread)


def _why_not(values: Array, trials: Array) -> str:
    if len(values) < FEWEST:
        return f"shrinkage needs {FEWEST} instances with a verdict on a passing attempt, there are {len(values)}"
    if np.all(values == 0) or np.all(values == 1):
        return f"every passing attempt was {'refused' if values[0] == 0 else 'accepted'}: there is nothing to draw"
    if not (trials > 1).any():
        return (
            "no instance has two changes with a verdict: differences between instances cannot be told from chance"
        )
    return ""


def _reasons(counted: pd.DataFrame, shares: Mapping[str, Mapping[str, float]]) -> tuple[tuple[str, float], ...]:
    found: dict[str, float] = {}
    for candidate in counted["candidate"]:
        for reason, share in shares[candidate].items():
            if reason != Decision.ACCEPT:
                found[reason] = found.get(reason, 0.0) + share / len(counted)
    return tuple(sorted(found.items(), key=lambda item: (-round(item[1], 12), item[0])))

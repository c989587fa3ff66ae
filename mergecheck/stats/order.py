"""Does the order of showing matter? Acceptance on wave, with effects of model and instance.

A linear probability model over candidate × reviewer, first showings with a decision:

    accepted = β·x + Σ over the submissions that made the change of their effects + effect of the instance + ε,

x the wave, or another measure of order. A submission has one model, so its effect holds the model's. A change that
several made has the effects of all: another label for one of them adds a column equal to one there is, and
changes nothing. Waves are counted within a round.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array, check_level
from mergecheck.stats.replicates import interval_of
from mergecheck.stats.showings import decided, golden_and_agents, in_time
from mergecheck.stats.table import estimate_table

_RANK = 1e-9
"""A part of a column's sum of squares that is rounding."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One measure of order and what it does to acceptance, as a share of 1 for one more of `measure`.

    `partial_r2`: the share of what is left of the variance by the other columns that the measure explains.
    `robust_error`: the standard error that is robust to unequal variances (HC3), as METR gives it; None where a
    row has a leverage of 1.
    """

    measure: str
    estimate: Estimate
    partial_r2: float | None
    robust_error: float | None


@dataclass(frozen=True, slots=True)
class Order:
    """Effects of order, over the same rows.

    `wave`: a wave later. `wave_golden`: how much more that is for golden than for agents. `rest`: any wave but the
    first against the first. `seen`: one more change to the same instance seen before by the same reviewer, skipped
    ones included, a change that was shown twice once. `rows` are used; `singletons` were dropped, being the only
    row of an instance or a submission; `without_wave` have none.
    """

    wave: Effect
    wave_golden: Effect
    rest: Effect
    seen: Effect
    rows: int
    instances: int
    submissions: int
    singletons: int
    without_wave: int

    @property
    def effects(self) -> tuple[Effect, ...]:
        """All four."""
        return self.wave, self.wave_golden, self.rest, self.seen

    def frame(self) -> pd.DataFrame:
        """A row a measure: `measure, partial_r2, robust_error, rows, singletons` and the estimate."""
        lines = (
            (
                {
                    "measure": one.measure,
                    "partial_r2": one.partial_r2,
                    "robust_error": one.robust_error,
                    "rows": self.rows,
                    "singletons": self.singletons,
                },
                one.estimate,
            )
            for one in self.effects
        )
        about = ("measure", "partial_r2", "robust_error", "rows", "singletons")
        frame = estimate_table(about, lines, whole=("rows", "singletons"))
        return frame.astype({"partial_r2": "float64", "robust_error": "float64"})


def order(attempts: pd.DataFrame, reviews: pd.DataFrame, level: float = 0.95) -> Order:
    """The effects of order, with intervals by leaving out one instance at a time, t(instances − 1).

    Leaving an instance out takes its effect along, so this is the cluster-robust variance CR3 by instance (Bell &
    McCaffrey 2002; Hansen 2025): no count of fixed effects to choose, unlike CR1. Singletons are dropped until
    there are none left: they tell nothing of β, have a leverage of 1, and HC3 divides by one minus that (Correia
    2015).

    Args:
        attempts: a checked attempts frame; says who made which candidate.
        reviews: a checked reviews frame.
        level: confidence level.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    shown = decided(reviews)
    shown = shown.assign(seen=_seen_before(reviews, shown))
    known = shown["wave"].notna()
    rows, makers = _without_singletons(shown[known], _makers(attempts))
    fit = _Rows(rows, makers)
    golden, _ = golden_and_agents(attempts)
    wave = rows["wave"].to_numpy(dtype=np.float64)
    is_golden = rows["candidate"].isin(golden).to_numpy(dtype=np.float64)
    return Order(
        wave=fit.effect("wave", wave, level),
        wave_golden=fit.effect("wave × golden", wave * is_golden, level, besides=wave),
        rest=fit.effect("later wave than the first", (wave > 1).astype(np.float64), level),
        seen=fit.effect(
            "changes to the same instance seen before", rows["seen"].to_numpy(dtype=np.float64), level
        ),
        rows=len(rows),
        instances=fit.instances,
        submissions=makers.shape[1],
        singletons=int(known.sum()) - len(rows),
        without_wave=int((~known).sum()),
    )


def _seen_before(reviews: pd.DataFrame, shown: pd.DataFrame) -> list[int]:
    """For each of `shown`, how many changes to its instance its reviewer had seen before it; repeats add none."""
    done = in_time(reviews[reviews["decision"].notna()])
    seen: dict[tuple[object, object], set[object]] = {}
    before: dict[object, int] = {}
    columns = (done["reviewer"], cluster(done), done["candidate"], done["assignment"])
    for reviewer, instance, candidate, assignment in zip(*columns, strict=True):
        changes = seen.setdefault((reviewer, instance), set())
        before[assignment] = len(changes)
        changes.add(candidate)
    return [before[assignment] for assignment in shown["assignment"]]


def _makers(attempts: pd.DataFrame) -> Mapping[str, frozenset[str]]:
    made: dict[str, set[str]] = {}
    for submission, candidate in zip(attempts["submission"], attempts["candidate"], strict=True):
        if candidate is not None:
            made.setdefault(candidate, set()).add(submission)
    return {candidate: frozenset(names) for candidate, names in made.items()}


def _without_singletons(shown: pd.DataFrame, made: Mapping[str, frozenset[str]]) -> tuple[pd.DataFrame, Array]:
    """The rows of which no instance and no submission has one alone, and (rows, submissions) of 0 and 1."""
    names = sorted({name for candidate in shown["candidate"] for name in made[candidate]})
    column = {name: place for place, name in enumerate(names)}
    makers = np.zeros((len(shown), len(names)))
    for row, candidate in enumerate(shown["candidate"]):
        makers[row, [column[name] for name in made[candidate]]] = 1.0
    instances = np.unique(cluster(shown).to_numpy(dtype=str), return_inverse=True)[1]
    kept: NDArray[np.bool_] = np.ones(len(shown), dtype=bool)
    while True:
        alone = np.bincount(instances[kept], minlength=len(shown))[instances] == 1
        alone |= (makers[:, makers[kept].sum(axis=0) == 1] > 0).any(axis=1)
        if not (kept & alone).any():
            break
        kept &= ~alone
    used = makers[kept]
    return shown[kept], used[:, used.any(axis=0)]


class _Rows:
    """The regression's rows, with the instances' effects taken out by subtracting each instance's mean."""

    def __init__(self, rows: pd.DataFrame, makers: Array) -> None:
        self._of = np.unique(cluster(rows).to_numpy(dtype=str), return_inverse=True)[1]
        self.instances = int(self._of.max()) + 1 if len(rows) else 0
        self._size = np.bincount(self._of, minlength=self.instances).astype(np.float64)
        self._accepted = rows["accepted"].to_numpy(dtype=np.float64)
        self._makers = makers

    def _within(self, columns: Array) -> Array:
        sums = np.zeros((self.instances, columns.shape[1]))
        np.add.at(sums, self._of, columns)
        return np.asarray(columns - (sums / self._size[:, None])[self._of])

    def effect(self, measure: str, x: Array, level: float, *, besides: Array | None = None) -> Effect:
        """The effect of x, `besides` another column."""
        missing = self._why_not(measure)
        if missing:
            return Effect(measure, not_available(missing, level=level, n=self.instances), None, None)
        others = self._makers if besides is None else np.column_stack([self._makers, besides])
        within = self._within(np.column_stack([self._accepted, x, others]))
        found = _coefficient(within.T @ within)
        if found is None:
            reason = f"{measure}: the same in each instance, but for what submissions explain"
            return Effect(measure, not_available(reason, level=level, n=self.instances), None, None)
        beta, explained, left = found
        if left <= _RANK * float(within[:, 0] @ within[:, 0]):
            estimate = Estimate(
                beta, None, None, level, "n/a", self.instances, reason="the effects explain every decision"
            )
            return Effect(measure, estimate, None, None)
        reason = "without one of the instances the effect is not identified"
        estimate = interval_of(beta, self._replicates(within), level, why_not=reason)
        return Effect(measure, estimate, explained / (explained + left), self._hc3(within, beta))

    def _why_not(self, measure: str) -> str:
        if not len(self._accepted):
            return "no instance has two decided showings by which to compare"
        within = self._within(self._accepted[:, None])
        if not (np.abs(within) > _RANK).any():
            return f"{measure}: within each instance all decisions are alike"
        return ""

    def _replicates(self, within: Array) -> Array:
        """β without each instance: what it adds to the sums of squares and products is taken out."""
        whole = within.T @ within
        found = np.full(self.instances, math.nan)
        by_instance = np.argsort(self._of, kind="stable")
        for instance, rows in enumerate(np.split(by_instance, np.cumsum(self._size.astype(np.intp))[:-1])):
            mine = within[rows]
            without = _coefficient(whole - mine.T @ mine)
            if without is not None:
                found[instance] = without[0]
        return found

    def _hc3(self, within: Array, beta: float) -> float | None:
        """√(Σ x̃²(e/(1 − h))²)/Σ x̃²: x̃ what the others leave of x, e residuals, h leverages (MacKinnon & White)."""
        y, x, others = within[:, 0], within[:, 1], within[:, 2:]
        basis = _basis(others)
        x_left, y_left = x - basis @ (basis.T @ x), y - basis @ (basis.T @ y)
        squares = float(x_left @ x_left)
        leverage = 1 / self._size[self._of] + (basis**2).sum(axis=1) + x_left**2 / squares
        if (leverage > 1 - _RANK).any():
            return None
        return math.sqrt(float((x_left**2 * ((y_left - beta * x_left) / (1 - leverage)) ** 2).sum())) / squares


def _coefficient(products: Array) -> tuple[float, float, float] | None:
    """β of the second column on the first, besides all others, from sums of squares and products.

    With it the sum of squares that the column explains, and what is left; None where nothing of the column is left
    by the others. Frisch & Waugh 1933; collinear columns among the others do no harm.
    """
    pair, cross, others = products[:2, :2], products[:2, 2:], products[2:, 2:]
    if others.size:
        inverse = np.linalg.pinv(others, rcond=_RANK, hermitian=True)
        pair = pair - cross @ inverse @ cross.T
    variance = float(pair[1, 1])
    if variance <= _RANK * max(1.0, float(products[1, 1])):
        return None
    beta = float(pair[0, 1]) / variance
    explained = beta * float(pair[0, 1])
    return beta, explained, max(float(pair[0, 0]) - explained, 0.0)


def _basis(columns: Array) -> Array:
    """An orthonormal basis of the columns' span."""
    if not columns.size:
        return np.zeros((len(columns), 0))
    left, values, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, values > _RANK * max(1.0, float(values[0]))])

"""What a study says of the assumptions of planning: its own models, grades, verdicts and minutes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.stats.cells import GOLDEN_COLUMN, cells
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.intervals import Array
from mergecheck.stats.jackknife import Sample, sample
from mergecheck.stats.plan_assumed import METR_COUNTS, WIDEST, Assumed, Model, mean_phi
from mergecheck.stats.scope import score
from mergecheck.stats.showings import decided

OF_STUDY = "this study"
NEARLY = 0.95
FEWEST_REVIEWERS, FEWEST_VERDICTS = 3, 20
METR_CONDITIONAL = sum(merged for *_, merged in METR_COUNTS) / sum(passed for _, passed, _ in METR_COUNTS)
"""Merged of METR's passing patches, all models together."""


def assumed_like(attempts: pd.DataFrame, reviews: pd.DataFrame, base: Assumed, *, verdicts: bool) -> Assumed:
    """The assumptions with what a study says in the place of the defaults, each with its source.

    Shares of 0 or 1 are moved half an attempt inwards. Without `verdicts` no decision is read, only grades, dates
    and minutes, so that a study stays blind: merge rates are then METR's share of what passes. φ is the mean over
    pairs of models of the correlation of their grades over instances in scope of both. Leniency: the standard
    deviation of reviewers' logits of acceptance less what chance adds (at least 3 reviewers with 20 verdicts).

    Args:
        attempts: the attempts frame.
        reviews: the reviews frame.
        base: what holds where the study says nothing.
        verdicts: whether decisions may be read.
    """
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    whole = sample(cells(score(attempts, reviews)))
    found, sources = base, dict(base.sources)
    models = tuple(_models(whole, verdicts=verdicts))
    if models:
        found = replace(found, models=models)
        sources["pass rates, dates"] = f"{OF_STUDY}, {len(models)} models"
        judged = verdicts and bool(whole.totals.reviewed[:-1].sum())
        sources["merge rates"] = OF_STUDY if judged else f"METR's, {100 * METR_CONDITIONAL:.0f} % of what passes"
        phi = _phi(whole)
        if phi is not None:
            sources["φ"] = OF_STUDY
        # Pass rates far apart cannot be much alike, whatever chance has made of a few grades.
        rates = [one.pass_rate for one in models]
        most = NEARLY * mean_phi(rates * 2 if len(rates) == 1 else rates, WIDEST)
        found = replace(found, phi=min(most, max(0.0, found.phi if phi is None else phi)))
    golden = whole.totals.reviewed[GOLDEN_COLUMN]
    if verdicts and golden:
        rate = float(whole.point.g)
        found = replace(found, golden=_inside(rate, float(golden)))
        sources["G"] = f"{OF_STUDY}, {golden:.0f} golden patches"
    minutes, timed = _minutes(reviews)
    if timed:
        found = replace(found, minutes=minutes)
        made = " (simulated)" if bool(reviews.loc[reviews["decision"].notna(), "simulated"].any()) else ""
        sources["minutes"] = f"{OF_STUDY}, {timed} verdicts{made}"
    leniency = _leniency(reviews) if verdicts else None
    if leniency is not None:
        found = replace(found, leniency_sd=min(leniency, 4.0))
        sources["leniency"] = OF_STUDY
    return replace(found, sources=tuple(sources.items()))


def _inside(share: float, n: float) -> float:
    return min(max(share, 0.5 / (n + 1)), 1 - 0.5 / (n + 1))


def _models(whole: Sample, *, verdicts: bool) -> Iterator[Model]:
    for column, who in enumerate(whole.cells.submissions):
        scope = float(whole.totals.scope[column])
        if who.released is None or not scope:
            continue
        passing = _inside(float(whole.point.a[column]), scope)
        conditional = METR_CONDITIONAL
        reviewed = float(whole.totals.reviewed[column])
        if verdicts and reviewed:
            conditional = _inside(float(whole.point.c[column]), reviewed)
        yield Model(who.released, passing, passing * conditional)


def _phi(whole: Sample) -> float | None:
    scope, passed = whole.cells.scope[:, :-1] > 0, whole.cells.passed[:, :-1]
    found = [
        float(np.corrcoef(one, other)[0, 1])
        for first in range(scope.shape[1])
        for second in range(first)
        for one, other in [_common(scope, passed, first, second)]
        if len(one) and one.min() < one.max() and other.min() < other.max()
    ]
    return float(np.mean(found)) if found else None


def _common(scope: NDArray[np.bool_], passed: Array, first: int, second: int) -> tuple[Array, Array]:
    both = np.asarray(scope[:, first] & scope[:, second])
    return passed[both, first], passed[both, second]


def _minutes(reviews: pd.DataFrame) -> tuple[float, int]:
    minutes = reviews.loc[reviews["decision"].notna(), "active_minutes"].dropna()
    mean = float(minutes.mean()) if len(minutes) else 0.0
    return (mean, len(minutes)) if mean > 0 else (0.0, 0)


def _leniency(reviews: pd.DataFrame) -> float | None:
    by_reviewer = decided(reviews).groupby("reviewer")["accepted"].agg(["sum", "size"])
    enough = by_reviewer[by_reviewer["size"] >= FEWEST_VERDICTS]
    if len(enough) < FEWEST_REVIEWERS:
        return None
    accepted, n = enough["sum"].to_numpy(dtype=np.float64) + 0.5, enough["size"].to_numpy(dtype=np.float64) + 1
    logits = np.log(accepted / (n - accepted))
    by_chance = 1 / accepted + 1 / (n - accepted)
    return math.sqrt(max(0.0, float(logits.var(ddof=1) - by_chance.mean())))

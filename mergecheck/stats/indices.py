"""Indices of agreement as plain functions of counts, so that each can be held against its published example."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mergecheck.stats.intervals import Array

ROUNDING = 1e-9
"""What is left of a weighted sum from which all was taken is no number."""


class Metric(StrEnum):
    """How far apart two categories are: the level of measurement of Krippendorff's α."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over units; any axis before the last (categories; none for the scalars) replicates.

    `agreeing`: Σ over units with at least two ratings of Σₖ rₖ(rₖ − 1)/(r(r − 1)); `compared`: their number;
    `shares`: Σ over units with a rating of rₖ/r, per category; `rated`: their number.
    """

    agreeing: Array
    compared: Array
    shares: Array
    rated: Array

    def percent(self) -> Array:
        """p_a."""
        return _ratio(self.agreeing, self.compared)

    def prevalence(self) -> Array:
        """πₖ: the mean over units with a rating of rₖ/r."""
        return np.asarray(self.shares / np.where(self.rated > 0, self.rated, np.nan)[..., None])


def _ratio(part: Array, whole: Array) -> Array:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > ROUNDING))


def parts_of(counts: Array) -> Sums:
    """Each unit's part of the sums; `counts` is of (units, categories)."""
    ratings = counts.sum(axis=1)
    several = ratings > 1
    pairs = np.where(several, ratings * (ratings - 1), 1.0)
    agreeing = np.where(several, (counts * (counts - 1)).sum(axis=1) / pairs, 0.0)
    shares = counts / np.where(ratings > 0, ratings, 1.0)[:, None]
    return Sums(agreeing, several.astype(np.float64), shares, (ratings > 0).astype(np.float64))


def total_of(parts: Sums) -> Sums:
    """The sums themselves."""
    return Sums(*(np.asarray(part.sum(axis=0)) for part in arrays_of(parts)))


def arrays_of(sums: Sums) -> tuple[Array, Array, Array, Array]:
    """The four arrays in their order."""
    return sums.agreeing, sums.compared, sums.shares, sums.rated


def _beyond_chance(observed: Array, chance: Array) -> Array:
    """(p − e)/(1 − e); NaN where chance alone would agree always."""
    return _ratio(observed - chance, 1 - chance)


def fleiss_of(sums: Sums) -> Array:
    """Fleiss's κ, for one set of sums or for replicates."""
    return _beyond_chance(sums.percent(), (sums.prevalence() ** 2).sum(axis=-1))


def ac1_of(sums: Sums) -> Array:
    """Gwet's AC1, likewise."""
    prevalence = sums.prevalence()
    chance = (prevalence * (1 - prevalence)).sum(axis=-1) / (prevalence.shape[-1] - 1)
    return _beyond_chance(sums.percent(), chance)


def percent_agreement(counts: Array) -> float:
    """p_a: the mean over units with at least two ratings of the share of their pairs of ratings that agree.

    p_a = mean of Σₖ rₖ(rₖ − 1)/(r(r − 1)) (Fleiss 1971; Gwet 2014, 2.5), from counts of shape (units, categories).
    NaN where no unit has two ratings.
    """
    return float(total_of(parts_of(counts)).percent())


def fleiss_kappa(counts: Array) -> float:
    """Fleiss's κ = (p_a − Σ pₖ²)/(1 − Σ pₖ²), pₖ the mean over units of rₖ/r (Fleiss 1971).

    Fleiss has as many ratings of every unit. Where numbers differ this is the generalization of Gwet (2014, 2.5):
    p_a the mean over units with two ratings or more, pₖ over all with any, each unit counting alike; not pₖ =
    Σ rₖ/Σ r, by which units with many ratings would count more. NaN where no unit has two ratings or one category
    alone is used.
    """
    return float(fleiss_of(total_of(parts_of(counts))))


def gwet_ac1(counts: Array) -> float:
    """Gwet's AC1 = (p_a − p_e)/(1 − p_e), p_e = Σ πₖ(1 − πₖ)/(q − 1) over q categories (Gwet 2008).

    πₖ is the mean over units with any rating of rₖ/r. The number of columns is q, used or not. NaN where no unit
    has two ratings; there must be two categories at least.
    """
    return float(ac1_of(total_of(parts_of(counts))))


def krippendorff_alpha(counts: Array, values: Array, metric: Metric) -> float:
    """Krippendorff's α = 1 − D_o/D_e = 1 − (n − 1)·Σ o_ck·δ²_ck / Σ n_c·n_k·δ²_ck (Krippendorff 2011).

    o_ck = Σ over units with r ≥ 2 ratings of r_c(r_k − [c = k])/(r − 1); n_c = Σₖ o_ck; n = Σ n_c. δ² is 1 for
    unequal categories (nominal); (n_c/2 + n between + n_k/2)² (ordinal); (v_c − v_k)² (interval);
    ((v_c − v_k)/(v_c + v_k))² (ratio, values of at least 0).

    Args:
        counts: shape (units, categories).
        values: what the categories stand for, ascending; shape (categories,). Nominal takes no notice.
        metric: δ.

    Returns:
        α; NaN where no unit has two ratings or all ratings are alike.
    """
    return alpha_of(coincidences(counts), values, metric)


def coincidences(counts: Array) -> Array:
    """The matrix of coincidences o_ck, of (categories, categories)."""
    ratings = counts.sum(axis=1)
    weight = np.where(ratings > 1, 1 / np.where(ratings > 1, ratings - 1, 1.0), 0.0)
    return np.asarray((counts * weight[:, None]).T @ counts - np.diag(weight @ counts))


def alpha_of(coincidences: Array, values: Array, metric: Metric) -> float:
    """α from a matrix of coincidences; NaN where it has less than a pair, or all ratings are alike."""
    margins = coincidences.sum(axis=1)
    n = margins.sum()
    if n < 2 - ROUNDING:
        return math.nan
    apart = _squared_distance(margins, values, metric)
    expected = float(margins @ apart @ margins)
    if expected <= ROUNDING * max(1.0, float(apart.max())):
        return math.nan
    return float(1 - (n - 1) * (coincidences * apart).sum() / expected)


def _squared_distance(margins: Array, values: Array, metric: Metric) -> Array:
    if metric is Metric.NOMINAL:
        return 1 - np.eye(len(margins))
    if metric is Metric.ORDINAL:
        # Mid-ranks: what lies between c and k with half of each is the difference of theirs.
        middle = np.cumsum(margins) - margins / 2
        return np.asarray((middle[:, None] - middle[None, :]) ** 2)
    differences = values[:, None] - values[None, :]
    if metric is Metric.INTERVAL:
        return np.asarray(differences**2)
    sums = values[:, None] + values[None, :]
    return np.asarray(np.divide(differences, sums, out=np.zeros_like(sums), where=sums > 0) ** 2)


def cohen_kappa(table: Array) -> float:
    """Cohen's κ = (p_o − p_e)/(1 − p_e) of two raters (Cohen 1960); p_e = Σ pₖ.·p.ₖ.

    `table` counts units by the first rater's category (rows) and the second's. NaN where it is empty or both
    always used the same category.
    """
    return float(cohen_of(np.asarray(table, dtype=np.float64)))


def cohen_of(tables: Array) -> Array:
    """Cohen's κ; the last two axes are the table, any before them replicate."""
    n = tables.sum(axis=(-2, -1))
    observed = _ratio(np.trace(tables, axis1=-2, axis2=-1), n)
    chance = _ratio((tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1), n**2)
    return _beyond_chance(observed, chance)

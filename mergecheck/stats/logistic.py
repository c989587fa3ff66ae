"""Logistic regression without penalty, and the point where its curve crosses a level."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from mergecheck.stats.intervals import Array

_STEPS = 60
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Logistic:
    """Coefficients, their covariance by the inverse of the information, and the design's rows' fitted shares."""

    coefficients: Array
    covariance: Array
    fitted: Array


def logistic(design: Array, share: Array, weight: Array, start: Array | None = None) -> Logistic | None:
    """Maximum likelihood of logit P = design·β by Newton's method (McCullagh & Nelder 1989, 4.4), no penalty.

    Maximises Σ w·(s·log P + (1 − s)·log(1 − P)); shares need not be 0 or 1 (quasi-likelihood, Papke & Wooldridge
    1996).

    Args:
        design: shape (rows, coefficients).
        share: s, 0 to 1, shape (rows,).
        weight: w ≥ 0, shape (rows,): trials where `share` is a share of them.
        start: where to begin; zeros where not given.

    Returns:
        None where there is no maximum (separation, collinear columns).
    """
    beta = np.zeros(design.shape[1]) if start is None else start.copy()
    best = _likelihood(design @ beta, share, weight)
    for _ in range(_STEPS):
        fitted = special.expit(design @ beta)
        information = (design * (weight * fitted * (1 - fitted))[:, None]).T @ design
        if not np.linalg.cond(information) < 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (weight * (share - fitted)))
        if np.abs(step).max() <= _CLOSE * max(1.0, float(np.abs(beta).max())):
            return Logistic(beta, np.asarray(np.linalg.inv(information), dtype=np.float64), fitted)
        # Newton's step may go too far where the curve is flat: then half of it.
        size = 1.0
        while (now := _likelihood(design @ (beta + size * step), share, weight)) < best - 1e-9 and size > 1e-6:
            size /= 2
        beta, best = beta + size * step, max(best, now)
    return None


def _likelihood(linear: Array, share: Array, weight: Array) -> float:
    return float((weight * (share * linear - np.logaddexp(0.0, linear))).sum())


def crossing_point(intercept: float, slope: float, covariance: Array, level: float) -> tuple[float, float]:
    """Where intercept + slope·x = logit(level), and its standard error by the delta method.

    x = (logit(p) − α)/β; gradient (−1/β, −x/β) (MASS `dose.p`; Venables & Ripley 2002, 7.2). The slope
    must not be 0; `covariance` is of (intercept, slope).
    """
    x = (float(special.logit(level)) - intercept) / slope
    gradient = np.array([-1 / slope, -x / slope])
    return x, math.sqrt(float(gradient @ covariance @ gradient))

import math

import numpy as np
import pytest
from scipy import stats

from mergecheck.errors import StatsError
from mergecheck.stats.estimate import Estimate, Shape
from mergecheck.stats.intervals import (
    check_level,
    clopper_pearson,
    effective_size,
    exact_bound,
    fieller,
    jackknife_covariance,
    jackknife_variance,
    mover_ratio_bound,
    student,
    wilson,
)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_newcombes_printed_limits(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("k", "n", "low", "high"), [(1, 27, 0.00094, 0.18971), (32, 47, 0.529, 0.809)])
def test_clopper_pearson_gives_the_printed_limits(k, n, low, high):
    assert clopper_pearson(k, n) == pytest.approx((low, high), abs=5e-4 if n == 47 else 5e-6)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 7), (3, 7), (7, 7), (47, 95)])
def test_shares_agree_with_scipy(k, n, level):
    for method, ours in (("wilson", wilson), ("exact", clopper_pearson)):
        theirs = stats.binomtest(k, n).proportion_ci(level, method=method)
        assert ours(k, n, level) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_the_exact_bound_is_where_seeing_none_has_the_probability_of_the_error():
    bound = exact_bound(13, 0.05)
    assert (1 - bound) ** 13 == pytest.approx(0.05)
    assert bound == pytest.approx(clopper_pearson(0, 13, 0.9)[1])


def test_effective_size_is_n_for_equal_weights_and_less_otherwise():
    assert effective_size(np.full(9, 2.5)) == pytest.approx(9)
    assert effective_size(np.array([3.0, 1.0])) == pytest.approx(16 / 10)


def test_student_is_scipys_quantile():
    assert student(46, 0.95) == pytest.approx(stats.t.ppf(0.975, 46))


def test_the_jackknife_variance_of_a_mean_is_that_of_the_mean():
    values = np.array([1.0, 4.0, 2.0, 9.0, 3.5])
    replicates = (values.sum() - values) / 4
    assert jackknife_variance(replicates) == pytest.approx(values.var(ddof=1) / 5)
    other = np.array([2.0, 1.0, 0.0, 5.0, 5.5])
    covariance = jackknife_covariance(replicates, (other.sum() - other) / 4)
    assert covariance == pytest.approx(np.cov(values, other)[0, 1] / 5)


def in_set(rho, a, b, variances, t):
    var_a, var_b, cov = variances
    return (a - rho * b) ** 2 <= t**2 * (var_a - 2 * rho * cov + rho**2 * var_b)


@pytest.mark.parametrize(
    ("a", "b", "variances", "shape"),
    [
        (0.3, 0.68, (0.002, 0.004, 0.001), Shape.INTERVAL),
        (0.3, 0.68, (0.002, 0.004, -0.001), Shape.INTERVAL),
        (0.0, 0.68, (0.002, 0.004, 0.001), Shape.INTERVAL),
        (0.5, 0.2, (0.002, 0.04, 0.0), Shape.OUTSIDE),
        (0.5, 0.2, (0.02, 0.04, 0.02), Shape.OUTSIDE),
        (0.1, 0.1, (0.05, 0.04, 0.0), Shape.LINE),
    ],
)
def test_fieller_is_the_inversion_of_the_inequality_on_a_grid(a, b, variances, shape):
    t = 2.0
    found = fieller(a, b, variances, t, level=0.95, n=40)
    assert found.shape is shape
    grid = np.linspace(-30, 30, 60_001) + 1e-7
    assert [found.covers(rho) for rho in grid] == list(in_set(grid, a, b, variances, t))


def test_fieller_on_the_border_is_a_half_line():
    # b² = t²·Vbb exactly: the inequality is linear in the ratio.
    found = fieller(1.0, 0.5, (0.01, 0.0625, 0.0), 2.0, level=0.95, n=9)
    assert (found.shape, found.high) == (Shape.INTERVAL, None)
    grid = np.linspace(-30, 30, 6_001) + 1e-7
    assert [found.covers(rho) for rho in grid] == list(in_set(grid, 1.0, 0.5, (0.01, 0.0625, 0.0), 2.0))
    assert found.reason


def test_fieller_near_the_border_loses_no_digits():
    # b² − t²·Vbb is 4·10⁻⁹: the far limit is nearly at infinity, the near one is not touched by it.
    variances = (0.015625, 0.25 * (1 - 4e-9), 0.03125)
    found = fieller(1.0, 1.0, variances, 2.0, level=0.95, n=9)
    assert in_set(found.low + 1e-7, 1.0, 1.0, variances, 2.0)
    assert not in_set(found.low - 1e-7, 1.0, 1.0, variances, 2.0)


def test_the_bound_of_a_ratio_of_none_solves_movers_equation():
    upper, golden, low = 0.04, 0.7, 0.55
    bound = mover_ratio_bound(upper, golden, low)
    # The upper limit of 0 − ρ·G by square-and-add is 0 at the bound.
    assert -bound * golden + math.hypot(upper, bound * (golden - low)) == pytest.approx(0)
    assert mover_ratio_bound(upper, golden, 0.0) is None


@pytest.mark.parametrize("level", [0.5, 1.0, -1, 95, float("nan")])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(StatsError, match="confidence level"):
        check_level(level)


def test_an_estimate_is_never_nan_and_never_silent():
    with pytest.raises(ValueError, match="finite"):
        Estimate(float("nan"), 0, 1, 0.95, "Wilson", 3)
    with pytest.raises(ValueError, match="says why"):
        Estimate(0.5, None, None, 0.95, "Wilson", 3)

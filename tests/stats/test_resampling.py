"""The parts of the bootstrap that know of no frame, against print, loops and SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mergecheck.errors import Refused, StatsError
from mergecheck.stats.resampling import (
    Counting,
    acceleration,
    bca_limits,
    bias_correction,
    check_resamples,
    counted,
    draws,
    in_order,
    percentile_limits,
    quantile,
    refuse_few_clusters,
    refuse_few_instances,
    rows_a_block,
)

SPATIAL_TEST_A = [
    48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41,
]  # fmt: skip


def leave_one_out(values, statistic):
    return np.array([statistic(np.delete(values, place)) for place in range(len(values))])


def test_spatial_test_a_has_the_variance_and_the_acceleration_of_efron_and_tibshirani():
    """Efron & Tibshirani 1993, chapter 14: θ̂ = 171.5, a = .061.

    At 90 % BCa gives (115.8, 259.6), percentiles (100.8, 233.9): of 2,000 resamples, so up to simulation error.
    """
    values = np.array(SPATIAL_TEST_A, dtype=float)
    point = values.var()
    a = acceleration(leave_one_out(values, np.var))
    assert round(point, 1) == 171.5
    assert round(a, 3) == 0.061
    drawn = np.concatenate(list(draws(26, 20_000, seed=1)))
    ordered = np.sort(values[drawn].var(axis=1))
    assert bias_correction(ordered, point) == pytest.approx(0.146, abs=0.04)
    assert percentile_limits(ordered, 0.9) == pytest.approx((100.8, 233.9), abs=4)
    assert bca_limits(ordered, point, a, 0.9) == pytest.approx((115.8, 259.6), abs=6)


@pytest.mark.parametrize("seed", range(3))
def test_bca_is_scipys(seed):
    values = np.random.default_rng(seed).exponential(size=40)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=999, method="BCa", vectorized=True, rng=np.random.default_rng(seed)
    )
    ordered = np.sort(theirs.bootstrap_distribution)
    mine = bca_limits(ordered, values.mean(), acceleration(leave_one_out(values, np.mean)), 0.95)
    # SciPy interpolates its quantiles in the same way.
    assert mine == pytest.approx(tuple(theirs.confidence_interval))


def test_bca_without_skew_and_bias_is_the_percentile_interval():
    ordered = np.linspace(-1, 1, 2001)
    assert bca_limits(ordered, 0.0, 0.0, 0.95) == pytest.approx(percentile_limits(ordered, 0.95))


def test_bca_says_where_there_is_none():
    ordered = np.linspace(0, 1, 101)
    assert bca_limits(ordered, 2.0, 0.0, 0.95) is None
    assert bca_limits(ordered, 0.5, math.nan, 0.95) is None
    assert bca_limits(ordered, 0.9, 0.6, 0.95) is None
    assert math.isnan(acceleration(np.ones(9)))
    assert math.isnan(acceleration(np.array([1.0, math.inf, 2.0])))


def test_ties_with_the_estimate_count_by_half():
    ordered = np.array([0.0, 1, 1, 1, 2, 3])
    assert bias_correction(ordered, 1.0) == pytest.approx(stats.norm.ppf((1 + 1.5) / 6))
    assert bias_correction(ordered, 1.0 + 1e-15) == bias_correction(ordered, 1.0)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(0, 1))
def test_quantiles_are_numpys(values, share):
    ordered = np.sort(values)
    assert quantile(ordered, share) == pytest.approx(np.quantile(ordered, share), abs=1e-12)


def test_infinite_resamples_are_extremes_and_missing_ones_are_left_out():
    values = np.arange(1000.0)
    values[:10] = math.nan
    values[10:50] = math.inf
    ordered = in_order(values)
    assert len(ordered) == 990
    assert quantile(ordered, 1.0) == math.inf
    assert quantile(ordered, 0.0) == 50
    values[10] = math.nan
    assert in_order(values) is None


@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_counts_are_what_was_drawn(clusters, resamples, seed):
    drawn = np.concatenate(list(draws(clusters, resamples, seed)))
    assert drawn.shape == (resamples, clusters)
    counts = counted(drawn, clusters)
    for row, times in zip(drawn, counts, strict=True):
        assert times.tolist() == [int((row == place).sum()) for place in range(clusters)]


def test_memory_that_is_used_again_remembers_nothing():
    count = Counting(7)
    for rows, seed in ((5, 1), (9, 2), (2, 3), (9, 4)):
        (drawn,) = draws(7, rows, seed)
        assert np.array_equal(count(drawn), counted(drawn, 7))
    # Fewer places than clusters are drawn.
    assert count(np.array([[6, 6], [0, 1]])).tolist() == [[0] * 6 + [2], [1, 1] + [0] * 5]


def test_the_size_of_blocks_changes_no_draw(monkeypatch):
    whole = np.concatenate(list(draws(95, 2000, seed=4)))
    assert rows_a_block(95) < 2000
    monkeypatch.setattr("mergecheck.stats.resampling._CELLS_A_BLOCK", 95 * 7)
    assert np.array_equal(whole, np.concatenate(list(draws(95, 2000, seed=4))))
    assert not np.array_equal(whole, np.concatenate(list(draws(95, 2000, seed=5))))


def test_every_cluster_is_as_likely():
    drawn = np.concatenate(list(draws(9, 20_000, seed=2)))
    assert stats.chisquare(np.bincount(drawn.ravel())).pvalue > 0.001
    # As often by place: no place has a favourite.
    assert stats.chisquare(np.bincount(drawn[:, 0])).pvalue > 0.001


def test_a_stratum_keeps_its_size():
    strata = np.array([1, 0, 1, 2, 0, 1, 2, 2, 2])
    drawn = np.concatenate(list(draws(9, 3000, 3, strata)))
    for label in range(3):
        assert ((strata[drawn] == label).sum(axis=1) == (strata == label).sum()).all()
    for label in range(3):
        places = np.flatnonzero(strata == label)
        times = np.bincount(drawn.ravel(), minlength=9)[places]
        assert stats.chisquare(times).pvalue > 0.001


def test_too_few_are_refused():
    refuse_few_clusters(8, "repositories")
    with pytest.raises(Refused, match="a bootstrap over 7 repositories: fewer than 8 clusters"):
        refuse_few_clusters(7, "repositories")
    refuse_few_instances(80, "a bootstrap")
    with pytest.raises(Refused, match="a bootstrap of 79 instances: below 80 it covers less") as caught:
        refuse_few_instances(79, "a bootstrap")
    assert "jackknife" in caught.value.fix
    with pytest.raises(StatsError, match="99 resamples are too few"):
        check_resamples(99)

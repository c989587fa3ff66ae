"""p values adjusted as statsmodels does it, and p values that agree with their intervals."""

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from mergecheck.stats.cells import cells
from mergecheck.stats.estimate import Estimate, not_available
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.holm import holm
from mergecheck.stats.jackknife import sample
from mergecheck.stats.plan_result import by_jackknife
from mergecheck.stats.plan_tests import against_zero, gaps_by_repository, p_of
from mergecheck.stats.quantities import Quantity
from mergecheck.stats.scope import score


@pytest.fixture(scope="module", autouse=True)
def _nothing_to_collect():
    """statsmodels searches for cycles at each call: it need not go through all that is loaded."""
    gc.freeze()
    yield
    gc.unfreeze()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_it_is_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]), abs=1e-12)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        # 3·.01; then 2·.03 and 1·.04, which may not be below what stands before it.
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.04, 0.01, 0.005], [0.04, 0.02, 0.015]),
        ([0.6, 0.6], [1.0, 1.0]),
        ([0.02, 0.02], [0.04, 0.04]),
    ],
)
def test_holm_by_hand(p_values, adjusted):
    assert holm(p_values) == pytest.approx(adjusted)


def test_nothing_is_nothing():
    assert holm([]) == []


@given(
    st.floats(-1, 1).filter(lambda x: abs(x) > 1e-3), st.floats(0.01, 2), st.integers(2, 300), st.floats(0.6, 0.99)
)
def test_p_is_below_the_error_exactly_where_the_interval_excludes_0(point, half, n, level):
    estimate = Estimate(point, point - half, point + half, level, "instance jackknife", n)
    p = p_of(estimate)
    if abs(abs(point) - half) > 1e-9:
        assert (p < 1 - level) == (not estimate.covers(0.0))


def test_p_is_the_t_test_s_for_a_mean():
    """The jackknife of a mean is the t test: statsmodels and SciPy have that one."""
    values = np.random.default_rng(5).normal(0.3, 1, 25)
    error = values.std(ddof=1) / 5
    half = stats.t.ppf(0.975, 24) * error
    estimate = Estimate(values.mean(), values.mean() - half, values.mean() + half, 0.95, "jackknife", 25)
    assert p_of(estimate) == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=1e-9)


def test_what_has_no_interval_is_no_test_and_does_not_count():
    there = Estimate(0.2, 0.1, 0.3, 0.95, "jackknife", 30)
    found = against_zero("models", {"a": there, "b": not_available("nothing", level=0.95), "c": there})
    assert [one.p is None for one in found.tests] == [False, True, False]
    assert found.tests[0].adjusted == pytest.approx(2 * found.tests[0].p)
    assert found.frame()["adjusted"].isna().tolist() == [False, True, False]


def test_each_test_gets_its_own_adjusted_p_whatever_stands_between():
    """Four out of order, one of them without an interval: three tests, by hand from their own p."""
    halves = {"late": 0.28, "none": None, "clear": 0.1, "unclear": 0.22}
    estimates = {
        name: not_available("nothing", level=0.95)
        if half is None
        else Estimate(0.2, 0.2 - half, 0.2 + half, 0.95, "instance jackknife", 40)
        for name, half in halves.items()
    }
    found = {one.name: one for one in against_zero("models", estimates).tests}
    p = {name: 2 * stats.t.sf(0.2 / (half / stats.t.ppf(0.975, 39)), 39) for name, half in halves.items() if half}
    assert {name: found[name].p for name in p} == pytest.approx(p)
    assert found["none"].adjusted is None
    assert found["clear"].adjusted == pytest.approx(3 * p["clear"])
    assert found["unclear"].adjusted == pytest.approx(2 * p["unclear"])
    assert found["late"].adjusted == pytest.approx(p["late"])


def test_each_repository_is_judged_by_its_own_instances(mixed):
    attempts, reviews = mixed
    moved = [frame.assign(repo=np.where(frame["instance"] < "i07", "a/a", "b/b")) for frame in (attempts, reviews)]
    scored = score(check_attempts(moved[0]), check_reviews(moved[1], check_attempts(moved[0])))
    found = gaps_by_repository(scored)
    assert [one.name for one in found.tests] == ["a/a", "b/b"]
    alone = by_jackknife(sample(cells(scored[scored["repo"] == "b/b"])), Quantity.LEVEL_GAP, 0.95)
    assert found.tests[1].estimate == alone
    both = [one.p for one in found.tests]
    assert None not in both
    assert [one.adjusted for one in found.tests] == pytest.approx(list(multipletests(both, method="holm")[1]))

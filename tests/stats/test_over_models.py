"""Slopes over models: the regression's own interval, and where there is none."""

from datetime import date, timedelta

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.stats.analysis import analyse
from mergecheck.stats.over_models import over_models, slopes_over_models

DAY = date(2024, 1, 1)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.floats(0, 1)), min_size=4, max_size=12),
    st.sampled_from([0.8, 0.95]),
)
def test_it_is_that_of_least_squares(points, level):
    dates = [DAY + timedelta(days) for days, _ in points]
    values = [value for _, value in points]
    found = over_models(dates, values, level, scale=100)
    if len(set(dates)) < 2:
        assert (found.estimate, "two release dates" in found.reason) == (None, True)
        return
    years = np.array([day.toordinal() for day in dates]) / 365.25
    fit = sm.OLS(100 * np.array(values), sm.add_constant(years - years.mean())).fit()
    assert found.estimate == pytest.approx(fit.params[1], rel=1e-6, abs=1e-7)
    if found.low is None:
        assert "lie on the line" in found.reason
        assert np.abs(fit.resid).max() < 1e-8
    else:
        assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int(1 - level)[1]), rel=1e-6, abs=1e-7)


def test_three_are_too_few_and_points_on_a_line_say_nothing():
    dates = [DAY + timedelta(100 * place) for place in range(5)]
    assert over_models(dates[:3], [0.1, 0.4, 0.5], 0.95).reason.startswith("an interval over models needs 4")
    assert "lie on the line" in over_models(dates, [0.1, 0.2, 0.3, 0.4, 0.5], 0.95).reason
    assert not over_models([], [], 0.95).available


def test_it_covers_a_slope_that_models_scatter_about():
    rng = np.random.default_rng(4)
    dates = [DAY + timedelta(int(days)) for days in (0, 140, 300, 390, 560, 700)]
    years = np.array([day.toordinal() for day in dates]) / 365.25
    held = sum(
        over_models(dates, (0.2 * (years - years[0]) + rng.normal(0, 0.05, 6)).tolist(), 0.95).covers(0.2)
        for _ in range(400)
    )
    # .95 has a standard error of .011 here.
    assert 0.91 <= held / 400 <= 0.985


def test_a_difference_of_slopes_is_the_slope_of_the_differences(metr):
    found = analyse(*metr)
    over = slopes_over_models(found.trend, 0.95)
    for name in ("grader", "merged", "maintainers", "difference", "difference_raw"):
        assert getattr(over, name).estimate == pytest.approx(getattr(found.trend, name).estimate)
    years = [point.released.toordinal() / 365.25 for point in found.trend.points]
    gaps = [100 * (point.pass_rate - point.relative) for point in found.trend.points]
    fit = sm.OLS(gaps, sm.add_constant(years)).fit()
    assert (over.difference.low, over.difference.high) == pytest.approx(tuple(fit.conf_int()[1]), rel=1e-6)
    assert over.difference.method == "regression over models, t(3)"

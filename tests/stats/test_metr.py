"""METR's counts and METR's method. The counts honour what METR printed; they are not METR's data."""

import math
from datetime import date

import numpy as np
import pytest

from mergecheck.errors import StatsError
from mergecheck.stats.metr import metr_analysis, metr_progress
from mergecheck.stats.quantities import Quantity
from mergecheck.stats.trend import slope_weights

COUNTS = [(94, 34, 14), (93, 54, 21), (94, 66, 26), (94, 61, 23), (92, 67, 31)]
GOLDEN, OF = 32, 47


def exact_errors(weights_a, weights_m):
    """The standard error of Σ u·A + v·M/G in closed form, golden fixed: a patch's u·a + v·ad/G varies."""
    g, variance = GOLDEN / OF, 0.0
    for (n, passed, merged), u, v in zip(COUNTS, weights_a, weights_m, strict=True):
        values = np.array([u + v / g] * merged + [u] * (passed - merged) + [0.0] * (n - passed))
        variance += values.var() / n
    return math.sqrt(variance)


@pytest.fixture(scope="module")
def days():
    printed = "2024-06-20 2025-02-24 2025-05-22 2025-08-07 2025-09-29"
    return [date.fromisoformat(day) for day in printed.split()]


def test_metrs_numbers_and_standard_errors(metr, days):
    """Gap 24.21, slope difference 9.61 (15.52 raw); standard errors 2.74 and 5.54, up to simulation error.

    The simulation error of a standard error is itself/√(2·resamples): .5 % of it here, and again as much for the
    reference's own run.
    """
    found = metr_analysis(*metr, resamples=20_000)
    gap, difference = found.of(Quantity.LEVEL_GAP), found.of(Quantity.DIFFERENCE)
    assert round(100 * gap.estimate.estimate, 2) == 24.21
    assert round(difference.estimate.estimate, 2) == 9.61
    assert round(found.of(Quantity.DIFFERENCE_RAW).estimate.estimate, 2) == 15.52
    slopes = [found.of(one).estimate.estimate for one in (Quantity.SLOPE_PASS, Quantity.SLOPE_MERGE)]
    assert [round(slope, 1) for slope in slopes] == [28.1, 12.6]
    assert round(found.of(Quantity.SLOPE_RELATIVE).estimate.estimate, 1) == 18.5
    assert 100 * gap.standard_error == pytest.approx(2.74, rel=0.02)
    assert difference.standard_error == pytest.approx(5.54, rel=0.02)
    share = [1 / 5] * 5
    slope = (100 * slope_weights(days)).tolist()
    exact = exact_errors(share, [-one for one in share]), exact_errors(slope, [-one for one in slope])
    assert (gap.standard_error, difference.standard_error) == pytest.approx(exact, rel=0.02)


def test_with_golden_resampled(metr):
    found = metr_analysis(*metr, golden_resampled=True, resamples=20_000)
    assert 100 * found.of(Quantity.LEVEL_GAP).standard_error == pytest.approx(4.71, rel=0.02)
    assert found.of(Quantity.DIFFERENCE).standard_error == pytest.approx(5.94, rel=0.02)
    share = GOLDEN / OF
    exact = math.sqrt(share * (1 - share) / OF)
    assert found.of(Quantity.GOLDEN).standard_error == pytest.approx(exact, rel=0.02)
    assert "resampled" in found.of(Quantity.LEVEL_GAP).estimate.method


def test_what_it_rests_on_is_said(metr):
    found = metr_analysis(*metr, resamples=500)
    gap = found.of(Quantity.LEVEL_GAP).estimate
    assert gap.method == "metr: bootstrap over patches, golden fixed"
    assert (gap.n, gap.unit, gap.level) == (467, "patches", 0.95)
    assert "known without error" in gap.assumption
    assert found.of(Quantity.CONDITIONAL, "m0").estimate.n == 34
    golden = found.of(Quantity.GOLDEN)
    assert (golden.estimate.low, golden.standard_error, golden.estimate.n) == (None, None, 47)
    frame = found.frame()
    assert len(frame) == 5 * 6 + 7
    assert frame["standard_error"].isna().sum() == 1
    assert found == metr_analysis(*metr, resamples=500)
    assert found != metr_analysis(*metr, resamples=500, seed=1)
    with pytest.raises(KeyError):
        found.of(Quantity.PASS, "nobody")


def test_the_grade_and_the_verdict_of_a_patch_are_drawn_together(metr):
    """Drawn apart, the gap's error would be that of two independent rates, larger by the covariance."""
    found = metr_analysis(*metr, resamples=20_000).of(Quantity.GAP, "m4").standard_error
    n, passed, merged = COUNTS[4]
    a, m, g = passed / n, merged / n, GOLDEN / OF
    apart = math.sqrt((a * (1 - a) + m * (1 - m) / g**2) / n)
    together = math.sqrt((a * (1 - a) + m * (1 - m) / g**2 - 2 * m * (1 - a) / g) / n)
    assert found == pytest.approx(together, rel=0.03)
    assert apart > 1.2 * found


def test_the_progress_variant_takes_the_threshold_on_both_sides(metr):
    attempts, reviews = metr
    liked = reviews["decision"] == "accept"
    reviews = reviews.assign(progress=np.where(liked, 90.0, 80.0))
    plain, above = metr_analysis(attempts, reviews, resamples=500), metr_progress(attempts, reviews, resamples=500)
    assert above.accepted == "progress above 80 %"
    assert above.rows == plain.rows
    at_least = metr_progress(attempts, reviews, at_least=True, resamples=500)
    assert at_least.of(Quantity.LEVEL_GAP).estimate.estimate == 0.0
    assert at_least.of(Quantity.GOLDEN).estimate.estimate == 1.0
    with pytest.raises(StatsError, match="is no progress"):
        metr_progress(attempts, reviews, threshold=101)


def test_what_cannot_be_computed_says_why(frames):
    none = metr_analysis(*frames({"m": {"i0": "a", "i1": "f"}}), resamples=200)
    assert "no sampled golden" in none.of(Quantity.RELATIVE_MERGE, "m").estimate.reason
    sure = metr_analysis(*frames({"m": {"i0": "a", "i1": "a"}, "golden": {"i0": "a", "i1": "r"}}), resamples=200)
    assert "nothing varies" in sure.of(Quantity.PASS, "m").estimate.reason
    drawn = metr_analysis(
        *frames({"m": {"i0": "a", "i1": "f"}, "golden": {"i0": "a", "i1": "r"}}),
        resamples=200,
        golden_resampled=True,
    )
    assert drawn.of(Quantity.RELATIVE_MERGE, "m").estimate.low is None
    assert drawn.of(Quantity.RELATIVE_MERGE, "m").estimate.reason
    with pytest.raises(StatsError, match="too few"):
        metr_analysis(*frames({"m": {"i0": "a"}}), resamples=1)

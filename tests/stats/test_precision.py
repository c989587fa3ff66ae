"""Precision before verdicts: against closed forms, published numbers, and simulated studies."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mergecheck.errors import StatsError
from mergecheck.stats.precision import (
    Alternative,
    Assumed,
    RoundSizes,
    detectable_drift,
    drift_half_width,
    relative_rate_factor,
    round_precision,
    share_half_width,
)

SIMULATED = 40_000

sizes_of = st.integers(1, 2000)
levels = st.floats(0.6, 0.999)
shares = st.floats(0.02, 0.98)


@pytest.mark.parametrize(
    # Newcombe 1998 prints .2553 to .3662 for 81/263 and .0624 to .1605 for 15/148.
    ("k", "n", "half"),
    [(81, 263, 0.05545), (15, 148, 0.04905)],
)
def test_a_share_is_as_wide_as_newcombe_printed(k, n, half):
    assert share_half_width(n, k / n) == pytest.approx(half, abs=5e-5)


@given(sizes_of, shares, levels)
def test_a_share_follows_wilsons_closed_form_and_is_widest_at_a_half(n, share, level):
    z = stats.norm.ppf(0.5 + level / 2)
    closed = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    found = share_half_width(n, share, level)
    assert found == pytest.approx(closed)
    assert found <= share_half_width(n, 0.5, level) + 1e-12 < 0.5 + 1e-9
    assert share_half_width(n + 1, share, level) < found


def test_katz_worked_by_hand():
    # 20 of 50 and 30 of 40: variance of the log ratio 1/20 − 1/50 + 1/30 − 1/40.
    variance = 1 / 20 - 1 / 50 + 1 / 30 - 1 / 40
    assert relative_rate_factor(50, 40, 0.4, 0.75) == pytest.approx(math.exp(1.959964 * math.sqrt(variance)))


@given(sizes_of, sizes_of, shares, shares, levels)
def test_scipy_has_the_same_interval_of_a_ratio(n, m, share, golden, level):
    k, g = max(1, round(share * n)), max(1, round(golden * m))
    if k == n or g == m:
        return
    theirs = stats.contingency.relative_risk(k, n, g, m).confidence_interval(level)
    factor = relative_rate_factor(n, m, k / n, g / m, level)
    ratio = (k / n) / (g / m)
    assert (ratio / factor, ratio * factor) == pytest.approx((theirs.low, theirs.high))


@pytest.mark.parametrize(("n", "m"), [(60, 47), (95, 95), (300, 200)])
def test_ratios_of_simulated_studies_fall_within_the_factor_as_often_as_it_says(n, m):
    rng = np.random.default_rng(3)
    ratio = (rng.binomial(n, 0.45, SIMULATED) / n) / (rng.binomial(m, 0.68, SIMULATED) / m)
    factor = relative_rate_factor(n, m)
    inside = np.abs(np.log(ratio / (0.45 / 0.68))) <= math.log(factor)
    assert inside.mean() == pytest.approx(0.95, abs=0.012)


def test_the_factor_is_on_the_wide_side_where_the_same_issues_are_hard_for_both():
    rng = np.random.default_rng(4)
    ease = rng.standard_normal((20_000, 80))
    noise = rng.standard_normal((2, 20_000, 80))
    latent = (ease + noise) / math.sqrt(2)
    agent = (latent[0] < stats.norm.ppf(0.45)).mean(axis=1)
    golden = (latent[1] < stats.norm.ppf(0.68)).mean(axis=1)
    inside = np.abs(np.log(agent / golden / (0.45 / 0.68))) <= math.log(relative_rate_factor(80, 80))
    assert inside.mean() > 0.97


@pytest.mark.parametrize("flip", [0.1, 0.2, 0.35])
@pytest.mark.parametrize("n", [100, 300])
def test_a_drift_of_none_is_estimated_within_its_half_width(n, flip):
    better, worse = differing(n, flip, 0.0, seed=5)
    inside = np.abs(better - worse) / n <= drift_half_width(n, flip)
    assert inside.mean() == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("n", "flip"), [(150, 0.2), (100, 0.35), (400, 0.1), (400, 0.2)])
def test_mcnemars_test_finds_the_detectable_drift_as_often_as_it_says(n, flip):
    for power in (0.6, 0.8, 0.9):
        assert power_of(n, flip, detectable_drift(n, flip, power=power)) == pytest.approx(power, abs=0.03)


@pytest.mark.parametrize(("n", "flip"), [(10, 0.2), (20, 0.2), (40, 0.1)])
def test_with_few_pairs_the_power_is_at_least_what_was_asked_for(n, flip):
    drift = detectable_drift(n, flip)
    assert drift > flip
    assert power_of(n, drift, drift) > 0.8


@pytest.mark.parametrize(("n", "flip"), [(20, 0.2), (30, 0.3), (50, 0.1), (100, 0.2), (200, 0.3)])
def test_the_exact_test_comes_near_the_power_that_was_asked_for(n, flip):
    drift = detectable_drift(n, flip)
    differ = max(flip, drift)
    power = 0.0
    for pairs in range(1, n + 1):
        better = np.arange(pairs + 1)
        tail = np.minimum(stats.binom.cdf(better, pairs, 0.5), stats.binom.sf(better - 1, pairs, 0.5))
        found = better[2 * tail <= 0.05]
        at_drift = stats.binom.pmf(found, pairs, (1 + drift / differ) / 2).sum()
        power += stats.binom.pmf(pairs, n, differ) * at_drift
    assert 0.745 < power < 0.795


def differing(n, flip, drift, seed):
    """How many of n pairs differ one way, and how many the other, in many simulated rounds."""
    rng = np.random.default_rng(seed)
    pairs = rng.multinomial(n, [(flip + drift) / 2, (flip - drift) / 2, 1 - flip], size=SIMULATED)
    return pairs[:, 0], pairs[:, 1]


def power_of(n, flip, drift):
    better, worse = differing(n, flip, drift, seed=6)
    differ = np.maximum(better + worse, 1)
    return (np.abs(better - worse) / np.sqrt(differ) > 1.959964).mean()


def test_connors_sample_size_gives_its_difference_back():
    # Connor 1987, with z of .05 two-sided and of 80 %: n = (1.95996·√ψ + .84162·√(ψ − δ²))² / δ².
    n = (1.959964 * math.sqrt(0.3) + 0.841621 * math.sqrt(0.3 - 0.15**2)) ** 2 / 0.15**2
    assert detectable_drift(math.ceil(n), 0.3) < 0.15 < detectable_drift(math.floor(n), 0.3)


@given(st.integers(1, 2000), shares, levels, st.floats(0.5, 0.99))
def test_a_drift_is_a_difference_that_can_be_and_more_pairs_find_less(n, flip, level, power):
    found, more = detectable_drift(n, flip, level, power), detectable_drift(n + 1, flip, level, power)
    if found is None:
        assert n <= stats.norm.ppf(0.5 + level / 2) ** 2
        return
    assert more < found <= 1
    z_a, z_b, differ = stats.norm.ppf(0.5 + level / 2), stats.norm.ppf(power), max(flip, found)
    wanted = z_a * math.sqrt(differ) + z_b * math.sqrt(differ - found**2)
    assert found * math.sqrt(n) == pytest.approx(wanted)
    assert 0 < drift_half_width(n, flip, level) <= 1


@pytest.mark.parametrize("n", [0, 1, 3])
def test_what_nothing_is_known_of_has_no_number(n):
    assert share_half_width(0) is None
    assert drift_half_width(0) is None
    assert relative_rate_factor(0, 47) is None
    assert relative_rate_factor(47, 0) is None
    assert detectable_drift(n) is None


@pytest.mark.parametrize(
    "asked",
    [
        lambda: share_half_width(-1),
        lambda: share_half_width(5, 1.2),
        lambda: share_half_width(5, level=95),
        lambda: relative_rate_factor(5, 5, share=0),
        lambda: relative_rate_factor(5, 5, golden=1),
        lambda: relative_rate_factor(5, -5),
        lambda: drift_half_width(5, flip=0),
        lambda: detectable_drift(-5),
        lambda: detectable_drift(5, power=1),
    ],
)
def test_what_cannot_be_is_refused(asked):
    with pytest.raises(StatsError):
        asked()


SIZES = RoundSizes(
    golden_before=47,
    golden_now=56,
    golden_in_reserve=12,
    rounds_left=1,
    again=20,
    new=(("agent-b", 61), ("agent-c", 0)),
    reserve_share=0.1,
    earlier_share=0.4,
)


def test_a_round_has_the_numbers_of_its_parts():
    found = round_precision(SIZES, 0.9, Assumed(share=0.4, rate=0.3, golden=0.7, flip=0.25, power=0.9))
    assert found.golden_before == share_half_width(47, 0.4, 0.9)
    assert found.golden_now == share_half_width(56, 0.4, 0.9)
    assert found.drift == drift_half_width(20, 0.25, 0.9)
    assert found.detectable == detectable_drift(20, 0.25, 0.9, 0.9)
    first, second = found.submissions
    assert (first.submission, first.n) == ("agent-b", 61)
    assert first.half_width == share_half_width(61, 0.4, 0.9)
    assert first.factor == relative_rate_factor(61, 56, 0.3, 0.7, 0.9)
    assert (second.half_width, second.factor) == (None, None)


def test_the_alternatives_hold_the_studys_own_choice_and_no_more_than_there_is():
    found = round_precision(SIZES)
    assert found.reserve == (
        Alternative(0, 0.0, 0, 47, share_half_width(47)),
        Alternative(1, 0.1, 9, 56, found.golden_now),
        Alternative(2, 0.2, 18, 65, share_half_width(65)),
    )
    assert [(one.items, one.share) for one in found.earlier] == [(0, 0.0), (20, 0.4), (40, 0.8)]
    assert [one.half_width for one in found.earlier] == [None, found.drift, drift_half_width(40)]


def test_alternatives_stop_at_what_there_is():
    scarce = RoundSizes(47, 56, 4, 0, 20, (), earlier=25)
    found = round_precision(scarce)
    assert [one.n for one in found.reserve] == [47, 56, 60]
    assert [one.n for one in found.earlier] == [0, 20, 25]
    assert {one.share for one in found.reserve + found.earlier} == {None}


def test_golden_of_new_instances_is_no_matter_of_the_reserve():
    found = round_precision(RoundSizes(47, 60, 30, 3, 0, (), from_reserve=5))
    assert [(one.items, one.n) for one in found.reserve] == [(0, 55), (5, 60), (10, 65)]


@pytest.mark.parametrize("sizes", [RoundSizes(0, 47, 48, 5, 0, ()), RoundSizes(0, 0, 0, None, 0, ())])
def test_a_first_round_has_no_alternatives(sizes):
    found = round_precision(sizes)
    assert (found.reserve, found.earlier) == ((), ())
    assert (found.golden_before, found.drift, found.detectable) == (None, None, None)
    assert (found.golden_now is None) == (sizes.golden_now == 0)

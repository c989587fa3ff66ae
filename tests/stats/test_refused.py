"""Refused by the grader: METR's 1 of 27, weights, units, what r adds, coverage, degenerate studies."""

import math

import numpy as np
import pytest
from scipy import stats

from mergecheck.errors import StatsError
from mergecheck.stats.cells import cells
from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews
from mergecheck.stats.intervals import student
from mergecheck.stats.jackknife import sample
from mergecheck.stats.rates import merge_rate
from mergecheck.stats.refused import corrected, false_negatives
from mergecheck.stats.scope import score


def study(frames, spec, weights=None, same=None):
    """As `frames`, where letters in capitals are verdicts on attempts that the grader refused."""
    lower = {
        name: {key: code.lower() if code.isupper() else code for key, code in codes.items()}
        for name, codes in spec.items()
    }
    attempts, reviews = frames(lower, probability=weights, same=same)
    refused = [
        spec[name][key].isupper() for name, key in zip(attempts["submission"], attempts["instance"], strict=True)
    ]
    attempts.loc[refused, "grade"] = "unresolved"
    attempts = check_attempts(attempts)
    return score(attempts, check_reviews(reviews, attempts))


def metr():
    """31 refused attempts at 27 issues, on one of them a good one."""
    codes = {f"i{number:02d}": "A" if number == 3 else "R" for number in range(27)}
    return {"m": codes, "k": {f"i{number:02d}": "R" for number in range(4)}}


def test_metrs_one_of_27_issues(frames):
    found = false_negatives(study(frames, metr()))
    assert (found.attempts, found.issues, found.accepted, found.size) == (31, 27, 1, 27)
    assert (round(found.share.low, 5), round(found.share.high, 5)) == (0.00094, 0.18971)
    assert round(100 * found.share.estimate, 1) == 3.7
    by_attempt = false_negatives(study(frames, metr()), unit="attempt")
    assert (by_attempt.share.estimate, by_attempt.size) == (pytest.approx(1 / 31), 31)
    assert found.limits(0.95) == pytest.approx(tuple(stats.beta(1.5, 26.5).ppf([0.025, 0.975])))


def test_a_bootstrap_would_miss_the_one_in_36_per_cent():
    assert round((1 - 1 / 27) ** 27, 2) == 0.36


def test_shares_are_weighted_by_sampling(frames):
    weights = {("m", "i0"): 0.25, ("m", "i1"): 0.5, ("m", "i2"): 1.0}
    found = false_negatives(study(frames, {"m": {"i0": "A", "i1": "R", "i2": "R"}}, weights), unit="attempt")
    assert found.share.estimate == pytest.approx(4 / 7)
    assert found.size == pytest.approx(7**2 / 21)
    assert found.accepted == pytest.approx(4 / 7 * 7**2 / 21)


def test_only_unresolved_attempts_count_and_they_never_enter_m(frames):
    spec = {
        "m": {"i0": "a", "i1": "r", "i2": "A", "i3": "A", "i4": "empty", "i5": "f"},
        "golden": {"i0": "a", "i1": "r"},
    }
    scored = study(frames, spec)
    assert false_negatives(scored).share.estimate == 1
    assert sample(cells(scored)).point.a[0] * sample(cells(scored)).point.c[0] == pytest.approx(1 / 6)


def test_one_change_of_two_submissions_was_judged_once(frames):
    spec = {"m": {"i0": "A", "i1": "R", "i2": "R"}, "k": {"i0": "A", "i1": "R", "i2": "R"}}
    same = {("k", key): f"m/{key}" for key in spec["k"]}
    found = false_negatives(study(frames, spec, same=same), unit="attempt")
    assert (found.attempts, found.candidates, found.size) == (6, 3, 3)
    assert found.share.estimate == pytest.approx(1 / 3)


def codes(accepted, refused, good, bad, failed):
    letters = ["a"] * accepted + ["r"] * refused + ["A"] * good + ["R"] * bad + ["f"] * failed
    return {f"i{number:03d}": letter for number, letter in enumerate(letters)}


def test_the_corrected_rate_is_m_and_what_was_refused(frames):
    spec = {
        "m": codes(20, 20, 1, 26, 13),
        "golden": {f"i{number:03d}": "a" if number < 32 else "r" for number in range(47)},
    }
    scored = study(frames, spec)
    whole, found = sample(cells(scored)), false_negatives(scored)
    (rate,) = corrected(whole, found).rates
    m, a, r, g = 20 / 80, 40 / 80, 1 / 27, 32 / 47
    assert rate.merge_rate.estimate == pytest.approx(m + (1 - a) * r)
    assert rate.relative.estimate == pytest.approx((m + (1 - a) * r) / g)
    # M − rA with r held, as a mean over instances; r by its Beta limits.
    y = np.array([1 - r] * 20 + [-r] * 20 + [0] * 40)
    half = stats.t.ppf(0.975, 79) * stats.sem(y)
    low, high = stats.beta(1.5, 26.5).ppf([0.025, 0.975])
    assert rate.merge_rate.high == pytest.approx(rate.merge_rate.estimate + math.hypot(half, (1 - a) * (high - r)))
    assert rate.merge_rate.low == pytest.approx(rate.merge_rate.estimate - math.hypot(half, (1 - a) * (r - low)))
    assert rate.merge_rate.high > merge_rate(whole, 0, 0.95).high
    assert len(corrected(whole, found).frame()) == 3


def test_its_limits_are_near_those_of_drawing_r(frames):
    scored = study(frames, {"m": codes(20, 20, 1, 26, 13)})
    (rate,) = corrected(sample(cells(scored)), false_negatives(scored)).rates
    rng = np.random.default_rng(0)
    rows = np.array([[1, 1]] * 20 + [[1, 0]] * 20 + [[0, 0]] * 40)
    drawn = rows[rng.integers(80, size=(20_000, 80))].mean(axis=1)
    totals = drawn[:, 1] + (1 - drawn[:, 0]) * rng.beta(1.5, 26.5, 20_000)
    # Draws centre on (k + ½)/(n + 1), the estimate on k/n.
    assert (rate.merge_rate.low, rate.merge_rate.high) == pytest.approx(
        tuple(np.quantile(totals, [0.025, 0.975])), abs=0.015
    )


def test_the_interval_covers():
    """The limits above, by their formula: A = .6, C = .5, r = .05, 95 attempts, 30 refused ones reviewed."""
    rng = np.random.default_rng(5)
    true, covered = 0.3 + 0.4 * 0.05, 0
    for _ in range(1000):
        passed = rng.random(95) < 0.6
        merged = passed & (rng.random(95) < 0.5)
        k = rng.binomial(30, 0.05)
        r = k / 30
        low, high = stats.beta.ppf([0.025, 0.975], k + 0.5, 30.5 - k)
        y = merged - r * passed
        half = student(94, 0.95) * y.std(ddof=1) / math.sqrt(95)
        a, point = passed.mean(), y.mean() + r
        falls = (1 - a) * (r - (low if k else 0.0))
        covered += point - math.hypot(half, falls) <= true <= point + math.hypot(half, (1 - a) * (high - r))
    assert 930 <= covered <= 980


def test_what_is_missing_is_said(frames):
    nothing = false_negatives(score(empty_attempts(), empty_reviews()))
    assert nothing.share.reason == "no unresolved attempt has a verdict"
    scored = study(frames, {"m": codes(5, 5, 0, 0, 5)})
    (rate,) = corrected(sample(cells(scored)), false_negatives(scored)).rates
    assert rate.merge_rate.reason == "no unresolved attempt has a verdict"
    scored = study(frames, {"m": codes(5, 5, 1, 5, 5)})
    (rate,) = corrected(sample(cells(scored)), false_negatives(scored)).rates
    assert rate.merge_rate.available
    assert rate.relative.reason == "no sampled golden patch has a verdict"
    scored = study(frames, {"m": codes(0, 5, 0, 5, 5), "golden": codes(9, 3, 0, 0, 0)})
    (rate,) = corrected(sample(cells(scored)), false_negatives(scored)).rates
    assert (rate.merge_rate.estimate, rate.merge_rate.low) == (0, 0)
    assert rate.merge_rate.high > 1 - 0.025 ** (1 / 15)
    assert (rate.relative.estimate, rate.relative.low) == (0, None)
    with pytest.raises(StatsError, match="is no unit"):
        false_negatives(scored, unit="patch")


def test_rows_may_be_permuted(frames):
    scored = study(frames, metr())
    assert false_negatives(scored.sample(frac=1, random_state=1)) == false_negatives(scored)

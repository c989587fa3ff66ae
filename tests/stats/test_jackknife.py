"""The vectorised jackknife against loops that leave one instance out of the rows and compute every rate anew."""

import math
from datetime import date

import numpy as np
import pytest
from scipy import stats

from mergecheck.stats.analysis import analyse
from mergecheck.stats.estimate import Shape

FAILED = ("unresolved", "empty", "error")
OUT = ("dropped", "not_run")


def rates_by_hand(attempts, reviews, without=None):
    """A, C, M of each submission and G, by dictionaries and loops from rows, no instance `without`."""
    said = {}
    for row in reviews.to_dict("records"):
        if row["decision"] in ("accept", "request_changes"):
            said.setdefault(row["candidate"], []).append(float(row["decision"] == "accept"))
    scope, passed, weights, accepted = {}, {}, {}, {}
    for row in attempts.to_dict("records"):
        name = row["submission"]
        if row["instance"] == without or row["disposition"] in OUT or row["grade"] == "ungraded":
            continue
        failed = row["grade"] in FAILED
        if not failed and row["disposition"] != "reviewable":
            continue
        scope[name] = scope.get(name, 0) + 1
        if failed:
            continue
        passed[name] = passed.get(name, 0) + 1
        if row["sampled"] and row["candidate"] in said:
            w = 1 / row["inclusion_probability"]
            weights[name] = weights.get(name, 0) + w
            accepted[name] = accepted.get(name, 0) + w * np.mean(said[row["candidate"]])
    golden = accepted["golden"] / weights["golden"]
    found = {}
    for name in sorted(set(scope) - {"golden"}):
        a, c = passed[name] / scope[name], accepted[name] / weights[name]
        found[name] = {"A": a, "C": c, "M": a * c, "G": golden, "gap": a - a * c / golden}
    return found


def loop(attempts, reviews, statistic):
    """The statistic, its replicates and t's half-width, one instance at a time."""
    instances = sorted(set(attempts["instance"]))
    whole = statistic(rates_by_hand(attempts, reviews))
    replicates = np.array([statistic(rates_by_hand(attempts, reviews, instance)) for instance in instances])
    n = len(instances)
    variance = (n - 1) / n * sum((one - replicates.mean()) ** 2 for one in replicates)
    return whole, replicates, stats.t.ppf(0.975, n - 1) * math.sqrt(variance)


def assert_is(estimate, whole, half):
    assert estimate.estimate == pytest.approx(whole, abs=1e-10)
    assert estimate.low == pytest.approx(whole - half, abs=1e-10)
    assert estimate.high == pytest.approx(whole + half, abs=1e-10)


def slope(rates, key, dates):
    x = [dates[name].toordinal() / 365.25 for name in rates]
    return 100 * stats.linregress(x, [key(rate) for rate in rates.values()]).slope


def test_every_difference_has_the_loops_interval(mixed):
    analysis = analyse(*mixed)
    dates = {rate.submission: rate.released for rate in analysis.rates}
    assert dates == {"old": date(2024, 3, 1), "new": date(2025, 6, 15)}
    for rate in analysis.rates:
        whole, _, half = loop(*mixed, lambda rates, name=rate.submission: rates[name]["gap"])
        assert_is(rate.gap, whole, half)
        assert rate.gap.method == "instance jackknife, t(13)"
    statistics = {
        "grader": lambda rate: rate["A"],
        "merged": lambda rate: rate["M"],
        "maintainers": lambda rate: rate["M"] / rate["G"],
        "difference": lambda rate: rate["A"] - rate["M"] / rate["G"],
        "difference_raw": lambda rate: rate["A"] - rate["M"],
    }
    for name, key in statistics.items():
        whole, _, half = loop(*mixed, lambda rates, key=key: slope(rates, key, dates))
        assert_is(getattr(analysis.trend, name), whole, half)
    whole, _, half = loop(*mixed, lambda rates: float(np.mean([rate["gap"] for rate in rates.values()])))
    assert_is(analysis.level_gap.estimate, whole, half)


def test_a_merge_rate_with_weights_has_the_binomial_limits_at_the_size_that_the_loops_variance_leaves(mixed):
    seen = set()
    for rate in analyse(*mixed).rates:
        whole, _, half = loop(*mixed, lambda rates, name=rate.submission: rates[name]["M"])
        variance = (half / stats.t.ppf(0.975, 13)) ** 2
        size = whole * (1 - whole) / variance
        low, high = rate.merge_rate.low, rate.merge_rate.high
        assert rate.merge_rate.estimate == pytest.approx(whole)
        seen.add(rate.merge_rate.method)
        if min(whole, 1 - whole) * size < 5:
            beta = (
                stats.beta(whole * size, size - whole * size + 1),
                stats.beta(whole * size + 1, (1 - whole) * size),
            )
            assert (low, high) == pytest.approx((beta[0].ppf(0.025), beta[1].ppf(0.975)))
        else:
            for limit in (low, high):
                assert (whole - limit) ** 2 == pytest.approx(
                    stats.norm.ppf(0.975) ** 2 * limit * (1 - limit) / size
                )
    assert seen == {
        "Clopper–Pearson at the jackknife's effective size",
        "Wilson at the jackknife's effective size",
    }


def test_a_merge_rate_of_which_all_that_passed_was_reviewed_is_a_plain_share_of_the_scope(metr):
    rates = analyse(*metr).rates
    for rate, merged, patches in zip(rates, (14, 21, 26, 23, 31), (94, 93, 94, 94, 92), strict=True):
        found = stats.binomtest(merged, patches).proportion_ci(method="wilson")
        assert (rate.merge_rate.low, rate.merge_rate.high) == pytest.approx((found.low, found.high))
        assert rate.merge_rate.method == "Wilson"


def test_weighted_shares_have_the_binomial_limits_at_the_size_that_the_loops_variance_leaves(mixed):
    analysis = analyse(*mixed)
    attempts, reviews = mixed
    counted = attempts[(attempts["submission"] == "new") & attempts["sampled"]]
    counted = set(counted["instance"]) & set(reviews[reviews["candidate"].str.startswith("new/")]["instance"])
    whole = rates_by_hand(*mixed)["new"]["C"]
    replicates = np.array([rates_by_hand(*mixed, instance)["new"]["C"] for instance in sorted(counted)])
    n = len(counted)
    size = whole * (1 - whole) / ((n - 1) / n * ((replicates - replicates.mean()) ** 2).sum())
    rate = analysis.rates[1].conditional_rate
    assert (rate.estimate, rate.n) == (pytest.approx(whole), n)
    limits = (
        stats.beta(whole * size, size - whole * size + 1).ppf(0.025),
        stats.beta(whole * size + 1, (1 - whole) * size).ppf(0.975),
    )
    assert min(whole, 1 - whole) * size < 5
    assert (rate.low, rate.high) == pytest.approx(limits)


def test_the_log_ratio_has_the_loops_variances_and_covariance(mixed):
    analysis = analyse(*mixed)
    for rate, sets in zip(analysis.rates, analysis.fieller, strict=True):
        name = rate.submission
        merged, merges, _ = loop(*mixed, lambda rates, name=name: rates[name]["M"])
        golden, goldens, _ = loop(*mixed, lambda rates, name=name: rates[name]["G"])
        n = len(merges)
        covariance = (n - 1) ** 2 / n * np.cov(merges, goldens)
        variance = (
            covariance[0, 0] / merged**2 + covariance[1, 1] / golden**2 - 2 * covariance[0, 1] / merged / golden
        )
        t = stats.t.ppf(0.975, n - 1)
        spread = math.exp(t * math.sqrt(variance))
        ratio = merged / golden
        found = rate.relative_merge_rate
        assert (found.estimate, found.low, found.high) == pytest.approx((ratio, ratio / spread, ratio * spread))
        assert sets.merge.shape is Shape.INTERVAL
        for limit in (sets.merge.low, sets.merge.high):
            quadratic = covariance[0, 0] - 2 * limit * covariance[0, 1] + limit**2 * covariance[1, 1]
            assert (merged - limit * golden) ** 2 == pytest.approx(t**2 * quadratic)


def test_the_log_ratio_of_two_plain_means_has_the_textbook_variance(frames):
    """With all reviewed and all golden drawn, SE² = s²(x/M − g/G)/n: no jackknife needed."""
    rng = np.random.default_rng(5)
    x, g = rng.random(60) < 0.35, rng.random(60) < 0.7
    spec = {
        "m": {
            f"i{number:02d}": "a" if merged else ("r" if number % 2 else "f") for number, merged in enumerate(x)
        },
        "golden": {f"i{number:02d}": "a" if merged else "r" for number, merged in enumerate(g)},
    }
    found = analyse(*frames(spec)).rates[0].relative_merge_rate
    influence = x / x.mean() - g / g.mean()
    se = influence.std(ddof=1) / math.sqrt(60)
    assert math.log(found.high / found.estimate) == pytest.approx(stats.t.ppf(0.975, 59) * se)
    assert found.method == "paired log-ratio delta, t(59)"

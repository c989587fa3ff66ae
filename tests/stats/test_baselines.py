"""Golden matched and post-stratified, by hand; unbiased where the sample's mix is not the instances'."""

import math

import numpy as np
import pytest
from scipy import stats

from mergecheck.stats.baselines import matched_baselines, post_stratified_golden
from mergecheck.stats.cells import cells
from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews
from mergecheck.stats.jackknife import sample, unstratified
from mergecheck.stats.rates import golden_baseline
from mergecheck.stats.scope import score


def letters(text):
    return {f"i{number:03d}": letter for number, letter in enumerate(text)}


def scored(frames, spec, repo=None, **options):
    """`repo`: instance's number → letter of its repository."""
    codes = {name: letters(one) if isinstance(one, str) else one for name, one in spec.items()}
    attempts, reviews = frames(codes, **options)
    if repo is not None:
        for frame in (attempts, reviews):
            frame["repo"] = [repo[int(name[1:])] for name in frame["instance"]]
    attempts = check_attempts(attempts)
    return score(attempts, check_reviews(reviews, attempts))


def matched(frames, spec, **options):
    return matched_baselines(sample(cells(scored(frames, spec, **options)))).submissions[0]


def test_the_baseline_is_of_the_instances_that_the_submission_passes(frames):
    found = matched(frames, {"m": "a" * 10 + "r" * 10 + "f" * 10, "golden": "a" * 15 + "r" * 15})
    assert (found.golden, found.baseline.estimate) == (20, 15 / 20)
    low, high = stats.binomtest(15, 20).proportion_ci(method="wilson")
    assert (found.baseline.low, found.baseline.high) == pytest.approx((low, high))
    assert found.relative.estimate == pytest.approx(10 / 20 / (15 / 20))


def test_the_ratios_interval_leaves_out_both_sides_together(frames):
    mine, golden = "aarrafarraarrrarfarraafrra", "aaraaaraaaaraaaaaraaarraar"
    found = matched(frames, {"m": mine, "golden": golden})
    kept = [(one == "a", other == "a") for one, other in zip(mine, golden, strict=True) if one != "f"]
    n = len(kept)
    values = [
        math.log(sum(one for one, _ in left) / sum(other for _, other in left))
        for left in (kept[:row] + kept[row + 1 :] for row in range(n))
    ]
    half = stats.t.ppf(0.975, n - 1) * math.sqrt((n - 1) / n * ((np.array(values) - np.mean(values)) ** 2).sum())
    assert (found.relative.n, found.golden) == (n, n)
    assert math.log(found.relative.high / found.relative.estimate) == pytest.approx(half)
    assert math.log(found.relative.estimate / found.relative.low) == pytest.approx(half)


def test_weights_and_fractions_are_jackknifed(frames, share_limits):
    golden = {name: "ar" if name == "i003" else letter for name, letter in letters("aaraaaraaaaraaaaa").items()}
    weights = {("golden", f"i{number:03d}"): 0.4 + number / 40 for number in range(17)}
    found = matched(frames, {"m": "ar" * 8 + "a", "golden": golden}, probability=weights)
    w = np.array([1 / weights["golden", f"i{number:03d}"] for number in range(17)])
    d = np.array([{"a": 1.0, "r": 0.0, "ar": 0.5}[one] for one in golden.values()])
    replicates = np.array([np.delete(w * d, row).sum() / np.delete(w, row).sum() for row in range(17)])
    share = (w * d).sum() / w.sum()
    assert found.baseline.estimate == pytest.approx(share)
    assert (found.baseline.low, found.baseline.high) == pytest.approx(share_limits(share, replicates))


def test_few_golden_patches_match_nothing(frames):
    found = matched(frames, {"m": "a" * 14 + "f" * 10, "golden": "a" * 20 + "rrrr"})
    assert (found.baseline.reason, found.relative.reason) == ("14 golden below 15", "14 golden below 15")
    assert matched(frames, {"m": "a" * 20}).baseline.reason == "0 golden below 15"


def test_golden_itself_is_exactly_as_good_as_golden(frames):
    found = matched(frames, {"m": "ar" * 10, "golden": "ar" * 10})
    assert (found.relative.estimate, found.relative.low, found.relative.high) == (1, 1, 1)


def test_all_or_none_accepted_are_no_certainty(frames):
    bound = 0.025 ** (1 / 20)
    all_golden = matched(frames, {"m": "ar" * 10, "golden": "a" * 20})
    assert all_golden.relative.high > 0.5 / bound
    none = matched(frames, {"m": "r" * 20, "golden": "ar" * 10})
    assert (none.relative.estimate, none.relative.low) == (0, None)
    assert none.relative.high > (1 - 0.05 ** (1 / 20)) / 0.5
    no_golden = matched(frames, {"m": "ar" * 10, "golden": "r" * 20}).relative
    assert no_golden.reason == "none of the 20 matched golden patches was accepted"
    both = matched(frames, {"m": "a" * 20, "golden": "a" * 20}).relative
    assert (both.low, both.high) == pytest.approx((bound, 1 / bound))


def test_permuted_rows_and_frames(frames):
    one = scored(frames, {"m": "aarraf" * 5, "golden": "aaraar" * 5})
    other = one.sample(frac=1, random_state=3)
    assert matched_baselines(sample(cells(one))) == matched_baselines(sample(cells(other)))
    assert post_stratified_golden(one) == post_stratified_golden(other)
    assert len(matched_baselines(sample(cells(one))).frame()) == 2


# Repository x: 30 instances, 6 golden; y: 10 instances, 10 golden.
REPOS = "x" * 30 + "y" * 10
GOLDEN = "aaarra" + "." * 24 + "aaaaaaaaar"


def test_the_mix_is_the_instances_and_not_the_samples(frames, share_limits):
    golden = {name: letter for name, letter in letters(GOLDEN).items() if letter != "."}
    rows = scored(frames, {"m": "ar" * 20, "golden": golden}, repo=REPOS)
    found = post_stratified_golden(rows)
    assert found.baseline.estimate == pytest.approx(0.75 * 4 / 6 + 0.25 * 9 / 10)
    whole = sample(cells(rows))
    assert found.baseline.estimate != pytest.approx(golden_baseline(unstratified(whole), 0.95).estimate)
    # With golden verdicts enough in each it is the baseline of the rates.
    mine = golden_baseline(whole, 0.95)
    assert (mine.estimate, mine.low, mine.high, mine.n) == pytest.approx(
        (found.baseline.estimate, found.baseline.low, found.baseline.high, found.baseline.n)
    )
    assert [(one.repo, one.instances, one.golden) for one in found.strata] == [("x", 30, 6), ("y", 10, 10)]

    def without(row):
        kept = [place for place in range(40) if place != row]
        total = 0.0
        for repo in "xy":
            here = [place for place in kept if REPOS[place] == repo]
            said = [GOLDEN[place] == "a" for place in here if GOLDEN[place] != "."]
            total += len(here) / 39 * np.mean(said)
        return total

    left = np.array([without(row) for row in range(40)])
    assert found.baseline.n == 40
    assert (found.baseline.low, found.baseline.high) == pytest.approx(share_limits(found.baseline.estimate, left))


def test_one_repository_is_the_baseline_as_it_is(frames):
    rows = scored(frames, {"m": "ar" * 20, "golden": "aar" * 13 + "a"})
    assert post_stratified_golden(rows).baseline.estimate == pytest.approx(27 / 40)
    # One number, and so one interval: they stand below each other in the report.
    assert golden_baseline(sample(cells(rows)), 0.95) == post_stratified_golden(rows).baseline


def test_a_repository_without_golden_is_named(frames):
    golden = letters("aar")
    found = post_stratified_golden(scored(frames, {"m": "ar" * 20, "golden": golden}, repo=REPOS))
    assert found.baseline.reason == "no golden patch of y has a verdict"
    nothing = post_stratified_golden(score(empty_attempts(), empty_reviews()))
    assert nothing.baseline.reason == "no sampled golden patch has a verdict"
    assert len(nothing.frame()) == 1
    lone = letters("aar") | {"i035": "a"}
    found = post_stratified_golden(scored(frames, {"m": "ar" * 20, "golden": lone}, repo=REPOS))
    assert (found.baseline.low, found.baseline.reason) == (None, "a repository has one golden verdict alone")


def test_all_golden_accepted_has_an_exact_bound_at_the_size_that_weights_leave(frames):
    golden = {name: "a" for name, letter in letters(GOLDEN).items() if letter != "."}
    found = post_stratified_golden(scored(frames, {"m": "ar" * 20, "golden": golden}, repo=REPOS)).baseline
    size = 1 / (6 * (0.75 / 6) ** 2 + 10 * (0.25 / 10) ** 2)
    assert (found.estimate, found.high, found.low) == (1, 1, pytest.approx(0.025 ** (1 / size)))

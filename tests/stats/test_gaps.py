"""Gaps and shrinkage: Efron and Morris's printed digits, what it recovers, sharing, degenerate studies."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews
from mergecheck.stats.gaps import gaps
from mergecheck.stats.scope import score
from mergecheck.stats.shrinkage import share_variance, shrink

FOUR = ("i0", "i1", "i2", "i3")
HITS_IN_45 = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]


def test_efron_and_morris_1977():
    """18 players' first 45 at bats of 1970, Clemente (18 hits) first and Alvis (7) last."""
    average = np.round(np.array(HITS_IN_45) / 45, 3)
    found = shrink(average, np.full(18, average.mean() * (1 - average.mean()) / 45))
    assert round(found.mean, 3) == 0.265
    assert round(float(found.kept[0]), 3) == 0.212
    assert round(float(found.estimates[0]), 3) == 0.294
    assert round(float(found.estimates[-1]), 3) == 0.242


def test_equal_variances_give_the_closed_form():
    rng = np.random.default_rng(0)
    values = rng.normal(1, 2, 30)
    found = shrink(values, np.full(30, 0.5))
    squares = ((values - values.mean()) ** 2).sum()
    kept = 1 - 27 * 0.5 / squares
    assert found.kept == pytest.approx(np.full(30, kept))
    assert found.estimates == pytest.approx(values.mean() + kept * (values - values.mean()))
    lost = 1 - kept
    error = 0.5 * (1 - 29 / 30 * lost) + 2 / 27 * lost**2 * (values - values.mean()) ** 2
    assert found.errors == pytest.approx(np.sqrt(error))


def test_with_unequal_variances_the_mean_is_of_those_that_tell_most():
    """Morris by hand: four values scaled so that A = 4 makes Σ (y − μ)²/(V + A) = 3.

    V + A = 5, 5, 20, 20 gives the weights .4, .4, .1, .1.
    """
    variances, shape = np.array([1.0, 1.0, 16.0, 16.0]), np.array([0.0, 4.0, 10.0, 0.0])
    weight = np.array([0.4, 0.4, 0.1, 0.1])
    apart = shape - weight @ shape
    values = 7 + shape * math.sqrt(3 / (apart**2 / np.array([5.0, 5.0, 20.0, 20.0])).sum())
    found = shrink(values, variances)
    assert found.spread == pytest.approx(4)
    mean = weight @ values
    assert found.mean == pytest.approx(mean)
    assert found.mean != pytest.approx(values.mean(), rel=0.01)
    lost = 1 / 3 * np.array([0.2, 0.2, 0.8, 0.8])
    assert found.estimates == pytest.approx(mean + (1 - lost) * (values - mean))
    # V̄ = .8·1 + .2·16 = 4, and so (V̄ + A)/(V + A) is 8/5 and 8/20.
    unsure = 2 / 1 * np.array([1.6, 1.6, 0.4, 0.4]) * lost**2 * (values - mean) ** 2
    assert found.errors**2 == pytest.approx(variances * (1 - (1 - weight) * lost) + unsure)


def test_nothing_but_chance_is_drawn_nearly_all_the_way():
    values = np.array([0.5, 0.51, 0.49, 0.5, 0.5, 0.5])
    found = shrink(values, np.full(6, 0.04))
    assert found.spread == 0
    assert found.kept == pytest.approx(np.full(6, 1 - 3 / 5))


def test_few_trials_a_group_are_not_shrunk_too_much():
    """Beta(2, 2) shares (variance .05), 5 trials each: with m(1 − m)/n the spread comes out too small."""
    rng = np.random.default_rng(1)
    right, wrong, covered, n = [], [], 0, 0
    for _ in range(40):
        true = rng.beta(2, 2, 95)
        values = rng.binomial(5, true) / 5
        mean = values.mean()
        found = shrink(values, share_variance(mean * (1 - mean), np.full(95, 5.0)))
        right.append(found.spread)
        wrong.append(shrink(values, np.full(95, mean * (1 - mean) / 5)).spread)
        covered += (np.abs(found.estimates - true) <= 1.96 * found.errors).sum()
        n += 95
    error = np.std(right) / math.sqrt(40)
    assert abs(np.mean(right) - 0.05) < 4 * error
    assert np.mean(wrong) < 0.05 - 4 * error
    assert 0.92 < covered / n < 0.98


def test_means_of_two_verdicts_vary_as_they_do(frames):
    """Instances accept with .2 or .8 (variance .09); five changes an instance, of two verdicts each."""
    rng = np.random.default_rng(3)
    said = rng.random((240, 5, 2)) < np.where(np.arange(240) % 2, 0.2, 0.8)[:, None, None]
    spec = {
        model: {f"i{row:03d}": "".join("a" if one else "r" for one in said[row, place]) for row in range(240)}
        for place, model in enumerate("abcde")
    }
    found = gaps(*study(frames, spec))
    d = said.mean(axis=2)
    between, total = d.mean(axis=1).var(ddof=1), d.var()
    # All sizes are 5, so that A + (s² − A)/5 = between has one solution.
    assert found.spread**2 == pytest.approx((5 * between - total) / 4)
    assert abs(found.spread**2 - 0.09) < 0.01
    mean = d.mean()
    assert (5 * between - mean * (1 - mean)) / 4 < 0.075


def study(frames, spec, **options):
    attempts, reviews = frames(spec, **options)
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    return score(attempts, reviews), reviews


SPEC = {
    "m": {"i0": "a", "i1": "r", "i2": "f", "i3": "ar", "i4": "a", "i5": "f"},
    "k": {"i0": "a", "i1": "r", "i2": "f", "i3": "r", "i4": "s", "i5": "a"},
    "l": {"i0": "r", "i1": "rr", "i2": "error", "i3": "f", "i4": "a", "i5": "."},
    "golden": {"i0": "a", "i1": "r", "i2": "a"},
}


def test_an_instances_shares_reasons_and_verdicts(frames):
    attempts, reviews = frames(SPEC)
    reviews.loc[reviews["assignment"] == "l/i1/r1", "reason"] = "other"
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    found = {one.instance: one for one in gaps(score(attempts, reviews), reviews).instances}
    three = found["i3"]
    assert (three.attempts, three.passes, three.reviewed, three.candidates, three.verdicts) == (3, 2, 2, 2, 3)
    assert (three.pass_share.estimate, three.merge_share.estimate) == pytest.approx((2 / 3, (0.5 + 0) / 2))
    assert found["i1"].reasons == (("code_quality", pytest.approx(2.5 / 3)), ("other", pytest.approx(0.5 / 3)))
    assert (found["i0"].golden, found["i1"].golden, found["i3"].golden) == (1, 0, None)
    assert found["i2"].merge_share.reason == "no attempt passed the grader"
    assert (found["i4"].reviewed, found["i4"].passes) == (2, 3)
    low, high = stats.binomtest(2, 3).proportion_ci(method="exact")
    assert (found["i0"].merge_share.low, found["i0"].merge_share.high) == pytest.approx((low, high))


def test_shrunken_shares_lie_between_their_own_and_the_mean_and_sort_the_table(frames):
    found = gaps(*study(frames, SPEC))
    drawn = [one for one in found.instances if one.shrunken.available]
    assert [one.shrunken.estimate for one in drawn] == sorted(one.shrunken.estimate for one in drawn)
    assert [one.instance for one in found.instances if not one.shrunken.available] == ["i2"]
    for one in drawn:
        own = one.merge_share.estimate
        assert min(own, found.mean) - 1e-12 <= one.shrunken.estimate <= max(own, found.mean) + 1e-12
        assert one.shrunken.low <= one.shrunken.estimate <= one.shrunken.high
    assert found.instances[0].instance == "i1"
    assert found.spread > 0


def test_one_change_of_several_submissions_is_one_verdict(frames):
    spec = {name: {"i0": "r", "i1": "a"} for name in ("m", "k", "l")}
    same = {("k", "i0"): "m/i0", ("l", "i0"): "m/i0"}
    found = {one.instance: one for one in gaps(*study(frames, spec, same=same)).instances}
    assert (found["i0"].reviewed, found["i0"].candidates, found["i0"].verdicts, found["i0"].merge_share.n) == (
        3,
        1,
        1,
        1,
    )
    assert found["i0"].merge_share.high == pytest.approx(0.975)
    assert (found["i1"].verdicts, found["i1"].merge_share.n) == (3, 3)


def test_a_duplicated_label_adds_no_verdict_and_rows_may_be_permuted(frames):
    attempts, reviews = frames(SPEC)
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    twin = attempts[attempts["submission"] == "m"].assign(submission="twin", model="twin")
    more = check_attempts(pd.concat([attempts, twin], ignore_index=True))
    before, after = gaps(score(attempts, reviews), reviews), gaps(score(more, reviews), reviews)
    verdicts = {one.instance: one.verdicts for one in before.instances}
    assert verdicts == {one.instance: one.verdicts for one in after.instances}
    mixed = reviews.sample(frac=1, random_state=1)
    assert gaps(score(attempts.sample(frac=1, random_state=2), mixed), mixed) == before


def test_everything_reviewed_twice_alike_tells_no_more(frames):
    once = {
        name: {key: code for key, code in codes.items() if code not in ("s", ".")} for name, codes in SPEC.items()
    }
    twice = {
        name: {key: 2 * code if set(code) <= set("ar") else code for key, code in codes.items()}
        for name, codes in once.items()
    }
    before, after = gaps(*study(frames, once)), gaps(*study(frames, twice))
    for one, other in zip(before.instances, after.instances, strict=True):
        assert (other.merge_share, other.shrunken) == (one.merge_share, one.shrunken)
        assert other.verdicts == 2 * one.verdicts


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"m": {"i0": "a", "i1": "r"}}, "needs 4 instances"),
        (
            {name: dict.fromkeys(FOUR, "a") for name in "mk"},
            "every passing attempt was accepted",
        ),
        (
            {name: dict.fromkeys(FOUR, "r") for name in "mk"},
            "every passing attempt was refused",
        ),
        ({"m": {"i0": "a", "i1": "r", "i2": "a", "i3": "r"}}, "two changes with a verdict"),
        ({"m": dict.fromkeys(FOUR, "s")}, "needs 4 instances"),
    ],
)
def test_where_nothing_can_be_shrunk_it_says_why(frames, spec, reason):
    found = gaps(*study(frames, spec))
    assert (found.mean, found.spread) == (None, None)
    for one in found.instances:
        assert one.shrunken.estimate is None
        assert reason in one.shrunken.reason
    assert len(found.frame()) == 3 * len(found.instances)


def test_empty_frames_have_no_gaps():
    found = gaps(score(empty_attempts(), empty_reviews()), empty_reviews())
    assert found.instances == ()
    assert found.frame().empty

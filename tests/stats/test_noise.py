"""Noise: flips are seen through, the share that differs is not the flip rate, degenerate studies."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mergecheck.stats.cells import cells
from mergecheck.stats.frames import check_attempts, check_reviews, empty_reviews
from mergecheck.stats.jackknife import sample
from mergecheck.stats.noise import denoised, flip_rate
from mergecheck.stats.scope import score


def study(frames, one_review, spec, again):
    """`again`: instance → letter of the repeat, of m's change by r0."""
    attempts, reviews = frames(spec)
    rows = [one_review(f"m/{key}", key, "r0", letter, repeat_of=f"m/{key}/r0") for key, letter in again.items()]
    attempts = check_attempts(attempts)
    return attempts, check_reviews(pd.concat([reviews, pd.DataFrame(rows)], ignore_index=True), attempts)


def whole(attempts, reviews):
    return sample(cells(score(attempts, reviews)))


def letters(text):
    return {f"i{number:03d}": letter for number, letter in enumerate(text)}


def test_the_flip_rate_is_not_the_share_that_differs(frames, one_review):
    """20 repeats, 4 of which differ: 2ε(1 − ε) = .2."""
    _, reviews = study(frames, one_review, {"m": letters("a" * 20)}, letters("r" * 4 + "a" * 16))
    found = flip_rate(reviews)
    assert (found.pairs, found.differing, found.differ.estimate) == (20, 4, 0.2)
    epsilon = found.rate.estimate
    assert 2 * epsilon * (1 - epsilon) == pytest.approx(0.2)
    low, high = stats.binomtest(4, 20).proportion_ci(method="exact")
    assert (found.differ.low, found.differ.high) == pytest.approx((low, high))
    assert 2 * found.rate.high * (1 - found.rate.high) == pytest.approx(high)


def test_reviewers_who_flip_are_seen_through_by_epsilon_and_not_by_the_share_that_differs():
    """Settled rates M = .3 of A = .6 and G = .7; every verdict flips with probability .1."""
    a, c, g, flip = 0.6, 0.5, 0.7, 0.1
    seen_c, seen_g = (share * (1 - flip) + (1 - share) * flip for share in (c, g))
    delta = 2 * flip * (1 - flip)
    epsilon = (1 - math.sqrt(1 - 2 * delta)) / 2

    def corrected(rate):
        return (a * seen_c - rate * a) / (seen_g - rate)

    assert corrected(epsilon) == pytest.approx(a * c / g)
    assert abs(corrected(delta) - a * c / g) > abs(corrected(0) - a * c / g) / 2
    assert a * seen_c / seen_g > a * c / g


SPEC = {"m": letters("a" * 20 + "r" * 20 + "f" * 20), "golden": letters("a" * 40 + "r" * 15)}


def test_repeats_of_a_change_by_two_reviewers_alike_make_no_narrower_interval(frames, one_review):
    """Forty repeats of twenty changes: the change is what was drawn."""
    _, once = study(frames, one_review, {"m": letters("a" * 20)}, letters("r" * 4 + "a" * 16))
    other = once.assign(
        assignment=once["assignment"] + "/2", repeat_of=once["repeat_of"] + "/2", reviewer=once["reviewer"] + "/2"
    )
    before, after = flip_rate(once), flip_rate(pd.concat([once, other], ignore_index=True))
    assert (before.pairs, after.pairs, after.differing) == (20, 40, 8)
    for one, both in ((before.differ, after.differ), (before.rate, after.rate)):
        assert (both.estimate, both.low, both.high) == pytest.approx((one.estimate, one.low, one.high))


def test_the_rate_without_noise(frames, one_review):
    attempts, reviews = study(frames, one_review, SPEC, letters("a" * 18 + "r" * 2 + "r" * 20))
    flips = flip_rate(reviews)
    ((name, rate),) = denoised(whole(attempts, reviews), flips).rates
    epsilon = flips.rate.estimate
    assert name == "m"
    assert rate.estimate == pytest.approx((20 / 60 - epsilon * 40 / 60) / (40 / 55 - epsilon))
    assert rate.low < rate.estimate < rate.high

    def relative(passed, merged, golden, liked, flip):
        return math.log((merged - flip * passed) / (liked / golden - flip) / 60)

    # By hand: one instance of each kind left out, as often as there are such.
    kinds = [(20, 1, 1, 1, 1), (20, 1, 0, 1, 1), (15, 0, 0, 1, 0), (5, 0, 0, 0, 0)]
    values = []
    for times, a, m, g, liked in kinds:
        inside = math.log(((20 - m) - epsilon * (40 - a)) / ((40 - liked) / (55 - g) - epsilon) / 59)
        values += [inside] * times
    values = np.array(values)
    h = stats.t.ppf(0.975, 59) * math.sqrt(59 / 60 * ((values - values.mean()) ** 2).sum())
    here = relative(40, 20, 55, 40, epsilon)
    ends = sorted([relative(40, 20, 55, 40, flips.rate.low), relative(40, 20, 55, 40, flips.rate.high)])
    assert math.log(rate.low) == pytest.approx(here - math.hypot(h, here - ends[0]))
    assert math.log(rate.high) == pytest.approx(here + math.hypot(h, max(0.0, ends[1] - here)))


def test_no_flip_seen_is_not_no_flip(frames, one_review):
    attempts, reviews = study(frames, one_review, SPEC, letters("a" * 20 + "r" * 20))
    flips = flip_rate(reviews)
    assert (flips.rate.estimate, flips.rate.low) == (0, 0)
    assert flips.differ.high == pytest.approx(1 - 0.025 ** (1 / 40))
    ((_, rate),) = denoised(whole(attempts, reviews), flips).rates
    assert rate.estimate == pytest.approx(20 / 60 / (40 / 55))
    assert rate.low < rate.estimate < rate.high
    assert len(denoised(whole(attempts, reviews), flips).frame()) == 3


@pytest.mark.parametrize(
    ("again", "reason"),
    [
        ("", "no repeat has a verdict"),
        ("r" * 10 + "a" * 10, "half or more"),
    ],
)
def test_repeats_that_cannot_correct(frames, one_review, again, reason):
    attempts, reviews = study(frames, one_review, SPEC, letters(again))
    ((_, rate),) = denoised(whole(attempts, reviews), flip_rate(reviews)).rates
    assert rate.low is None
    assert reason in rate.reason


def test_acceptance_that_may_all_be_noise(frames, one_review):
    spec = {"m": letters("a" * 2 + "r" * 38), "golden": letters("a" * 20 + "r" * 20)}
    attempts, reviews = study(frames, one_review, spec, letters("ar" + "r" * 16 + "aa"))
    ((_, rate),) = denoised(whole(attempts, reviews), flip_rate(reviews)).rates
    assert (rate.estimate, "the share of m is no higher than the flip rate" in rate.reason) == (None, True)
    golden = {"m": letters("a" * 20 + "r" * 20), "golden": letters("r" * 40)}
    attempts, reviews = study(frames, one_review, golden, letters("a" * 18))
    ((_, rate),) = denoised(whole(attempts, reviews), flip_rate(reviews)).rates
    assert "golden patches reviewed was accepted" in rate.reason


def test_what_may_all_be_noise_begins_at_0(frames, one_review):
    """ε may be .3 and more: no acceptance of m is left then, as m's is lower than golden's."""
    attempts, reviews = study(frames, one_review, SPEC, letters("r" * 9 + "a" * 11))
    flips = flip_rate(reviews)
    ((_, rate),) = denoised(whole(attempts, reviews), flips).rates
    assert flips.rate.estimate < 0.5 <= flips.rate.high
    assert (rate.low, rate.high > rate.estimate) == (0, True)
    assert "would explain all acceptance: the interval begins at 0" in rate.reason
    # m is accepted more often than golden: then golden's acceptance is gone first.
    more = {"m": letters("a" * 36 + "r" * 4), "golden": letters("a" * 18 + "r" * 22)}
    attempts, reviews = study(frames, one_review, more, letters("r" * 7 + "a" * 13))
    flips = flip_rate(reviews)
    ((_, rate),) = denoised(whole(attempts, reviews), flips).rates
    assert flips.rate.high > 18 / 40 > flips.rate.estimate
    assert (rate.high, 0 < rate.low < rate.estimate) == (None, True)
    assert "no upper limit" in rate.reason


@pytest.mark.parametrize("spec", [{"m": "a" * 12}, {"m": "r" * 12}, {"m": "f" * 12}, {"m": "aarrffffffff"}])
@pytest.mark.parametrize("golden", ["a" * 12, "a" * 11 + "r", "r" * 12, ""])
def test_edges_are_finite_or_say_why(frames, one_review, spec, golden):
    spec = {name: letters(codes) for name, codes in {**spec, "golden": golden}.items()}
    again = letters("".join(code for code in spec["m"].values() if code in "ar"))
    attempts, reviews = study(frames, one_review, spec, again)
    ((_, rate),) = denoised(whole(attempts, reviews), flip_rate(reviews)).rates
    values = (rate.estimate, rate.low, rate.high)
    assert None not in values or rate.reason
    assert None in values or rate.low < rate.estimate < rate.high


def test_empty_reviews_have_no_flips():
    assert flip_rate(empty_reviews()).rate.reason == "no repeat has a verdict"

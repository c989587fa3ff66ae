"""Reasons: the shares of `outcomes`, each with its interval, adding up to 100 %."""

import numpy as np
import pytest
from scipy import stats

from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.outcomes import outcomes
from mergecheck.stats.reasons import reason_shares
from mergecheck.stats.scope import score


def study(frames, spec, **options):
    attempts, reviews = frames(spec, **options)
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    return score(attempts, reviews), reviews


CODES = {"i0": "a", "i1": "ar", "i2": "s", "i3": ".", "i4": "", "i5": "f", "i6": "error", "i7": "rs", "i8": "r"}


def test_they_are_the_shares_of_the_outcomes_and_add_up(frames):
    spec = {"m": CODES, "k": {"i0": "f", "i1": "a"}, "golden": {"i0": "a", "i1": "r"}}
    scored, reviews = study(frames, spec, not_sampled=frozenset({("m", "i4")}))
    found = reason_shares(scored, reviews)
    names = [one.submission for one in found.submissions]
    assert names == ["k", "m", "golden"]
    for one, other in zip(found.submissions, outcomes(scored, reviews, names), strict=True):
        shares = {outcome: share.estimate for outcome, share in one.shares}
        assert shares == pytest.approx(other.shares())
        assert sum(shares.values()) == pytest.approx(1)
        assert list(shares) == list(other.shares())


def test_whole_counts_have_wilsons_limits_and_fractions_those_of_the_jackknifes_size(frames, share_limits):
    spec = {"m": {f"i{number:02d}": "arf"[number % 3] for number in range(30)}}
    (mine,) = reason_shares(*study(frames, spec)).submissions
    low, high = stats.binomtest(10, 30).proportion_ci(method="wilson")
    refused = dict(mine.shares)["refused: code_quality"]
    assert (refused.estimate, refused.low, refused.high, refused.n) == pytest.approx((1 / 3, low, high, 30))
    spec["m"]["i00"] = "ar"
    (mine,) = reason_shares(*study(frames, spec)).submissions
    values = [0.5] + [float(number % 3 == 0) for number in range(1, 30)]
    left = np.array([(9.5 - value) / 29 for value in values])
    found = dict(mine.shares)["accepted"]
    assert (found.low, found.high) == pytest.approx(share_limits(9.5 / 30, left))

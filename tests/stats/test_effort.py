"""Effort: means and ratios by hand, textbook standard errors, coverage, degenerate studies."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mergecheck.stats.effort import effort
from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews


def timed(frames, codes, active, baseline, **spec):
    attempts, reviews = frames({"m": codes, **spec})
    attempts = check_attempts(attempts)
    return attempts, check_reviews(reviews.assign(active_minutes=active, baseline_minutes=baseline), attempts)


def test_minutes_are_means_and_their_ratio_is_of_totals(frames):
    study = timed(
        frames, {"i0": "ar", "i1": "a", "i2": "s", "i3": "r"}, [4, 6, 10, 9, np.nan], [30, 90, np.nan, 60, 20]
    )
    everything, accepted, refused = effort(*study).groups
    assert (everything.showings, everything.timed, everything.judged, everything.paired) == (4, 3, 3, 2)
    assert everything.active.estimate == pytest.approx((4 + 6 + 10) / 3)
    assert everything.baseline.estimate == pytest.approx((30 + 90 + 20) / 3)
    assert everything.ratio.estimate == pytest.approx((4 + 6) / (30 + 90))
    assert (accepted.active.estimate, refused.active.estimate) == (pytest.approx(7), pytest.approx(6))
    # The skip's nine minutes are time spent too.
    assert effort(*study).hours == pytest.approx((4 + 6 + 10 + 9) / 60)
    assert [one.group for one in effort(*study).by_reviewer] == ["r0", "r1"]


def test_with_one_showing_an_instance_the_intervals_are_the_textbooks(frames):
    rng = np.random.default_rng(2)
    active, baseline = rng.lognormal(2, 0.6, 40), rng.lognormal(3.5, 0.8, 40)
    everything = effort(*timed(frames, {f"i{number:02d}": "a" for number in range(40)}, active, baseline)).groups[
        0
    ]
    t = stats.t.ppf(0.975, 39)
    assert everything.active.high == pytest.approx(active.mean() + t * stats.sem(active))
    ratio = active.sum() / baseline.sum()
    replicates = np.log([(active.sum() - a) / (baseline.sum() - b) for a, b in zip(active, baseline, strict=True)])
    se = math.sqrt(39 / 40 * ((replicates - replicates.mean()) ** 2).sum())
    assert (everything.ratio.low, everything.ratio.high) == pytest.approx(
        (ratio * math.exp(-t * se), ratio * math.exp(t * se))
    )
    # The delta method on the ratio, but for terms of order 1/n.
    influence = active / active.mean() - baseline / baseline.mean()
    assert se == pytest.approx(influence.std(ddof=1) / math.sqrt(40), rel=0.1)


def test_twice_the_same_minutes_make_no_narrower_interval(frames):
    rng = np.random.default_rng(4)
    active, baseline = rng.lognormal(2, 0.6, 20), rng.lognormal(3.5, 0.8, 20)
    once = effort(*timed(frames, {f"i{number:02d}": "a" for number in range(20)}, active, baseline)).groups[0]
    twice = effort(
        *timed(frames, {f"i{number:02d}": "aa" for number in range(20)}, active.repeat(2), baseline.repeat(2))
    ).groups[0]
    for one, other in ((once.active, twice.active), (once.ratio, twice.ratio)):
        assert (other.low, other.high) == pytest.approx((one.low, one.high))


def test_a_change_of_several_submissions_took_its_minutes_once(frames):
    codes = {"i0": "a", "i1": "r"}
    attempts, reviews = timed(frames, codes, [4, 8], [30, 60])
    twin = attempts.assign(submission="twin", model="twin")
    both = check_attempts(pd.concat([attempts, twin], ignore_index=True))
    before, after = effort(attempts, reviews), effort(both, reviews)
    assert (after.groups, after.hours, after.by_reviewer) == (before.groups, before.hours, before.by_reviewer)
    assert after.by_submission[1].active == after.by_submission[0].active
    assert effort(attempts, reviews.sample(frac=1, random_state=1)) == before


def test_what_there_is_none_of_is_not_available(frames):
    nothing = effort(empty_attempts(), empty_reviews())
    assert (nothing.hours, nothing.by_submission) == (0, ())
    assert "no decided showing has active minutes" in nothing.groups[0].active.reason
    assert "both" in nothing.groups[0].ratio.reason
    skipped = effort(*timed(frames, {"i0": "s", "i1": "s"}, [4, 8], [np.nan, np.nan]))
    assert skipped.groups[0].active.estimate is None
    assert skipped.hours == pytest.approx(0.2)
    zero = effort(*timed(frames, {"i0": "a", "i1": "a"}, [4, 8], [0, 0])).groups[0]
    assert (zero.ratio.estimate, zero.ratio.reason) == (None, "the baseline is 0 minutes throughout")
    idle = effort(*timed(frames, {"i0": "a", "i1": "a"}, [0, 0], [5, 8])).groups[0]
    assert (idle.ratio.estimate, idle.ratio.low) == (0, None)
    alike = effort(*timed(frames, {"i0": "a", "i1": "a"}, [5, 5], [10, 10])).groups[0]
    assert (alike.active.estimate, alike.active.low) == (5, None)
    assert "nothing varies" in alike.ratio.reason
    single = effort(*timed(frames, {"i0": "ar"}, [5, 7], [10, 10])).groups[0]
    assert "no spread" in single.active.reason
    one_baseline = effort(*timed(frames, {"i0": "a", "i1": "a"}, [5, 7], [10, 0])).groups[0]
    assert "a side is 0" in one_baseline.ratio.reason


def test_the_ratios_interval_covers_with_showings_that_share_an_instance(frames):
    """50 instances of three showings; the instance's own part of baseline and active minutes is shared by them."""
    rng = np.random.default_rng(6)
    true = math.exp(2 + (0.5**2 + 0.4**2) / 2) / math.exp(3.5 + (0.4**2 + 0.3**2) / 2)
    codes = {f"i{number:02d}": "aaa" for number in range(50)}
    covered = 0
    for _ in range(25):
        size = rng.normal(size=50).repeat(3)
        active = np.exp(2 + 0.5 * size + 0.4 * rng.normal(size=150))
        baseline = np.exp(3.5 + 0.4 * size + 0.3 * rng.normal(size=150))
        covered += effort(*timed(frames, codes, active, baseline)).groups[0].ratio.covers(true)
    assert covered >= 24
    frame = effort(*timed(frames, codes, active, baseline)).frame()
    assert set(frame["by"]) == {"all", "submission", "reviewer"}

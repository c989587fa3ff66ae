"""Horizon: the budworm's printed doses, statsmodels, leaving out by loops, separation, coverage."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import special, stats

from mergecheck.errors import StatsError
from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews
from mergecheck.stats.horizon import MINUTES, horizons
from mergecheck.stats.logistic import crossing_point, logistic
from mergecheck.stats.scope import score

LABELS = list(MINUTES)
LETTERS = dict(zip("smlx", LABELS, strict=True))


def test_the_budworms_doses():
    """MASS, dose.p: 20 females and 20 males at log2 doses 0 to 5, one slope."""
    dead = np.array([0, 2, 6, 10, 12, 16, 1, 4, 9, 13, 18, 20.0])
    female, dose = np.repeat([1.0, 0.0], 6), np.tile(np.arange(6.0), 2)
    found = logistic(np.column_stack([female, 1 - female, dose]), dead / 20, np.full(12, 20.0))
    which = np.ix_([0, 2], [0, 2])
    points = [
        crossing_point(found.coefficients[0], found.coefficients[2], found.covariance[which], level)
        for level in (0.25, 0.5, 0.75)
    ]
    assert [(round(x, 5), round(error, 5)) for x, error in points] == [
        (2.23126, 0.24991),
        (3.26359, 0.22975),
        (4.29591, 0.27469),
    ]


def test_the_likelihood_has_statsmodels_maximum():
    rng = np.random.default_rng(1)
    x = rng.choice([2.0, 5, 7, 9], 80)
    design = np.column_stack([np.ones(80), x])
    share = rng.binomial(3, special.expit(3 - 0.5 * x)) / 3
    weight = rng.uniform(0.5, 3, 80)
    found = logistic(design, share, weight)
    fit = sm.GLM(share, design, family=sm.families.Binomial(), freq_weights=weight).fit()
    assert found.coefficients == pytest.approx(fit.params)
    assert found.covariance == pytest.approx(fit.cov_params())


def study(frames, graded, lengths, released=None, **options):
    """{model: letters} as in `frames`, p(assed) without review; `lengths` a letter an instance, - for none."""
    names = [f"i{number:03d}" for number in range(len(lengths))]
    spec = {
        model: dict(zip(names, [{"p": ""}.get(code, code) for code in codes], strict=True))
        for model, codes in graded.items()
    }
    attempts, reviews = frames(spec, released=released, **options)
    attempts["difficulty"] = attempts["instance"].map(
        {name: LETTERS.get(one) for name, one in zip(names, lengths, strict=True)}
    )
    attempts = check_attempts(attempts.astype({"difficulty": "object"}))
    return score(attempts, check_reviews(reviews, attempts))


LENGTHS = "s" * 20 + "m" * 20 + "l" * 12
MIXED = "aaaaaaaaaaaarrrrrfff" + "aaaaaaarrrrrfffffff" + "f" + "aarrffffffff"


def by_hand(codes, lengths, criterion, at=0.5):
    x = np.log2([MINUTES[LETTERS[one]] for one in lengths])
    y = np.array([code in ("ar" if criterion == "grader" else "a") for code in codes], dtype=float)
    fit = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
    return (special.logit(at) - fit.params[0]) / fit.params[1], fit


def not_rejected(fit, at, n, minutes):
    """Whether a t-test of the curve's height at this length does not tell it from the level."""
    place = np.array([1.0, math.log2(minutes)])
    error = math.sqrt(place @ fit.cov_params() @ place)
    return abs(place @ fit.params - special.logit(at)) <= stats.t.ppf(0.975, n - 1) * error


@pytest.mark.parametrize("at", [0.5, 0.8])
def test_the_interval_is_every_length_that_is_not_rejected(frames, at):
    found = horizons(study(frames, {"m": MIXED}, LENGTHS), at=at)
    for horizon, criterion in zip(found.horizons, ("grader", "maintainers"), strict=True):
        point, fit = by_hand(MIXED, LENGTHS, criterion, at)
        assert horizon.criterion == criterion
        assert (horizon.intercept, horizon.slope) == pytest.approx(tuple(fit.params))
        minutes = horizon.minutes
        assert minutes.estimate == pytest.approx(2**point)
        assert minutes.low < minutes.estimate < minutes.high
        for inside, outside in (
            (minutes.low * 1.001, minutes.low / 1.001),
            (minutes.high / 1.001, minutes.high * 1.001),
        ):
            assert not_rejected(fit, at, len(MIXED), inside)
            assert not not_rejected(fit, at, len(MIXED), outside)
        # No symmetric interval on the logarithm, as the delta method's would be.
        assert minutes.high / minutes.estimate != pytest.approx(minutes.estimate / minutes.low, rel=0.01)
    assert found.horizons[0].minutes.estimate > found.horizons[1].minutes.estimate


# A weak slope below the level, one above it, and one that crosses it within the tasks.
LOW = "a" * 5 + "f" * 15 + "a" * 4 + "f" * 16 + "a" + "f" * 11
HIGH = "a" * 19 + "f" + "a" * 18 + "ff" + "a" * 10 + "ff"
LEVEL = "a" * 11 + "f" * 9 + "a" * 10 + "f" * 10 + "a" * 5 + "f" * 7


@pytest.mark.parametrize(("codes", "limit"), [(LOW, "high"), (HIGH, "low"), (LEVEL, None)])
def test_a_slope_that_may_be_0_leaves_limits_out(frames, codes, limit):
    minutes = horizons(study(frames, {"m": codes}, LENGTHS)).horizons[0].minutes
    _, fit = by_hand(codes, LENGTHS, "grader")
    assert minutes.estimate is not None
    assert abs(fit.tvalues[1]) < stats.t.ppf(0.975, len(codes) - 1)
    assert {name for name in ("low", "high") if getattr(minutes, name) is not None} == (
        {limit} if limit else set()
    )
    assert "the slope may be 0" in minutes.reason
    far = (2.0**-20, 2.0**20)
    if limit is None:
        assert all(not_rejected(fit, 0.5, len(codes), one) for one in (*far, 4, 30, 120))
        return
    end, beyond = getattr(minutes, limit), (1.01 if limit == "high" else 1 / 1.01)
    assert not_rejected(fit, 0.5, len(codes), end / beyond)
    assert not not_rejected(fit, 0.5, len(codes), end * beyond)
    assert not_rejected(fit, 0.5, len(codes), far[0] if limit == "high" else far[1])


def test_the_points_are_the_shares_of_the_buckets(frames):
    grader, maintainers = horizons(study(frames, {"m": MIXED}, LENGTHS)).horizons
    assert [(round(point.minutes, 6), point.attempts) for point in grader.points] == [
        (3.87, 20),
        (30, 20),
        (120, 12),
    ]
    assert [point.share for point in grader.points] == pytest.approx([17 / 20, 12 / 20, 4 / 12])
    assert [point.share for point in maintainers.points] == pytest.approx([12 / 20, 7 / 20, 2 / 12])


def test_verdicts_stand_for_those_that_are_missing(frames):
    """Half of the passing attempts of every kind have a verdict: the same curve, and no narrower an interval."""
    half = "ar" * 5 + "p" * 10 + "f" * 10 + "ar" * 2 + "p" * 4 + "f" * 22
    whole = "ar" * 10 + "f" * 10 + "ar" * 4 + "f" * 22
    lengths = "s" * 30 + "m" * 30
    found = horizons(study(frames, {"m": half}, lengths)).horizons[1]
    full = horizons(study(frames, {"m": whole}, lengths)).horizons[1]
    assert found.waiting == 14
    assert found.minutes.estimate == pytest.approx(full.minutes.estimate)
    assert found.slope == pytest.approx(full.slope)
    assert found.minutes.high > full.minutes.high
    assert ("sandwich" in found.minutes.method, "information" in full.minutes.method) == (True, True)
    # The rows that are not missing would say less was merged.
    assert found.points[0].share == pytest.approx(10 / 30)


def test_fractional_verdicts_are_fractions(frames):
    codes = ["ar"] * 6 + ["a"] * 6 + ["f"] * 4 + ["ar"] * 4 + ["f"] * 12
    lengths = "s" * 16 + "m" * 16
    names = [f"i{number:03d}" for number in range(32)]
    attempts, reviews = frames({"m": dict(zip(names, codes, strict=True))})
    attempts["difficulty"] = [LETTERS[one] for one in lengths]
    attempts = check_attempts(attempts)
    found = horizons(score(attempts, check_reviews(reviews, attempts))).horizons[1]
    assert [point.share for point in found.points] == pytest.approx([9 / 16, 2 / 16])
    # Two lengths: the curve goes through both points.
    slope = (special.logit(2 / 16) - special.logit(9 / 16)) / (math.log2(30) - math.log2(3.87))
    assert found.slope == pytest.approx(slope)


@pytest.mark.parametrize(
    ("codes", "lengths", "reason"),
    [
        ("aaaaffff", "ssssmmmm", "separation"),
        ("aaafffff", "ssssmmmm", "separation"),
        ("aaaaafff", "ssssmmmm", "separation"),
        ("ffffaaaa", "ssssmmmm", "separation"),
        ("affffaaa", "ssssmmmm", "slope"),
        ("aaffaaff", "ssssmmmm", "slope"),
        ("aaaaaaaa", "ssssmmmm", "every attempt"),
        ("ffffffff", "ssssmmmm", "no attempt"),
        ("afafafaf", "ssssssss", "one length"),
        ("afafafaf", "--------", "task of known length"),
    ],
)
def test_where_there_is_no_horizon_it_says_why(frames, codes, lengths, reason):
    for horizon in horizons(study(frames, {"m": codes}, lengths)).horizons:
        assert horizon.minutes.estimate is None
        assert reason in horizon.minutes.reason
        assert horizon.slope is None


def test_nothing_reviewed_and_nothing_at_all(frames):
    found = horizons(study(frames, {"m": "ppppfppfff"}, "sssssmmmmm"))
    assert found.horizons[0].minutes.estimate is not None
    assert found.horizons[1].minutes.reason == "no passing attempt has a verdict yet"
    attempts = empty_attempts()
    nothing = horizons(score(attempts, empty_reviews()))
    assert nothing.horizons == ()
    assert "no submission has a horizon" in nothing.grader.doublings.reason
    # Three trends, each with two intervals.
    assert len(nothing.frame()) == 6


def test_one_instance_that_holds_the_curve_up_leaves_no_limit(frames):
    """Without it there is separation, so the slope may be anything."""
    minutes = horizons(study(frames, {"m": "aaaffaffffff"}, "s" * 5 + "m" * 7)).horizons[0].minutes
    assert minutes.estimate is not None
    assert (minutes.low, minutes.high, minutes.reason) == (
        None,
        None,
        "the slope may be 0: no horizon is excluded",
    )


def test_beyond_the_tasks_it_is_flagged(frames):
    far = horizons(study(frames, {"m": "a" * 38 + "ff" + "a" * 17 + "fff"}, "s" * 40 + "m" * 20)).horizons[0]
    near = horizons(study(frames, {"m": MIXED}, LENGTHS)).horizons[0]
    assert (far.outside, near.outside) == (True, False)
    assert far.minutes.estimate > 30


def test_unknown_difficulties_are_counted_and_left_out(frames):
    found = horizons(study(frames, {"m": MIXED, "n": MIXED}, "--" + LENGTHS[2:]))
    assert [one.unknown for one in found.horizons] == [2] * 4
    assert found.unknown == {None: 4}
    scored = study(frames, {"m": MIXED}, LENGTHS)
    less = {label: length for label, length in MINUTES.items() if label != "1-4 hours"}
    without = horizons(scored, minutes=less)
    assert without.unknown == {"1-4 hours": 12}
    # As if those attempts were not there at all.
    fewer = horizons(study(frames, {"m": MIXED[:40]}, LENGTHS[:40]))
    assert without.horizons[0].unknown == 12
    assert [one.minutes for one in without.horizons] == [one.minutes for one in fewer.horizons]
    for one in horizons(scored, minutes={"easy": 5}).horizons:
        assert one.minutes.reason == "no attempt in scope is at a task of known length"
        assert one.unknown == len(LENGTHS)


def test_minutes_and_levels_are_checked(frames):
    scored = study(frames, {"m": MIXED}, LENGTHS)
    with pytest.raises(StatsError):
        horizons(scored, minutes={**MINUTES, "<15 min fix": 0})
    for at in (0, 1, 50):
        with pytest.raises(StatsError):
            horizons(scored, at=at)
    slower = horizons(scored, minutes={label: 2 * length for label, length in MINUTES.items()})
    assert slower.horizons[0].minutes.estimate == pytest.approx(2 * horizons(scored).horizons[0].minutes.estimate)


THREE = {
    "old": "aaaaarrrrrrfffffffff" + "aaarrfffffffffffffff" + "arffffffffff",
    "mid": "aaaaaaaaarrrrfffffff" + "aaaaarrrffffffffffff" + "aarrffffffff",
    "new": "aaaaaaaaaaarrrrrrfff" + "aaaaaaaarrrrrfffffff" + "aaarrrffffff",
}
RELEASED = {"old": "2024-06-20", "mid": "2025-02-01", "new": "2025-09-29"}


def test_the_trend_is_least_squares_of_the_logarithms(frames):
    found = horizons(study(frames, THREE, LENGTHS, RELEASED))
    years = [date.fromisoformat(day).toordinal() / 365.25 for day in RELEASED.values()]

    def slopes(keep):
        picked = "".join(LENGTHS[row] for row in keep)
        return [
            stats.linregress(
                years, [by_hand("".join(codes[row] for row in keep), picked, of)[0] for codes in THREE.values()]
            ).slope
            for of in ("grader", "maintainers")
        ]

    n = len(LENGTHS)
    whole = slopes(range(n))
    left = np.array([slopes([row for row in range(n) if row != out]) for out in range(n)])
    for trend, point, replicates in (
        (found.grader, whole[0], left[:, 0]),
        (found.maintainers, whole[1], left[:, 1]),
        (found.difference, whole[0] - whole[1], left[:, 0] - left[:, 1]),
    ):
        half = stats.t.ppf(0.975, n - 1) * math.sqrt((n - 1) / n * ((replicates - replicates.mean()) ** 2).sum())
        assert trend.doublings.estimate == pytest.approx(point)
        assert trend.doublings.high == pytest.approx(point + half)
        assert trend.submissions == ("old", "mid", "new")


def test_a_trend_needs_two_dates_and_names_what_is_left_out(frames):
    equal = horizons(study(frames, THREE, LENGTHS, dict.fromkeys(THREE, "2025-01-01")))
    assert "one release date only" in equal.grader.doublings.reason
    partial = {**THREE, "few": "a" * 20 + "f" * 32}
    found = horizons(study(frames, partial, LENGTHS, RELEASED, models={"mid": "old"}))
    assert [(out.submission, "separation" in out.reason) for out in found.grader.left_out] == [("few", True)]
    assert found.grader.shared_models == ("old",)


def test_what_is_too_flat_to_be_told_stands_in_no_line(frames):
    """One more of the long tasks done than of the short ones, nearly: a crossing beyond a million hours."""
    flat = "a" * 9 + "f" * 11 + "a" * 9 + "f" * 11 + "a" * 5 + "f" * 7
    found = horizons(study(frames, THREE | {"flat": flat}, LENGTHS, RELEASED | {"flat": "2025-04-01"}), at=0.99)
    one = next(one for one in found.horizons if one.submission == "flat" and one.criterion == "grader")
    assert one.slope is not None
    assert "beyond a million hours" in one.minutes.reason
    assert "flat" not in found.grader.submissions
    assert [out.submission for out in found.grader.left_out] == ["flat"]


def test_the_interval_over_models_is_the_regression_s(frames):
    four = THREE | {"last": "a" * 14 + "f" * 6 + "a" * 12 + "f" * 8 + "a" * 4 + "f" * 8}
    found = horizons(study(frames, four, LENGTHS, RELEASED | {"last": "2025-12-01"}))
    mine = [one for one in found.horizons if one.criterion == "grader"]
    years = [one.released.toordinal() / 365.25 for one in mine]
    fit = sm.OLS(np.log2([one.minutes.estimate for one in mine]), sm.add_constant(years)).fit()
    low, high = fit.conf_int()[1]
    over = found.grader.over_models
    assert (over.estimate, over.low, over.high) == pytest.approx((fit.params[1], low, high))
    assert (over.n, over.unit) == (4, "submissions")
    three = horizons(study(frames, THREE, LENGTHS, RELEASED)).grader.over_models
    assert three.estimate is not None
    assert (three.low, three.reason) == (None, "an interval over models needs 4 submissions, there are 3")


def test_permuted_rows_change_nothing(frames):
    scored = study(frames, THREE, LENGTHS, RELEASED)
    before, after = horizons(scored), horizons(scored.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(before.frame(), after.frame())


def test_the_interval_covers_the_horizon_it_was_drawn_with(frames):
    rng = np.random.default_rng(12)
    lengths = "s" * 60 + "m" * 80 + "l" * 20
    x = np.log2([MINUTES[LETTERS[one]] for one in lengths])
    covered = 0
    for _ in range(20):
        codes = "".join("a" if one else "f" for one in rng.random(160) < special.expit(-0.6 * (x - math.log2(25))))
        minutes = horizons(study(frames, {"m": codes}, lengths)).horizons[0].minutes
        covered += minutes.covers(25)
        assert minutes.high / minutes.low < 30
    assert covered >= 16

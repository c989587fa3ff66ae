"""Planning: what is assumed is what is simulated, and what is told of it is what simulations say."""

import math
import os
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mergecheck.errors import StatsError
from mergecheck.stats.generate_study import study_truth
from mergecheck.stats.metr import metr_of
from mergecheck.stats.plan import NOTHING, RESULTS, Drawn, draw, join, plan, seeds_of, summarise, towards
from mergecheck.stats.plan_assumed import Assumed, Choice, Model, generated, grade_sd_of, mean_phi
from mergecheck.stats.plan_like import METR_CONDITIONAL, assumed_like
from mergecheck.stats.quantities import Quantity

METR_SIZE = Choice(instances=95, models=5, golden_share=47 / 95, reviewers=4)
STUDIES = int(os.environ.get("MERGECHECK_PLAN_STUDIES", "40"))
"""Studies of METR's size; 40 take a second and tell a power to 8 points."""


@pytest.fixture(scope="module")
def metr_size():
    return plan(Assumed(), [METR_SIZE], studies=STUDIES)[0]


def test_the_defaults_are_metr_s_study():
    assumed = Assumed()
    assert 100 * assumed.level_gap == pytest.approx(24.21, abs=0.005)
    assert assumed.slope_difference == pytest.approx(9.61, abs=0.005)


def test_the_rates_assumed_are_the_generator_s_truth():
    assumed = replace(Assumed(), leniency_sd=0.0)
    parameters, design = generated(assumed, METR_SIZE)
    true = study_truth(parameters, design)
    for one, (_, rates) in zip(assumed.models, sorted(true.items()), strict=True):
        assert rates.pass_rate == pytest.approx(one.pass_rate, abs=1e-6)
        assert rates.merge_rate == pytest.approx(one.merge_rate, abs=1e-6)
        assert rates.golden == pytest.approx(assumed.golden, abs=1e-6)


def test_phi_is_the_one_assumed_in_what_is_simulated():
    assumed = Assumed()
    parameters, design = generated(assumed, replace(METR_SIZE, instances=3000))
    from mergecheck.stats.generate_cells import simulate_cells

    passed = simulate_cells(parameters, design).cells.passed[:, :-1]
    phi = np.corrcoef(passed.T)[np.triu_indices(5, 1)].mean()
    # Ten pairs over 3,000 instances: each has an error of about .016.
    assert phi == pytest.approx(assumed.phi, abs=0.04)
    rates = [one.pass_rate for one in assumed.models]
    assert mean_phi(rates, grade_sd_of(assumed)) == pytest.approx(0.47, abs=1e-4)


def test_the_truth_of_each_study_is_that_about_its_own_reviewers():
    parameters, design = generated(Assumed(), METR_SIZE)
    drawn = draw(Assumed(), METR_SIZE, [7])
    true = study_truth(replace(parameters, seed=7), design)
    assert drawn.truths[0, 0] == pytest.approx(np.mean([one.gap for one in true.values()]), rel=1e-9)
    assert drawn.truths[0, 3] == pytest.approx(next(iter(true.values())).golden, rel=1e-9)


def test_power_at_metr_s_size(metr_size):
    """As 2,000 studies say (docs/plan.md): power .41 for 9.6 pp a year, .98 for the gap; detected 15.8, 16.5."""
    slope, gap = metr_size.of("slope_difference"), metr_size.of("level_gap")
    for known, truth in ((slope.power, 0.41), (gap.power, 0.98)):
        assert abs(known.value - truth) < 4 * math.sqrt(truth * (1 - truth) / STUDIES) + 0.01
    for known, truth, scale in ((slope.detectable, 15.8, 1), (gap.detectable, 16.5, 100)):
        assert abs(scale * known.value - truth) < 4 * scale * known.error
    for one in (slope, gap):
        assert one.coverage.value > 0.95 - 4 * math.sqrt(0.95 * 0.05 / STUDIES)
    assert metr_size.golden == 47


def test_what_the_reference_says_of_power_is_the_normal_approximation_to_metr_s_own_errors(metr):
    """13 pp, 17 pp a year and 37 % are (z.975 + z.8)·SE and Φ(9.61/SE − z.975), SE with golden resampled."""
    from mergecheck.stats.cells import cells
    from mergecheck.stats.frames import check_attempts, check_reviews
    from mergecheck.stats.jackknife import sample
    from mergecheck.stats.scope import score

    attempts = check_attempts(metr[0])
    whole = sample(cells(score(attempts, check_reviews(metr[1], attempts))))
    table = metr_of(whole, 0.95, golden_resampled=True, resamples=2000)
    gap, slope = (table.of(which).standard_error for which in (Quantity.LEVEL_GAP, Quantity.DIFFERENCE))
    z, more = stats.norm.ppf(0.975), stats.norm.ppf(0.8)
    assert 100 * gap * (z + more) == pytest.approx(13, abs=0.7)
    assert slope * (z + more) == pytest.approx(17, abs=0.7)
    assert stats.norm.cdf(9.61 / slope - z) == pytest.approx(0.37, abs=0.03)


@pytest.mark.skipif(STUDIES < 1000, reason="MERGECHECK_PLAN_STUDIES is below 1000")
def test_at_the_detectable_effect_the_power_is_the_one_asked_for(metr_size):
    gap = Assumed().with_level_gap(metr_size.of("level_gap").detectable.value)
    slope = Assumed().with_slope_difference(metr_size.of("slope_difference").detectable.value)
    for assumed, name in ((gap, "level_gap"), (slope, "slope_difference")):
        found = plan(assumed, [METR_SIZE], studies=STUDIES, seed=1)[0].of(name).power
        assert abs(found.value - 0.8) < 4 * math.hypot(found.error, 0.01)


def test_more_of_everything_tells_more():
    rows = plan(Assumed(), [replace(METR_SIZE, instances=n) for n in (24, 120)], studies=8)
    for name in RESULTS:
        assert rows[0].of(name).half_width.value > 1.5 * rows[1].of(name).half_width.value
    half, whole = plan(Assumed(), [replace(METR_SIZE, golden_share=share) for share in (0.4, 1)], studies=6)
    assert half.of("golden").half_width.value > 1.3 * whole.of("golden").half_width.value


def test_reviews_and_hours_are_those_of_the_passing_patches_golden_and_the_overlap():
    assumed = replace(Assumed(), minutes=15.0)
    one, more = plan(assumed, [METR_SIZE, replace(METR_SIZE, overlap=0.5, reviewers=3)], studies=8)
    expected = 95 * sum(model.pass_rate for model in assumed.models) + 47
    assert one.reviews.value == pytest.approx(expected, abs=4 * one.reviews.error)
    assert more.reviews.value == pytest.approx(1.5 * expected, abs=4 * more.reviews.error)
    assert one.hours == pytest.approx(one.reviews.value / 4)
    assert more.hours_each == pytest.approx(more.hours / 3)


def test_an_effect_of_zero_is_found_as_often_as_the_level_says():
    null = Assumed().with_level_gap(0.0).with_slope_difference(0.0)
    row = plan(null, [replace(METR_SIZE, instances=40, golden_share=1.0)], studies=50)[0]
    for name in ("level_gap", "slope_difference"):
        found = row.of(name)
        assert found.power.value <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 50)
        assert found.power.value == pytest.approx(1 - found.coverage.value, abs=0.1)


def test_power_is_the_share_of_all_studies_whose_interval_excludes_0():
    """Five by hand: above, below, across, touching from above, and one without an interval."""
    drawn = draw(Assumed(), replace(METR_SIZE, instances=20), range(5))
    estimates = drawn.estimates.copy()
    limits = [(0.01, 0.2), (-0.3, -0.001), (-0.1, 0.1), (0.0, 0.1), (math.nan, math.nan)]
    estimates[:, 0] = [(math.nan if math.isnan(low) else (low + high) / 2, low, high) for low, high in limits]
    choice = replace(METR_SIZE, instances=20)
    found = summarise(Assumed(), choice, replace(drawn, estimates=estimates)).of("level_gap")
    assert (found.power.value, found.without) == (pytest.approx(2 / 5), 1)
    assert found.half_width.value == pytest.approx(np.mean([0.095, 0.1495, 0.1, 0.05]))


def test_without_golden_nothing_relative_is_told_and_why():
    row = plan(Assumed(), [replace(METR_SIZE, golden_share=0.0)], studies=3)[0]
    for one in row.expected:
        assert one.half_width == one.detectable == one.power == NOTHING
        assert one.without == 3
        assert "no sampled golden patch" in one.reason
    assert row.reviews.value > 0


def test_one_model_has_no_slope_and_one_reviewer_no_overlap():
    one = plan(Assumed(), [replace(METR_SIZE, models=1, instances=30)], studies=4)[0]
    assert one.of("slope_difference").truth is None
    assert one.of("slope_difference").power == NOTHING
    assert one.of("level_gap").half_width.value > 0
    (nothing,) = plan(Assumed(), [Choice(reviewers=1, overlap=0.1)], studies=4)
    assert nothing.reason == "an overlap needs two reviewers"
    assert nothing.expected == ()


def test_studies_are_a_function_of_their_seeds_and_parts_join_to_the_whole():
    small = Choice(instances=20, models=2)
    whole = draw(Assumed(), small, range(6))
    parts = join([draw(Assumed(), small, range(2)), draw(Assumed(), small, range(2, 6))])
    for name in ("estimates", "truths", "reviews", "golden"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name), equal_nan=True)
    assert not set(seeds_of(0, 500)) & set(seeds_of(1, 500))


def made_up(gaps, limits, truth):
    estimates = np.full((len(gaps), len(RESULTS), 3), np.nan)
    estimates[:, 0] = np.column_stack([gaps, limits, 2 * np.array(gaps) - limits])
    truths = np.full((len(gaps), len(RESULTS)), truth)
    return Drawn(estimates, truths, np.ones(len(gaps)), np.ones(len(gaps)), ("",) * len(RESULTS))


def test_where_the_width_does_not_depend_on_the_effect_the_detectable_one_is_normal_theory_s():
    """Estimates normal about the truth with a known error: (z.975 + z.8)·SE."""
    rng, error, assumed = np.random.default_rng(2), 0.05, Assumed()
    small = Choice(instances=20)
    found = []
    for truth in (assumed.level_gap, 0.14):
        gaps = truth + error * rng.standard_normal(20_000)
        found.append(made_up(gaps, gaps - stats.norm.ppf(0.975) * error, truth))
    row = summarise(assumed, small, found[0], 0.8, {"level_gap": (assumed.with_level_gap(0.14), found[1])})
    theory = error * (stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
    known = row.of("level_gap").detectable
    assert known.value == pytest.approx(theory, abs=4 * known.error)
    assert known.error < 0.001


def test_effects_that_the_rates_cannot_have_are_approached_only():
    drawn = made_up(np.full(9, 0.1), np.full(9, -0.9), Assumed().level_gap)
    moved = towards(Assumed(), METR_SIZE, drawn, "level_gap")
    assert moved is None or moved.level_gap > Assumed().level_gap


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(1, 12),
    gap=st.floats(0.1, 0.3),
    slope=st.floats(-4, 8),
)
def test_chosen_models_keep_the_slopes_and_effects_are_what_was_asked_for(count, gap, slope):
    base = Assumed().with_level_gap(gap).with_slope_difference(slope)
    assert base.level_gap == pytest.approx(gap)
    assert base.slope_difference == pytest.approx(slope, abs=1e-9)
    chosen = base.chosen(count)
    assert len(chosen.models) == count
    if count > 1:
        assert chosen.slope_difference == pytest.approx(slope, abs=0.1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"models": ()}, {"golden": 0.0}, {"golden": 1.0}, {"phi": 1.0}, {"phi": -0.1}, {"minutes": 0.0},
        {"minutes": math.inf}, {"leniency_sd": 5.0}, {"models": (Model(date(2025, 1, 1), 0.5, 0.6),)},
        {"minutes": math.nan}, {"phi": math.nan},
    ],
)  # fmt: skip
def test_assumptions_that_cannot_be_are_refused(wrong):
    with pytest.raises(StatsError):
        replace(Assumed(), **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"instances": 0},
        {"models": 0},
        {"reviewers": 0},
        {"golden_share": 1.5},
        {"overlap": -0.1},
        {"overlap": 2.0},
    ],
)
def test_choices_that_cannot_be_are_refused(wrong):
    with pytest.raises(StatsError):
        Choice(**wrong)


def test_what_cannot_be_simulated_is_refused():
    for wrong in ({"studies": 1}, {"power": 0.3}, {"level": 1.5}):
        with pytest.raises(StatsError):
            plan(Assumed(), [Choice(instances=5)], **{"studies": 2, **wrong})
    with pytest.raises(StatsError, match=r"give less than"):
        grade_sd_of(replace(Assumed(), phi=0.95))


def test_a_study_s_own_rates_grades_and_minutes_are_taken_and_an_open_one_stays_blind(metr):
    attempts, reviews = metr
    closed = assumed_like(attempts, reviews, Assumed(), verdicts=True)
    assert 100 * closed.level_gap == pytest.approx(24.21, abs=0.01)
    assert closed.golden == pytest.approx(32 / 47)
    assert closed.minutes == pytest.approx(reviews["active_minutes"].mean())
    assert dict(closed.sources)["merge rates"] == "this study"
    other = reviews.assign(
        decision=reviews["decision"].map({"accept": "request_changes", "request_changes": "accept"})
    )
    opened = [assumed_like(attempts, one, Assumed(), verdicts=False) for one in (reviews, other)]
    assert opened[0] == opened[1]
    assert opened[0].golden == Assumed().golden
    for one in opened[0].models:
        assert one.merge_rate == pytest.approx(one.pass_rate * METR_CONDITIONAL)


def test_a_study_without_anything_leaves_the_defaults(frames):
    empty = assumed_like(*frames({}), Assumed(), verdicts=True)
    assert empty == replace(Assumed(), sources=())


def test_rates_of_0_and_1_become_ones_that_can_be_simulated(frames):
    codes = {
        "a": dict.fromkeys("ijkl", "a"),
        "b": dict.fromkeys("ijkl", "f"),
        "golden": dict.fromkeys("ijkl", "a"),
    }
    found = assumed_like(*frames(codes), Assumed(), verdicts=True)
    assert [0 < one.merge_rate < one.pass_rate < 1 for one in found.models] == [True, True]
    assert 0 < found.golden < 1

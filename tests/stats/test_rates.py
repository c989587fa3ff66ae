import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mergecheck.stats.analysis import analyse
from mergecheck.stats.cells import cells
from mergecheck.stats.estimate import Shape
from mergecheck.stats.jackknife import sample
from mergecheck.stats.scope import score

GOLDEN = {"golden": {"i1": "a", "i2": "a", "i3": "r", "i4": "a", "i5": "r"}}


def only(analysis):
    (rate,) = analysis.rates
    return rate


def test_the_rates_are_those_of_the_definition(frames):
    rate = only(analyse(*frames({"m": {"i1": "a", "i2": "r", "i3": "r", "i4": "f", "i5": "a"}, **GOLDEN})))
    assert (rate.in_scope, rate.passes, rate.reviewed) == (5, 4, 4)
    assert rate.pass_rate.estimate == pytest.approx(4 / 5)
    assert rate.conditional_rate.estimate == pytest.approx(2 / 4)
    assert rate.merge_rate.estimate == pytest.approx(2 / 5)
    assert rate.relative_merge_rate.estimate == pytest.approx(2 / 3)
    assert rate.relative_conditional_rate.estimate == pytest.approx(5 / 6)
    assert rate.gap.estimate == pytest.approx(4 / 5 - 2 / 3)


def test_scope_is_what_can_be_reviewed_or_failed(frames):
    codes = ["a", "f", "empty", "error", "failed unappliable", "ungraded", "not run", "dropped"]
    codes += ["passed unappliable", "passed empty", "passed not made"]
    spec = {"m": {f"i{number}": code for number, code in enumerate(codes)}, "golden": {"i0": "a", "i1": "r"}}
    analysis = analyse(*frames(spec))
    rate = only(analysis)
    assert (rate.in_scope, rate.passes) == (5, 1)
    assert rate.pass_rate.estimate == pytest.approx(1 / 5)
    assert dict(analysis.flow[0].out) == {
        "ungraded": 1,
        "not_run": 1,
        "dropped": 1,
        "passed_but_unappliable": 1,
        "passed_but_empty_after_policy": 1,
        "passed_but_not_made_yet": 1,
    }
    assert analysis.flow[0].errors == 1
    told = " / ".join(note.text for note in analysis.notes if note.about == "m")
    for word in ("ungraded", "not run", "dropped", "do not apply", "policies", "not made", "infrastructure"):
        assert word in told


@pytest.mark.parametrize("grade", ["unresolved", "empty", "error", "ungraded"])
def test_the_golden_baseline_is_of_the_sample_whatever_the_grader_says_of_golden(frames, grade):
    """The grader's tests may be too narrow or flaky for the very patch that was merged: G is the reviewers'."""
    spec = {"m": {"i1": "a", "i2": "r", "i3": "f"}, "golden": {"i1": "a", "i2": "r", "i3": "a"}}
    attempts, reviews = frames(spec)
    other = attempts.assign(grade=attempts["grade"].mask(attempts["is_golden"], grade))
    before, after = analyse(attempts, reviews), analyse(other, reviews)
    assert after.golden.rate.estimate == pytest.approx(2 / 3)
    assert (after.golden, after.rates, after.level_gap) == (before.golden, before.rates, before.level_gap)
    # Nothing of golden is "counted as failed".
    assert after.notes == before.notes


def test_skips_open_assignments_and_repeats_are_left_out_of_the_rates(frames, one_review):
    attempts, reviews = frames({"m": {"i1": "as", "i2": "s", "i3": ".", "i4": "r", "i5": "a"}, **GOLDEN})
    again = one_review("m/i1", "i1", "r0", "r", repeat_of="m/i1/r0")
    reviews = pd.concat([reviews, pd.DataFrame([again])], ignore_index=True)
    analysis = analyse(attempts, reviews)
    rate = only(analysis)
    assert (rate.reviewed, rate.conditional_rate.estimate) == (3, pytest.approx(2 / 3))
    assert analysis.not_reviewed == 1
    assert any("skipped, 2 of 5 verdicts" in note.text for note in analysis.notes)


def test_reviewers_count_alike_however_often_each_looked(frames, one_review):
    attempts, reviews = frames({"m": {"i1": "ar", "i2": "a"}, **GOLDEN})
    twice = one_review("m/i1", "i1", "r0", "a") | {"assignment": "another round"}
    rate = only(analyse(attempts, pd.concat([reviews, pd.DataFrame([twice])], ignore_index=True)))
    # i1: one reviewer says accept twice, the other refuses: one half, not two thirds.
    assert rate.conditional_rate.estimate == pytest.approx(0.75)


def test_golden_reviewed_for_an_agent_only_does_not_count_in_the_baseline(frames):
    spec = {
        "m": {"i1": "a", "i2": "r", "i3": "a", "i4": "r"},
        "golden": {"i1": "a", "i2": "", "i3": "r", "i4": "a"},
    }
    shared = {("golden", "i2"): "m/i2"}
    drawn = analyse(*frames(spec, same=shared))
    assert (drawn.golden.reviewed, drawn.golden.rate.estimate) == (4, pytest.approx(2 / 4))
    left_out = analyse(*frames(spec, same=shared, not_sampled=frozenset({("golden", "i2")})))
    assert (left_out.golden.reviewed, left_out.golden.rate.estimate) == (3, pytest.approx(2 / 3))
    assert (left_out.golden.sampled, left_out.flow[-1].in_scope) == (3, 3)


def test_a_shared_candidate_counts_for_each_that_made_it(frames):
    spec = {"m": {"i1": "a", "i2": "r"}, "k": {"i1": "a", "i2": "a"}, "golden": {"i1": "a", "i2": "a"}}
    analysis = analyse(*frames(spec, same={("k", "i2"): "m/i2"}))
    assert [rate.conditional_rate.estimate for rate in analysis.rates] == [0.5, 0.5]


def test_weights_are_one_over_the_inclusion_probability(frames):
    spec = {"m": {"i1": "a", "i2": "r", "i3": "r", "i4": "f"}, "golden": {"i1": "a", "i2": "r", "i3": "a"}}
    probability = {("m", "i1"): 0.25, ("golden", "i2"): 0.5}
    analysis = analyse(*frames(spec, probability=probability))
    assert only(analysis).conditional_rate.estimate == pytest.approx(4 / 6)
    assert only(analysis).merge_rate.estimate == pytest.approx(3 / 4 * 4 / 6)
    assert analysis.golden.rate.estimate == pytest.approx(2 / 4)
    assert analysis.golden.rate.method == "Clopper–Pearson at the jackknife's effective size"


def test_plain_shares_are_wilsons_and_small_counts_exact(frames):
    codes = {f"i{number:02d}": "a" if number < 9 else "r" for number in range(20)}
    golden = {f"i{number:02d}": "a" if number < 17 else "r" for number in range(20)}
    analysis = analyse(*frames({"m": codes, "golden": golden}))
    wilson = stats.binomtest(9, 20).proportion_ci(method="wilson")
    exact = stats.binomtest(17, 20).proportion_ci(method="exact")
    assert (only(analysis).conditional_rate.low, only(analysis).conditional_rate.high) == pytest.approx(wilson)
    assert (analysis.golden.rate.low, analysis.golden.rate.high) == pytest.approx(exact)
    assert (only(analysis).conditional_rate.method, analysis.golden.rate.method) == ("Wilson", "Clopper–Pearson")


@pytest.mark.parametrize(
    ("accepted", "method"),
    [(4, "exact"), (5, "wilson"), (15, "wilson"), (16, "exact"), (0, "exact"), (20, "exact")],
)
def test_fewer_than_five_on_either_side_are_exact(frames, accepted, method):
    """The rule of five: of 20, 4 and 16 are told by Clopper and Pearson, 5 and 15 by Wilson."""
    codes = {f"i{number:02d}": "a" if number < accepted else "r" for number in range(20)}
    found = analyse(*frames({"m": {f"i{number:02d}": "a" for number in range(20)}, "golden": codes})).golden.rate
    limits = stats.binomtest(accepted, 20).proportion_ci(method=method)
    assert (found.low, found.high) == pytest.approx((limits.low, limits.high))
    assert found.method == ("Wilson" if method == "wilson" else "Clopper–Pearson")


def test_none_merged_gives_upper_bounds(frames):
    codes = {f"i{number:02d}": "r" if number < 10 else "f" for number in range(30)}
    golden = {f"i{number:02d}": "a" if number % 3 else "r" for number in range(30)}
    analysis = analyse(*frames({"m": codes, "golden": golden}))
    rate = only(analysis)
    # 0 merged of 30 in scope: the rule of three, exactly.
    assert (rate.merge_rate.estimate, rate.merge_rate.low) == (0, None)
    assert rate.merge_rate.high == pytest.approx(1 - 0.05 ** (1 / 30))
    assert rate.relative_merge_rate.one_sided
    assert rate.relative_merge_rate.high > rate.merge_rate.high / analysis.golden.rate.estimate
    assert rate.relative_conditional_rate.high > 1 - 0.05 ** (1 / 10)
    assert rate.gap.low < rate.pass_rate.estimate - rate.merge_rate.high
    assert all(found.reason for found in (rate.merge_rate, rate.relative_merge_rate))


def test_none_merged_of_those_reviewed_so_far_bounds_less_tightly(frames):
    codes = {f"i{number:02d}": ("r" if number < 5 else "") if number < 10 else "f" for number in range(30)}
    golden = {f"i{number:02d}": "a" if number % 3 else "r" for number in range(30)}
    rate = only(analyse(*frames({"m": codes, "golden": golden})))
    a_bound = stats.beta.ppf(0.975, 11, 20)
    assert rate.merge_rate.high == pytest.approx(a_bound * (1 - 0.025 ** (1 / 5)))


def test_relative_rates_are_not_clipped(frames):
    codes = {f"i{number:02d}": "a" if number < 18 else "r" for number in range(20)}
    golden = {f"i{number:02d}": "a" if number < 8 else "r" for number in range(20)}
    rate = only(analyse(*frames({"m": codes, "golden": golden})))
    assert rate.relative_merge_rate.estimate == pytest.approx(18 / 8)
    assert rate.relative_merge_rate.high > 2.25
    assert rate.gap.estimate == pytest.approx(1 - 18 / 8)


def test_golden_equal_to_a_model_gives_exactly_one_and_nothing_to_doubt(frames):
    codes = {f"i{number:02d}": "a" if number % 3 else "r" for number in range(20)}
    probability = {(name, f"i{number:02d}"): 0.3 + number / 40 for name in ("m", "golden") for number in range(20)}
    analysis = analyse(*frames({"m": codes, "golden": codes}, probability=probability))
    rate = only(analysis)
    for ratio in (rate.relative_merge_rate, rate.relative_conditional_rate):
        assert (ratio.estimate, ratio.low, ratio.high) == (1, 1, 1)
    assert (rate.gap.estimate, rate.gap.low, rate.gap.high) == pytest.approx((0, 0, 0), abs=1e-12)
    for found in (analysis.fieller[0].merge, analysis.fieller[0].conditional):
        assert found.shape is Shape.INTERVAL
        assert (found.low, found.high) == pytest.approx((1, 1))
    assert rate.conditional_rate.high - rate.conditional_rate.low > 0.2


def test_all_accepted_on_both_sides_is_no_certainty(frames):
    codes = {f"i{number}": "a" if number < 4 else "f" for number in range(6)}
    golden = {f"i{number}": "a" for number in range(6)}
    analysis = analyse(*frames({"m": codes, "golden": golden}))
    rate = only(analysis)
    # The bounds of 4 of 4 and of 6 of 6 that were accepted, at .025 each.
    assert rate.relative_conditional_rate.low == pytest.approx(0.025 ** (1 / 4))
    assert rate.relative_conditional_rate.high == pytest.approx(1 / 0.025 ** (1 / 6))
    assert rate.merge_rate.low < 4 / 6 * 0.025 ** (1 / 4)
    # A·(1 − C/G) is 0 whatever A, so only G moves the gap down: to its bound.
    assert analysis.level_gap.estimate.low == pytest.approx(4 / 6 - 4 / 6 / 0.025 ** (1 / 6))
    assert "exact bounds" in rate.gap.method
    assert analysis.fieller[0].merge.shape is Shape.NOT_AVAILABLE
    assert analysis.fieller[0].merge.reason


def test_deleting_half_of_the_reviews_leaves_the_expected_merge_rate(frames):
    codes = {f"i{number:02d}": "a" if number < 18 else ("r" if number < 45 else "f") for number in range(60)}
    golden = {f"i{number:02d}": "a" if number % 3 else "r" for number in range(60)}
    attempts, reviews = frames({"m": codes, "golden": golden})
    rng = np.random.default_rng(11)
    merged, complete_cases = [], []
    for _ in range(100):
        kept = reviews[rng.random(len(reviews)) < 0.5]
        point = sample(cells(score(attempts, kept))).point
        merged.append(float(point.a[0] * point.c[0]))
        decisions = kept[kept["candidate"].str.startswith("m/")]["decision"]
        complete_cases.append((decisions == "accept").sum() / (len(decisions) + 15))
    standard_error = np.std(merged) / np.sqrt(len(merged))
    assert abs(np.mean(merged) - 18 / 60) < 4 * standard_error
    # The average over rows that are not missing, which is what would be wrong, is far off.
    assert abs(np.mean(complete_cases) - 18 / 60) > 8 * standard_error

import pytest
from scipy import stats

from mergecheck.stats.analysis import analyse

DATES = ["2024-06-20", "2025-02-24", "2025-05-22", "2025-08-07", "2025-09-29"]


def test_metrs_counts_give_metrs_numbers(metr):
    analysis = analyse(*metr)
    assert analysis.golden.rate.estimate == pytest.approx(32 / 47)
    assert [rate.in_scope for rate in analysis.rates] == [94, 93, 94, 94, 92]
    assert 100 * analysis.level_gap.estimate.estimate == pytest.approx(24.21, abs=0.005)
    assert analysis.trend.difference.estimate == pytest.approx(9.61, abs=0.005)
    assert analysis.trend.difference_raw.estimate == pytest.approx(15.52, abs=0.005)
    assert analysis.trend.grader.estimate == pytest.approx(28.1, abs=0.05)
    assert analysis.trend.merged.estimate == pytest.approx(12.6, abs=0.05)
    assert analysis.trend.maintainers.estimate == pytest.approx(18.5, abs=0.05)
    assert not analysis.trend.left_out


def test_slopes_are_those_of_least_squares(metr):
    trend = analyse(*metr).trend
    years = [point.released.toordinal() / 365.25 for point in trend.points]
    for name, fit in (
        ("pass_rate", trend.grader),
        ("merge_rate", trend.merged),
        ("relative", trend.maintainers),
    ):
        theirs = stats.linregress(years, [getattr(point, name) for point in trend.points])
        assert fit.estimate == pytest.approx(100 * theirs.slope)


def codes(passing, merged, n=20):
    return {f"i{place:02d}": "a" if place < merged else ("r" if place < passing else "f") for place in range(n)}


@pytest.fixture
def spec():
    golden = {f"i{place:02d}": "a" if place % 4 else "r" for place in range(20)}
    return {"m1": codes(8, 3), "m2": codes(12, 5), "m3": codes(15, 9), "golden": golden}


RELEASED = {"m1": "2024-01-01", "m2": "2025-01-01", "m3": "2026-01-01"}


def test_tables_are_by_release_date_then_name_and_undated_last(frames, spec):
    released = {"m1": "2025-01-01", "m2": "2024-01-01", "m3": "2025-01-01"}
    assert [rate.submission for rate in analyse(*frames(spec, released=released)).rates] == ["m2", "m1", "m3"]
    attempts, reviews = frames(spec, released=released)
    attempts.loc[attempts["submission"] == "m2", "released"] = None
    analysis = analyse(attempts, reviews)
    assert [rate.submission for rate in analysis.rates] == ["m1", "m3", "m2"]
    assert [(left.submission, left.reason) for left in analysis.trend.left_out] == [
        ("m2", "its model has no release date")
    ]


def test_partial_coverage_stays_out_and_is_named(frames, spec):
    spec["m2"] |= {f"i{place:02d}": "not run" for place in range(3)}
    analysis = analyse(*frames(spec, released=RELEASED))
    assert analysis.rates[1].coverage == pytest.approx(17 / 20)
    assert analysis.rates[1].gap.available
    assert analysis.level_gap.submissions == ("m1", "m3")
    gaps = [rate.gap.estimate for rate in analysis.rates]
    assert analysis.level_gap.estimate.estimate == pytest.approx((gaps[0] + gaps[2]) / 2)
    (left,) = analysis.level_gap.left_out
    assert left.submission == "m2"
    assert "85 %" in left.reason
    assert [point.submission for point in analysis.trend.points] == ["m1", "m3"]


def test_ninety_per_cent_is_enough(frames, spec):
    spec["m2"] |= {f"i{place:02d}": "not run" for place in range(2)}
    assert analyse(*frames(spec, released=RELEASED)).level_gap.submissions == ("m1", "m2", "m3")


def test_a_submission_without_reviews_stays_out_and_is_named(frames, spec):
    spec["m2"] = {instance: "" if code in "ar" else code for instance, code in spec["m2"].items()}
    analysis = analyse(*frames(spec, released=RELEASED))
    assert analysis.level_gap.submissions == ("m1", "m3")
    assert analysis.level_gap.left_out[0].reason == "no passing attempt of m2 has a verdict yet"
    assert not analysis.rates[1].merge_rate.available
    assert analysis.rates[1].pass_rate.available


def test_equal_release_dates_are_no_trend(frames, spec):
    trend = analyse(*frames(spec, released=dict.fromkeys(RELEASED, "2025-05-05"))).trend
    for fit in (trend.grader, trend.merged, trend.maintainers, trend.difference, trend.difference_raw):
        assert not fit.available
        assert "two release dates" in fit.reason


def test_two_submissions_of_one_model_are_flagged(frames, spec):
    analysis = analyse(*frames(spec, released=RELEASED, models={"m1": "gpt", "m3": "gpt"}))
    assert analysis.trend.shared_models == ("gpt",)
    assert any("one model, gpt" in note.text for note in analysis.notes)
    assert analyse(*frames(spec, released=RELEASED)).trend.shared_models == ()


def test_the_grader_has_a_trend_where_golden_has_no_verdict(frames, spec):
    spec["golden"] = dict.fromkeys(spec["golden"], ".")
    trend = analyse(*frames(spec, released=RELEASED)).trend
    assert trend.grader.low is not None
    assert trend.difference_raw.low is not None
    assert not trend.maintainers.available
    assert trend.maintainers.reason == "no sampled golden patch has a verdict"

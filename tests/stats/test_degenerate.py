"""Studies that carry little or nothing: an explained n/a or an honest bound, never a warning."""

import math
from dataclasses import fields

import pytest

from mergecheck.stats.analysis import analyse
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.frames import empty_attempts, empty_reviews

EIGHT = [f"i{number}" for number in range(8)]


def estimates(value):
    """Every estimate that an analysis holds, wherever."""
    if isinstance(value, Estimate):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from estimates(part)
    elif hasattr(value, "__dataclass_fields__"):
        for part in fields(value):
            yield from estimates(getattr(value, part.name))


def spec(**codes):
    return {
        name: dict(zip(EIGHT, of if isinstance(of, list) else list(of), strict=False))
        for name, of in codes.items()
    }


CASES = {
    "one model": spec(m="arfarfar", golden="aaraaara"),
    "one instance": spec(m="a", k="r", golden="a"),
    "one instance, fractional": spec(m=["ar"], golden=["ar"]),
    "no golden": spec(m="arfarfar", k="aaafrrrf"),
    "golden without verdicts": spec(m="arfarfar", golden="........"),
    "golden all refused": spec(m="arfarfar", golden="rrrrrrrr"),
    "golden all accepted": spec(m="arfarfar", golden="aaaaaaaa"),
    "golden accepted once": spec(m="arfarfar", golden="rrrarrrr"),
    "all accepted": spec(m="aaaaaaaa", k="aafaafaf", golden="aaaaaaaa"),
    "none accepted": spec(m="rrrrrrrr", k="rrfrrfrf", golden="rrrrrrrr"),
    "none accepted of agents": spec(m="rrrrrrrr", k="rrfrrfrf", golden="aaarraaa"),
    "all failed": spec(m="ffffffff", k="ffffffff", golden="aaarraaa"),
    "all skipped": spec(m="ssssssss", golden="ssssssss"),
    "nothing reviewed": spec(m="........", golden="........"),
    "one verdict": spec(m="a.......", golden="........"),
    "one fractional verdict": spec(m=["ar", *[""] * 7], golden="aaarraaa"),
    "all fractional alike": spec(m=["ar"] * 8, golden=["ar"] * 8),
    "golden only": spec(golden="aaarraaa"),
    "nothing in scope": spec(m=["ungraded"] * 8, golden="aaarraaa"),
    "nothing run": spec(m=["not run"] * 8, golden=["not run"] * 8),
    "one passed": spec(m="affffff", golden="aaarraaa"),
}


@pytest.mark.parametrize("case", CASES)
def test_everything_is_a_finite_number_or_says_why_not(frames, case):
    analysis = analyse(*frames(CASES[case]))
    found = list(estimates(analysis))
    assert found
    for estimate in found:
        values = [estimate.estimate, estimate.low, estimate.high]
        assert all(value is None or math.isfinite(value) for value in values)
        assert None not in values or estimate.reason
        if estimate.low is not None and estimate.high is not None:
            assert estimate.low <= estimate.estimate + 1e-12
            assert estimate.estimate <= estimate.high + 1e-12
    for outcome in analysis.outcomes:
        assert sum(outcome.shares().values()) == pytest.approx(1)


def test_empty_frames_are_an_empty_analysis():
    analysis = analyse(empty_attempts(), empty_reviews())
    assert (analysis.rates, analysis.outcomes, analysis.flow, analysis.simulated) == ((), (), (), 0)
    assert analysis.level_gap.estimate.reason == "there is no submission but golden"
    assert not analysis.golden.rate.available


def test_without_golden_nothing_is_relative(frames):
    analysis = analyse(*frames(CASES["no golden"]))
    rate = analysis.rates[0]
    assert rate.merge_rate.low is not None
    for found in (rate.relative_merge_rate, rate.relative_conditional_rate, rate.gap, analysis.level_gap.estimate):
        assert (found.estimate, found.reason) == (None, "no sampled golden patch has a verdict")


def test_no_golden_accepted_is_not_available(frames):
    rate = analyse(*frames(CASES["golden all refused"])).rates[0]
    assert rate.relative_merge_rate.reason == "none of the 8 golden patches reviewed was accepted"
    assert rate.gap.estimate is None


def test_one_golden_accepted_has_a_ratio_but_no_jackknife_of_it(frames):
    rate = analyse(*frames(CASES["golden accepted once"])).rates[0]
    assert rate.gap.estimate == pytest.approx(6 / 8 - 3 / 8 * 8)
    assert (rate.gap.low, rate.gap.high) == (None, None)
    assert "only one golden patch was accepted" in rate.gap.reason
    assert rate.relative_merge_rate.high > rate.relative_merge_rate.estimate


def test_one_instance_has_no_spread(frames):
    rate = analyse(*frames(CASES["one instance"])).rates[0]
    assert (rate.gap.low, rate.gap.reason) == (None, "one instance alone has no spread")
    assert rate.pass_rate.high - rate.pass_rate.low > 0.9


def test_all_failed_is_a_merge_rate_of_none_with_a_bound(frames):
    rate = analyse(*frames(CASES["all failed"])).rates[0]
    assert rate.merge_rate.estimate == 0
    assert rate.merge_rate.high == pytest.approx(1 - 0.05 ** (1 / 8))
    assert rate.conditional_rate.reason.endswith("passed the grader")


def test_all_skipped_is_no_rate(frames):
    rate = analyse(*frames(CASES["all skipped"])).rates[0]
    assert not rate.merge_rate.available
    assert "no passing attempt of m has a verdict" in rate.merge_rate.reason


def test_full_certainty_is_never_claimed(frames):
    for case in ("all accepted", "golden all accepted", "none accepted of agents", "all failed"):
        analysis = analyse(*frames(CASES[case]))
        for estimate in [analysis.level_gap.estimate, *estimates(analysis.rates)]:
            if estimate.low is not None and estimate.high is not None:
                assert estimate.high - estimate.low > 0.1

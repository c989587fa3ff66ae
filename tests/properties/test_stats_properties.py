"""Frames drawn at random: the analysis never fails or claims nonsense, and does not mind how rows are arranged."""

import io
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from mergecheck.report.as_json import as_json
from mergecheck.report.terminal import print_analysis
from mergecheck.stats.analysis import analyse
from mergecheck.stats.estimate import Shape
from mergecheck.stats.frames import ATTEMPTS, REVIEWS
from mergecheck.stats.intervals import clopper_pearson, fieller, wilson

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DECISIONS = ["accept", "request_changes", "skip", None]


def verdict(candidate, instance, reviewer, decision, repeat_of=None):
    of = dict.fromkeys(REVIEWS)
    refused = decision == "request_changes"
    return of | {
        "assignment": f"{candidate}/{reviewer}/{repeat_of}",
        "candidate": candidate,
        "instance": instance,
        "repo": "a/a",
        "reviewer": reviewer,
        "repeat_of": repeat_of,
        "decision": decision,
        "decision_final": decision,
        "reason": "other" if refused else None,
        "simulated": False,
    }


@st.composite
def studies(draw):
    """Frames with anything in them that may stand there together."""
    instances = [f"i{number}" for number in range(draw(st.integers(0, 8)))]
    submissions = [f"m{number}" for number in range(draw(st.integers(0, 3)))]
    if draw(st.booleans()):
        submissions.append("golden")
    attempts, reviews = [], []
    for name in submissions:
        day = draw(st.sampled_from([None, "2024-01-01", "2025-01-01", "2026-01-01"]))
        for instance in instances:
            sampled = draw(st.booleans())
            candidate = draw(st.sampled_from([f"{name}/{instance}", f"shared/{instance}", None]))
            attempts.append(
                {
                    "submission": name,
                    "model": draw(st.just("one")),
                    "released": None if name == "golden" or day is None else pd.Timestamp(day),
                    "agent": "agent",
                    "is_golden": name == "golden",
                    "instance": instance,
                    "repo": "a/a",
                    "difficulty": None,
                    "grade": draw(st.sampled_from(["resolved", "resolved", "unresolved", "error", "ungraded"])),
                    "disposition": draw(
                        st.sampled_from(["reviewable", "reviewable", "unappliable", "not_run", None])
                    ),
                    "candidate": candidate,
                    "same_as_golden": False,
                    "sampled": sampled,
                    "inclusion_probability": draw(st.sampled_from([1.0, 0.5, 0.1])) if sampled else None,
                    "round": None,
                }
            )
    made = sorted({(row["candidate"], row["instance"]) for row in attempts if row["candidate"]})
    for candidate, instance in made:
        for reviewer in ("r1", "r2", "r3")[: draw(st.integers(0, 3))]:
            reviews.append(verdict(candidate, instance, reviewer, draw(st.sampled_from(DECISIONS))))
    frame = pd.DataFrame(attempts, columns=list(ATTEMPTS))
    frame["released"] = pd.to_datetime(frame["released"])
    if frame.empty:
        frame = frame.astype({"is_golden": bool})
    return frame, pd.DataFrame(reviews, columns=list(REVIEWS))


def all_estimates(analysis):
    for rate in analysis.rates:
        yield from (rate.pass_rate, rate.conditional_rate, rate.merge_rate)
        yield from (rate.relative_merge_rate, rate.relative_conditional_rate, rate.gap)
    trend = analysis.trend
    yield from (trend.grader, trend.merged, trend.maintainers, trend.difference, trend.difference_raw)
    yield from (analysis.golden.rate, analysis.level_gap.estimate)


@SETTINGS
@given(studies())
def test_any_study_has_an_analysis_that_can_be_printed(study):
    analysis = analyse(*study)
    for estimate in all_estimates(analysis):
        assert (estimate.estimate is not None and estimate.low is not None and estimate.high is not None) or (
            estimate.reason
        )
        if estimate.low is not None and estimate.high is not None:
            assert estimate.low <= estimate.estimate + 1e-9
            assert estimate.estimate <= estimate.high + 1e-9
    for rate in analysis.rates:
        for share in (rate.pass_rate, rate.conditional_rate, rate.merge_rate):
            for value in (share.estimate, share.low, share.high):
                assert value is None or 0 <= value <= 1 + 1e-12
        if rate.gap.available:
            relative = rate.relative_merge_rate.estimate
            assert rate.gap.estimate == pytest.approx(rate.pass_rate.estimate - relative)
    for outcome in analysis.outcomes:
        assert sum(outcome.shares().values()) == pytest.approx(1)
        assert min(outcome.shares().values()) >= -1e-12
    for step in analysis.flow:
        steps = (
            step.attempts,
            step.in_scope,
            step.passing,
            step.candidates,
            step.drawn,
            step.assigned,
            step.reviewed,
        )
        assert list(steps) == sorted(steps, reverse=True)
        assert step.reviewed >= step.counted
        assert step.attempts == step.in_scope + sum(count for _, count in step.out)
    json.dumps(as_json(analysis), allow_nan=False)
    out = io.StringIO()
    print_analysis(analysis, Console(file=out, width=80, color_system=None))
    assert "…" not in out.getvalue()


@SETTINGS
@given(studies(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_never_matters(study, seed):
    attempts, reviews = study
    shuffled = attempts.sample(frac=1, random_state=seed), reviews.sample(frac=1, random_state=seed)
    assert analyse(*shuffled) == analyse(attempts, reviews)


@SETTINGS
@given(studies(), st.data())
def test_repeats_and_a_second_reviewer_who_says_the_same_change_no_rate(study, data):
    attempts, reviews = study
    before = analyse(attempts, reviews)
    again = [
        verdict(
            row["candidate"],
            row["instance"],
            row["reviewer"],
            data.draw(st.sampled_from(DECISIONS)),
            row["assignment"],
        )
        for row in reviews.to_dict("records")
    ]
    repeated = pd.concat([reviews, pd.DataFrame(again, columns=list(REVIEWS))], ignore_index=True)
    assert analyse(attempts, repeated).rates == before.rates
    doubled = reviews.assign(assignment=reviews["assignment"] + "'", reviewer=reviews["reviewer"] + "'")
    after = analyse(attempts, pd.concat([reviews, doubled], ignore_index=True))
    for one, other in zip(all_estimates(before), all_estimates(after), strict=True):
        assert one.n == other.n
        for a, b in ((one.estimate, other.estimate), (one.low, other.low), (one.high, other.high)):
            assert (a is None) == (b is None)
            assert a is None or a == pytest.approx(b, abs=1e-6)


@given(st.integers(1, 400), st.data(), st.floats(0.55, 0.995))
def test_intervals_of_shares_hold_the_share_and_mirror_each_other(n, data, level):
    k = data.draw(st.integers(0, n))
    for method in (wilson, clopper_pearson):
        low, high = method(k, n, level)
        assert 0 <= low <= k / n <= high <= 1
        assert method(n - k, n, level) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(
    st.floats(-1, 1),
    st.floats(0.01, 1),
    st.floats(0.01, 0.5),
    st.floats(0.01, 0.5),
    st.floats(-0.95, 0.95),
)
def test_fieller_is_its_inequality_wherever_one_looks(a, b, se_a, se_b, correlation):
    t = 2.0
    variances = (se_a**2, se_b**2, correlation * se_a * se_b)
    found = fieller(a, b, variances, t, level=0.95, n=30)
    assert found.covers(a / b)
    assert found.shape is not Shape.NOT_AVAILABLE
    for ratio in np.linspace(-5, 5, 41):
        left = (a - ratio * b) ** 2
        right = t**2 * (variances[0] - 2 * ratio * variances[2] + ratio**2 * variances[1])
        if not math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12):
            assert found.covers(ratio) == (left < right)

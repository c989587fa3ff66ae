"""Planned results: the defaults are the report's, and each other choice is what its own computation says."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from mergecheck.errors import StatsError
from mergecheck.stats.analysis import analyse
from mergecheck.stats.bootstrap import bootstrap
from mergecheck.stats.cells import cells
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_study import Design, Simulated, simulate_study
from mergecheck.stats.jackknife import sample
from mergecheck.stats.metr import metr_of, metr_progress
from mergecheck.stats.plan_frames import all_golden, in_one_voice, without
from mergecheck.stats.plan_result import planned
from mergecheck.stats.quantities import Quantity
from mergecheck.stats.scope import score
from mergecheck.stats.sensitivity import sensitivity


def simulated(instances, golden_share):
    models = {"a": (0.5, date(2024, 1, 1)), "b": (0.6, date(2024, 9, 1)), "c": (0.7, date(2025, 6, 1))}
    design = Design(
        tuple(Simulated(name, day, rate) for name, (rate, day) in models.items()),
        instances,
        reviewers_each=3,
        golden_share=golden_share,
    )
    acceptance = {"a": 0.4, "b": 0.5, "c": 0.45, "golden": 0.7}
    return simulate_study(Parameters(acceptance, seed=4, recognised=0.1), design)


@pytest.fixture(scope="module")
def study():
    return simulated(90, 0.6)


@pytest.fixture(scope="module")
def small():
    return simulated(36, 1.0)


def both(found):
    return [(one.estimate, one.low, one.high, one.n) for one in (found.primary, found.secondary)]


def test_the_defaults_are_the_report_s(study):
    found, whole = planned(*study), analyse(*study)
    for one, other in ((found.primary, whole.level_gap.estimate), (found.secondary, whole.trend.difference)):
        for name in ("estimate", "low", "high"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-12)
        assert (one.n, one.method) == (other.n, other.method)


def test_instances_in_nobody_s_scope_count_in_coverage_everywhere(frames):
    """ "partial" covers 17 of 20 instances, of which nobody ran two: 85 %, not 94 %: it stays out of all."""
    names = [f"i{number:02d}" for number in range(20)]
    kinds = {"old": "arfaa" * 4, "new": "aarfa" * 4, "partial": "afraa" * 4}
    spec = {who: dict(zip(names, letters, strict=True)) for who, letters in kinds.items()}
    spec["golden"] = dict(zip(names[:18], "aaar" * 5, strict=False))
    for mine in (spec[who] for who in kinds):
        mine |= dict.fromkeys(names[18:], "not run")
    spec["partial"]["i00"] = "not run"
    attempts, reviews = frames(spec, released={"old": "2024-03-01", "new": "2025-06-15", "partial": "2025-09-01"})
    whole = analyse(attempts, reviews)
    assert whole.level_gap.submissions == ("old", "new")
    assert [round(rate.coverage, 2) for rate in whole.rates] == [0.9, 0.9, 0.85]
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    others = (
        planned(attempts, reviews).primary,
        sensitivity(attempts, reviews, resamples=100).variants[0].results.level_gap,
        metr_of(sample(cells(score(attempts, reviews))), resamples=100).of(Quantity.LEVEL_GAP).estimate,
    )
    assert [one.estimate for one in others] == pytest.approx([whole.level_gap.estimate.estimate] * 3)


def test_primary_and_secondary_change_places(study):
    one, other = planned(*study), planned(*study, primary="slope_difference", secondary="level_gap")
    assert (one.primary, one.secondary) == (other.secondary, other.primary)
    assert planned(*study, secondary="none").secondary is None


def test_other_intervals_are_those_modules(study):
    whole = sample(cells(score(check_attempts(study[0]), check_reviews(study[1], study[0]))))
    assert planned(*study, interval="percentile").primary == bootstrap(whole).of(Quantity.LEVEL_GAP).percentile
    progress = planned(*study, interval="metr", outcome="progress", threshold=85, at_least=True)
    assert (
        progress.secondary == metr_progress(*study, threshold=85, at_least=True).of(Quantity.DIFFERENCE).estimate
    )


def test_a_refused_bootstrap_leaves_the_estimate_and_says_why(mixed):
    found = planned(*mixed, interval="percentile").primary
    assert found.available
    assert found.low is found.high is None
    assert "80" in found.reason


def by_hand(attempts, reviews):
    """Mean over submissions of A − A·C/G_m, straight from the frames."""
    accepted = (
        reviews[reviews["decision"] != "skip"]
        .groupby("candidate")["decision"]
        .agg(lambda said: (said == "accept").mean())
    )
    d = attempts.assign(d=attempts["candidate"].map(accepted))
    golden = d[d["is_golden"] & d["sampled"]].set_index("instance")["d"]
    gaps = []
    for _, mine in d[~d["is_golden"]].groupby("submission"):
        passing = mine[mine["grade"] == "resolved"]
        matched = golden[golden.index.isin(passing["instance"])].mean()
        gaps.append(len(passing) / len(mine) * (1 - passing["d"].mean() / matched))
    return np.mean(gaps)


def test_the_matched_gap_is_the_one_by_hand_and_its_interval_by_leaving_instances_out(small):
    attempts, reviews = small
    found = planned(attempts, reviews, baseline="matched").primary
    assert found.estimate == pytest.approx(by_hand(attempts, reviews), rel=1e-12)
    names = sorted(set(attempts["instance"]))
    left = [
        by_hand(attempts[attempts["instance"] != name], reviews[reviews["instance"] != name]) for name in names
    ]
    n = len(left)
    assert found.n == n
    error = np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert found.high - found.estimate == pytest.approx(t.ppf(0.975, n - 1) * error, rel=1e-9)


def test_too_few_matched_golden_patches_say_how_many(mixed):
    found = planned(*mixed, baseline="matched").primary
    assert not found.available
    assert "golden below 15" in found.reason


def test_all_golden_takes_what_was_judged_outside_the_sample(frames):
    same = {("a", "i0"): "golden/i0"}
    codes = {"a": {f"i{n}": "a" for n in range(4)}, "golden": {"i0": "a", "i1": "a", "i2": "r", "i3": "r"}}
    attempts, reviews = frames(
        codes, same=same, not_sampled=frozenset({("golden", "i0")}), probability={("golden", "i1"): 0.5}
    )
    attempts, reviews = check_attempts(attempts), check_reviews(reviews, attempts)
    golden = all_golden(attempts, reviews).query("is_golden")
    assert golden["sampled"].all()
    assert (golden["inclusion_probability"] == 1).all()
    # In the sample alone 2/(2 + 1 + 1) of the weight accepts, of all golden patches 2 of 4: M/G is 1/½.
    assert planned(attempts, reviews, baseline="all_golden").primary.estimate == pytest.approx(1 - 1 / 0.5)


@pytest.mark.parametrize(("several", "d"), [("mean", 2 / 3), ("majority", 1.0), ("any", 1.0)])
def test_several_reviewers_speak_as_one(frames, several, d):
    attempts, reviews = frames({"a": {"i": "aar"}, "golden": {"i": "a"}})
    found = score(check_attempts(attempts), in_one_voice(check_reviews(reviews, attempts), several))
    assert found.loc[found["submission"] == "a", "d"].item() == pytest.approx(d)


@pytest.mark.parametrize(
    ("said", "majority", "anybody"), [("ar", 0, 1), ("rra", 0, 1), ("rr", 0, 0), ("as", 1, 1)]
)
def test_half_is_no_majority_and_a_skip_no_voice(frames, said, majority, anybody):
    attempts, reviews = frames({"a": {"i": said}, "golden": {"i": "a"}})
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    for rule, expected in (("majority", majority), ("any", anybody)):
        voiced = in_one_voice(reviews, rule)
        found = score(attempts, voiced)
        assert found.loc[found["submission"] == "a", "d"].item() == expected
        assert (voiced["decision"] == "skip").sum() == said.count("s")


def test_recognised_leaves_out_the_reviewer_on_the_instance_on_both_sides(frames):
    attempts, reviews = frames({"a": {"i": "ar", "j": "aa"}, "golden": {"i": "aa", "j": "ra"}})
    knew = (reviews["candidate"] == "golden/i") & (reviews["reviewer"] == "r0")
    reviews["recognised"] = np.where(knew, "yes", None)
    attempts = check_attempts(attempts)
    _, left = without(attempts, check_reviews(reviews, attempts), ["recognised"])
    gone = set(reviews["assignment"]) - set(left["assignment"])
    assert gone == {"a/i/r0", "golden/i/r0"}


def test_excluded_attempts_leave_every_denominator(study):
    attempts, reviews = study
    changed = attempts.copy()
    failed = changed[(changed["submission"] == "a") & (changed["grade"] == "unresolved")].index[:10]
    changed.loc[failed, "grade"] = "error"
    whole = sample(cells(score(*without(check_attempts(changed), reviews, ["grader_errors"]))))
    assert whole.totals.scope.tolist()[:3] == [80, 90, 90]
    # What the grader makes of golden is no matter of the baseline.
    of_golden = changed.assign(grade=changed["grade"].mask(changed["is_golden"], "error"))
    same = sample(cells(score(*without(check_attempts(of_golden), reviews, ["grader_errors"]))))
    assert same.totals.scope.tolist() == whole.totals.scope.tolist()
    assert same.point.g == whole.point.g


@pytest.mark.parametrize(
    "wrong",
    [
        {"primary": "gap"}, {"secondary": "gap"}, {"baseline": "all"}, {"interval": "bca"}, {"several": "all"},
        {"outcome": "mood"}, {"exclude": ["skips"]}, {"outcome": "progress", "threshold": 101},
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused(mixed, wrong):
    with pytest.raises(StatsError):
        planned(*mixed, **wrong)


def test_an_empty_study_says_why(frames):
    attempts, reviews = frames({})
    for baseline in ("sample", "all_golden", "matched"):
        for interval in ("jackknife", "percentile", "metr") if baseline != "matched" else ("jackknife",):
            found = planned(attempts, reviews, baseline=baseline, interval=interval)
            assert found.primary.reason
            assert found.secondary.reason


@pytest.mark.parametrize("several", ["mean", "majority", "any"])
@pytest.mark.parametrize("outcome", ["decision", "progress"])
def test_nothing_reviewed_says_why_whatever_is_excluded(study, several, outcome):
    """Without reviews `recognised` once took the columns of their frame away."""
    choices = {
        "exclude": ["recognised", "same_as_golden", "grader_errors"],
        "several": several,
        "outcome": outcome,
    }
    attempts, reviews = study
    for frames in ((attempts, reviews.iloc[:0]), (attempts.iloc[:0], reviews.iloc[:0])):
        for baseline in ("sample", "all_golden", "matched"):
            found = planned(*frames, baseline=baseline, **choices)
            assert found.primary.estimate is None
            assert found.primary.reason
            assert found.secondary.reason


def test_the_order_of_rows_changes_nothing(study):
    attempts, reviews = study
    rng = np.random.default_rng(1)
    mixed_up = [frame.iloc[rng.permutation(len(frame))].reset_index(drop=True) for frame in (attempts, reviews)]
    for choice in ({"baseline": "matched"}, {"several": "majority"}, {"exclude": ["recognised"]}):
        for one, other in zip(both(planned(*study, **choice)), both(planned(*mixed_up, **choice)), strict=True):
            assert one == pytest.approx(other, rel=1e-12)


def test_frames_from_elsewhere_are_checked():
    with pytest.raises(StatsError, match="column"):
        planned(pd.DataFrame({"submission": ["a"]}), pd.DataFrame())

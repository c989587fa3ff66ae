import pandas as pd
import pytest

from mergecheck.stats.analysis import analyse
from mergecheck.stats.flow import Work, flow
from mergecheck.stats.frames import check_attempts, check_reviews, empty_reviews
from mergecheck.stats.scope import score


def test_shares_add_up_and_are_split_between_reviewers(frames, one_review):
    codes = {"i0": "a", "i1": "ar", "i2": "s", "i3": ".", "i4": "", "i5": "f", "i6": "error", "i7": "rs"}
    attempts, reviews = frames(
        {"m": codes, "golden": {"i0": "a", "i1": "r"}}, not_sampled=frozenset({("m", "i4")})
    )
    third = one_review("m/i1", "i1", "r2", "r") | {"reason": "core_functionality"}
    reviews = pd.concat([reviews, pd.DataFrame([third])], ignore_index=True)
    mine, golden = analyse(attempts, reviews).outcomes
    assert mine.n == 8
    assert mine.shares() == pytest.approx(
        {
            "failed": 2 / 8,
            "accepted": (1 + 1 / 3) / 8,
            "refused: core_functionality": 1 / 3 / 8,
            "refused: code_quality": (1 + 1 / 3) / 8,
            "skipped": 1 / 8,
            "not_reviewed": 1 / 8,
            "not_drawn": 1 / 8,
        }
    )
    assert list(mine.shares()) == list(golden.shares())
    assert sum(mine.shares().values()) == pytest.approx(1)
    assert (golden.accepted, dict(golden.reasons)["code_quality"]) == (0.5, 0.5)


def test_reasons_of_ones_own_and_missing_ones_are_kept(frames):
    attempts, reviews = frames({"m": {"i0": "r", "i1": "r", "i2": "r"}, "golden": {"i0": "a"}})
    reviews["reason"] = ["zeal", None, "other", None]
    (mine, _) = analyse(attempts, reviews).outcomes
    assert [reason for reason, _ in mine.reasons] == ["other", "zeal", "no_reason_given"]
    assert [share for _, share in mine.reasons] == pytest.approx([1 / 3] * 3)


def test_the_flow_narrows_step_by_step(frames):
    codes = {"i0": "a", "i1": "s", "i2": ".", "i3": "", "i4": "", "i5": "f", "i6": "not run", "i7": "ar"}
    analysis = analyse(
        *frames({"m": codes, "golden": {"i0": "a", "i1": "."}}, not_sampled=frozenset({("m", "i4")}))
    )
    step = analysis.flow[0]
    steps = (step.attempts, step.in_scope, step.passing, step.candidates, step.drawn, step.assigned, step.reviewed)
    assert steps == (8, 7, 6, 6, 5, 4, 3)
    assert (step.counted, step.open, step.skips, step.showings) == (2, 2, 1, 4)
    assert analysis.not_reviewed == 2
    assert analysis.work == (Work("r0", 6, 4, 1), Work("r1", 1, 1, 0))


def test_simulated_verdicts_are_counted(frames):
    attempts, reviews = frames({"m": {"i0": "a", "i1": "r", "i2": "."}, "golden": {"i0": "a"}})
    assert analyse(attempts, reviews).simulated == 0
    reviews["simulated"] = [True, False, True, True]
    analysis = analyse(attempts, reviews)
    assert (analysis.verdicts, analysis.simulated) == (3, 2)


def test_the_flow_goes_from_attempts_by_way_of_grades_to_what_counts(frames):
    codes = ["a", "r", "s", ".", "f", "error", "ungraded", "not run", "dropped", "passed unappliable"]
    spec = {"m": {f"i{place}": code for place, code in enumerate(codes)}, "golden": {"i0": "a", "i1": ""}}
    attempts, reviews = frames(spec, not_sampled=frozenset({("golden", "i1")}))
    attempts = check_attempts(attempts)
    mine, golden = flow(score(attempts, check_reviews(reviews, attempts)), ["m", "golden"])
    # Out on the way: not run and ungraded; dropped and unappliable; then what failed; then what nobody was given.
    assert flow(score(attempts.assign(grade="unresolved"), empty_reviews()), ["m"])[0].graded == 9
    steps = (mine.attempts, mine.graded, mine.in_scope, mine.passing, mine.candidates, mine.drawn)
    assert steps == (10, 8, 6, 4, 4, 4)
    assert (mine.reviewed, mine.counted, mine.errors, mine.open) == (3, 2, 1, 1)
    assert (golden.attempts, golden.graded, golden.in_scope, golden.counted) == (2, 2, 1, 1)
    assert sum(count for _, count in mine.out) == mine.attempts - mine.in_scope

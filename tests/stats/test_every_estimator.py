"""Every further estimator on studies that carry little or nothing: finite numbers within limits, or reasons."""

import math

import numpy as np
import pandas as pd
import pytest

from mergecheck.stats.agreement import agreement, self_agreement
from mergecheck.stats.baselines import matched_baselines, post_stratified_golden
from mergecheck.stats.blinding import blinding
from mergecheck.stats.cells import cells
from mergecheck.stats.effort import effort
from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews
from mergecheck.stats.gaps import gaps
from mergecheck.stats.horizon import MINUTES, horizons
from mergecheck.stats.jackknife import sample
from mergecheck.stats.noise import denoised, flip_rate
from mergecheck.stats.order import order
from mergecheck.stats.reasons import reason_shares
from mergecheck.stats.refused import corrected, false_negatives
from mergecheck.stats.scope import score

EIGHT = [f"i{number}" for number in range(8)]
CASES = {
    "one model": {"m": "arfarfar", "golden": "aaraaara"},
    "one instance": {"m": "a", "k": "r", "golden": "a"},
    "one instance, two reviewers": {"m": ["ar"], "golden": ["ar"]},
    "no golden": {"m": "arfarfar", "k": "aaafrrrf"},
    "golden without verdicts": {"m": "arfarfar", "golden": "........"},
    "golden all refused": {"m": "arfarfar", "golden": "rrrrrrrr"},
    "all accepted": {"m": "aaaaaaaa", "k": "aafaafaf", "golden": "aaaaaaaa"},
    "none accepted": {"m": "rrrrrrrr", "k": "rrfrrfrf", "golden": "rrrrrrrr"},
    "all failed": {"m": "ffffffff", "golden": "aaarraaa"},
    "all skipped": {"m": "ssssssss", "golden": "ssssssss"},
    "nothing reviewed": {"m": "........", "golden": "........"},
    "one verdict": {"m": "a.......", "golden": "........"},
    "fractional alike": {"m": ["ar"] * 8, "golden": ["ar"] * 8},
    "golden only": {"golden": "aaarraaa"},
    "nothing in scope": {"m": ["ungraded"] * 8, "golden": "aaarraaa"},
    "nothing run": {"m": ["not run"] * 8, "golden": ["not run"] * 8},
    "mixed": {"m": ["ar", "a", "rr", "f", "s", "raa", "a", "r"], "k": "frararfa", "golden": "aararaaa"},
}
VARIANTS = {
    "bare": {},
    "guesses alike, numbers missing": {
        "guess": ["ai"],
        "progress": [np.nan],
        "active_minutes": [np.nan],
        "baseline_minutes": [np.nan],
        "wave": [pd.NA],
    },
    "guesses and numbers": {
        "guess": ["ai", "human", None, "cannot_tell", "ai"],
        "progress": [10.0, 90, 80, np.nan],
        "active_minutes": [0.0, 3, 9],
        "baseline_minutes": [0.0, 30],
        "wave": [1, 2, 3, pd.NA, 2],
    },
}


def results(attempts, reviews):
    scored = score(attempts, reviews)
    whole = sample(cells(scored))
    yield agreement(reviews)
    yield self_agreement(reviews)
    yield blinding(attempts, reviews)
    yield order(attempts, reviews)
    yield effort(attempts, reviews)
    yield reason_shares(scored, reviews)
    yield gaps(scored, reviews)
    yield horizons(scored)
    yield corrected(whole, false_negatives(scored))
    yield corrected(whole, false_negatives(scored, unit="attempt"))
    yield denoised(whole, flip_rate(reviews))
    yield matched_baselines(whole)
    yield post_stratified_golden(scored)


def check(frame):
    assert set(frame.columns) >= {
        "estimate",
        "low",
        "high",
        "level",
        "method",
        "n",
        "unit",
        "reason",
        "assumption",
    }
    for row in frame.to_dict("records"):
        known = [row[name] for name in ("estimate", "low", "high") if not math.isnan(row[name])]
        assert all(math.isfinite(value) for value in known)
        assert len(known) == 3 or row["reason"]
        assert row["method"]
        if len(known) == 3:
            assert row["low"] <= row["estimate"] <= row["high"]
            # Full certainty is claimed where a submission equals golden, and nowhere else.
            assert row["high"] > row["low"] or row["method"] == "the same verdicts on both sides"


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("case", CASES)
def test_numbers_are_finite_or_say_why_not(frames, one_review, case, variant):
    spec = {name: dict(zip(EIGHT, codes, strict=False)) for name, codes in CASES[case].items()}
    attempts, reviews = frames(spec)
    labels = dict(zip(EIGHT, [*MINUTES, *MINUTES], strict=True))
    attempts["difficulty"] = [labels[name] for name in attempts["instance"]]
    again = [
        one_review(
            row["candidate"], row["instance"], row["reviewer"], "ar"[place % 2], repeat_of=row["assignment"]
        )
        for place, row in enumerate(reviews.to_dict("records")[:4])
    ]
    reviews = pd.concat([reviews, pd.DataFrame(again)], ignore_index=True) if again else reviews
    for column, values in VARIANTS[variant].items():
        reviews[column] = [values[place % len(values)] for place in range(len(reviews))]
    attempts = check_attempts(attempts)
    for result in results(attempts, check_reviews(reviews, attempts)):
        check(result.frame())


def test_empty_frames():
    for result in results(empty_attempts(), empty_reviews()):
        check(result.frame())

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mergecheck.stats.frames import ATTEMPTS, REVIEWS

Frames = tuple[pd.DataFrame, pd.DataFrame]

WITHOUT_PASS = {
    "f": ("unresolved", "reviewable"),
    "empty": ("empty", "empty_after_policy"),
    "error": ("error", None),
    "failed unappliable": ("unresolved", "unappliable"),
    "ungraded": ("ungraded", "reviewable"),
    "not run": ("ungraded", "not_run"),
    "dropped": ("unresolved", "dropped"),
    "passed unappliable": ("resolved", "unappliable"),
    "passed empty": ("resolved", "empty_after_policy"),
    "passed not made": ("resolved", None),
}


def build(
    spec: Mapping[str, Mapping[str, str]],
    *,
    released: Mapping[str, str] | None = None,
    probability: Mapping[tuple[str, str], float] | None = None,
    not_sampled: frozenset[tuple[str, str]] = frozenset(),
    models: Mapping[str, str] | None = None,
    same: Mapping[tuple[str, str], str] | None = None,
) -> Frames:
    """Frames from {submission: {instance: code}}: a key of WITHOUT_PASS, or letters, one a reviewer.

    Letters: a(ccept), r(equest changes), s(kip), . (assigned, open). `same` gives an attempt another's candidate.
    """
    attempts, reviews = [], []
    for name, codes in spec.items():
        for instance, code in codes.items():
            key = (name, instance)
            grade, disposition = WITHOUT_PASS.get(code, ("resolved", "reviewable"))
            sampled = code not in WITHOUT_PASS and key not in not_sampled
            candidate = (same or {}).get(key, f"{name}/{instance}") if disposition == "reviewable" else None
            attempts.append(
                {
                    "submission": name,
                    "model": (models or {}).get(name, name),
                    "released": pd.Timestamp((released or {}).get(name, "2025-01-01"))
                    if name != "golden"
                    else None,
                    "agent": "test",
                    "is_golden": name == "golden",
                    "instance": instance,
                    "repo": "a/a",
                    "difficulty": None,
                    "grade": grade,
                    "disposition": disposition,
                    "candidate": candidate,
                    "same_as_golden": name == "golden",
                    "sampled": sampled,
                    "inclusion_probability": (probability or {}).get(key, 1.0) if sampled else None,
                    "round": 1 if sampled else None,
                }
            )
            if code in WITHOUT_PASS or key in (same or {}):
                continue
            for number, letter in enumerate(code):
                reviews.append(review(f"{name}/{instance}", instance, f"r{number}", letter))
    attempts_frame = pd.DataFrame(attempts, columns=list(ATTEMPTS))
    attempts_frame["released"] = pd.to_datetime(attempts_frame["released"])
    return attempts_frame, pd.DataFrame(reviews, columns=list(REVIEWS))


def review(candidate: str, instance: str, reviewer: str, letter: str, *, repeat_of: str | None = None) -> dict:
    decision = {"a": "accept", "r": "request_changes", "s": "skip", ".": None}[letter]
    judged = letter in "ar"
    return {
        "assignment": f"{candidate}/{reviewer}" + ("/again" if repeat_of else ""),
        "candidate": candidate,
        "instance": instance,
        "repo": "a/a",
        "reviewer": reviewer,
        "round": 1,
        "wave": 1,
        "position": 1,
        "repeat_of": repeat_of,
        "decision": decision,
        "decision_final": decision,
        "reason": "code_quality" if letter == "r" else None,
        "progress": 90.0 if judged else None,
        "confidence": 7.0 if judged else None,
        "baseline_minutes": 30.0 if judged else None,
        "active_minutes": 5.0,
        "guess": None,
        "guess_confidence": None,
        "recognised": None,
        "skip_reason": "cannot_judge" if letter == "s" else None,
        "front": "plain" if decision else None,
        "simulated": False,
        "submitted_at": None,
    }


@pytest.fixture
def frames() -> Callable[..., Frames]:
    return build


@pytest.fixture
def one_review() -> Callable[..., dict]:
    return review


@pytest.fixture
def mixed() -> Frames:
    """Two submissions and golden over 14 instances: weights differ, some d are fractional, one is missing."""
    instances = [f"i{number:02d}" for number in range(14)]
    codes = {
        "old": ["a", "r", "f", "ar", "f", "r", "a", "f", "aar", "r", "f", "", "f", "r"],
        "new": ["a", "a", "f", "a", "ar", "r", "a", "f", "a", "r", "a", "a", "empty", "ra"],
        "golden": ["a", "a", "a", "ar", "a", "r", "a", "a", "a", "r", "aa", "", "r", "a"],
    }
    probability = {("golden", instance): 0.5 + 0.03 * number for number, instance in enumerate(instances)}
    probability |= {("new", instance): 0.9 if number % 2 else 0.6 for number, instance in enumerate(instances)}
    return build(
        {name: dict(zip(instances, letters, strict=True)) for name, letters in codes.items()},
        released={"old": "2024-03-01", "new": "2025-06-15"},
        probability=probability,
        not_sampled=frozenset({("golden", "i13"), ("new", "i11")}),
    )


@pytest.fixture
def metr() -> Frames:
    """Counts that honour what METR printed (see the reference); which instance is whose is made up."""
    released = ["2024-06-20", "2025-02-24", "2025-05-22", "2025-08-07", "2025-09-29"]
    counts = [(94, 34, 14), (93, 54, 21), (94, 66, 26), (94, 61, 23), (92, 67, 31)]
    spec: dict[str, dict[str, str]] = {}
    for number, (patches, passing, merged) in enumerate(counts):
        codes = ["a"] * merged + ["r"] * (passing - merged) + ["f"] * (patches - passing)
        spec[f"m{number}"] = {f"i{place:02d}": code for place, code in enumerate(codes)}
    spec["golden"] = {f"i{place:02d}": "a" if place < 32 else "r" for place in range(47)}
    spec["golden"] |= {f"i{place:02d}": "" for place in range(47, 95)}
    return build(
        spec,
        released={f"m{number}": day for number, day in enumerate(released)},
        probability={("golden", f"i{place:02d}"): 47 / 95 for place in range(95)},
        not_sampled=frozenset(("golden", f"i{place:02d}") for place in range(47, 95)),
    )


@pytest.fixture
def share_limits() -> Callable[..., tuple[float, float]]:
    """95 % limits of a share at the size p(1 − p)/Var that its replicates leave, exact where counts are small."""

    def limits(p: float, replicates: np.ndarray) -> tuple[float, float]:
        n = len(replicates)
        size = p * (1 - p) / ((n - 1) / n * ((replicates - replicates.mean()) ** 2).sum())
        if min(p, 1 - p) * size < 5:
            lower, upper = stats.beta(p * size, size - p * size + 1), stats.beta(p * size + 1, (1 - p) * size)
            return float(lower.ppf(0.025)), float(upper.ppf(0.975))
        # (p − x)² = z²·x(1 − x)/size, as a quadratic in x.
        ratio = stats.norm.ppf(0.975) ** 2 / size
        low, high = sorted(np.roots([1 + ratio, -2 * p - ratio, p * p]).tolist())
        return low, high

    return limits

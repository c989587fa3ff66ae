"""Every public estimator from a notebook: what it answers to frames that are not right, and what it gives."""

import importlib
import inspect
import pkgutil
from dataclasses import FrozenInstanceError, fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

import mergecheck.stats
from mergecheck.errors import StatsError
from mergecheck.stats.agreement import agreement, self_agreement
from mergecheck.stats.analysis import analyse
from mergecheck.stats.baselines import matched_baselines, post_stratified_golden
from mergecheck.stats.blinding import blinding
from mergecheck.stats.cells import cells
from mergecheck.stats.effort import effort
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.frames import ATTEMPTS, REVIEWS, check_attempts, check_reviews
from mergecheck.stats.gaps import gaps
from mergecheck.stats.horizon import horizons
from mergecheck.stats.jackknife import sample
from mergecheck.stats.metr import metr_analysis, metr_progress
from mergecheck.stats.noise import denoised, flip_rate
from mergecheck.stats.order import order
from mergecheck.stats.over_reviewers import bootstrap_reviewers, leave_one_reviewer_out
from mergecheck.stats.reasons import reason_shares
from mergecheck.stats.refused import corrected, false_negatives
from mergecheck.stats.scope import score
from mergecheck.stats.sensitivity import sensitivity
from mergecheck.stats.table import ESTIMATE_COLUMNS

FROM_FRAMES = {
    "analyse": analyse,
    "metr_analysis": metr_analysis,
    "metr_progress": metr_progress,
    "leave_one_reviewer_out": leave_one_reviewer_out,
    "bootstrap_reviewers": bootstrap_reviewers,
}
"""What takes the two frames as they come."""

BAD_VALUES = {
    ("attempts", "grade"): "passed",
    ("attempts", "disposition"): "fine",
    ("attempts", "inclusion_probability"): 1.5,
    ("attempts", "is_golden"): "yes",
    ("attempts", "released"): "2025-01-01",
    ("attempts", "instance"): 7,
    ("attempts", "round"): 0.5,
    ("reviews", "decision"): "maybe",
    ("reviews", "decision_final"): "merge",
    ("reviews", "progress"): 120.0,
    ("reviews", "confidence"): 0.0,
    ("reviews", "guess"): "robot",
    ("reviews", "guess_confidence"): 11.0,
    ("reviews", "recognised"): "perhaps",
    ("reviews", "front"): "browser",
    ("reviews", "wave"): 0,
    ("reviews", "position"): 0,
    ("reviews", "baseline_minutes"): -1.0,
    ("reviews", "active_minutes"): -0.5,
    ("reviews", "simulated"): "no",
    ("reviews", "candidate"): "unknown",
    ("reviews", "submitted_at"): 5,
}


def changed(study, frame, column, value):
    attempts, reviews = (part.copy() for part in study)
    mine = attempts if frame == "attempts" else reviews
    values = mine[column].astype("object")
    values.iloc[3] = value
    mine[column] = values
    return attempts, reviews


@pytest.mark.parametrize("name", FROM_FRAMES)
def test_a_column_that_is_missing_is_named(mixed, name):
    attempts, reviews = mixed
    for column in ATTEMPTS:
        with pytest.raises(StatsError, match=f"attempts, column {column}"):
            FROM_FRAMES[name](attempts.drop(columns=column), reviews)
    for column in REVIEWS:
        with pytest.raises(StatsError, match=f"reviews, column {column}"):
            FROM_FRAMES[name](attempts, reviews.drop(columns=column))


@pytest.mark.parametrize("name", FROM_FRAMES)
def test_a_value_that_cannot_be_is_named_with_its_row_or_column(mixed, name):
    for (frame, column), value in BAD_VALUES.items():
        with pytest.raises(StatsError) as caught:
            FROM_FRAMES[name](*changed(mixed, frame, column, value))
        assert frame in caught.value.where
        assert column in caught.value.where
        assert caught.value.fix or "row 3" in caught.value.where


def results_of(attempts, reviews):
    """A result of every public estimator, by its name; all but the bootstraps, which want 80 instances."""
    attempts = check_attempts(attempts)
    reviews = check_reviews(reviews, attempts)
    scored = score(attempts, reviews)
    whole = sample(cells(scored))
    return {
        "agreement": agreement(reviews),
        "self_agreement": self_agreement(reviews),
        "blinding": blinding(attempts, reviews),
        "order": order(attempts, reviews),
        "effort": effort(attempts, reviews),
        "reason_shares": reason_shares(scored, reviews),
        "gaps": gaps(scored, reviews),
        "horizons": horizons(scored),
        "corrected": corrected(whole, false_negatives(scored)),
        "denoised": denoised(whole, flip_rate(reviews)),
        "matched_baselines": matched_baselines(whole),
        "post_stratified_golden": post_stratified_golden(scored),
        "metr_analysis": metr_analysis(attempts, reviews, resamples=200),
        "leave_one_reviewer_out": leave_one_reviewer_out(attempts, reviews),
        "sensitivity": sensitivity(attempts, reviews, resamples=200),
    }


def test_results_are_frozen_and_turn_into_frames_with_all_that_belongs_to_an_estimate(mixed):
    for name, result in results_of(*mixed).items():
        assert is_dataclass(result), name
        with pytest.raises(FrozenInstanceError):
            setattr(result, fields(result)[0].name, None)
        frame = result.frame()
        assert set(ESTIMATE_COLUMNS) <= set(frame.columns), name
        assert len(frame), name
        assert frame["level"].eq(0.95).all(), name
        for column in ("method", "assumption", "unit"):
            assert frame[column].map(bool).all(), (name, column)
        bare = frame[["estimate", "low", "high"]].isna().any(axis=1)
        assert frame.loc[bare, "reason"].map(bool).all(), name
        assert (frame.loc[frame["estimate"].notna(), "n"] >= 0).all(), name


def test_a_level_out_of_range_is_refused_by_everything_that_has_one(mixed):
    attempts = check_attempts(mixed[0])
    reviews = check_reviews(mixed[1], attempts)
    scored = score(attempts, reviews)
    whole = sample(cells(scored))
    calls = (
        lambda level: analyse(*mixed, level),
        lambda level: agreement(reviews, level),
        lambda level: self_agreement(reviews, level),
        lambda level: blinding(attempts, reviews, level),
        lambda level: order(attempts, reviews, level),
        lambda level: effort(attempts, reviews, level),
        lambda level: reason_shares(scored, reviews, level),
        lambda level: gaps(scored, reviews, level),
        lambda level: horizons(scored, level),
        lambda level: false_negatives(scored, level),
        lambda level: corrected(whole, false_negatives(scored), level),
        lambda level: flip_rate(reviews, level),
        lambda level: denoised(whole, flip_rate(reviews), level),
        lambda level: matched_baselines(whole, level),
        lambda level: post_stratified_golden(scored, level),
        lambda level: metr_analysis(*mixed, level),
        lambda level: metr_progress(*mixed, level),
        lambda level: leave_one_reviewer_out(*mixed, level),
        lambda level: bootstrap_reviewers(*mixed, level),
        lambda level: sensitivity(attempts, reviews, level),
    )
    for call in calls:
        for level in (0.5, 1.0, 95, -1, np.nan):
            with pytest.raises(StatsError, match="level"):
                call(level)


def test_what_takes_the_frames_as_they_come_is_all_listed_here():
    """A new function of two raw frames is tried as well, or this fails."""
    found = set()
    for module in pkgutil.iter_modules(mergecheck.stats.__path__):
        if module.name.startswith(("plan", "generate", "precision")):
            continue
        loaded = importlib.import_module(f"mergecheck.stats.{module.name}")
        for name, what in inspect.getmembers(loaded, inspect.isfunction):
            if what.__module__ != loaded.__name__ or name.startswith("_"):
                continue
            checks = "check_attempts(" in inspect.getsource(what) and not name.startswith("check_")
            if checks and {"attempts", "reviews"} <= set(inspect.signature(what).parameters):
                found.add(name)
    assert found == set(FROM_FRAMES)


def test_an_estimate_cannot_be_made_without_its_parts():
    whole = {"estimate": 0.5, "low": 0.4, "high": 0.6, "level": 0.95, "method": "Wilson", "n": 9}
    assert Estimate(**whole).assumption
    for name in whole:
        with pytest.raises(TypeError):
            Estimate(**{key: value for key, value in whole.items() if key != name})
    with pytest.raises(ValueError, match="says why"):
        Estimate(**{**whole, "low": None})
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match="finite"):
            Estimate(**{**whole, "high": value})


def test_rows_of_other_indexes_and_types_are_the_same_frame(mixed):
    attempts, reviews = mixed
    renamed = attempts.set_axis([f"row {number}" for number in range(len(attempts))])
    typed = reviews.astype({"wave": "Int64", "progress": "Float64", "decision": pd.StringDtype()})
    assert analyse(renamed, typed) == analyse(*mixed)

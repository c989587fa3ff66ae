"""Every subject of the report, and the report itself, on studies that carry little or nothing."""

import io
import json
import math
import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from mergecheck.report.as_json import as_json, page_as_json
from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.gaps import gaps_page
from mergecheck.report.subjects.layout import print_page
from mergecheck.report.subjects.page import Material
from mergecheck.report.subjects.registry import PAGES
from mergecheck.report.terminal import print_analysis
from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import empty_attempts, empty_reviews
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_study import Design, Simulated, simulate_study
from mergecheck.stats.horizon import MINUTES

CERTAIN = ("the same verdicts on both sides",)
"""Methods that may say that something is known exactly."""


def whole(frames):
    """Both halves with the difficulties that the horizon wants."""
    attempts, reviews = frames
    numbers = attempts["instance"].str[-4:].astype(int)
    return attempts.assign(difficulty=[list(MINUTES)[number % 3] for number in numbers]), reviews


def one_of(column, name):
    def kept(attempts, reviews):
        mine = attempts[attempts[column].eq(name) | attempts["is_golden"] & (column == "submission")]
        return mine, reviews[reviews["candidate"].isin(set(mine["candidate"].dropna()))]

    return kept


def said(decision):
    def changed(attempts, reviews):
        skipped = "cannot_judge" if decision == "skip" else None
        return attempts, reviews.assign(
            decision=decision, decision_final=decision, skip_reason=skipped, guess=None
        )

    return changed


def without_golden(attempts, reviews):
    mine = attempts[~attempts["is_golden"]]
    return mine, reviews[reviews["candidate"].isin(set(mine["candidate"].dropna()))]


def missing(*columns):
    """Both frames with nothing in these columns of either."""

    def changed(attempts, reviews):
        nothing = {"released": pd.NaT, "wave": pd.NA}
        return tuple(
            frame.assign(
                **{
                    name: nothing.get(name, np.nan if frame[name].dtype == "float64" else None)
                    for name in columns
                    if name in frame
                }
            )
            for frame in (attempts, reviews)
        )

    return changed


CASES = {
    "whole": lambda attempts, reviews: (attempts, reviews),
    "one model": one_of("submission", "new"),
    "one instance": one_of("instance", "sample__0003"),
    "no golden": without_golden,
    "golden only": lambda attempts, reviews: one_of("submission", "nobody")(attempts, reviews),
    "all accepted": said("accept"),
    "none accepted": said("request_changes"),
    "all skipped": said("skip"),
    "one reviewer": lambda attempts, reviews: (attempts, reviews.assign(reviewer="ada")),
    "equal release dates": lambda attempts, reviews: (
        attempts.assign(
            released=attempts["released"].where(attempts["released"].isna(), pd.Timestamp("2025-01-01"))
        ),
        reviews,
    ),
    # Of each of these three no subject reads more than one column, so each meets its own alone.
    "no difficulties, no active minutes, no guesses": missing("difficulty", "active_minutes", "guess"),
    "no progress, no baseline minutes, nothing recognised": missing(
        "progress", "baseline_minutes", "recognised", "confidence", "guess_confidence"
    ),
    "no release dates, no waves": missing("released", "wave"),
    "no verdict yet": lambda attempts, reviews: (
        attempts,
        reviews.assign(
            decision=None, decision_final=None, reason=None, skip_reason=None, guess=None, recognised=None
        ),
    ),
    "nothing assigned": lambda attempts, reviews: (attempts, reviews.iloc[:0]),
    "nothing passed": lambda attempts, reviews: (
        attempts.assign(grade=attempts["grade"].mask(~attempts["is_golden"], "unresolved")),
        reviews,
    ),
    "nothing graded": lambda attempts, reviews: (attempts.assign(grade="ungraded"), reviews),
    "empty": lambda attempts, reviews: (empty_attempts(), empty_reviews()),
}
MAKERS = {str(subject): maker for subject, maker in PAGES.items()} | {"gaps": gaps_page}


RATES = ("pass_rate", "conditional_rate", "merge_rate", "relative_merge_rate", "relative_conditional_rate", "gap")


def rates_of(analysis):
    """Submission → field → the estimate of it."""
    return {one.submission: {field: getattr(one, field) for field in RATES} for one in analysis.rates}


def accepted_all(found, whole):
    for name, rates in rates_of(found).items():
        a = whole[name]["pass_rate"].estimate
        assert [rates[field].estimate for field in RATES] == pytest.approx([a, 1, a, a, 1, 0])
    assert found.level_gap.estimate.estimate == pytest.approx(0)
    assert found.trend.difference.estimate == pytest.approx(0)
    assert found.trend.maintainers.estimate == pytest.approx(found.trend.grader.estimate)


def accepted_none(found, whole):
    assert found.golden.rate.estimate == 0
    for name, rates in rates_of(found).items():
        assert rates["pass_rate"] == whole[name]["pass_rate"]
        assert [rates[field].estimate for field in RATES[1:]] == [0, 0, None, None, None]
        assert rates["merge_rate"].low is None
        assert rates["merge_rate"].high < 0.5
    assert found.level_gap.estimate.estimate is None


def no_baseline(found, whole):
    for name, rates in rates_of(found).items():
        assert [rates[field] for field in RATES[:3]] == [whole[name][field] for field in RATES[:3]]
        assert [rates[field].estimate for field in RATES[3:]] == [None] * 3
    assert found.level_gap.estimate.estimate is found.trend.difference.estimate is None
    assert found.trend.difference_raw.available


def no_verdict(found, whole):
    for name, rates in rates_of(found).items():
        assert rates["pass_rate"] == whole[name]["pass_rate"]
        assert [rates[field].estimate for field in RATES[1:]] == [None] * 5
    assert found.level_gap.estimate.estimate is None


def no_slope(found, whole):
    assert rates_of(found) == whole
    slopes = (found.trend.grader, found.trend.merged, found.trend.maintainers, found.trend.difference)
    assert [one.estimate for one in slopes] == [None] * 4
    assert found.level_gap.estimate.available


def as_whole(found, whole):
    assert rates_of(found) == whole


def as_whole_of_new(found, whole):
    assert rates_of(found) == {"new": whole["new"]}
    assert found.level_gap.estimate == whole["new"]["gap"]


def failed_all(found, whole):
    for rates in rates_of(found).values():
        known = [rates[field].estimate for field in RATES]
        assert known == [0, None, 0, 0, None, 0]
        assert rates["merge_rate"].low is None


TRUTHS = {
    "all accepted": accepted_all,
    "none accepted": accepted_none,
    "no golden": no_baseline,
    "all skipped": no_verdict,
    "no verdict yet": no_verdict,
    "nothing assigned": no_verdict,
    "equal release dates": no_slope,
    "no release dates, no waves": no_slope,
    "no difficulties, no active minutes, no guesses": as_whole,
    "no progress, no baseline minutes, nothing recognised": as_whole,
    "one reviewer": as_whole,
    "one model": as_whole_of_new,
    "nothing passed": failed_all,
}


@pytest.mark.parametrize("name", TRUTHS)
def test_the_numbers_are_those_that_there_must_be(name, few):
    """From the frames alone: what is not touched is as in the whole study, and the rest is 0, 1 or nothing."""
    TRUTHS[name](analyse(*CASES[name](*few)), rates_of(analyse(*few)))


@pytest.fixture(scope="module")
def few():
    """A dozen instances: what is shown does not depend on how many there are, and printing takes its time."""
    submissions = (Simulated("old", date(2024, 6, 20), 0.5), Simulated("new", date(2025, 9, 29), 0.7))
    parameters = Parameters({"old": 0.4, "new": 0.6, "golden": 0.7}, seed=5, skip_rate=0.05)
    return whole(simulate_study(parameters, Design(submissions, 12, golden_share=0.5)))


@pytest.fixture(scope="module", params=CASES)
def material(request, few):
    return Material(*CASES[request.param](*few))


def rows_of(data):
    """Every estimate, at any depth."""
    if isinstance(data, dict):
        if {"estimate", "low", "high", "reason"} <= set(data) and not isinstance(data["estimate"], dict):
            yield data
        for part in data.values():
            yield from rows_of(part)
    elif isinstance(data, list):
        for part in data:
            yield from rows_of(part)


def check(row):
    known = [row[name] for name in ("estimate", "low", "high") if row[name] is not None]
    assert all(math.isfinite(value) for value in known)
    assert len(known) == 3 or row["reason"], row
    if row["estimate"] is None:
        assert (row["low"], row["high"]) == (None, None)
    if len(known) == 3:
        assert row["low"] <= row["estimate"] <= row["high"]
        # No spread is no certainty.
        assert row["low"] < row["high"] or row["method"] in CERTAIN, row


def test_every_subject_prints_and_says_why_not(material):
    for name, maker in MAKERS.items():
        page = maker(material)
        out = io.StringIO()
        print_page(page, Console(file=out, width=120, color_system=None, legacy_windows=False))
        assert out.getvalue().strip(), name
        assert not re.search(r"\b(nan|inf)\b", out.getvalue(), flags=re.IGNORECASE), name
        for row in rows_of(json.loads(json.dumps(page_as_json(page), allow_nan=False))):
            check(row)
    assert set(MAKERS) == {*map(str, Subject), "gaps"}


def test_the_report_prints_and_says_why_not(material):
    analysis = material.analysis
    out = io.StringIO()
    console = Console(file=out, width=100, color_system=None, legacy_windows=False)
    print_analysis(analysis, console)
    assert "Level gap" in out.getvalue()
    for row in rows_of(json.loads(json.dumps(as_json(analysis), allow_nan=False))):
        check(row)

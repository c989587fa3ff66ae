"""Rates over release dates: the points, the slopes, and what either interval of a slope is over."""

from __future__ import annotations

import pandas as pd

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.stats.analysis import Analysis
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.over_models import SlopesOverModels, slopes_over_models
from mergecheck.stats.table import estimate_table

SLOPES = {
    "grader, A": "grader",
    "maintainers, M/G": "maintainers",
    "difference, A − M/G": "difference",
    "raw merge rate, M": "merged",
    "difference, A − M": "difference_raw",
}
"""Name in the table → field of `Trend` and of `SlopesOverModels`."""

POINTS = {"A": "pass_rate", "M": "merge_rate", "M/G": "relative_merge_rate"}
"""Symbol of what lines go through → field of `SubmissionRates`."""

BESIDE = {"C": "conditional_rate", "C/G": "relative_conditional_rate"}
"""What M/G is always told with, as all three get called a share of what passes; no line goes through them."""


def trend_page(material: Material) -> Page:
    """The slopes with their intervals over issues and over models, and the rates that the lines go through."""
    return page_of(material.analysis, material)


def page_of(found: Analysis, material: Material) -> Page:
    """The same of an analysis that is there already."""
    over = slopes_over_models(found.trend, material.level)
    notes = [note for note in found.notes if note.about == "trend" or note.text.startswith("not in the trend")]
    frames = {"trend": _slope_rows(found, over), "points": _point_rows(found)}
    return page(Subject.TREND, material, (_slopes(found, over), _points(found)), frames, notes)


def _slopes(found: Analysis, over: SlopesOverModels) -> Sheet:
    columns = (
        Quantity("slope, with the interval\nover issues", _of(found.trend), scale=1),
        Quantity("the same\nover models", _of(over), scale=1),
    )
    submissions = len(found.trend.points)
    return Sheet(
        "Trend over release dates",
        f"percentage points a year, unweighted least squares over {submissions} submissions",
        "slope of",
        tuple(SLOPES),
        columns,
        legend="Over issues: the submissions are held fixed, the issues drawn anew. Over models: the points "
        "scatter about a line; gains on the same issues are no independent points.",
    )


def _of(fits: object) -> tuple[Estimate, ...]:
    return tuple(getattr(fits, field) for field in SLOPES.values())


def _points(found: Analysis) -> Sheet:
    used = {point.submission for point in found.trend.points}
    return Sheet(
        "The points",
        "per cent",
        "submission",
        tuple(rate.submission for rate in found.rates),
        (
            texts("released", [rate.released for rate in found.rates]),
            texts("in the\nlines", ["yes" if rate.submission in used else "no" for rate in found.rates]),
            *(
                Quantity(symbol, tuple(getattr(rate, field) for rate in found.rates))
                for symbol, field in (POINTS | BESIDE).items()
            ),
        ),
        legend="Lines go through A, M and M/G. C merged of those reviewed that pass",
        nothing="There is no attempt in the study.",
    )


def _slope_rows(found: Analysis, over: SlopesOverModels) -> pd.DataFrame:
    lines = [
        ({"quantity": name, "over": kind, "submissions": len(found.trend.points)}, getattr(fits, field))
        for name, field in SLOPES.items()
        for kind, fits in (("issues", found.trend), ("models", over))
    ]
    return estimate_table(("quantity", "over", "submissions"), lines, whole=("submissions",))


def _point_rows(found: Analysis) -> pd.DataFrame:
    used = {point.submission for point in found.trend.points}
    lines = [
        (
            {
                "submission": rate.submission,
                "model": rate.model,
                "released": rate.released,
                "in_lines": rate.submission in used,
                "quantity": symbol,
            },
            getattr(rate, field),
        )
        for rate in found.rates
        for symbol, field in POINTS.items()
    ]
    return estimate_table(("submission", "model", "released", "in_lines", "quantity"), lines)

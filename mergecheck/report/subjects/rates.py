"""Pass, conditional, merge and relative rates of each submission, and the gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mergecheck.report.fitting import Column
from mergecheck.report.plan_tests import gap_tests
from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.report.words import confidence_set
from mergecheck.stats.analysis import Analysis
from mergecheck.stats.table import estimate_table

if TYPE_CHECKING:
    from mergecheck.report.subjects.page import Frame

QUANTITIES = {
    "A": "pass_rate",
    "C": "conditional_rate",
    "M": "merge_rate",
    "M/G": "relative_merge_rate",
    "C/G": "relative_conditional_rate",
    "gap": "gap",
}
"""Symbol → field of `SubmissionRates`."""

HEADINGS = {"A": "A\npass", "C": "C\nof passing", "M": "M\nmerge"}


def rates_page(material: Material) -> Page:
    """Level gap, golden baseline, all rates, and Fieller's sets of the ratios."""
    found = material.analysis
    names = tuple(rate.submission for rate in found.rates)
    columns: tuple[Column | Quantity, ...] = (
        texts("released", [rate.released for rate in found.rates]),
        texts("in\nscope", [rate.in_scope for rate in found.rates]),
        texts("reviewed", [rate.reviewed for rate in found.rates]),
        *(
            Quantity(HEADINGS.get(symbol, symbol), tuple(getattr(rate, field) for rate in found.rates))
            for symbol, field in QUANTITIES.items()
        ),
    )
    sheets = (
        Sheet(
            "Level gap and golden baseline",
            "the gap in percentage points, G in per cent",
            "",
            ("level gap", "G golden"),
            (Quantity("estimate", (found.level_gap.estimate, found.golden.rate)),),
        ),
        Sheet(
            "Rates by release date",
            "per cent, gap in percentage points",
            "submission",
            names,
            columns,
            legend="A passes the grader · C merged of those reviewed that pass · M = A·C merged of all in scope · "
            "G golden patches merged · gap = A − M/G",
            nothing="There is no attempt in the study.",
        ),
        Sheet(
            "The same by Fieller",
            f"per cent, {100 * material.level:g} % sets",
            "submission",
            ("level gap", *(sets.submission for sets in found.fieller)),
            (
                texts("M/G", [None, *(confidence_set(sets.merge) for sets in found.fieller)]),
                texts("C/G", [None, *(confidence_set(sets.conditional) for sets in found.fieller)]),
                texts(
                    "gap",
                    [confidence_set(found.level_gap.fieller)] + [confidence_set(one.gap) for one in found.fieller],
                ),
            ),
        ),
    )
    tests, tested = gap_tests(material, found.rates)
    notes = [note for note in found.notes if note.about != "trend"]
    frames: dict[str, Frame] = {
        "level_gap": _level_gap(found),
        "rates": _rates(found),
        "fieller": found.fieller,
        "level_gap_fieller": (found.level_gap.fieller,),
        "tests": tested,
    }
    return page(Subject.RATES, material, (*sheets, *tests), frames, notes)


def _level_gap(found: Analysis) -> pd.DataFrame:
    gap = found.level_gap
    lines = (
        ({"quantity": "level gap", "submissions": len(gap.submissions)}, gap.estimate),
        ({"quantity": "G", "submissions": 0}, found.golden.rate),
    )
    return estimate_table(("quantity", "submissions"), lines, whole=("submissions",))


def _rates(found: Analysis) -> pd.DataFrame:
    counts = ("in_scope", "passes", "reviewed")
    lines = (
        (
            {"submission": rate.submission, "model": rate.model, "released": rate.released, "quantity": symbol}
            | {name: getattr(rate, name) for name in counts},
            getattr(rate, field),
        )
        for rate in found.rates
        for symbol, field in QUANTITIES.items()
    )
    return estimate_table(("submission", "model", "released", "quantity", *counts), lines, whole=counts)

"""Which models and repositories have a gap, with p values adjusted for how many are asked about."""

from __future__ import annotations

import pandas as pd

from mergecheck.report.subjects.page import Material, Quantity, Sheet, texts
from mergecheck.stats.plan_tests import Family, against_zero, gaps_by_repository
from mergecheck.stats.rates import SubmissionRates


def gap_tests(material: Material, rates: tuple[SubmissionRates, ...]) -> tuple[tuple[Sheet, ...], pd.DataFrame]:
    """The sheets, by model and, where there are several, by repository; and both as one frame."""
    found = [against_zero("models", {rate.submission: rate.gap for rate in rates})]
    by_repository = gaps_by_repository(material.scored, material.level)
    if len(by_repository.tests) > 1:
        found.append(by_repository)
    return tuple(_sheet(one) for one in found), pd.concat([one.frame() for one in found], ignore_index=True)


def _sheet(found: Family) -> Sheet:
    models = found.over == "models"
    return Sheet(
        "Is there a gap? By model" if models else "Is there a gap? By repository",
        "percentage points; exploratory",
        "submission" if models else "repository",
        tuple(one.name for one in found.tests),
        (
            Quantity("gap" if models else "level gap", tuple(one.estimate for one in found.tests)),
            texts("p", [_p(one.p) for one in found.tests]),
            texts("p, Holm", [_p(one.adjusted) for one in found.tests]),
        ),
        legend=f"p two-sided, of no gap; adjusted by Holm's method over the {found.over} of this table",
        nothing="There is no attempt in the study.",
    )


def _p(value: float | None) -> str | None:
    if value is None:
        return None
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)

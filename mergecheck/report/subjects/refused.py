"""Good changes that the grader refused, and merge rates with them."""

from __future__ import annotations

import pandas as pd

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.stats.analysis import Note
from mergecheck.stats.refused import corrected, false_negatives


def refused_page(material: Material) -> Page:
    """The share r of refused attempts that reviewers accept, by issue and by attempt, and corrected rates."""
    units = [false_negatives(material.scored, material.level, unit) for unit in ("issue", "attempt")]
    both = [corrected(material.sample, one, material.level) for one in units]
    rates = both[0].rates
    sheets = (
        Sheet(
            "Accepted of those that the grader refused",
            "r, per cent",
            "by",
            tuple(one.unit for one in units),
            (
                texts("attempts", [one.attempts for one in units]),
                texts("changes", [one.candidates for one in units]),
                texts("issues", [one.issues for one in units]),
                Quantity("r", tuple(one.share for one in units)),
            ),
        ),
        Sheet(
            "Rates with r, by issue",
            "per cent",
            "submission",
            tuple(one.submission for one in rates),
            (
                Quantity("M + (1 − A)·r", tuple(one.merge_rate for one in rates)),
                Quantity("(M + (1 − A)·r)/G", tuple(one.relative for one in rates)),
            ),
            legend="A passes the grader · M merged of all in scope · G golden patches merged",
            nothing="There is no attempt in the study.",
        ),
    )
    frame = pd.concat([one.frame().assign(unit_of_r=one.false_negatives.unit) for one in both], ignore_index=True)
    notes = (Note("rates", "verdicts on refused attempts never enter C, M or M/G: they are for this page only"),)
    return page(Subject.REFUSED, material, sheets, {"refused": frame}, notes)

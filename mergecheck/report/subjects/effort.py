"""What reviewing costs, next to writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mergecheck.report.privacy import FEWEST, merged
from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.report.words import number
from mergecheck.stats.analysis import Note
from mergecheck.stats.effort import GroupEffort, effort


def effort_page(material: Material) -> Page:
    """Active and baseline minutes and their ratio: of all, by submission, and by reviewer where that may be."""
    found = effort(material.attempts, material.reviews, material.level)
    hidden = bool(found.by_reviewer) and merged([one.group for one in found.by_reviewer], material.by_reviewer)
    shown = replace(found, by_reviewer=()) if hidden else found
    sheets = [_sheet("Minutes a verdict", "group", shown.groups)]
    sheets.append(_sheet("By submission", "submission", shown.by_submission))
    if shown.by_reviewer:
        sheets.append(_sheet("By reviewer", "reviewer", shown.by_reviewer))
    notes = [Note("all hours", f"active time of all verdicts, skips and repeats too: {number(found.hours)} hours")]
    if hidden:
        few = f"fewer than {FEWEST} have given verdicts, so nothing is told by reviewer"
        notes.append(Note("reviewers", f"{few}; --by-reviewer tells it"))
    return page(Subject.EFFORT, material, sheets, {"effort": shown.frame()}, notes)


def _sheet(title: str, heading: str, groups: Sequence[GroupEffort]) -> Sheet:
    return Sheet(
        title,
        "first showings with a decision",
        heading,
        tuple(one.group for one in groups),
        (
            texts("verdicts", [one.showings for one in groups]),
            Quantity("active\nminutes", tuple(one.active for one in groups), scale=1),
            Quantity("baseline\nminutes", tuple(one.baseline for one in groups), scale=1),
            Quantity("active /\nbaseline", tuple(one.ratio for one in groups), scale=1, digits=2),
        ),
    )

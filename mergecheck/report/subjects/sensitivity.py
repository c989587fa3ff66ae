"""The main results another way, all in one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mergecheck.report.privacy import FEWEST, merged
from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.report.words import number
from mergecheck.stats.analysis import Note
from mergecheck.stats.sensitivity import ArmSkips, Sensitivity, Varied, sensitivity

LEAK = "leak"
"""Column of a study's reviews: the leak of the change that was accepted or redacted too late."""


def sensitivity_of(material: Material) -> tuple[Sensitivity, bool]:
    """The table, and whether what it has by reviewer was left out, as there are too few."""
    reviews = material.reviews
    leaky = reviews[LEAK].notna() if LEAK in reviews else None
    found = sensitivity(material.attempts, reviews, material.level, leaky=leaky)
    told = [one.name for one in found.variants if one.varied is Varied.REVIEWER and one.changed]
    if not told or not merged(told, material.by_reviewer):
        return found, False
    kept = tuple(one for one in found.variants if one.varied is not Varied.REVIEWER)
    return replace(found, variants=kept), True


def sensitivity_page(material: Material) -> Page:
    """Level gap, slope difference and G another way; what is not available says why."""
    found, hidden = sensitivity_of(material)
    variants = found.variants
    sheet = Sheet(
        "The main results another way",
        "level gap in percentage points, slope difference in points a year, G in per cent",
        "what is done otherwise",
        tuple(f"{one.varied}: {one.name}" for one in variants),
        (
            texts("rows\nchanged", [one.changed or None for one in variants]),
            texts("sub-\nmissions", [one.results.submissions or None for one in variants]),
            Quantity("level gap", tuple(one.results.level_gap for one in variants)),
            Quantity("slope\ndifference", tuple(one.results.difference for one in variants), scale=1),
            Quantity("G golden", tuple(one.results.golden for one in variants)),
        ),
        legend="Rows: attempts, verdicts, changes or repeats that are left out, read otherwise or corrected with. "
        "Submissions: those that the level gap is over.",
    )
    return page(
        Subject.SENSITIVITY, material, (sheet,), {"sensitivity": found.frame()}, list(_notes(found, hidden=hidden))
    )


def _notes(found: Sensitivity, *, hidden: bool) -> Iterator[Note]:
    yield Note("skips", "; ".join(_skipped(arm) for arm in found.skips))
    if hidden:
        few = f"fewer than {FEWEST} have given verdicts, so none is left out by name"
        yield Note("reviewers", f"{few}; --by-reviewer does it")


def _skipped(arm: ArmSkips) -> str:
    share = f", {number(100 * arm.skips / arm.showings)} %" if arm.showings else ""
    return f"{arm.arm} {arm.skips} of {arm.showings} verdicts{share}"

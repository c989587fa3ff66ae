"""Does the order of showing matter?"""

from __future__ import annotations

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.report.words import number
from mergecheck.stats.analysis import Note
from mergecheck.stats.order import order


def order_page(material: Material) -> Page:
    """The effect on acceptance of wave, wave × golden, later waves, and changes seen before."""
    found = order(material.attempts, material.reviews, material.level)
    effects = found.effects
    sheet = Sheet(
        "Acceptance and order",
        "percentage points for one more of each, model and instance held",
        "one more",
        tuple(one.measure for one in effects),
        (
            Quantity("effect", tuple(one.estimate for one in effects)),
            texts("partial R²", [_number(one.partial_r2, 1, 3) for one in effects]),
            texts("standard error\nHC3", [_number(one.robust_error, 100, 1) for one in effects]),
        ),
        legend="Intervals are clustered by instance; HC3 takes verdicts for independent, as METR does.",
    )
    rows = f"{found.rows} verdicts on {found.instances} instances and {found.submissions} submissions"
    notes = [Note("rows", rows)]
    if found.singletons:
        notes.append(Note("dropped", f"verdicts alone of their instance or submission: {found.singletons}"))
    if found.without_wave:
        notes.append(Note("left out", f"verdicts without a wave: {found.without_wave}"))
    return page(Subject.ORDER, material, (sheet,), {"order": found.frame()}, notes)


def _number(value: float | None, scale: float, digits: int) -> str | None:
    return None if value is None else number(value * scale, digits=digits)

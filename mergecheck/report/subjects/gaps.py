"""Instance by instance, for the author of a benchmark: what tests let through, and why maintainers refuse it."""

from __future__ import annotations

from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.report.words import number
from mergecheck.stats.analysis import Note
from mergecheck.stats.gaps import Gaps, InstanceGap, gaps

GAPS = "gaps"


def gaps_page(material: Material) -> Page:
    """Pass share against merge share among passing attempts, the widest gap first."""
    found = gaps(material.scored, material.reviews, material.level)
    rows = found.instances
    sheet = Sheet(
        "Instances, the widest gap first",
        "per cent",
        "instance",
        tuple(one.instance for one in rows),
        (
            texts("attempts", [one.attempts for one in rows]),
            Quantity("pass", tuple(one.pass_share for one in rows)),
            texts("changes", [one.candidates for one in rows]),
            texts("verdicts", [one.verdicts for one in rows]),
            Quantity("merged of\npassing", tuple(one.merge_share for one in rows)),
            Quantity("shrunken", tuple(one.shrunken for one in rows)),
            texts("golden", [None if one.golden is None else number(100 * one.golden) for one in rows]),
            texts("refused for", [_reasons(one) for one in rows]),
        ),
        legend="The grader takes all that pass, so the gap among them is 100 less the shrunken share; by that the "
        "instances stand · changes and verdicts: different ones that the share rests on · golden: its own patch "
        "merged · refused for: per cent of the passing attempts with a verdict",
        nothing="There is no attempt in the study.",
    )
    return page(GAPS, material, (sheet,), {GAPS: found.frame()}, _notes(found))


def _reasons(one: InstanceGap) -> str:
    return "\n".join(f"{reason.replace('_', ' ')} {number(100 * share)}" for reason, share in one.reasons) or "–"


def _notes(found: Gaps) -> tuple[Note, ...]:
    if found.mean is None or found.spread is None:
        return ()
    drawn = f"shares are drawn to {number(100 * found.mean)} %, the mean of all instances with a verdict"
    spread = f"between instances the true shares have a standard deviation of {number(100 * found.spread)} points"
    return (Note("shrunken", f"{drawn}; {spread}"),)

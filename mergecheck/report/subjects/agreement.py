"""Do reviewers agree with each other, and with themselves?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mergecheck.report.privacy import FEWEST, merged
from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.stats.agreement import Agreement, Index, agreement, self_agreement, without_pair
from mergecheck.stats.analysis import Note

EXPLAINED = {
    "percent": "of each candidate with two ratings or more, the share of pairs of ratings that agree; their mean",
    "Fleiss's κ": "for any number of ratings (Gwet 2014): chance agreement is Σ p², p a category's share of a "
    "candidate's ratings, averaged over candidates, those with one rating included, not a share of all ratings "
    "pooled; where all have as many ratings it is that of Fleiss (1971)",
    "Krippendorff's α": "over pairs of ratings of the same candidate: those with one rating are in nothing",
}
"""Index → which of several definitions it is."""

OF_PROGRESS = (
    "intervals of α, ordinal and interval, cover less than they say where few changes are rated twice: where "
    "the truth is known, at METR's size .95 between reviewers and .93 to .94 at repeats, at a quarter of it "
    ".92 to .94 and .89 to .91 (docs/coverage.md)"
)


def repeats_left_out(material: Material) -> tuple[Note, ...]:
    """How many repeats cannot be compared with what they repeat; nothing where all can."""
    alone = without_pair(material.reviews)
    if not alone:
        return ()
    return (Note("repeats", f"left out, as the showing that they repeat has no decision: {alone}"),)


def agreement_page(material: Material) -> Page:
    """Indices over all reviewers, of each pair where pairs may be told, and of reviewers with themselves."""
    between = agreement(material.reviews, material.level, reasons=material.reasons)
    alone = self_agreement(material.reviews, material.level, reasons=material.reasons)
    shown = _without_pairs(between) if _hides_pairs(between, material) else between
    pairs = [one for one in shown.indices if one.reviewers]
    sheets = [
        _sheet("Between reviewers", [one for one in shown.indices if not one.reviewers]),
        _sheet("Reviewers with themselves, at repeats", alone.indices),
    ]
    if pairs:
        sheets.insert(1, _pairs(pairs))
    notes = list(_notes(between, alone, hidden=shown is not between))
    notes += repeats_left_out(material)
    frames = {"agreement": shown.frame(), "self_agreement": alone.frame()}
    return page(Subject.AGREEMENT, material, sheets, frames, notes)


def _hides_pairs(found: Agreement, material: Material) -> bool:
    # A pair without a change in common says nothing of anybody.
    told = {name for one in found.indices if one.candidates for name in one.reviewers}
    paired = any(one.reviewers for one in found.indices)
    return paired and merged(told, material.by_reviewer)


def _without_pairs(found: Agreement) -> Agreement:
    return replace(found, indices=tuple(one for one in found.indices if not one.reviewers))


def _sheet(title: str, indices: Sequence[Index]) -> Sheet:
    return Sheet(
        title,
        "percent as a share of 1; κ, α and AC1 from 0 as by chance to 1",
        "of",
        tuple(one.item for one in indices),
        (
            texts("index", [one.index for one in indices]),
            texts("ratings", [one.ratings for one in indices]),
            Quantity("estimate", tuple(one.estimate for one in indices), scale=1, digits=3),
        ),
    )


def _pairs(indices: Sequence[Index]) -> Sheet:
    return Sheet(
        "Pairs of reviewers",
        "Cohen's κ",
        "reviewers",
        tuple(" / ".join(one.reviewers) for one in indices),
        (
            texts("of", [one.item for one in indices]),
            Quantity("κ", tuple(one.estimate for one in indices), scale=1, digits=3),
        ),
    )


def _notes(between: Agreement, alone: Agreement, *, hidden: bool) -> Iterator[Note]:
    if hidden:
        few = f"fewer than {FEWEST} have given verdicts that could be compared, so no pair is told"
        yield Note("pairs", f"{few}; --by-reviewer tells it")
    available = [one for found in (between, alone) for one in found.indices if one.estimate.available]
    for about, text in EXPLAINED.items():
        if any(one.index.startswith(about) for one in available):
            yield Note(about, text)
    if any(one.item == "progress" for one in available):
        yield Note("progress", OF_PROGRESS)
    for about, found in (("reason", between), ("reason, at repeats", alone)):
        if found.no_reason:
            yield Note(about, f"refusals without a core reason, left out of this item: {found.no_reason}")

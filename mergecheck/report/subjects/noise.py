"""Reviewers who change their mind, and relative rates without that."""

from __future__ import annotations

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.stats.noise import denoised, flip_rate
from mergecheck.stats.ratios import relative_merge_rate


def noise_page(material: Material) -> Page:
    """The share of repeats that differ, the flip rate, and M/G with and without it."""
    flips = flip_rate(material.reviews, material.level)
    found = denoised(material.sample, flips, material.level)
    whole = material.sample
    ratios = [relative_merge_rate(whole, column, material.level).delta for column in range(len(found.rates))]
    sheets = (
        Sheet(
            "Changes judged twice by one reviewer",
            "per cent",
            "",
            ("repeats that differ", "flip rate ε"),
            (
                texts("repeats", [flips.pairs, flips.pairs]),
                texts("differ", [flips.differing, flips.differing]),
                Quantity("estimate", (flips.differ, flips.rate)),
            ),
        ),
        Sheet(
            "Relative merge rates with ε taken out",
            "per cent",
            "submission",
            tuple(name for name, _ in found.rates),
            (
                Quantity("M/G\nas it is", tuple(ratios)),
                Quantity("(M − εA)/(G − ε)", tuple(rate for _, rate in found.rates)),
            ),
            nothing="There is no attempt in the study.",
        ),
    )
    return page(Subject.NOISE, material, sheets, {"noise": found.frame()})

"""Reviewers who change their mind, and relative rates without that."""

from __future__ import annotations

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.agreement import repeats_left_out
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.stats.noise import denoised, flip_rate


def noise_page(material: Material) -> Page:
    """The share of repeats that differ, the flip rate, and M/G with and without it."""
    flips = flip_rate(material.reviews, material.level)
    found = denoised(material.sample, flips, material.level)
    # In the same order: by release date, then by name.
    rates = material.analysis.rates
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
                Quantity("M/G\nas it is", tuple(one.relative_merge_rate for one in rates)),
                Quantity("(M − εA)/(G − ε)", tuple(rate for _, rate in found.rates)),
                Quantity("C", tuple(one.conditional_rate for one in rates)),
                Quantity("C/G", tuple(one.relative_conditional_rate for one in rates)),
            ),
            legend="C merged of those reviewed that pass, C/G the same relative to golden: both as they are",
            nothing="There is no attempt in the study.",
        ),
    )
    return page(Subject.NOISE, material, sheets, {"noise": found.frame()}, repeats_left_out(material))

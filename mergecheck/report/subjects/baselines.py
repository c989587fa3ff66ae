"""The golden baseline and others beside it: the sample as drawn, and matched to what a submission passes."""

from __future__ import annotations

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.stats.baselines import matched_baselines, post_stratified_golden
from mergecheck.stats.cells import FEWEST_IN_STRATUM
from mergecheck.stats.jackknife import unstratified
from mergecheck.stats.rates import golden_baseline
from mergecheck.stats.table import estimate_table


def baselines_page(material: Material) -> Page:
    """G as rates have it, of the sample alone, by repository, and matched with C/G_m beside C/G."""
    whole, level = material.sample, material.level
    baseline = golden_baseline(whole, level)
    drawn = golden_baseline(unstratified(whole), level)
    mixed = post_stratified_golden(material.scored, level)
    matched = matched_baselines(whole, level)
    # In the same order: by release date, then by name.
    rates = material.analysis.rates
    sheets = (
        Sheet(
            "Golden patches merged",
            "per cent",
            "",
            ("G, as in rates and gap", "the sample, whatever its repositories", "every repository by itself"),
            (Quantity("estimate", (baseline, drawn, mixed.baseline)),),
            legend="In rates and gap G is weighted to the instances' mix where there are several repositories; "
            f"those with fewer than {FEWEST_IN_STRATUM} golden verdicts are pooled.",
        ),
        Sheet(
            "Repositories",
            "what a baseline of every repository by itself weighs",
            "repository",
            tuple(one.repo for one in mixed.strata),
            (
                texts("instances", [one.instances for one in mixed.strata]),
                texts("golden patches\nwith a verdict", [one.golden for one in mixed.strata]),
            ),
            nothing="There is no attempt in the study.",
        ),
        Sheet(
            "Matched to what each submission passes",
            "per cent",
            "submission",
            tuple(one.submission for one in matched.submissions),
            (
                texts("golden\npatches", [one.golden for one in matched.submissions]),
                Quantity("G_m", tuple(one.baseline for one in matched.submissions)),
                Quantity("C/G_m", tuple(one.relative for one in matched.submissions)),
                Quantity("C/G", tuple(one.relative_conditional_rate for one in rates)),
                Quantity("C", tuple(one.conditional_rate for one in rates)),
                Quantity("M/G", tuple(one.relative_merge_rate for one in rates)),
            ),
            legend="G_m golden patches merged at the instances that the submission passes · C merged of those "
            "reviewed that pass · M/G merged of all in scope, relative to golden",
            nothing="There is no attempt in the study.",
        ),
    )
    lines = [({"quantity": "G"}, baseline), ({"quantity": "G, the sample"}, drawn)]
    golden = estimate_table(("quantity",), lines)
    frames = {"golden": golden, "post_stratified": mixed.frame(), "matched": matched.frame()}
    return page(Subject.BASELINES, material, sheets, frames)

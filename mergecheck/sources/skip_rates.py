"""Skip rates that differ between submissions: a rate over what is left would be biased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEVEL = 0.01
"""Chance, over all submissions together, of a warning where rows are skipped alike (Bonferroni)."""

BY_CHOICE = ("out_of_scope",)
"""Reasons that are no loss: study.toml leaves these rows out of every submission alike."""


@dataclass(frozen=True, slots=True)
class UnevenSkips:
    """A submission whose rows were skipped at another rate than those of the others together.

    `p` is that of Fisher's exact test, two-sided, before Bonferroni's correction.
    """

    submission: str
    skipped: int
    rows: int
    others_skipped: int
    others_rows: int
    p: float

    def __str__(self) -> str:
        mine, theirs = self.skipped / self.rows, self.others_skipped / self.others_rows
        return (
            f"{self.submission}: {self.skipped} of {self.rows} rows were skipped ({mine:.0%}), of the other "
            f"submissions' {self.others_skipped} of {self.others_rows} ({theirs:.0%}); if what was skipped "
            "differs from what was kept, rates are biased: see `mergecheck status --skipped`"
        )


def uneven_skips(read: Mapping[str, tuple[int, Mapping[str, int]]]) -> list[UnevenSkips]:
    """Submissions that are skipped at another rate than the others, the most uneven first.

    Each against the rest with Fisher's exact test (R. A. Fisher, Statistical Methods for Research Workers, 1934,
    § 21.02). Where the smallest p-value is below `LEVEL` / number of submissions, that submission is named, left
    out, and the others are looked at again without it: one that is odd does not make the rest look so. Rows that
    the study's scope leaves out are counted on neither side.

    Args:
        read: submission → rows read, and rows skipped by reason; without golden, which is the benchmark's own.
    """
    left: dict[str, tuple[int, int]] = {}
    for submission, (rows, skips) in read.items():
        by_choice = sum(skips.get(reason, 0) for reason in BY_CHOICE)
        if rows > by_choice:
            left[submission] = sum(skips.values()) - by_choice, rows - by_choice
    threshold = LEVEL / max(1, len(left))
    found: list[UnevenSkips] = []
    while len(left) > 1 and any(skipped for skipped, _ in left.values()):
        compared = _each_against_the_rest(left)
        least = min(one.p for one in compared)
        if least >= threshold:
            break
        # Two submissions alone have the same p-value: the one that lost more is named.
        odd = max((one for one in compared if one.p <= least * (1 + 1e-9)), key=lambda one: one.skipped / one.rows)
        found.append(odd)
        del left[odd.submission]
    return found


def _each_against_the_rest(tables: Mapping[str, tuple[int, int]]) -> list[UnevenSkips]:
    import numpy as np
    from scipy.stats import fisher_exact

    all_skipped, all_rows = (sum(column) for column in zip(*tables.values(), strict=True))
    compared = []
    for submission, (skipped, rows) in sorted(tables.items()):
        others_skipped, others_rows = all_skipped - skipped, all_rows - rows
        table = np.array([[skipped, rows - skipped], [others_skipped, others_rows - others_skipped]])
        p = float(fisher_exact(table).pvalue)
        compared.append(UnevenSkips(submission, skipped, rows, others_skipped, others_rows, p))
    return compared

"""The human patches as a submission like any other."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mergecheck.records import GOLDEN, Attempt, Grade, Instance, Skip

SOURCE = "benchmark"
"""What the frames name as the source of golden patches and of their grade."""


def golden_attempts(
    benchmark: Sequence[Instance], scope: Collection[str]
) -> tuple[tuple[Attempt, ...], tuple[Skip, ...]]:
    """An attempt for each instance in scope and a skip for each other; the benchmark itself resolved them all."""
    attempts = []
    skips = []
    for row, instance in enumerate(benchmark, start=1):
        if instance.id in scope:
            attempts.append(
                Attempt(GOLDEN, instance.id, instance.golden_patch, Grade.RESOLVED, SOURCE, SOURCE, row)
            )
        else:
            detail = "the study leaves this instance out"
            skips.append(Skip(GOLDEN, SOURCE, row, instance.id, "out_of_scope", detail))
    return tuple(attempts), tuple(skips)

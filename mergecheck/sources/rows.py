"""Rows of predictions → one patch an instance, and a skip with its reason for every row not taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from mergecheck.errors import SourceError
from mergecheck.records import Skip
from mergecheck.sources.predictions import Prediction


@dataclass(frozen=True, slots=True)
class Settled:
    """`taken` holds one row an instance in scope; each other row is a skip. Rows = taken + skips."""

    taken: dict[str, Prediction]
    skips: tuple[Skip, ...]
    problems: tuple[SourceError, ...]


def settle(
    submission: str, rows: Iterable[Prediction], benchmark: AbstractSet[str], scope: AbstractSet[str]
) -> Settled:
    """Choose one row for each instance in scope, whatever order the rows come in.

    A patch supersedes an empty row of the same instance; of equal rows the first counts. Two different
    patches for one instance are a problem: nothing here can tell which of them was graded.
    """
    skips: list[Skip] = []
    problems: list[SourceError] = []
    of_instance: dict[str, list[Prediction]] = defaultdict(list)
    for row in rows:
        outside = out_of_bounds(submission, row.file, row.row, row.instance, benchmark, scope)
        if outside is None:
            of_instance[row.instance].append(row)
        else:
            skips.append(outside)
    taken: dict[str, Prediction] = {}
    for instance, candidates in of_instance.items():
        candidates.sort(key=lambda row: (row.file, row.row or 0))
        distinct = {row.patch: row for row in reversed(candidates) if row.patch}
        if len(distinct) > 1:
            problems.append(
                _different(instance, sorted(distinct.values(), key=lambda row: (row.file, row.row or 0)))
            )
        keep = next((row for row in candidates if row.patch), candidates[0])
        taken[instance] = keep
        skips += [_passed_over(submission, row, keep) for row in candidates if row is not keep]
    return Settled(taken, tuple(skips), tuple(problems))


def out_of_bounds(
    submission: str,
    file: str,
    row: int | None,
    instance: str,
    benchmark: AbstractSet[str],
    scope: AbstractSet[str],
) -> Skip | None:
    """The skip of a row whose instance the study does not hold; None where it does."""
    if instance not in benchmark:
        detail = f"{instance} is not an instance of the benchmark"
        return Skip(submission, file, row, instance, "not_in_benchmark", detail)
    if instance not in scope:
        detail = f"{instance} is in the benchmark and outside the study's scope"
        return Skip(submission, file, row, instance, "out_of_scope", detail)
    return None


def _passed_over(submission: str, row: Prediction, keep: Prediction) -> Skip:
    if row.patch == keep.patch:
        same = "the same patch" if row.patch else "no patch either"
        reason, detail = "duplicate", f"{same} for {row.instance} stands in {keep.where}"
    else:
        reason, detail = "superseded", f"empty, and {keep.where} has a patch for {row.instance}"
    return Skip(submission, row.file, row.row, row.instance, reason, detail)


def _different(instance: str, rows: list[Prediction]) -> SourceError:
    return SourceError(
        f"{instance} has {len(rows)} different patches",
        where=" and ".join(row.where for row in rows),
        fix="keep the row whose patch was graded and delete the others",
    )

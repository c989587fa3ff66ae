"""Which instances of a benchmark a study is about."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from mergecheck.errors import Problems, StudyFileError
from mergecheck.records import Instance


def in_scope(
    benchmark: Sequence[Instance], repositories: Collection[str], instances: Collection[str], *, where: str
) -> list[str]:
    """Ids of the instances that are in the repositories and among the ids named (none named: all).

    Raises:
        Problems: a repository or an id that the benchmark does not have; `where` is the file that names them.
    """
    problems = _unknown(repositories, {instance.repo for instance in benchmark}, "repository", where)
    problems += _unknown(instances, {instance.id for instance in benchmark}, "instance", where)
    if problems:
        raise Problems(problems)
    found = [
        instance.id
        for instance in benchmark
        if (not repositories or instance.repo in repositories) and (not instances or instance.id in instances)
    ]
    if not found:
        raise StudyFileError(
            "no instance is both in [benchmark] repositories and in [benchmark] instances",
            where=where,
            fix="leave one of the two empty, which means all",
        )
    return found


def _unknown(named: Collection[str], known: set[str], noun: str, where: str) -> list[StudyFileError]:
    problems = []
    for name in named:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            fix = f"did you mean {near[0]}?" if near else f"check the {noun}'s name"
            problems.append(StudyFileError(f"the benchmark has no {noun} {name}", where=where, fix=fix))
    return problems

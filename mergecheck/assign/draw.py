"""Which attempts are sampled into a round, with what inclusion probability, and why."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from mergecheck.assign.seal import Seal
from mergecheck.records import GOLDEN, Draw


def draw_golden(repositories: Mapping[str, str], share: float, round_number: int, seal: Seal) -> list[Draw]:
    """Draw golden patches at random by instance, stratified by repository.

    Of a repository's n instances, n·share are drawn; the fraction over a whole number is settled by one more
    draw, so that every instance's inclusion probability is exactly the share, also in a repository with one.

    Args:
        repositories: instance → repository, of the instances whose golden patch can be reviewed.
        share: in (0, 1].
        round_number: the round they are drawn for.
        seal: the study's.

    Returns:
        One draw an instance, sampled or not, by instance id.
    """
    strata: dict[str, list[str]] = defaultdict(list)
    for instance, repo in repositories.items():
        strata[repo].append(instance)
    chosen: set[str] = set()
    for repo, members in strata.items():
        wanted = len(members) * share
        whole = math.floor(wanted + 1e-9)
        extra = seal.uniform("golden", round_number, repo) < wanted - whole
        chosen.update(seal.order(members, "golden", round_number)[: whole + extra])
    return [
        Draw(GOLDEN, instance, round_number, instance in chosen, share, "golden sample")
        for instance in sorted(repositories)
    ]


def draw_attempts(passing: Mapping[str, list[str]], round_number: int) -> list[Draw]:
    """Sample every attempt that passed the grader and can be reviewed (submission → instances)."""
    return [
        Draw(submission, instance, round_number, True, 1.0, "passed the grader")
        for submission in sorted(passing)
        for instance in sorted(passing[submission])
    ]

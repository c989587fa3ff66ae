"""Which attempts are sampled into a round, with what inclusion probability, and why.

Every draw is by instance and by the seal: which submissions there are, and what they did, decides nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from mergecheck.assign.seal import Seal
from mergecheck.records import GOLDEN, Draw

PASSED = "passed the grader"
REFUSED = "sample of those that the grader refused"
"""Why an agent's attempt is drawn; what was refused never enters a merge rate."""


def stratified(repositories: Mapping[str, str], share: float, seal: Seal, *label: str | int) -> set[str]:
    """Instances (of instance → repository) drawn at random, a share of each repository's.

    Of a repository's n instances, n·share are drawn; the fraction over a whole number is settled by one more
    draw, so that every instance's inclusion probability is exactly the share, also in a repository with one.
    Under one label a larger share draws the same instances and more.
    """
    strata: dict[str, list[str]] = defaultdict(list)
    for instance, repo in repositories.items():
        strata[repo].append(instance)
    chosen: set[str] = set()
    for repo, members in strata.items():
        wanted = len(members) * share
        whole = math.floor(wanted + 1e-9)
        extra = seal.uniform(*label, repo) < wanted - whole
        chosen.update(seal.order(members, *label)[: whole + extra])
    return chosen


def draw_golden(
    repositories: Mapping[str, str], share: float, round_number: int, seal: Seal, since: int | None = None
) -> list[Draw]:
    """Draw golden patches at random by instance, stratified by repository.

    Args:
        repositories: instance → repository, of all instances whose golden patch was first drawn in the same round.
        share: in (0, 1]: of the sample as it is after this round, those that were drawn before included.
        round_number: the round they are drawn for.
        seal: the study's.
        since: the round in which these instances were first drawn, where it was an earlier one: what is not in its
            sample is the reserve, and a larger share takes from it.

    Returns:
        One draw an instance, sampled or not, by instance id.
    """
    chosen = stratified(repositories, share, seal, "golden", round_number if since is None else since)
    return [
        Draw(GOLDEN, instance, round_number, instance in chosen, share, "golden sample")
        for instance in sorted(repositories)
    ]


def draw_attempts(passing: Mapping[str, Iterable[str]], round_number: int) -> list[Draw]:
    """Sample every attempt that passed the grader and can be reviewed (submission → instances)."""
    return [
        Draw(submission, instance, round_number, True, 1.0, PASSED)
        for submission in sorted(passing)
        for instance in sorted(passing[submission])
    ]


def draw_refused(refused: Mapping[str, Iterable[str]], share: float, round_number: int, seal: Seal) -> list[Draw]:
    """Sample attempts that the grader refused (submission → instances): all of an instance, or none.

    An instance is in the sample where a number drawn for it from [0, 1) is below the share: so it is or is not,
    whoever tried it and in whichever round.
    """
    return [
        Draw(
            submission,
            instance,
            round_number,
            seal.uniform("refused", instance) < share,
            share,
            REFUSED,
        )
        for submission in sorted(refused)
        for instance in sorted(refused[submission])
    ]

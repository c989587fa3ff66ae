"""Conflicts of interest: reviewers who wrote, reviewed or merged the fix of an instance, and what to do then.

Pure: who was involved comes in as GitHub logins by instance, and nothing of them goes out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mergecheck.records import Reviewer


class ConflictPolicy(StrEnum):
    """What a reviewer may review of an instance whose fix they wrote, reviewed or merged.

    `exclude`: nothing of it. `golden_only`: all but the golden patch, which is what they know; who knows the
    policy can then tell that none of what they see of that instance is golden. `flag`: all of it, marked for the
    analysis.
    """

    EXCLUDE = "exclude"
    GOLDEN_ONLY = "golden_only"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class ToReview:
    """A candidate that a round wants reviewed. `golden`: the golden attempt made it, whoever else did."""

    candidate: str
    instance: str
    repo: str
    golden: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """What a policy would cost in a round.

    Pairs are of an active reviewer and a candidate whose repository they know: `conflicting` are in conflict,
    `barred` those that the policy forbids, `flagged` those in conflict that it lets stay, marked. `nobody` counts
    the candidates that only conflicts keep everybody from, `nobody_golden` the golden ones among them, `instances`
    those that they belong to.
    """

    policy: ConflictPolicy
    conflicting: int
    barred: int
    nobody: int
    nobody_golden: int
    instances: int
    flagged: int


def conflicts(reviewers: Iterable[Reviewer], involved: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """The instances whose fix each reviewer wrote, reviewed or merged.

    Args:
        reviewers: those without GitHub names have no conflict that can be known.
        involved: instance → GitHub logins, in capitals or small letters, as GitHub takes either.

    Returns:
        Reviewer id → instances, for every reviewer.
    """
    by_instance = {instance: _logins(names) for instance, names in involved.items()}
    return {
        one.id: frozenset(instance for instance, names in by_instance.items() if names & _logins(one.github))
        for one in reviewers
    }


def able(
    one: ToReview, reviewers: Sequence[Reviewer], conflicts: Mapping[str, frozenset[str]], policy: ConflictPolicy
) -> tuple[str, ...]:
    """Ids of the active reviewers who know a candidate's repository and whom the policy lets review it.

    Args:
        one: the candidate.
        reviewers: all of them; the order is kept.
        conflicts: reviewer id → instances; a reviewer who is not in it has none.
        policy: what conflicts lead to.
    """
    return tuple(
        reviewer
        for reviewer in _knowing(one, reviewers)
        if not (_in_conflict(reviewer, one, conflicts) and _bars(policy, one))
    )


def costs(
    wanted: Sequence[ToReview], reviewers: Sequence[Reviewer], conflicts: Mapping[str, frozenset[str]]
) -> tuple[Cost, ...]:
    """What each policy would cost, in the order of `ConflictPolicy`.

    A candidate whose repository no active reviewer knows is in no pair and is nobody's for another reason than a
    conflict: it costs nothing here.

    Args:
        wanted: the round's candidates, each once.
        reviewers: all of them.
        conflicts: reviewer id → instances.
    """
    return tuple(_cost(policy, wanted, reviewers, conflicts) for policy in ConflictPolicy)


def _cost(
    policy: ConflictPolicy,
    wanted: Sequence[ToReview],
    reviewers: Sequence[Reviewer],
    conflicts: Mapping[str, frozenset[str]],
) -> Cost:
    conflicting = barred = 0
    nobody: list[ToReview] = []
    for one in wanted:
        knowing = _knowing(one, reviewers)
        left = able(one, reviewers, conflicts, policy)
        conflicting += sum(_in_conflict(reviewer, one, conflicts) for reviewer in knowing)
        barred += len(knowing) - len(left)
        if knowing and not left:
            nobody.append(one)
    return Cost(
        policy=policy,
        conflicting=conflicting,
        barred=barred,
        nobody=len(nobody),
        nobody_golden=sum(one.golden for one in nobody),
        instances=len({one.instance for one in nobody}),
        flagged=conflicting - barred,
    )


def _knowing(one: ToReview, reviewers: Sequence[Reviewer]) -> list[str]:
    """The active reviewers who know the candidate's repository."""
    return [
        reviewer.id
        for reviewer in reviewers
        if reviewer.active and (not reviewer.repositories or one.repo in reviewer.repositories)
    ]


def _in_conflict(reviewer: str, one: ToReview, conflicts: Mapping[str, frozenset[str]]) -> bool:
    return one.instance in conflicts.get(reviewer, frozenset())


def _bars(policy: ConflictPolicy, one: ToReview) -> bool:
    """Whether a reviewer in conflict may not review the candidate."""
    return policy is ConflictPolicy.EXCLUDE or (policy is ConflictPolicy.GOLDEN_ONLY and one.golden)


def _logins(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)

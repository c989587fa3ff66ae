"""What a round is drawn from, and what comes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mergecheck.assign.conflicts import ConflictPolicy, ToReview, able
from mergecheck.assign.queue import Layout, Queue
from mergecheck.records import Assignment, Draw, Reviewer, Why


@dataclass(frozen=True, slots=True)
class Sampleable:
    """An attempt that a round draws: no round has yet, or it has `changed` since one did.

    `passed`: the grader said resolved (golden always has). `candidate` is None where there is nothing to review,
    which is of interest only where it was drawn before.
    """

    submission: str
    is_golden: bool
    instance: str
    repo: str
    candidate: str | None
    passed: bool = True
    changed: bool = False


@dataclass(frozen=True, slots=True)
class GoldenDrawn:
    """A golden attempt of an earlier draw: first in round `since`; in the sample or in the reserve, which has the
    rest of `share`. What is not `in_scope` any more keeps its place among those that it was drawn with."""

    instance: str
    repo: str
    since: int
    share: float
    sampled: bool
    candidate: str | None
    in_scope: bool = True


@dataclass(frozen=True, slots=True)
class Shown:
    """An assignment of an earlier round. `live`: it stands, also once what has changed since is drawn anew."""

    assignment: str
    reviewer: str
    candidate: str
    instance: str
    repo: str
    round: int
    live: bool = True
    repeat_of: str | None = None


@dataclass(frozen=True, slots=True)
class Reissue:
    """An assignment that is to be given out anew: what its candidate `was`, and what it is now."""

    assignment: str
    reviewer: str
    was: str
    candidate: str
    instance: str
    repo: str


@dataclass(frozen=True)
class Earlier:
    """What earlier rounds did.

    `unplaced` are candidates that were sampled and that nobody has been shown. `withdrawn` candidates are not
    shown again. `golden_candidates` are those that a golden attempt made.
    """

    golden: tuple[GoldenDrawn, ...] = ()
    shown: tuple[Shown, ...] = ()
    unplaced: tuple[ToReview, ...] = ()
    reissues: tuple[Reissue, ...] = ()
    submissions: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()
    golden_candidates: frozenset[str] = frozenset()

    @cached_property
    def handed_out(self) -> frozenset[str]:
        """Candidates that are not handed out as new ones any more."""
        return frozenset(one.candidate for one in self.shown if one.live) | self.withdrawn

    @cached_property
    def reviewers(self) -> frozenset[str]:
        """Who has been shown anything."""
        return frozenset(one.reviewer for one in self.shown)

    @cached_property
    def repositories(self) -> frozenset[str]:
        """Of which anything has been shown."""
        return frozenset(one.repo for one in self.shown)

    @cached_property
    def _seen(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for one in self.shown:
            found[one.candidate].add(one.reviewer)
        return found

    def seen_by(self, candidate: str) -> set[str]:
        """Who has been shown this candidate."""
        return self._seen.get(candidate, set())


@dataclass(frozen=True, slots=True)
class Design:
    """How rounds are drawn.

    Shares are of instances: `golden_share` in (0, 1] of new ones whose golden patch is drawn, `reserve_share` of
    those whose golden patch is drawn in addition when a model is added, `earlier_share` of those handed out before
    of which a candidate is shown again, `unresolved_share` of those whose refused attempts are reviewed. `overlap`
    is a share (float) or a number (int) of a round's new candidates.
    """

    reviewers: tuple[Reviewer, ...]
    golden_share: float = 0.5
    reserve_share: float = 0.0
    earlier_share: float = 0.0
    unresolved_share: float = 0.0
    overlap: float = 0
    layout: Layout = field(default_factory=Layout)
    policy: ConflictPolicy = ConflictPolicy.EXCLUDE
    conflicts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def active(self) -> tuple[Reviewer, ...]:
        """Those who still take work."""
        return tuple(one for one in self.reviewers if one.active)

    def able(self, one: ToReview, reviewers: Sequence[Reviewer]) -> tuple[str, ...]:
        """Which of these reviewers may review a candidate."""
        return able(one, reviewers, self.conflicts, self.policy)


@dataclass(frozen=True, slots=True)
class DrawnRound:
    """A round: every draw, sampled or not, and a queue for each reviewer who has something to do.

    `wanted` are the candidates that were to be handed out as new, `unplaced` those of them, and of those that were
    to be given out anew, that nobody may review. `replaces` is why assignments take the place of earlier ones.
    `overlap_wanted` new candidates were to have a second reviewer; `overlap_possible` have one who may.
    """

    draws: tuple[Draw, ...]
    queues: tuple[Queue, ...]
    wanted: tuple[ToReview, ...] = ()
    unplaced: tuple[ToReview, ...] = ()
    adds_model: bool = False
    replaces: Why = Why.REISSUED
    overlap_wanted: int = 0
    overlap_possible: int = 0

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """Everybody's, in the order of the queues."""
        return tuple(one for queue in self.queues for one in queue.assignments)

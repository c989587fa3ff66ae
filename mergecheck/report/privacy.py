"""What is said by reviewer: merged below three reviewers, unless it is asked for.

Reviewers stand behind pseudonyms. Where two have reviewed, a pseudonym hides nobody: each knows which line is not
theirs, and so does everybody who knows one of them. So fewer than three are shown as one. The organiser, who has
the names anyway, may ask for them one by one; what is passed on without a thought gives nobody away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mergecheck.stats.flow import Work

FEWEST = 3
"""From so many reviewers on, each has a line of their own."""


def merged(names: Collection[str], asked_for: bool) -> bool:
    """Whether output about these reviewers is given for all of them together.

    Args:
        names: the pseudonyms of those about whom there is something to tell, each counted once: who has been
            assigned work and given no verdict hides nobody and is not among them.
        asked_for: whether output by reviewer was asked for (`--by-reviewer`).
    """
    return not asked_for and len(set(names)) < FEWEST


def together(reviewers: int) -> str:
    """What stands in the place of a pseudonym."""
    return "1 reviewer" if reviewers == 1 else f"{reviewers} reviewers together"


@dataclass(frozen=True, slots=True)
class ShownWork:
    """A line of reviewers' work: of one `reviewer`, or (None) of all, `reviewers` in number, together.

    `assigned`, `done` and `skipped` are as in `stats.flow.Work`.
    """

    reviewer: str | None
    reviewers: int
    assigned: int
    done: int
    skipped: int

    @property
    def title(self) -> str:
        """Whose line it is."""
        return together(self.reviewers) if self.reviewer is None else self.reviewer


def shown_work(work: Sequence[Work], asked_for: bool) -> tuple[ShownWork, ...]:
    """The reviewers' work as it may be shown: a line each, or one where fewer than three have given verdicts."""
    if not work or not merged([one.reviewer for one in work if one.done], asked_for):
        return tuple(ShownWork(one.reviewer, 1, one.assigned, one.done, one.skipped) for one in work)
    return (
        ShownWork(
            reviewer=None,
            reviewers=len(work),
            assigned=sum(one.assigned for one in work),
            done=sum(one.done for one in work),
            skipped=sum(one.skipped for one in work),
        ),
    )

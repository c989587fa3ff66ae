"""The pull request behind a golden patch, as a study keeps it; and which one that is.

Standard library only: the store reads these without the client that fetches them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from mergecheck.records import Instance

_ENDS_IN_NUMBER = re.compile(r"-([0-9]{1,9})\Z")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pull request that is to be fetched: `repo` as the benchmark names it."""

    instance: str
    repo: str
    number: int


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What GitHub says of the pull request behind an instance's golden patch. Never in a packet.

    People are GitHub logins, in the order in which they appear. `author`, `merged_by`: None for an account that
    was deleted, or where nobody merged it on GitHub. `commit_authors` and `committers` hold the logins of commits
    that GitHub links to an account (the first 250, which is all that GitHub lists); `unlinked` the names in those
    that it does not, without their addresses. `reviewers` are all who submitted a review, but for the author,
    whose answers GitHub lists as reviews too; `requested` and `requested_teams` those asked who have not. `closes`
    are the issues that title or body close with one of GitHub's keywords, `mentions` all others named there, each
    as `owner/name#number`. `repo` is the name that GitHub has for it now. Times are in UTC.
    """

    instance: str
    repo: str
    number: int
    url: str
    title: str
    author: str | None
    commit_authors: tuple[str, ...]
    committers: tuple[str, ...]
    unlinked: tuple[str, ...]
    reviewers: tuple[str, ...]
    requested: tuple[str, ...]
    requested_teams: tuple[str, ...]
    merged_by: str | None
    created_at: datetime
    first_review_at: datetime | None
    merged_at: datetime | None
    closed_at: datetime | None
    closes: tuple[str, ...]
    mentions: tuple[str, ...]

    @property
    def review_hours(self) -> float | None:
        """Hours from created to merged: how long the real review took. None where it was not merged on GitHub."""
        if self.merged_at is None:
            return None
        return (self.merged_at - self.created_at).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class NotFetched:
    """An instance whose pull request is not here, and why.

    `reason` is a short key: `no_number`, `not_found`, `gone`, `forbidden`, `refused`, `server_error`,
    `unreachable`, `malformed`, `other`, or `not_asked`, where the run stopped before it came to this one. `what`
    is one sentence without its full stop, `fix` what to do.
    """

    instance: str
    reason: str
    what: str
    fix: str


def pull_request_of(instance: Instance) -> Wanted | NotFetched:
    """Which pull request an instance's golden patch is: its id ends in `-` and the number."""
    found = _ENDS_IN_NUMBER.search(instance.id)
    if found is None or int(found[1]) == 0:
        return NotFetched(
            instance.id,
            "no_number",
            "the id does not end in a pull request's number, as SWE-bench's owner__name-123 does",
            "nothing to do: the study goes on without this pull request",
        )
    return Wanted(instance.id, instance.repo, int(found[1]))

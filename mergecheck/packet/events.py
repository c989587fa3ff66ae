"""The events of an answers file: one JSON line each, chained, never changed.

An event's `prev` is the SHA-256 of the line before it (without its newline); the first event's is the packet's
content digest. Its `id` is a digest of all that it says, `prev` included. So a changed, missing or moved line
shows, the last one too, and a file belongs to one packet.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mergecheck.records import Author, Comment, Decision, Front, Guess, Recognised, Side, Verdict

FORMAT = 3
"""Newest version of the answers file's format. An event has the oldest that can say what it says: 1, 2 for
comments on lines, files and the whole change, 3 for the reviewer's turning to something else."""


UNSEALED = "0" * 32
"""Stands for the id while the id is computed."""


class EventType(StrEnum):
    """What happened. `ABOUT_AN_ITEM` says which are about one item."""

    OPENED = "opened"
    SHOWN = "shown"
    VERDICT = "verdict"
    UNDONE = "undone"
    TIME = "time"
    GUESS_OPENED = "guess_opened"
    GUESS = "guess"
    CORRECTION = "correction"
    COMMENT = "comment"
    COMMENT_EDITED = "comment_edited"
    COMMENT_DELETED = "comment_deleted"
    PAUSED = "paused"
    RESUMED = "resumed"
    FOCUS_LOST = "focus_lost"
    """The reviewer turned to something else; until `FOCUS_GAINED`, or until the packet is opened again."""
    FOCUS_GAINED = "focus_gained"
    LEFT = "left"
    FINISHED = "finished"


NEWER = {
    EventType.COMMENT: 2,
    EventType.COMMENT_EDITED: 2,
    EventType.COMMENT_DELETED: 2,
    EventType.FOCUS_LOST: 3,
    EventType.FOCUS_GAINED: 3,
}
"""The format that brought a type, where it is not the first."""


class Event(BaseModel):
    """One line of an answers file. `at` is ISO 8601 in UTC, by the reviewer's clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = 1
    id: str = Field(default=UNSEALED, min_length=32, max_length=32)
    seq: int = Field(ge=1)
    prev: str
    at: str
    front: Front
    simulated: bool = False
    type: EventType
    item: str | None = None
    body: dict[str, Any] = Field(default_factory=dict)

    def sealed(self) -> Event:
        """The same event under the id that its contents have: 32 hexadecimal digits of their SHA-256."""
        contents = self.model_copy(update={"id": UNSEALED}).line()
        return self.model_copy(update={"id": hashlib.sha256(contents).hexdigest()[: len(UNSEALED)]})

    def line(self) -> bytes:
        """The event as it stands in the file, without its newline. ASCII, so that no editor re-encodes it."""
        return self.model_dump_json(ensure_ascii=True).encode("ascii")


def link(line: bytes) -> str:
    """What the event after this line carries as `prev`."""
    return hashlib.sha256(line).hexdigest()


class Body(BaseModel):
    """What an event says, beyond that it happened."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenedBody(Body):
    """The packet was opened for reviewing, by which program; `session` is random and tells openings apart."""

    study_id: str
    reviewer: str
    round: int
    program: str
    session: str


class VerdictBody(Body):
    """A verdict, or with `why` a correction of one."""

    decision: Decision
    reason: str | None = None
    progress: int | None = None
    confidence: int | None = None
    baseline_minutes: float | None = None
    comment: str = ""
    skip_reason: str | None = None

    @classmethod
    def of(cls, verdict: Verdict) -> VerdictBody:
        """The same verdict, for the file."""
        return cls(
            decision=verdict.decision,
            reason=verdict.reason,
            progress=verdict.progress,
            confidence=verdict.confidence,
            baseline_minutes=verdict.baseline_minutes,
            comment=verdict.comment,
            skip_reason=verdict.skip_reason,
        )

    def verdict(self) -> Verdict:
        """The same verdict, as a record."""
        return Verdict(
            decision=self.decision,
            reason=self.reason,
            progress=self.progress,
            confidence=self.confidence,
            baseline_minutes=self.baseline_minutes,
            comment=self.comment,
            skip_reason=self.skip_reason,
        )


class CorrectionBody(VerdictBody):
    """A verdict changed after the question who may have written it was opened; only with a reason."""

    why: str = Field(min_length=1)


class TimeBody(Body):
    """Time spent on an item since its last such event: active (idle time cut off) and by the wall clock.

    A gap of a minute or more between two inputs has an event of its own, and so has what passes between a loss of
    focus and its return: so a rule with another idle limit can be applied to the events afterwards.
    """

    active_seconds: float = Field(ge=0)
    wall_seconds: float = Field(ge=0)


class Elsewhere(StrEnum):
    """What the reviewer turned to."""

    WINDOW = "window"
    """Another window: the terminal said that it had lost the focus."""
    PROGRAM = "program"
    """A pager or an editor that was started from the review."""


class FocusBody(Body):
    """The reviewer turned to something else."""

    to: Elsewhere


class GuessBody(Body):
    """Who may have written the change, how sure (1–10; None with "cannot tell"), and whether it was known."""

    author: Author
    confidence: int | None = Field(default=None, ge=1, le=10)
    recognised: Recognised

    def guess(self) -> Guess:
        """The same guess, as a record."""
        return Guess(author=self.author, confidence=self.confidence, recognised=self.recognised)


class CommentBody(Body):
    """A comment on the whole change (no path), on a file (no side), or on lines.

    `comment_id` is random, for later events.
    """

    comment_id: str = Field(min_length=1)
    path: str | None = None
    side: Side | None = None
    start: int | None = Field(default=None, ge=1)
    end: int | None = Field(default=None, ge=1)
    excerpt: str = ""
    text: str = Field(min_length=1)

    @model_validator(mode="after")
    def _whole_anchor(self) -> CommentBody:
        lines = (self.side, self.start, self.end)
        if any(part is None for part in lines) != all(part is None for part in lines):
            raise ValueError("give side, start and end, or none of them")
        if self.side is not None and self.path is None:
            raise ValueError("lines are those of a path")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("end is before start")
        return self

    @classmethod
    def of(cls, comment: Comment) -> CommentBody:
        """The same comment, for the file."""
        return cls(
            comment_id=comment.id,
            path=comment.path,
            side=comment.side,
            start=comment.start,
            end=comment.end,
            excerpt=comment.excerpt,
            text=comment.text,
        )

    def comment(self) -> Comment:
        """The same comment, as a record."""
        return Comment(self.comment_id, self.text, self.path, self.side, self.start, self.end, self.excerpt)


class CommentEditedBody(Body):
    """The text of a comment changed."""

    comment_id: str = Field(min_length=1)
    text: str = Field(min_length=1)


class CommentDeletedBody(Body):
    """A comment was taken away; its events stay."""

    comment_id: str = Field(min_length=1)


BODIES: dict[EventType, type[Body]] = {
    EventType.OPENED: OpenedBody,
    EventType.VERDICT: VerdictBody,
    EventType.CORRECTION: CorrectionBody,
    EventType.TIME: TimeBody,
    EventType.FOCUS_LOST: FocusBody,
    EventType.GUESS: GuessBody,
    EventType.COMMENT: CommentBody,
    EventType.COMMENT_EDITED: CommentEditedBody,
    EventType.COMMENT_DELETED: CommentDeletedBody,
}
"""Types that are not here have an empty body."""

ABOUT_AN_ITEM = frozenset(
    {
        EventType.SHOWN,
        EventType.VERDICT,
        EventType.UNDONE,
        EventType.TIME,
        EventType.GUESS_OPENED,
        EventType.GUESS,
        EventType.CORRECTION,
        EventType.COMMENT,
        EventType.COMMENT_EDITED,
        EventType.COMMENT_DELETED,
    }
)

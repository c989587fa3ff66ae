"""What a reviewer's events amount to: one review an item.

Until the question who may have written a change has been opened, its verdict may be revised or undone freely.
Afterwards only the final verdict moves; the one that the analysis uses stays. Comments on lines, files and the
change may be added, edited and deleted at any time; they are no part of a verdict.

The active time of a review is that of the verdict which the analysis uses: what was spent on the item up to it,
what went into a verdict that was revised or taken back included. Time after it, on the question who may have
written the change, on looking again or on a correction, stays in the events and is no part of the review.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from mergecheck.packet.events import (
    CommentBody,
    CommentDeletedBody,
    CommentEditedBody,
    CorrectionBody,
    Event,
    EventType,
    GuessBody,
    TimeBody,
    VerdictBody,
    link,
)
from mergecheck.records import Comment, Front, Guess, Review, Verdict


@dataclass(slots=True)
class _Item:
    verdicts: list[tuple[Verdict, Event, float]] = field(default_factory=list)
    final: Verdict | None = None
    guess: Guess | None = None
    guess_opened: bool = False
    spent: float = 0.0
    corrections: list[str] = field(default_factory=list)
    comments: dict[str, Comment] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    front: Front | None = None
    simulated: bool = False

    def take(self, event: Event) -> None:
        self.front = event.front
        self.simulated = self.simulated or event.simulated
        match event.type:
            case EventType.VERDICT:
                self._take_verdict(VerdictBody.model_validate(event.body).verdict(), event)
            case EventType.UNDONE if self.verdicts and not self.guess_opened:
                self.verdicts.pop()
                self.final = self.verdicts[-1][0] if self.verdicts else None
            case EventType.GUESS_OPENED:
                self.guess_opened = True
            case EventType.GUESS:
                self.guess = GuessBody.model_validate(event.body).guess()
            case EventType.CORRECTION:
                correction = CorrectionBody.model_validate(event.body)
                self.final = correction.verdict()
                self.corrections.append(correction.why)
            case EventType.TIME:
                self.spent += TimeBody.model_validate(event.body).active_seconds
            case _:
                self._take_comment(event)

    def _take_comment(self, event: Event) -> None:
        # Of two machines one may have deleted what the other goes on editing: deleted it stays.
        match event.type:
            case EventType.COMMENT:
                comment = CommentBody.model_validate(event.body).comment()
                self.comments.setdefault(comment.id, comment)
            case EventType.COMMENT_EDITED:
                edited = CommentEditedBody.model_validate(event.body)
                if edited.comment_id in self.comments:
                    self.comments[edited.comment_id] = replace(self.comments[edited.comment_id], text=edited.text)
            case EventType.COMMENT_DELETED:
                self.deleted.add(CommentDeletedBody.model_validate(event.body).comment_id)
            case _:
                pass

    def _take_verdict(self, verdict: Verdict, event: Event) -> None:
        # A verdict given on a second machine after the guess on the first is a correction in effect.
        if not self.guess_opened:
            self.verdicts.append((verdict, event, self.spent))
        self.final = verdict

    def review(self, item: str) -> Review:
        verdict, given, spent = self.verdicts[-1] if self.verdicts else (None, None, self.spent)
        return Review(
            assignment=item,
            verdict=verdict,
            final=self.final,
            guess=self.guess,
            active_seconds=spent,
            front=given.front if given else self.front,
            simulated=self.simulated,
            submitted_at=given.at if given else None,
            guess_opened=self.guess_opened,
            corrections=tuple(self.corrections),
            comments=tuple(comment for comment in self.comments.values() if comment.id not in self.deleted),
        )


def fold(events: Iterable[Event]) -> dict[str, Review]:
    """The review of every item that the events, in order, say anything about: blind id → review."""
    items: dict[str, _Item] = {}
    for event in events:
        if event.item is not None:
            items.setdefault(event.item, _Item()).take(event)
    return {item: state.review(item) for item, state in items.items()}


def branches(events: Iterable[Event]) -> list[list[Event]]:
    """The answers files that these events of one packet came in, each whole and in its own order.

    A file that was copied to a second machine and continued on both is two files with the same beginning; which
    event follows which is said by their `prev`.
    """
    by_link = {link(event.line()): event for event in events}
    followed = {event.prev for event in by_link.values()}
    found = []
    for name, last in by_link.items():
        if name in followed:
            continue
        branch = [last]
        while branch[-1].prev in by_link:
            branch.append(by_link[branch[-1].prev])
        found.append(branch[::-1])
    return found


def merge(files: Iterable[Sequence[Event]]) -> list[Event]:
    """The events of several answers files to one packet, each once (by id), in one order.

    Within a file its own order holds; between files the clock decides. A clock that was set back cannot turn a
    file's own order round, because an event counts as no earlier than the one before it.
    """
    ranked: dict[str, tuple[str, int, Event]] = {}
    for events in files:
        latest = ""
        for event in events:
            latest = max(latest, event.at)
            ranked.setdefault(event.id, (latest, event.seq, event))
    return [event for _, _, event in sorted(ranked.values(), key=lambda entry: (entry[0], entry[1], entry[2].id))]

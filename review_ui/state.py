"""What the events say of a review so far. Nothing else is remembered, so a reopened review is the same review."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from mergecheck.packet.events import CorrectionBody, Event, EventType, TimeBody, VerdictBody
from mergecheck.packet.outcome import fold
from mergecheck.records import Decision, Review, Verdict

ANSWERS = frozenset(
    {
        EventType.VERDICT,
        EventType.UNDONE,
        EventType.GUESS_OPENED,
        EventType.GUESS,
        EventType.CORRECTION,
    }
)


class Stage(StrEnum):
    """How far an item is."""

    OPEN = "open"
    """No verdict yet."""
    GUESS_DUE = "guess_due"
    """A verdict, and the question who may have written the change still to be answered."""
    DONE = "done"


class ReviewState:
    """The state of a review, event by event."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.cursor: str | None = None
        self.finished = False
        self.paused = False
        self._of_item: dict[str, list[Event]] = {}
        self._folded: dict[str, Review] = {}
        self._verdicts: list[str] = []
        self._minutes: list[tuple[str, float]] = []
        self._taken_back: dict[str, Verdict] = {}
        for event in events:
            self.take(event)

    def take(self, event: Event) -> None:
        """One more event."""
        if event.item is None:
            self._take_session(event.type)
            return
        self._take_taken_back(event, event.item)
        self._of_item.setdefault(event.item, []).append(event)
        self._folded.pop(event.item, None)
        self._take_item(event, event.item)

    def _take_taken_back(self, event: Event, item: str) -> None:
        if event.type in ANSWERS:
            self._taken_back.pop(item, None)
        if event.type is EventType.UNDONE:
            standing = self.review(item)
            if standing.final is not None and not standing.guess_opened:
                self._taken_back[item] = standing.final

    def _take_session(self, kind: EventType) -> None:
        match kind:
            case EventType.PAUSED:
                self.paused = True
            case EventType.OPENED | EventType.RESUMED:
                self.paused = False
            case EventType.FINISHED:
                self.finished = True
            case _:
                pass

    def _take_item(self, event: Event, item: str) -> None:
        match event.type:
            case EventType.SHOWN:
                self.cursor = item
            case EventType.UNDONE:
                if item in self._verdicts:
                    del self._verdicts[len(self._verdicts) - 1 - self._verdicts[::-1].index(item)]
                self.cursor = item
            case EventType.VERDICT:
                self._take_minutes(item, VerdictBody.model_validate(event.body))
                self._verdicts.append(item)
                self._move_on(item)
            case EventType.CORRECTION:
                self._take_minutes(item, CorrectionBody.model_validate(event.body))
                self._move_on(item)
            case EventType.GUESS:
                self._move_on(item)
            case _:
                pass

    def _take_minutes(self, item: str, body: VerdictBody) -> None:
        if body.baseline_minutes is not None:
            self._minutes.append((item, body.baseline_minutes))

    def _move_on(self, item: str) -> None:
        if self.cursor == item and self.stage(item) is Stage.DONE:
            self.cursor = None

    def review(self, item: str) -> Review:
        """What the events amount to for this item."""
        if item not in self._folded:
            self._folded[item] = fold(self._of_item.get(item, ())).get(item, Review(item))
        return self._folded[item]

    def stage(self, item: str) -> Stage:
        """How far this item is."""
        review = self.review(item)
        if review.final is None:
            return Stage.OPEN
        if review.final.decision is Decision.SKIP or review.guess is not None:
            return Stage.DONE
        return Stage.GUESS_DUE

    def seen(self, item: str) -> bool:
        """Whether anything has happened to this item."""
        return item in self._of_item

    def spent(self, item: str) -> float:
        """Active seconds written down for this item, those after its verdict included."""
        times = (event.body for event in self._of_item.get(item, ()) if event.type is EventType.TIME)
        return sum(TimeBody.model_validate(body).active_seconds for body in times)

    def answers_given(self, item: str) -> int:
        """How many answers there are for this item, taken back or not."""
        return sum(event.type in ANSWERS for event in self._of_item.get(item, ()))

    def was_said(self, item: str, comment: str) -> bool:
        """Whether a comment of this id was saved, deleted since or not."""
        return any(
            event.type is EventType.COMMENT and event.body.get("comment_id") == comment
            for event in self._of_item.get(item, ())
        )

    def taken_back(self, item: str) -> Verdict | None:
        """The verdict that was taken back last, where nothing was answered since."""
        return self._taken_back.get(item)

    def undoable(self) -> str | None:
        """The item of the last verdict that may still be taken back."""
        if self.finished:
            return None
        return next((item for item in reversed(self._verdicts) if not self.review(item).guess_opened), None)

    def minutes(self) -> tuple[tuple[str, float], ...]:
        """Item and baseline minutes of every verdict so far, in order."""
        return tuple(self._minutes)

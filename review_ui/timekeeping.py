"""What a desk writes down, and the time on it: active time by a rule, and what another rule would need."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from pydantic import BaseModel

from mergecheck.errors import AnswersError, Refused
from mergecheck.packet.answers import AnswersFile
from mergecheck.packet.events import Elsewhere, EventType, FocusBody, TimeBody
from mergecheck.packet.format import PacketItem
from mergecheck.packet.interrupts import held_interrupts
from mergecheck.packet.open import Packet
from review_ui.clock import UNSEEN_LIMITS, Clock, Spent, Stopwatch
from review_ui.standing import Standing
from review_ui.state import ReviewState, Stage

KEEP_SECONDS = 60
"""Time is written down after at most so long between inputs, so that a kill costs no more of it.

A gap between two inputs that is as long has a line of its own, so that a rule with another idle limit, of a minute
or more, can be applied to the lines.
"""


DRAFT_SECONDS = 10
"""With a draft time is written down from so much on: a draft is kept twice a second while something is typed."""


class Timekeeping(Standing):
    """A review whose events are written down, each on disk when the method that records it returns.

    Args:
        packet: what is reviewed.
        answers: where the events go.
        clock: seconds for active time, never set back.
        now: what the events are dated with.
    """

    def __init__(self, packet: Packet, answers: AnswersFile, clock: Clock, now: Callable[[], datetime]) -> None:
        super().__init__(packet, ReviewState(answers.events))
        self._answers = answers
        self._now = now
        self._watch = Stopwatch(clock, self.form.idle_minutes * 60)
        self._watched: str | None = None
        self._elsewhere: Elsewhere | None = None

    def touch(self) -> None:
        """Somebody pressed a key: time since the last input counts."""
        self._input()

    def spent(self, item: str) -> float:
        """Active seconds on an item so far, those not yet written down included: for a clock on the screen."""
        on_watch = self._watch.spent.active if item == self._watched else 0.0
        return self._state.spent(item) + on_watch

    def lose_focus(self, to: Elsewhere) -> None:
        """The reviewer turns to another window, or to a program that was started from here.

        What passes until `gain_focus` has lines of its own. In another window none of it is active time. In a
        program it is, up to `UNSEEN_LIMITS` idle limits: they read there, and their keys are not seen.
        """
        if self._elsewhere is None:
            self._input()
            self._keep_time()
            self._elsewhere = to
            self._record_if_room(EventType.FOCUS_LOST, FocusBody(to=to))

    def gain_focus(self) -> None:
        """The reviewer is back."""
        if self._elsewhere is not None:
            self._input()
            self._keep_time()
            self._elsewhere = None
            self._record_if_room(EventType.FOCUS_GAINED)

    def spend(self, seconds: float) -> None:
        """Count this much active time on the item shown last, whatever the clock says: for simulated reviewers.

        Raises:
            Refused: this is a real review, or no item is on the desk.
        """
        if not self._answers.simulated:
            raise Refused("active time is measured in a real review, not given")
        if self._watched is None:
            raise Refused("time is spent on an item", fix="show one first")
        self._watch.add(seconds, seconds)

    def show(self, item: str) -> PacketItem:
        """Put an item on the desk; the time from now on is its own."""
        shown = self.item(item)
        self._begin()
        self._record_time()
        self._record(EventType.SHOWN, item)
        self._watched = item
        self._watch.start()
        return shown

    def pause(self) -> None:
        """Let time stand still."""
        if not self.paused:
            self._begin()
            self._record_time()
            self._record(EventType.PAUSED)
            self._watch.stop()

    def resume(self) -> None:
        """Let time go on."""
        if self.paused:
            self._record(EventType.RESUMED)
            if self._watched is not None:
                self._watch.start()

    def _begin(self) -> None:
        self.resume()
        self._input()

    def _rest_if_done(self, item: str) -> None:
        # What is done has no more time of its own; the next one starts when it is shown.
        if item == self._watched and self.stage(item) is Stage.DONE:
            self._watch.stop()
            self._watched = None

    def _input(self) -> None:
        if self._watch.spent.wall + self._watch.gap >= KEEP_SECONDS:
            self._keep_time()
        limits = {None: 1, Elsewhere.WINDOW: 0, Elsewhere.PROGRAM: UNSEEN_LIMITS}[self._elsewhere]
        self._watch.input(limits)
        if self._watch.spent.wall >= KEEP_SECONDS:
            self._keep_time()

    def _keep_time(self, least: float = 0) -> None:
        if self._watch.spent.wall < least:
            return
        # On a full disk the time stays on the watch, to be written with the answer that the reviewer is told of.
        with suppress(AnswersError):
            self._record_time()

    def _record_time(self) -> None:
        # Time comes before the answer that it led to: a kill in between loses no answer that was shown as saved.
        if self._watched is None or self._watch.spent == Spent():
            return
        spent = self._watch.spent
        body = TimeBody(active_seconds=round(spent.active, 3), wall_seconds=round(spent.wall, 3))
        self._record(EventType.TIME, self._watched, body)
        self._watch.clear()

    def _record_if_room(self, kind: EventType, body: BaseModel | None = None) -> None:
        with suppress(AnswersError):
            self._record(kind, body=body)

    def _record(self, kind: EventType, item: str | None = None, body: BaseModel | None = None) -> None:
        with held_interrupts():
            self._state.take(self._answers.append(kind, item, body, at=self._now()))

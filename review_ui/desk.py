"""The desk: a whole review without a screen. Every front asks here, and nothing is decided elsewhere.

A desk opens a packet and the answers beside it, and knows nothing but what the events say: closed or killed and
opened again it is the same desk. A method that records something returns once that is on disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Self
from uuid import uuid4

import mergecheck
from mergecheck.errors import Refused
from mergecheck.packet.answers import AnswersFile, utc_now
from mergecheck.packet.events import (
    CorrectionBody,
    EventType,
    GuessBody,
    OpenedBody,
    VerdictBody,
)
from mergecheck.packet.open import Packet
from mergecheck.records import Decision, Front, Guess, Verdict
from review_ui.clock import Clock
from review_ui.drafting import Drafting
from review_ui.fields import InvalidAnswer, cleaned, cleaned_text, guess_problems


class Desk(Drafting):
    """One review. Use as a context manager; call `leave` to go, `close` only lets go of the files.

    Raises (from `open`):
        PacketError: the packet cannot be opened.
        AnswersError: the answers beside it cannot be opened, are open elsewhere, or are not this packet's.
    """

    def __init__(
        self,
        packet: Packet,
        answers: AnswersFile,
        *,
        clock: Clock = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(packet, answers, clock, now)
        self._gone = False
        self.notices = self._notices()
        manifest = self.manifest
        opened = OpenedBody(
            study_id=manifest.study_id,
            reviewer=manifest.reviewer,
            round=manifest.round,
            program=f"mergecheck {mergecheck.__version__}",
            session=uuid4().hex,
        )
        self._record(EventType.OPENED, body=opened)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        front: Front,
        simulated: bool = False,
        clock: Clock = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Open the packet at `path` and its answers.

        Args:
            path: the packet.
            front: which front every event is marked with.
            simulated: whether every event is marked as simulated.
            clock: seconds for active time, never set back.
            now: what the events are dated with.
        """
        packet = Packet.open(path)
        try:
            answers = AnswersFile.open(packet.answers_path, packet.digest, front=front, simulated=simulated)
            try:
                return cls(packet, answers, clock=clock, now=now)
            except BaseException:
                answers.close()
                raise
        except BaseException:
            packet.close()
            raise

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of packet and answers; records nothing."""
        self._answers.close()
        self.packet.close()

    @property
    def answers_path(self) -> Path:
        """The one file that is sent back."""
        return self._answers.path

    def _notices(self) -> tuple[str, ...]:
        notices = [self._drafts.notice] if self._drafts.notice else []
        if self._answers.recovered:
            notices.append(
                "The last line of the answers was cut off before it was saved and is kept in a file of its own; "
                "everything that was shown as saved is there."
            )
        return tuple(notices)

    # What a reviewer does.

    def verdict(self, item: str, verdict: Verdict) -> None:
        """Save a verdict, the first or a revised one; a skip is a verdict too.

        Raises:
            InvalidAnswer: with a message a field.
            Refused: the question who may have written it was opened, or the review is finished.
        """
        verdict = self._checked(item, verdict)
        self._begin()
        if not self.revisable(item):
            raise Refused(
                "this verdict is closed: the question who may have written the change was opened"
                if self.review(item).guess_opened
                else "this verdict is closed: the review is finished",
                where=self._where(item),
                fix="correct it, and say why",
            )
        self._record_time()
        self._record(EventType.VERDICT, item, VerdictBody.of(verdict))
        self._rest_if_done(item)

    def skip(self, item: str, reason: str, comment: str = "") -> None:
        """Save a skip with its reason, a key of the form's skip reasons. As `verdict`."""
        self.verdict(item, Verdict(Decision.SKIP, skip_reason=reason, comment=comment))

    def undo(self) -> str:
        """Take back the last verdict whose guess question is not open yet, and return its item.

        What it said stays as the item's draft.

        Raises:
            Refused: there is none.
        """
        item = self.undoable
        if item is None:
            raise Refused(
                "there is no verdict to take back", fix="a closed verdict can be corrected, with a reason"
            )
        self._begin()
        self._record_time()
        self._record(EventType.UNDONE, item)
        return item

    def open_guess(self, item: str) -> None:
        """Open the question who may have written the change: from here on its verdict is closed.

        Raises:
            Refused: there is no verdict yet, or the item was skipped.
        """
        self._check_known(item)
        self._begin()
        final = self.review(item).final
        if final is None or final.decision is Decision.SKIP:
            raise Refused("the question who may have written it comes after a verdict", where=self._where(item))
        if not self.review(item).guess_opened:
            self._record(EventType.GUESS_OPENED, item)

    def guess(self, item: str, guess: Guess) -> None:
        """Save who may have written the change, and whether it was known.

        Raises:
            InvalidAnswer: with a message a field.
            Refused: the question is not open, or was answered.
        """
        self._check_known(item)
        found = guess_problems(guess)
        if found:
            raise InvalidAnswer(found)
        self._begin()
        if not self.review(item).guess_opened or self.review(item).guess is not None:
            was = "was answered already" if self.review(item).guess is not None else "is not open"
            raise Refused(f"the question who may have written it {was}", where=self._where(item))
        self._record_time()
        body = GuessBody(author=guess.author, confidence=guess.confidence, recognised=guess.recognised)
        self._record(EventType.GUESS, item, body)
        self._rest_if_done(item)

    def correct(self, item: str, verdict: Verdict, why: str) -> None:
        """Save a correction of a closed verdict: the final one moves, the one that the analysis uses stays.

        Raises:
            InvalidAnswer: with a message a field; `why` may not be empty.
            Refused: the verdict is not closed, so it can be revised without a reason.
        """
        why = cleaned_text(why)
        verdict = self._checked(item, verdict, {} if why else {"why": "say why the verdict changes"})
        self._begin()
        if self.revisable(item) or self.review(item).final is None:
            raise Refused("this verdict is still open", where=self._where(item), fix="revise it")
        self._record_time()
        body = CorrectionBody(**VerdictBody.of(verdict).model_dump(), why=why)
        self._record(EventType.CORRECTION, item, body)
        self._rest_if_done(item)

    def finish(self) -> None:
        """Declare the review finished; from here on only corrections are taken.

        Raises:
            Refused: items are still open.
        """
        if self.finished:
            return
        progress = self.progress
        if not progress.complete:
            left = progress.open + progress.guess_due
            raise Refused(f"{left} of {progress.total} items are not answered yet", fix="answer or skip them")
        self._begin()
        self._record_time()
        self._record(EventType.FINISHED)
        self._drafts.tidy()

    def leave(self) -> None:
        """Go, for now or for good: writes the time spent and lets go of the files. Who has gone stays gone."""
        if self._gone:
            return
        self._gone = True
        try:
            if not self.paused:
                self._input()
                self._record_time()
            self._record(EventType.LEFT)
            self._drafts.tidy()
        finally:
            self.close()

    def _checked(self, item: str, verdict: Verdict, found: dict[str, str] | None = None) -> Verdict:
        self._check_known(item)
        verdict = cleaned(verdict)
        problems = (found or {}) | self.form.problems(verdict)
        if problems:
            raise InvalidAnswer(problems)
        return verdict

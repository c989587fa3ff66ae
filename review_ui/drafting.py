"""What is half-written at a desk: forms, comments, viewed marks. It stays on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mergecheck.packet.answers import AnswersFile
from mergecheck.packet.open import Packet
from review_ui.clock import Clock
from review_ui.commenting import BECOMES, Commenting
from review_ui.drafts import Drafts, drafts_path
from review_ui.fields import as_fields
from review_ui.timekeeping import DRAFT_SECONDS

COMMENT_DRAFT, VIEWED = "comment:", "viewed:"
"""Drafts under an item's id behind one of these are of no verdict: no answer counts there, so none ends them."""


class Drafting(Commenting):
    """A review that keeps what is unfinished.

    Raises:
        AnswersError: the drafts beside the packet cannot be set aside, where they are another's.
    """

    def __init__(self, packet: Packet, answers: AnswersFile, clock: Clock, now: Callable[[], datetime]) -> None:
        super().__init__(packet, answers, clock, now)
        self._drafts = Drafts(drafts_path(packet.path), packet.digest, self._state.answers_given)

    def draft(self, item: str) -> dict[str, str]:
        """The fields of an unfinished form: field → text, as they were typed.

        A verdict that was taken back is one too, until another form of its item is begun: so that a comment is
        not lost with it, and without anything to write but that it was taken back.
        """
        taken_back = self._state.taken_back(item)
        return self._drafts.get(item) or ({} if taken_back is None else as_fields(taken_back))

    def save_draft(self, item: str, fields: Mapping[str, str]) -> None:
        """Keep an unfinished form; without fields it is dropped. It is over once an answer is saved."""
        self._check_known(item)
        self._drafts.save(item, fields)
        self._keep_time(DRAFT_SECONDS)

    def comment_draft(self, item: str) -> dict[str, str]:
        """A comment that is being written: its text and where it belongs, as the front keeps them.

        One that was saved is no draft any more, also where a kill came before it was dropped.
        """
        fields = self._drafts.get(f"{COMMENT_DRAFT}{item}")
        return {} if self._state.was_said(item, fields.get(BECOMES, "")) else fields

    def save_comment_draft(self, item: str, fields: Mapping[str, str]) -> None:
        """Keep a comment that is being written; without fields it is dropped. No verdict ends it."""
        self._check_known(item)
        self._drafts.save(f"{COMMENT_DRAFT}{item}", fields)
        self._keep_time(DRAFT_SECONDS)

    def viewed(self, item: str) -> dict[str, str]:
        """The files of an item that were marked as viewed: path → digest of what was seen."""
        return self._drafts.get(f"{VIEWED}{item}")

    def save_viewed(self, item: str, files: Mapping[str, str]) -> None:
        """Keep which files were viewed: on this machine only, it is no answer."""
        self._check_known(item)
        self._drafts.save(f"{VIEWED}{item}", files)

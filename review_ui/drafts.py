"""Half-written answers: a file beside the packet that stays with the reviewer and is never sent.

It is replaced whole each time, so a kill leaves the draft before or the draft after. A draft carries how many
answers its item had when it was begun; once another is saved the draft is over, without anything to delete at the
moment of saving.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from mergecheck.errors import AnswersError
from mergecheck.packet.interrupts import held_interrupts
from review_ui.fields import unicode_only

FORMAT = 1


class Draft(BaseModel):
    """The answered fields of an unfinished form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: int
    """How many answers (verdicts, undos, guesses, corrections) the item had by then."""
    fields: dict[str, str]


class DraftsPage(BaseModel):
    """The file: `packet` is the content digest of the packet that the drafts belong to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    packet: str
    drafts: dict[str, Draft] = {}


class Drafts:
    """The drafts of one packet.

    Args:
        path: `NAME.drafts.json`.
        packet_digest: drafts of another packet are set aside.
        answers_given: how many answers an item has now.

    Attributes:
        notice: what the reviewer should know about the file as it was found; empty where all is well.
    """

    def __init__(self, path: Path, packet_digest: str, answers_given: Callable[[str], int]) -> None:
        self.path = path
        self.notice = ""
        self._answers_given = answers_given
        self._page = self._read(packet_digest)

    def _read(self, packet_digest: str) -> DraftsPage:
        empty = DraftsPage(packet=packet_digest)
        try:
            page = DraftsPage.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return empty
        except (OSError, ValidationError):
            return self._set_aside(empty, "cannot be read")
        if page.packet != packet_digest or page.format != FORMAT:
            return self._set_aside(empty, "belongs to another packet or program")
        return page

    def _set_aside(self, empty: DraftsPage, why: str) -> DraftsPage:
        aside = self.path.with_name(self.path.name + ".set-aside")
        try:
            self.path.replace(aside)
        except OSError as error:
            raise _unsaved(self.path, error) from error
        self.notice = (
            f"The file of unfinished answers {why}; it is kept as {aside.name}. No saved answer is in it."
        )
        return empty

    def get(self, item: str) -> dict[str, str]:
        """The fields given so far for this item; empty where no form is unfinished."""
        draft = self._page.drafts.get(item)
        return dict(draft.fields) if draft is not None and self._holds(item, draft) else {}

    def save(self, item: str, fields: Mapping[str, str]) -> None:
        """Keep these fields for this item, on disk before it returns; no fields: nothing is kept.

        Raises:
            AnswersError: the disk is full or gone; what was kept before still is.
        """
        drafts = {key: draft for key, draft in self._page.drafts.items() if self._holds(key, draft)}
        drafts.pop(item, None)
        if fields:
            drafts[item] = Draft(
                after=self._answers_given(item),
                fields={name: unicode_only(text) for name, text in fields.items()},
            )
        self._write(drafts)

    def tidy(self) -> None:
        """Drop the drafts that are over; without any left, the file goes too."""
        drafts = {key: draft for key, draft in self._page.drafts.items() if self._holds(key, draft)}
        if len(drafts) != len(self._page.drafts) or (not drafts and self.path.exists()):
            self._write(drafts)

    def _holds(self, item: str, draft: Draft) -> bool:
        return draft.after == self._answers_given(item)

    def _write(self, drafts: dict[str, Draft]) -> None:
        page = self._page.model_copy(update={"drafts": drafts})
        beside = self.path.with_name(self.path.name + ".part")
        try:
            with held_interrupts():
                self._replace(beside, page)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise _unsaved(self.path, error) from error
        self._page = page

    def _replace(self, beside: Path, page: DraftsPage) -> None:
        if not page.drafts:
            self.path.unlink(missing_ok=True)
            return
        with beside.open("wb") as handle:
            handle.write(page.model_dump_json(indent=1, ensure_ascii=True).encode("ascii") + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(self.path)


def drafts_path(packet: Path) -> Path:
    """Where the unfinished answers to a packet are kept: `NAME.drafts.json` beside it."""
    return packet.with_name(packet.stem + ".drafts.json")


def _unsaved(path: Path, error: OSError) -> AnswersError:
    return AnswersError(
        f"the unfinished answer could not be kept ({error.strerror}); everything saved before is safe",
        where=str(path),
        fix="make room on the disk, or review in a folder that you may write to",
    )

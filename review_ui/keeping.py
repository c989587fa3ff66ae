"""What an app writes down: answers, at once; what is being typed and what was chosen, soon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual.app import App

from mergecheck.errors import AnswersError, PacketError, Refused
from review_ui.choices import Choices
from review_ui.fields import InvalidAnswer
from review_ui.screens.base import Trouble

UNSAVED_SECONDS = 0.4
"""What is typed or chosen is on disk after so long, well within a second."""


class Keeping(App[None], inherit_bindings=False):
    """An app that keeps things.

    Args:
        choices: what was chosen last.
        keep_choices: keeps what is chosen; returns what went wrong.
    """

    def __init__(self, choices: Choices, keep_choices: Callable[[Choices], str]) -> None:
        super().__init__()
        self.choices = choices
        self._keep_choices = keep_choices
        self._unsaved: Callable[[], None] | None = None
        self._refused_by_disk: Callable[[], None] | None = None
        self._chosen = False

    def say(self, text: str, kind: str = "") -> None:
        """Say something on the screen that is shown."""
        raise RuntimeError("each app has screens of its own")

    def go(self) -> None:
        """Leave; what is being typed is kept first."""
        self.keep_now()
        self.exit()

    def record(
        self,
        write: Callable[[], object],
        then: Callable[[], object] | None = None,
        refused: Callable[[Exception], object] | None = None,
    ) -> None:
        """Have something written, and go on only when it is on disk.

        A full disk is told, and may be tried again.
        """
        try:
            write()
        except (InvalidAnswer, Refused, PacketError) as error:
            if refused is not None:
                refused(error)
            else:
                self.say(str(error), "wrong")
            return
        except AnswersError as error:
            self.push_screen(Trouble(str(error)), lambda answer: self._again(answer, write, then, refused))
            return
        if then is not None:
            then()

    def _again(
        self,
        answer: str | None,
        write: Callable[[], object],
        then: Callable[[], object] | None,
        refused: Callable[[Exception], object] | None,
    ) -> None:
        if answer == "again":
            self.record(write, then, refused)
        elif answer == "leave":
            self.go()

    def keep_soon(self, write: Callable[[], None]) -> None:
        """Keep what is being typed, within `UNSAVED_SECONDS`."""
        if self._unsaved is None:
            self.set_timer(UNSAVED_SECONDS, self.keep_now)
        self._unsaved = write

    def keep_now(self) -> None:
        """Keep what is being typed, at once."""
        write, self._unsaved = self._unsaved, None
        if write is None:
            return
        try:
            write()
        except AnswersError as error:
            if self._refused_by_disk is None:
                self.say(str(error), "wrong")
            self._refused_by_disk = write
        else:
            self._refused_by_disk = None

    def keep_and_leave(self, leave: Callable[[], object]) -> None:
        """Keep what is being typed, and leave where it is typed only when it is on disk.

        A full disk is told, and may be tried again, or one stays with what was typed in front.
        """
        write = self._unsaved or self._refused_by_disk
        self._unsaved, self._refused_by_disk = None, write

        def kept() -> None:
            self._refused_by_disk = None
            leave()

        if write is None:
            leave()
        else:
            self.record(write, kept)

    def forget_unsaved(self) -> None:
        """What was being typed has been saved as an answer."""
        self._unsaved = self._refused_by_disk = None

    def choose(self, **changes: object) -> None:
        """Remember a choice for next time, within `UNSAVED_SECONDS`: a key does not wait for the disk."""
        self.choices = replace(self.choices, **changes)  # type: ignore[arg-type]  # the names are a dataclass's own
        if not self._chosen:
            self.set_timer(UNSAVED_SECONDS, self._tell_unkept, name="choices")
        self._chosen = True

    def _tell_unkept(self) -> None:
        problem = self.keep_chosen()
        if problem:
            self.say(problem, "wrong")

    def keep_chosen(self) -> str:
        """Keep what was chosen, at once; returns why that was not possible, empty where it was."""
        chosen, self._chosen = self._chosen, False
        return self._keep_choices(self.choices) if chosen else ""

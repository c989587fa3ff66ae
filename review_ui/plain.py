"""The line-by-line front of the desk: any terminal, a pipe, a screen reader. Never moves the cursor."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from pathlib import Path

from rich.text import Text

from mergecheck.packet.events import Elsewhere
from mergecheck.packet.interrupts import held_interrupts
from mergecheck.records import Decision, Front
from review_ui import pages
from review_ui.answering import Answering
from review_ui.asking import Left
from review_ui.desk import Desk
from review_ui.looking import KEYS, Looking
from review_ui.practice import practice_desk
from review_ui.remarks import Remarks
from review_ui.signals import ends_like_ctrl_c
from review_ui.state import Stage
from review_ui.terminal import READABLE, Terminal

VERDICT_KEYS = {"a": Decision.ACCEPT, "r": Decision.REQUEST_CHANGES, "s": Decision.SKIP}


def review_plain(path: Path) -> None:
    """Review the packet at `path` line by line until the reviewer leaves.

    Raises:
        PacketError, AnswersError: the packet or its answers cannot be opened, or the disk is full at the end.
    """
    with Desk.open(path, front=Front.PLAIN) as desk, ends_like_ctrl_c():
        terminal = Terminal(desk.touch, lambda: desk.lose_focus(Elsewhere.PROGRAM), desk.gain_focus)
        try:
            try:
                _PlainFront(desk, terminal).run()
            except (Left, EOFError, KeyboardInterrupt):
                _leave(desk, terminal)
        except OSError as error:
            # Whoever read the output has gone, or the terminal has. What they were shown as saved is saved.
            if error.errno not in (errno.EPIPE, errno.EIO):
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            desk.leave()


def _leave(desk: Desk, terminal: Terminal) -> None:
    # A second Ctrl-C waits until the first has been seen to.
    with held_interrupts():
        desk.leave()
        terminal.say()
        terminal.show(end_page(desk, " --plain"))


def end_page(desk: Desk, option: str) -> pages.Page:
    """What is said last: all is answered and what to send, or where it is saved and how to go on."""
    progress = desk.progress
    if desk.finished and progress.complete:
        return pages.send_page(desk)
    # What is there to be copied is not broken.
    where = Text(f"  {desk.answers_path.absolute()}", no_wrap=True)
    again = Text(f"  mergecheck review {shlex.quote(str(desk.packet.path))}{option}", no_wrap=True)
    due = pages.guess_due_line(progress)
    saved = Text(f"{progress.answered} of {progress.total} answered{due}. Everything is saved in")
    return [saved, where, Text("To go on where you left:"), again]


class _PlainFront:
    def __init__(self, desk: Desk, terminal: Terminal) -> None:
        self._desk = desk
        self._terminal = terminal
        self._looking = Looking(desk, terminal)
        self._answering = Answering(desk, terminal, self._looking)
        self._remarks = Remarks(desk, terminal, self._answering)

    def run(self) -> None:
        """Until somebody leaves: always ends by `Left`, end of input, or Ctrl-C."""
        self._terminal.show(pages.start_page(self._desk))
        self._begin()
        item = self._desk.current
        while True:
            item = self._end() if item is None else self._work(item)

    def _begin(self) -> None:
        while True:
            key = self._terminal.ask("Enter begins, p practises first, q leaves: ").strip().lower()
            if key == "q":
                raise Left
            if key != "p":
                return
            self._practise()

    def _practise(self) -> None:
        """One item that does not count, at a desk of its own; who leaves it is back at the beginning."""
        with practice_desk(Front.PLAIN) as desk:
            try:
                _PlainFront(desk, self._terminal).practise(desk.queue[0])
            except Left:
                self._terminal.say("That was practice: nothing of it counts.")
            finally:
                desk.leave()

    def practise(self, item: str) -> None:
        """Work on the practice item until it is answered."""
        self._terminal.say()
        self._terminal.say("A practice item. Nothing here counts.", pages.HEAD)
        while self._work(item) == item:
            pass
        raise Left

    def _work(self, item: str) -> str | None:
        """One item, until it is done or another is wanted; returns that one, or None where all are done."""
        self._answering.recorded(lambda: self._desk.show(item), back=False)
        self._terminal.show(pages.item_page(self._desk, item))
        self._looking.issue(item)
        self._looking.change(item)
        self._tell_where(item)
        self._legend(item)
        while True:
            wanted = self._after_verdict(item) if self._desk.stage(item) is Stage.GUESS_DUE else self._choose(item)
            if wanted != item:
                return wanted

    def _tell_where(self, item: str, said: str = "Your verdict:") -> None:
        anchor = self._remarks.begun(item)
        if anchor is not None:
            where = pages.comment_where(anchor.comment(""))
            self._terminal.say(f"You had begun a comment on {where}: m goes on with it.", "yellow")
        final = self._desk.review(item).final
        if final is not None:
            self._terminal.say(said)
            self._terminal.show(pages.verdict_page(self._desk.form, final))
        guess = self._desk.review(item).guess
        if guess is not None:
            self._terminal.say(f"  {pages.guess_line(guess)}")
        begun = self._desk.draft(item).get("decision")
        if begun is not None and final is not None and self._changeable(item):
            self._terminal.say("You had begun to change it: c goes on with what you gave.", "yellow")
        elif begun in set(Decision) and self._desk.stage(item) is Stage.OPEN:
            key = next(key for key, decision in VERDICT_KEYS.items() if decision == begun)
            self._terminal.say(
                f"You had begun to {pages.DECISIONS[Decision(begun)]}: {key} goes on with what you gave.", "yellow"
            )

    def _changeable(self, item: str) -> bool:
        """Whether `c` is at hand: not before a verdict, nor while the question about the author is being asked."""
        return self._desk.stage(item) is Stage.DONE or not self._desk.review(item).guess_opened

    def _legend(self, item: str) -> None:
        stage = self._desk.stage(item)
        absent = {Stage.OPEN: "yc", Stage.GUESS_DUE: "ars", Stage.DONE: "y"}[stage]
        absent += "" if self._desk.tree(item) else "t"
        keys = [f"{key} {word}" for key, word, _ in KEYS if key not in absent]
        width = min(self._terminal.console.width, READABLE)
        line = ""
        for key in keys:
            # A key and its word stay together where the line is broken.
            if line and len(line) + 3 + len(key) > width:
                self._terminal.say(line, pages.FAINT)
                line = ""
            line += f"   {key}" if line else key
        self._terminal.say(line, pages.FAINT)

    def _choose(self, item: str) -> str | None:
        """One key at an item that is open or done; returns the item to be at."""
        place, done = self._desk.place(item), self._desk.stage(item) is Stage.DONE
        asked = "Enter goes on, c corrects (? keys)" if done else "Your verdict, a, r or s (? keys)"
        key = self._terminal.ask(f"[{place.number}/{place.total}] {asked}: ").strip().lower()
        if done and key == "":
            return self._desk.first_open
        if key in VERDICT_KEYS:
            return self._went_on(item, self._answering.give(item, VERDICT_KEYS[key]))
        if key == "c":
            return self._went_on(item, self._answering.change(item))
        return self._move(item, key)

    def _move(self, item: str, key: str) -> str | None:
        """Any other key; returns the item to be at."""
        if key == "u":
            return self._undo(item)
        if key == "l":
            return self._list(item)
        if key in ("n", "b"):
            other = self._desk.next(item) if key == "n" else self._desk.previous(item)
            if other is None:
                self._terminal.say("There is no further item." if key == "n" else "This is the first item.")
            return other or item
        if key == "p":
            self._pause()
        elif key == "m" and not self._desk.finished:
            self._remarks.write(item)
        elif key == "o":
            self._remarks.list(item)
        else:
            self._looking.look(item, key)
        return item

    def _pause(self) -> None:
        if self._answering.recorded(self._desk.pause):
            self._terminal.ask("Paused. Enter goes on: ")
            self._answering.recorded(self._desk.resume)

    def _list(self, item: str | None) -> str | None:
        self._terminal.show(pages.list_page(self._desk))
        answer = self._terminal.ask("Number of an item to go to it, Enter goes back, q leaves: ").strip()
        if not answer:
            return item
        if answer.lower() == "q":
            raise Left
        if answer in {str(number) for number in range(1, len(self._desk.queue) + 1)}:
            chosen = self._desk.queue[int(answer) - 1]
            if chosen == item:
                self._terminal.say("You are at this item.")
            return chosen
        self._terminal.say(f"There is no item {answer!r}.")
        return item

    def _undo(self, item: str | None) -> str | None:
        taken: list[str] = []
        if not self._answering.recorded(lambda: taken.append(self._desk.undo())):
            return item
        (undone,) = taken
        self._terminal.say(f"Taken back: your verdict on item {self._desk.place(undone).number}.")
        if self._desk.review(undone).final is None:
            self._terminal.say("It has no verdict now. What you gave is kept.")
        if undone == item:
            self._terminal.show(pages.item_page(self._desk, item))
            self._tell_where(item, "Your verdict is now:")
            self._legend(item)
        return undone

    def _went_on(self, item: str, saved: bool) -> str | None:
        return self._desk.first_open if saved and self._desk.stage(item) is Stage.DONE else item

    def _after_verdict(self, item: str) -> str | None:
        """Between a verdict and the question about its author: the last moment to take it back."""
        if self._desk.review(item).guess_opened:
            return self._guess(item)
        self._terminal.say(
            "Next you are asked who may have written it. From then on the verdict only changes by a correction."
        )
        asked = "y goes on to it, c changes the verdict, u takes it back, q leaves (? keys): "
        key = self._terminal.ask(asked).strip().lower()
        if key == "y":
            opened = self._answering.recorded(lambda: self._desk.open_guess(item))
            return self._guess(item) if opened else item
        if key == "":
            self._terminal.say("Type y to go on to the question.")
            return item
        if key == "c":
            return self._went_on(item, self._answering.change(item))
        return self._move(item, key)

    def _guess(self, item: str) -> str | None:
        saved = self._answering.guess(item)
        return self._list(item) if saved is None else self._went_on(item, saved)

    def _end(self) -> str | None:
        """All is answered: look again, finish, or go."""
        desk, say = self._desk, self._terminal.say
        say()
        if desk.finished:
            self._terminal.show(pages.send_page(desk))
            choices = "l lists the items (c corrects one), q leaves: "
        else:
            say(f"All {desk.progress.total} items are answered: {pages.counts_line(desk)}.", pages.HEAD)
            choices = "f finishes, l lists the items to look again, u takes back, q leaves for now: "
        key = self._terminal.ask(choices).strip().lower()
        if key == "q":
            raise Left
        if key == "l":
            return self._list(None)
        if key == "u":
            return self._undo(None)
        if key == "f" and not desk.finished:
            if not self._answering.recorded(desk.finish):
                return None
            say("Finished.", pages.HEAD)
            raise Left
        say("There is no such key here.")
        return None

"""The line-by-line front of the desk: any terminal, a pipe, a screen reader. Never moves the cursor."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from mergecheck.errors import AnswersError, Refused
from mergecheck.packet.interrupts import held_interrupts
from mergecheck.records import Decision, Front
from review_ui import pages
from review_ui.asking import Asking, Fields, Left
from review_ui.desk import Desk
from review_ui.fields import InvalidAnswer, as_fields, read_guess, read_verdict
from review_ui.forms import (
    DECISION,
    GUESS_QUESTIONS,
    WHY,
    carried,
    guess_form_problems,
    verdict_problems,
    verdict_questions,
)
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
        terminal = Terminal(desk.touch, desk.back)
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
        self._remarks = Remarks(desk, terminal, self._save)
        self._draft_warned = False

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
        self._recorded(lambda: self._desk.show(item), back=False)
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
            return self._give(item, VERDICT_KEYS[key])
        if key == "c":
            return self._change_verdict(item)
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
        if self._recorded(self._desk.pause):
            self._terminal.ask("Paused. Enter goes on: ")
            self._recorded(self._desk.resume)

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
        if not self._recorded(lambda: taken.append(self._desk.undo())):
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

    def _asking(self, item: str, check: Callable[[Fields], dict[str, str]]) -> Asking:
        looks = {key: lambda key=key: self._looking.look(item, key) for key in ("i", "d", "q")}
        return Asking(self._terminal, check, lambda fields: self._keep(item, fields), looks)

    def _keep(self, item: str, fields: Fields) -> None:
        try:
            self._desk.save_draft(item, {**carried(self._desk.draft(item), fields.get("decision")), **fields})
        except AnswersError as error:
            if not self._draft_warned:
                self._terminal.say(str(error), "yellow")
            self._draft_warned = True

    def _give(self, item: str, decision: Decision) -> str | None:
        """The form of an open or revisable item."""
        if not self._desk.revisable(item):
            self._terminal.say("This verdict is closed; c corrects it, with a reason.")
            return item
        return self._fill(item, {"decision": decision.value}, {})

    def _fill(self, item: str, fixed: Fields, before: Fields) -> str | None:
        """Ask what the decision needs, save, and say so only then."""
        form = self._desk.form
        self._keep(item, fixed)
        fields = self._asking(item, lambda fields: verdict_problems(form, fields)).ask(
            verdict_questions(form, Decision(fixed["decision"]), self._desk.baseline(item)),
            fixed,
            {**carried(before, fixed["decision"]), **self._desk.draft(item)},
        )
        if fields is None:
            self._terminal.say("Stopped; what you gave is kept.")
            return item
        if not self._save(lambda: self._write(item, fields)):
            return item
        final = self._desk.review(item).final
        assert final is not None
        self._terminal.show(pages.verdict_page(form, final))
        return self._going_on(item)

    def _write(self, item: str, fields: Fields) -> None:
        verdict, why = read_verdict(self._desk.form, fields), fields.get("why")
        if why is None:
            self._desk.verdict(item, verdict)
        else:
            self._desk.correct(item, verdict, why)

    def _save(self, write: Callable[[], object]) -> bool:
        """Whether an answer is on disk, and says so."""
        if not self._recorded(write):
            return False
        self._terminal.say()
        self._terminal.say("Saved.", pages.HEAD)
        return True

    def _recorded(self, write: Callable[[], object], *, back: bool = True) -> bool:
        """Whether it is on disk. A full disk is told, and tried again as long as the reviewer likes.

        Args:
            write: what to do.
            back: whether one can do without it.
        """
        while True:
            try:
                write()
            except (InvalidAnswer, Refused) as error:
                self._terminal.say(str(error), "yellow")
                return False
            except AnswersError as error:
                self._terminal.say(f"NOT saved. {error}", "red")
                or_back = "x goes back to the item, " if back else ""
                key = self._terminal.ask(f"Enter tries again, {or_back}q leaves: ").strip().lower()
                if key == "q":
                    raise Left from error
                if key == "x" and back:
                    return False
                continue
            return True

    def _going_on(self, item: str) -> str | None:
        return item if self._desk.stage(item) is not Stage.DONE else self._desk.first_open

    def _change_verdict(self, item: str) -> str | None:
        """Revise a verdict that is still open, or correct a closed one with a reason."""
        final = self._desk.review(item).final
        if final is None:
            self._terminal.say("There is no verdict to change yet.")
            return item
        questions = (DECISION,) if self._desk.revisable(item) else (WHY, DECISION)
        before = {**as_fields(final), **self._desk.draft(item)}
        fixed = self._asking(item, lambda fields: verdict_problems(self._desk.form, fields)).ask(
            questions, {}, before
        )
        if fixed is None:
            return item
        return self._fill(item, fixed, before)

    def _after_verdict(self, item: str) -> str | None:
        """Between a verdict and the question about its author: the last moment to take it back."""
        if self._desk.review(item).guess_opened:
            return self._ask_guess(item)
        self._terminal.say(
            "Next you are asked who may have written it. From then on the verdict only changes by a correction."
        )
        asked = "y goes on to it, c changes the verdict, u takes it back, q leaves (? keys): "
        key = self._terminal.ask(asked).strip().lower()
        if key == "y":
            opened = self._recorded(lambda: self._desk.open_guess(item))
            return self._ask_guess(item) if opened else item
        if key == "":
            self._terminal.say("Type y to go on to the question.")
            return item
        if key == "c":
            return self._change_verdict(item)
        return self._move(item, key)

    def _ask_guess(self, item: str) -> str | None:
        asking = self._asking(item, guess_form_problems)
        before: Fields = self._desk.draft(item)
        while True:
            fields = asking.ask(GUESS_QUESTIONS, {}, before)
            if fields is None:
                return self._list(item)
            try:
                guess = read_guess(fields)
            except InvalidAnswer as error:
                self._terminal.say(str(error), "yellow")
                before = {}
                continue
            self._terminal.say(f"  {pages.guess_line(guess)}")
            if self._confirmed():
                break
            before = fields
        return self._going_on(item) if self._save(lambda: self._desk.guess(item, guess)) else item

    def _confirmed(self) -> bool:
        """Whether to save; otherwise it is changed first."""
        while True:
            key = self._terminal.ask("y saves it, c changes it, q leaves: ").strip().lower()
            if key == "q":
                raise Left
            if key in ("y", "c"):
                return key == "y"
            self._terminal.say("Type y, c or q.")

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
            if not self._recorded(desk.finish):
                return None
            say("Finished.", pages.HEAD)
            raise Left
        say("There is no such key here.")
        return None

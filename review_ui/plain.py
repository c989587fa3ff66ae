"""The line-by-line front of the desk: any terminal, a pipe, a screen reader. Never moves the cursor."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from mergecheck.errors import AnswersError, MergecheckError, Refused
from mergecheck.packet.interrupts import held_interrupts
from mergecheck.records import Decision, Front
from review_ui import pages
from review_ui.asking import Asking, Fields, Left
from review_ui.desk import Desk
from review_ui.fields import as_fields, read_guess, read_verdict
from review_ui.forms import (
    DECISION,
    GUESS_QUESTIONS,
    WHY,
    guess_form_problems,
    verdict_problems,
    verdict_questions,
)
from review_ui.state import Stage
from review_ui.terminal import READABLE, Terminal

VERDICT_KEYS = {"a": Decision.ACCEPT, "r": Decision.REQUEST_CHANGES, "s": Decision.SKIP}
KEYS = (
    ("a", "accept", "you would merge it as it is"),
    ("r", "request changes", "you would not merge it as it is"),
    ("s", "skip", "you cannot judge it; you say why"),
    ("c", "correct", "a verdict that you gave before, with a reason once it is closed"),
    ("u", "undo", "take back the last verdict whose author you were not asked about yet"),
    ("i", "issue", "show the issue again"),
    ("d", "change", "show the change again"),
    ("v", "view", "the change in your pager"),
    ("f", "file", "one file whole, as it was or as it would be"),
    ("l", "list", "all items with your verdicts; go to one of them"),
    ("n", "next", "go to the next item, whatever its state"),
    ("b", "back", "go to the item before, whatever its state"),
    ("g", "guidelines", "show the guidelines"),
    ("p", "pause", "let time stand still"),
    ("?", "help", "this"),
    ("q", "quit", "leave; everything is saved"),
)


def review_plain(path: Path) -> None:
    """Review the packet at `path` line by line until the reviewer leaves.

    Raises:
        PacketError, AnswersError: the packet or its answers cannot be opened, or the disk is full at the end.
    """
    with Desk.open(path, front=Front.PLAIN) as desk:
        terminal = Terminal(desk.touch)
        try:
            _PlainFront(desk, terminal).run()
        except (Left, EOFError, KeyboardInterrupt):
            _leave(desk, terminal)
        except BrokenPipeError:
            # Whoever read the output has gone. What they were shown as saved is saved.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            desk.leave()


def _leave(desk: Desk, terminal: Terminal) -> None:
    # A second Ctrl-C waits until the first has been seen to.
    with held_interrupts():
        desk.leave()
        terminal.say()
        if desk.finished:
            terminal.show(_send(desk))
            return
        progress = desk.progress
        # What is there to be copied is not broken.
        where = Text(f"  {desk.answers_path.absolute()}", no_wrap=True)
        again = Text(f"  mergecheck review {shlex.quote(str(desk.packet.path))} --plain", no_wrap=True)
        saved = Text(f"{progress.answered} of {progress.total} answered. Everything is saved in")
        terminal.show([saved, where, Text("To go on where you left:"), again])


def _send(desk: Desk) -> pages.Page:
    return [
        Text(f"All {desk.progress.total} items are answered: {pages.counts_line(desk)}."),
        Text("Send this one file to whoever sent you the packet:"),
        Text(f"  {desk.answers_path.absolute()}", pages.HEAD, no_wrap=True),
    ]


class _PlainFront:
    def __init__(self, desk: Desk, terminal: Terminal) -> None:
        self._desk = desk
        self._terminal = terminal
        self._draft_warned = False

    def run(self) -> None:
        """Until somebody leaves: always ends by `Left`, end of input, or Ctrl-C."""
        self._terminal.show(pages.start_page(self._desk))
        if self._terminal.ask("Enter begins, q leaves: ").strip().lower() == "q":
            raise Left
        item = self._desk.current
        while True:
            item = self._end() if item is None else self._work(item)

    def _work(self, item: str) -> str | None:
        """One item, until it is done or another is wanted; returns that one, or None where all are done."""
        self._desk.show(item)
        self._terminal.show(pages.item_page(self._desk, item))
        self._show_issue(item)
        self._show_change(item)
        self._tell_where(item)
        self._legend(item)
        while True:
            wanted = self._after_verdict(item) if self._desk.stage(item) is Stage.GUESS_DUE else self._choose(item)
            if wanted != item:
                return wanted

    def _tell_where(self, item: str) -> None:
        final = self._desk.review(item).final
        if final is not None:
            self._terminal.say("Your verdict:")
            self._terminal.show(pages.verdict_page(self._desk.form, final))
        guess = self._desk.review(item).guess
        if guess is not None:
            self._terminal.say(f"  {pages.guess_line(guess)}")
        begun = self._desk.draft(item).get("decision")
        if begun is not None and self._desk.stage(item) is Stage.DONE:
            self._terminal.say("You had begun to change it: c goes on with what you gave.", "yellow")
        elif begun in set(Decision) and self._desk.stage(item) is Stage.OPEN:
            key = next(key for key, decision in VERDICT_KEYS.items() if decision == begun)
            self._terminal.say(
                f"You had begun to {pages.DECISIONS[Decision(begun)]}: {key} goes on with what you gave.", "yellow"
            )

    def _legend(self, item: str) -> None:
        done = self._desk.stage(item) is Stage.DONE
        keys = [f"{key} {word}" for key, word, _ in KEYS if done or key != "c"]
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
        self._look(item, key)
        return item

    def _look(self, item: str, key: str) -> None:
        looks: dict[str, Callable[[], None]] = {
            "i": lambda: self._show_issue(item),
            "d": lambda: self._show_change(item),
            "v": lambda: self._terminal.page(pages.change_page(self._desk.item(item))),
            "f": lambda: self._whole_file(item),
            "g": lambda: self._terminal.show(pages.guidelines_page(self._desk)),
            "p": self._pause,
            "?": self._help,
            "q": self._quit,
        }
        if key in looks:
            looks[key]()
        else:
            self._terminal.say(f"There is no key {key!r}; ? shows the keys." if key else "? shows the keys.")

    def _show_issue(self, item: str) -> None:
        self._terminal.show(pages.issue_page(self._desk, item))

    def _show_change(self, item: str) -> None:
        self._terminal.show(pages.change_page(self._desk.item(item)))

    def _help(self) -> None:
        for key, word, meaning in KEYS:
            self._terminal.say(f"  {key}  {word}: {meaning}")

    @staticmethod
    def _quit() -> None:
        raise Left

    def _pause(self) -> None:
        self._desk.pause()
        self._terminal.ask("Paused. Enter goes on: ")
        self._desk.resume()

    def _whole_file(self, item: str) -> None:
        files = [file for file in self._desk.item(item).files if file.old or file.new]
        if not files:
            self._terminal.say("No file of this change has a text.")
            return
        number = 1
        if len(files) > 1:
            for place, file in enumerate(files, start=1):
                self._terminal.say(f"  {place}  {pages.named(file)}")
            answer = self._terminal.ask(f"File, 1 to {len(files)} [1]: ").strip() or "1"
            if answer not in {str(place) for place in range(1, len(files) + 1)}:
                self._terminal.say(f"There is no file {answer!r}.")
                return
            number = int(answer)
        file = files[number - 1]
        old = file.new is None
        if file.old and file.new:
            old = self._terminal.ask("o as it was, n as it would be [n]: ").strip().lower() == "o"
        digest = file.old if old else file.new
        assert digest is not None
        path, side = (file.old_path or file.path, "as it was") if old else (file.path, "as it would be")
        self._terminal.show(pages.whole_file_page(path, side, self._desk.packet.text(digest)))

    def _list(self, item: str | None) -> str | None:
        self._terminal.show(pages.list_page(self._desk))
        answer = self._terminal.ask("Number of an item to go to it, Enter goes back: ").strip()
        if not answer:
            return item
        if answer in {str(number) for number in range(1, len(self._desk.queue) + 1)}:
            chosen = self._desk.queue[int(answer) - 1]
            if chosen == item:
                self._terminal.say("You are at this item.")
            return chosen
        self._terminal.say(f"There is no item {answer!r}.")
        return item

    def _undo(self, item: str | None) -> str | None:
        try:
            undone = self._desk.undo()
        except Refused as refusal:
            self._terminal.say(str(refusal))
            return item
        place = self._desk.place(undone)
        self._terminal.say(f"Taken back: your verdict on item {place.number}. What you gave is kept.")
        return undone

    def _asking(self, item: str, check: Callable[[Fields], dict[str, str]]) -> Asking:
        looks = {key: lambda key=key: self._look(item, key) for key in ("i", "d", "q")}
        return Asking(self._terminal, check, lambda fields: self._keep(item, fields), looks)

    def _keep(self, item: str, fields: Fields) -> None:
        try:
            self._desk.save_draft(item, {**self._desk.draft(item), **fields})
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
            {**before, **self._desk.draft(item)},
        )
        if fields is None:
            self._terminal.say("Stopped; what you gave is kept.")
            return item
        verdict, why = read_verdict(form, fields), fields.get("why")
        if why is None:
            saved = self._save(lambda: self._desk.verdict(item, verdict))
        else:
            saved = self._save(lambda: self._desk.correct(item, verdict, why))
        if not saved:
            return item
        self._terminal.show(pages.verdict_page(form, verdict))
        return self._going_on(item)

    def _save(self, write: Callable[[], None]) -> bool:
        """Whether it is on disk. A full disk is told, and tried again as long as the reviewer likes."""
        while True:
            try:
                write()
            except Refused as error:
                self._terminal.say(str(error), "yellow")
                return False
            except AnswersError as error:
                self._terminal.say(f"NOT saved. {error}", "red")
                if self._terminal.ask("Enter tries again, x goes back to the item: ").strip().lower() == "x":
                    return False
                continue
            self._terminal.say()
            self._terminal.say("Saved.", pages.HEAD)
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
        key = self._terminal.ask("Enter goes on, c changes the verdict, u takes it back: ").strip().lower()
        if key == "":
            self._desk.open_guess(item)
            return self._ask_guess(item)
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
            guess = read_guess(fields)
            self._terminal.say(f"  {pages.guess_line(guess)}")
            if self._terminal.ask("Enter saves, c changes it: ").strip().lower() != "c":
                break
            before = fields
        return self._going_on(item) if self._save(lambda: self._desk.guess(item, guess)) else item

    def _end(self) -> str | None:
        """All is answered: look again, finish, or go."""
        desk, say = self._desk, self._terminal.say
        say()
        if desk.finished:
            self._terminal.show(_send(desk))
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
            try:
                desk.finish()
            except MergecheckError as error:
                say(str(error), "yellow")
                return None
            say("Finished.", pages.HEAD)
            raise Left
        return None

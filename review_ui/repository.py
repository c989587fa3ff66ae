"""The repository as it was, line by line: find a file, read it, search them all."""

from __future__ import annotations

import re

from rich.text import Text

from review_ui import pages
from review_ui.asking import Left
from review_ui.desk import Desk
from review_ui.diff.document import lines_of
from review_ui.diff.find import matching, pattern
from review_ui.shown import shown
from review_ui.terminal import Terminal

MOST_ROWS = 40
"""A list shows so many rows and says that there are more."""
AROUND = 12
"""Lines before and after one that was found."""
LONG = 400
"""A file of more lines is not printed without asking."""
LINES = re.compile(r"([0-9]{1,9})\s*-\s*([0-9]{1,9})")

Place = tuple[str, int | None]
"""A path, and the line that was found in it."""


class Repository:
    """Asks what to look for, and shows it.

    Args:
        desk: whose packet holds the files.
        terminal: where it is asked and shown.
    """

    def __init__(self, desk: Desk, terminal: Terminal) -> None:
        self._desk = desk
        self._terminal = terminal

    def look(self, item: str) -> None:
        """Until the reviewer has seen enough."""
        tree = self._desk.tree(item)
        if not tree:
            self._terminal.say("This packet does not hold the repository as it was.")
            return
        self._terminal.say(f"The repository as it was before the change, {pages.count(len(tree), 'file')}.")
        found: list[Place] = []
        while True:
            numbered = "the number of a row opens it; " if found else ""
            wanted = self._key(
                f"Parts of a path, or / and a text to search all files; {numbered}Enter goes back: "
            )
            if not wanted:
                return
            if wanted in {str(number) for number in range(1, len(found) + 1)}:
                self._open(item, *found[int(wanted) - 1])
            elif wanted.startswith("/"):
                found = self._search(item, wanted[1:])
            else:
                found = self._find(item, wanted)

    def _key(self, prompt: str) -> str:
        key = self._terminal.ask(prompt).strip()
        if key.lower() == "q":
            raise Left
        return key

    def _find(self, item: str, wanted: str) -> list[Place]:
        tree = self._desk.tree(item)
        paths = matching(tree, wanted)
        more = f", the first {MOST_ROWS} shown" if len(paths) > MOST_ROWS else ""
        self._terminal.say(f"{pages.count(len(paths), 'file')}{more}.")
        for number, path in enumerate(paths[:MOST_ROWS], start=1):
            self._row(number, shown(path) + ("" if tree[path] is not None else " (not shown)"))
        return [(path, None) for path in paths[:MOST_ROWS]]

    def _search(self, item: str, wanted: str) -> list[Place]:
        expression = pattern(wanted)
        found: list[Place] = []
        if expression is None:
            self._terminal.say("Type a text behind the /; small letters find either case.")
            return found
        for path, digest in self._desk.tree(item).items():
            text = "" if digest is None else self._desk.packet.text(digest)
            if not expression.search(text):
                continue
            for number, line in enumerate(lines_of(text), start=1):
                if expression.search(line):
                    found.append((path, number))
                    self._row(len(found), f"{shown(path)}:{number}  {shown(line.strip()[:160])}")
                if len(found) == MOST_ROWS:
                    self._terminal.say(f"The first {MOST_ROWS} lines; there may be more.")
                    return found
        self._terminal.say(f"{pages.count(len(found), 'line')}.")
        return found

    def _row(self, number: int, text: str) -> None:
        self._terminal.show([Text(f"  {number:>{len(str(MOST_ROWS))}}  {text}", no_wrap=True)])

    def _open(self, item: str, path: str, line: int | None) -> None:
        digest = self._desk.tree(item)[path]
        if digest is None:
            self._terminal.say("This file is no text, or too long: it is named and not shown.")
            return
        text = self._desk.packet.text(digest)
        last = len(lines_of(text))
        if line is not None:
            first, end = max(1, line - AROUND), min(last, line + AROUND)
            self._show(path, text, (first, end))
            if first == 1 and end == last:
                return
        elif last <= LONG:
            self._show(path, text, None)
            return
        self._more(path, text, last)

    def _more(self, path: str, text: str, last: int) -> None:
        asked = f"Lines, as 12-40, of {last}; a shows all, v in your pager, Enter goes on: "
        while key := self._key(asked).lower():
            match = LINES.fullmatch(key)
            if key == "a":
                self._show(path, text, None)
            elif key == "v":
                self._terminal.page(pages.whole_file_page(path, "as it was", text))
            elif match and 1 <= int(match[1]) <= int(match[2]):
                self._show(path, text, (int(match[1]), int(match[2])))
            else:
                self._terminal.say("Type two numbers with a - between them, a, v, or nothing to go on.")

    def _show(self, path: str, text: str, part: tuple[int, int] | None) -> None:
        self._terminal.show(pages.whole_file_page(path, "as it was", text, part))

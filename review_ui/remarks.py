"""Comments on lines, files and the change, line by line: the same as full-screen, asked one thing at a time."""

from __future__ import annotations

import re

from mergecheck.packet.format import PacketFile
from mergecheck.records import Comment, Side
from review_ui import pages
from review_ui.anchors import Anchor, begun
from review_ui.answering import Answering
from review_ui.asking import Asking, Fields, Left, Question
from review_ui.desk import Desk
from review_ui.diff.document import lines_of
from review_ui.terminal import Terminal

TEXT = Question("text", "Your comment", several_lines=True)
LINES = re.compile(r"(o?)\s*([0-9]{1,9})(?:\s*-\s*([0-9]{1,9}))?")


class Remarks:
    """Asks for comments and shows them.

    Args:
        desk: where they go.
        terminal: where they are asked for.
        answering: keeps what is given, has it recorded, and says so.
    """

    def __init__(self, desk: Desk, terminal: Terminal, answering: Answering) -> None:
        self._desk = desk
        self._terminal = terminal
        self._answering = answering

    def begun(self, item: str) -> Anchor | None:
        """Where a comment belongs that was begun and not saved."""
        before = begun(self._desk, item)
        return None if before is None else before[0]

    def write(self, item: str) -> None:
        """One comment: first the one that was begun."""
        if not self._go_on(item) and (anchor := self._where(item)) is not None:
            self._ask(item, anchor, "")

    def _go_on(self, item: str) -> bool:
        """A comment that was begun goes on first; returns whether one was."""
        before = begun(self._desk, item)
        if before is not None:
            self._terminal.say("This comment was begun before; it comes first.", "yellow")
            self._ask(item, *before)
        return before is not None

    def list(self, item: str) -> None:
        """All comments; one of them is changed or taken away."""
        comments = self._desk.review(item).comments
        self._terminal.show(pages.comments_page(self._desk, item))
        if not comments or self._desk.finished:
            return
        key = self._key("e and a number changes one, x and a number takes it away, Enter goes back: ").lower()
        numbers = {str(number): comment for number, comment in enumerate(comments, start=1)}
        chosen = numbers.get(key[1:].strip())
        if key and (chosen is None or key[0] not in "ex"):
            self._terminal.say(f"There is no comment {key!r}; type e1 or x1.")
        elif chosen is not None and key[0] == "e":
            if not self._go_on(item):
                self._ask(item, Anchor.of(chosen), chosen.text)
        elif chosen is not None:
            self._take_away(item, chosen)

    def _take_away(self, item: str, comment: Comment) -> None:
        if self._key("y takes it away, anything else leaves it: ").lower() == "y":
            self._answering.saved(lambda: self._desk.delete_comment(item, comment.id))

    def _key(self, prompt: str) -> str:
        key = self._terminal.ask(prompt).strip()
        if key.lower() == "q":
            raise Left
        return key

    def _where(self, item: str) -> Anchor | None:
        files = self._desk.item(item).files
        for number, file in enumerate(files, start=1):
            self._terminal.say(f"  {number}  {pages.named(file)}")
        answer = self._key(f"File, 1 to {len(files)}; Enter, on the whole change: ")
        if not answer:
            return Anchor()
        if answer not in {str(number) for number in range(1, len(files) + 1)}:
            self._terminal.say(f"There is no file {answer!r}.")
            return None
        return self._lines(files[int(answer) - 1])

    def _lines(self, file: PacketFile) -> Anchor | None:
        asked = "Line or lines, as 12 or 12-15 (o12: of the text as it was); Enter, on the whole file: "
        answer = self._key(asked)
        if not answer:
            return Anchor(file.path)
        match = LINES.fullmatch(answer)
        side = Side.OLD if (match and match[1]) or file.new is None else Side.NEW
        digest = file.old if side is Side.OLD else file.new
        lines = [] if digest is None else lines_of(self._desk.packet.text(digest))
        first = int(match[2]) if match else 0
        last = int(match[3] or match[2]) if match else 0
        if not 1 <= first <= last <= len(lines):
            self._terminal.say(f"{answer!r} is none of its {len(lines)} lines.")
            return None
        return Anchor(file.path, side, first, last, "\n".join(lines[first - 1 : last]))

    def _ask(self, item: str, anchor: Anchor, text: str) -> None:
        desk = self._desk
        comment = anchor.comment(text)
        self._terminal.say(f"On {pages.comment_where(comment)}:")
        if anchor.excerpt:
            self._terminal.show(pages.excerpt_page(comment))

        def check(fields: Fields) -> dict[str, str]:
            return {} if fields.get("text", "").strip() else {"text": "write something, or type :x to stop"}

        def keep(fields: Fields) -> None:
            written = fields.get("text", "")
            kept = anchor.fields(written) if written.strip() else {}
            self._answering.keep(lambda: desk.save_comment_draft(item, kept))

        given = Asking(self._terminal, check, keep, {}).ask((TEXT,), {}, {"text": text} if text else {})
        if given is None:
            self._answering.stopped()
            return
        if self._answering.saved(lambda: anchor.write(desk, item, given["text"])):
            keep({})

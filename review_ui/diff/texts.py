"""The whole old and new text of a file, read when it is wanted."""

from __future__ import annotations

from collections.abc import Callable

from mergecheck.packet.format import PacketFile
from mergecheck.records import Side


class Texts:
    """The whole old and new text of a file, line by line, read when they are wanted.

    Args:
        file: the file.
        text: digest → text.

    Attributes:
        characters: how long each text is that was read before.
    """

    def __init__(self, file: PacketFile, text: Callable[[str], str]) -> None:
        self._digests = {Side.OLD: file.old, Side.NEW: file.new}
        self._text = text
        self._lines: dict[Side, list[str]] = {}
        self.characters: dict[Side, int] = {}

    def whole(self, side: Side) -> str:
        """The text; empty where the side has none."""
        digest = self._digests[side]
        text = "" if digest is None else self._text(digest)
        self.characters[side] = len(text)
        return text

    def lines(self, side: Side) -> list[str]:
        """Its lines, without their ends."""
        if side not in self._lines:
            self._lines[side] = lines_of(self.whole(side))
        return self._lines[side]

    def count(self, side: Side) -> int:
        """How many lines it has."""
        text = self.whole(side)
        return text.count("\n") + (text[-1:] not in ("", "\n"))


def lines_of(text: str) -> list[str]:
    """The lines of a text; only a line feed ends one, and the last need not."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines

"""The whole old and new text of a file, read when it is wanted."""

from __future__ import annotations

from collections.abc import Callable

from mergecheck.packet.format import PacketFile
from mergecheck.packet.texts import TextSize
from mergecheck.records import Side


class Texts:
    """The whole old and new text of a file, line by line, read when they are wanted.

    Args:
        file: the file.
        text: digest → text.
        size: digest → how long that text is, where it is known without reading it.
    """

    def __init__(
        self, file: PacketFile, text: Callable[[str], str], size: Callable[[str], TextSize] | None = None
    ) -> None:
        self._digests = {Side.OLD: file.old, Side.NEW: file.new}
        self._text = text
        self._known = size
        self._lines: dict[Side, list[str]] = {}
        self._sizes: dict[Side, TextSize] = {}

    def whole(self, side: Side) -> str:
        """The text; empty where the side has none."""
        digest = self._digests[side]
        return "" if digest is None else self._text(digest)

    def lines(self, side: Side) -> list[str]:
        """Its lines, without their ends."""
        if side not in self._lines:
            self._lines[side] = lines_of(self.whole(side))
        return self._lines[side]

    def size(self, side: Side) -> TextSize:
        """How long it is."""
        if side not in self._sizes:
            digest = self._digests[side]
            known = self._known if digest is not None else None
            self._sizes[side] = TextSize.of(self.whole(side)) if known is None else known(digest or "")
        return self._sizes[side]


def lines_of(text: str) -> list[str]:
    """The lines of a text; only a line feed ends one, and the last need not."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines

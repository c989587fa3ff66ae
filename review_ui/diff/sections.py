"""What a document is made of: heads, gaps, opened context and hunks. Each is taken apart where it is looked at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate

from mergecheck.packet.format import PacketFile, PacketHunk
from mergecheck.records import Kind, Side
from review_ui.diff.blocks import Block, Part, first_lines, hunk_blocks
from review_ui.diff.texts import Texts

Whole = Block | PacketHunk | None
"""What a section is made of; nothing where it is a gap, which its own numbers say all about."""


class Section:
    """A stretch of a document that is measured without being read: a block by itself, or a hunk.

    Attributes:
        part: what its block is; `Part.RUN` of a hunk.
        file: the number of its file.
        old, new: the numbers, from 1, of its first line on each side.
        lines: how many rows it has one under the other.
        hidden: of a gap, how many lines.
        number: the hunk's number in the file; a gap has that of the hunk behind it.
    """

    __slots__ = ("_blocks", "_starts", "_whole", "file", "hidden", "lines", "new", "number", "old", "part")

    def __init__(
        self, part: Part, file: int, old: int, new: int, lines: int, hidden: int, number: int, whole: Whole = None
    ) -> None:
        self.part, self.file, self.old, self.new = part, file, old, new
        self.lines, self.hidden, self.number = lines, hidden, number
        self._whole = whole
        self._blocks: list[Block] | None = None
        self._starts: list[int] | None = None

    @classmethod
    def of(cls, block: Block) -> Section:
        """A block by itself."""
        return cls(
            block.part, block.file, block.old, block.new, block.lines, block.hidden, block.hunk, whole=block
        )

    @property
    def blocks(self) -> list[Block]:
        """Its blocks."""
        if self._blocks is None:
            if isinstance(self._whole, PacketHunk):
                self._blocks = hunk_blocks(self._whole, self.file, self.number)
            elif self._whole is not None:
                self._blocks = [self._whole]
            else:
                gap = Block(Part.GAP, self.file, self.old, self.new, hidden=self.hidden, hunk=self.number)
                self._blocks = [gap]
        return self._blocks

    @property
    def starts(self) -> list[int]:
        """How many rows stand above each of its blocks, one under the other; and at the end all of them."""
        if self._starts is None:
            self._starts = list(accumulate((block.lines for block in self.blocks), initial=0))
        return self._starts

    def start(self, side: Side) -> int:
        """The number of its first line on a side."""
        return self.old if side is Side.OLD else self.new

    def block_with(self, side: Side, line: int) -> int:
        """The block that has a line of this side, or the nearest one."""
        # Blocks without a line on this side share their start with the one behind them, which is the one meant.
        behind = bisect_right(self.blocks, line, key=lambda block: block.old if side is Side.OLD else block.new)
        return max(behind - 1, 0)

    def block_down(self, down: int) -> int:
        """The block that has the row that is so far down."""
        return max(0, min(bisect_right(self.starts, down) - 1, len(self.blocks) - 1))

    def run(self) -> int | None:
        """The first block that changes lines."""
        if self.part is not Part.RUN:
            return None
        return next((number for number, block in enumerate(self.blocks) if block.part is Part.RUN), None)

    def texts(self) -> Iterator[tuple[Side, int, str]]:
        """Its lines: side, number, text; context is new. A hunk is not taken apart for it."""
        whole = self._whole
        if whole is None:
            return
        if isinstance(whole, Block):
            if whole.part is Part.SAME:
                yield from ((Side.NEW, whole.new + at, text) for at, text in enumerate(whole.added))
            return
        old, new = self.old, self.new
        for line in whole.lines:
            sign = line[:1]
            if sign == "-":
                yield Side.OLD, old, line[1:]
                old += 1
            elif sign != "\\":
                yield Side.NEW, new, line[1:]
                new += 1
                old += sign != "+"


def first_sections(file: PacketFile, number: int, texts: Texts) -> list[Section]:
    """A file as it is shown at first: its head, its hunks, gaps between them."""
    sections = [Section.of(Block(Part.FILE, number))]
    old = new = 1
    hunk_rows = file.hunk_rows
    for index, hunk in enumerate(file.hunks):
        rows = hunk_rows[index]
        if not rows:
            continue
        first_old, first_new = first_lines(hunk)
        if first_new > new:
            sections.append(Section(Part.GAP, number, old, new, 1, first_new - new, index))
        sections.append(Section(Part.RUN, number, first_old, first_new, rows, 0, index, hunk))
        old, new = first_old + hunk.old_count, first_new + hunk.new_count
    if file.hunks and file.old is not None and file.new is not None:
        left = texts.size(Side.NEW).lines - new + 1
        if left > 0:
            sections.append(Section(Part.GAP, number, old, new, 1, left, len(file.hunks)))
    return sections if len(sections) > 1 else sections + _without_hunks(file, number, texts)


def _without_hunks(file: PacketFile, number: int, texts: Texts) -> list[Section]:
    if file.binary:
        return [Section.of(Block(Part.NOTE, number, said="a binary file: its contents are not shown"))]
    lines = texts.size(Side.NEW).lines if file.old == file.new and file.new else 0
    said = "the text is unchanged" if file.kind in (Kind.RENAMED, Kind.MODE) else "an empty file"
    note = Section.of(Block(Part.NOTE, number, said=said))
    return [note, Section(Part.GAP, number, 1, 1, 1, lines, 0)] if lines else [note]


def opened(section: Section, texts: Texts, count: int, from_above: bool) -> list[Section]:
    """A gap with so many of its lines shown."""
    gap = section.blocks[0]
    count = min(count, gap.hidden)
    left = gap.hidden - count
    skip = 0 if from_above else left
    lines = tuple(texts.lines(Side.NEW)[gap.new - 1 + skip : gap.new - 1 + skip + count])
    shown = replace(
        gap, part=Part.SAME, old=gap.old + skip, new=gap.new + skip, removed=lines, added=lines, hidden=0
    )
    if not left:
        return [Section.of(shown)]
    if from_above:
        return [Section.of(shown), Section.of(replace(gap, old=gap.old + count, new=gap.new + count, hidden=left))]
    return [Section.of(replace(gap, hidden=left)), Section.of(shown)]

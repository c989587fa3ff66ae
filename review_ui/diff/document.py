"""A change as one long text of blocks: where one is in it, and what is folded, opened or next.

Nothing here grows with the length of the change at a key: a step looks at one block, a jump bisects.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate

from mergecheck.packet.format import PacketFile
from mergecheck.records import Kind, Side
from review_ui.diff.blocks import Block, Part, Row, hunk_blocks, row_of

MORE = 20
"""So many hidden lines are opened at once."""


class Layout(StrEnum):
    """How the two texts are put. `AUTO`: side by side where it is wide, and only hunks that change lines."""

    UNIFIED = "unified"
    SPLIT = "split"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A row: its block's number, and its place in the block."""

    block: int
    row: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What a row shows, whatever the layout and whatever is opened above it: this is kept when those change."""

    part: Part
    file: int
    old: int | None
    new: int | None


class Texts:
    """The whole old and new text of a file, line by line, read when they are wanted.

    Args:
        file: the file.
        text: digest → text.
    """

    def __init__(self, file: PacketFile, text: Callable[[str], str]) -> None:
        self._digests = {Side.OLD: file.old, Side.NEW: file.new}
        self._text = text
        self._lines: dict[Side, list[str]] = {}

    def whole(self, side: Side) -> str:
        """The text; empty where the side has none."""
        digest = self._digests[side]
        return "" if digest is None else self._text(digest)

    def lines(self, side: Side) -> list[str]:
        """Its lines, without their ends."""
        if side not in self._lines:
            self._lines[side] = lines_of(self.whole(side))
        return self._lines[side]


def lines_of(text: str) -> list[str]:
    """The lines of a text; only a line feed ends one, and the last need not."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


class Document:
    """The change.

    Args:
        files: in order.
        text: digest → text, for what hunks do not hold.
    """

    def __init__(self, files: Sequence[PacketFile], text: Callable[[str], str]) -> None:
        self.files = tuple(files)
        self.texts = [Texts(file, text) for file in files]
        self.layout = Layout.UNIFIED
        self.wide = False
        self._folded: set[int] = set()
        self._of_file = [self._first_blocks(number) for number in range(len(self.files))]
        self.blocks: list[Block] = []
        self._starts: list[int] = []
        self._file_starts: list[int] = []
        self._arrange()

    # What is there.

    @property
    def length(self) -> int:
        """Rows with the texts one under the other: what a scroll bar measures."""
        return self._starts[-1]

    def split(self, block: Block) -> bool:
        """Whether this block stands side by side."""
        if self.layout is Layout.AUTO:
            return self.wide and block.both
        return self.layout is Layout.SPLIT

    def rows(self, block: int) -> int:
        """How many rows a block has as it stands now."""
        return self.blocks[block].rows(self.split(self.blocks[block]))

    def row(self, spot: Spot) -> Row:
        """The row at this spot."""
        block = self.blocks[spot.block]
        return row_of(block, spot.row, self.split(block))

    def step(self, spot: Spot, by: int) -> Spot:
        """So many rows on or back; stops at the ends."""
        block, row = spot.block, spot.row + by
        while row < 0 and block > 0:
            block -= 1
            row += self.rows(block)
        while block < len(self.blocks) - 1 and row >= self.rows(block):
            row -= self.rows(block)
            block += 1
        return Spot(block, max(0, min(row, self.rows(block) - 1)))

    @property
    def last(self) -> Spot:
        """The last row."""
        return Spot(len(self.blocks) - 1, self.rows(len(self.blocks) - 1) - 1)

    # Folding and opening.

    def folded(self, file: int) -> bool:
        """Whether only the file's head is shown."""
        return file in self._folded

    def fold(self, file: int, folded: bool) -> None:
        """Show only a file's head, or all of it."""
        (self._folded.add if folded else self._folded.discard)(file)
        self._arrange()

    def open_gap(self, file: int, old: int, *, count: int = MORE, from_above: bool = True) -> bool:
        """Show hidden lines of the gap that begins at this old line; returns whether there were any."""
        blocks = self._of_file[file]
        for index, gap in enumerate(blocks):
            if gap.part is Part.GAP and gap.old == old:
                blocks[index : index + 1] = self._opened(gap, count, from_above)
                self._arrange()
                return True
        return False

    def open_file(self, file: int) -> bool:
        """Show the whole file; returns whether anything was hidden."""
        blocks = self._of_file[file]
        if all(block.part is not Part.GAP for block in blocks):
            return False
        self._of_file[file] = [
            shown
            for block in blocks
            for shown in (self._opened(block, block.hidden, True) if block.part is Part.GAP else [block])
        ]
        self._arrange()
        return True

    def close_file(self, file: int) -> None:
        """Show a file as it was at first."""
        self._of_file[file] = self._first_blocks(file)
        self._arrange()

    def _opened(self, gap: Block, count: int, from_above: bool) -> list[Block]:
        count = min(count, gap.hidden)
        left = gap.hidden - count
        skip = 0 if from_above else left
        lines = self.texts[gap.file].lines(Side.NEW)[gap.new - 1 + skip : gap.new - 1 + skip + count]
        shown = replace(
            gap,
            part=Part.SAME,
            old=gap.old + skip,
            new=gap.new + skip,
            removed=tuple(lines),
            added=tuple(lines),
            hidden=0,
        )
        if not left:
            return [shown]
        if from_above:
            return [shown, replace(gap, old=gap.old + count, new=gap.new + count, hidden=left)]
        return [replace(gap, hidden=left), shown]

    def _first_blocks(self, number: int) -> list[Block]:
        file = self.files[number]
        blocks = [Block(Part.FILE, number)]
        old = new = 1
        for index, hunk in enumerate(file.hunks):
            added = hunk_blocks(hunk, number, index)
            if not added:
                continue
            hidden = added[0].new - new
            if hidden > 0:
                blocks.append(Block(Part.GAP, number, old, new, hidden=hidden, hunk=index))
            blocks += added
            old = added[-1].old + len(added[-1].removed)
            new = added[-1].new + len(added[-1].added)
        if file.hunks and file.old is not None and file.new is not None:
            left = len(self.texts[number].lines(Side.NEW)) - new + 1
            if left > 0:
                blocks.append(Block(Part.GAP, number, old, new, hidden=left, hunk=len(file.hunks)))
        if len(blocks) == 1:
            blocks += self._without_hunks(number)
        return blocks

    def _without_hunks(self, number: int) -> list[Block]:
        file = self.files[number]
        if file.binary:
            return [Block(Part.NOTE, number, said="a binary file: its contents are not shown")]
        lines = len(self.texts[number].lines(Side.NEW)) if file.old == file.new and file.new else 0
        said = "the text is unchanged" if file.kind in (Kind.RENAMED, Kind.MODE) else "an empty file"
        gap = [Block(Part.GAP, number, hidden=lines, hunk=0)] if lines else []
        return [Block(Part.NOTE, number, said=said), *gap]

    def _arrange(self) -> None:
        self.blocks = [Block(Part.CHANGE, -1)]
        self._file_starts = []
        for number, blocks in enumerate(self._of_file):
            self._file_starts.append(len(self.blocks))
            self.blocks += blocks[:1] if number in self._folded else blocks
        self._starts = list(accumulate((block.lines for block in self.blocks), initial=0))

    # Where one is.

    def line_at(self, spot: Spot) -> int:
        """How far down a spot is, in rows one under the other."""
        block = self.blocks[spot.block]
        within = spot.row * block.lines // max(self.rows(spot.block), 1)
        return self._starts[spot.block] + within

    def spot_at(self, line: int) -> Spot:
        """The spot that is so far down."""
        line = max(0, min(line, self.length - 1))
        number = bisect_right(self._starts, line) - 1
        block = self.blocks[number]
        return Spot(number, (line - self._starts[number]) * self.rows(number) // max(block.lines, 1))

    def place(self, spot: Spot) -> Place:
        """What stands at a spot."""
        row = self.row(spot)
        return Place(row.part, row.file, row.old, row.new)

    def find(self, place: Place) -> Spot:
        """Where that stands now; the nearest there is where it is folded away or opened."""
        if place.file < 0:
            return Spot(0)
        first = self._file_starts[place.file]
        if place.part is Part.FILE or self.folded(place.file):
            return Spot(first)
        side = Side.OLD if place.new is None else Side.NEW
        line = place.old if place.new is None else place.new
        return self.find_line(place.file, side, line or 1)

    def find_line(self, file: int, side: Side, line: int) -> Spot:
        """Where a line stands: its row, or the gap that hides it, or the head of a folded file."""
        first = self._file_starts[file]
        if self.folded(file):
            return Spot(first)
        beyond = self._file_starts[file + 1] if file + 1 < len(self.files) else len(self.blocks)
        # Blocks without a line on this side share their start with the one behind them, which is the one meant.
        behind = bisect_right(
            self.blocks, line, lo=first + 1, hi=beyond, key=lambda block: self._start(block, side)
        )
        number = max(behind - 1, min(first + 1, beyond - 1))
        return Spot(number, self._row_in(self.blocks[number], side, line))

    @staticmethod
    def _start(block: Block, side: Side) -> int:
        return block.old if side is Side.OLD else block.new

    def _row_in(self, block: Block, side: Side, line: int) -> int:
        index = line - self._start(block, side)
        if block.part is Part.SAME:
            return max(0, min(index, len(block.added) - 1))
        if block.part is not Part.RUN:
            return 0
        lines = block.removed if side is Side.OLD else block.added
        index = max(0, min(index, len(lines) - 1))
        if self.split(block):
            column = 0 if side is Side.OLD else 1
            return next((row for row, pair in enumerate(block.pairs) if pair[column] == index), 0)
        return index if side is Side.OLD else len(block.removed) + index

    # Where to go next.

    def hunk(self, spot: Spot, by: int) -> Spot | None:
        """The first changed row of the next hunk (`by` 1) or of the one before (-1); None where there is none."""
        here = self.blocks[spot.block]
        numbers = range(spot.block + 1, len(self.blocks)) if by > 0 else range(spot.block - 1, -1, -1)
        for number in numbers:
            block = self.blocks[number]
            if block.part is Part.RUN and (block.file, block.hunk) != self._hunk_of(here):
                return Spot(self._first_run(number))
        return None

    @staticmethod
    def _hunk_of(block: Block) -> tuple[int, int] | None:
        # Standing on a gap one is between two hunks: its number is that of the one behind it.
        return (block.file, block.hunk) if block.part in (Part.RUN, Part.SAME) else None

    def _first_run(self, number: int) -> int:
        wanted = self.blocks[number]
        while number and (self.blocks[number - 1].file, self.blocks[number - 1].hunk) == (
            wanted.file,
            wanted.hunk,
        ):
            number -= 1
        while self.blocks[number].part is not Part.RUN:
            number += 1
        return number

    def file_spot(self, file: int) -> Spot:
        """The head of a file."""
        return Spot(self._file_starts[file])

    def hunk_number(self, spot: Spot) -> tuple[int, int]:
        """Which hunk of its file a spot is at, from 1 (0: before the first), and how many there are."""
        block = self.blocks[spot.block]
        total = len(self.files[block.file].hunks) if block.file >= 0 else 0
        behind = block.part in (Part.RUN, Part.SAME)
        return max(0, min(block.hunk + behind, total)), total

    def lines(self) -> Iterator[tuple[int, Side, int, str]]:
        """Every line that is not hidden in a gap, folded files' too: file, side, number, text; context is new."""
        for blocks in self._of_file:
            for block in blocks:
                if block.part is Part.RUN:
                    for index, text in enumerate(block.removed):
                        yield block.file, Side.OLD, block.old + index, text
                if block.part in (Part.RUN, Part.SAME):
                    for index, text in enumerate(block.added):
                        yield block.file, Side.NEW, block.new + index, text

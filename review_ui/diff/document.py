"""A change as one long text of sections: where one is in it, and what is folded, opened or next.

Nothing here grows with the length of the change at a key: a step looks at one block, a jump bisects, and a hunk is
taken apart when it comes to be looked at.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

from mergecheck.packet.format import PacketFile
from mergecheck.packet.texts import TextSize
from mergecheck.packet.uncollected import uncollected
from mergecheck.records import Side
from review_ui.diff.blocks import Block, Part, Row, row_of
from review_ui.diff.sections import Section, first_sections, opened
from review_ui.diff.texts import Texts, lines_of

__all__ = ["MORE", "Document", "Layout", "Place", "Spot", "Texts", "lines_of"]

MORE = 20
"""So many hidden lines are opened at once."""


class Layout(StrEnum):
    """How the two texts are put. `AUTO`: side by side where it is wide, and only hunks that change lines."""

    UNIFIED = "unified"
    SPLIT = "split"
    AUTO = "auto"


class Spot(NamedTuple):
    """A row: its section's number, its block's in the section, its own in the block. Later ones are greater."""

    section: int
    block: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What a row shows, whatever the layout and whatever is opened above it: this is kept when those change."""

    part: Part
    file: int
    old: int | None
    new: int | None


class Document:
    """The change.

    Args:
        files: in order.
        text: digest → text, for what hunks do not hold.
        size: digest → how long that text is, where it is known without reading it.
    """

    def __init__(
        self,
        files: Sequence[PacketFile],
        text: Callable[[str], str],
        size: Callable[[str], TextSize] | None = None,
    ) -> None:
        self.files = tuple(files)
        self.texts = [Texts(file, text, size) for file in files]
        self.layout = Layout.UNIFIED
        self.wide = False
        self._folded: set[int] = set()
        with uncollected():
            self._of_file = [
                first_sections(file, number, self.texts[number]) for number, file in enumerate(self.files)
            ]
        self.sections: list[Section] = []
        self._starts: list[int] = []
        self._file_starts: list[int] = []
        self._gaps: list[int] = []
        self._arrange()

    # What is there.

    @property
    def length(self) -> int:
        """Rows with the texts one under the other: what a scroll bar measures."""
        return self._starts[-1]

    def block(self, spot: Spot) -> Block:
        """The block that a spot is in."""
        return self.sections[spot.section].blocks[spot.block]

    def split(self, block: Block) -> bool:
        """Whether this block stands side by side."""
        if self.layout is Layout.AUTO:
            return self.wide and block.both
        return self.layout is Layout.SPLIT

    def row(self, spot: Spot) -> Row:
        """The row at this spot."""
        block = self.block(spot)
        return row_of(block, spot.row, self.split(block))

    def step(self, spot: Spot, by: int) -> Spot:
        """So many rows on or back; stops at the ends."""
        for _ in range(abs(by)):
            other = self._below(spot) if by > 0 else self._above(spot)
            if other is None:
                return spot
            spot = other
        return spot

    def _below(self, spot: Spot) -> Spot | None:
        block = self.block(spot)
        row = block.after(spot.row, self.split(block))
        if row is not None:
            return Spot(spot.section, spot.block, row)
        if spot.block + 1 < len(self.sections[spot.section].blocks):
            return Spot(spot.section, spot.block + 1)
        return Spot(spot.section + 1) if spot.section + 1 < len(self.sections) else None

    def _above(self, spot: Spot) -> Spot | None:
        block = self.block(spot)
        row = block.before(spot.row, self.split(block))
        if row is not None:
            return Spot(spot.section, spot.block, row)
        if spot.block:
            return self._end(spot.section, spot.block - 1)
        return self._end(spot.section - 1, -1) if spot.section else None

    def _end(self, section: int, number: int) -> Spot:
        """The last row of a block; -1 is the section's last one."""
        blocks = self.sections[section].blocks
        block = blocks[number]
        return Spot(section, number % len(blocks), block.last(self.split(block)))

    @property
    def last(self) -> Spot:
        """The last row."""
        return self._end(len(self.sections) - 1, -1)

    # Folding and opening.

    def folded(self, file: int) -> bool:
        """Whether only the file's head is shown."""
        return file in self._folded

    def fold(self, file: int, folded: bool) -> None:
        """Show only a file's head, or all of it."""
        (self._folded.add if folded else self._folded.discard)(file)
        self._arrange()

    def gap_near(self, spot: Spot) -> Block | None:
        """The nearest gap of the file that a spot is in; of two as near, the one below."""
        file = self.sections[spot.section].file
        at = bisect_left(self._gaps, spot.section)
        near = [number for number in self._gaps[max(at - 1, 0) : at + 1] if self.sections[number].file == file]
        if not near:
            return None
        nearest = min(near, key=lambda number: (abs(number - spot.section), -number))
        return self.sections[nearest].blocks[0]

    def open_gap(self, file: int, old: int, *, count: int = MORE, from_above: bool = True) -> bool:
        """Show hidden lines of the gap that begins at this old line; returns whether there were any."""
        sections = self._of_file[file]
        first = bisect_left(sections, old, lo=1, key=lambda section: section.old)
        for index in range(first, len(sections)):
            if sections[index].old != old:
                break
            if sections[index].part is Part.GAP:
                sections[index : index + 1] = opened(sections[index], self.texts[file], count, from_above)
                self._arrange()
                return True
        return False

    def open_file(self, file: int) -> bool:
        """Show the whole file; returns whether anything was hidden."""
        sections = self._of_file[file]
        if all(section.part is not Part.GAP for section in sections):
            return False
        texts = self.texts[file]
        self._of_file[file] = [
            shown
            for section in sections
            for shown in (opened(section, texts, section.hidden, True) if section.part is Part.GAP else [section])
        ]
        self._arrange()
        return True

    def close_file(self, file: int) -> None:
        """Show a file as it was at first."""
        self._of_file[file] = first_sections(self.files[file], file, self.texts[file])
        self._arrange()

    def _arrange(self) -> None:
        self.sections = [Section.of(Block(Part.CHANGE, -1))]
        self._file_starts = []
        for number, sections in enumerate(self._of_file):
            self._file_starts.append(len(self.sections))
            self.sections += sections[:1] if number in self._folded else sections
        self._starts = list(accumulate([section.lines for section in self.sections], initial=0))
        self._gaps = [number for number, section in enumerate(self.sections) if section.part is Part.GAP]

    # Where one is.

    def line_at(self, spot: Spot) -> int:
        """How far down a spot is, in rows one under the other."""
        section, block = self.sections[spot.section], self.block(spot)
        return self._starts[spot.section] + section.starts[spot.block] + block.down(spot.row, self.split(block))

    def spot_at(self, line: int) -> Spot:
        """The spot that is so far down."""
        line = max(0, min(line, self.length - 1))
        number = bisect_right(self._starts, line) - 1
        section, down = self.sections[number], line - self._starts[number]
        within = section.block_down(down)
        block = section.blocks[within]
        return Spot(number, within, block.row_down(down - section.starts[within], self.split(block)))

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
        beyond = self._file_starts[file + 1] if file + 1 < len(self.files) else len(self.sections)
        # As in a section: one without a line on this side shares its start with the one behind it.
        behind = bisect_right(
            self.sections, line, lo=first + 1, hi=beyond, key=lambda section: section.start(side)
        )
        number = max(behind - 1, min(first + 1, beyond - 1))
        section = self.sections[number]
        within = section.block_with(side, line)
        block = section.blocks[within]
        return Spot(number, within, block.row_with(side, line, self.split(block)))

    # Where to go next.

    def hunk(self, spot: Spot, by: int) -> Spot | None:
        """The first changed row of the next hunk (`by` 1) or of the one before (-1); None where there is none."""
        here = spot.section
        for number in range(here + 1, len(self.sections)) if by > 0 else range(here - 1, -1, -1):
            block = self.sections[number].run()
            if block is not None:
                return Spot(number, block)
        return None

    def file_spot(self, file: int) -> Spot:
        """The head of a file."""
        return Spot(self._file_starts[file])

    def hunk_number(self, spot: Spot) -> tuple[int, int]:
        """Which hunk of its file a spot is at, from 1 (0: before the first), and how many there are."""
        block = self.block(spot)
        total = len(self.files[block.file].hunks) if block.file >= 0 else 0
        behind = block.part in (Part.RUN, Part.SAME)
        return max(0, min(block.hunk + behind, total)), total

    def lines(self) -> Iterator[tuple[int, Side, int, str]]:
        """Every line that is not hidden in a gap, folded files' too: file, side, number, text; context is new."""
        for sections in self._of_file:
            for section in sections:
                for side, number, text in section.texts():
                    yield section.file, side, number, text

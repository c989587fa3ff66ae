"""What a file's change consists of: runs of changed lines, context, gaps that can be opened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from operator import itemgetter

from mergecheck.packet.format import PacketHunk
from mergecheck.records import Side
from review_ui.diff.pairs import Pairing


class Part(StrEnum):
    """What a block is."""

    CHANGE = "change"
    """The head of it all, for comments on the whole change."""
    FILE = "file"
    GAP = "gap"
    """Lines that are not shown; its row stands for them."""
    SAME = "same"
    RUN = "run"
    NOTE = "note"
    """A sentence of ours: nothing is to be shown, and why."""


@dataclass(frozen=True)
class Block:
    """A stretch of rows of one kind.

    `old` and `new` are the numbers, from 1, of its first line on each side. `removed` are a run's old lines,
    `added` its new ones; context has its lines in both. A gap has none, but `hidden` lines. `hunk` is the number
    of its hunk in the file; `both`: that hunk takes lines away and adds some.
    """

    part: Part
    file: int
    old: int = 1
    new: int = 1
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    hidden: int = 0
    hunk: int = -1
    both: bool = False
    said: str = ""
    unended_old: bool = False
    unended_new: bool = False

    @cached_property
    def pairing(self) -> Pairing:
        """The rows of a run side by side; made row by row as they are looked at."""
        return Pairing(self.removed, self.added)

    @property
    def lines(self) -> int:
        """How many rows it has one under the other."""
        if self.part is Part.RUN:
            return len(self.removed) + len(self.added)
        return len(self.added) if self.part is Part.SAME else 1

    # Rows have numbers that grow from 0; side by side, a long run leaves numbers out.

    def last(self, split: bool) -> int:
        """The number of the last row."""
        return self.pairing.last if split and self.part is Part.RUN else self.lines - 1

    def after(self, row: int, split: bool) -> int | None:
        """The row below; None at the end."""
        if split and self.part is Part.RUN:
            return self.pairing.after(row)
        return row + 1 if row + 1 < self.lines else None

    def before(self, row: int, split: bool) -> int | None:
        """The row above; None at the beginning."""
        if split and self.part is Part.RUN:
            return self.pairing.before(row)
        return row - 1 if row else None

    def row_with(self, side: Side, line: int, split: bool) -> int:
        """The row of a line of this side, by its number; the nearest there is."""
        if self.part not in (Part.RUN, Part.SAME):
            return 0
        lines, first = (self.removed, self.old) if side is Side.OLD else (self.added, self.new)
        index = max(0, min(line - first, len(lines) - 1))
        if self.part is Part.SAME:
            return index
        if split:
            return self.pairing.row_with(int(side is Side.NEW), index) if lines else 0
        return index if side is Side.OLD else min(len(self.removed) + index, self.lines - 1)

    def down(self, row: int, split: bool) -> int:
        """How far down its block a row is, counted in rows one under the other: for a scroll bar."""
        if not split or self.part is not Part.RUN:
            return row
        old, new = self.pairing.pair(row)
        sides = [(old, self.removed), (new, self.added)]
        index, lines = max(((at, lines) for at, lines in sides if at is not None), key=lambda one: len(one[1]))
        return index * self.lines // len(lines)

    def row_down(self, down: int, split: bool) -> int:
        """The row that is so far down."""
        down = max(0, min(down, self.lines - 1))
        if not split or self.part is not Part.RUN:
            return down
        side = int(len(self.added) > len(self.removed))
        return self.pairing.row_with(side, down * len((self.removed, self.added)[side]) // self.lines)


@dataclass(frozen=True, slots=True)
class Row:
    """One row before it is broken. `old`, `new`: the numbers of its lines, None where a side has none.

    One under the other, a changed line stands alone on its side; side by side, `old_text` and `new_text` share
    the row. `partner` is the other side's line that it is compared with for its words.
    """

    part: Part
    file: int
    old: int | None = None
    new: int | None = None
    old_text: str = ""
    new_text: str = ""
    changed: bool = False
    split: bool = False
    partner: str | None = None
    hidden: int = 0
    hunk: int = -1
    said: str = ""
    unended: tuple[Side, ...] = ()

    @property
    def sign(self) -> str:
        """What stands before the line: `+`, `-` or a blank."""
        if not self.changed:
            return " "
        return "+" if self.old is None else "-"


def row_of(block: Block, index: int, split: bool) -> Row:
    """The row at this place of a block."""
    if block.part is Part.SAME:
        text = block.added[index]
        ends = _unended(block, index, index, len(block.added))
        numbers = (block.old + index, block.new + index)
        return Row(block.part, block.file, *numbers, text, text, split=split, hunk=block.hunk, unended=ends)
    if block.part is not Part.RUN:
        return Row(
            block.part, block.file, block.old, block.new, hidden=block.hidden, hunk=block.hunk, said=block.said
        )
    if split:
        old, new = block.pairing.pair(index)
        return _changed(block, old, new, split=True)
    if index < len(block.removed):
        return _changed(block, index, None, split=False)
    return _changed(block, None, index - len(block.removed), split=False)


def _changed(block: Block, old: int | None, new: int | None, *, split: bool) -> Row:
    return Row(
        Part.RUN,
        block.file,
        None if old is None else block.old + old,
        None if new is None else block.new + new,
        "" if old is None else block.removed[old],
        "" if new is None else block.added[new],
        changed=True,
        split=split,
        partner=None if split else _partner(block, old, new),
        hunk=block.hunk,
        unended=_unended(block, old, new, len(block.added)),
    )


def _partner(block: Block, old: int | None, new: int | None) -> str | None:
    """The line on the other side that a line is compared with."""
    if not block.removed or not block.added:
        return None
    if old is not None:
        other = block.pairing.partner(0, old)
        return None if other is None else block.added[other]
    assert new is not None
    other = block.pairing.partner(1, new)
    return None if other is None else block.removed[other]


def _unended(block: Block, old: int | None, new: int | None, added: int) -> tuple[Side, ...]:
    removed = added if block.part is Part.SAME else len(block.removed)
    sides = []
    if block.unended_old and old is not None and old == removed - 1:
        sides.append(Side.OLD)
    if block.unended_new and new is not None and new == added - 1:
        sides.append(Side.NEW)
    return tuple(sides)


def first_lines(hunk: PacketHunk) -> tuple[int, int]:
    """The numbers of a hunk's first old and new line; a side without lines is said to start at the line before."""
    return hunk.old_start + (hunk.old_count == 0), hunk.new_start + (hunk.new_count == 0)


def hunk_blocks(hunk: PacketHunk, file: int, number: int) -> list[Block]:
    """The blocks of one hunk, in order."""
    groups = [
        (sign, tuple([line[1:] for line in lines]))
        for sign, lines in groupby(hunk.lines, key=itemgetter(slice(0, 1)))
    ]
    signs = {sign for sign, _ in groups}
    collecting = _Collecting(hunk, file, number, both="+" in signs and "-" in signs)
    for sign, texts in groups:
        collecting.take(sign, texts)
    collecting.flush()
    return collecting.blocks


class _Collecting:
    def __init__(self, hunk: PacketHunk, file: int, number: int, *, both: bool) -> None:
        self.blocks: list[Block] = []
        self._file, self._hunk, self._both = file, number, both
        self._last = " "
        self._old, self._new = first_lines(hunk)
        self._removed: tuple[str, ...] = ()
        self._added: tuple[str, ...] = ()
        self._part = Part.SAME
        self._unended: set[Side] = set()

    def take(self, sign: str, texts: tuple[str, ...]) -> None:
        if sign == "\\":
            self._unended |= {Side.OLD} if self._last == "-" else {Side.NEW}
            self._unended |= {Side.OLD} if self._last == " " else set()
            return
        part = Part.RUN if sign in ("+", "-") else Part.SAME
        if part is not self._part or (sign == "-" and self._added):
            self.flush()
            self._part = part
        if sign != "+":
            self._removed += texts
        if sign != "-":
            self._added += texts
        self._last = sign

    def flush(self) -> None:
        """What was collected is a block; the next one begins behind it."""
        if not self._removed and not self._added:
            return
        self.blocks.append(
            Block(
                self._part,
                self._file,
                old=self._old,
                new=self._new,
                removed=self._removed,
                added=self._added,
                unended_old=Side.OLD in self._unended,
                unended_new=Side.NEW in self._unended,
                hunk=self._hunk,
                both=self._both,
            )
        )
        self._old += len(self._removed)
        self._new += len(self._added)
        self._removed, self._added, self._unended = (), (), set()

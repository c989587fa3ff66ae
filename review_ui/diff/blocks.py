"""What a file's change consists of: runs of changed lines, context, gaps that can be opened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from mergecheck.packet.format import PacketHunk
from mergecheck.records import Side
from review_ui.diff.words import Pair, align


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
    def pairs(self) -> tuple[Pair, ...]:
        """The rows of a run side by side."""
        if self.part is Part.SAME:
            return tuple((index, index) for index in range(len(self.added)))
        return align(self.removed, self.added)

    @cached_property
    def partners(self) -> tuple[dict[int, int], dict[int, int]]:
        """Old index → new index, and the other way round, of the rows that both sides share."""
        both = [(old, new) for old, new in self.pairs if old is not None and new is not None]
        return dict(both), {new: old for old, new in both}

    @property
    def lines(self) -> int:
        """How many rows it has one under the other."""
        if self.part is Part.RUN:
            return len(self.removed) + len(self.added)
        return len(self.added) if self.part is Part.SAME else 1

    def rows(self, split: bool) -> int:
        """How many rows it has."""
        return len(self.pairs) if split and self.part is Part.RUN else self.lines


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
        old, new = block.pairs[index]
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
        other = block.partners[0].get(old)
        return None if other is None else block.added[other]
    assert new is not None
    other = block.partners[1].get(new)
    return None if other is None else block.removed[other]


def _unended(block: Block, old: int | None, new: int | None, added: int) -> tuple[Side, ...]:
    removed = added if block.part is Part.SAME else len(block.removed)
    sides = []
    if block.unended_old and old is not None and old == removed - 1:
        sides.append(Side.OLD)
    if block.unended_new and new is not None and new == added - 1:
        sides.append(Side.NEW)
    return tuple(sides)


def hunk_blocks(hunk: PacketHunk, file: int, number: int) -> list[Block]:
    """The blocks of one hunk, in order."""
    signs = {line[:1] for line in hunk.lines}
    collecting = _Collecting(hunk, file, number, both="+" in signs and "-" in signs)
    for line in hunk.lines:
        collecting.take(line[:1], line[1:])
    collecting.flush()
    return collecting.blocks


class _Collecting:
    def __init__(self, hunk: PacketHunk, file: int, number: int, *, both: bool) -> None:
        self.blocks: list[Block] = []
        self._file, self._hunk, self._both = file, number, both
        self._last = " "
        # A side without lines starts at the line before.
        self._old = hunk.old_start + (hunk.old_count == 0)
        self._new = hunk.new_start + (hunk.new_count == 0)
        self._removed: list[str] = []
        self._added: list[str] = []
        self._part = Part.SAME
        self._unended: set[Side] = set()

    def take(self, sign: str, text: str) -> None:
        if sign == "\\":
            self._unended |= {Side.OLD} if self._last == "-" else {Side.NEW}
            self._unended |= {Side.OLD} if self._last == " " else set()
            return
        part = Part.RUN if sign in ("+", "-") else Part.SAME
        if part is not self._part or (sign == "-" and self._added):
            self.flush()
            self._part = part
        if sign != "+":
            self._removed.append(text)
        if sign != "-":
            self._added.append(text)
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
                removed=tuple(self._removed),
                added=tuple(self._added),
                unended_old=Side.OLD in self._unended,
                unended_new=Side.NEW in self._unended,
                hunk=self._hunk,
                both=self._both,
            )
        )
        self._old += len(self._removed)
        self._new += len(self._added)
        self._removed, self._added, self._unended = [], [], set()

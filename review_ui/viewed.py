"""Marks on files that were viewed: kept on this machine, under what was seen, and no answer."""

from __future__ import annotations

from mergecheck.packet.format import PacketFile
from review_ui.desk import Desk


def seen_as(file: PacketFile) -> str:
    """What stands for the file as it is now: a mark on another state of it does not hold."""
    return f"{file.old or ''} {file.new or ''} {file.old_mode or ''} {file.new_mode or ''}"


def viewed_files(desk: Desk, item: str) -> frozenset[int]:
    """The numbers, from 1, of the item's files that are marked as viewed as they stand."""
    marks = desk.viewed(item)
    files = desk.item(item).files
    return frozenset(number for number, file in enumerate(files, 1) if marks.get(file.path) == seen_as(file))


def turn_mark(desk: Desk, item: str, number: int) -> bool:
    """Mark the file of this number, from 1, or take its mark away; returns whether it is marked now.

    Raises:
        AnswersError: the disk is full or gone.
    """
    file = desk.item(item).files[number - 1]
    marks = desk.viewed(item)
    marked = marks.get(file.path) != seen_as(file)
    others = {path: mark for path, mark in marks.items() if path != file.path}
    desk.save_viewed(item, {**others, file.path: seen_as(file)} if marked else others)
    return marked

"""The changes that are measured, made up here, and the packets and plain texts that are made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mergecheck.packet.form import GUIDELINES, Form
from mergecheck.packet.format import Manifest
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Hunk, Kind

FIRST = "first_of_all"
"""Stands in the first changed line of every change, or in the first line of its first hunk where lines are higher
than a screen: who sees it can read the change."""
CONTEXT = 3


@dataclass(frozen=True)
class Shape:
    """A change: its old and new lines (as many of each), the places where they differ, and hunks of those."""

    name: str
    about: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    hunks: tuple[Hunk, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line of its diff."""
        return tuple(line for hunk in self.hunks for line in hunk.lines)


def _line(number: int) -> str:
    name = FIRST if number == CONTEXT + 1 else f"value_{number}"
    return f"    {name} = compute(width={number}, title='row {number}')  # of {number % 7}"


def _long_line(number: int) -> str:
    words = " ".join(f"word_{number}_{place}" for place in range(400))
    return f"    {FIRST if number == 1 else 'text'} = compute('{words}')".ljust(5_000, "x")


def _changed(line: str) -> str:
    return line.replace("compute(", "measure(")


def scattered(name: str, about: str, changes: int, every: int, line: Callable[[int], str] = _line) -> Shape:
    """One line in `every` is another one; where that leaves room, each is a hunk by itself."""
    old = [line(number) for number in range(changes * every + CONTEXT + 1)]
    places = range(CONTEXT + 1, len(old), every)
    new = list(old)
    for place in places:
        new[place] = _changed(old[place])
    return Shape(name, about, tuple(old), tuple(new), tuple(_hunks(old, new, places)))


def rewritten(name: str, about: str, changes: int) -> Shape:
    """Every line is another one: one hunk."""
    old = [_line(number) for number in range(CONTEXT + 1, changes + CONTEXT + 1)]
    new = [_changed(line) for line in old]
    lines = [f"-{line}" for line in old] + [f"+{line}" for line in new]
    return Shape(name, about, tuple(old), tuple(new), (Hunk(1, changes, 1, changes, tuple(lines)),))


def _hunks(old: list[str], new: list[str], places: range) -> list[Hunk]:
    groups: list[list[int]] = []
    for place in places:
        if groups and place - groups[-1][-1] <= 2 * CONTEXT:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [_hunk(old, new, group) for group in groups]


def _hunk(old: list[str], new: list[str], places: list[int]) -> Hunk:
    first, beyond = max(places[0] - CONTEXT, 0), min(places[-1] + CONTEXT + 1, len(old))
    lines: list[str] = []
    for number in range(first, beyond):
        if old[number] == new[number]:
            lines.append(f" {old[number]}")
        else:
            lines += [f"-{old[number]}", f"+{new[number]}"]
    return Hunk(first + 1, beyond - first, first + 1, beyond - first, tuple(lines))


def shapes() -> tuple[Shape, ...]:
    """All that are measured, the small one first."""
    return (
        scattered("small", "30 changed lines in 30 hunks", 30, 10),
        scattered("2,000", "2,000 changed lines in 2,000 hunks, of 20,000 lines", 2_000, 10),
        scattered("50,000", "6,250 changed lines in 6,250 hunks, of 62,500 lines", 6_250, 10),
        rewritten("50,000 in one", "50,000 changed lines in one hunk", 50_000),
        scattered("5,000 wide", "100 changed lines of 5,000 characters, of 200", 100, 2, _long_line),
        scattered("50,000 hunks", "50,000 changed lines in 50,000 hunks, of 500,000 lines", 50_000, 10),
    )


def write(shape: Shape, folder: Path) -> Path:
    """Write the shape's packet into a folder, and beside it what the peers show; returns the packet."""
    folder.mkdir(parents=True)
    texts = ["\n".join(side) + "\n" for side in (shape.old, shape.new)]
    file = FileChange(
        "src/measured.py",
        Kind.MODIFIED,
        old_text=texts[0],
        new_text=texts[1],
        old_digest="1",
        new_digest="2",
        hunks=shape.hunks,
    )
    item, blobs = make_item(
        Assignment("measured", "fox", "c", 1, 1, 1),
        Candidate("i", CanonicalChange("1", (file,))),
        "acme/measured",
        "# Widths are computed\n\nThey should be measured.\n",
    )
    manifest = Manifest(
        study_id="speed",
        study="Speed",
        reviewer="fox",
        round=1,
        rules="1",
        waves=1,
        form=Form(),
        guidelines=GUIDELINES,
        items=(),
    )
    path = folder / "speed.packet"
    write_packet(path, manifest, [item], blobs)
    for name, text in zip(("old.py", "new.py", "lines.txt"), (*texts, "\n".join(shape.lines) + "\n"), strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    return path

"""A small made-up packet: two instances, four candidates, texts with everything that has ever been awkward."""

import random
from pathlib import Path

import pytest

from mergecheck.packet.form import GUIDELINES, Form
from mergecheck.packet.format import Manifest, PacketItem
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Hunk, Kind

ISSUES = {
    "one": "Columns are too narrow\n\nThey run over.",
    "two": "Größe falsch — naïve rounding\r\n\x1b[31mred\x1b[0m",
}


def manifest(**changes) -> Manifest:
    page = Manifest(
        study_id="study-1",
        study="Tables",
        reviewer="fox",
        round=1,
        rules="1",
        waves=2,
        form=Form(),
        guidelines=GUIDELINES,
        items=(),
    )
    return page.model_copy(update=changes)


def candidate(instance: str, variant: int) -> Candidate:
    modified = FileChange(
        "src/table.py",
        Kind.MODIFIED,
        old_text="a\nb\n",
        new_text=f"a\nb{variant}\n",
        old_digest="0",
        new_digest=str(variant),
        hunks=(Hunk(1, 2, 1, 2, (" a", "-b", f"+b{variant}")),),
    )
    added = FileChange(
        "src/ünïcode \x1b.py",
        Kind.ADDED,
        new_text="no newline\udcff",
        new_digest="n",
        hunks=(Hunk(0, 0, 1, 1, ("+no newline\udcff", "\\")),),
    )
    binary = FileChange("logo.png", Kind.DELETED, binary=True, old_digest="l")
    return Candidate(instance, CanonicalChange("1", (modified, added, binary)))


def contents() -> tuple[list[PacketItem], dict[str, str]]:
    items, texts = [], {}
    for position, (instance, variant) in enumerate([("one", 1), ("two", 1), ("one", 2), ("two", 2)], start=1):
        assignment = Assignment(f"blind-{position}", "fox", "c", 1, 1 + position // 3, position)
        item, more = make_item(assignment, candidate(instance, variant), "acme/tables", ISSUES[instance])
        items.append(item)
        texts |= more
    return items, texts


@pytest.fixture
def make_packet(tmp_path: Path):
    """Writes the packet under a name; `shuffle` seeds the order that items and texts come in."""

    def make(name: str = "fox.zip", *, shuffle: int | None = None, **changes) -> Path:
        items, texts = contents()
        if shuffle is not None:
            random.Random(shuffle).shuffle(items)
            keys = list(texts)
            random.Random(shuffle).shuffle(keys)
            texts = {key: texts[key] for key in keys}
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_packet(path, manifest(**changes), items, texts)
        return path

    return make


@pytest.fixture
def packet_contents():
    """Manifest without items, items, and texts, as `write_packet` takes them."""
    return (manifest(), *contents())

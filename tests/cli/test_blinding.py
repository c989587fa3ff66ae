"""Invariant 1 through the commands: whatever is done to who made what, every packet is the same to the byte."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

Made = dict[str, tuple[str, bool]]
"""Instance → patch, and whether the grader passed it."""


def attempts_of(shell: Any, name: str) -> Made:
    resolved = set(json.loads((shell.study / name / "summary.json").read_text())["resolved_ids"])
    rows = map(json.loads, (shell.study / name / "all_preds.jsonl").read_text().splitlines())
    return {row["instance_id"]: (row["model_patch"], row["instance_id"] in resolved) for row in rows}


def packets(shell: Any) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (shell.study / "packets").glob("*.packet")}


@pytest.fixture
def first(shell: Any) -> Any:
    """The study with both ways of showing a change twice, its packets written."""
    file = shell.study / "study.toml"
    file.write_text("overlap = 0.4\nrepeats = 0.3\n" + file.read_text())
    shell.run("pull")
    shell.run("assign")
    return shell


@pytest.fixture
def again(first: Any, add_submission: Any) -> Any:
    """Draws the same study anew, under the same key, with these submissions; returns its packets."""
    head = (first.study / "study.toml").read_text().split("[[submissions]]")[0]

    def draw(submissions: dict[str, Made]) -> dict[str, bytes]:
        for path in (first.study / "packets").glob("*.packet"):
            path.unlink()
        for path in first.study.glob("study.db*"):
            path.unlink()
        (first.study / "study.toml").write_text(head)
        for year, (name, made) in enumerate(submissions.items(), start=2020):
            resolved = {int(instance.rpartition("-")[2]) for instance, (_, passed) in made.items() if passed}
            patches = {instance: patch for instance, (patch, _) in made.items()}
            add_submission(first, name, patches, resolved, f"{year}-05-01")
        first.run("pull")
        first.run("assign")
        return packets(first)

    return draw


@pytest.mark.parametrize("seed", range(3))
def test_exchanged_renamed_reordered_and_added_to_every_packet_is_the_same_to_the_byte(first, again, seed):
    before = packets(first)
    assert len(before) == 2
    chance = random.Random(seed)
    brook, otter = attempts_of(first, "brook"), attempts_of(first, "otter")
    one: Made = {}
    other: Made = {}
    for instance in chance.sample(sorted(brook), len(brook)):
        one[instance], other[instance] = chance.sample([brook[instance], otter[instance]], 2)
    # Only what passed is drawn: a copy of it brings no new candidate.
    passed = [(i, made[i]) for made in (one, other) for i in made if made[i][1]]
    copycat = dict(chance.sample(passed, len(passed)))
    renamed = chance.sample([("zebra", one), ("aardvark", other), ("mockingbird", copycat)], 3)
    assert again(dict(renamed)) == before


def test_what_is_compared_has_base_trees_and_a_change_in_it_shows(first, again):
    """The property above would not hold of packets in which anything followed the changes' makers."""
    before = packets(first)
    for raw in before.values():
        assert raw
    for path in sorted((first.study / "packets").glob("*.packet")):
        with zipfile.ZipFile(path) as archive:
            assert json.loads(archive.read("manifest.json"))["format"] == 3
            assert any(name.startswith("trees/") for name in archive.namelist())
            items = [json.loads(archive.read(name)) for name in archive.namelist() if name.startswith("items/")]
        assert all(item["tree"] for item in items)
        assert told_of_nobody(path)
    brook, otter = attempts_of(first, "brook"), attempts_of(first, "otter")
    fewer = {instance: made for instance, made in otter.items() if instance != "o__lib-2"}
    assert again({"brook": brook, "otter": fewer}) != before


def told_of_nobody(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        whole = b"".join(archive.read(name) + name.encode() for name in archive.namelist()).lower()
    return not any(word in whole for word in (b"brook", b"otter", b"golden", b"o__lib"))

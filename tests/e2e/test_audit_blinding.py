"""Each of the twelve leaks, planted in a packet of a real study: found, and placed; the clean twin passes.

What is planted is written as somebody would who goes round this program: packets here are made again by hand.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mergecheck.assign.audit import Leak
from mergecheck.assign.audit.later import WHAT
from mergecheck.store.database import Database
from mergecheck.store.rounds import load_assignments

EPOCH = (1980, 1, 1, 0, 0, 0)
READ_ONLY = 0o100444 << 16


@dataclass
class Rogue:
    """A packet that can be changed in any way and written again, and what the study knows of it."""

    path: Path
    study: Any
    entries: dict[str, bytes]
    instances: dict[str, str]
    """Blind id → instance."""
    golden: set[str]
    """Blind ids of golden changes."""
    times: dict[str, tuple[int, int, int, int, int, int]] = field(default_factory=dict)

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads(self.entries["manifest.json"])

    def item(self, number: int = 1) -> dict[str, Any]:
        return json.loads(self.entries[f"items/{self.manifest['items'][number - 1]}.json"])

    def set_item(self, item: dict[str, Any]) -> None:
        self.entries[f"items/{item['id']}.json"] = json.dumps(item).encode()

    def blob(self, text: str) -> str:
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.entries[f"blobs/{digest}"] = text.encode()
        return digest

    def text(self, digest: str) -> str:
        return self.entries[f"blobs/{digest}"].decode()

    def add_file(self, number: int, path: str, text: str) -> None:
        item = self.item(number)
        lines = text.splitlines()
        hunk = {"old_start": 0, "old_count": 0, "new_start": 1, "new_count": len(lines)}
        hunk["lines"] = [f"+{line}" for line in lines]
        file = {"path": path, "kind": "added", "new": self.blob(text), "new_mode": "100644", "hunks": [hunk]}
        self.set_item(item | {"files": [*item["files"], file]})

    def add_to_issue(self, number: int, line: str) -> None:
        """Everybody's item of that instance gets it."""
        issue = self.item(number)["issue"]
        text = self.text(issue).rstrip("\n") + f"\n{line}\n"
        for name in self.manifest["items"]:
            item = json.loads(self.entries[f"items/{name}.json"])
            if item["issue"] == issue:
                self.set_item(item | {"issue": self.blob(text)})
        del self.entries[f"blobs/{issue}"]

    def reorder(self, names: list[str]) -> None:
        """Show the items in this order; waves stay where they were."""
        waves = [json.loads(self.entries[f"items/{name}.json"])["wave"] for name in self.manifest["items"]]
        self.entries["manifest.json"] = json.dumps(self.manifest | {"items": names}).encode()
        for position, (name, wave) in enumerate(zip(names, waves, strict=True), start=1):
            item = json.loads(self.entries[f"items/{name}.json"])
            self.set_item(item | {"position": position, "wave": wave})

    def write(self, path: Path | None = None) -> None:
        self.path.unlink()
        self.path = path or self.path
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, raw in self.entries.items():
                info = zipfile.ZipInfo(name, self.times.get(name, EPOCH))
                info.create_system, info.external_attr = 3, READ_ONLY
                archive.writestr(info, raw, zipfile.ZIP_DEFLATED)


def rogues(study: Any) -> list[Rogue]:
    import sqlite3

    with sqlite3.connect(study.study / "study.db") as connection:
        rows = connection.execute(
            "SELECT a.id, c.instance,"
            " (SELECT count(*) FROM attempts WHERE candidate = c.id AND submission = 'golden')"
            " FROM assignments a JOIN candidates c ON c.id = a.candidate"
        ).fetchall()
    connection.close()
    found = []
    for path in sorted((study.study / "packets").glob("*.packet")):
        with zipfile.ZipFile(path) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        found.append(
            Rogue(path, study, entries, {row[0]: row[1] for row in rows}, {row[0] for row in rows if row[2]})
        )
    return found


def number_of(rogue: Rogue, number: int = 1) -> str:
    return rogue.instances[rogue.item(number)["id"]].rpartition("-")[2]


def instance_in_issue(rogue: Rogue) -> str:
    rogue.add_to_issue(1, f"See {rogue.instances[rogue.item()['id']]}.")
    return f"issue:{len(rogue.text(rogue.item()['issue']).splitlines())}"


def number_in_path(rogue: Rogue) -> str:
    path = f"src/tidemark/notes_{number_of(rogue)}.py"
    rogue.add_file(1, path, "x = 1\n")
    return path if len(number_of(rogue)) >= 3 else ""


def instance_as_item_id(rogue: Rogue) -> str:
    item = rogue.item()
    name = rogue.instances[item["id"]]
    del rogue.entries[f"items/{item['id']}.json"]
    items = [name if one == item["id"] else one for one in rogue.manifest["items"]]
    rogue.entries["manifest.json"] = json.dumps(rogue.manifest | {"items": items}).encode()
    rogue.set_item(item | {"id": name})
    return f"{rogue.path.name}: entry items/{name}.json"


def model_in_comment(rogue: Rogue) -> str:
    rogue.add_file(2, "src/tidemark/extra.py", "x = 1\n# as Otter 2 would have it\n")
    return "src/tidemark/extra.py:2"


def well_known_model(rogue: Rogue) -> str:
    rogue.add_file(2, "src/tidemark/extra.py", "# Claude: handle None\n")
    return "src/tidemark/extra.py:1"


def model_in_path(rogue: Rogue) -> str:
    rogue.add_file(3, "src/tidemark/fix_by_lantern.py", "x = 1\n")
    return "src/tidemark/fix_by_lantern.py"


def submission_in_title(rogue: Rogue) -> str:
    rogue.entries["manifest.json"] = json.dumps(rogue.manifest | {"study": "Checks of 2025-otter"}).encode()
    return f"{rogue.path.name}: manifest.json, study:1"


def author_in_comment(rogue: Rogue) -> str:
    rogue.add_file(2, "src/tidemark/extra.py", "x = 1\n\n# Author: J. Doe\n")
    return "src/tidemark/extra.py:3"


def packet_of_a_model(rogue: Rogue) -> str:
    rogue.write(rogue.path.with_name("round1-heron-3.packet"))
    return "file round1-heron-3.packet"


def git_in_packet(rogue: Rogue) -> str:
    rogue.entries[".git/HEAD"] = b"ref: refs/heads/main\n"
    return f"{rogue.path.name}: entry .git/HEAD"


def reflog_line(rogue: Rogue) -> str:
    line = f"{'a1' * 20} {'b2' * 20} A Person <a@example.org> 1700000000 +0000\tcommit: fix"
    rogue.add_file(1, "src/tidemark/log.txt", f"x\n{line}\n")
    return "src/tidemark/log.txt:2"


def scratch_file(rogue: Rogue) -> str:
    rogue.add_file(4, "reproduce_issue.py", "print(1)\n")
    return "reproduce_issue.py"


def scratch_at_root(rogue: Rogue) -> str:
    rogue.add_file(4, "notes/plan.txt", "first\n")
    return "notes/plan.txt"


def test_file(rogue: Rogue) -> str:
    rogue.add_file(5, "tests/test_more.py", "def test():\n    pass\n")
    return "tests/test_more.py"


test_file.__test__ = False


def less_context(rogue: Rogue) -> str:
    for number in range(1, len(rogue.manifest["items"]) + 1):
        item = rogue.item(number)
        for file in item["files"]:
            for at, hunk in enumerate(file["hunks"], start=1):
                if hunk["lines"][0].startswith(" "):
                    hunk["lines"].pop(0)
                    hunk |= {key: hunk[key] + 1 for key in ("old_start", "new_start")}
                    hunk |= {key: hunk[key] - 1 for key in ("old_count", "new_count")}
                    rogue.set_item(item)
                    return f"{file['path']}, hunk {at}"
    raise AssertionError


def header_line(rogue: Rogue) -> str:
    item = rogue.item()
    item["files"][0]["hunks"][0]["lines"].insert(0, "index 3f2a91c..0de7712 100644")
    rogue.set_item(item)
    return f"{item['files'][0]['path']}, hunk 1"


def another_way_of_comparing(rogue: Rogue) -> str:
    """A hunk that turns the old text into the new one and is not as our diff would have it."""
    old = "".join(f"{line}\n" for line in "abcdefgh")
    new = old.replace("d\n", "d\nd\n")
    hunk = {"old_start": 1, "old_count": 6, "new_start": 1, "new_count": 7}
    lines = [" a", " b", " c", "+d", " d", " e", " f"]
    item = rogue.item()
    file = {"path": "src/tidemark/zz.py", "kind": "modified", "old": rogue.blob(old), "new": rogue.blob(new)}
    rogue.set_item(item | {"files": [*item["files"], file | {"hunks": [hunk | {"lines": lines}]}]})
    return "src/tidemark/zz.py, hunk 1"


def link_in_issue(rogue: Rogue) -> str:
    rogue.add_to_issue(1, f"Fixed by https://github.com/harbour/tidemark/pull/{number_of(rogue)} since.")
    return f"issue:{len(rogue.text(rogue.item()['issue']).splitlines())}"


def link_in_code(rogue: Rogue) -> str:
    rogue.add_file(1, "src/tidemark/extra.py", f"x = 1  # see #{number_of(rogue)}\n")
    return "src/tidemark/extra.py:1"


def twice_in_a_row(rogue: Rogue) -> str:
    names = list(rogue.manifest["items"])
    of = rogue.instances
    first = next(name for name in names if sum(of[one] == of[name] for one in names) > 1)
    other = next(name for name in reversed(names) if rogue.instances[name] == rogue.instances[first])
    names.remove(other)
    at = names.index(first)
    rogue.reorder([*names[: at + 1], other, *names[at + 1 :]])
    return f"{rogue.path.name}: items {at + 1} and {at + 2}"


def golden_first(rogue: Rogue) -> str:
    for one in rogues(rogue.study):
        names = list(one.manifest["items"])
        one.reorder([*(n for n in names if n in one.golden), *(n for n in names if n not in one.golden)])
        one.write()
    rogue.path = Path()
    return "positions, golden"


def golden_first_in_zip(rogue: Rogue) -> str:
    for one in rogues(rogue.study):
        names = sorted(one.manifest["items"], key=lambda name: name not in one.golden)
        one.entries = {f"items/{name}.json": one.entries[f"items/{name}.json"] for name in names} | one.entries
        one.write()
    rogue.path = Path()
    return "entries of the ZIP, golden"


def time_in_zip(rogue: Rogue) -> str:
    name = f"items/{rogue.manifest['items'][2]}.json"
    rogue.times[name] = (2025, 4, 1, 9, 30, 0)
    return f"{rogue.path.name}: entry {name}"


def conflict(rogue: Rogue) -> str:
    from datetime import UTC, datetime

    from mergecheck.sources.github_record import PullRequest
    from mergecheck.store.pull_requests import save_pull_request

    folder = rogue.study.study
    reviewers = folder / "reviewers.toml"
    reviewers.write_text(reviewers.read_text().replace('id = "ada"', 'id = "ada"\ngithub = "octo-ada"'))
    at = datetime(2024, 1, 1, tzinfo=UTC)
    instance = rogue.instances[rogue.item()["id"]]
    pull = PullRequest(
        instance, "harbour/tidemark", int(number_of(rogue)), "u", "t", "Octo-Ada", (), (), (), (), (), (), None,
        at, None, at, at, (), (),
    )  # fmt: skip
    with Database.open(folder / "study.db").writing() as connection:
        save_pull_request(connection, pull)
    return f"{rogue.path.name}: item 1"


def grade_of_item(rogue: Rogue) -> str:
    rogue.set_item(rogue.item(2) | {"resolved": True})
    return f"{rogue.path.name}: item 2, resolved"


def report_in_packet(rogue: Rogue) -> str:
    rogue.entries["logs/report.json"] = b'{"FAIL_TO_PASS": {}}'
    return f"{rogue.path.name}: entry logs/report.json"


def grader_s_words(rogue: Rogue) -> str:
    rogue.add_to_issue(2, "PASS_TO_PASS: 12 of 12")
    return f"issue:{len(rogue.text(rogue.item(2)['issue']).splitlines())}"


PLANTED: list[tuple[Leak, Callable[[Rogue], str]]] = [
    (Leak.INSTANCE, instance_in_issue),
    (Leak.INSTANCE, instance_as_item_id),
    (Leak.NAMES, model_in_comment),
    (Leak.NAMES, well_known_model),
    (Leak.NAMES, model_in_path),
    (Leak.NAMES, submission_in_title),
    (Leak.NAMES, author_in_comment),
    (Leak.FILE_NAMES, packet_of_a_model),
    (Leak.HISTORY, git_in_packet),
    (Leak.HISTORY, reflog_line),
    (Leak.SCRATCH, scratch_file),
    (Leak.SCRATCH, scratch_at_root),
    (Leak.TESTS, test_file),
    (Leak.DIALECT, less_context),
    (Leak.DIALECT, header_line),
    (Leak.DIALECT, another_way_of_comparing),
    (Leak.LINKS, link_in_issue),
    (Leak.LINKS, link_in_code),
    (Leak.TOO_NEAR, twice_in_a_row),
    (Leak.ORDER, golden_first),
    (Leak.ORDER, golden_first_in_zip),
    (Leak.ORDER, time_in_zip),
    (Leak.REMEMBERED, conflict),
    (Leak.RESULTS, grade_of_item),
    (Leak.RESULTS, report_in_packet),
    (Leak.RESULTS, grader_s_words),
]
DETECTORS = {
    Leak.INSTANCE: "find_numbers",
    Leak.NAMES: "find_names",
    Leak.FILE_NAMES: "find_file_names",
    Leak.HISTORY: "find_history",
    Leak.SCRATCH: "find_scratch",
    Leak.TESTS: "find_tests",
    Leak.DIALECT: "find_dialect",
    Leak.LINKS: "find_links",
    Leak.TOO_NEAR: "find_too_near",
    Leak.ORDER: "find_order",
    Leak.REMEMBERED: "find_remembered",
    Leak.RESULTS: "find_results",
}
IDS = [f"{int(leak)}-{plant.__name__}" for leak, plant in PLANTED]


def planted(study: Any, plant: Callable[[Rogue], str]) -> str:
    rogue = next(one for one in rogues(study) if "ada" in one.path.name)
    place = plant(rogue)
    if rogue.path.is_file():
        rogue.write()
    return place


def test_the_clean_twin_passes_and_every_check_says_what_it_looked_at(study):
    found = study.json("audit", "blinding")
    # The sample's instances follow one another in one repository: later base trees hold earlier fixes.
    assert {(one["leak"], one["severity"], one["what"]) for one in found["findings"]} == {(4, "note", WHAT)}
    assert found["unresolved"] == 0
    assert [check["leak"] for check in found["checks"]] == list(range(1, 13))
    assert all(any(letter.isdigit() for letter in check["looked_at"]) for check in found["checks"])
    # Nobody has fetched pull requests, and that does not pass in silence.
    assert "pull --github" in next(one["not_looked_at"] for one in found["checks"] if one["leak"] == 11)


@pytest.mark.parametrize(("leak", "plant"), PLANTED, ids=IDS)
def test_a_planted_leak_is_found_and_placed_and_not_without_its_detector(study, leak, plant, monkeypatch):
    """What is found is found by the detector of that leak, and not because anything at all was changed."""
    place = planted(study, plant)
    found = json.loads(study.run("audit", "blinding", "--json", code=1).stdout)
    mine = [one for one in found["findings"] if one["leak"] == leak and one["severity"] == "leak"]
    assert place in [one["place"] for one in mine]
    there = next(one for one in mine if one["place"] == place)
    assert leak is Leak.ORDER or all(shown["packet"] for shown in there["shown"])
    assert there["decision"] is None
    monkeypatch.setattr(f"mergecheck.assign.audit.{DETECTORS[leak]}", lambda *_: ())
    # What is put in another order may come too near, as the seal has it; a reflog has an address as well.
    code = None if plant is golden_first else int(plant is reflog_line)
    done = study.run("audit", "blinding", "--json", code=code)
    left = [one for one in json.loads(done.stdout)["findings"] if one["leak"] == leak and one["what"] != WHAT]
    assert left == []


def test_findings_are_printed_with_their_ids_once(study):
    for _, plant in PLANTED[:2]:
        planted(study, plant)
    found = json.loads(study.run("audit", "blinding", "--json", code=1).stdout)["findings"]
    said = study.run("audit", "blinding", code=1).stdout
    assert len(found) >= 2
    assert [said.count(one["id"]) for one in found] == [1] * len(found)


def test_a_packet_that_cannot_be_read_is_no_pass(study):
    packet = next((study.study / "packets").glob("*.packet"))
    packet.chmod(0o644)
    packet.write_bytes(packet.read_bytes()[:500])
    assert "cannot be audited" in study.run("audit", "blinding", code=1).stderr


def test_assignments_of_the_study_are_what_the_packets_hold(study):
    """The fixture itself: what is planted in stands for what the study assigned."""
    with Database.open(study.study / "study.db").reading() as connection:
        ids = {one.id for one in load_assignments(connection)}
    assert {name for one in rogues(study) for name in one.manifest["items"]} == ids

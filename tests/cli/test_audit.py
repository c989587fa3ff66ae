"""Decisions about leaks: redact, drop, accept; logged, applied to later packets only, carried to the report."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from mergecheck.assign.audit.redaction import MARK
from mergecheck.store.database import Database, journal_entries

COMMENT = "  # Claude says so"


def packets(shell) -> list[Path]:
    return sorted((shell.study / "packets").glob("*.packet"))


def everything(packet: Path) -> str:
    with zipfile.ZipFile(packet) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


def findings(shell, *arguments: str, code: int = 1) -> list[dict]:
    return json.loads(shell.run("audit", "blinding", "--json", *arguments, code=code).stdout)["findings"]


@pytest.fixture
def leaky(shell):
    """The agent `brook` signs what it does for the issues 1, 3 and 5; `otter` wrote the same for 1 before."""
    preds = shell.study / "brook" / "all_preds.jsonl"
    preds.write_text(preds.read_text().replace("return 1 + x", f"return 1 + x{COMMENT}"))
    shell.run("pull")
    return shell


def test_what_the_next_round_would_hand_out_is_looked_at_before_there_is_a_packet(leaky):
    assert "--before" in leaky.run("audit", "blinding", code=1).stderr
    found = findings(leaky, "--before")
    assert [(one["leak"], one["instance"], one["place"], one["literal"]) for one in found] == [
        (2, f"o__lib-{n}", f"lib/m{n}.py:2", "Claude") for n in (1, 3, 5)
    ]
    assert all(one["excerpt"] == f"return 1 + x{COMMENT}" and len(one["candidates"]) == 1 for one in found)
    before = leaky.json("status")
    assert findings(leaky, "--before") == found
    assert leaky.json("status") == before


def test_redacted_before_the_round_it_is_in_no_packet_and_marked_alike(leaky):
    found = findings(leaky, "--before")
    named = [part for one in found for part in ("--redact", one["id"])]
    leaky.run("audit", "blinding", "--before", *named, "--why", "it is named")
    assert findings(leaky, "--before", code=0) == []
    with Database.open(leaky.study / "study.db").reading() as connection:
        said = [what for _, command, what in journal_entries(connection) if command == "audit"]
    assert len(said) == 3
    assert all(
        f"redact {one['id']}" in what and "it is named" in what for one, what in zip(found, said, strict=True)
    )
    leaky.run("assign")
    together = "".join(everything(packet) for packet in packets(leaky))
    assert "Claude" not in together
    assert f"# {MARK} says so" in together
    # The hunks are our own diff of the texts as they are shown.
    assert findings(leaky, code=0) == []


def test_redacted_once_a_packet_is_out_concerns_later_ones_and_a_reissue_shows_it(leaky):
    leaky.run("assign")
    one = next(one for one in findings(leaky) if one["instance"] == "o__lib-3")
    before = [packet.read_bytes() for packet in packets(leaky)]
    done = leaky.run("audit", "blinding", "--redact", one["id"], "--why", "named", code=1)
    assert "redacted in every packet of round 2 and later: named" in done.stdout
    assert "amend ITEM --reissue" in done.stderr
    assert [packet.read_bytes() for packet in packets(leaky)] == before
    leaky.run("amend", one["shown"][0]["item"], "--reissue", "--why", "without the name")
    leaky.run("assign")
    old, new = before, [packet for packet in packets(leaky) if "round2" in packet.name]
    assert len(new) == 1
    assert "Claude" not in everything(new[0])
    assert MARK in everything(new[0])
    packets(leaky)[0].unlink()
    leaky.run("assign")
    assert [packet.read_bytes() for packet in packets(leaky) if "round1" in packet.name] == old


def test_a_dropped_instance_is_withdrawn_for_everybody_and_what_comes_later_too(leaky):
    one = next(one for one in findings(leaky, "--before") if one["instance"] == "o__lib-5")
    leaky.run("audit", "blinding", "--before", "--drop", one["id"], "--why", "too plain", code=1)
    assert "o__lib-5" not in {other["instance"] for other in findings(leaky, "--before")}
    preds = leaky.study / "otter" / "all_preds.jsonl"
    preds.write_text(preds.read_text().replace("return 0", "return 2 + x"))
    leaky.run("pull")
    leaky.run("assign")
    for packet in packets(leaky):
        assert "m5.py" not in "".join(line for line in everything(packet).splitlines() if '"path"' in line)


def test_accepted_leaks_are_carried_to_the_report(leaky):
    leaky.run("assign")
    found = findings(leaky)
    arguments = [part for one in found for part in ("--accept", one["id"])]
    leaky.run("audit", "blinding", *arguments, "--why", "everybody knows")
    assert all(one["decision"]["what"] == "accept" for one in findings(leaky, code=0))
    leaky.run("simulate", "--accept", "golden=0.9", "--accept", "brook=0.9")
    returned = [str(path) for path in sorted((leaky.study / "packets").glob("*.answers.jsonl"))]
    leaky.run("collect", *returned)
    leaky.run("close")
    without = leaky.json("report")["without_leaks"]
    assert without["candidates"] == 3
    assert without["reviews"] == sum(len(one["shown"]) for one in found)
    assert {one["submission"] for one in without["relative_merge_rates"]} == {"brook", "otter"}
    brook = next(one for one in without["relative_merge_rates"] if one["submission"] == "brook")
    # All that brook solved is among them.
    assert brook["whole"]["estimate"] is not None
    assert brook["left"]["estimate"] is None
    printed = leaky.run("report").stdout
    assert "Without the 3 candidates whose leak was accepted" in printed


def test_a_study_without_leaks_has_no_such_part_in_its_report(shell):
    shell.run("pull")
    shell.run("assign")
    assert "before you hand them out" not in shell.run("report", "--unblind").stdout.lower()
    assert shell.json("report", "--unblind")["without_leaks"] is None


def test_assign_says_when_the_best_moment_is(shell):
    shell.run("pull")
    assert "mergecheck audit blinding" in shell.run("assign").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--redact", "0123456789", "--why", "x"), 1, "there is no finding 0123456789"),
        (("--redact", "0123456789"), 2, "--why"),
        (("--before", "some.packet"), 2, "--before"),
    ],
)
def test_what_cannot_be_done_is_refused(leaky, arguments, code, said):
    leaky.run("assign")
    assert said in leaky.run("audit", "blinding", *arguments, code=code).stderr

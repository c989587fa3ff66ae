"""What goes wrong around a review, in both fronts: a clear message, nothing lost, a code where it did not go on.

Disks are real ones: a small or read-only file system, mounted by the process under test in a namespace of its own.
"""

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.outcome import fold
from mergecheck.records import Decision, Front, Verdict
from review_ui.desk import Desk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
fronts = pytest.mark.parametrize("option", ["--plain", ""], ids=["plain", "full_screen"])
SKIP = Verdict(Decision.SKIP, skip_reason="cannot_judge", comment="said before")
APART = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
uid, gid = os.getuid(), os.getgid()
def must(code):
    if code:
        raise OSError(ctypes.get_errno(), "cannot be mounted")
must(libc.unshare(0x10020000))
for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
    with open(f"/proc/self/{name}", "w") as handle:
        handle.write(text)
must(libc.mount(b"none", b"/", None, 0x44000, None))
"""
READ_ONLY = """
must(libc.mount(FOLDER, FOLDER, None, 0x1000, None))
must(libc.mount(None, FOLDER, None, 0x1021, None))
"""
SMALL = """
import shutil
there = os.fsdecode(FOLDER)
shutil.copytree(there, there + ".kept")
must(libc.mount(b"tmpfs", FOLDER, b"tmpfs", 0, b"size=512k"))
shutil.copytree(there + ".kept", there, dirs_exist_ok=True)
"""


def answers_of(packet: Path) -> Path:
    return packet.with_name("fox.answers.jsonl")


@pytest.fixture
def mounted():
    """`mounted(packet, how)`: what makes the packet's folder another file system before the program starts."""
    done = subprocess.run([sys.executable, "-c", APART], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()[-100:]}")
    return lambda packet, how: f"{APART}\nFOLDER = {os.fsencode(packet.parent)!r}\n{how}"


@pytest.fixture
def refused(talk, tmp_path):
    """`refused(packet, option)`: what is said of a start that does not go on."""

    def start(packet, option, prelude="") -> str:
        options = [option] if option else []
        said, code = talk(packet, *options, pty=True, prelude=prelude, XDG_CONFIG_HOME=tmp_path / "config").end()
        assert code == 1, said
        assert "Traceback" not in said
        return "".join(said.split("\n"))

    return start


@pytest.fixture
def begun(make_packet):
    """A packet with one answer, in a folder of its own."""
    packet = make_packet(name="here/fox.zip")
    with Desk.open(packet, front=Front.PLAIN) as desk:
        desk.show("blind-1")
        desk.verdict("blind-1", SKIP)
        desk.leave()
    return packet


def test_what_is_shown_as_saved_was_synced_after_its_last_byte(begun, monkeypatch):
    """A power cut cannot be made here, so what the system is asked for is looked at, in its order."""
    asked = []
    write, sync = os.write, os.fsync
    monkeypatch.setattr(os, "write", lambda descriptor, data: asked.append("write") or write(descriptor, data))
    monkeypatch.setattr(os, "fsync", lambda descriptor: asked.append("sync") or sync(descriptor))
    with Desk.open(begun, front=Front.PLAIN) as desk:
        for done in (
            lambda: desk.show("blind-2"),
            lambda: desk.comment("blind-2", "so it is"),
            lambda: desk.verdict("blind-2", SKIP),
            desk.undo,
            desk.pause,
            desk.leave,
        ):
            asked.clear()
            done()
            assert "write" in asked
            assert asked[-1] == "sync"


@fronts
def test_a_read_only_folder(begun, refused, mounted, option):
    before = answers_of(begun).read_bytes()
    said = refused(begun, option, mounted(begun, READ_ONLY))
    assert "answers cannot be written here (Read-only file system)" in said
    assert "copy the packet to a folder that you may write to" in said
    assert answers_of(begun).read_bytes() == before


@fronts
def test_a_packet_that_is_open_says_who_has_it(begun, refused, option):
    with Desk.open(begun, front=Front.FULL_SCREEN) as desk:
        desk.show("blind-2")
        before = answers_of(begun).read_bytes()
        said = refused(begun, option)
        assert "a review of this packet, full-screen, since 20" in said
        assert "close the other review" in said
        assert answers_of(begun).read_bytes() == before
        desk.verdict("blind-2", SKIP)
        desk.leave()
    assert fold(read_answers(answers_of(begun)).events)["blind-2"].final is not None


@fronts
@pytest.mark.parametrize("keep", [0.5, 0.98])
def test_a_truncated_packet(begun, refused, option, keep):
    before = answers_of(begun).read_bytes()
    raw = begun.read_bytes()
    begun.chmod(0o644)
    begun.write_bytes(raw[: int(len(raw) * keep)])
    said = refused(begun, option)
    assert "this is not a packet, or it is truncated" in said
    assert "ask whoever sent it" in said
    assert answers_of(begun).read_bytes() == before


@fronts
def test_a_packet_of_a_newer_version(begun, refused, option):
    before = answers_of(begun).read_bytes()
    newer = begun.with_name("newer.zip")
    with zipfile.ZipFile(begun) as old, zipfile.ZipFile(newer, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "manifest.json":
                data = json.dumps({**json.loads(data), "format": 99, "later": True}).encode()
            new.writestr(info.filename, data)
    newer.replace(begun)
    said = refused(begun, option)
    assert "the packet has format 99" in said
    assert "install a newer mergecheck" in said
    assert answers_of(begun).read_bytes() == before


@fronts
def test_answers_to_another_packet(begun, make_packet, refused, option):
    other = make_packet(name="other/fox.zip", study="Chairs")
    before = answers_of(begun).read_bytes()
    answers_of(other).write_bytes(before)
    said = refused(other, option)
    assert "these are answers to another packet" in said
    assert "in a folder of their own" in said
    assert answers_of(other).read_bytes() == before


@fronts
def test_answers_that_were_changed(begun, refused, option):
    raw = answers_of(begun).read_bytes().replace(b"said before", b"said anew!!")
    answers_of(begun).write_bytes(raw)
    assert "the file was changed after it was written" in refused(begun, option)
    assert answers_of(begun).read_bytes() == raw


def until(conversation, text, seconds=60):
    """Read on until it is on the screen, however it is painted."""
    end = time.monotonic() + seconds
    while text not in conversation.said:
        data = conversation.read(end - time.monotonic())
        assert data, f"no {text!r} in {conversation.said[-2000:]!r}"
        conversation._take(data)
    conversation.said = ""


@fronts
def test_answers_cut_in_the_middle_of_a_line(begun, talk, tmp_path, option):
    whole = answers_of(begun).read_bytes()
    last = whole.rstrip(b"\n").rpartition(b"\n")[2]
    answers_of(begun).write_bytes(whole[: -len(last) // 2])
    conversation = talk(begun, *([option] if option else []), pty=True, XDG_CONFIG_HOME=tmp_path / "config")
    # Long enough to be broken anywhere, so not the whole sentence.
    until(conversation, "The last line of the answers was cut off")
    conversation.paste("q\n" if option else "q")
    assert conversation.end()[1] == 0
    events = read_answers(answers_of(begun)).events
    assert fold(events)["blind-1"].final.comment == "said before"
    (aside,) = begun.parent.glob("fox.answers.jsonl.torn-*")
    assert last.startswith(aside.read_bytes())


@fronts
def test_a_full_disk_is_told_and_with_room_all_is_saved(begun, talk, mounted, tmp_path, option):
    conversation = talk(
        begun, *([option] if option else []), pty=True, prelude=mounted(begun, SMALL),
        XDG_CONFIG_HOME=tmp_path / "config", LINES="40",
    )  # fmt: skip
    until(conversation, "Enter begins" if option else "practise")
    conversation.paste("\n" if option else "\r")
    until(conversation, "(? keys): " if option else "Rounding is wrong")
    disk = Path(f"/proc/{conversation.process.pid}/root{begun.parent}")
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    words = "what a pity " * 12
    if option:
        for part in ("Why do you skip", "> "):
            conversation.paste("s\n" if part != "> " else "3\n")
            until(conversation, part)
        for _ in range(60):
            conversation.paste(words + "\n")
            until(conversation, "\n> ")
        conversation.paste(".\n")
        until(conversation, "Enter tries again")
    else:
        conversation.paste("\x1b")
        until(conversation, "next hunk")
        conversation.paste("s")
        until(conversation, "Verdict on item 2")
        conversation.paste("3\t")
        conversation.paste("\x1b[200~" + (words + "\n") * 60 + "\x1b[201~")
        until(conversation, "complete")
        conversation.paste("\x13")
        until(conversation, "NOT saved")
    kept = read_answers(disk / "fox.answers.jsonl").events
    assert [event.item for event in kept if event.type is EventType.VERDICT] == ["blind-1"]
    (disk / "filler").unlink()
    conversation.paste("\n" if option else "t")
    until(conversation, "Saved." if option else "Saved: Skip")
    reviews = fold(read_answers(disk / "fox.answers.jsonl").events)
    assert reviews["blind-1"].final.comment == "said before"
    assert reviews["blind-2"].final.comment.count("what a pity") == 720
    conversation.paste("q\n" if option else "q")
    assert conversation.end()[1] == 0

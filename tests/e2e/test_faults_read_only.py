"""A study folder that nobody can write to: what only reads works, what writes says what to do.

Mounted read-only, since root may write to any folder whatever its mode.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager

import pytest

KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from mergecheck.store.database import Database, write_journal
with Database.open(Path(sys.argv[1])).writing() as connection:
    for n in range(80):
        write_journal(connection, "pull", "x" * 50_000)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def read_only(apart, faults, stages, tmp_path):
    """A copy of a stage as read-only; writable again inside `writable`."""
    mounted = []

    class Here:
        def __init__(self, stage):
            self.place = faults.place(apart, stages[stage], tmp_path / stage)
            self.folder = self.place.study

        def lock(self):
            apart.shell(f"mount --bind {self.folder} {self.folder} && mount -o remount,bind,ro {self.folder}")
            mounted.append(self.folder)
            return self.place

        @contextmanager
        def writable(self):
            apart.shell(f"mount -o remount,bind,rw {self.folder}")
            yield self.place

    yield Here
    for folder in mounted:
        apart.shell(f"umount {folder}")


@pytest.mark.parametrize("stage", ["assign", "collect", "closed"])
def test_what_only_reads_works(read_only, stage):
    here = read_only(stage).lock()
    assert "instances" in here.run("status").stdout
    assert "harbour__tidemark-38" in here.run("status", "--skipped").stdout
    if stage == "closed":
        assert "golden" in here.run("report").stdout
        assert '"rates"' in here.run("report", "--json").stdout
        assert "was closed at" in here.run("close").stderr


@pytest.mark.parametrize(
    ("stage", "arguments"),
    [
        ("pull", ["pull"]),
        ("assign", ["pull"]),
        ("assign", ["assign"]),
        ("simulate", ["simulate"]),
        ("collect", ["collect"]),
        ("collect", ["close", "--incomplete"]),
        ("collect", ["report", "--unblind"]),
        ("close", ["close"]),
    ],
)
def test_what_writes_says_what_to_do_and_then_goes_on(faults, read_only, stages, stage, arguments):
    here = read_only(stage)
    before = faults.files(here.folder)
    refused = here.lock().run(*arguments, code=1).stderr
    assert str(here.folder) in refused
    assert "→ check that you may write to the study folder" in refused
    assert faults.files(here.folder) == before
    if (stages[stage] / "study.db").exists():
        assert faults.dump(here.folder) == faults.dump(stages[stage])
    with here.writable() as place:
        place.run(*arguments)


def test_the_packets_folder_alone(read_only, apart):
    here = read_only("assign")
    packets = here.folder / "packets"
    apart.shell(f"mount --bind {packets} {packets} && mount -o remount,bind,ro {packets}")
    refused = here.place.run("assign", code=1).stderr
    apart.shell(f"umount {packets}")
    assert f"{packets}/" in refused
    assert "check that you may write there" in refused
    here.place.run("assign")


def test_answers_beside_a_read_only_packet(read_only):
    here = read_only("simulate").lock()
    (packet, *_) = sorted((here.study / "packets").glob("*.packet"))
    assert "1" in here.run("review", str(packet), "--list").stdout
    refused = here.run("review", str(packet), "--plain", code=1).stderr
    assert "copy the packet to a folder that you may write to" in refused


def test_what_a_killed_command_left_is_undone_where_it_can_be(faults, read_only, stages):
    """SQLite has to write before it can read: the study as it is on the disk is half of the killed command's."""
    here = read_only("closed")
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(here.folder / "study.db")], cwd=faults.ROOT)
    assert (here.folder / "study.db-journal").exists()
    place = here.lock()
    for command in ("status", "report"):
        refused = place.run(command, code=1).stderr
        assert "a command that wrote to it was killed" in refused
        assert "make the study folder writable, or copy it" in refused
    with here.writable() as place:
        place.run("report")
    # A report that can be noted is a look, and nothing else has changed.
    after, before = faults.dump(here.folder), faults.dump(stages["closed"])
    assert len(after.pop("looks")) == len(before.pop("looks")) + 1
    assert after == before
    assert not (here.folder / "study.db-journal").exists()

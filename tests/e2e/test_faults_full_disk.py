"""A full disk: the command names the file and what to do, nothing is half written, and with room it ends well.

The disk is a small real one, mounted in a namespace of the test's own.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

END = {"pull": "assign", "assign": "simulate", "collect": "close", "close": "closed"}


@pytest.fixture
def full(apart, faults, stages, tmp_path):
    """A copy of a stage on a disk of its own, with room for so many kibibytes."""
    mounted = []

    def make(stage, room, name):
        here = faults.place(apart, stages[stage], tmp_path / name)
        disk = tmp_path / name / "study"
        apart.shell(
            f"mv {disk} {disk}.whole && mkdir {disk} && mount -t tmpfs -o size=16m tmpfs {disk} && "
            f"cp -r {disk}.whole/. {disk} && sync {disk} && "
            f"free=$(($(stat -f -c '%f * %S / 1024' {disk}) - {room})) && "
            f"dd if=/dev/zero of={disk}/filler bs=1k count=$free 2>&1"
        )
        mounted.append(disk)
        return here

    yield make
    for disk in mounted:
        apart.shell(f"umount {disk}")


def taken_out(here) -> Path:
    """The study folder as the namespace has it, copied to where the test sees it."""
    out = here.folder / "out"
    here.starter.shell(f"rm -rf {out} && cp -r {here.study} {out} && rm -f {out}/filler")
    return out


ROOMS = {
    "pull": (0, 100, 180),
    "assign": (0, 40),
    "collect": (0, 20),
    "close": (0, 4),
}


@pytest.mark.parametrize(("command", "room"), [(name, room) for name, rooms in ROOMS.items() for room in rooms])
def test_a_full_study_folder(faults, full, stages, command, room):
    here = full(command, room, "place")
    before = faults.files(stages[command])
    ended = here.run(command, code=None)
    study = taken_out(here)
    if ended.code:
        assert ended.code == 1
        assert str(here.study) in ended.stderr
        assert "make room on the disk" in ended.stderr
        assert "run the command again" in ended.stderr
    else:
        assert room, "it cannot have been full"
    names = set(faults.files(study))
    whole = set(faults.files(stages[END[command]]))
    assert names <= whole
    assert {name: faults.files(study)[name] for name in before} == before
    if room == 0:
        assert ended.code == 1
        assert names == set(before)
        if (stages[command] / "study.db").exists():
            assert faults.dump(study) == faults.dump(stages[command])
    here.starter.shell(f"rm {here.study}/filler")
    here.run(command)
    study = taken_out(here)
    assert faults.once(faults.dump(study)) == faults.once(faults.dump(stages[END[command]]))
    assert faults.files(study) == faults.files(stages[END[command]])


@pytest.mark.parametrize("room", [10, 24])
def test_packets_on_a_full_disk(faults, apart, stages, tmp_path, room):
    here = faults.place(apart, stages["assign"], tmp_path / "place")
    packets = here.study / "packets"
    apart.shell(f"mount -t tmpfs -o size={max(room, 4)}k tmpfs {packets}")
    ended = here.run("assign", code=1)
    assert f"{packets}/" in ended.stderr
    assert ".packet: the packet could not be written (No space left on device)" in ended.stderr
    assert "make room on the disk" in ended.stderr
    assert ".part" not in apart.shell(f"ls -a {packets}")
    apart.shell(f"mount -o remount,size=2m {packets}")
    here.run("assign")
    study = taken_out(here)
    apart.shell(f"umount {packets}")
    assert faults.files(study) == faults.files(stages["simulate"])
    assert faults.dump(study) == faults.dump(stages["simulate"])


def nothing_learnt(faults, here, stages):
    """What was made of an attempt is what is made of it with room, and not all was made."""
    end = {(row["submission"], row["instance"]): row for row in faults.dump(stages["assign"])["attempts"]}
    rows = faults.dump(here.study)["attempts"]
    made = [row for row in rows if row["disposition"] is not None]
    assert all(row == end[row["submission"], row["instance"]] for row in made)
    assert len(made) < len(rows)


@pytest.mark.parametrize("room", [8, 40, 96])
def test_a_full_temporary_folder_makes_no_patch_unappliable(faults, apart, stages, tmp_path, room):
    here = faults.place(apart, stages["pull"], tmp_path / "place")
    small = tmp_path / "small"
    small.mkdir()
    apart.shell(f"mount -t tmpfs -o size={room}k tmpfs {small}")
    here.environment["TMPDIR"] = str(small)
    ended = here.run("pull", code=1)
    left = apart.shell(f"ls -a {small} && umount {small}")
    assert left.split() == [".", ".."]
    assert str(small) in ended.stderr
    assert "patches cannot be applied" in ended.stderr
    assert "TMPDIR" in ended.stderr
    nothing_learnt(faults, here, stages)
    del here.environment["TMPDIR"]
    here.run("pull")
    assert faults.once(faults.dump(here.study)) == faults.once(faults.dump(stages["assign"]))


def test_a_full_cache_leaves_no_half_clone(faults, apart, stages, tmp_path):
    here = faults.place(apart, stages["pull"], tmp_path / "place")
    cache = here.folder / "cache"
    apart.shell(f"mount -t tmpfs -o size=80k tmpfs {cache}")
    ended = here.run("pull", code=1)
    assert "harbour/tidemark could not be cloned" in ended.stderr
    assert "room" in ended.stderr.partition("→")[2]
    assert ".part" not in apart.shell(f"find {cache}")
    apart.shell(f"mount -o remount,size=8m {cache}")
    here.run("pull")
    apart.shell(f"umount {cache}")
    assert faults.once(faults.dump(here.study)) == faults.once(faults.dump(stages["assign"]))


@pytest.mark.parametrize("command", END)
def test_a_quota_is_told_as_a_full_disk_is(faults, place, stages, command):
    """Where nothing can be mounted, too: a limit on the size of a file stands for the quota."""
    here = place(command)
    limit = 8192 if command == "pull" else (stages[command] / "study.db").stat().st_size
    ended = here.run(command, code=None, largest_file=limit)
    if ended.code:
        assert "study.db" in ended.stderr
        assert "check the disk, its quota" in ended.stderr or "make room" in ended.stderr
    else:
        assert command == "close", "one page more or less"
    here.run(command)
    assert faults.once(faults.dump(here.study)) == faults.once(faults.dump(stages[END[command]]))


def test_a_git_that_is_killed_makes_no_patch_unappliable(faults, place, stages, tmp_path):
    """As the system does where memory runs out."""
    here = place("pull")
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nfor word in "$@"; do if [ "$word" = apply ]; then kill -9 $$; fi; done\n'
        'PATH="${PATH#*:}" exec git "$@"\n'
    )
    program.chmod(0o755)
    here.environment["PATH"] = f"{program.parent}:{os.environ['PATH']}"
    ended = here.run("pull", code=1)
    assert "git was ended from outside (signal 9)" in ended.stderr
    nothing_learnt(faults, here, stages)
    here.environment["PATH"] = os.environ["PATH"]
    here.run("pull")
    assert faults.once(faults.dump(here.study)) == faults.once(faults.dump(stages["assign"]))

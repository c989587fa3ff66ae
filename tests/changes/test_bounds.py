"""Time, memory, disk, processes and descriptors: a patch gets so much and no more, and leaves none of it taken."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mergecheck.changes import runner
from mergecheck.changes.canonical import Rung, make_change
from mergecheck.changes.workspace import Workspace
from mergecheck.records import Disposition, Policies

ALL = Policies("show", "show", "show")
SECTION = "diff --git a/big.bin b/{name}\nsimilarity index 100%\ncopy from big.bin\ncopy to {name}\n"


def taken(repository, place, base):
    """That the place is as good as new."""
    patch = repository.patch({"a.py": b"b\n"})
    return make_change(place, base, patch, ALL).disposition is Disposition.REVIEWABLE


def test_fifty_megabytes_are_not_even_tried(repository, workspace):
    base = repository.commit({"a.py": b"a\n"})
    began = time.monotonic()
    made = make_change(workspace(), base, "+" * 50_000_000, ALL)
    assert made.disposition is Disposition.UNAPPLIABLE
    assert "50000000 bytes" in made.detail
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("good", [True, False])
def test_a_hundred_thousand_hunks_get_a_patch_s_time_and_no_more(repository, workspace, monkeypatch, good):
    base = repository.commit({"a.py": b"a\n", "big.txt": b"".join(b"%d\n" % n for n in range(400_000))})
    hunks = "".join(f"@@ -{n},1 +{n},1 @@\n-{n - good}\n+x\n" for n in range(1, 400_000, 4))
    patch = f"--- a/big.txt\n+++ b/big.txt\n{hunks}"
    place = workspace()
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 2)
    began = time.monotonic()
    made = make_change(place, base, patch, ALL)
    assert time.monotonic() - began < 30
    assert made.disposition in (Disposition.UNAPPLIABLE, Disposition.REVIEWABLE)
    assert good or made.disposition is Disposition.UNAPPLIABLE
    assert not list(place.folder.glob("room-*"))
    monkeypatch.undo()
    assert taken(repository, place, base)


def test_a_few_lines_that_copy_a_file_many_times_do_not_fill_memory(repository, workspace, monkeypatch):
    base = repository.commit({"a.py": b"a\n", "big.bin": os.urandom(4 << 20)})
    place = workspace()
    # Thirty are 120 MB to read; two thousand are eight gigabytes to hold.
    few = make_change(place, base, "".join(SECTION.format(name=f"n{n}") for n in range(30)), ALL)
    assert few.disposition is Disposition.UNAPPLIABLE
    assert "more than anybody would read" in few.detail
    monkeypatch.setattr(runner, "MEMORY_KIB", 1 << 19)
    many = make_change(place, base, "".join(SECTION.format(name=f"n{n}") for n in range(2000)), ALL)
    assert many.disposition is Disposition.UNAPPLIABLE
    if sys.platform == "linux":
        assert "memory" in many.detail
    assert taken(repository, place, base)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc to count in")
def test_nothing_is_left_open_or_running_after_many_patches_on_every_rung(repository):
    base = repository.commit({"a.py": b"".join(b"%d\n" % n for n in range(9)), "b.py": b"b\n"})
    good = repository.patch({"a.py": b"x\n", "n.py": b"n\n"})
    fuzzy = repository.patch({"a.py": b"".join(b"%d\n" % (n if n != 4 else 99) for n in range(9))})
    fuzzy = fuzzy.replace("\n 2\n", "\n two\n")
    patches = [good, fuzzy, good.replace("-1", "-y"), "no patch", "--- a/b\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b\n"]
    before = counted()
    with Workspace(repository.mirror()) as place:
        rungs = {make_change(place, base, patch, Policies()).rung for patch in patches}
        assert Rung.APPLY in rungs
        once, files = counted(), len(list(place.folder.iterdir()))
        for number in range(60):
            make_change(place, base, patches[number % len(patches)], Policies())
        assert counted() == once
        assert len(list(place.folder.iterdir())) == files
    assert counted() == before
    for _ in range(10):
        with Workspace(repository.mirror()) as place:
            make_change(place, base, good, Policies())
    assert counted() == before


def counted() -> tuple[int, int, int]:
    """Open descriptors, children, threads."""
    task = Path("/proc/self/task")
    children = [child for one in task.iterdir() for child in (one / "children").read_text().split()]
    return len(list(Path("/proc/self/fd").iterdir())), len(children), len(list(task.iterdir()))


FULL = """
import resource, sys
from pathlib import Path
from mergecheck.changes import runner
from mergecheck.changes.canonical import make_change
from mergecheck.changes.workspace import Workspace
from mergecheck.errors import ChangeError
from mergecheck.records import Policies
mirror, base, patch, limit = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_text(), int(sys.argv[4])
with Workspace(mirror) as place:
    place.start(base)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    blocks, runner.LARGEST_FILE_BLOCKS = runner.LARGEST_FILE_BLOCKS, limit // 512
    try:
        print(make_change(place, base, patch, Policies()).disposition)
    except ChangeError as error:
        print(f"{type(error).__name__}: {error}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    runner.LARGEST_FILE_BLOCKS = blocks
    print(make_change(place, base, patch, Policies()).disposition)
"""


@pytest.mark.parametrize("limit", [10, 1_000, 100_000])
@pytest.mark.parametrize("fuzz", [False, True])
def test_a_full_disk_is_never_the_patch_s_fault(repository, tmp_path, limit, fuzz):
    """A bound on what may be written stands for the disk; it strikes our own writing, git's, and `patch`'s."""
    old = "".join(f"{os.urandom(40).hex()}\n" for _ in range(3_000)).encode()
    base = repository.commit({"a.py": old})
    # A mirror that has the new text would leave git nothing to write.
    repository.mirror()
    lines = old.splitlines(keepends=True)
    patch = repository.patch({"a.py": b"".join([*lines[:9], b"new\n", *lines[9:]])})
    if fuzz:
        patch = patch.replace(f"\n {lines[7].decode()}", "\n other\n")
    file = tmp_path / "patch"
    file.write_text(patch)
    command = [sys.executable, "-c", FULL, str(repository.mirror()), base, str(file), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, *more = done.stdout.splitlines()
    assert first.startswith("ChangeError"), done.stdout
    assert "make 20 MB of room" in "\n".join(more)
    assert more[-1] == "reviewable"

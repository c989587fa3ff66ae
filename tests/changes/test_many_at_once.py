"""Many patches by several workers: what is killed or finds no room says so, the rest goes on, nothing is left.

MERGECHECK_PATCHES says how many patches are made in one go; a hundred or so unless it does.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import pytest

from mergecheck.changes.batch import make_changes
from mergecheck.changes.canonical import Made, make_change
from mergecheck.changes.mirrors import Mirrors
from mergecheck.changes.workspace import Workspace
from mergecheck.errors import ChangeError
from mergecheck.records import Disposition, Policies

PATCHES = int(os.environ.get("MERGECHECK_PATCHES", "120"))
ALL = Policies("show", "show", "show")
OUTSIDE = "git was ended from outside (signal 9)"

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc to count in")


@dataclass(frozen=True)
class Task:
    instance: str
    base_commit: str
    patch: str
    repo: str = "o/r"


@pytest.fixture(scope="module")
def patches(lasting_repository) -> tuple[str, list[str]]:
    """A base commit, and patches of every kind: taken at once, with a mended end, by `patch`, and not at all."""
    lines = [b"%d\n" % n for n in range(40)]
    base = lasting_repository.commit({"a.py": b"".join(lines), "b.py": b"b\n", "tests/test_a.py": b"x\n"})
    good = lasting_repository.patch({"a.py": b"".join([*lines[:9], b"new\n", *lines[10:]])})
    more = lasting_repository.patch({"n.py": b"n\n", "b.py": None, "tests/test_a.py": b"y\n"})
    fuzzy = good.replace("\n 7\n", "\n seven\n")
    return base, [good, more, good.rstrip("\n"), fuzzy, good.replace("-9\n", "-nine\n"), "no patch", ""]


@pytest.fixture
def mirrors(lasting_repository, tmp_path, monkeypatch) -> Mirrors:
    """The repository as `o/r`, and a temporary folder that can be looked into."""
    (tmp_path / "clones" / "o").mkdir(parents=True)
    (tmp_path / "clones" / "o" / "r.git").symlink_to(lasting_repository.work / ".git")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return Mirrors("unused/{repo}", tmp_path / "clones")


def tasks(patches: tuple[str, list[str]], count: int) -> list[Task]:
    base, kinds = patches
    return [Task(f"i{n}", base, patch) for n, patch in enumerate(islice(cycle(kinds), count))]


def children(process: int) -> set[int]:
    found: set[int] = set()
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{process}/task").iterdir():
            found.update(int(child) for child in (task / "children").read_text().split())
    return found


def descendants(process: int) -> set[int]:
    mine = children(process)
    return mine.union(*(descendants(child) for child in mine))


def counted() -> tuple[int, int, int]:
    """Open descriptors, processes below this one, threads."""
    return (
        len(list(Path("/proc/self/fd").iterdir())),
        len(descendants(os.getpid())),
        threading.active_count(),
    )


def test_no_process_or_handle_is_left_after_all_of_them(patches, mirrors, tmp_path):
    before = counted()
    work = tasks(patches, PATCHES)
    most = (0, 0, 0)
    expected: dict[str, Made | ChangeError] = {}
    for number, (task, made) in enumerate(make_changes(work, mirrors, policies=ALL, workers=2)):
        assert isinstance(made, Made)
        assert expected.setdefault(task.patch, made) == made
        if number % 40 == 0:
            most = max(most, counted())
    assert number + 1 == PATCHES
    # Two workspaces of four programs that stay, one of them a shell with one that does not.
    assert most[1] - before[1] <= 2 * 6
    assert most[0] - before[0] <= 100
    assert counted() == before
    assert list((tmp_path / "tmp").iterdir()) == []
    assert Counter(made.disposition for made in expected.values())[Disposition.REVIEWABLE] == 4


def test_stopping_in_the_midst_leaves_nothing_either(patches, mirrors, tmp_path):
    before = counted()
    results = make_changes(tasks((patches[0], patches[1][:2]), 300), mirrors, policies=ALL, workers=2)
    next(results)
    results.close()
    assert counted() == before
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("which", range(4))
def test_each_program_that_stays_may_be_killed(patches, lasting_repository, mirrors, tmp_path, which):
    base, (good, *_) = patches
    before, mine = counted(), children(os.getpid())
    with Workspace(lasting_repository.work / ".git") as place:
        make_change(place, base, good, ALL)
        staying = sorted(children(os.getpid()) - mine)
        assert len(staying) == 4
        os.kill(staying[which], signal.SIGKILL)
        # Another one: what was read for the first is not asked for again.
        other = good.replace("+new", "+other")
        with pytest.raises(ChangeError) as caught:
            make_change(place, base, other, ALL)
        assert caught.value.what == OUTSIDE
        assert "run the command again" in caught.value.fix
        made = make_change(place, base, other, ALL)
        assert made.change is not None
        assert "other" in made.change.files[0].new_text
        assert len(children(os.getpid()) - mine) <= 4
    assert counted() == before
    assert list((tmp_path / "tmp").iterdir()) == []


def test_kills_in_the_midst_make_no_patch_unappliable(patches, mirrors, tmp_path):
    """Each program at random moments, those that stay and those that are started for one patch."""
    before, mine = counted(), descendants(os.getpid())
    work = tasks(patches, 60)
    expected = dict(outcomes(make_changes(work, mirrors, policies=ALL, workers=2)))
    stop, killed = threading.Event(), Counter[str]()

    def kill() -> None:
        rng = random.Random(7)
        while not stop.wait(rng.uniform(0.005, 0.06)):
            found = sorted(descendants(os.getpid()) - mine)
            if found:
                with suppress(ProcessLookupError):
                    os.kill(rng.choice(found), signal.SIGKILL)
                    killed["kills"] += 1

    killer = threading.Thread(target=kill)
    killer.start()
    began = time.monotonic()
    try:
        found = outcomes(make_changes(work, mirrors, policies=ALL, workers=2))
    finally:
        stop.set()
        killer.join()
    assert time.monotonic() - began < 300
    assert killed["kills"] > 0
    for name, made in found:
        assert made == expected[name] or (isinstance(made, ChangeError) and OUTSIDE in str(made)), (name, made)
    assert dict(outcomes(make_changes(work, mirrors, policies=ALL, workers=2))) == expected
    assert counted() == before
    assert list((tmp_path / "tmp").iterdir()) == []


def outcomes(results: Iterable[tuple[Task, Made | ChangeError]]) -> list[tuple[str, Made | ChangeError]]:
    return [(task.instance, made) for task, made in results]


FULL = """
import resource, sys, tempfile
from dataclasses import dataclass
from pathlib import Path
from mergecheck.changes import runner
from mergecheck.changes.batch import make_changes
from mergecheck.changes.mirrors import Mirrors
from mergecheck.errors import ChangeError
from mergecheck.records import Policies
clones, base, file, limit = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
@dataclass(frozen=True)
class Task:
    instance: str
    base_commit: str
    patch: str
    repo: str = "o/r"
work = [Task(str(n), base, file.read_text().replace("new", f"new {n}")) for n in range(40)]
def made():
    for task, one in make_changes(work, Mirrors("unused/{repo}", clones), policies=Policies(), workers=3):
        print("full" if isinstance(one, ChangeError) and "make 20 MB of room" in str(one) else
              one if isinstance(one, ChangeError) else one.disposition, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
blocks, runner.LARGEST_FILE_BLOCKS = runner.LARGEST_FILE_BLOCKS, limit // 512
made()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
runner.LARGEST_FILE_BLOCKS = blocks
made()
print(*Path(tempfile.gettempdir()).iterdir())
"""


@pytest.mark.parametrize("limit", [10, 2_000, 60_000])
def test_a_full_disk_is_no_patch_s_fault_whoever_works_on_it(lasting_repository, mirrors, tmp_path, limit):
    """A bound on what may be written stands for the disk."""
    old = "".join(f"{n:09} {n * n:030}\n" for n in range(3_000))
    base = lasting_repository.commit({"big.py": old.encode()})
    patch = lasting_repository.patch({"big.py": old.replace(f"{9:09}", "new").encode()})
    file = tmp_path / "patch"
    file.write_text(patch)
    command = [sys.executable, "-c", FULL, str(tmp_path / "clones"), base, str(file), str(limit)]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    *said, left = done.stdout.split("\n")[:-1]
    assert said[:40] == ["full"] * 40
    assert said[40:] == ["reviewable"] * 40
    assert left == ""

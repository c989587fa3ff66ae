"""Mirrors that are damaged, one way after the other: never the patch's fault, and told with what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mergecheck.changes.batch import make_changes
from mergecheck.changes.canonical import Made
from mergecheck.changes.mirrors import Mirrors
from mergecheck.errors import ChangeError
from mergecheck.records import Disposition, Policies


@dataclass(frozen=True)
class Task:
    base_commit: str
    patch: str
    instance: str = "i"
    repo: str = "o/r"


@pytest.fixture(scope="module")
def task(lasting_repository) -> Task:
    """A patch to a file in a folder."""
    base = lasting_repository.commit({"pkg/a.py": b"one\ntwo\n", "b": b"b\n"})
    for key in ("allowFilter", "allowAnySHA1InWant"):
        lasting_repository.git("config", f"uploadpack.{key}", "true")
    return Task(base, lasting_repository.patch({"pkg/a.py": b"one\nnew\n"}))


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def loose(mirror: Path, name: str) -> Path:
    found = git(mirror, "rev-parse", name)
    return writable(mirror / "objects" / found[:2] / found[2:])


def packed(mirror: Path, suffix: str) -> Path:
    """The mirror's only pack."""
    git(mirror, "repack", "-adq")
    (file,) = (mirror / "objects" / "pack").glob(f"*{suffix}")
    return writable(file)


def writable(file: Path) -> Path:
    file.chmod(0o644)
    return file


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def changed(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


Damage = Callable[[Path], Any]
ONE_OBJECT: dict[str, Damage] = {
    f"{what} is {how}": lambda mirror, name=name, do=do: do(loose(mirror, name))
    for what, name in (("a file", "main:pkg/a.py"), ("a folder", "main:pkg"), ("the commit", "main"))
    for how, do in (("cut", cut), ("empty", emptied), ("changed", changed), ("gone", Path.unlink))
}
ALL_OBJECTS: dict[str, Damage] = {
    "the pack is cut": lambda mirror: cut(packed(mirror, ".pack")),
    "the pack is empty": lambda mirror: emptied(packed(mirror, ".pack")),
    "the pack is changed": lambda mirror: changed(packed(mirror, ".pack")),
    "the pack is gone": lambda mirror: packed(mirror, ".pack").unlink(),
    "the pack's index is cut": lambda mirror: cut(packed(mirror, ".idx")),
    "there are no objects": lambda mirror: shutil.rmtree(mirror / "objects"),
    "the objects are a file": lambda mirror: (shutil.rmtree(mirror / "objects"), (mirror / "objects").touch()),
}
NO_OBJECT: dict[str, Damage] = {
    "HEAD is empty": lambda mirror: emptied(mirror / "HEAD"),
    "HEAD is nonsense": lambda mirror: (mirror / "HEAD").write_bytes(b"\0nonsense\n"),
    "HEAD is gone": lambda mirror: (mirror / "HEAD").unlink(),
    "refs are gone": lambda mirror: (shutil.rmtree(mirror / "refs"), (mirror / "packed-refs").unlink()),
    "config is nonsense": lambda mirror: (mirror / "config").write_text("[core\nnonsense"),
}


def made(task: Task, mirrors: Mirrors) -> Made | ChangeError:
    ((_, found),) = make_changes([task], mirrors, policies=Policies(), workers=1)
    return found


def assert_told(found: Made | ChangeError, mirror: Path, *fixes: str) -> None:
    assert isinstance(found, ChangeError), found
    assert found.where == str(mirror)
    assert any(fix in found.fix for fix in fixes), found.fix


@pytest.fixture
def clone(lasting_repository, task, tmp_path) -> Path:
    """Somebody's bare clone, with loose objects; `MERGECHECK_REPOS` may name its folder."""
    clone = tmp_path / "clones" / "o" / "r.git"
    git(tmp_path, "clone", "-q", "--bare", "--no-hardlinks", str(lasting_repository.work), str(clone))
    return clone


@pytest.mark.parametrize("damage", [*ONE_OBJECT, *ALL_OBJECTS])
def test_objects_of_somebody_s_clone(task, clone, damage):
    (ONE_OBJECT | ALL_OBJECTS)[damage](clone)
    before = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()}
    assert_told(made(task, Mirrors("unused/{repo}", clone.parents[1])), clone, "git fsck", "put one there")
    assert {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("damage", NO_OBJECT)
def test_of_somebody_s_clone_nothing_but_objects_is_needed(task, clone, damage):
    NO_OBJECT[damage](clone)
    found = made(task, Mirrors("unused/{repo}", clone.parents[1]))
    assert isinstance(found, Made)
    assert found.disposition is Disposition.REVIEWABLE


@pytest.mark.parametrize("damage", [*ALL_OBJECTS, *NO_OBJECT])
def test_a_mirror_of_ours_is_mended_by_a_fetch_or_said_to_be_removed(
    lasting_repository, task, tmp_path, monkeypatch, damage
):
    monkeypatch.delenv("MERGECHECK_REPOS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    mirrors = Mirrors(f"file://{lasting_repository.work}")
    mirror = mirrors.path("o/r")
    assert made(task, mirrors).disposition is Disposition.REVIEWABLE
    (ALL_OBJECTS | NO_OBJECT)[damage](mirror)
    found = made(task, mirrors)
    if isinstance(found, Made):
        assert found.disposition is Disposition.REVIEWABLE
        return
    assert_told(found, mirror, "remove it", "remove the mirror")
    shutil.rmtree(mirror)
    again = made(task, mirrors)
    assert isinstance(again, Made)
    assert again.disposition is Disposition.REVIEWABLE

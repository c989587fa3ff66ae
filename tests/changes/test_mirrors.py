"""Mirrors: named, cloned where missing, fetched where a commit is missing; what fails says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mergecheck.changes.batch import make_changes
from mergecheck.changes.canonical import Made
from mergecheck.changes.mirrors import Mirrors
from mergecheck.errors import ChangeError
from mergecheck.records import Disposition, Policies


@dataclass(frozen=True)
class Task:
    instance: str
    repo: str
    base_commit: str
    patch: str


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def origin(repository, tmp_path, monkeypatch) -> Iterator[Path]:
    """A place to clone from, and a cache of its own."""
    monkeypatch.delenv("MERGECHECK_REPOS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    served = tmp_path / "served" / "o"
    served.mkdir(parents=True)
    (served / "r.git").symlink_to(repository.work / ".git")
    return served.parent


def test_a_missing_mirror_is_cloned_once_into_the_cache(origin, repository, said, tmp_path):
    repository.commit({"a.py": b"a\n"})
    mirrors = Mirrors(f"{origin}/{{repo}}.git", tell=said.append)
    path = mirrors.path("o/r")
    assert path.is_relative_to(tmp_path / "cache")
    assert mirrors.path("o/r") == path
    assert len(said) == 1
    assert not list(path.parent.glob("*.part"))


def test_a_missing_base_commit_is_fetched(origin, repository, said):
    repository.commit({"a.py": b"a\n"})
    mirrors = Mirrors(f"{origin}/{{repo}}.git", tell=said.append)
    mirrors.path("o/r")
    later = repository.commit({"a.py": b"b\n"})
    patch = repository.patch({"a.py": b"c\n"})
    ((_, made),) = make_changes([Task("i", "o/r", later, patch)], mirrors, policies=Policies())
    assert isinstance(made, Made)
    assert made.disposition is Disposition.REVIEWABLE
    assert said[-1] == "fetching o/r"


def test_what_cannot_be_cloned_says_why_and_what_to_do_and_leaves_nothing(origin, tmp_path):
    mirrors = Mirrors(f"{origin}/{{repo}}.git")
    with pytest.raises(ChangeError, match="o/nothing could not be cloned") as caught:
        mirrors.path("o/nothing")
    assert "MERGECHECK_REPOS" in caught.value.fix
    assert not list((tmp_path / "cache").rglob("*nothing*"))


def test_one_repository_s_trouble_does_not_stop_another(origin, repository):
    base = repository.commit({"a.py": b"a\n"})
    patch = repository.patch({"a.py": b"c\n"})
    tasks = [
        Task("i0", "o/nothing", base, patch),
        Task("i1", "o/r", base, patch),
        Task("i2", "o/r", "1" * 40, patch),
        Task("i3", "o/r", base, ""),
    ]
    results = {
        task.instance: made
        for task, made in make_changes(tasks, Mirrors(f"{origin}/{{repo}}.git"), policies=Policies())
    }
    assert isinstance(results["i0"], ChangeError)
    assert isinstance(results["i1"], Made)
    assert isinstance(results["i2"], ChangeError)
    assert "i2" in str(results["i2"])
    assert results["i3"].disposition is Disposition.EMPTY_AFTER_POLICY


def test_a_folder_of_clones_is_read_and_never_written(repository, tmp_path, monkeypatch):
    base = repository.commit({"a.py": b"a\n"})
    folder = tmp_path / "clones"
    (folder / "o").mkdir(parents=True)
    (folder / "o" / "r.git").symlink_to(repository.mirror())
    monkeypatch.setenv("MERGECHECK_REPOS", str(folder))
    mirrors = Mirrors("file:///nowhere/{repo}")
    assert mirrors.path("o/r") == folder / "o" / "r.git"
    assert mirrors.fetch("o/r") is False
    with pytest.raises(ChangeError, match="no bare clone of o/other") as caught:
        mirrors.path("o/other")
    assert caught.value.where == str(folder / "o" / "other.git")
    ((_, made),) = make_changes([Task("i", "o/r", "2" * 40, "x")], mirrors, policies=Policies())
    assert isinstance(made, ChangeError)
    assert base

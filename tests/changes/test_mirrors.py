"""Mirrors: named, cloned where missing, fetched where a commit is missing; what fails says what to do."""

from __future__ import annotations

import shutil
import subprocess
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
    with pytest.raises(ChangeError, match="no bare clone of o/other") as caught:
        mirrors.path("o/other")
    assert caught.value.where == str(folder / "o" / "other.git")
    ((_, made),) = make_changes([Task("i", "o/r", "2" * 40, "x")], mirrors, policies=Policies())
    assert isinstance(made, ChangeError)
    assert base


def served(repository, *, filtered: bool) -> str:
    """The address of a server of its own, which may or may not leave files out when asked."""
    repository.git("config", "uploadpack.allowFilter", str(filtered).lower())
    return f"file://{repository.work.parent}/served/{{repo}}.git"


@pytest.fixture
def server(repository, tmp_path, monkeypatch):
    monkeypatch.delenv("MERGECHECK_REPOS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = repository.work.parent / "served" / "o"
    folder.mkdir(parents=True)
    (folder / "r.git").symlink_to(repository.work / ".git")
    return folder / "r.git"


def history(repository, steps: int = 5) -> list[str]:
    """Commits that share most of their forty files; each changes one."""
    first = {f"pkg/{n}.py": f"file {n}\n".encode() for n in range(40)}
    commits = [repository.commit(first)]
    for step in range(1, steps):
        commits.append(repository.commit({f"pkg/{step}.py": f"step {step}\n".encode()}))
    return commits


def objects(mirror: Path) -> str:
    listing = subprocess.run(
        ["git", f"--git-dir={mirror}", "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return listing.stdout


def packs(mirror: Path) -> int:
    return len(list((mirror / "objects" / "pack").glob("*.pack")))


@pytest.mark.parametrize("filtered", [True, False])
def test_files_come_in_one_request_or_with_the_clone(repository, server, said, filtered):
    commits = history(repository)
    patches = [repository.patch({"pkg/9.py": f"edit {n}\n".encode()}) for n in range(len(commits))]
    mirrors = Mirrors(served(repository, filtered=filtered), tell=said.append)
    mirror = mirrors.path("o/r")
    assert ("blob" in objects(mirror)) is not filtered
    assert packs(mirror) == 1
    tasks = [
        Task(f"i{n}", "o/r", commit, patch) for n, (commit, patch) in enumerate(zip(commits, patches, strict=True))
    ]
    results = [made for _, made in make_changes(tasks, mirrors, policies=Policies())]
    assert {made.disposition for made in results} == {Disposition.REVIEWABLE}
    assert [made.change.files[0].new_text for made in results] == [f"edit {n}\n" for n in range(len(commits))]
    # Four files changed later, and forty to begin with: all in one pack, whatever their number.
    assert packs(mirror) == (2 if filtered else 1)
    assert said[1:] == (["fetching 44 files of 5 base commits of o/r"] if filtered else [])
    server.unlink()
    again = [made for _, made in make_changes(tasks, mirrors, policies=Policies())]
    assert again == results


def test_a_commit_on_no_branch_is_fetched_by_its_id(repository, server, said):
    (first,) = history(repository, 1)
    mirrors = Mirrors(served(repository, filtered=True), tell=said.append)
    mirrors.path("o/r")
    later = repository.commit({"a.py": b"a\n"})
    patch = repository.patch({"a.py": b"b\n"})
    repository.git("reset", "-q", "--hard", first)
    ((_, made),) = make_changes([Task("i", "o/r", later, patch)], mirrors, policies=Policies())
    assert made.disposition is Disposition.REVIEWABLE


def test_one_commit_that_nobody_has_does_not_keep_the_others_away(repository, server):
    history(repository, 1)
    mirrors = Mirrors(served(repository, filtered=True))
    mirrors.path("o/r")
    later = repository.commit({"a.py": b"a\n"})
    patch = repository.patch({"a.py": b"b\n"})
    repository.git("reset", "-q", "--hard", "HEAD~1")
    tasks = [Task(f"i{n}", "o/r", commit, patch) for n, commit in enumerate([later, "1" * 40, "--help"])]
    made, absent, odd = (made for _, made in make_changes(tasks, mirrors, policies=Policies()))
    assert made.disposition is Disposition.REVIEWABLE
    assert f"there is no commit {'1' * 40} in o/r, the base of i1" in str(absent)
    assert "no commit --help" in str(odd)


def test_without_a_server_what_is_there_is_used_and_the_rest_says_why(repository, server, tmp_path):
    commits = history(repository, 2)
    patch = repository.patch({"pkg/9.py": b"edit\n"})
    mirrors = Mirrors(served(repository, filtered=True))
    ((_, made),) = make_changes([Task("i0", "o/r", commits[0], patch)], mirrors, policies=Policies())
    assert made.disposition is Disposition.REVIEWABLE
    server.unlink()
    tasks = [Task("i0", "o/r", commits[0], patch), Task("i1", "o/r", commits[1], patch)]
    made, error = (made for _, made in make_changes(tasks, mirrors, policies=Policies()))
    assert made.disposition is Disposition.REVIEWABLE
    # The commit is there, one of its files is not.
    assert "files of o/r could not be fetched" in str(error)
    assert "clone_url" in error.fix


def test_no_network_says_so(server):
    with pytest.raises(ChangeError, match="could not be cloned") as caught:
        Mirrors("http://127.0.0.1:9/{repo}.git").path("o/r")
    assert caught.value.fix.startswith("check the network")


def test_an_address_that_runs_a_program_is_refused(server, tmp_path):
    with pytest.raises(ChangeError, match="would run a program"):
        Mirrors(f"ext::sh -c touch% {tmp_path}/ran% {{repo}}").path("o/r")
    assert not (tmp_path / "ran").exists()


def test_a_blobless_clone_of_somebody_else_s_is_not_written_to(repository, server, tmp_path, monkeypatch):
    (base,) = history(repository, 1)
    url = served(repository, filtered=True).format(repo="o/r")
    clone = tmp_path / "clones" / "o" / "r.git"
    subprocess.run(["git", "clone", "-q", "--bare", "--filter=blob:none", url, str(clone)], check=True)
    monkeypatch.setenv("MERGECHECK_REPOS", str(tmp_path / "clones"))
    patch = repository.patch({"pkg/9.py": b"edit\n"})
    ((_, error),) = make_changes([Task("i", "o/r", base, patch)], Mirrors("unused/{repo}"), policies=Policies())
    assert "lacks 40 files" in str(error)
    assert "--filter" in error.fix
    assert "blob" not in objects(clone)


def test_a_mirror_that_is_no_repository_says_what_to_do(repository, server):
    history(repository, 1)
    mirrors = Mirrors(served(repository, filtered=False))
    (mirrors.path("o/r") / "HEAD").unlink()
    with pytest.raises(ChangeError, match="damaged") as caught:
        mirrors.path("o/r")
    assert "remove it" in caught.value.fix


@pytest.mark.parametrize("kind", ["blob", "tree"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_mirror_is_never_the_patch_s_fault(repository, tmp_path, monkeypatch, kind, damage):
    base = repository.commit({"pkg/a.py": b"one\n"})
    patch = repository.patch({"pkg/a.py": b"two\n"})
    clone = tmp_path / "clones" / "o" / "r.git"
    clone.parent.mkdir(parents=True)
    shutil.copytree(repository.work / ".git", clone)
    name = repository.git("rev-parse", f"{base}:pkg" + ("/a.py" if kind == "blob" else "")).decode().strip()
    file = clone / "objects" / name[:2] / name[2:]
    file.chmod(0o644)
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:6])
    else:
        file.unlink()
    monkeypatch.setenv("MERGECHECK_REPOS", str(tmp_path / "clones"))
    ((_, error),) = make_changes([Task("i", "o/r", base, patch)], Mirrors("unused/{repo}"), policies=Policies())
    assert isinstance(error, ChangeError)
    assert error.where == str(clone)
    assert "fsck" in error.fix

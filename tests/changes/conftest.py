"""Real git repositories, made in a temporary folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mergecheck.changes.workspace import Workspace


class Repository:
    """A working copy to make commits and patches in, and its bare clone."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.bare = folder / "bare.git"
        self.work.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, stdin: bytes | None = None) -> bytes:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.work),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.org",
        }
        done = subprocess.run(
            ["git", "-C", str(self.work), *arguments],
            capture_output=True,
            env=environment,
            check=True,
            input=stdin,
        )
        return done.stdout

    def write(self, files: dict[str, bytes | None]) -> None:
        for path, data in files.items():
            file = self.work / path
            if data is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)

    def commit(self, files: dict[str, bytes | None]) -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "step", "--allow-empty")
        return self.git("rev-parse", "HEAD").decode().strip()

    def patch(self, files: dict[str, bytes | None], *options: str) -> str:
        """What git says of these edits to the last commit, which are then taken back."""
        self.write(files)
        self.git("add", "-A")
        patch = self.git("diff", "--cached", "--binary", *options)
        self.git("reset", "-q", "--hard")
        self.git("clean", "-qfd")
        return patch.decode("utf-8", "surrogateescape")

    def mirror(self) -> Path:
        if not self.bare.exists():
            subprocess.run(
                ["git", "clone", "-q", "--bare", "--no-hardlinks", str(self.work), str(self.bare)], check=True
            )
        return self.bare


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture(scope="module")
def lasting_repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """One for all tests of a module, and for all examples of a property."""
    return Repository(tmp_path_factory.mktemp("lasting") / "repository")


@pytest.fixture
def workspace(repository: Repository) -> Iterator[Callable[[], Workspace]]:
    opened: list[Workspace] = []

    def make() -> Workspace:
        opened.append(Workspace(repository.mirror()))
        return opened[-1]

    yield make
    for one in opened:
        one.close()

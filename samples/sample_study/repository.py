"""A bare repository, made and read by git through GitPython, with nothing of the machine's own settings in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from git import Git
from git.exc import GitCommandError

from sample_study.plan import LIBRARY, Commit

_SETTINGS = {
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.excludesFile": os.devnull,
    "core.fileMode": "false",
}


class PatchRefused(Exception):
    """git cannot apply a patch; the text is what git says of it."""


class Repository:
    """A bare repository. `scratch` is a folder for the index that its history is made in."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder.resolve()
        self._scratch = scratch.resolve()

    @classmethod
    def create(cls, folder: Path, scratch: Path) -> Repository:
        """A new one, with the branch `main` and no commit. The folder must not exist."""
        folder.mkdir(parents=True)
        repository = cls(folder, scratch)
        command = ["init", "--quiet", "--bare", "--template=", "--object-format=sha1", "--initial-branch=main"]
        Git(folder).execute(["git", *command, str(repository.folder)], env=repository._environment())
        return repository

    def commit(self, commit: Commit, parent: str | None) -> str:
        """Adds a commit to `main`, tags it where the plan says so, and returns its id."""
        index = self._scratch / "history.index"
        if commit.files:
            self._git("add", "--force", "--", *commit.files, index=index, tree=LIBRARY)
        for patch in commit.patches:
            self._git("apply", "--cached", "--whitespace=nowarn", str(patch), index=index, tree=self._scratch)
        tree = self._git("write-tree", index=index)
        when = f"{int(commit.at.timestamp())} +0000"
        who = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", commit.name), ("EMAIL", commit.email), ("DATE", when))
        }
        parents = ["-p", parent] if parent else []
        made = self._git("commit-tree", tree, *parents, "-m", commit.subject, extra=who)
        self._git("update-ref", "refs/heads/main", made)
        if commit.tag:
            self._git("update-ref", f"refs/tags/{commit.tag}", made)
        return made

    def export(self, commit: str, folder: Path, paths: Sequence[str] = ()) -> None:
        """Writes the commit's files into the folder, over what is there: all, or those named.

        Uses a file beside the folder for its index.
        """
        index = folder.with_name(f"{folder.name}.index")
        self._git("read-tree", commit, index=index)
        what = ["--", *paths] if paths else ["--all"]
        self._git("checkout-index", "--force", *what, index=index, tree=folder)
        index.unlink()

    def apply(self, patch: Path, folder: Path) -> None:
        """Applies a patch to the files in the folder, whole or not at all.

        Raises:
            PatchRefused: it does not apply.
        """
        try:
            # With git's folder and tree both named, a repository around `folder` is not looked for.
            self._git("apply", "--whitespace=nowarn", str(patch.resolve()), tree=folder)
        except GitCommandError as error:
            raise PatchRefused(error.stderr.strip()) from error

    def changed_files(self, before: str, after: str) -> list[str]:
        """Paths that differ between two commits."""
        return self._git("diff", "--name-only", "--no-renames", before, after).splitlines()

    def _git(
        self,
        *command: str,
        index: Path | None = None,
        tree: Path | None = None,
        extra: dict[str, str] | None = None,
    ) -> str:
        environment = self._environment() | {"GIT_DIR": str(self.folder)} | (extra or {})
        if index is not None:
            environment["GIT_INDEX_FILE"] = str(index)
        if tree is not None:
            environment["GIT_WORK_TREE"] = str(tree.resolve())
        output = Git(tree or self.folder).execute(["git", *command], env=environment)
        assert isinstance(output, str)
        return output

    @staticmethod
    def _environment() -> dict[str, str]:
        settings = {"GIT_CONFIG_COUNT": str(len(_SETTINGS))}
        for number, (key, value) in enumerate(_SETTINGS.items()):
            settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return settings | {
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_PARAMETERS": "",
        }

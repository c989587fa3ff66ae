"""A scratch repository that borrows a mirror's objects: patches are applied to an index there, never to files.

It has a configuration, attributes and hooks of its own (none), so nothing that the mirror or the user has set up
decides how a patch is read or how a diff looks, and everything that git writes lands in the scratch store.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from contextlib import nullcontext
from pathlib import Path

import git

from mergecheck.changes.environment import without_variables
from mergecheck.changes.scratch import Scratch, no_work, written
from mergecheck.errors import ChangeError

# One dialect for every diff: what is left to git's configuration elsewhere is fixed here.
SETTINGS = {
    "core.autocrlf": "false",
    "core.quotePath": "false",
    "core.symlinks": "true",
    "core.fsync": "none",
    # Larger files are compared and never diffed: LARGEST_TEXT below.
    "core.bigFileThreshold": "5m",
    "apply.whitespace": "nowarn",
    "gc.auto": "0",
    "diff.renameLimit": "1000",
}
DIFF = (
    "--cached",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=none",
    "--diff-algorithm=histogram",
    "--indent-heuristic",
    "--unified=3",
    "--inter-hunk-context=0",
    "--find-renames",
    "--full-index",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)


COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


QUOTED = re.compile(r"\s*stderr: '(.*)'\s*", re.DOTALL)

PATIENCE_SECONDS = 60
"""A git that takes longer for one patch is ended: a hundred thousand hunks can keep it busy for minutes."""

LARGEST_TEXT = 5 * 1024 * 1024
"""Bytes of a file beyond which it is named and not shown, as a binary file is."""


GONE = "fatal: not a git repository"

FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)
"""How a git ends that somebody else has ended, or a system without memory. A crash is git's own: a refusal."""


class GitRefused(Exception):
    """Git did not take a patch, or could not describe what it does; the message is git's own words."""


class Workspace:
    """Applies patches to commits of one mirror. A context manager: leaves no process and no file behind."""

    def __init__(self, mirror: Path) -> None:
        self.mirror = mirror
        self._scratch = Scratch()
        self._folder = self._scratch.path
        self._index = self._folder / "index"
        self._patch = self._folder / "patch"
        self._bases: dict[str, Path] = {}
        try:
            with written():
                self._repo = self._empty_repository(mirror)
        except BaseException as error:
            self._scratch.remove()
            if isinstance(error, git.GitCommandError):
                raise no_work(self._words(error)) from error
            raise

    def _empty_repository(self, mirror: Path) -> git.Repo:
        with without_variables():
            # The user's template folder could bring hooks; an empty one cannot.
            repo = git.Repo.init(
                self._folder / "scratch.git",
                bare=True,
                template="",
                initial_branch="main",
                object_format="sha1",
                allow_unsafe_options=True,
            )
        alternates = Path(repo.git_dir) / "objects" / "info" / "alternates"
        alternates.parent.mkdir(exist_ok=True)
        alternates.write_text(f"{(mirror / 'objects').resolve()}\n")
        with repo.config_writer() as config:
            for key, value in SETTINGS.items():
                section, name = key.split(".")
                config.set_value(section, name, value)
        repo.git.update_environment(
            GIT_INDEX_FILE=str(self._index),
            GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL=os.devnull,
            GIT_ATTR_NOSYSTEM="1",
            HOME=str(self._folder),
            XDG_CONFIG_HOME=str(self._folder),
            LC_ALL="C",
        )
        return repo

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End git's processes and remove the scratch store."""
        self._repo.close()
        self._scratch.remove()

    def has(self, commit: str) -> bool:
        """Whether the mirror holds this commit, named by its full id."""
        if not COMMIT.fullmatch(commit):
            return False
        try:
            self._git("cat-file", "-e", f"{commit}^{{commit}}")
        except GitRefused:
            return False
        return True

    def start(self, commit: str) -> None:
        """Set the index to a commit.

        Raises:
            ChangeError: the mirror does not hold it, or there is no room for it.
        """
        # A git that was ended because it took too long leaves its lock behind.
        self._index.with_name("index.lock").unlink(missing_ok=True)
        if commit not in self._bases:
            if not self.has(commit):
                raise ChangeError(f"no commit {commit} in the mirror", where=str(self.mirror))
            base = self._folder / f"base-{len(self._bases)}"
            self._git_twice("read-tree", f"--index-output={self._index}", commit)
            with written():
                shutil.copyfile(self._index, base)
            self._bases[commit] = base
            return
        with written():
            shutil.copyfile(self._bases[commit], self._index)

    def apply(self, patch: bytes) -> None:
        """Apply a patch to the index.

        Raises:
            GitRefused: with git's words; the index is as it was.
            ChangeError: there is no room for what comes of it.
        """
        with written():
            self._patch.write_bytes(patch)
        self._git_twice("apply", "--cached", str(self._patch))

    def changed(self, commit: str) -> list[tuple[str, str, str]]:
        """Paths at which the index differs from a commit, with the commit's mode and object id (zeros: none)."""
        fields = self._git("diff-index", "--cached", "--raw", "-z", "--no-renames", "--full-index", commit)
        parts = fields.decode("utf-8", "surrogateescape").split("\0")[:-1]
        changes = []
        for meta, path in zip(parts[::2], parts[1::2], strict=True):
            mode, _, blob, *_ = meta[1:].split(" ")
            changes.append((path, mode, blob))
        return changes

    def restore(self, entries: list[tuple[str, str, str]]) -> None:
        """Set paths of the index back to the modes and objects given (mode 000000: no such file)."""
        lines = "".join(f"{mode} {blob}\t{path}\0" for path, mode, blob in entries)
        listing = self._folder / "entries"
        with written():
            listing.write_bytes(lines.encode("utf-8", "surrogateescape"))
        self._git_twice("update-index", "-z", "--index-info", stdin=listing)

    def diff(self, commit: str) -> bytes:
        """Raw records and patch (NUL-separated, git's `--patch-with-raw -z`) from a commit to the index."""
        return self._git("diff-index", "--patch-with-raw", "-z", *DIFF, commit)

    def blob(self, object_id: str) -> bytes | None:
        """The bytes of a blob; None where they are more than a person would read."""
        with without_variables():
            if self._repo.git.get_object_header(object_id)[2] > LARGEST_TEXT:
                return None
            data: bytes = self._repo.git.get_object_data(object_id)[3]
        return data

    def _git_twice(self, *arguments: str, stdin: Path | None = None) -> None:
        """Run a git that writes. What it refuses on a full disk says nothing of the patch, and git's words for a
        full disk are many; so after a refusal there must be room, and it must refuse again.

        Raises:
            GitRefused: with git's words.
            ChangeError: there is no room.
        """
        try:
            self._git(*arguments, stdin=stdin)
        except GitRefused as refused:
            if str(refused).startswith("Timeout: "):
                raise
            self._scratch.check_room()
            self._index.with_name("index.lock").unlink(missing_ok=True)
            self._git(*arguments, stdin=stdin)

    def _git(self, *arguments: str, stdin: Path | None = None) -> bytes:
        command = ["git", f"--git-dir={self._repo.git_dir}", *arguments]
        try:
            with without_variables(), nullcontext() if stdin is None else stdin.open("rb") as handle:
                return self._repo.git.execute(
                    command,
                    istream=handle,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    kill_after_timeout=PATIENCE_SECONDS,
                )
        except git.GitCommandError as error:
            words = self._words(error)
            if error.status in FROM_OUTSIDE and "Timeout: " not in str(error.stderr):
                raise ChangeError(
                    f"git was ended from outside (signal {-error.status})",
                    where=str(self.mirror),
                    fix="run the command again; if it happens again, see whether the machine has memory left",
                ) from error
            if words.startswith(GONE) or isinstance(error, git.GitCommandNotFound):
                raise no_work(words) from error
            raise GitRefused(words) from error
        except OSError as error:
            raise no_work(error.strerror or str(error)) from error

    def _words(self, error: git.GitCommandError) -> str:
        """Git's own words, without what GitPython puts round them, on one line."""
        quoted = QUOTED.fullmatch(str(error.stderr))
        words = (quoted[1] if quoted else str(error.stderr)).replace(str(self._patch), "the patch")
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        return "; ".join(lines)[:400] or f"git ended with status {error.status}"

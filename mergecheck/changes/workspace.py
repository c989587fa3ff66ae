"""A scratch repository that borrows a mirror's objects: patches are applied to an index there, never to files.

It has a configuration, attributes and hooks of its own (none), so nothing that the mirror or the user has set up
decides how a patch is read or how a diff looks, and everything that git writes lands in the scratch store.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import git

from mergecheck.changes.environment import without_variables
from mergecheck.changes.paths import named_paths
from mergecheck.changes.runner import DAMAGED, GitRefused, Runner, TooMuch, closed_environment
from mergecheck.changes.scratch import Scratch, no_work, written
from mergecheck.errors import ChangeError

# One dialect for every diff: what is left to git's configuration elsewhere is fixed here.
SETTINGS = {
    "core.autocrlf": "false",
    "core.quotePath": "false",
    "core.symlinks": "true",
    "core.fsync": "none",
    "core.hooksPath": os.devnull,
    # Larger files are compared and never diffed: LARGEST_TEXT below.
    "core.bigFileThreshold": "5m",
    # Packs are read through small windows, so that the bound on memory is one on what a patch makes git take.
    "core.packedGitWindowSize": "32m",
    "core.packedGitLimit": "256m",
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

NO_FILE = "000000"
NOTHING = "0" * 40
SUBMODULE = "160000"

LARGEST_TEXT = 5 * 1024 * 1024
"""Bytes of a file beyond which it is named and not shown, as a binary file is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the index or of a commit: git's mode and object id."""

    path: str
    mode: str
    blob: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A path at which the index differs from a commit, with both sides; `NO_FILE` is the mode of a missing one.

    `moved` says that git takes the path for one end of a rename.
    """

    path: str
    old: Entry
    new: Entry
    moved: bool = False

    @property
    def is_new(self) -> bool:
        """Whether the commit has no such file, and none that this one was renamed from."""
        return self.old.mode == NO_FILE and not self.moved


class Workspace:
    """Applies patches to commits of one mirror. A context manager: leaves no process and no file behind.

    Raises:
        ChangeError: there is no room for it.
    """

    def __init__(self, mirror: Path) -> None:
        self.mirror = mirror
        self._scratch = Scratch()
        self.folder = self._scratch.path
        self._index = self.folder / "index"
        self._bases: dict[str, Path] = {}
        self._paths: dict[str, frozenset[str]] = {}
        try:
            with written():
                self._repo = self._empty_repository(mirror)
        except BaseException as error:
            self._scratch.remove()
            if isinstance(error, git.GitCommandError):
                raise no_work(str(error.stderr).strip()) from error
            raise
        self._git = Runner(Path(self._repo.git_dir), self._index, self.folder)

    def _empty_repository(self, mirror: Path) -> git.Repo:
        with without_variables():
            # The user's template folder could bring hooks; an empty one cannot.
            repo = git.Repo.init(
                self.folder / "scratch.git",
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
        repo.git.update_environment(**closed_environment(self.folder), GIT_INDEX_FILE=str(self._index))
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
        self.renew()
        try:
            self._git("cat-file", "-e", f"{commit}^{{commit}}")
        except GitRefused:
            return False
        return True

    def renew(self) -> None:
        """Give the next patch its own time."""
        self._git.renew()

    def seconds_left(self) -> float:
        """What is left of a patch's time; raises `TooMuch` where nothing is."""
        return self._git.seconds_left()

    def check_room(self) -> None:
        """Raises `ChangeError` where what was refused may have been refused for lack of room."""
        self._scratch.check_room()

    def start(self, commit: str) -> None:
        """Set the index to a commit.

        Raises:
            ChangeError: the mirror does not hold it whole, or there is no room for it.
        """
        # A git that was ended because it took too long leaves its lock behind.
        self._index.with_name("index.lock").unlink(missing_ok=True)
        if commit not in self._bases:
            if not self.has(commit):
                raise ChangeError(f"no commit {commit} in the mirror", where=str(self.mirror))
            base = self.folder / f"base-{len(self._bases)}"
            with self._nobody_s_patch():
                self._git_twice("read-tree", f"--index-output={self._index}", commit)
            with written():
                shutil.copyfile(self._index, base)
            self._bases[commit] = base
            return
        with written():
            shutil.copyfile(self._bases[commit], self._index)

    def apply(self, patch: bytes, *options: str) -> None:
        """Apply a patch to the index.

        Args:
            patch: what to apply.
            options: of `git apply`. The files that `--reject` writes are thrown away.

        Raises:
            GitRefused: with git's words. Without options the index is then as it was.
            ChangeError: there is no room for what comes of it, or the mirror is damaged.
        """
        file = self.folder / "patch"
        with written():
            file.write_bytes(patch)
        try:
            # Only `--reject` writes where it runs.
            with self.room() if options else nullcontext() as folder:
                self._git_twice("apply", "--cached", *options, str(file), folder=folder, bound=True)
        except TooMuch:
            raise
        except GitRefused as refused:
            if DAMAGED.search(str(refused)):
                self._read_all(patch)
            raise

    def _read_all(self, patch: bytes) -> None:
        """Read all that a patch names, to see whether the mirror is damaged: git's words quote the patch's own."""
        for entry in self.entries(named_paths(patch)):
            if entry.mode != SUBMODULE:
                self.blob(entry.blob)

    @contextmanager
    def room(self) -> Iterator[Path]:
        """An empty folder of one's own, removed afterwards with all that is in it."""
        with written():
            folder = Path(tempfile.mkdtemp(prefix="room-", dir=self.folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def paths(self, commit: str) -> frozenset[str]:
        """Every path of a commit's tree."""
        if commit not in self._paths:
            with self._nobody_s_patch():
                listing = self._git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
            self._paths[commit] = frozenset(listing.decode("utf-8", "surrogateescape").split("\0")[:-1])
        return self._paths[commit]

    def entries(self, paths: Sequence[str]) -> list[Entry]:
        """The index's entries at these paths; a path that it does not have is left out."""
        wanted = set(paths)
        with self._nobody_s_patch():
            listing = self._git("ls-files", "-s", "-z").decode("utf-8", "surrogateescape")
        found = []
        for line in listing.split("\0")[:-1]:
            meta, path = line.split("\t", 1)
            if path in wanted:
                mode, blob, _ = meta.split(" ")
                found.append(Entry(path, mode, blob))
        return found

    def changed(self, commit: str) -> list[Touched]:
        """Paths at which the index differs from a commit, in their order; a rename is two of them."""
        with self._nobody_s_patch():
            output = self._git(
                "diff-index", "--cached", "--raw", "-z", "--find-renames", "--full-index", commit, bound=True
            )
        parts = iter(output.decode("utf-8", "surrogateescape").split("\0")[:-1])
        touched = []
        for meta in parts:
            old_mode, new_mode, old, new, status = meta[1:].split(" ")
            path = next(parts)
            if status.startswith("R"):
                target = next(parts)
                gone, nothing = Entry(path, NO_FILE, NOTHING), Entry(target, NO_FILE, NOTHING)
                touched.append(Touched(path, Entry(path, old_mode, old), gone, moved=True))
                touched.append(Touched(target, nothing, Entry(target, new_mode, new), moved=True))
            else:
                touched.append(Touched(path, Entry(path, old_mode, old), Entry(path, new_mode, new)))
        return sorted(touched, key=lambda one: one.path)

    def put(self, entries: Sequence[Entry]) -> None:
        """Set paths of the index to the modes and objects given (`NO_FILE`: no such file).

        Raises:
            GitRefused: git does not take such a path.
            ChangeError: there is no room.
        """
        lines = "".join(f"{one.mode} {one.blob}\t{one.path}\0" for one in entries)
        listing = self.folder / "entries"
        with written():
            listing.write_bytes(lines.encode("utf-8", "surrogateescape"))
        self._git_twice("update-index", "-z", "--index-info", stdin=listing)

    def store(self, files: Sequence[Path]) -> list[str]:
        """Keep files' bytes in the scratch store, past every filter; their object ids."""
        listing = self.folder / "files"
        with written():
            listing.write_bytes(b"".join(os.fsencode(file) + b"\n" for file in files))
        with self._nobody_s_patch():
            stored = self._git_twice("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listing)
        return stored.decode("ascii").split()

    def diff(self, commit: str) -> bytes:
        """Raw records and patch (NUL-separated, git's `--patch-with-raw -z`) from a commit to the index."""
        with self._nobody_s_patch():
            return self._git("diff-index", "--patch-with-raw", "-z", *DIFF, commit)

    def size(self, object_id: str) -> int:
        """Bytes of a blob.

        Raises:
            ChangeError: the mirror lacks it, or has it damaged.
        """
        with self._reading(object_id):
            size: int = self._repo.git.get_object_header(object_id)[2]
        return size

    def blob(self, object_id: str, largest: int | None = None) -> bytes | None:
        """The bytes of a blob; None where they are more than `largest` (`LARGEST_TEXT`, what a person reads).

        Raises:
            ChangeError: the mirror lacks it, or has it damaged.
        """
        if self.size(object_id) > (LARGEST_TEXT if largest is None else largest):
            return None
        with self._reading(object_id):
            data: bytes = self._repo.git.get_object_data(object_id)[3]
        return data

    @contextmanager
    def _reading(self, object_id: str) -> Iterator[None]:
        try:
            with without_variables():
                yield
        except (ValueError, OSError) as error:
            # The process that reads objects ends at the first that is damaged.
            self._repo.git.clear_cache()
            raise self._damaged(f"object {object_id} is missing or damaged") from error

    @contextmanager
    def _nobody_s_patch(self) -> Iterator[None]:
        """What git refuses inside, but for lack of time, is not the fault of a patch."""
        try:
            yield
        except TooMuch:
            raise
        except GitRefused as refused:
            self._scratch.check_room()
            raise self._damaged(str(refused)) from refused

    def _damaged(self, words: str) -> ChangeError:
        return ChangeError(
            f"the mirror cannot be read: {words}",
            where=str(self.mirror),
            fix="see `git fsck` there; where mergecheck cloned it, remove it and it is cloned again",
        )

    def _git_twice(
        self, *arguments: str, stdin: Path | None = None, folder: Path | None = None, bound: bool = False
    ) -> bytes:
        """Run a git that writes. What it refuses on a full disk says nothing of the patch, and git's words for a
        full disk are many; so after a refusal there must be room, and it must refuse again.

        Raises:
            GitRefused: with git's words.
            ChangeError: there is no room.
        """
        try:
            return self._git(*arguments, stdin=stdin, folder=folder, bound=bound)
        except TooMuch:
            raise
        except GitRefused:
            self._scratch.check_room()
            self._index.with_name("index.lock").unlink(missing_ok=True)
            return self._git(*arguments, stdin=stdin, folder=folder, bound=bound)

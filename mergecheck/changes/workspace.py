"""A scratch repository that borrows a mirror's objects: patches are applied to an index there, never to files.

It has a configuration, attributes and hooks of its own (none), so nothing that the mirror or the user has set up
decides how a patch is read or how a diff looks, and everything that git writes lands in the scratch store.

Git is asked through programs that stay, and its index is read and written here: one process a patch is left, the
`git apply` that judges it.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from mergecheck.changes.child import Ended, Lasting
from mergecheck.changes.diff import RawChange
from mergecheck.changes.differ import ARGUMENTS, Differ
from mergecheck.changes.index_file import EMPTY, Difference, Held, IndexFile, NotThisFormat, differences
from mergecheck.changes.judge import Judge
from mergecheck.changes.listing import Files, Folders, Lines, Listing, NoTree, index_of, lines_of
from mergecheck.changes.objects import Absent, Objects
from mergecheck.changes.paths import named_paths, plain_names
from mergecheck.changes.placing import Placed, placed
from mergecheck.changes.runner import (
    DAMAGED,
    Clock,
    GitRefused,
    Runner,
    TooMuch,
    bounded,
    closed_environment,
    refusal,
)
from mergecheck.changes.scratch import Scratch, no_work, written
from mergecheck.changes.scratch_repository import empty_repository
from mergecheck.changes.touched import SUBMODULE, Entry, Touched, may_move, no_file, read_raw
from mergecheck.errors import ChangeError

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

LARGEST_TEXT = 5 * 1024 * 1024
"""Bytes of a file beyond which it is named and not shown, as a binary file is."""

BLAMED = re.compile(r"error: (?:patch failed: )?(\d+)/")
"""Where git's words name a file that it could not change, or a patch's part that did not fit."""

Output = TypeVar("Output")

KEPT_COMMITS = 24
PATCHES_BETWEEN_SWEEPS = 200


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
        self._patch = self.folder / "patch"
        try:
            with written():
                self._git_dir = empty_repository(self.folder, mirror)
        except BaseException:
            self._scratch.remove()
            raise
        self._clock = Clock()
        self._environment = {**closed_environment(self.folder), "GIT_INDEX_FILE": str(self._index)}
        self._git = Runner(self._git_dir, self._environment, self.folder, self._clock)
        self._judge = Judge(self._git_dir, self._patch, self.folder, self._environment, self._clock)
        self._objects = Objects(self._lasting("cat-file", "--batch-check"), self._lasting("cat-file", "--batch"))
        self._differ = Differ(self._git_dir / "objects", self._lasting(*ARGUMENTS))
        self._folders = Folders(self._folder_lines)
        self._commits: dict[str, Listing] = {}
        self._commit = ""
        self._whole = "", EMPTY
        self._begun: IndexFile | None = None
        self._patches = 0

    def _lasting(self, *arguments: str) -> Lasting:
        command = ["git", f"--git-dir={self._git_dir}", *arguments]
        return Lasting(lambda: bounded(command), self._git_dir, self._environment, self._clock)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End git's processes and remove the scratch store."""
        self._end_children()
        self._scratch.remove()

    def _end_children(self) -> None:
        for lasting in (self._judge, self._objects, self._differ):
            lasting.close()

    def has(self, commit: str) -> bool:
        """Whether the mirror holds this commit, named by its full id."""
        if not COMMIT.fullmatch(commit):
            return False
        self._clock.renew()
        try:
            return self._objects.found(f"{commit}^{{commit}}") is not None
        except Ended as ended:
            error = refusal(ended.status, ended.words, self.folder)
            if isinstance(error, ChangeError):
                raise error from ended
            return False

    def renew(self) -> None:
        """Give the next patch its own time."""
        self._clock.renew()

    def sweep(self, patches: int) -> None:
        """Begin with so many patches: now and then with an empty store, and with fresh programs.

        What was made of earlier patches must be described by then.
        """
        self._patches += patches
        if self._patches > PATCHES_BETWEEN_SWEEPS:
            self._patches = patches
            self._end_children()
            with written():
                for folder in (self._git_dir / "objects").glob("[0-9a-f][0-9a-f]"):
                    shutil.rmtree(folder)

    def seconds_left(self) -> float:
        """What is left of a patch's time; raises `TooMuch` where nothing is."""
        return self._clock.seconds_left()

    def check_room(self) -> None:
        """Raises `ChangeError` where what was refused may have been refused for lack of room."""
        self._scratch.check_room()

    def start(self, commit: str) -> None:
        """Set the index to a commit.

        Raises:
            ChangeError: the mirror does not hold it whole, or there is no room for it.
        """
        self.files(commit)
        self._commit, self._begun = commit, None

    def _begin(self, index: IndexFile) -> None:
        with written():
            # A git that was ended because it took too long leaves its lock behind.
            self._index.with_name("index.lock").unlink(missing_ok=True)
            self._index.write_bytes(index.data)
        self._begun = index

    def _begin_whole(self) -> None:
        """Write the whole index that `start` has named, for what cannot do with less."""
        if self._begun is not None:
            return
        if self._whole[0] != self._commit:
            self._whole = self._commit, self.files(self._commit).whole()
        self._begin(self._whole[1])

    def files(self, commit: str) -> Listing:
        """All files of a commit. The last ones are kept: patches to one commit come one after another.

        Raises:
            ChangeError: the mirror does not hold it whole, or there is no room for it.
        """
        if commit not in self._commits:
            if not self.has(commit):
                raise ChangeError(f"no commit {commit} in the mirror", where=str(self.mirror))
            with self._nobody_s_patch():
                tree = self._objects.found(f"{commit}^{{tree}}")
                if tree is None:
                    raise self._damaged(f"the tree of commit {commit} is missing or damaged")
                while len(self._commits) >= KEPT_COMMITS:
                    del self._commits[next(iter(self._commits))]
            self._folders.forget()
            self._commits[commit] = Listing(self._folders, tree)
        return self._commits[commit]

    def apply(self, patch: bytes, *options: str) -> None:
        """Apply a patch to the index that `start` has set to a commit.

        Args:
            patch: what to apply.
            options: of `git apply`. The files that `--reject` writes are thrown away.

        Raises:
            GitRefused: with git's words. Without options the index is then as it was.
            ChangeError: there is no room for what comes of it, or the mirror is damaged.
        """
        with written():
            self._patch.write_bytes(patch)
        names = None if options else plain_names(patch)
        if names is not None and self._begun is None:
            self._begin(self.files(self._commit).of(names))
        self._begin_whole()
        try:
            if options:
                # Only `--reject` writes where it runs.
                with self.room() as folder:
                    self._git_twice("apply", "--cached", *options, str(self._patch), folder=folder, bound=True)
            else:
                self._twice(self._judge)
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

    def entries(self, paths: Sequence[str]) -> list[Entry]:
        """The index's entries at these paths; a path that it does not have is left out."""
        wanted = set(paths)
        self._begin_whole()
        with self._nobody_s_patch():
            listing = self._git("ls-files", "-s", "-z").decode("utf-8", "surrogateescape")
        found = []
        for line in listing.split("\0")[:-1]:
            meta, path = line.split("\t", 1)
            if path in wanted:
                mode, blob, _ = meta.split(" ")
                found.append(Entry(path, mode, blob))
        return found

    def changed(self) -> list[Touched]:
        """Paths at which the index differs from the commit, in their order; a rename is two of them."""
        return self._renamed([_touched(*found) for found in self._differences()])

    def _differences(self) -> list[Difference]:
        if self._begun is None:
            return []
        try:
            return list(differences(self._begun, self._index.read_bytes()))
        except (NotThisFormat, OSError) as error:
            raise no_work(f"git's index cannot be read: {error}") from error

    def apply_together(self, patches: Sequence[tuple[str, bytes]]) -> list[list[Touched] | None]:
        """Apply patches, each to its commit, with one git; for each what `changed` would say after it alone.

        None for one that must be judged alone: it is not written plainly, or git did not take it here.

        Args:
            patches: full id of a commit that is at hand, and a patch with its final newline.

        Raises:
            ChangeError: the mirror does not hold a commit whole, or there is no room.
        """
        waiting: dict[int, tuple[Placed, Files]] = {}
        for number, (commit, patch) in enumerate(patches):
            one = placed(patch, b"%d" % number)
            if one is not None:
                folder = b"%d/" % number
                files = self.files(commit).related(one.names)
                waiting[number] = one, [(folder + path, mode, name) for path, mode, name in files]
        while len(waiting) > 1:
            with written():
                self._patch.write_bytes(b"".join(one.patch for one, _ in waiting.values()))
            self._begin(index_of([file for _, files in waiting.values() for file in files]))
            try:
                self._judge()
            except TooMuch:
                break
            except GitRefused as refused:
                blamed = {int(number) for number in BLAMED.findall(str(refused))} & waiting.keys()
                if not blamed:
                    break
                for number in blamed:
                    del waiting[number]
            else:
                return self._taken_together(len(patches), waiting.keys())
        return [None] * len(patches)

    def _taken_together(self, count: int, taken: Collection[int]) -> list[list[Touched] | None]:
        found: dict[bytes, list[Touched]] = {b"%d" % number: [] for number in taken}
        for path, old, new in self._differences():
            folder, _, rest = path.partition(b"/")
            if folder not in found or not rest:
                # Git read a name where none was moved: nothing is to be said of any of them.
                return [None] * count
            found[folder].append(_touched(rest, old, new))
        return [self._renamed(found[b"%d" % number]) if number in taken else None for number in range(count)]

    def _renamed(self, touched: list[Touched]) -> list[Touched]:
        """The same, in the order of their paths, with what git takes for renames."""
        if may_move(touched):
            with self._nobody_s_patch():
                arguments = ("diff-tree", "-r", "--raw", "-z", "--find-renames", "--full-index")
                trees = self._differ.trees(touched, whole_paths=True)
                touched = read_raw(self._git(*arguments, *trees, bound=True))
        return sorted(touched, key=lambda one: one.path)

    def put(self, entries: Sequence[Entry]) -> None:
        """Set paths of the index to the modes and objects given (`NO_FILE`: no such file).

        Raises:
            GitRefused: git does not take such a path.
            ChangeError: there is no room.
        """
        self._begin_whole()
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

    def diffs(self, changes: Sequence[Sequence[Touched]]) -> list[list[RawChange]]:
        """Our diff of each change's paths, and of nothing else.

        Raises:
            TooMuch: git takes too long over them, or too much memory.
            ChangeError: the mirror lacks one, or there is no room.
        """
        with self._nobody_s_patch():
            return self._differ.diffs(changes)

    def sizes(self, object_ids: Iterable[str]) -> dict[str, int]:
        """Bytes of blobs.

        Raises:
            ChangeError: the mirror lacks one, or has it damaged.
        """
        with self._nobody_s_patch():
            return self._objects.sizes(object_ids)

    def blobs(self, object_ids: Iterable[str], largest: int | None = None) -> dict[str, bytes | None]:
        """The bytes of blobs; None where they are more than `largest` (`LARGEST_TEXT`, what a person reads).

        Raises:
            ChangeError: the mirror lacks one, or has it damaged.
        """
        most = LARGEST_TEXT if largest is None else largest
        sizes = self.sizes(object_ids)
        with self._nobody_s_patch():
            read = self._objects.contents(name for name, size in sizes.items() if size <= most)
        return {name: read.get(name) for name in sizes}

    def blob(self, object_id: str, largest: int | None = None) -> bytes | None:
        """The same of one."""
        return self.blobs([object_id], largest)[object_id]

    def _folder_lines(self, trees: Iterable[str]) -> dict[str, Lines]:
        with self._nobody_s_patch():
            return {name: lines_of(data) for name, data in self._objects.contents(trees).items()}

    @contextmanager
    def _nobody_s_patch(self) -> Iterator[None]:
        """What git refuses inside, but for lack of time, is not the fault of a patch."""
        try:
            yield
        except TooMuch:
            raise
        except (GitRefused, Absent, NoTree) as refused:
            self._scratch.check_room()
            raise self._damaged(str(refused)) from refused
        except Ended as ended:
            error = refusal(ended.status, ended.words, self.folder)
            if isinstance(error, (ChangeError, TooMuch)):
                raise error from ended
            self._scratch.check_room()
            raise self._damaged(str(error)) from ended

    def _damaged(self, words: str) -> ChangeError:
        return ChangeError(
            f"the mirror cannot be read: {words}",
            where=str(self.mirror),
            fix="see `git fsck` there; where mergecheck cloned it, remove it and it is cloned again",
        )

    def _git_twice(
        self, *arguments: str, stdin: Path | None = None, folder: Path | None = None, bound: bool = False
    ) -> bytes:
        """Run a git that writes, as `_twice`."""
        return self._twice(lambda: self._git(*arguments, stdin=stdin, folder=folder, bound=bound))

    def _twice(self, work: Callable[[], Output]) -> Output:
        """Let git write. What it refuses on a full disk says nothing of the patch, and git's words for a full disk
        are many; so after a refusal there must be room, and it must refuse again.

        Raises:
            GitRefused: with git's words.
            ChangeError: there is no room.
        """
        try:
            return work()
        except TooMuch:
            raise
        except GitRefused:
            self._scratch.check_room()
            self._index.with_name("index.lock").unlink(missing_ok=True)
            return work()


def _touched(raw: bytes, old: Held | None, new: Held | None) -> Touched:
    path = raw.decode("utf-8", "surrogateescape")
    return Touched(path, _entry(path, old), _entry(path, new))


def _entry(path: str, held: Held | None) -> Entry:
    return no_file(path) if held is None else Entry(path, held.mode, held.blob)

"""The last rung of the ladder: GNU `patch`, on nothing but the files that a patch names, in a private folder.

`patch` works on files, follows what a header says, and would run an editor for a script. So it gets copies of the
named files alone; no link, no submodule and no path that leaves the folder is let in; `--unified` keeps it from
scripts; and what it leaves behind is taken file by file, never as a folder.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import subprocess
from functools import lru_cache
from pathlib import Path, PurePosixPath

from mergecheck.changes.paths import named_paths
from mergecheck.changes.runner import (
    FROM_OUTSIDE,
    GitRefused,
    TooMuch,
    bounded,
    closed_environment,
    ended_from_outside,
    one_line,
)
from mergecheck.changes.scratch import written
from mergecheck.changes.touched import NO_FILE, NOTHING, Entry
from mergecheck.changes.workspace import Workspace

ARGUMENTS = ("--batch", "--forward", "--fuzz=5", "-p1", "--unified", "--get=0", "--no-backup-if-mismatch")
"""As the SWE-bench harness calls it, but never for a script, never asking version control, and without backups."""

REGULAR = {"100644": 0o644, "100755": 0o755}
LINKS = (b"120000", b"160000")

COPIES = re.compile(rb"^copy from [^\n]*$", re.MULTILINE)

MOST_NAMES = 10_000
LARGEST_COPY = 200 * 1024 * 1024
"""Bytes of all the files that are copied for one patch, or by it."""


@lru_cache(maxsize=8)
def _is_gnu(program: str) -> bool:
    said = subprocess.run([program, "--version"], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return said.stdout.startswith(b"GNU patch")


def gnu_patch() -> str | None:
    """Where GNU `patch` is; None where there is none, or another `patch` that does not know these options."""
    program = shutil.which("patch")
    return program if program is not None and _is_gnu(program) else None


def apply_by_patch(workspace: Workspace, program: str, patch: bytes) -> None:
    """Let `patch` change the files that a patch names, and set the index to what it made of them.

    Args:
        workspace: its index is at the base commit.
        program: from `gnu_patch`.
        patch: the author's bytes.

    Raises:
        GitRefused: `patch` did not take every hunk, or may not be asked; with its words or ours.
        ChangeError: the mirror lacks a file that the patch names.
    """
    names = _safe(patch)
    before = {entry.path: entry for entry in workspace.entries([*names, *_parents(names)])}
    if any(entry.mode not in REGULAR for entry in before.values()):
        raise GitRefused("`patch` is not asked: it names a link or a submodule, or a path below one")
    with written(), workspace.room() as folder:
        _copy(workspace, before, patch, folder)
        _run(workspace, program, patch, folder)
        after = _files(folder)
        strange = after.keys() - set(names)
        if strange:
            raise GitRefused(f"`patch` wrote {min(strange)!r}, which the patch does not name")
        _take(workspace, before, after)


def _safe(patch: bytes) -> list[str]:
    """The names in a patch; a single one that is not safe, and it is not for `patch`."""
    for line in patch.splitlines():
        if line.startswith((b"new file mode ", b"new mode ", b"old mode ", b"deleted file mode ", b"index ")) and (
            line.rstrip().endswith(LINKS)
        ):
            raise GitRefused("`patch` is not asked: it names a link or a submodule")
    names = named_paths(patch)
    if len(names) > MOST_NAMES:
        raise GitRefused(f"`patch` is not asked: it names {len(names)} files")
    for name in names:
        parts = name.split("/")
        if any(part in ("", ".", "..") or _is_git(part) for part in parts):
            raise GitRefused(f"`patch` is not asked: it names {name!r}")
        if any(ord(character) < 32 or ord(character) == 127 or character == "\\" for character in name):
            raise GitRefused(f"`patch` is not asked: it names {name!r}")
    if len({name.casefold() for name in names}) < len(set(names)):
        raise GitRefused("`patch` is not asked: two of its names are one on some machines")
    return names


def _is_git(part: str) -> bool:
    return part.casefold().rstrip(". ") == ".git"


def _parents(names: list[str]) -> list[str]:
    return [str(parent) for name in names for parent in PurePosixPath(name).parents if str(parent) != "."]


def _copy(workspace: Workspace, entries: dict[str, Entry], patch: bytes, folder: Path) -> None:
    blobs = workspace.sizes(entry.blob for entry in entries.values())
    sizes = {path: blobs[entry.blob] for path, entry in entries.items()}
    copies = [named_paths(line) for line in COPIES.findall(patch)]
    total = sum(sizes.values()) + sum(sizes.get(path, 0) for paths in copies for path in paths)
    if total > LARGEST_COPY:
        raise GitRefused("`patch` is not asked: the files that it names are too large")
    for entry in entries.values():
        data = workspace.blob(entry.blob, largest=LARGEST_COPY)
        file = folder / entry.path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data or b"")
            file.chmod(REGULAR[entry.mode])
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL):
                raise GitRefused(f"`patch` is not asked: this machine has no file {entry.path!r}") from error
            raise


def _run(workspace: Workspace, program: str, patch: bytes, folder: Path) -> None:
    source = workspace.folder / "patch"
    source.write_bytes(patch)
    # Nothing of the caller's: PATCH_GET or POSIXLY_CORRECT would change what `patch` does.
    environment = {"PATH": os.environ.get("PATH", os.defpath), **closed_environment(workspace.folder)}
    try:
        with source.open("rb") as handle:
            done = subprocess.run(
                bounded([program, *ARGUMENTS]),
                stdin=handle,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                timeout=workspace.seconds_left(),
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise TooMuch("it kept `patch` busy for too long") from error
    if done.returncode in FROM_OUTSIDE:
        raise ended_from_outside(-done.returncode)
    if done.returncode != 0:
        workspace.check_room()
        raise GitRefused(f"patch: {one_line(done.stdout.decode('utf-8', 'replace'))}")


def _files(folder: Path) -> dict[str, Path]:
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            file = Path(place, name)
            path = file.relative_to(folder).as_posix()
            if not stat.S_ISREG(file.lstat().st_mode):
                raise GitRefused(f"`patch` made {path!r}, which is no file")
            found[path] = file
    return found


def _take(workspace: Workspace, before: dict[str, Entry], after: dict[str, Path]) -> None:
    """Set the index to the files that are there now."""
    paths = sorted(after)
    blobs = workspace.store([after[path] for path in paths])
    entries = [Entry(path, NO_FILE, NOTHING) for path in sorted(before.keys() - after.keys())]
    for path, blob in zip(paths, blobs, strict=True):
        mode = "100755" if after[path].stat().st_mode & stat.S_IXUSR else "100644"
        if before.get(path) != Entry(path, mode, blob):
            entries.append(Entry(path, mode, blob))
    if entries:
        workspace.put(entries)
        _check_taken(workspace, entries)


def _check_taken(workspace: Workspace, entries: list[Entry]) -> None:
    """Git goes over a path that it does not allow (`git~1`) as if nobody had named it."""
    there = {one.path: one for one in workspace.entries([one.path for one in entries])}
    for one in entries:
        if one.mode != NO_FILE and there.get(one.path) != one:
            raise GitRefused(f"git takes no file {one.path!r}, which `patch` wrote")

"""What git says of a change, as records: the files' whole old and new texts, and our own diff of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from mergecheck.changes.diff import RawChange
from mergecheck.changes.touched import NO_FILE, SUBMODULE, Touched
from mergecheck.changes.workspace import Workspace
from mergecheck.records import FileChange, Kind

LARGEST_CHANGE = 100 * 1024 * 1024
"""Bytes of all old and new texts beyond which nobody is asked to read it: a few lines of a patch can copy a file
many times."""


def size_of(workspace: Workspace, touched: Iterable[Touched]) -> int:
    """Bytes of all old and new texts.

    Raises:
        ChangeError: the mirror lacks one, or has it damaged.
    """
    sides = _sides(touched)
    sizes = workspace.sizes(sides)
    return sum(sizes[side] for side in sides)


def describe(workspace: Workspace, changes: Sequence[Sequence[Touched]]) -> list[tuple[FileChange, ...]]:
    """The files of each change, by path.

    Args:
        workspace: that the changes were made in.
        changes: for each, the paths that it touches.

    Raises:
        GitRefused: git cannot describe one of them.
        ChangeError: the mirror lacks one, or has it damaged; there is no room.
    """
    described = workspace.diffs(changes)
    blobs = workspace.blobs(side for touched in changes for side in _sides(touched))
    return [tuple(sorted((_file(blobs, raw) for raw in one), key=lambda file: file.path)) for one in described]


def _sides(touched: Iterable[Touched]) -> list[str]:
    """The blobs of all that has a text."""
    return [side.blob for one in touched for side in (one.old, one.new) if side.mode not in (NO_FILE, SUBMODULE)]


def _file(blobs: Mapping[str, bytes | None], change: RawChange) -> FileChange:
    old = _side(blobs, change.old_id, change.old_mode)
    new = _side(blobs, change.new_id, change.new_mode)
    shown = (
        not change.binary and (old is None) == (change.old_id is None) and (new is None) == (change.new_id is None)
    )
    # One encoding for both sides, or the hunks would mix two. Every byte is a Latin-1 character.
    encoding = "utf-8" if all(_is_utf8(side) for side in (old, new) if side is not None) else "latin-1"
    return FileChange(
        path=change.path,
        kind=_kind(change),
        old_path=change.old_path,
        old_text=old.decode(encoding) if shown and old is not None else None,
        new_text=new.decode(encoding) if shown and new is not None else None,
        old_digest=_digest(old, change.old_id),
        new_digest=_digest(new, change.new_id),
        old_mode=None if change.old_id is None else change.old_mode,
        new_mode=None if change.new_id is None else change.new_mode,
        binary=not shown,
        hunks=tuple(hunk.decoded(encoding) for hunk in change.hunks) if shown else (),
    )


def _side(blobs: Mapping[str, bytes | None], object_id: str | None, mode: str) -> bytes | None:
    if object_id is None:
        return None
    if mode == SUBMODULE:
        # The commit is another repository's; git's own diff shows this line.
        return f"Subproject commit {object_id}\n".encode()
    return blobs[object_id]


def _digest(side: bytes | None, object_id: str | None) -> str | None:
    if object_id is None:
        return None
    # What is too large to be read is told apart by git's own digest.
    return f"git:{object_id}" if side is None else hashlib.sha256(side).hexdigest()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _kind(change: RawChange) -> Kind:
    match change.status:
        case "A":
            return Kind.ADDED
        case "D":
            return Kind.DELETED
        case "R":
            return Kind.RENAMED
        case _:
            return Kind.MODE if change.old_id == change.new_id else Kind.MODIFIED

"""What git says of a change, as records: the files' whole old and new texts, and our own diff of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

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
    # The attempts at one instance share their old texts: each is read, and held, once.
    side_of = cache(partial(_side, blobs))
    return [tuple(sorted((_file(side_of, raw) for raw in one), key=lambda file: file.path)) for one in described]


def _sides(touched: Iterable[Touched]) -> list[str]:
    """The blobs of all that has a text."""
    return [side.blob for one in touched for side in (one.old, one.new) if side.mode not in (NO_FILE, SUBMODULE)]


@dataclass(frozen=True, slots=True)
class _Side:
    """What a file holds before or after; no bytes where they are too many, no text where it is no UTF-8."""

    data: bytes | None
    text: str | None
    digest: str

    def shown(self, encoding: str) -> str | None:
        """Its text."""
        return self.text if self.data is None or encoding == "utf-8" else self.data.decode(encoding)


def _file(side_of: Callable[[str, str], _Side], change: RawChange) -> FileChange:
    old = None if change.old_id is None else side_of(change.old_id, change.old_mode)
    new = None if change.new_id is None else side_of(change.new_id, change.new_mode)
    sides = [side for side in (old, new) if side is not None]
    shown = not change.binary and all(side.data is not None for side in sides)
    # One encoding for both sides, or the hunks would mix two. Every byte is a Latin-1 character.
    encoding = "utf-8" if all(side.text is not None for side in sides) else "latin-1"
    return FileChange(
        path=change.path,
        kind=_kind(change),
        old_path=change.old_path,
        old_text=old.shown(encoding) if shown and old is not None else None,
        new_text=new.shown(encoding) if shown and new is not None else None,
        old_digest=None if old is None else old.digest,
        new_digest=None if new is None else new.digest,
        old_mode=None if old is None else change.old_mode,
        new_mode=None if new is None else change.new_mode,
        binary=not shown,
        hunks=tuple(hunk.decoded(encoding) for hunk in change.hunks) if shown else (),
    )


def _side(blobs: Mapping[str, bytes | None], object_id: str, mode: str) -> _Side:
    # The commit of a submodule is another repository's; git's own diff shows this line.
    data = f"Subproject commit {object_id}\n".encode() if mode == SUBMODULE else blobs[object_id]
    if data is None:
        # What is too large to be read is told apart by git's own digest.
        return _Side(None, None, f"git:{object_id}")
    return _Side(data, _utf8(data), hashlib.sha256(data).hexdigest())


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


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

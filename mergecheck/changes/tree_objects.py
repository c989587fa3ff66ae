"""Write tree objects into a store, so that git can be asked for the difference of two."""

from __future__ import annotations

import errno
import hashlib
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

from mergecheck.changes.index_file import Held
from mergecheck.changes.scratch import written

FOLDER = b"40000"


def write_tree(store: Path, files: Mapping[bytes, Held]) -> str:
    """Keep a tree of these files; its object id.

    Args:
        store: a repository's folder of objects.
        files: by path; no path leads through another.

    Raises:
        ChangeError: it cannot be written.
    """
    folders: dict[bytes, list[tuple[bytes, bytes, str]]] = {b"": []}
    for path, held in files.items():
        _folder_of(path, folders).append((path, held.mode.lstrip("0").encode(), held.blob))
    # The deepest first: a folder's id is that of all below it.
    for path in sorted(folders.keys() - {b""}, key=lambda path: -path.count(b"/")):
        # In git's order a folder's name ends with a slash.
        _folder_of(path, folders).append((path + b"/", FOLDER, _tree(store, folders[path])))
    return _tree(store, folders[b""])


def _folder_of(
    path: bytes, folders: dict[bytes, list[tuple[bytes, bytes, str]]]
) -> list[tuple[bytes, bytes, str]]:
    """The lines of the folder that a path lies in, which is made with all above it where it is new."""
    parent = path.rpartition(b"/")[0]
    lines = folders.get(parent)
    if lines is None:
        lines = folders[parent] = []
        while parent:
            parent = parent.rpartition(b"/")[0]
            if parent in folders:
                break
            folders[parent] = []
    return lines


def _tree(store: Path, lines: list[tuple[bytes, bytes, str]]) -> str:
    body = b"".join(
        mode + b" " + path.removesuffix(b"/").rpartition(b"/")[2] + b"\0" + bytes.fromhex(blob)
        for path, mode, blob in sorted(lines)
    )
    return _store(store, b"tree %d\0" % len(body) + body)


def _store(store: Path, data: bytes) -> str:
    name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    place = f"{store}/{name[:2]}"
    file = f"{place}/{name[2:]}"
    with written():
        if not os.path.exists(file):  # noqa: PTH110 - twice as quick, and this is done for every patch
            _write(place, file, zlib.compress(data, 1))
    return name


def _write(place: str, file: str, data: bytes) -> None:
    try:
        written_to = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    except FileNotFoundError:
        Path(place).mkdir()
        written_to = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        # Shorter only where the disk is full; the object is then made again by whoever asks for it next.
        if os.write(written_to, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        Path(file).unlink()
        raise
    finally:
        os.close(written_to)

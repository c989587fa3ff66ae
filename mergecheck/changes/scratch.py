"""A temporary folder for git: removed at the end, swept by the next one after a kill, and never mistaken for full.

Its name tells the process that has it. That process is not seen from another container or machine with the same
temporary folder, so it holds a lock in it as well.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mergecheck.errors import ChangeError

PREFIX = "mergecheck-workspace-"

LOCK = "in-use"

ROOM = 20 * 1024 * 1024
"""Bytes that there must be room for before a patch is blamed for what git could not do with it."""

PROBE = bytes(2 * 1024 * 1024)
"""What is written to see it: the system knows free space, and seldom knows of a quota."""


class Scratch:
    """A new temporary folder, held until it is removed.

    Raises:
        ChangeError: it cannot be made.
    """

    def __init__(self) -> None:
        with written():
            _sweep(Path(tempfile.gettempdir()))
            self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
            self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Remove the folder, then let go of it."""
        shutil.rmtree(self.path)
        os.close(self._lock)

    def check_room(self) -> None:
        """Whether git could have done here whatever a patch asks of it.

        Raises:
            ChangeError: there is less room than `ROOM`, or nothing can be written.
        """
        probe = self.path / "room"
        try:
            with written():
                probe.write_bytes(PROBE)
                system = os.statvfs(self.path)
        finally:
            probe.unlink(missing_ok=True)
        if system.f_blocks and system.f_bavail * system.f_frsize < ROOM:
            raise no_work("it is nearly full")


@contextmanager
def written() -> Iterator[None]:
    """What cannot be written in the temporary folder is the disk's fault and no patch's.

    Raises:
        ChangeError: with the system's words.
    """
    try:
        yield
    except OSError as error:
        raise no_work(error.strerror or str(error)) from error


def no_work(words: str) -> ChangeError:
    """That git cannot work in its temporary folder, and why; it says nothing of the patch at hand."""
    return ChangeError(
        f"patches cannot be applied in the temporary folder ({words})",
        where=str(tempfile.tempdir or ""),
        fix=f"make {ROOM >> 20} MB of room there, or set TMPDIR to a folder that has it; then run it again",
    )


def _sweep(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*-*"):
        if _left_behind(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _left_behind(folder: Path) -> bool:
    process = folder.name.removeprefix(PREFIX).split("-")[0]
    if not process.isdigit() or _runs(int(process)):
        return False
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

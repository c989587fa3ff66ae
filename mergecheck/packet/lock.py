"""Hold a file for one process at a time, by the system's own lock, so that a killed process holds nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mergecheck.errors import AnswersError

# Windows locks keep others from reading the locked bytes: lock one far beyond any file's end.
FAR = 1 << 40


def lock(descriptor: int, path: Path) -> None:
    """Lock an open file until it is closed.

    Raises:
        AnswersError: another process has it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise AnswersError(
            "another program has these answers open",
            where=str(path),
            fix="close the other review of this packet first",
        ) from error


def wait_for(descriptor: int) -> None:
    """Lock an open file until it is closed, once no other process has it. Not on Windows: no study is run there.

    Raises:
        OSError: the file system has no locks.
    """
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)

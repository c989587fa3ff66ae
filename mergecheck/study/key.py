"""The study's key: 32 random bytes that turn blind ids back into candidates. Made once, never replaced."""

from __future__ import annotations

import os
import secrets
import shlex
import stat
from pathlib import Path

from mergecheck.errors import StudyFileError
from mergecheck.study.config import DATABASE, STUDY_FILE, Study

KEY_BYTES = 32
OWNER_ONLY = 0o600

_REPLACE = (
    "restore it from a backup: without the key that they were made with, packets cannot be read back. "
    "Only where nothing was assigned yet: remove {database} and what there is of the key, move {file} away, run "
    "`mergecheck init`, move {file} back and pull again"
)


def read_key(study: Study) -> bytes:
    """The study's key, exactly 32 bytes.

    Raises:
        StudyFileError: it is not there, cannot be read, has another length, or others may read it.
    """
    return read_key_file(study.key_file)


def read_key_file(path: Path) -> bytes:
    """As `read_key`, for the file itself."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        key = path.read_bytes()
    except FileNotFoundError as error:
        raise StudyFileError("the study's key is missing", where=str(path), fix=_advice()) from error
    except OSError as error:
        raise StudyFileError(f"the study's key cannot be read ({error.strerror})", where=str(path)) from error
    if os.name == "posix" and mode & 0o077:
        raise StudyFileError(
            f"others than its owner have rights to the study's key (mode {mode:04o})",
            where=str(path),
            fix=f"chmod 600 {shlex.quote(str(path))}",
        )
    if len(key) != KEY_BYTES:
        raise StudyFileError(
            f"the study's key has {len(key)} bytes, not {KEY_BYTES}", where=str(path), fix=_advice()
        )
    return key


def new_key() -> bytes:
    """A key for a new study."""
    return secrets.token_bytes(KEY_BYTES)


def _advice() -> str:
    return _REPLACE.format(file=STUDY_FILE, database=DATABASE)

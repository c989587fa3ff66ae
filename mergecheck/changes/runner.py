"""Run git within bounds of time and memory, with an environment of its own, and hand on its own words."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import BinaryIO

import git

from mergecheck.changes.environment import without_variables

PATIENCE_SECONDS = 60
"""For all that is done to one patch: a hundred thousand hunks can keep git busy for minutes."""

MEMORY_KIB = 2 * 1024 * 1024
"""Address space of a program that reads an author's bytes, where the system can bound it (Linux can)."""

LARGEST_FILE_BLOCKS = 2 * 1024 * 1024
"""The most that such a program may write into one file, in blocks of 512 bytes (1 GiB)."""

# A shell that becomes the program: no process of Python's is forked with a limit half set.
BOUNDS = 'ulimit -v "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; shift 2; exec "$@"'

QUOTED = re.compile(r"\s*stderr: '(.*)'\s*", re.DOTALL)

DISK = re.compile(r"No space left on device|Disk quota exceeded|File too large|[Rr]ead-only file system")

SUSPICIOUS = re.compile(
    DISK.pattern
    + r"|corrupt (?:loose )?object|loose object|packfile|inflate|bad object|missing (?:blob|tree|object)|"
    r"unable to (?:read|unpack|parse|write|create)|(?:failed|could not) (?:to )?(?:read|write)|cannot read|"
    r"write error|hash mismatch|is empty"
)
"""Words of git that may mean the disk or the mirror and not the patch."""


class GitRefused(Exception):
    """Git did not take a patch, or could not describe what it does; the message is git's own words."""


class TookTooLong(GitRefused):
    """Git, or `patch`, was ended because it kept at one patch for too long."""


def bounded(command: list[str]) -> list[str]:
    """The command, with limits on the memory it takes and the files it writes."""
    return ["sh", "-c", BOUNDS, "sh", str(MEMORY_KIB), str(LARGEST_FILE_BLOCKS), *command]


def closed_environment(folder: Path) -> dict[str, str]:
    """Variables that keep a program from every configuration but the scratch repository's own."""
    return {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C",
    }


class Runner:
    """Git on one scratch repository. `renew` gives the next patch its own time."""

    def __init__(self, git_dir: Path, index: Path, folder: Path) -> None:
        self._git_dir = git_dir
        self._folder = folder
        self._environment = {**closed_environment(folder), "GIT_INDEX_FILE": str(index)}
        self._until = 0.0
        self.renew()

    def renew(self) -> None:
        """Start the clock of a patch."""
        self._until = time.monotonic() + PATIENCE_SECONDS

    def seconds_left(self) -> float:
        """What is left of a patch's time.

        Raises:
            TookTooLong: nothing is.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise TookTooLong(f"it kept git busy for more than {PATIENCE_SECONDS} seconds")
        return left

    def __call__(self, *arguments: str, istream: BinaryIO | None = None, folder: Path | None = None) -> bytes:
        """What git prints on stdout.

        Args:
            arguments: git's, after the repository is named.
            istream: its stdin.
            folder: where it runs; the scratch repository where None.

        Raises:
            GitRefused: it ended with an error; its own words on one line.
            TookTooLong: the patch's time ran out.
        """
        command = bounded(["git", f"--git-dir={self._git_dir}", *arguments])
        runner = git.Git(str(folder or self._git_dir))
        left = self.seconds_left()
        try:
            with without_variables():
                return runner.execute(
                    command,
                    istream=istream,
                    stdout_as_string=False,
                    strip_newline_in_stdout=False,
                    kill_after_timeout=left,
                    env=self._environment,
                )
        except git.GitCommandError as error:
            self.seconds_left()
            quoted = QUOTED.fullmatch(str(error.stderr))
            # Our own folders' names are nobody's business, and differ from run to run.
            words = (quoted[1] if quoted else str(error.stderr)).replace(f"{self._folder}{os.sep}", "the ")
            raise GitRefused(one_line(words) or f"git ended with status {error.status}") from error


def one_line(words: str) -> str:
    """What a program said, on one line that can be kept and shown."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return "; ".join(lines)[:400]

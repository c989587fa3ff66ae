"""Run git within bounds of time and memory, with an environment of its own, and hand on its own words."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import nullcontext
from pathlib import Path

import git

from mergecheck.changes.environment import start
from mergecheck.changes.scratch import no_work
from mergecheck.errors import ChangeError

PATIENCE_SECONDS = 60
"""For all that is done to one patch: a hundred thousand hunks can keep git busy for minutes."""

MEMORY_KIB = 2 * 1024 * 1024
"""Address space of a program that reads an author's bytes, where the system can bound it (Linux can)."""

LARGEST_FILE_BLOCKS = 2 * 1024 * 1024
"""The most that such a program may write into one file, in blocks of 512 bytes (1 GiB)."""

# A shell that becomes the program: no process of Python's is forked with a limit half set.
BOUNDS = 'ulimit -v "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; shift 2; exec "$@"'

DAMAGED = re.compile(
    r"corrupt (?:loose )?object|loose object|packfile|inflate|bad object|missing (?:blob|tree|object)|"
    r"unable to (?:read|unpack|parse)|(?:failed|could not) (?:to )?read|cannot read|hash mismatch|is empty"
)
"""Words of git that may mean the mirror and not the patch."""

GONE = "fatal: not a git repository"

NOT_FOUND = 127

FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)
"""How a git ends that somebody else has ended, or a system without memory. A crash is git's own: a refusal."""


class GitRefused(Exception):
    """Git did not take a patch, or could not describe what it does; the message is git's own words."""


class TooMuch(GitRefused):
    """Git, or `patch`, was ended because one patch took too long, or too much memory: no other way is tried."""


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


class Clock:
    """A patch's time. `renew` gives the next patch its own."""

    def __init__(self) -> None:
        self._until = 0.0
        self.renew()

    def renew(self) -> None:
        """Start the clock of a patch."""
        self._until = time.monotonic() + PATIENCE_SECONDS

    def seconds_left(self) -> float:
        """What is left of a patch's time.

        Raises:
            TooMuch: nothing is.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooMuch(f"it kept git busy for more than {PATIENCE_SECONDS} seconds")
        return left


class Runner:
    """Git on one scratch repository, a process for every call."""

    def __init__(self, git_dir: Path, environment: dict[str, str], folder: Path, clock: Clock) -> None:
        self._git_dir = git_dir
        self._folder = folder
        self._environment = environment
        self._clock = clock

    def __call__(
        self, *arguments: str, stdin: Path | None = None, folder: Path | None = None, bound: bool = False
    ) -> bytes:
        """What git prints on stdout.

        Args:
            arguments: git's, after the repository is named.
            stdin: the file that it reads; none where None.
            folder: where it runs; the scratch repository where None.
            bound: with bounds on its memory and on what it writes, which cost a shell.

        Raises:
            ChangeError: it could not be run, or was ended by somebody else.
            GitRefused: it ended with an error; its own words on one line.
            TooMuch: the patch's time ran out.
        """
        command = ["git", f"--git-dir={self._git_dir}", *arguments]
        if bound:
            command = bounded(command)
        left = self._clock.seconds_left()
        try:
            with nullcontext() if stdin is None else stdin.open("rb") as handle:
                running = start(command, folder or self._git_dir, self._environment, stdin=handle)
        except (git.GitCommandNotFound, OSError) as error:
            raise not_started(error) from error
        status, printed, words = _ended(running.proc, left)
        if status != 0:
            self._clock.seconds_left()
            raise refusal(status, words, self._folder)
        return printed


def _ended(process: subprocess.Popen[bytes] | None, seconds: float) -> tuple[int, bytes, bytes]:
    assert process is not None
    try:
        printed, words = process.communicate(timeout=seconds)
    except BaseException as error:
        process.kill()
        printed, words = process.communicate()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
    return process.returncode, printed, words


def not_started(error: git.GitCommandNotFound | OSError) -> ChangeError:
    """That a program could not be started, and why."""
    return no_work((error.strerror if isinstance(error, OSError) else None) or one_line(str(error)))


def refusal(status: int, said: bytes, folder: Path) -> Exception:
    """What to raise for a git that ended with an error.

    Args:
        status: minus a signal's number where one ended it.
        said: on stderr.
        folder: our own; its name is nobody's business, and differs from run to run.
    """
    text = said.decode("utf-8", "surrogateescape")
    words = one_line(text.replace(f"{folder}{os.sep}", "the "))
    if "Out of memory, malloc failed" in words:
        return TooMuch(f"it takes more memory than {MEMORY_KIB >> 10} MB")
    if status in FROM_OUTSIDE:
        return ended_from_outside(-status)
    if words.startswith(GONE) or status == NOT_FOUND:
        return no_work(words)
    return GitRefused(words or f"git ended with status {status}")


def ended_from_outside(number: int) -> ChangeError:
    """That a program was ended by a signal; it says nothing of the patch at hand."""
    return ChangeError(
        f"git was ended from outside (signal {number})",
        fix="run the command again; if it happens again, see whether the machine has memory left",
    )


def one_line(words: str) -> str:
    """What a program said, on one line that can be kept and shown: it quotes authors, who may write anything."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    text = "; ".join(lines)[:400]
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)

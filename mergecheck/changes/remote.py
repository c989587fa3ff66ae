"""Run git against a server: never asking a person, never waiting for ever, leaving nothing running behind."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

import git
from git.exc import UnsafeProtocolError

from mergecheck.changes.environment import without_local_variables
from mergecheck.changes.runner import one_line
from mergecheck.errors import ChangeError

SETTINGS = (
    # No maintenance in the background after we have gone.
    "gc.auto=0",
    "maintenance.auto=false",
    # A minute of next to nothing is a connection that is gone.
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "fetch.writeCommitGraph=false",
)

NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded|[Rr]ead-only file system|File too large")
UNKNOWN = re.compile(r"not our ref|unadvertised object|couldn't find remote ref|could not find remote ref")
ABSENT = re.compile(
    r"[Rr]epository .*not found|not found|does not appear to be a git repository|does not exist|"
    r"could not read Username|Authentication failed|Permission denied|terminal prompts disabled"
)
DAMAGED = re.compile(
    r"corrupt|bad object|unable to read|missing (?:blob|tree|object|commit)|inflate|not a git repository"
)


class RemoteRefused(Exception):
    """A git that speaks to a server, or to a mirror, ended with an error; the message is its own words."""

    @property
    def unknown_commit(self) -> bool:
        """Whether the server was reached, and does not have what was asked for."""
        return UNKNOWN.search(str(self)) is not None

    def as_error(self, what: str, where: Path, otherwise: str = "", fix: str = "") -> ChangeError:
        """The same for the user: what it was, where, and what to do about it.

        Args:
            what: what failed.
            where: the mirror, or the folder of mirrors.
            otherwise: another way out, as the end of the sentence.
            fix: what to do unless there is no room, where no server was asked.
        """
        words = str(self)
        if NO_ROOM.search(words):
            fix = "make room there, or name another place with XDG_CACHE_HOME, and run it again"
        return ChangeError(f"{what}: {words}", where=str(where), fix=fix or _advice(words, otherwise))


def _advice(words: str, otherwise: str) -> str:
    if ABSENT.search(words):
        return f"see whether [benchmark] clone_url is right and open to you{otherwise}"
    if DAMAGED.search(words):
        return "remove the mirror, and it is cloned again"
    return f"check the network and run it again{otherwise}"


def check_url(url: str) -> None:
    """Refuse an address by which git would run a program.

    Raises:
        ChangeError: it is one.
    """
    try:
        git.Git.check_unsafe_protocols(url)
    except UnsafeProtocolError as error:
        raise ChangeError(
            f"{url} would run a program", fix="give [benchmark] clone_url an address of https, ssh or file"
        ) from error


def network_git(mirror: Path | None, arguments: list[str], stdin: str = "") -> str:
    """Run git on a mirror (None: on none), with the user's proxies and keys; what it prints.

    Raises:
        RemoteRefused: it ended with an error.
    """
    place = [] if mirror is None else [f"--git-dir={mirror}"]
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    environment = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    if not os.environ.keys() & {"GIT_SSH", "GIT_SSH_COMMAND"}:
        environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes -o ConnectTimeout=30"
    try:
        with tempfile.TemporaryFile() as asked:
            asked.write(stdin.encode())
            asked.seek(0)
            status, said, words = _run(["git", *place, *settings, *arguments], asked, environment)
    except (git.GitCommandNotFound, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise RemoteRefused(reason or one_line(str(error))) from error
    if status != 0:
        raise RemoteRefused(one_line(words) or f"git ended with status {status}")
    return said.removesuffix("\n")


def _run(command: list[str], asked: BinaryIO, environment: dict[str, str]) -> tuple[int, str, str]:
    """Status, stdout and stderr. The environment is touched only while git starts: a fetch may take minutes."""
    with without_local_variables():
        started = git.Git().execute(command, istream=asked, as_process=True, env=environment)
    process = started.proc
    assert process is not None
    try:
        said, words = process.communicate()
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return process.returncode, said.decode("utf-8", "surrogateescape"), words.decode("utf-8", "replace")

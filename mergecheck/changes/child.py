"""A program that is started once and asked many times: a process for every question costs more than its answer."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TypeVar

from mergecheck.changes.environment import start
from mergecheck.changes.runner import Clock

Answer = TypeVar("Answer")

AT_ONCE = 1 << 18
"""Bytes that are read at once."""

WORDS = 4096
"""Bytes of what it says on stderr that are kept, the last ones."""


class Ended(Exception):
    """The program ended before it had answered.

    Args:
        status: that it ended with; minus a signal's number where one ended it.
        words: what it said on stderr.
    """

    def __init__(self, status: int, words: bytes) -> None:
        super().__init__(f"it ended with status {status}")
        self.status = status
        self.words = words


class Child:
    """The running program: what it prints is read as far as its question's answer goes."""

    def __init__(self, command: Sequence[str], folder: Path, environment: dict[str, str], clock: Clock) -> None:
        # Of a session of its own: it is ended with all that it started, and only by us.
        self._interrupt = start(command, folder, environment, stdin=PIPE, start_new_session=True)
        process = self._interrupt.proc
        assert process is not None
        self._process: Popen[bytes] = process
        self._clock = clock
        self._read = bytearray()
        self._words = b""
        self._poll = select.poll()
        streams = (process.stdin, process.stdout, process.stderr)
        self._stdin, self._stdout, self._stderr = (stream.fileno() for stream in streams if stream is not None)
        self._poll.register(self._stdout, select.POLLIN)
        self._poll.register(self._stderr, select.POLLIN)

    def write(self, question: bytes) -> None:
        """Ask. A question must fit into a pipe, and the answer to the one before be read."""
        try:
            os.write(self._stdin, question)
        except BrokenPipeError:
            self._end()

    def line(self) -> bytes:
        """The next line, without its end."""
        return self.until(b"\n", anywhere=True)

    def until(self, end: bytes, *, anywhere: bool = False) -> bytes:
        """What it prints up to an end, without it.

        Args:
            end: what it ends with.
            anywhere: more may follow; otherwise the end is the last that it prints.
        """
        seen = 0
        while True:
            if anywhere:
                at = self._read.find(end, seen)
            else:
                at = len(self._read) - len(end) if self._read.endswith(end) else -1
            if at >= 0:
                answer = bytes(self._read[:at])
                del self._read[: at + len(end)]
                return answer
            seen = max(0, len(self._read) - len(end))
            self._more()

    def exactly(self, count: int) -> bytes:
        """The next so many bytes."""
        while len(self._read) < count:
            self._more()
        answer = bytes(self._read[:count])
        del self._read[:count]
        return answer

    def _more(self) -> None:
        for stream, _ in self._poll.poll(self._clock.seconds_left() * 1000):
            if stream == self._stdout:
                data = os.read(stream, AT_ONCE)
                if not data:
                    self._end()
                self._read += data
            elif not self._hear():
                self._poll.unregister(stream)

    def _hear(self) -> bool:
        data = os.read(self._stderr, WORDS)
        self._words = (self._words + data)[-WORDS:]
        return bool(data)

    def _end(self) -> None:
        """Raises `Ended`, with all that it said."""
        while self._hear():
            pass
        raise Ended(self._process.wait(), self._words)

    def close(self) -> None:
        """End it, and all that it started."""
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


class Lasting:
    """A child that is started when it is first asked, and again after it ended, or an answer was not read whole.

    Args:
        command: gives the command line; another one than before, and the child is started again.
        folder: where it runs.
        environment: its variables, besides those of the caller that are not git's.
        clock: what is left of a patch's time.
    """

    def __init__(
        self, command: Callable[[], list[str]], folder: Path, environment: dict[str, str], clock: Clock
    ) -> None:
        self._command = command
        self._folder = folder
        self._environment = environment
        self._clock = clock
        self._started: list[str] = []
        self._child: Child | None = None

    def ask(self, question: bytes, answer: Callable[[Child], Answer]) -> Answer:
        """What `answer` reads of the child after it was asked.

        Raises:
            Ended: it ended before.
            TooMuch: the patch's time ran out.
            ChangeError: it could not be started.
        """
        command = self._command()
        if command != self._started:
            self.close()
        try:
            if self._child is None:
                self._child, self._started = (
                    Child(command, self._folder, self._environment, self._clock),
                    command,
                )
            self._child.write(question)
            return answer(self._child)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._child.close()
            self._child = None

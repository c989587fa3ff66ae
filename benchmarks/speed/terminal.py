"""A program in a terminal of its own, its keys, and when it has painted: POSIX, with /proc for processor time."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

COLUMNS, ROWS = 160, 45
# The last: modules are compiled once, ours as the libraries', so that both are loaded as a user has them.
UNWANTED = ("NO_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")
QUIET = 0.06
"""So long nothing came: the program has painted all that it will."""
PATIENCE = 60.0
SILENCE = 20.0
"""A key that leads to nothing for so long was none."""
_ASKED_SYNC, _SYNC = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_FRAME = b"\x1b[?2026l"
_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;?<>=:]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[@-Z\\-_])"
)


class GaveUp(RuntimeError):
    """The program ended, or did not paint what was waited for."""


@dataclass(frozen=True)
class Cost:
    """What a key cost: seconds to the end of the first frame after it, to the last byte that it led to, and of the
    processor's time, all threads, until then.
    """

    frame: float
    settled: float
    busy: float


class Terminal:
    """A program in a terminal. Use as a context manager: it is killed at the end."""

    def __init__(self, command: Sequence[str], env: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        plain = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**plain, "TERM": "xterm-256color", "COLORTERM": "truecolor", **env},
            start_new_session=True,
            # Python looks for modules where it is started.
            cwd="/",
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    def _read(self, seconds: float) -> bytes:
        """What comes within so many seconds; empty where nothing does."""
        if not select.select([self._master], [], [], max(seconds, 0))[0]:
            return b""
        try:
            data = os.read(self._master, 1 << 20)
        except OSError as error:
            raise GaveUp("the program ended") from error
        if _ASKED_SYNC in data:
            os.write(self._master, _SYNC)
        return data

    def wait_for(self, text: str, patience: float = PATIENCE) -> float:
        """Read until this stands in what was written, escapes aside; returns the seconds since the start."""
        wanted, seen = text.encode(), b""
        until = time.perf_counter() + patience
        while wanted not in _ESCAPES.sub(b"", seen):
            if time.perf_counter() > until:
                raise GaveUp(f"{text!r} was not shown, but {_shown(seen)}")
            seen = seen[-(1 << 18) :] + self._read(1)
        return time.perf_counter() - self.began

    def send(self, keys: str) -> None:
        """Type this."""
        os.write(self._master, keys.encode())

    def settle(self, quiet: float = QUIET) -> None:
        """Read until nothing comes."""
        self.settled_at(quiet)

    def settled_at(self, quiet: float) -> float:
        """Read until nothing comes for so long; returns the seconds from the start to the last that came."""
        last = time.perf_counter()
        while self._read(quiet):
            last = time.perf_counter()
        return last - self.began

    def press(self, key: str, quiet: float = QUIET) -> Cost:
        """Press a key, and wait until all that it leads to is painted."""
        busy, began = self.busy(), time.perf_counter()
        self.send(key)
        frame = settled = 0.0
        seen = b""
        while True:
            data = self._read(quiet if settled else SILENCE)
            if not data and not settled:
                raise GaveUp(f"nothing was painted after {key!r}")
            if not data:
                break
            settled = time.perf_counter() - began
            seen = seen[-len(_FRAME) :] + data
            if not frame and _FRAME in seen:
                frame = settled
        return Cost(frame or settled, settled, self.busy() - busy)

    def busy(self) -> float:
        """Seconds of the processor's time so far, to the nanosecond."""
        tasks = Path(f"/proc/{self._process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9

    def memory(self) -> tuple[float, float]:
        """Megabytes (10⁶ bytes) in memory: now, and at most so far."""
        told = Path(f"/proc/{self._process.pid}/status").read_text()
        now, most = (re.search(rf"{name}:\s+(\d+) kB", told) for name in ("VmRSS", "VmHWM"))
        assert now is not None
        assert most is not None
        return int(now[1]) * 1024 / 1e6, int(most[1]) * 1024 / 1e6


def _shown(written: bytes) -> str:
    """The end of what was written, escapes aside."""
    return _ESCAPES.sub(b"", written)[-2_000:].decode(errors="replace")

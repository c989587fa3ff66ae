"""Active time on an item: what passes between inputs, up to the idle limit, and nothing while paused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Seconds since any fixed moment; never set back. `time.monotonic` is one."""


class ManualClock:
    """A clock that moves only when told to: for a simulator, an answers file, a test."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """The seconds that have passed."""
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Let this many seconds pass."""
        self.seconds += seconds


UNSEEN_LIMITS = 6
"""A stay in another program, where no key is seen, counts as active up to this many idle limits (30 minutes)."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds on an item: active, and by the clock."""

    active: float = 0.0
    wall: float = 0.0


class Stopwatch:
    """Adds up the gaps between inputs while it runs.

    Args:
        clock: where the time comes from.
        idle_seconds: a gap counts as active up to this many seconds, and by the clock in full.
    """

    def __init__(self, clock: Clock, idle_seconds: float) -> None:
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._last: float | None = None
        self.spent = Spent()

    def start(self) -> None:
        """Run from now on."""
        self._last = self._clock()

    def stop(self) -> None:
        """Run no longer; what was spent stays until it is cleared."""
        self._last = None

    @property
    def gap(self) -> float:
        """Seconds since the last input; 0 while it stands."""
        return 0.0 if self._last is None else max(0.0, self._clock() - self._last)

    def input(self, limits: int = 1) -> None:
        """Somebody did something: count the time since the last input, up to this many idle limits."""
        if self._last is None:
            return
        now = self._clock()
        gap = max(0.0, now - self._last)
        self._last = now
        self.add(min(gap, limits * self._idle_seconds), gap)

    def add(self, active: float, wall: float) -> None:
        """Count this time, whatever the clock says."""
        self.spent = Spent(self.spent.active + active, self.spent.wall + wall)

    def clear(self) -> None:
        """What was spent has been written down."""
        self.spent = Spent()

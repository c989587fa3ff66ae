"""What stands in the line that is being typed, seen before it is given: a kill must not cost a long line."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

LOOK_SECONDS = 0.4
"""How often is looked: what was typed is on disk well within a second."""


@contextmanager
def seeing_what_is_typed(see: Callable[[str], None]) -> Iterator[None]:
    """In here `see` is called with the line that is being edited, each time that it has changed.

    Where there is no line editor of ours, as on Windows, a line is seen once it is given.
    """
    try:
        import readline
    except ImportError:
        yield
        return
    seen = ""

    def look(_number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        line = readline.get_line_buffer()
        if line != seen:
            seen = line
            see(line)

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

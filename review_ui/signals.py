"""What ends a review from outside: Ctrl-C, a closed terminal, a machine that shuts down. All are clean leaves."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ends_like_ctrl_c() -> Iterator[None]:
    """In here SIGHUP and SIGTERM do what Ctrl-C does, and are held back where that is.

    One that was ignored still is (nohup). Windows has no SIGHUP.
    """
    numbers = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, _as_ctrl_c)
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, handler)


@contextmanager
def ctrl_c_is_for_another() -> Iterator[None]:
    """In here Ctrl-C is for the program that has the terminal, a pager, and does nothing to this one."""
    before = signal.signal(signal.SIGINT, _only_others)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _as_ctrl_c(number: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        raise KeyboardInterrupt
    handler(number, frame)


# Not SIG_IGN, which the pager would inherit.
def _only_others(number: int, _frame: FrameType | None) -> None:
    if number != signal.SIGINT:
        raise KeyboardInterrupt

"""Whether the terminal that a review is on is still there: one that goes without a signal must end it."""

from __future__ import annotations

import select
import sys

LOOK_SECONDS = 2.0
"""How often is looked."""


def terminal_gone() -> bool:
    """Whether the other end of stdin's terminal has been closed.

    Closing a window sends a signal to what is in front of it, and not to what has lost its terminal already: that
    would read nothing for ever, and hold the answers so that nobody else could open them.
    """
    # Windows has no poll, and ends what was on a console that goes.
    if not hasattr(select, "poll") or sys.__stdin__ is None:
        return False
    try:
        poll = select.poll()
        poll.register(sys.__stdin__.fileno(), 0)
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
    except (OSError, ValueError):
        return True

"""When there is water enough."""

from datetime import datetime, timedelta

from tidemark.curve import Curve
from tidemark.windows import Window


def windows_above(curve: Curve, level: float) -> list[Window]:
    """The windows in which the water stands at `level` metres above chart datum or higher."""
    windows: list[Window] = []
    opened: datetime | None = None
    for crossing in curve.crossings(level):
        if crossing.rising:
            opened = crossing.at
        elif opened is not None:
            windows.append(Window(opened, crossing.at))
            opened = None
    return windows


def passages(curve: Curve, bar: float, draught: float, clearance: float = 0.5) -> list[Window]:
    """The windows in which a vessel can pass a bar, all in metres.

    `bar` is the charted depth over it, negative where it dries; `clearance` is what must remain under the keel.
    """
    return windows_above(curve, draught + clearance - bar)


def next_passage(windows: list[Window], after: datetime, lasting: timedelta = timedelta()) -> Window | None:
    """What is left, from `after` on, of the first window that is long enough; None where there is none."""
    for window in windows:
        start = max(window.start, after)
        if start < window.end and window.end - start >= lasting:
            return Window(start, window.end)
    return None

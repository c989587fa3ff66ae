"""Stretches of time, and what can be done with lists of them.

Every function takes windows in any order, overlapping or not, and returns them in order and apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, order=True)
class Window:
    """From `start` up to, but not including, `end`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a window cannot end ({self.end}) before it starts ({self.start})")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def duration(self) -> timedelta:
        return self.end - self.start


def union(windows: Iterable[Window]) -> list[Window]:
    """The time that lies in any of the windows. Windows that overlap or touch become one."""
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, window.end)
        else:
            merged.append(window)
    return merged


def intersection(first: Iterable[Window], second: Iterable[Window]) -> list[Window]:
    """The time that lies in a window of both."""
    ours, theirs = union(first), union(second)
    shared: list[Window] = []
    while ours and theirs:
        start = max(ours[0].start, theirs[0].start)
        end = min(ours[0].end, theirs[0].end)
        if start < end:
            shared.append(Window(start, end))
        (ours if ours[0].end < theirs[0].end else theirs).pop(0)
    return shared


def difference(windows: Iterable[Window], holes: Iterable[Window]) -> list[Window]:
    """The time that lies in one of `windows` and in none of `holes`."""
    cuts = union(holes)
    rest: list[Window] = []
    for window in union(windows):
        start, end = window.start, window.end
        for hole in cuts:
            if hole.start <= start:
                start = max(start, hole.end)
            elif hole.start < end:
                end = hole.start
        if start < end:
            rest.append(Window(start, end))
    return rest


def total(windows: Iterable[Window]) -> timedelta:
    """How long the windows are together, counting no moment twice."""
    return sum((window.duration for window in union(windows)), timedelta())

"""The height of the tide between the turns that a table gives."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from tidemark.errors import OutsideTable


class Turn(NamedTuple):
    """High or low water, or a stand between them: when, and how many metres above chart datum."""

    at: datetime
    height: float


class Crossing(NamedTuple):
    """The moment at which the water passes a level."""

    at: datetime
    rising: bool


class Curve:
    """Half a cosine wave from each turn to the next: slow at the turns, fastest half-way."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._turns = tuple(turns)
        self._times = [turn.at for turn in self._turns]
        if len(self._turns) < 2:
            raise ValueError("a curve needs two turns at least")
        for before, after in pairwise(self._times):
            if after <= before:
                raise ValueError(f"turns out of order: {after} comes after {before}")

    @property
    def start(self) -> datetime:
        return self._times[0]

    @property
    def end(self) -> datetime:
        return self._times[-1]

    def height_at(self, moment: datetime) -> float:
        """Metres above chart datum, at any moment from the first turn to the last."""
        after = bisect_right(self._times, moment)
        if not 0 < after < len(self._times):
            raise OutsideTable(moment, self.start, self.end)
        return _height_between(self._turns[after - 1], self._turns[after], moment)

    def crossings(self, level: float) -> list[Crossing]:
        """The moments at which the water passes `level`, in order."""
        found: list[Crossing] = []
        for before, after in pairwise(self._turns):
            lower, higher = sorted((before.height, after.height))
            if lower < level < higher:
                found.append(Crossing(_moment_between(before, after, level), rising=after.height > before.height))
        return found


def _height_between(before: Turn, after: Turn, moment: datetime) -> float:
    elapsed = (moment - before.at) / (after.at - before.at)
    return before.height + (after.height - before.height) * (1 - math.cos(math.pi * elapsed)) / 2


def _moment_between(before: Turn, after: Turn, level: float) -> datetime:
    climbed = (level - before.height) / (after.height - before.height)
    return before.at + (after.at - before.at) * (math.acos(1 - 2 * climbed) / math.pi)

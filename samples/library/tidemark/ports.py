"""Secondary ports: small harbours whose tides are given as differences from a standard port nearby.

An almanac prints four mean levels of the standard port (high and low water, at springs and at neaps) and,
for each secondary port, how much later its water turns and how much higher it stands at each of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tidemark.curve import Turn
from tidemark.table import Table


@dataclass(frozen=True)
class Levels:
    """Mean levels of a standard port's high water, or of its low water, in metres above chart datum."""

    springs: float
    neaps: float


@dataclass(frozen=True)
class Differences:
    """How a secondary port's high water, or its low water, differs: `springs` and `neaps` in metres."""

    later: timedelta
    springs: float
    neaps: float


@dataclass(frozen=True)
class SecondaryPort:
    """A port, its differences, and the standard port's levels which they refer to."""

    name: str
    high: Differences
    low: Differences
    standard_high: Levels
    standard_low: Levels


def predict(standard: Table, port: SecondaryPort) -> Table:
    """The secondary port's own table, from the standard port's."""
    turns = []
    for index, turn in enumerate(standard.turns):
        differences = port.high if _is_high(standard.turns, index) else port.low
        turns.append(Turn(turn.at + differences.later, turn.height + differences.springs))
    return Table(port.name, tuple(turns))


def _is_high(turns: Sequence[Turn], index: int) -> bool:
    neighbour = turns[index - 1] if index else turns[1]
    return turns[index].height > neighbour.height

"""What an estimator returns: a number with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

POPULATION = "issues like these, these reviewers"
"""The population that every interval is about, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its confidence interval.

    `estimate` is None where the number is not available; `low` or `high` None where there is no such limit (one of
    them: a one-sided bound; both: no interval). `reason` says why in each of these cases. `n` counts `unit`.
    Shares are fractions of 1, never percentages; slopes are percentage points a year.
    """

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    unit: str = "instances"
    reason: str = ""
    assumption: str = POPULATION

    def __post_init__(self) -> None:
        for value in (self.estimate, self.low, self.high):
            if value is not None and not math.isfinite(value):
                raise ValueError(f"an estimate or limit is None or finite, not {value}")
        if not self.reason and None in (self.estimate, self.low, self.high):
            raise ValueError("what is not available says why")

    @property
    def available(self) -> bool:
        """Whether there is a number at all."""
        return self.estimate is not None

    @property
    def one_sided(self) -> bool:
        """Whether there is a limit on one side only."""
        return (self.low is None) != (self.high is None)

    def covers(self, value: float) -> bool:
        """Whether the interval holds the value; a missing limit excludes nothing. False where there is none."""
        if self.low is None and self.high is None:
            return False
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


def not_available(reason: str, *, level: float, n: int = 0, unit: str = "instances") -> Estimate:
    """An estimate that does not exist, with the reason."""
    return Estimate(None, None, None, level, "n/a", n, unit, reason)


class Shape(StrEnum):
    """What a Fieller set looks like."""

    INTERVAL = "interval"
    OUTSIDE = "outside"
    LINE = "line"
    NOT_AVAILABLE = "n/a"


@dataclass(frozen=True, slots=True)
class ConfidenceSet:
    """Fieller's set of ratios. It need not be an interval.

    `interval`: from `low` to `high`, either of which may be None (unbounded there); `outside`: everything up to
    `low` and from `high` on; `line`: every number, as the denominator may be 0; `n/a`: see `reason`.
    """

    shape: Shape
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    reason: str = ""
    assumption: str = POPULATION

    def covers(self, value: float) -> bool:
        """Whether the set holds the value."""
        if self.shape is Shape.INTERVAL:
            return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)
        if self.shape is Shape.OUTSIDE and self.low is not None and self.high is not None:
            return value <= self.low or value >= self.high
        return self.shape is Shape.LINE

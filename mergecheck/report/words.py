"""Numbers as they stand in a report."""

from __future__ import annotations

import math

from mergecheck.stats.estimate import ConfidenceSet, Estimate, Shape

MINUS = "−"
LEAST = 1e-6
"""The smallest number that is written out."""

FLOW_STEPS = {
    "attempts": "attempts",
    "graded": "graded",
    "in_scope": "in\nscope",
    "passing": "passing",
    "candidates": "candidates",
    "drawn": "drawn",
    "assigned": "assigned",
    "reviewed": "reviewed",
    "counted": "counted",
    "open": "not yet\nreviewed",
}
"""Field of `stats.flow.Flow` → heading."""


def number(value: float, *, digits: int | None = 1) -> str:
    """So many decimals, with a real minus sign and no negative zero.

    Without `digits`, for what is read as a multiple, such as minutes: one decimal, and of what is less than 1 two
    figures that are not zero, down to a millionth.
    """
    if digits is None:
        if 0 < abs(value) < LEAST:
            return f"<{LEAST:f}" if value > 0 else f">{MINUS}{LEAST:f}"
        digits = 1 if value == 0 else max(1, 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", MINUS)


def point(estimate: Estimate, scale: float = 100, *, digits: int | None = 1) -> str:
    """The estimate alone, in per cent (or times another scale)."""
    return "n/a" if estimate.estimate is None else number(estimate.estimate * scale, digits=digits)


def interval(estimate: Estimate, scale: float = 100, *, digits: int | None = 1) -> str:
    """The interval alone; empty where there is neither estimate nor interval."""
    low = None if estimate.low is None else number(estimate.low * scale, digits=digits)
    high = None if estimate.high is None else number(estimate.high * scale, digits=digits)
    if low is None and high is None:
        return "[n/a]" if estimate.available else ""
    if low is None:
        return f"≤ {high}"
    return f"≥ {low}" if high is None else f"[{low}, {high}]"


def confidence_set(found: ConfidenceSet, scale: float = 100) -> str:
    """Fieller's set in per cent (or times another scale), its unbounded forms said in words."""
    low = "" if found.low is None else number(scale * found.low)
    high = "" if found.high is None else number(scale * found.high)
    match found.shape:
        case Shape.NOT_AVAILABLE:
            return "n/a"
        case Shape.LINE:
            return "any number"
        case Shape.OUTSIDE:
            return f"up to {low} or from {high}"
        case _:
            if not low or not high:
                return f"from {low}" if low else f"up to {high}"
            return f"[{low}, {high}]"


def count(n: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{n} {one}" if n == 1 else f"{n} {many or one + 's'}"

"""Lengths as charts and pilots write them: ``3.2 m``, ``10 ft 6 in``, ``2 fathoms``."""

import re

from tidemark.errors import LengthError

METRES = {
    "m": 1.0,
    "cm": 0.01,
    "ft": 0.3048,
    "in": 0.0254,
    "fathom": 1.8288,
    "fathoms": 1.8288,
}

_PART = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.IGNORECASE)


def parse_length(text: str) -> float:
    """Metres. A length may have several parts, as in ``10 ft 6 in``; a drying height is negative."""
    position, metres = 0, 0.0
    while position < len(text) or position == 0:
        part = _PART.match(text, position)
        if part is None:
            raise LengthError(f"{text!r} is no length: expected a number and a unit, such as '3.2 m'")
        number, unit = part.groups()
        if unit.lower() not in METRES:
            raise LengthError(f"{text!r}: unknown unit {unit!r}, known are {', '.join(METRES)}")
        metres += float(number) * METRES[unit.lower()]
        position = part.end()
    return metres


def format_length(metres: float, unit: str = "m", digits: int = 1) -> str:
    """The length in one unit, as in ``3.2 m``."""
    return f"{metres / METRES[unit]:.{digits}f} {unit}"

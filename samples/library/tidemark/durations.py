"""Durations as people write them: ``1h 30m``, ``45 min``, ``2 hours``."""

import re
from datetime import timedelta

from tidemark.errors import DurationError

_DURATION = re.compile(r"(?:(\d+)\s*h(?:ours?)?)?\s*(?:(\d+)\s*m(?:in(?:utes?)?)?)?", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """Hours and minutes; either may be left out, not both."""
    match = _DURATION.match(text.strip())
    if match is None or not any(match.groups()):
        raise DurationError(f"{text!r} is no duration: expected hours and minutes, such as '1h 30m'")
    hours, minutes = match.groups(default="0")
    return timedelta(hours=int(hours), minutes=int(minutes))


def format_duration(duration: timedelta) -> str:
    """To the nearest minute, as in ``1h 05m``."""
    seconds = duration.total_seconds()
    hours = int(seconds // 3600)
    minutes = round(seconds % 3600 / 60)
    return f"{hours}h {minutes:02d}m"

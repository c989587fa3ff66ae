"""What can go wrong, in one family: `except TidemarkError` catches all of it."""

from datetime import datetime


class TidemarkError(Exception):
    """The family."""


class LengthError(TidemarkError, ValueError):
    """A text that is no length."""


class DurationError(TidemarkError, ValueError):
    """A text that is no duration."""


class TableError(TidemarkError, ValueError):
    """A tide table that cannot be read. `line` counts from 1, as an editor does."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line


class OutsideTable(TidemarkError, LookupError):
    """A moment for which the table says nothing."""

    def __init__(self, moment: datetime, start: datetime, end: datetime) -> None:
        super().__init__(
            f"{moment:%Y-%m-%d %H:%M} is outside the table ({start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M})"
        )

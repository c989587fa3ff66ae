"""Sentences in a terminal, which are broken at their spaces: but not between a number and its unit."""

from __future__ import annotations

import re

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_TOGETHER = re.compile(r"(?<=\d) (?=(?:%|pp|points?|hours?|minutes)(?!\w))|(?<=\bn) (?== )|(?<=\bn =) (?=\d)")
"""Spaces that no line ends at: rich breaks at every kind of space that there is, no-break ones as well."""

_HELD = "\ue000"
"""Stands for such a space while lines are made: one cell wide, and in no text."""


class Prose:
    """Text that keeps `95 %`, `24.2 pp` and `n = 12` in one line.

    No `Text` itself, as a console makes one plain text of all that it is given to print.
    """

    def __init__(self, text: Text | str, style: str = "") -> None:
        self._text = Text(text, style=style) if isinstance(text, str) else text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, as rich makes them of the same text with these spaces held."""
        held = self._text.copy()
        held.plain = _TOGETHER.sub(_HELD, held.plain)
        lines = held.wrap(
            console,
            options.max_width,
            justify=options.justify,
            overflow=self._text.overflow or options.overflow or "fold",
            no_wrap=options.no_wrap,
        )
        for line in lines:
            line.plain = line.plain.replace(_HELD, " ")
        yield Text("\n").join(lines)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """As wide as the text."""
        return Measurement.get(console, options, self._text)

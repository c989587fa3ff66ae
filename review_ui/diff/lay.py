"""A row broken for a width: the columns that a line is given, and its pieces, alike in both layouts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from review_ui.diff.blocks import Row
from review_ui.diff.cells import Span, cut, wrap
from review_ui.shown import Drawn, drawn_code

LEAST_CODE = 8
"""Code gets at least so many columns, however narrow the terminal is."""


@lru_cache(maxsize=4096)
def drawn(line: str) -> Drawn:
    """A line of code as it is drawn."""
    return drawn_code(line)


@dataclass(frozen=True, slots=True)
class Columns:
    """How a width is shared out. `number`: columns for a line number; `code`: for each text as it stands.

    `single`: there is one text only, with one number a line.
    """

    width: int
    number: int
    split: bool
    single: bool = False

    @property
    def half(self) -> int:
        """What each text gets with all its margins, side by side; a rule stands between them."""
        return (self.width - 1) // 2 if self.split else self.width

    @property
    def margin(self) -> int:
        """What stands before a line of code: a mark, a flag, numbers, sign and blanks."""
        return self.number + 5 if self.split or self.single else 2 * self.number + 6

    @property
    def code(self) -> int:
        """Columns of code."""
        return max(self.half - self.margin, LEAST_CODE)


@dataclass(frozen=True, slots=True)
class Laid:
    """The pieces of a row: spans of its drawn old and new text. `height` is that of the higher one."""

    old: tuple[Span, ...]
    new: tuple[Span, ...]

    @property
    def height(self) -> int:
        """How many rows of the screen it takes."""
        return max(len(self.old), len(self.new), 1)


def lay(row: Row, columns: Columns, *, wrapped: bool, skip: int = 0) -> Laid:
    """Break a row of code; without wrapping, the one piece that is seen when `skip` columns are scrolled away."""
    sides: list[tuple[Span, ...]] = []
    for number, text in ((row.old, row.old_text), (row.new, row.new_text)):
        if number is None:
            sides.append(())
        elif wrapped:
            sides.append(wrap(drawn(text).text, columns.code))
        else:
            sides.append((cut(drawn(text).text, skip, columns.code),))
    return Laid(sides[0], sides[1])

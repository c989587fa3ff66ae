"""Which lines of a run belong to each other: by how alike they are, not by position. Only where it is looked at.

A long run is paired window by window, and a window only once a row of it is wanted: pairing is quadratic, and
fifty thousand rewritten lines must open, and change their layout, as quickly as five.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from review_ui.diff.words import ALIKE, Bag, bag_of, likeness_of

WINDOW = 40
"""At most so many lines of a side are weighed against each other."""
SPAN = 2 * WINDOW
"""A window has at most so many rows, so the rows of window n are numbered from n times this."""

Pair = tuple[int | None, int | None]
"""The indices of the old and the new line of a row; None where a side has none."""


class Pairing:
    """The rows of a run of changed lines side by side.

    Every line stands in exactly one row and both sides keep their order. In each window the pairs are those with
    the greatest sum of likeness; lines less alike than `ALIKE` are no pair. Rows are numbered upwards from 0, with
    a jump from each window to the next, so that nobody need know how many rows the windows above have.

    Args:
        removed, added: the lines; at least one.
    """

    def __init__(self, removed: Sequence[str], added: Sequence[str]) -> None:
        self._sides = removed, added
        self._windows = -(-max(len(removed), len(added)) // WINDOW)
        self._known: dict[int, tuple[Pair, ...]] = {}

    def pair(self, row: int) -> Pair:
        """What stands in a row."""
        window, place = divmod(row, SPAN)
        return self._window(window)[place]

    @property
    def last(self) -> int:
        """The last row."""
        return (self._windows - 1) * SPAN + len(self._window(self._windows - 1)) - 1

    def after(self, row: int) -> int | None:
        """The row below; None at the end."""
        if row % SPAN + 1 < len(self._window(row // SPAN)):
            return row + 1
        return (row // SPAN + 1) * SPAN if row // SPAN + 1 < self._windows else None

    def before(self, row: int) -> int | None:
        """The row above; None at the beginning."""
        if row % SPAN:
            return row - 1
        return row - SPAN + len(self._window(row // SPAN - 1)) - 1 if row else None

    def row_with(self, side: int, index: int) -> int:
        """The row that has this old (side 0) or new (side 1) line."""
        window = self._window_with(side, index)
        return window * SPAN + next(
            place for place, pair in enumerate(self._window(window)) if pair[side] == index
        )

    def partner(self, side: int, index: int) -> int | None:
        """The line on the other side that shares a row with this old (side 0) or new (side 1) one."""
        if not self._sides[1 - side]:
            return None
        return self.pair(self.row_with(side, index))[1 - side]

    def rows(self) -> Iterator[Pair]:
        """All of them, in order."""
        for window in range(self._windows):
            yield from self._window(window)

    def _begin(self, side: int, window: int) -> int:
        return window * len(self._sides[side]) // self._windows

    def _window_with(self, side: int, index: int) -> int:
        window = index * self._windows // len(self._sides[side])
        while self._begin(side, window + 1) <= index:
            window += 1
        while self._begin(side, window) > index:
            window -= 1
        return window

    def _window(self, window: int) -> tuple[Pair, ...]:
        if window not in self._known:
            starts = [self._begin(side, window) for side in (0, 1)]
            lines = [self._sides[side][starts[side] : self._begin(side, window + 1)] for side in (0, 1)]
            self._known[window] = tuple(
                (None if old is None else old + starts[0], None if new is None else new + starts[1])
                for old, new in _closed_up(_best(*lines))
            )
        return self._known[window]


def align(removed: Sequence[str], added: Sequence[str]) -> tuple[Pair, ...]:
    """All rows of a run side by side, as `Pairing` has them."""
    return tuple(Pairing(removed, added).rows())


def _best(removed: Sequence[str], added: Sequence[str]) -> list[Pair]:
    """Dynamic programme over likeness; ties are broken towards the earlier lines."""
    down, right = len(removed), len(added)
    if not down or not right:
        return [*((index, None) for index in range(down)), *((None, index) for index in range(right))]
    score = [[0.0] * (right + 1) for _ in range(down + 1)]
    like = _likenesses(list(map(bag_of, removed)), list(map(bag_of, added)))
    for i in range(down - 1, -1, -1):
        below, mine, alike = score[i + 1], score[i], like[i]
        for j in range(right - 1, -1, -1):
            best = below[j] if below[j] > mine[j + 1] else mine[j + 1]
            if alike[j] >= ALIKE and below[j + 1] + alike[j] > best:
                best = below[j + 1] + alike[j]
            mine[j] = best
    return _traced(like, score)


def _likenesses(removed: list[Bag], added: list[Bag]) -> list[list[float]]:
    return [[likeness_of(old, new) for new in added] for old in removed]


def _traced(like: list[list[float]], score: list[list[float]]) -> list[Pair]:
    down, right = len(like), len(like[0])
    rows: list[Pair] = []
    i = j = 0
    while i < down and j < right:
        if like[i][j] >= ALIKE and score[i][j] == score[i + 1][j + 1] + like[i][j]:
            rows.append((i, j))
            i, j = i + 1, j + 1
        elif score[i][j] == score[i + 1][j]:
            rows.append((i, None))
            i += 1
        else:
            rows.append((None, j))
            j += 1
    rows += [(index, None) for index in range(i, down)]
    return rows + [(None, index) for index in range(j, right)]


def _closed_up(rows: Sequence[Pair]) -> list[Pair]:
    """Between two pairs, removed and added lines share rows from the top: nothing is gained by half-empty ones."""
    closed: list[Pair] = []
    old: list[int] = []
    new: list[int] = []

    def flush() -> None:
        for place in range(max(len(old), len(new))):
            closed.append((old[place] if place < len(old) else None, new[place] if place < len(new) else None))
        old.clear()
        new.clear()

    for left, right in rows:
        if left is not None and right is not None:
            flush()
            closed.append((left, right))
        elif left is not None:
            old.append(left)
        elif right is not None:
            new.append(right)
    flush()
    return closed

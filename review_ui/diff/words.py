"""Which words of a line changed, and which lines belong to each other: by how alike they are, not by position."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from review_ui.diff.cells import Span

ALIKE = 0.5
"""Lines that share less than this part of their words are two lines, not one that changed."""
MOST_WORDS = 400
"""Longer lines are compared from both ends only: matching is quadratic."""
WINDOW = 40
"""Runs with more lines than this on a side are paired window by window, for the same reason."""

Pair = tuple[int | None, int | None]

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@lru_cache(maxsize=4096)
def _words(line: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(line))


@lru_cache(maxsize=4096)
def _bag(line: str) -> Counter[str]:
    return Counter(word for word in _words(line[: MOST_WORDS * 4]) if not word.isspace())


def likeness(old: str, new: str) -> float:
    """How alike two lines are, 0 to 1: the part of their words that both have (the Dice coefficient)."""
    if old.strip() == new.strip():
        return 1.0
    left, right = _bag(old), _bag(new)
    size = left.total() + right.total()
    return 2 * (left & right).total() / size if size else 0.0


def align(removed: Sequence[str], added: Sequence[str]) -> tuple[Pair, ...]:
    """The rows of a run of changed lines side by side: pairs of indices, None where a side has no partner.

    Every line stands in exactly one row and both sides keep their order. The pairs are those with the greatest
    sum of likeness; lines less alike than `ALIKE` are no pair.
    """
    if not removed or not added:
        return (*((index, None) for index in range(len(removed))), *((None, index) for index in range(len(added))))
    if max(len(removed), len(added)) <= WINDOW:
        return tuple(_closed_up(_best(removed, added)))
    rows: list[Pair] = []
    windows = -(-max(len(removed), len(added)) // WINDOW)
    for window in range(windows):
        left = [window * len(removed) // windows, (window + 1) * len(removed) // windows]
        right = [window * len(added) // windows, (window + 1) * len(added) // windows]
        for old, new in align(removed[slice(*left)], added[slice(*right)]):
            rows.append((None if old is None else old + left[0], None if new is None else new + right[0]))
    return tuple(rows)


def _best(removed: Sequence[str], added: Sequence[str]) -> list[Pair]:
    """Dynamic programme over likeness; ties are broken towards the earlier lines."""
    down, right = len(removed), len(added)
    score = [[0.0] * (right + 1) for _ in range(down + 1)]
    like = [[likeness(old, new) for new in added] for old in removed]
    for i in range(down - 1, -1, -1):
        for j in range(right - 1, -1, -1):
            paired = score[i + 1][j + 1] + like[i][j] if like[i][j] >= ALIKE else -1.0
            score[i][j] = max(paired, score[i + 1][j], score[i][j + 1])
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


@lru_cache(maxsize=4096)
def changed_words(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The spans of each of two lines that the other does not have; none where they are two different lines."""
    if old == new or likeness(old, new) < ALIKE:
        return (), ()
    left, right = _words(old), _words(new)
    if max(len(left), len(right)) > MOST_WORDS:
        return _between_ends(old, new)
    matches = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    changes = [step for step in matches if step[0] != "equal"]
    return (
        _joined(left, [(step[1], step[2]) for step in changes]),
        _joined(right, [(step[3], step[4]) for step in changes]),
    )


def _joined(words: Sequence[str], ranges: Sequence[Span]) -> tuple[Span, ...]:
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    spans: list[Span] = []
    for start, end in ((ends[first], ends[last]) for first, last in ranges if first < last):
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(spans)


def _between_ends(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    head = _shared(old, new)
    tail = min(_shared(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    spans = [(head, len(line) - tail) for line in (old, new)]
    left, right = ((span,) if span[0] < span[1] else () for span in spans)
    return left, right


def _shared(old: str, new: str) -> int:
    """How many characters two texts have in common at their beginning."""
    least, most = 0, min(len(old), len(new))
    while least < most:
        middle = (least + most + 1) // 2
        if old[:middle] == new[:middle]:
            least = middle
        else:
            most = middle - 1
    return least

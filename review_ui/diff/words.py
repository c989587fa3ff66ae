"""Which words of a line changed, and how alike two lines are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from review_ui.diff.cells import Span

ALIKE = 0.5
"""Lines that share less than this part of their words are two lines, not one that changed."""
MOST_WORDS = 400
"""Longer lines are compared from both ends only: matching is quadratic."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@lru_cache(maxsize=4096)
def _words(line: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(line))


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """A line for comparing: without the blanks round it, and its words but for blanks, each numbered where it
    stands more than once, so that a set holds them all.
    """

    line: str
    words: frozenset[tuple[str, int] | str]


@lru_cache(maxsize=4096)
def bag_of(line: str) -> Bag:
    """The bag of a line; of a very long one, of its beginning."""
    seen: Counter[str] = Counter()
    words: list[tuple[str, int] | str] = []
    for word in _words(line[: MOST_WORDS * 4]):
        if not word.isspace():
            words.append((word, seen[word]) if word in seen else word)
            seen[word] += 1
    return Bag(line.strip(), frozenset(words))


def likeness_of(old: Bag, new: Bag) -> float:
    """How alike two lines are, 0 to 1: the part of their words that both have (the Dice coefficient)."""
    if old.line == new.line:
        return 1.0
    size = len(old.words) + len(new.words)
    return 2 * len(old.words & new.words) / size if size else 0.0


def likeness(old: str, new: str) -> float:
    """As `likeness_of`, of two lines."""
    return likeness_of(bag_of(old), bag_of(new))


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

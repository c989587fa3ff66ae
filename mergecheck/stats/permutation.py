"""Do positions follow a mark? Permutation tests that respect how things were laid out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mergecheck.stats.holm import holm as holm

FIRST = 1_999
MORE = 49_999
"""Permutations: the first few settle what is nowhere near significant."""

WORTH_MORE = 0.02
AT_ONCE = 2_000_000
"""Random numbers in memory at once."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Things that were laid out together: their positions, and which of them are marked.

    Units of a block that hold equally many things are exchangeable, and the things within a unit are.
    """

    block: str
    positions: tuple[float, ...]
    marked: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Permuted:
    """A test's outcome: `n` things of which `marked` are, the mean position of those and the one expected of them.

    `p` is two-sided; None where nothing can be told: all or nothing is marked in every exchangeable group.
    """

    n: int
    marked: int
    mean: float
    expected: float
    p: float | None


def position_test(units: Sequence[Unit], seed: int = 0) -> Permuted:
    """Test whether marked things stand earlier or later than chance would have them.

    The statistic is the sum T of the marked things' positions. Under the null hypothesis marks are permuted
    among units of equal size in a block, and within each unit; p = (1 + #{|T* − E| ≥ |T − E|}) / (1 + B), E being
    T's mean over all permutations (Phipson & Smyth 2010, Permutation p-values should never be zero). B is 1,999,
    and 49,999 more where the first give p ≤ .02. A layout by mechanism that treats equal units alike has p
    uniform.

    Args:
        units: what was laid out.
        seed: of the permutations; the same arguments give the same p.
    """
    groups: dict[tuple[str, int], list[Unit]] = defaultdict(list)
    for unit in units:
        groups[unit.block, len(unit.positions)].append(unit)
    tables = [
        (np.array([one.positions for one in group]), np.array([one.marked for one in group], dtype=bool))
        for (_, size), group in sorted(groups.items())
        if size
    ]
    n = sum(positions.size for positions, _ in tables)
    marked = sum(int(marks.sum()) for _, marks in tables)
    total = sum(float(positions[marks].sum()) for positions, marks in tables)
    expected = sum(float(positions.mean()) * int(marks.sum()) for positions, marks in tables)
    telling = [table for table in tables if 0 < table[1].sum() < table[1].size]
    mean, mean_expected = (total / marked, expected / marked) if marked else (0.0, 0.0)
    if not telling:
        return Permuted(n, marked, mean, mean_expected, None)
    generator = np.random.default_rng(seed)
    # Floating-point sums of the same positions in another order differ in the last digits.
    observed = abs(total - expected) - 1e-9
    beyond = _beyond(telling, observed, FIRST, generator)
    drawn = FIRST
    if (1 + beyond) / (1 + drawn) <= WORTH_MORE:
        beyond += _beyond(telling, observed, MORE, generator)
        drawn += MORE
    return Permuted(n, marked, mean, mean_expected, (1 + beyond) / (1 + drawn))


Table = tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]


def _beyond(tables: Sequence[Table], observed: float, count: int, generator: np.random.Generator) -> int:
    """How many of so many permutations are as far from their mean as what was observed."""
    size = sum(positions.size for positions, _ in tables)
    found = 0
    while count:
        now = min(count, max(1, AT_ONCE // size))
        sums = np.zeros(now)
        for positions, marks in tables:
            units, things = positions.shape
            rows = np.argsort(generator.random((now, units)), axis=1)
            shuffled = marks[rows]
            if things > 1:
                within = np.argsort(generator.random((now, units, things)), axis=2)
                shuffled = np.take_along_axis(shuffled, within, axis=2)
            sums += (shuffled * (positions - positions.mean())).sum(axis=(1, 2))
        found += int((np.abs(sums) >= observed).sum())
        count -= now
    return found

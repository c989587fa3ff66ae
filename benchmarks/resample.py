"""How fast the paired bootstrap is, against a closed-form NumPy loop over resamples; all in one run.

    python benchmarks/resample.py

The whole table (A, C, M, M/G, C/G, gap of each submission, G, level gap, slopes) of 10,000 resamples, from the
same drawn instances. The loop takes the drawn rows of each resample, sums them and computes the table in closed
form. The bare product is what nothing can do without: drawn instances counted, counts times what an instance adds,
in memory that is reused as ours is. They are run in turn, so that a busy machine slows all alike; of the ratios of
neighbouring runs the median is told, with the quartiles.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mergecheck.stats.bootstrap import by_draws
from mergecheck.stats.cells import Cells, Who
from mergecheck.stats.jackknife import sample
from mergecheck.stats.quantities import Quantities, parts_of, quantities
from mergecheck.stats.resampling import Counting, draws, rows_a_block

Array = NDArray[np.float64]
RESAMPLES = 10_000
SIZES = ((5, 95), (20, 200), (60, 350), (134, 500))
"""Submissions and instances: METR's study, up to a whole leaderboard."""
RUNS = 7
PAIRS = 101
"""Runs of ours next to the bare product: some milliseconds each, so that other work strikes few of them."""


def study(submissions: int, instances: int) -> Cells:
    """Grades and verdicts of a study of this size; golden drawn for half of the instances."""
    random = np.random.default_rng(submissions)
    shape = (instances, submissions)
    passed = (random.random(shape) < 0.6).astype(np.float64)
    golden = np.zeros((instances, 1))
    golden[random.permutation(instances)[: instances // 2]] = 1
    passed = np.concatenate([passed, golden], axis=1)
    scope = np.concatenate([np.ones(shape), golden], axis=1)
    d = passed * (random.random(passed.shape) < 0.5)
    first = date(2024, 6, 20)
    whos = tuple(Who(f"m{n:03d}", f"m{n:03d}", first + timedelta(days=30 * n), "a") for n in range(submissions))
    names = tuple(f"i{n:04d}" for n in range(instances))
    weight = passed.copy()
    weight[:, -1] *= instances / golden.sum()
    return Cells(whos, names, scope, passed, passed, d, weight, instances)


def loop(matrices: Cells, table: Quantities, drawn: NDArray[np.intp]) -> Array:
    """A resample at a time."""
    k = len(matrices.submissions)
    parts = parts_of(matrices)
    found = np.empty((len(drawn), 6 * k + 7))
    for place, rows in enumerate(drawn):
        sums = parts[rows].sum(axis=0)
        scope, passed, weight, accepted = sums[: 4 * k].reshape(4, k)
        a, c, g = passed / scope, accepted / weight, sums[-1] / sums[-2]
        m = a * c
        relative = m / g
        gaps = a - relative
        slopes = [table.slopes @ rate for rate in (a, m, relative)]
        over = (g, gaps.mean(), *slopes, slopes[0] - slopes[2], slopes[0] - slopes[1])
        found[place] = np.concatenate([a, c, m, relative, c / g, gaps, over])
    return found.T


def product(table: Quantities, blocks: list[NDArray[np.intp]]) -> None:
    """Counts and sums, and nothing made of them."""
    count = Counting(len(table.parts))
    for block in blocks:
        count(block) @ table.parts


def in_turn(*works: Callable[[], object], runs: int) -> list[list[float]]:
    """Seconds of several runs of each, one after another in every run."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for place, work in enumerate(works):
            began = time.perf_counter()
            work()
            times[place].append(time.perf_counter() - began)
    return times


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The median of theirs over ours, run by run, and its quartiles."""
    found = [one / other for one, other in zip(theirs, ours, strict=True)]
    low, middle, high = statistics.quantiles(found, n=4)
    return f"{middle:.2f} ({low:.2f} to {high:.2f} in half of {len(found)} pairs)"


def lines() -> Iterator[str]:
    """The report, a line at a time."""
    k, n = SIZES[0]
    matrices = study(k, n)
    table = quantities(sample(matrices))
    blocks = list(draws(n, RESAMPLES, seed=1))
    drawn = np.concatenate(blocks)
    ours = by_draws(table, blocks, RESAMPLES)
    apart = float(np.abs(ours - loop(matrices, table, drawn)).max())
    yield f"{RESAMPLES:,} resamples of {k} submissions × {n} instances, {len(table.rows)} numbers each"
    yield f"largest difference from the loop, slopes in points a year included: {apart:.1e}"
    mine, bare = in_turn(lambda: by_draws(table, blocks, RESAMPLES), lambda: product(table, blocks), runs=PAIRS)
    # Ours ten times over next to one loop, which takes longer still and leaves the caches cold.
    near, looped = in_turn(
        lambda: [by_draws(table, blocks, RESAMPLES) for _ in range(10)],
        lambda: loop(matrices, table, drawn),
        runs=RUNS,
    )
    near = [seconds / 10 for seconds in near]
    least = min(*mine, *near)
    yield f"loop {1000 * min(looped):.0f} ms, ours {1000 * least:.1f} ms; times faster: {ratio(near, looped)}"
    yield f"counting and bare product {1000 * min(bare):.1f} ms; ours takes as long: {ratio(bare, mine)}"
    base = 0.0
    for submissions, instances in SIZES:
        table = quantities(sample(study(submissions, instances)))
        seconds = min(in_turn(partial(fresh, table), runs=RUNS if submissions < 50 else 3)[0])
        a_cell = seconds / (submissions * instances)
        base = base or a_cell
        tracemalloc.start()
        fresh(table)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        result = len(table.rows) * RESAMPLES * 8
        yield (
            f"{submissions:>4} × {instances}: {1000 * seconds:>6.0f} ms with drawing, an attempt costs "
            f"{a_cell / base:.2f} of the first line's; {result / 1e6:.0f} MB of results, "
            f"{(peak - result) / 1e6:.0f} MB beside them (blocks of {rows_a_block(instances)})"
        )


def fresh(table: Quantities) -> Array:
    """The table of 10,000 resamples, drawing included."""
    return by_draws(table, draws(len(table.parts), RESAMPLES, seed=2), RESAMPLES)


def main() -> None:
    """Measure and print."""
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()

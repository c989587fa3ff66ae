"""The figures as tables, each ratio with what was wanted."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from speed.terminal import Cost

if TYPE_CHECKING:
    from speed.changes import Shape
    from speed.everything import Run

START_WANTED, KEY_WANTED, GROWTH_WANTED, OTHER_WANTED = 3.0, 2.0, 1.5, 30.0


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"


def _verdict(ratio: float, wanted: float, *, least: bool = False) -> str:
    met = ratio >= wanted if least else ratio <= wanted
    return f"{ratio:.2f} (wanted {'≥' if least else '≤'} {wanted:g}: {'met' if met else 'MISSED'})"


def _middle(values: Iterable[float]) -> float:
    return statistics.median(values)


def _late(values: Iterable[float]) -> float:
    """The 95th percentile: the smallest that at least 95 % do not exceed."""
    ordered = sorted(values)
    return ordered[-(-95 * len(ordered) // 100) - 1]


def print_all(run: Run, chosen: Sequence[Shape]) -> None:
    """All tables."""
    for shape in chosen:
        print(f"{shape.name}: {shape.about}; {len(shape.lines):,} lines of diff, {len(shape.hunks):,} hunks")
    empty = _middle(run.empty)
    empty_busy = _middle(run.empty_busy)
    print(f"\nStart to the first readable change; an empty app takes {_ms(empty)} ms, {_ms(empty_busy)} busy")
    print(f"{'change':<14} {'ms':>7} {'Enter, all':>11}  {'ratio to the empty app':<33} {'busy':>6}  ratio")
    for shape in chosen:
        ours = run.ours[shape.name]
        started, busy = _middle(ours.started), _middle(ours.started_busy)
        print(
            f"{shape.name:<14} {_ms(started):>7} {_ms(_middle(ours.settled)):>11}  "
            f"{_verdict(started / empty, START_WANTED):<33} {_ms(busy):>6}  {busy / empty_busy:.2f}"
        )
    _keys(run, chosen)
    _growth(run, chosen)
    print("\nMemory, MB: with the change there, at most; of the bare widget")
    for shape in chosen:
        mine, theirs = (
            [_middle(column) for column in zip(*figures.megabytes, strict=True)]
            for figures in (run.ours[shape.name], run.bare[shape.name])
        )
        print(f"{shape.name:<14} {mine[0]:>6.0f} {mine[1]:>6.0f} {theirs[0]:>6.0f} {theirs[1]:>6.0f}")
    _other(run, empty)


def _keys(run: Run, chosen: Sequence[Shape]) -> None:
    print("\nKey to repaint, ms: median/95th percentile to the frame; busy: the processor's time")
    print(f"{'change':<14} {'key':<15} {'ours':>11} {'bare':>11}  frame, ratio{'':<21} {'busy':>9}  ratio")
    for shape in chosen:
        for name, mine in run.ours[shape.name].keys.items():
            theirs = run.bare[shape.name].keys[name]
            if not mine:
                continue
            frames = [_middle(cost.frame for cost in costs) for costs in (mine, theirs)]
            busy = [_middle(cost.busy for cost in costs) for costs in (mine, theirs)]
            pairs = [
                f"{_ms(_middle(c.frame for c in costs))}/{_ms(_late(c.frame for c in costs))}"
                for costs in (mine, theirs)
            ]
            print(
                f"{shape.name:<14} {name:<15} {pairs[0]:>11} {pairs[1]:>11}  "
                f"{_verdict(frames[0] / frames[1], KEY_WANTED):<33} {_ms(busy[0]):>4}/{_ms(busy[1]):<4}  "
                f"{busy[0] / busy[1]:.2f}"
            )


def _growth(run: Run, chosen: Sequence[Shape]) -> None:
    """What a key costs in a long change, beside the small one: only the processor's time tells."""
    if chosen[0].name != "small" or len(chosen) == 1:
        return
    print("\nThe processor's time of a key, as a multiple of the small change's")
    small = run.ours["small"].keys
    for shape in chosen[1:]:
        keys = run.ours[shape.name].keys
        times = {name: _busy(costs) / _busy(small[name]) for name, costs in keys.items() if costs}
        parts = ", ".join(f"{name} {ratio:.2f}" for name, ratio in times.items())
        print(f"{shape.name:<14} {parts}; most {_verdict(max(times.values()), GROWTH_WANTED)}")


def _busy(costs: Sequence[Cost]) -> float:
    return _middle(cost.busy for cost in costs)


def _other(run: Run, empty: float) -> None:
    print("\ntextual-diff-view on the same two texts, 2,000 scattered changed lines")
    if run.other_skipped:
        print(f"skipped: {run.other_skipped}")
        return
    theirs = _middle(run.other) - empty
    mine = _middle(run.ours["2,000"].settled)
    print(f"settled {_ms(theirs)} ms after an empty app would be there; ours {_ms(mine)} ms after Enter")
    print(f"ours is so many times as quick: {_verdict(theirs / mine, OTHER_WANTED, least=True)}")

"""A drawn round in numbers: what its precision follows from, and what it holds. No verdict enters here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from mergecheck.assign.design import Design, DrawnRound, Earlier
from mergecheck.records import GOLDEN, Why
from mergecheck.report.words import count
from mergecheck.stats.precision import RoundSizes

IN_WORDS = {
    Why.DRAWN: "new",
    Why.OVERLAP: "for a second reviewer",
    Why.EARLIER: "from earlier rounds, shown again",
    Why.REPEAT: "shown twice in one queue",
    Why.REISSUED: "given out anew",
    Why.HANDED_OVER: "handed over",
}
"""Why an item is shown, to stand after a number of items."""


def round_sizes(earlier: Earlier, drawn: DrawnRound, design: Design) -> RoundSizes:
    """The round in numbers, as `mergecheck.stats.precision` takes them."""
    before = {one.instance for one in earlier.golden if one.sampled}
    golden = {draw.instance: draw for draw in drawn.draws if draw.submission == GOLDEN}
    sampled = (before - golden.keys()) | {name for name, draw in golden.items() if draw.sampled}
    share = {one.instance: one.share for one in earlier.golden}
    share |= {name: draw.inclusion_probability for name, draw in golden.items()}
    reserve = {name for name in share if name not in sampled and share[name] < 1}
    old = {one.instance for one in earlier.golden}
    new = Counter(draw.submission for draw in drawn.draws if draw.sampled and draw.submission != GOLDEN)
    again = [one for one in drawn.assignments if one.why is Why.EARLIER]
    left = [math.ceil((1 - share[name]) / design.reserve_share - 1e-9) for name in reserve if design.reserve_share]
    return RoundSizes(
        golden_before=len(before),
        golden_now=len(sampled),
        golden_in_reserve=len(reserve),
        rounds_left=max(left) if left else None,
        again=len({one.candidate for one in again}),
        new=tuple(sorted(new.items())),
        from_reserve=len((sampled - before) & old),
        earlier=len({one.instance for one in earlier.shown if one.live}),
        reserve_share=design.reserve_share,
        earlier_share=design.earlier_share,
    )


def drawn_as_json(drawn: DrawnRound) -> dict[str, Any]:
    """What a round holds, as plain data."""
    sampled = [draw for draw in drawn.draws if draw.sampled]
    return {
        "draws": len(drawn.draws),
        "sampled": dict(sorted(Counter(draw.submission for draw in sampled).items())),
        "why": dict(sorted(Counter(str(one.why) for one in drawn.assignments).items())),
        "flagged": sum(one.conflict for one in drawn.assignments),
        "nobody": [{"instance": one.instance, "golden": one.golden} for one in drawn.unplaced],
    }


def print_drawn(number: int, drawn: DrawnRound, console: Console | None = None) -> None:
    """Say what a round holds, and which candidates nobody may review."""
    console = console or Console(highlight=False)
    whys: Sequence[tuple[Why, int]] = Counter(one.why for one in drawn.assignments).most_common()
    holds = ", ".join(f"{items} {IN_WORDS[why]}" for why, items in whys)
    console.print(f"Round {number}: {count(len(drawn.assignments), 'item')}{f' ({holds})' if holds else ''}")
    for one in drawn.unplaced:
        kind = "the golden patch" if one.golden else "a candidate"
        console.print(
            f"  nobody may review {kind} of {one.instance}: everybody who knows {one.repo} has seen it or has a "
            "conflict of interest; it waits for another reviewer",
            markup=False,
        )

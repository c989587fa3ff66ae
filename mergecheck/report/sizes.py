"""A drawn round in numbers: what its precision follows from, and what it holds. No verdict enters here."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergecheck.assign.conflicts import ToReview
from mergecheck.assign.design import Design, DrawnRound, Earlier, Sampleable
from mergecheck.assign.draw import PASSED
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


def round_sizes(earlier: Earlier, drawn: DrawnRound, design: Design, due: Sequence[Sampleable] = ()) -> RoundSizes:
    """The round in numbers, as `mergecheck.stats.precision` takes them; `due` is what it was drawn from.

    What was withdrawn is in no sample: nobody will give a verdict on it that counts.
    """
    candidates = {(GOLDEN, one.instance): one.candidate for one in earlier.golden}
    candidates |= {(one.submission, one.instance): one.candidate for one in due}
    gone = {key for key, candidate in candidates.items() if candidate in earlier.withdrawn}
    draws = [draw for draw in drawn.draws if (draw.submission, draw.instance) not in gone]
    drawn_before = [one for one in earlier.golden if one.in_scope and one.candidate not in earlier.withdrawn]
    before = {one.instance for one in drawn_before if one.sampled}
    golden = {draw.instance: draw for draw in draws if draw.submission == GOLDEN}
    sampled = (before - golden.keys()) | {name for name, draw in golden.items() if draw.sampled}
    share = {one.instance: one.share for one in drawn_before}
    share |= {name: draw.inclusion_probability for name, draw in golden.items()}
    reserve = {name for name in share if name not in sampled and share[name] < 1}
    old = {one.instance for one in drawn_before}
    new = Counter(draw.submission for draw in draws if draw.sampled and draw.why == PASSED)
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
    """Say what a round holds."""
    console = console or Console(highlight=False)
    whys: Sequence[tuple[Why, int]] = Counter(one.why for one in drawn.assignments).most_common()
    holds = ", ".join(f"{items} {IN_WORDS[why]}" for why, items in whys)
    console.print(f"Round {number}: {count(len(drawn.assignments), 'item')}{f' ({holds})' if holds else ''}")


WAITS = "Each waits for a reviewer who may."


def print_nobody(
    drawn: DrawnRound, then: str = WAITS, named: Sequence[str] = (), console: Console | None = None
) -> None:
    """Say which candidates nobody may review, among all reviewers or those named, and what becomes of them."""
    console = console or Console(highlight=False)
    by_repository: dict[str, list[ToReview]] = defaultdict(list)
    for one in drawn.unplaced:
        by_repository[one.repo].append(one)
    for repo, candidates in sorted(by_repository.items()):
        golden = sum(one.golden for one in candidates)
        of = Counter(one.instance for one in candidates)
        which = ", ".join(name if times == 1 else f"{name} ({times})" for name, times in sorted(of.items()))
        there_is = f"there is none among {', '.join(named)}" if named else "there is no active reviewer"
        console.print(
            f"Nobody may review {count(len(candidates), 'candidate')} of {repo}"
            f"{f', {golden} of them golden' if golden else ''}: {there_is} who knows {repo}, has not seen "
            f"{'it' if len(candidates) == 1 else 'them'} and has no conflict of interest. {then}",
            markup=False,
        )
        console.print(Padding(Text(which, style="dim"), (0, 0, 0, 2)))

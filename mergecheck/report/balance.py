"""The balance that a round reached: sizes, waves, and how far apart an instance's candidates lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from mergecheck.assign.design import DrawnRound
from mergecheck.assign.queue import Queue
from mergecheck.records import Why
from mergecheck.report.fitting import Column, tables
from mergecheck.report.words import count


def balance(queue: Queue) -> dict[str, Any]:
    """A queue's balance as plain data; distances are in positions."""
    return {
        "reviewer": queue.reviewer,
        "items": len(queue.assignments),
        "waves": queue.waves,
        "wave_sizes": _wave_sizes(queue),
        "half_wave": queue.half_wave,
        "repeats": {
            "wanted": queue.repeats_wanted,
            "possible": queue.repeats_possible,
            "reached": queue.repeats,
        },
        "too_near": [{"instance": instance, "distance": distance} for instance, distance in queue.too_near],
    }


def _wave_sizes(queue: Queue) -> list[int]:
    sizes: dict[int, int] = defaultdict(int)
    for one in queue.assignments:
        sizes[one.wave] += 1
    return [sizes[wave] for wave in range(1, queue.waves + 1)]


def overlap(drawn: DrawnRound) -> dict[str, int]:
    """Of how many new candidates a round wanted a second reviewer, how many can have one, and how many do."""
    return {
        "wanted": drawn.overlap_wanted,
        "possible": drawn.overlap_possible,
        "reached": sum(one.why is Why.OVERLAP for one in drawn.assignments),
    }


def print_overlap(drawn: DrawnRound, console: Console | None = None) -> None:
    """Say how many of a round's new candidates have a second reviewer, where any was to have one."""
    console = console or Console(highlight=False)
    has = overlap(drawn)
    if has["wanted"]:
        console.print(
            f"Overlap: {has['reached']} of {has['wanted']} wanted have a second reviewer; "
            f"{count(has['possible'], 'new candidate')} could."
        )


def print_balance(queues: Sequence[Queue], console: Console | None = None) -> None:
    """Print each queue's balance, and name the instances whose candidates lie too near each other."""
    console = console or Console(highlight=False)
    columns = [
        Column("items", tuple(Text(str(len(queue.assignments))) for queue in queues)),
        Column("waves", tuple(Text(str(queue.waves)) for queue in queues)),
        Column("smallest wave", tuple(Text(str(min(_wave_sizes(queue)))) for queue in queues)),
        Column("largest wave", tuple(Text(str(max(_wave_sizes(queue)))) for queue in queues)),
        Column("half a wave", tuple(Text(str(queue.half_wave)) for queue in queues)),
        Column("nearer", tuple(Text(str(len(queue.too_near))) for queue in queues)),
    ]
    console.print("\nQueues", style="bold")
    for table in tables(console, "reviewer", [Text(queue.reviewer) for queue in queues], columns):
        console.print(table)
    console.print(
        "Two candidates of one instance are kept half a wave (in positions) apart; nearer: how many are not.",
        style="dim",
    )
    for queue in queues:
        if queue.repeats_wanted:
            console.print(
                f"  {queue.reviewer}: {queue.repeats} of {queue.repeats_wanted} wanted are shown once more, half "
                f"of the waves later or more; {queue.repeats_possible} could be",
                markup=False,
            )
        for instance, distance in queue.too_near:
            console.print(
                f"  {queue.reviewer}: two candidates of {instance} are only {distance} apart; "
                "no order that was tried keeps them half a wave apart",
                markup=False,
            )

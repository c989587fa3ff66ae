"""The balance that a round reached: sizes, waves, and how far apart an instance's candidates lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from mergecheck.assign.queue import Queue
from mergecheck.report.fitting import Column, tables


def balance(queue: Queue) -> dict[str, Any]:
    """A queue's balance as plain data; distances are in positions."""
    return {
        "reviewer": queue.reviewer,
        "items": len(queue.assignments),
        "waves": queue.waves,
        "wave_sizes": _wave_sizes(queue),
        "half_wave": queue.half_wave,
        "too_near": [{"instance": instance, "distance": distance} for instance, distance in queue.too_near],
    }


def _wave_sizes(queue: Queue) -> list[int]:
    sizes: dict[int, int] = defaultdict(int)
    for one in queue.assignments:
        sizes[one.wave] += 1
    return [sizes[wave] for wave in range(1, queue.waves + 1)]


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
        for instance, distance in queue.too_near:
            console.print(
                f"  {queue.reviewer}: two candidates of {instance} are only {distance} apart; "
                "no order that was tried keeps them half a wave apart",
                markup=False,
            )

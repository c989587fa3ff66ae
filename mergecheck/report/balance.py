"""The balance that a round reached: sizes, waves, and how far apart an instance's candidates lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from mergecheck.assign.queue import Queue


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
    table = Table(
        title="Queues", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for name, justify in (("reviewer", "left"), ("items", "right"), ("waves", "right"), ("items a wave", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    table.add_column("kept apart by", justify="right", overflow="fold")
    table.add_column("nearer than that", justify="right", overflow="fold")
    for queue in queues:
        table.add_row(
            queue.reviewer,
            str(len(queue.assignments)),
            str(queue.waves),
            ", ".join(map(str, _wave_sizes(queue))),
            f"{queue.half_wave} (half a wave)",
            str(len(queue.too_near)),
        )
    console.print(table)
    for queue in queues:
        for instance, distance in queue.too_near:
            console.print(
                f"  {queue.reviewer}: two candidates of {instance} are only {distance} apart; "
                "no order that was tried keeps them half a wave apart",
                markup=False,
            )

"""How many pull requests are known, for a person: the table of `pull --github`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from mergecheck.sources.github_record import NotFetched
from mergecheck.store.pull_requests import Coverage

REASONS = {
    "no_number": "id does not end in a number",
    "not_found": "not found",
    "gone": "no longer shown",
    "forbidden": "not readable with this token",
    "refused": "token refused",
    "server_error": "GitHub failed",
    "unreachable": "no answer",
    "malformed": "answer not understood",
    "other": "refused otherwise",
    "not_asked": "not asked yet",
}


def print_pull_requests(
    rows: Sequence[Coverage], fetched: int, missing: Sequence[NotFetched], console: Console | None = None
) -> None:
    """Print by repository how many pull requests are known, then what keeps the others away."""
    console = console or Console(highlight=False)
    table = Table(
        title="Pull requests", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    table.add_column("repository", overflow="fold")
    for name in ("instances", "known", "missing", "merged", "median hours"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        hours = "" if row.median_hours is None else f"{row.median_hours:.1f}"
        numbers = (row.instances, row.known, row.instances - row.known, row.merged)
        table.add_row(row.repo, *map(str, numbers), hours)
    console.print(table)
    reasons = Counter(one.reason for one in missing)
    listed = ", ".join(f"{number} {REASONS[reason]}" for reason, number in reasons.most_common())
    console.print(f"  {fetched} fetched now{'; ' if listed else ''}{listed}", style="dim", markup=False)

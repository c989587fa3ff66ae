"""Windows on paper."""

from collections.abc import Iterable, Sequence

from tidemark.durations import format_duration
from tidemark.windows import Window

GAP = "  "


def columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of text under a header, each column as wide as its widest cell."""
    table = [header, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    lines = []
    for row in table:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append(GAP.join(cells).rstrip())
    return "\n".join(lines)


def passage_report(windows: dict[str, list[Window]]) -> str:
    """The windows of several ports, a line each, in order of time."""
    found = sorted((window, port) for port, those in windows.items() for window in those)
    rows = [
        (
            port,
            f"{window.start:%a %d %b}",
            f"{window.start:%H:%M}",
            f"{window.end:%H:%M}",
            format_duration(window.duration),
        )
        for window, port in found
    ]
    return columns(("port", "day", "from", "to", "for"), rows)

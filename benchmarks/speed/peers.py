"""The programs that ours is measured beside, each as little as it can be. Run as `python peers.py WHICH FILES`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static, TextArea

READY = "ready"


class Empty(App[None]):
    """Nothing but a word."""

    def compose(self) -> ComposeResult:
        """The word."""
        yield Static(READY)


class Writing(App[None]):
    """Nothing but a place to write."""

    def compose(self) -> ComposeResult:
        """The place."""
        yield Static(READY)
        yield TextArea()


class Lines(ScrollView, can_focus=True):
    """Lines as they are, drawn as they are looked at: no colour, no wrapping, no current line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "by(1)"),
        Binding("k", "by(-1)"),
        Binding("space", "by(40)"),
        Binding("b", "by(-40)"),
        Binding("right_square_bracket", "hunk(1)"),
        Binding("left_square_bracket", "hunk(-1)"),
        Binding("t", "split"),
    ]

    def __init__(self, lines: list[str], old: list[str], new: list[str]) -> None:
        super().__init__()
        self._unified, self._sides, self._split = lines, (old, new), False
        self.virtual_size = Size(160, len(lines))

    def render_line(self, y: int) -> Strip:
        """One row."""
        number, width = round(self.scroll_y) + y, self.size.width
        if self._split:
            half = width // 2
            left, right = (side[number][:half].ljust(half) if number < len(side) else "" for side in self._sides)
            return Strip([Segment(left), Segment(right)]).adjust_cell_length(width)
        text = self._unified[number] if number < len(self._unified) else ""
        return Strip([Segment(text[:width])]).adjust_cell_length(width)

    def _go(self, y: float) -> None:
        self.scroll_to(y=y, animate=False, immediate=True)

    def action_by(self, by: int) -> None:
        """So many rows on."""
        self._go(self.scroll_y + by)

    def action_hunk(self, by: int) -> None:
        """To the next changed line behind the first row, or the one before it."""
        lines, here = self._unified, round(self.scroll_y) + by
        places = range(here, len(lines)) if by > 0 else range(here, -1, -1)
        self._go(next((at for at in places if lines[at][:1] in "+-"), here))

    def action_split(self) -> None:
        """Side by side, or one under the other."""
        self._split = not self._split
        self.refresh()


class Bare(App[None]):
    """The lines, and nothing else."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._texts = [
            (folder / name).read_text(encoding="utf-8").split("\n") for name in ("lines.txt", "old.py", "new.py")
        ]

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Lines(*self._texts)


class Other(App[None]):
    """textual-diff-view on the same two texts; it says so once its rows are laid out."""

    def __init__(self, folder: Path, *, split: bool) -> None:
        super().__init__()
        self._old, self._new = ((folder / name).read_text(encoding="utf-8") for name in ("old.py", "new.py"))
        self._as_split = split

    def compose(self) -> ComposeResult:
        """It, where one can scroll."""
        # Optional and never a dependency: its licence is the AGPL.
        from textual.containers import VerticalScroll
        from textual_diff_view import DiffView  # type: ignore[import-not-found]  # installed elsewhere

        with VerticalScroll():
            yield DiffView("src/measured.py", "src/measured.py", self._old, self._new, split=self._as_split)


def main() -> None:
    """Run the one that is named."""
    which, *rest = sys.argv[1:]
    app: App[None]
    if which == "empty":
        app = Empty()
    elif which == "writing":
        app = Writing()
    elif which == "bare":
        app = Bare(Path(rest[0]))
    else:
        app = Other(Path(rest[0]), split=which == "other-split")
    app.run()


if __name__ == "__main__":
    main()

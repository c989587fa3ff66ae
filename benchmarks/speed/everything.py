"""What is run, in which turn, and what came of it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from speed.changes import FIRST, Shape, shapes, write
from speed.peers import READY
from speed.table import print_all
from speed.terminal import Cost, Terminal

PEERS = Path(__file__).with_name("peers.py")
OTHER_SHAPE = "2,000"
START_PAGE, COMMENTING = "practise", "Comment on"
LONG_QUIET = 0.4
"""What follows a start, colours among it, has come after so long without anything."""
OTHER_PATIENCE = 600.0
OTHER_QUIET = 4.0
"""textual-diff-view works for seconds between two frames."""
TYPING, HUNKS = "typing", "next hunk"
KEYS: dict[str, Sequence[str]] = {
    "scrolling": ["j"] * 12 + ["k"] * 12,
    "a screen": [" ", "b"] * 6,
    "another layout": ["t"] * 12,
    HUNKS: ["]", "]", "]", "[", "[", "["] * 3,
    TYPING: list("this should not be so, as"),
}


@dataclass
class Figures:
    """What was measured of one program with one change; one value a repetition.

    `started`: seconds to the first changed line, and of the processor's time; `settled`: from Enter to the last of
    what it led to; `megabytes`: with the change there, and at most.
    """

    started: list[float] = field(default_factory=list)
    started_busy: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)
    keys: dict[str, list[Cost]] = field(default_factory=lambda: {name: [] for name in KEYS})
    megabytes: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class Run:
    """Everything: figures by shape of ours and of the bare widget; of what has no shape, by name."""

    ours: dict[str, Figures]
    bare: dict[str, Figures]
    empty: list[float] = field(default_factory=list)
    empty_busy: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)
    other_skipped: str = ""


@dataclass(frozen=True)
class Workshop:
    """Where it is done: a folder, and in it a packet a shape."""

    root: Path
    env: dict[str, str]

    def terminal(self, *command: str) -> Terminal:
        """A program in a terminal."""
        return Terminal(command, self.env)

    def peer(self, which: str, *rest: str, python: str = sys.executable) -> Terminal:
        """One of the programs of `peers`."""
        return self.terminal(python, str(PEERS), which, *rest)

    def review(self, shape: Shape) -> Terminal:
        """Ours, on a packet without answers."""
        folder = self.folder(shape)
        for path in [*folder.glob("*.answers*"), *folder.glob("*.drafts*")]:
            path.unlink()
        return self.terminal(sys.executable, "-m", "mergecheck", "review", str(folder / "speed.packet"))

    def folder(self, shape: Shape) -> Path:
        """The shape's own."""
        return self.root / shape.name.replace(" ", "-").replace(",", "")


def measure_empty(shop: Workshop, run: Run) -> None:
    """An empty app, to its first word."""
    with shop.peer("empty") as terminal:
        run.empty.append(terminal.wait_for(READY))
        run.empty_busy.append(terminal.busy())


def measure_ours(shop: Workshop, run: Run, shape: Shape) -> None:
    """The start of ours; then its keys."""
    figures = run.ours[shape.name]
    with shop.review(shape) as terminal:
        page = terminal.wait_for(START_PAGE)
        terminal.send("\r")
        figures.started.append(terminal.wait_for(FIRST))
        figures.started_busy.append(terminal.busy())
        figures.settled.append(terminal.settled_at(LONG_QUIET) - page)
        before = terminal.memory()[0]
        _press(terminal, figures, shape)
        terminal.press("]")
        terminal.send("c")
        terminal.wait_for(COMMENTING)
        terminal.settle(LONG_QUIET)
        figures.keys[TYPING] += [terminal.press(key) for key in KEYS[TYPING]]
        figures.megabytes.append((before, terminal.memory()[1]))


def measure_bare(shop: Workshop, run: Run, shape: Shape) -> None:
    """The keys of the bare widget, and typing into a bare text area."""
    figures = run.bare[shape.name]
    with shop.peer("bare", str(shop.folder(shape))) as terminal:
        figures.started.append(terminal.wait_for(FIRST))
        terminal.settle(LONG_QUIET)
        before = terminal.memory()[0]
        _press(terminal, figures, shape)
        figures.megabytes.append((before, terminal.memory()[1]))
    with shop.peer("writing") as terminal:
        terminal.wait_for(READY)
        terminal.settle(LONG_QUIET)
        figures.keys[TYPING] += [terminal.press(key) for key in KEYS[TYPING]]


def _press(terminal: Terminal, figures: Figures, shape: Shape) -> None:
    # Away from the first line, where there is more above and below.
    for key in (" ", "]"):
        terminal.press(key)
    for name, keys in KEYS.items():
        # Where there is one hunk, there is no other to go to, and nothing is painted.
        if name != TYPING and (name != HUNKS or len(shape.hunks) > 1):
            figures.keys[name] += [terminal.press(key) for key in keys]


def measure_other(shop: Workshop, run: Run, shape: Shape, python: str) -> None:
    """textual-diff-view: from the start of the process to its last frame."""
    with shop.peer("other", str(shop.folder(shape)), python=python) as terminal:
        terminal.wait_for(FIRST, OTHER_PATIENCE)
        run.other.append(terminal.settled_at(OTHER_QUIET))


def _why_no_other(python: str | None) -> str:
    if not python:
        return "no --other PYTHON was given"
    asked = subprocess.run([python, "-c", "import textual_diff_view"], capture_output=True, check=False)
    return "not installed" if asked.returncode else ""


def everything(shop: Workshop, chosen: Sequence[Shape], repetitions: int, other: str | None) -> Run:
    """Measure all, in turn; Ctrl-C ends it with what was measured."""
    run = Run({one.name: Figures() for one in chosen}, {one.name: Figures() for one in chosen})
    run.other_skipped = _why_no_other(other)
    if OTHER_SHAPE not in run.ours:
        run.other_skipped = f"it shows {OTHER_SHAPE} changed lines only"
    with suppress(KeyboardInterrupt):
        for repetition in range(repetitions):
            for shape in chosen:
                measure_empty(shop, run)
                measure_ours(shop, run, shape)
                measure_bare(shop, run, shape)
                if shape.name == OTHER_SHAPE and not run.other_skipped:
                    assert other is not None
                    measure_other(shop, run, shape, other)
                print(f"  {repetition + 1}/{repetitions} {shape.name}", file=sys.stderr)
    if not run.other:
        run.other_skipped = run.other_skipped or "ended before its turn came"
    return run


def run(about: str) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--other", default=os.environ.get("TEXTUAL_DIFF_VIEW_PYTHON"), help="Python that has textual-diff-view"
    )
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", action="append", help="a change by its name; may be given again")
    parser.add_argument("--json", type=Path, help="write every figure there too")
    given = parser.parse_args()
    known = {shape.name: shape for shape in shapes()}
    if wrong := set(given.only or ()) - set(known):
        parser.error(f"there is no change {', '.join(sorted(wrong))}; there are {', '.join(known)}")
    chosen = [shape for name, shape in known.items() if not given.only or name in given.only]
    root = Path(tempfile.mkdtemp(prefix="speed-"))
    try:
        shop = Workshop(root, {"HOME": str(root), "XDG_CONFIG_HOME": str(root)})
        for shape in chosen:
            write(shape, shop.folder(shape))
        done = everything(shop, chosen, given.repetitions, given.other)
    finally:
        shutil.rmtree(root)
    print_all(done, [shape for shape in chosen if done.bare[shape.name].keys[TYPING]])
    if given.json:
        given.json.write_text(json.dumps(done, default=vars, indent=1), encoding="utf-8")

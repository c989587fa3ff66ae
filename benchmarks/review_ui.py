"""How quick the review program is, beside what it could be measured by, in one run.

    python benchmarks/review_ui.py [--other PYTHON] [--repetitions N] [--only NAME] [--json FILE]

Through the real program, `mergecheck review PACKET`, in a terminal of its own (160 × 45, POSIX, /proc), on packets
that are made here: a small change; 2,000 changed lines; a diff of 50,000 lines; 50,000 changed lines in one hunk;
lines of 5,000 characters. Beyond what is wanted of it, and for its own sake: 50,000 hunks, of texts of half a
million lines, which takes as long as the packet's 100 megabytes take to be read and compared with their digests.
Measured are

- the start: from starting the process to the first changed line on the screen, Enter on the start page included;
  beside it an empty Textual app, to its first word. Wanted: at most 3 times as long.
- a key: from writing it to the terminal to the end of the frame that it leads to, median and 95th percentile; and
  the processor's time that it takes, all threads, with whatever follows it (head, colours). Scrolling, a screen on
  and back, toggling the layout, jumping to hunks, typing a comment. Beside it a bare widget of Textual's line API
  that shows the same lines without colour (for typing: Textual's own text area). Wanted: at most 2 times as long.
  Wanted as well: on 50,000 lines no more of the processor's time than on the small change (up to half as much
  again is noise, and another screenful).
- memory: megabytes when the change is there, and at the end.
- textual-diff-view (AGPL: never a dependency) on the same two texts, 2,000 scattered changed lines: from starting
  the process to its last frame, less the start of an empty app. Ours: from Enter to the last frame. Wanted: ours
  at least 30 times as quick. `--other` (or TEXTUAL_DIFF_VIEW_PYTHON) names the Python of an environment that has
  it; else it is skipped, and said so.

Everything is run several times in turn, so that a busy machine slows all alike; only ratios within one run count.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Measure and print."""
    # This file has the name of the package that it measures, and Python would find the file first.
    sys.path.append(sys.path.pop(0))
    from speed.everything import run

    run(__doc__ or "")


if __name__ == "__main__":
    main()

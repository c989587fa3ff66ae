"""`mergecheck review`: the maintainer's command. What it runs is in `review_ui`, imported only when called."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def review(
    packet: Annotated[
        Path, typer.Argument(metavar="PACKET", help="The packet that you were sent.", show_default=False)
    ],
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line: any terminal, a pipe, a screen reader.")
    ] = False,
    answers_from: Annotated[
        Path | None,
        typer.Option(
            "--answers-from",
            metavar="FILE",
            help="Take the answers from a file, .jsonl or .csv, instead of asking; safe to run again.",
            show_default=False,
        ),
    ] = None,
    list_items: Annotated[
        bool, typer.Option("--list", help="List the items with your verdicts, and change nothing.")
    ] = False,
    show_what_is_sent: Annotated[
        bool,
        typer.Option(
            "--show-what-is-sent",
            help="Print all that is in your answers file, the one file that is sent back, and change nothing.",
        ),
    ] = False,
) -> None:
    """Review the changes in a packet; your answers are kept in a file beside it.

    Stop at any time and start again: it goes on where you left. Without --plain it takes the whole screen, where
    the terminal can. Example:

        mergecheck review NAME.packet
    """
    if plain + list_items + show_what_is_sent + (answers_from is not None) > 1:
        raise typer.BadParameter("--plain, --answers-from, --list and --show-what-is-sent: give one of them")
    if show_what_is_sent:
        from review_ui import sent

        sent.show_what_is_sent(packet)
    elif list_items:
        from review_ui.listing import list_items_of

        list_items_of(packet)
    elif answers_from is not None:
        from review_ui.answers_from import review_from

        review_from(packet, answers_from)
    elif plain or not _can_take_the_screen():
        from review_ui.plain import review_plain

        review_plain(packet)
    else:
        from mergecheck.packet.uncollected import uncollected

        with uncollected():
            from review_ui.app import review_full_screen

        review_full_screen(packet)


def _can_take_the_screen() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")

"""`--list`: the items with their verdicts, on standard output."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from mergecheck.packet.open import Packet
from review_ui.pages import list_page
from review_ui.standing import Standing


def list_items_of(path: Path) -> None:
    """Print how the review of the packet at `path` stands; neither holds nor changes its answers.

    Raises:
        PacketError, AnswersError: the packet or its answers cannot be read.
    """
    console = Console(highlight=False, markup=False, emoji=False)
    with Packet.open(path) as packet:
        for line in list_page(Standing.of(packet)):
            console.print(line, soft_wrap=True)

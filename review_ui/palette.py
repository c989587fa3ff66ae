"""Every command by name: the palette, made from the table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from review_ui.keymap import shown_key
from review_ui.screens.base import Keyed

if TYPE_CHECKING:
    from textual.app import CommandCallback


class TableCommands(Provider):
    """The palette's commands: those of the table that can be used on this screen now."""

    def _rows(self) -> Iterable[tuple[str, str, CommandCallback]]:
        screen = self.screen
        if isinstance(screen, Keyed):
            for command in screen.commands():
                keys = ", ".join(map(shown_key, command.keys))
                titled = f"{command.title} ({keys})" if keys else command.title
                yield titled, command.about, getattr(screen, f"action_{command.name}")

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for title, about, run in self._rows():
            score = matcher.match(f"{title} {about}")
            if score > 0:
                yield Hit(score, matcher.highlight(title), run, help=about)

    async def discover(self) -> Hits:
        """All of them."""
        for title, about, run in self._rows():
            yield DiscoveryHit(title, run, help=about)

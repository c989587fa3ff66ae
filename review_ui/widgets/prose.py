"""Markdown from outside: rendered or as it was written, with nothing in it obeyed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.widgets import Markdown

from review_ui.shown import shown_lines

MOST_RENDERED = 60_000
"""A longer text is shown as it was written: a widget a paragraph would make one wait."""

_TAG = re.compile(r"<(?=[/A-Za-z!?])")


def readable(text: str) -> str:
    """Markdown of which no part is hidden when it is rendered: HTML is text, and no character has an effect."""
    lines: list[str] = []
    fenced = ""
    for line in shown_lines(text):
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~"):
            fenced = "" if fenced == mark else fenced or mark
        elif not fenced:
            # As where issues are written, a line ends where its author ended it, the title's line above all.
            line = _TAG.sub(r"\\<", line) + ("  " if line.strip() else "")
        lines.append(line)
    return "\n".join(lines)


class Prose(VerticalScroll, inherit_bindings=False):
    """A text for reading."""

    DEFAULT_CSS = """
    Prose { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Prose Markdown { padding: 0; background: transparent; max-width: 100; }
    Prose #source { max-width: 100; }
    """

    def __init__(self, text: str = "", *, rendered: bool = True) -> None:
        super().__init__()
        self._text = text
        self._rendered = rendered
        self._markdown: Markdown | None = None

    def compose(self) -> ComposeResult:
        """The text as it was written; the rendered one comes with the first that is."""
        yield Static(id="source")

    def on_mount(self) -> None:
        """Show it."""
        self.show(self._text)

    def show(self, text: str) -> None:
        """Another text, from its beginning."""
        self._text = text
        self._put()
        self.scroll_home(animate=False, immediate=True)

    def toggle_source(self) -> bool:
        """Rendered, or as it was written; returns whether it is rendered now."""
        self._rendered = not self._rendered
        self._put()
        return self._rendered

    def _put(self) -> None:
        rendered = self._rendered and len(self._text) <= MOST_RENDERED
        source = self.query_one("#source", Static)
        # What is rendered takes its time: until then the text before, another issue's, must not stand there.
        source.display = not rendered
        if self._markdown is not None:
            self._markdown.display = False
        # At once: a widget asks for it only when it is idle, and the head may be painted for the next item before.
        self.screen.refresh(layout=True)
        if rendered and self._markdown is None:
            # It takes long to load: what stands beside it is there to be read before.
            self.call_after_refresh(self._put_rendered, self._text)
        elif rendered:
            self.call_next(self._put_rendered, self._text)
        else:
            source.update(Text("\n".join(shown_lines(self._text))))

    async def _put_rendered(self, text: str) -> None:
        if self._markdown is None:
            from textual.widgets import Markdown

            self._markdown = Markdown(open_links=False)
            await self.mount(self._markdown)
        markdown = self._markdown
        await markdown.update(readable(text))
        markdown.display = self._rendered and text == self._text

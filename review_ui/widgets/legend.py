"""The last line of a screen: the keys that matter now. And the line above it: what was done, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from textual.widget import Widget

from review_ui.diff.cells import columns_of, cut
from review_ui.keymap import Command, shown_key

LAST = ("help", "quit")


def legend(commands: Iterable[Command], width: int) -> Text:
    """As many keys with their titles as fit, the most needed first."""
    wanted = [command for command in commands if command.footer and command.keys]
    taken: list[Command] = []
    used = 0
    for command in sorted(wanted, key=lambda command: command.footer):
        needed = columns_of(f" {shown_key(command.keys[0])}  {command.title} ")
        if used + needed <= width:
            taken.append(command)
            used += needed
    line = Text()
    for command in sorted(taken, key=lambda command: (command.name in LAST, command.footer)):
        line.append(f" {shown_key(command.keys[0])} ", "bold reverse").append(f" {command.title} ")
    return line


class Line(Widget):
    """A line of text that can be another at each key: its place stays, so nothing is laid out anew."""

    DEFAULT_CSS = "Line { height: 1; }"

    def __init__(self, *, classes: str | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(classes=classes, id=id)
        self._line = Text()

    def put(self, line: Text) -> None:
        """Show this, as much of it as fits."""
        line.no_wrap, line.overflow = True, "ellipsis"
        if line != self._line or line.spans != self._line.spans:
            self._line = line
            self.refresh()

    def render(self) -> Text:
        """The line."""
        return self._line


class Legend(Line):
    """The keys that matter now."""

    DEFAULT_CSS = "Legend { height: 1; background: $panel; color: $foreground; }"

    def show(self, commands: Iterable[Command]) -> None:
        """Show these, as far as they fit."""
        self.put(legend(commands, self.app.size.width))


class StatusLine(Line):
    """One sentence about what was done last."""

    DEFAULT_CSS = """
    StatusLine { height: 1; padding: 0 1; color: $foreground; background: $background; }
    StatusLine.wrong { color: $error; text-style: bold; }
    StatusLine.done { color: $success; text-style: bold; }
    """

    def say(self, text: str, kind: str = "", *, then: str = "") -> None:
        """Say this; `kind` is empty, `done` or `wrong`. `then` ends it, however narrow it is."""
        self.set_class(kind == "wrong", "wrong")
        self.set_class(kind == "done", "done")
        text = text.replace("\n", " ")
        if then:
            room = self.app.size.width - 2 - columns_of(f" · {then}")
            if columns_of(text) > room:
                text = text[: cut(text, 0, max(room - 1, 0))[1]].rstrip(" ·") + "…"
            text += f" · {then}"
        self.put(Text(text))

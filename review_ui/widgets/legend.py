"""The last line of a screen: the keys that matter now. And the line above it: what was done, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from textual.widgets import Static

from review_ui.diff.cells import columns_of
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
    line = Text(no_wrap=True, overflow="ellipsis")
    for command in sorted(taken, key=lambda command: (command.name in LAST, command.footer)):
        line.append(f" {shown_key(command.keys[0])} ", "bold reverse").append(f" {command.title} ")
    return line


class Legend(Static):
    """The keys that matter now."""

    DEFAULT_CSS = "Legend { height: 1; background: $panel; color: $foreground; }"

    def show(self, commands: Iterable[Command]) -> None:
        """Show these, as far as they fit."""
        self.update(legend(commands, self.app.size.width))


class StatusLine(Static):
    """One sentence about what was done last."""

    DEFAULT_CSS = """
    StatusLine { height: 1; padding: 0 1; color: $foreground; background: $background; }
    StatusLine.wrong { color: $error; text-style: bold; }
    StatusLine.done { color: $success; text-style: bold; }
    """

    def say(self, text: str, kind: str = "") -> None:
        """Say this; `kind` is empty, `done` or `wrong`."""
        self.set_class(kind == "wrong", "wrong")
        self.set_class(kind == "done", "done")
        self.update(Text(text.replace("\n", " "), no_wrap=True, overflow="ellipsis"))

"""A terminal, a pipe or a screen reader: lines out, lines in, and the cursor left alone."""

from __future__ import annotations

import contextlib
import io
import os
import re
import select
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext

from rich.console import Console
from rich.text import Text

from review_ui.signals import ctrl_c_is_for_another
from review_ui.typed import seeing_what_is_typed

READABLE = 100
"""Prose is broken at this many columns where a terminal is wider: longer lines are hard to follow."""

_INDENT = re.compile(r" *(?:[-*] +|[0-9]+[.)] +|(?<=  )[0-9a-z?]  )?")


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the program here; a review is left in order first."""
        raise BrokenPipeError


class Terminal:
    """Standard input and output as they are.

    Args:
        on_input: called after each line that was read.
        on_away: called before a pager takes the terminal.
        on_back: called when it has ended.
    """

    def __init__(
        self,
        on_input: Callable[[], None] = lambda: None,
        on_away: Callable[[], None] = lambda: None,
        on_back: Callable[[], None] = lambda: None,
    ) -> None:
        for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace")):
            # Another program's bytes, or a terminal that lacks a letter, must not end a review.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=errors)
        self._on_input = on_input
        self._on_away = on_away
        self._on_back = on_back
        self.console = _Console(highlight=False, markup=False, emoji=False)
        self.by_hand = sys.stdin.isatty() and sys.stdout.isatty()
        if self.by_hand:
            _edit_lines()

    def ask(self, prompt: str, typed: Callable[[str], None] | None = None) -> str:
        """One line, without its end.

        Args:
            prompt: what stands before it.
            typed: called with what stands in the line while it is being typed, within half a second.

        Raises:
            EOFError, KeyboardInterrupt: the reviewer goes.
        """
        try:
            with seeing_what_is_typed(self._seen(typed)) if self.by_hand and typed else nullcontext():
                line = input(prompt)
        finally:
            # Typed input ends its line on the screen; input from elsewhere does not.
            if not sys.stdin.isatty():
                print()
        self._on_input()
        return line

    def _seen(self, typed: Callable[[str], None]) -> Callable[[str], None]:
        def see(line: str) -> None:
            self._on_input()
            typed(line)

        return see

    def there(self) -> bool:
        """Whether somebody is still at a terminal; False for a pipe, and once the terminal has gone."""
        return self.by_hand and sys.stdin.isatty()

    def more_waits(self) -> bool:
        """Whether more has been typed or pasted than was read; never known of a pipe."""
        if not self.by_hand or sys.platform == "win32":
            return False
        return bool(select.select([sys.stdin], [], [], 0)[0])

    def say(self, line: str = "", style: str = "") -> None:
        """One line of ours, broken at words."""
        self.show([Text(line, style)])

    def show(self, lines: Iterable[Text]) -> None:
        """Lines as they are; those with `no_wrap` are left whole for the terminal to fold."""
        for line in lines:
            self._print(self.console, line, self.console.is_terminal)

    def page(self, lines: Iterable[Text]) -> None:
        """The same lines through the reviewer's pager, where there is a terminal and a pager; else as `show`."""
        lines = list(lines)
        command = self._pager() if self.by_hand else None
        if command is None:
            self.show(lines)
            return
        colour = "less" in command[0] and self.console.color_system is not None
        text = Console(
            file=io.StringIO(),
            force_terminal=colour,
            no_color=not colour,
            width=self.console.width,
            highlight=False,
        )
        for line in lines:
            self._print(text, line, wraps=True)
        assert isinstance(text.file, io.StringIO)
        self._on_away()
        try:
            with ctrl_c_is_for_another():
                done = subprocess.run(
                    command, input=text.file.getvalue(), encoding="utf-8", errors="replace", check=False
                )
        except OSError as error:
            self.say(f"The pager {command[0]} cannot be run ({error.strerror}); here it is instead.", "yellow")
            self.show(lines)
            return
        finally:
            self._on_back()
        if done.returncode:
            self.say(
                f"The pager {command[0]} ended with code {done.returncode}; d shows the change here.", "yellow"
            )

    def _pager(self) -> list[str] | None:
        """The pager and its arguments; None where there is none, told where PAGER names one."""
        named = os.environ.get("PAGER", "")
        try:
            wanted = shlex.split(named)
        except ValueError as error:
            self.say(f"PAGER is {named!r}, which is no command ({error}); here it is instead.", "yellow")
            return None
        command = wanted or ["less"]
        if shutil.which(command[0]) is None:
            if wanted:
                self.say(f"There is no pager {command[0]!r} as PAGER says; here it is instead.", "yellow")
            return None
        return [*command, "-R"] if command == ["less"] else command

    @staticmethod
    def _print(console: Console, line: Text, wraps: bool) -> None:
        if line.no_wrap or not wraps:
            console.print(line, soft_wrap=True)
            return
        found = _INDENT.match(line.plain)
        indent = len(found[0]) if found else 0
        width = min(console.width, READABLE)
        if indent > width // 2:
            indent = 0
        # What follows the first line of a list's entry stands under its text.
        first, rest = line[:indent], line[indent:]
        for piece in rest.wrap(console, width - indent) or [rest]:
            console.print(first + piece, soft_wrap=True)
            first = Text(" " * indent)


def _edit_lines() -> None:
    # Not on Windows, whose consoles edit lines themselves.
    with contextlib.suppress(ImportError):
        import readline

        # A paste of several lines is several lines of a comment.
        readline.parse_and_bind("set enable-bracketed-paste off")
        readline.set_auto_history(False)

"""The full-screen front of the desk."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import textual
from rich.segment import Segments
from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen

from mergecheck.packet.events import Elsewhere
from mergecheck.packet.uncollected import uncollected
from mergecheck.records import Front
from review_ui.choices import Choices, read_choices, write_choices
from review_ui.desk import Desk
from review_ui.esc import esc_is_a_key_of_its_own
from review_ui.gone import LOOK_SECONDS, terminal_gone
from review_ui.keeping import Keeping
from review_ui.keyboard import Keyboard, Typed
from review_ui.keymap import Keys, shown_key
from review_ui.keys_file import read_keys
from review_ui.locations import choices_file, keys_file
from review_ui.palette import TableCommands
from review_ui.screens.base import Keyed
from review_ui.screens.help import HelpScreen
from review_ui.screens.start import StartScreen
from review_ui.themes import NO_COLOUR, PALETTES, Look, no_colour_filter, textual_theme
from review_ui.widgets.bound import replaced

SIGNS_OF_SOMEBODY = (
    events.AppFocus,
    events.Key,
    events.Paste,
    events.MouseDown,
    events.MouseScrollDown,
    events.MouseScrollUp,
)
WAYS_OUT = ("quit", "close", "later", "change", "resume")


class ReviewApp(Keeping):
    """A review.

    Args:
        desk: the review; it is left when the app ends.
        keys: the commands with their keys.
        choices: what was chosen last.
        keep_choices: keeps what is chosen; returns what went wrong.
    """

    TITLE = "mergecheck"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {TableCommands}
    # Textual's own Ctrl+Q would leave from everywhere, and lose what was typed last.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c,ctrl+q", "ways_out", show=False)]
    # Textual's own key for the palette would come before the table's, and mean something else where one types.
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { background: $background; color: $foreground; }
    ModalScreen { background: $background 70%; }
    Input { background: $panel; }
    TextArea { background: $panel; }
    SearchIcon { display: none; }
    """

    def __init__(
        self,
        desk: Desk,
        keys: Keys | None = None,
        choices: Choices | None = None,
        keep_choices: Callable[[Choices], str] = lambda _choices: "",
    ) -> None:
        super().__init__(choices or Choices(), keep_choices)
        self.use_command_palette = True
        self.desk = desk
        self.at_desk = desk
        self.keys = keys or Keys()
        self.keyboard = Keyboard(self, super().on_event, self._may, self._dropped)
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        if self.no_color:
            # Textual would send shades of grey.
            self._filters[-1:] = [no_colour_filter()]
        wanted = self.choices.theme
        self.theme = wanted if wanted in PALETTES else next(iter(PALETTES))

    def on_mount(self) -> None:
        """The start page; a terminal that goes, or a machine that shuts down, ends the review in order."""
        self.set_keymap(replaced(self.keys))
        loop = asyncio.get_running_loop()
        for name in ("SIGHUP", "SIGTERM"):
            with suppress(NotImplementedError, ValueError, RuntimeError, AttributeError):
                loop.add_signal_handler(getattr(signal, name), self.go)
        if not self.is_headless:
            self.set_interval(LOOK_SECONDS, self._leave_if_terminal_gone)
        self.push_screen(StartScreen())

    def _leave_if_terminal_gone(self) -> None:
        if terminal_gone():
            self.go()

    @property
    def look(self) -> Look:
        """The styles of the theme that is chosen."""
        return Look(PALETTES[self.theme], colour=not self.no_color)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """None of Textual's: all commands are in the table."""
        return ()

    async def on_event(self, event: events.Event) -> None:
        """Whatever is typed or clicked is a sign of somebody reading."""
        if isinstance(event, events.AppBlur):
            self.at_desk.lose_focus(Elsewhere.WINDOW)
        elif isinstance(event, SIGNS_OF_SOMEBODY):
            self.at_desk.gain_focus()
            self.at_desk.touch()
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            self.keyboard.take(event)
        else:
            await super().on_event(event)

    def _may(self, typed: Typed) -> bool:
        """Whether what was typed before the item was painted may be used: where it only reads."""
        screen = self.screen
        return isinstance(screen, Keyed) and screen.only_reads(typed)

    def _dropped(self) -> None:
        self.say("What was typed before this was on the screen is not obeyed.", "wrong")

    def on_unmount(self) -> None:
        """Nothing more is typed; whatever it ends by, what was chosen last is kept."""
        self.keyboard.stop()
        self.keep_chosen()

    def _fatal_error(self) -> None:
        # Only here: it takes long to load. Textual would print what every variable holds, the packet's texts too.
        from rich.traceback import Traceback

        self._exit_renderables.append(
            Segments(self.console.render(Traceback(show_locals=False, suppress=[textual])))
        )
        self._close_messages_no_wait()

    # What every screen can do.

    def say(self, text: str, kind: str = "") -> None:
        """Say something on the screen that is shown."""
        screen = self.screen
        if isinstance(screen, Keyed):
            screen.say(text, kind)
        else:
            self.notify(text, severity="error" if kind == "wrong" else "information", markup=False)

    def help(self, screen: Keyed[Any]) -> None:
        """All keys."""
        self.push_screen(HelpScreen(screen.context, tuple(screen.commands())))

    def action_ways_out(self) -> None:
        """What elsewhere ends a program does not end this one: say what does."""
        screen = self.screen
        if isinstance(screen, Keyed):
            wanted = [command for command in screen.commands() if command.name in WAYS_OUT and command.keys]
            self.say("; ".join(f"{shown_key(command.keys[0])}: {command.title}" for command in wanted))

    def next_theme(self) -> str:
        """The next theme; returns what to say."""
        if self.no_color:
            return f"{NO_COLOUR}: NO_COLOR is set, so there are no colours to choose"
        names = list(PALETTES)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.choose(theme=self.theme)
        return f"theme: {self.theme}"


def review_full_screen(path: Path) -> None:
    """Review the packet at `path` full-screen until the reviewer leaves.

    Raises:
        PacketError, AnswersError: the packet or its answers cannot be opened, or the disk is full at the end.
    """
    with uncollected():
        opened = Desk.open(path, front=Front.FULL_SCREEN)
        # What was read stays to the end: no search for cycles need go through it.
        gc.freeze()
    with opened as desk:
        app = ReviewApp(
            desk,
            read_keys(keys_file()),
            read_choices(choices_file()),
            lambda choices: write_choices(choices_file(), choices),
        )
        try:
            with esc_is_a_key_of_its_own():
                app.run()
        finally:
            desk.leave()
        code = app.return_code or 0
        print_end(desk, code)
    if code:
        sys.exit(code)


def print_end(desk: Desk, code: int) -> None:
    """What stays in the terminal: where the answers are, and how to go on."""
    from review_ui.plain import end_page
    from review_ui.terminal import Terminal

    terminal = Terminal()
    if code:
        terminal.say("The full-screen program broke off. Everything that was shown as saved is saved.")
    terminal.show(end_page(desk, ""))

"""The full-screen front of the desk."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import textual
from rich.segment import Segments
from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from mergecheck.errors import AnswersError, PacketError, Refused
from mergecheck.packet.events import Elsewhere
from mergecheck.packet.uncollected import uncollected
from mergecheck.records import Front
from review_ui.choices import Choices, read_choices, write_choices
from review_ui.desk import Desk
from review_ui.esc import esc_is_a_key_of_its_own
from review_ui.fields import InvalidAnswer
from review_ui.gone import LOOK_SECONDS, terminal_gone
from review_ui.keyboard import Keyboard, Typed
from review_ui.keymap import Keys, shown_key
from review_ui.keys_file import read_keys
from review_ui.locations import choices_file, keys_file
from review_ui.screens.base import Keyed, Trouble
from review_ui.screens.help import HelpScreen
from review_ui.screens.start import StartScreen
from review_ui.themes import NO_COLOUR, PALETTES, Look, no_colour_filter, textual_theme
from review_ui.widgets.bound import replaced

if TYPE_CHECKING:
    from textual.app import CommandCallback

SIGNS_OF_SOMEBODY = (
    events.AppFocus,
    events.Key,
    events.Paste,
    events.MouseDown,
    events.MouseScrollDown,
    events.MouseScrollUp,
)
WAYS_OUT = ("quit", "close", "later", "change", "resume")
UNSAVED_SECONDS = 0.4
"""What is typed or chosen is on disk after so long, well within a second."""


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


class ReviewApp(App[None], inherit_bindings=False):
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
        super().__init__()
        self.use_command_palette = True
        self.desk = desk
        self.at_desk = desk
        self.keys = keys or Keys()
        self.choices = choices or Choices()
        self._keep_choices = keep_choices
        self._unsaved: Callable[[], None] | None = None
        self._chosen = False
        self._draft_warned = False
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

    # Keeping things.

    def record(
        self,
        write: Callable[[], object],
        then: Callable[[], object] | None = None,
        refused: Callable[[Exception], object] | None = None,
    ) -> None:
        """Have something written, and go on only when it is on disk.

        A full disk is told, and may be tried again.
        """
        try:
            write()
        except (InvalidAnswer, Refused, PacketError) as error:
            if refused is not None:
                refused(error)
            else:
                self.say(str(error), "wrong")
            return
        except AnswersError as error:
            self.push_screen(Trouble(str(error)), lambda answer: self._again(answer, write, then, refused))
            return
        if then is not None:
            then()

    def _again(
        self,
        answer: str | None,
        write: Callable[[], object],
        then: Callable[[], object] | None,
        refused: Callable[[Exception], object] | None,
    ) -> None:
        if answer == "again":
            self.record(write, then, refused)
        elif answer == "leave":
            self.go()

    def keep_soon(self, write: Callable[[], None]) -> None:
        """Keep what is being typed, within `UNSAVED_SECONDS`."""
        if self._unsaved is None:
            self.set_timer(UNSAVED_SECONDS, self.keep_now)
        self._unsaved = write

    def keep_now(self) -> None:
        """Keep what is being typed, at once."""
        write, self._unsaved = self._unsaved, None
        if write is None:
            return
        try:
            write()
        except AnswersError as error:
            if not self._draft_warned:
                self.say(str(error), "wrong")
            self._draft_warned = True
        else:
            self._draft_warned = False

    def forget_unsaved(self) -> None:
        """What was being typed has been saved as an answer."""
        self._unsaved = None

    def choose(self, **changes: object) -> None:
        """Remember a choice for next time, within `UNSAVED_SECONDS`: a key does not wait for the disk."""
        self.choices = replace(self.choices, **changes)  # type: ignore[arg-type]  # the names are a dataclass's own
        if not self._chosen:
            self.set_timer(UNSAVED_SECONDS, self._tell_unkept, name="choices")
        self._chosen = True

    def _tell_unkept(self) -> None:
        problem = self.keep_chosen()
        if problem:
            self.say(problem, "wrong")

    def keep_chosen(self) -> str:
        """Keep what was chosen, at once; returns why that was not possible, empty where it was."""
        chosen, self._chosen = self._chosen, False
        return self._keep_choices(self.choices) if chosen else ""

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

    def go(self) -> None:
        """Leave; what is being typed is kept first."""
        self.keep_now()
        self.exit()


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

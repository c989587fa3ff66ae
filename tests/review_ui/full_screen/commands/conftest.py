"""One app that every scenario of a module finds at its start page, at a desk of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import cycle, islice
from pathlib import Path

import pytest
from textual.containers import VerticalScroll
from textual.pilot import Pilot

from mergecheck.packet.answers import read_answers
from mergecheck.records import Author, Decision, Front, Guess, Recognised, Verdict
from review_ui.app import ReviewApp
from review_ui.choices import Choices
from review_ui.desk import Desk
from review_ui.keymap import Command
from review_ui.screens.start import StartScreen
from review_ui.widgets.diff_view import DiffView

SIZE = (112, 20)
"""Wide enough for the tree of files; the smaller a screen, the sooner it is painted."""
ACCEPTED = Verdict(Decision.ACCEPT, progress=100, confidence=8, baseline_minutes=30)
GUESSED = Guess(Author.AI, 6, Recognised.NO)


class Stage:
    """What a scenario sees of the program, and does to it."""

    _keys: Iterator[str]

    def __init__(self, strike) -> None:
        self._strike = strike
        self._open = AsyncExitStack()
        self.pilot: Pilot[None] | None = None

    async def begin(self, packet: Path, answered: int, guessed: int, asked: bool) -> None:
        """The start page, over a fresh packet with so much of it answered before."""
        desk = Desk.open(packet, front=Front.FULL_SCREEN)
        # What has been seen does not begin with its issue.
        for item in (*desk.queue, desk.queue[0]):
            desk.show(item)
        for item in desk.queue[:answered]:
            desk.verdict(item, ACCEPTED)
        for item in desk.queue[: guessed + asked]:
            desk.open_guess(item)
        for item in desk.queue[:guessed]:
            desk.guess(item, GUESSED)
        if self.pilot is None or self.app._exit:
            await self.end()
            self.pilot = await self._open.enter_async_context(ReviewApp(desk).run_test(size=SIZE))
            await self.pilot.pause()
            return
        app = self.app
        while len(app.screen_stack) > 1:
            await app.pop_screen()
        app.desk.leave()
        app.desk = app.at_desk = desk
        app.choices = Choices()
        app.theme = "dark"
        app.copy_to_clipboard("")
        if app.size != SIZE:
            await self.pilot.resize_terminal(*SIZE)
        app.push_screen(StartScreen())
        await self.pilot.pause()

    def shown(self, command: Command) -> None:
        """The command whose keys are used."""
        self._keys = cycle(command.keys)

    async def end(self) -> None:
        """Leave the app, and its desk."""
        if self.pilot is not None:
            await self._open.aclose()
            self.app.desk.leave()

    async def press(self, *keys: str) -> None:
        """Press these; `text:` types."""
        typed: list[str] = []
        for key in keys:
            if key.startswith("text:"):
                typed += ["space" if mark == " " else mark for mark in key.removeprefix("text:")]
            else:
                typed.append(key)
        await self._strike(self.pilot, *typed)
        await self.pilot.pause()

    async def use(self, times: int = 1) -> None:
        """Press the key of the command that is shown; several times, each of its keys in turn."""
        await self.press(*islice(self._keys, times))

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        await self.pilot.pause()

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait for what needs more than one turn of the loop, however busy the machine."""
        for _ in range(400):
            if seen():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"never seen:\n{self.said}")

    @property
    def app(self) -> ReviewApp:
        return self.pilot.app

    @property
    def screen(self):
        return self.app.screen

    @property
    def desk(self) -> Desk:
        return self.app.desk

    @property
    def view(self) -> DiffView:
        return self.screen.query_one(DiffView)

    @property
    def line(self) -> int:
        """How many rows of the document are above the current one."""
        return self.view.document.line_at(self.view.cursor)

    @property
    def scrolled(self) -> float:
        """How far the page is scrolled."""
        return self.screen.query(VerticalScroll).first().scroll_y

    @property
    def said(self) -> str:
        """What stands on the screen."""
        return "\n".join(strip.text for strip in self.screen._compositor.render_strips())

    @property
    def status(self) -> str:
        """The line above the last."""
        return self.said.split("\n")[-2].strip()

    @property
    def events(self) -> list[str]:
        """The kinds of the events in the answers file, in their order."""
        return [event.type for event in read_answers(self.desk.answers_path).events]


@pytest.fixture(scope="module")
def staged(strike) -> Iterator[tuple[asyncio.Runner, Stage]]:
    with asyncio.Runner() as runner:
        stage = Stage(strike)
        yield runner, stage
        runner.run(stage.end())


@pytest.fixture
def play(staged, tides) -> Callable[..., None]:
    """Leads to where a command works, and lets its scenario press its key.

    `answered`, `guessed`: so many items were before; `asked`: the question after the verdict is open on the next.
    """
    runner, stage = staged

    def run(
        command: Command,
        does: Callable[[Stage], Awaitable[None]],
        keys: tuple[str, ...],
        *,
        answered: int = 0,
        guessed: int = 0,
        asked: bool = False,
    ) -> None:
        async def main() -> None:
            await stage.begin(tides(), answered, guessed, asked)
            stage.shown(command)
            if keys:
                await stage.press(*keys)
            await does(stage)

        runner.run(main())

    return run

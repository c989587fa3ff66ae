"""What is typed, one key after the other, also where it is typed ahead of what is on the screen.

A key is passed on when all that the key before it set off is done: the screen that it opened is there and painted.
So a key goes to the screen that the reviewer had in mind, and none is lost on one that is not ready.

One thing is not typed ahead: an answer on an item that was not on the screen yet. A key that was typed before an
item was painted only reads there; from the first on that would do more, all that was typed so early is dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, TextArea

from review_ui.esc import pressed

LOST_SECONDS = 5.0
"""What a key set off is waited for no longer: a widget that was taken away meanwhile never says it is done."""

Typed = events.Key | events.Paste


class Keyboard:
    """The keys of an app.

    Args:
        app: the app.
        pass_on: gives a key to the app as Textual would have.
        may: whether a key may be used on the screen that is shown although its item had not been painted yet.
        dropped: called when keys were dropped.
    """

    def __init__(
        self,
        app: App[None],
        pass_on: Callable[[Typed], Awaitable[None]],
        may: Callable[[Typed], bool],
        dropped: Callable[[], None],
    ) -> None:
        self._app = app
        self._pass_on = pass_on
        self._may = may
        self._dropped = dropped
        self._waiting: deque[Typed] = deque()
        self._work: asyncio.Task[None] | None = None
        self._painted: Screen[object] | None = None
        self._put = False
        self._seen_at = 0.0

    @property
    def idle(self) -> bool:
        """Whether all that was typed has had its effect."""
        return self._work is None

    def take(self, typed: Typed) -> None:
        """Pass it on in its turn."""
        self._waiting.append(typed)
        self._go_on()

    def item_put(self) -> None:
        """An item is being put on the screen: what was typed before it is painted may only read it."""
        self._put = True
        self._go_on()

    def stop(self) -> None:
        """The app ends; what has not had its turn is not passed on."""
        self._waiting.clear()
        if self._work is not None:
            self._work.cancel()

    def _go_on(self) -> None:
        if self._work is None:
            self._work = asyncio.create_task(self._until_idle())

    async def _until_idle(self) -> None:
        try:
            if self._put:
                await self._settle(self._app)
            while self._waiting:
                typed = self._next()
                if typed.time < self._seen_at and not self._may(typed):
                    while self._waiting and self._waiting[0].time < self._seen_at:
                        self._waiting.popleft()
                    self._dropped()
                    continue
                target = self._app.focused or self._app.screen
                # In the app's own turn: what goes wrong there ends the program as it would anywhere.
                if self._app.call_later(self._pass_on, typed):
                    await self._settle(target)
        finally:
            self._work = None

    def _next(self) -> Typed:
        typed = self._waiting.popleft()
        if isinstance(typed, events.Key):
            typed, *more = pressed(typed, writing=isinstance(self._app.focused, Input | TextArea))
            self._waiting.extendleft(reversed(more))
        return typed

    async def _settle(self, target: DOMNode) -> None:
        """Until all is done that was set off, and painted where another screen or another item is shown."""
        put = False
        try:
            async with asyncio.timeout(LOST_SECONDS):
                await _through(self._app)
                await _through(target)
                while True:
                    screen = self._app.screen
                    await _through(self._app.focused or screen)
                    if self._app.screen is not screen:
                        continue
                    if self._painted is screen and not self._put:
                        break
                    put, self._put = put or self._put, False
                    self._painted = screen
                    await _whole(screen)
        except TimeoutError:
            put, self._put = put or self._put, False
        if put:
            self._seen_at = Message().time


async def _through(node: DOMNode) -> None:
    """Until a node and all above it have done what was sent to them before: a key goes up this way."""
    for one in node.ancestors_with_self:
        await _done(one.call_later)


async def _whole(screen: Screen[object]) -> None:
    """Until a screen and all that is on it have done what they were sent, and it is painted."""
    for one in screen.walk_children(DOMNode, with_self=True):
        await _done(one.call_later)
    await _done(screen.call_after_refresh)


async def _done(call: Callable[[Callable[[], None]], bool]) -> None:
    done = asyncio.Event()
    if call(done.set):
        await done.wait()

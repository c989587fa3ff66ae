"""The real app over a real packet, driven by Textual's pilot."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from mergecheck.packet.format import PacketHunk
from mergecheck.records import CanonicalChange, FileChange, Front, Hunk, Kind
from review_ui.app import ReviewApp
from review_ui.choices import Choices
from review_ui.desk import Desk
from review_ui.keymap import Keys
from review_ui.widgets.diff_view import DiffView

OLD = "".join(f"line {number}\n" for number in range(1, 101))
NEW = OLD.replace("line 10\n", "line ten\n").replace("line 60\n", "line sixty\nline sixty and a half\n")
HUNKS = (
    Hunk(
        7, 7, 7, 7, (" line 7", " line 8", " line 9", "-line 10", "+line ten", " line 11", " line 12", " line 13")
    ),
    Hunk(
        57,
        7,
        57,
        8,
        (
            " line 57",
            " line 58",
            " line 59",
            "-line 60",
            "+line sixty",
            "+line sixty and a half",
            " line 61",
            " line 62",
            " line 63",
        ),
    ),
)
CODE_OLD = 'def width(row):\n    """How wide."""\n    return len(row)\n'
CODE_NEW = 'def width(row):\n    """How wide."""\n    return max(row)  # ' + "§" * 200 + "\n\tx = '漢字\x1b[31m'\n"
CODE_HUNK = Hunk(
    1,
    3,
    1,
    4,
    (
        " def width(row):",
        '     """How wide."""',
        "-    return len(row)",
        *("+" + line for line in CODE_NEW.split("\n")[2:4]),
    ),
)


def change(variant: int) -> CanonicalChange:
    lines = FileChange(
        "docs/lines.txt",
        Kind.MODIFIED,
        old_text=OLD,
        new_text=NEW,
        old_digest="1",
        new_digest=f"2{variant}",
        hunks=HUNKS,
    )
    code = FileChange(
        "src/pack/table.py",
        Kind.MODIFIED,
        old_text=CODE_OLD,
        new_text=CODE_NEW,
        old_digest="3",
        new_digest="4",
        hunks=(CODE_HUNK,),
    )
    added = Hunk(0, 0, 1, 1, ("+one = 1", "\\"))
    new = FileChange("src/pack/util.py", Kind.ADDED, new_text="one = 1", new_digest="5", hunks=(added,))
    return CanonicalChange("1", (lines, code, new))


@pytest.fixture
def packet(make_packet) -> Path:
    return make_packet(made_by=change)


@pytest.fixture
def drive(packet) -> Callable[..., ReviewApp]:
    """Runs `script(pilot)` in the app over a packet; then the desk is left, as the command does it."""

    def run(
        script: Callable[[Pilot], Awaitable[None]],
        *,
        size: tuple[int, int] = (120, 40),
        choices: Choices | None = None,
        keys: Keys | None = None,
        path: Path = packet,
    ) -> ReviewApp:
        async def main() -> ReviewApp:
            with Desk.open(path, front=Front.FULL_SCREEN) as desk:
                app = ReviewApp(desk, keys, choices)
                try:
                    async with app.run_test(size=size) as pilot:
                        await pilot.pause()
                        await script(pilot)
                finally:
                    desk.leave()
                return app

        return asyncio.run(main())

    return run


class Screenful:
    """What stands on the screen, as text."""

    def __init__(self, app: ReviewApp) -> None:
        self._app = app

    def __call__(self) -> str:
        width, height = self._app.size
        lines = self._app.screen._compositor.render_strips()
        assert len(lines) == height
        assert all(line.cell_length == width for line in lines)
        return "\n".join(line.text for line in lines)


@pytest.fixture
def screenful():
    return lambda app: Screenful(app)()


@pytest.fixture
def press():
    """`press(pilot, "a", "text:some words", …)`: keys one by one, each seen to before the next."""

    async def go(pilot: Pilot, *keys: str) -> None:
        for key in keys:
            if key.startswith("text:"):
                for mark in key.removeprefix("text:"):
                    await pilot.press("space" if mark == " " else mark)
            else:
                await pilot.press(key)
            await pilot.pause()

    return go


@pytest.fixture
def view():
    return lambda app: app.screen.query_one(DiffView)


@pytest.fixture
def hunk_of():
    return lambda hunk: PacketHunk.of(hunk)

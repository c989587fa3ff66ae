"""Pictures of the screen that are the same on every machine, and the same when it is busy."""

import asyncio
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input, TextArea

from mergecheck.records import Front, Side
from review_ui.app import ReviewApp
from review_ui.choices import Choices
from review_ui.clock import ManualClock
from review_ui.desk import Desk
from review_ui.keymap import Keys
from review_ui.widgets.diff_view import DiffView

FOLDER = "/home/fox/reviews"
"""Where the packet is, as the pictures have it."""
DAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATEST = 10_000_000
KEPT = Path(__file__).parent / "kept"
DOCS = Path(__file__).resolve().parents[4] / "docs/pictures"
IN_DOCS = {
    "start-120x40-dark": "start.svg",
    "review-200x50-dark": "review.svg",
    "review-split-120x40-light": "side-by-side.svg",
    "commented-120x40-colour-blind": "comment.svg",
    "verdict-missing-120x40-dark": "verdict.svg",
}
"""The pictures that the page on reviewing shows: the very same ones."""

_FONTS = re.compile(r"\s*@font-face \{.*?\n    \}\n", re.DOTALL)
_LINE_CLIPS = re.compile(r'<clipPath id="terminal-\d+-line-\d+">.*?</clipPath>\s*', re.DOTALL)
_CLIPPED = re.compile(r' clip-path="url\(#terminal-\d+-line-\d+\)"')
_ID = re.compile(r"terminal-\d+-")
_LINE_END = re.compile(r'<text class="r\d+" x="[\d.]+" y="[\d.]+" textLength="[\d.]+">\n</text>')
_GROUND = re.compile(r'<rect fill="([^"]+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/>')
_GROUNDS = re.compile(f"(?:{_GROUND.pattern.replace('(', '(?:')}){{2,}}")


def tidied(svg: str) -> str:
    """A picture without what is fetched from elsewhere, with short names, and no clipping of every line."""
    svg = _CLIPPED.sub("", _LINE_CLIPS.sub("", _FONTS.sub("", svg)))
    return squeezed(_ID.sub("", svg).replace("Fira Code", "DejaVu Sans Mono"))


def squeezed(svg: str) -> str:
    """The same picture in fewer bytes: grounds of one colour beside each other are one, and lines have no end."""
    svg = _LINE_END.sub("\n", svg).replace("&#160;", "\u00a0").replace("&quot;", '"')
    svg = svg.replace(' shape-rendering="crispEdges"', "").replace(
        "</style>", "rect { shape-rendering: crispEdges }\n</style>"
    )
    return _GROUNDS.sub(_beside, svg)


def _beside(found: re.Match[str]) -> str:
    merged: list[tuple[str, float, str, float, str]] = []
    for fill, x, y, width, height in _GROUND.findall(found[0]):
        last = merged[-1] if merged else None
        if last and last[0] == fill and last[2] == y and abs(last[1] + last[3] - float(x)) < 0.01:
            merged[-1] = (fill, last[1], y, last[3] + float(width), height)
        else:
            merged.append((fill, float(x), y, float(width), height))
    return "".join(
        f'<rect fill="{fill}" x="{x:g}" y="{y}" width="{width:g}" height="{height}"/>'
        for fill, x, y, width, height in merged
    )


@pytest.fixture
def as_kept(request, tmp_path) -> Callable[[dict[str, str], str], None]:
    """Compares pictures, name → SVG, with those kept whose names match a pattern; `--snapshot-update` keeps these.

    The comparison is our own, of many pictures of one run: starting the program for each would take minutes.
    """

    def compare(taken: dict[str, str], pattern: str) -> None:
        kept = {path.stem: path for path in KEPT.glob(pattern)}
        if request.config.getoption("update_snapshots"):
            KEPT.mkdir(exist_ok=True)
            for name in kept.keys() - taken.keys():
                kept[name].unlink()
            for name, svg in taken.items():
                (KEPT / f"{name}.svg").write_text(svg, encoding="utf-8")
                if name in IN_DOCS:
                    (DOCS / IN_DOCS[name]).write_text(svg, encoding="utf-8")
            return
        wrong = [
            name
            for name, svg in taken.items()
            if name not in kept or kept[name].read_text(encoding="utf-8") != svg
        ]
        wrong += [
            name
            for name in taken.keys() & IN_DOCS.keys()
            if name not in wrong and (DOCS / IN_DOCS[name]).read_text(encoding="utf-8") != taken[name]
        ]
        for name in wrong:
            (tmp_path / f"{name}.svg").write_text(taken[name], encoding="utf-8")
        assert not wrong, f"other pictures than those kept: {', '.join(wrong)}; see {tmp_path}"
        assert kept.keys() == taken.keys(), "pictures are kept that nothing takes any more"

    return compare


class Camera:
    """Takes a picture in each theme, once nothing on the screen changes any more."""

    def __init__(self, pilot: Pilot[None], clock: ManualClock, themes: Callable[[str], tuple[str, ...]]) -> None:
        self.pilot = pilot
        self.clock = clock
        self.taken: dict[str, str] = {}
        self._themes = themes

    async def press(self, *keys: str, waits_for: str = "") -> None:
        """Press these (`text:` types), and wait for a text on the screen."""
        typed: list[str] = []
        for key in keys:
            if key.startswith("text:"):
                typed += ["space" if mark == " " else mark for mark in key.removeprefix("text:")]
            else:
                typed.append(key)
        for key in typed:
            await self.pilot.press(key)
            while not self.pilot.app.keyboard.idle:
                await self.pilot.pause(0.005)
        await self._until(waits_for)

    async def _until(self, text: str) -> None:
        for _ in range(400):
            await self.pilot.pause()
            if text in self.said:
                return
        raise AssertionError(f"{text!r} never came:\n{self.said}")

    @property
    def said(self) -> str:
        """What stands on the screen."""
        return "\n".join(strip.text for strip in self.pilot.app.screen._compositor.render_strips())

    async def take(self, name: str, waits_for: str = "") -> None:
        """A picture of the screen as it is."""
        await self._until(waits_for)
        app = self.pilot.app
        for field in (*app.screen.query(Input), *app.screen.query(TextArea)):
            field.cursor_blink = False
        for area in app.screen.query(TextArea):
            # Its lines are kept as they were painted, with the cursor or without, as it happened to blink.
            area._line_cache.clear()
            area.refresh()
        for view in app.screen.query(DiffView):
            # Colours come as there is time for them; a picture waits for them all.
            for number, file in enumerate(view.document.files):
                for side, held in ((Side.OLD, file.old), (Side.NEW, file.new)):
                    if held is not None:
                        view.colours(number, side).read_to(LATEST, float(LATEST))
            view.changed()
        before = app.theme
        for theme in self._themes(name):
            app.theme = theme
            self.taken[f"{name}-{app.size.width}x{app.size.height}-{theme}"] = await self._settled()
        app.theme = before
        await self.pilot.pause()

    async def _settled(self) -> str:
        last: list[Strip] = []
        for _ in range(100):
            await self.pilot.pause()
            now = self.pilot.app.screen._compositor.render_strips()
            if now == last:
                return tidied(self.pilot.app.export_screenshot())
            last = now
        raise AssertionError(f"the screen never stands still:\n{self.said}")


@pytest.fixture
def studio(tides, monkeypatch):
    """`studio(script, size, themes)`: runs a script of pictures; gives name → SVG."""

    def run(script, size: tuple[int, int], themes: Callable[[str], tuple[str, ...]], notices=()) -> dict[str, str]:
        path = tides()
        clock = ManualClock()

        async def main() -> dict[str, str]:
            with Desk.open(Path(path.name), front=Front.FULL_SCREEN, clock=clock, now=lambda: DAY) as desk:
                app = ReviewApp(desk, Keys(notices=notices), Choices())
                app.animation_level = "none"
                try:
                    async with app.run_test(size=size) as pilot:
                        camera = Camera(pilot, clock, themes)
                        await pilot.pause()
                        await script(camera)
                finally:
                    desk.leave()
                return camera.taken

        with monkeypatch.context() as patch:
            patch.chdir(path.parent)
            patch.setattr(os, "getcwd", lambda: FOLDER)
            return asyncio.run(main())

    return run

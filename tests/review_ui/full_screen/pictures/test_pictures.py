"""Pictures of every screen, at three sizes, dark and light: a screen that changes is looked at before it is kept.

    pytest tests/review_ui/full_screen/pictures --snapshot-update

takes what there is now; look at it before it is committed.
"""

import os
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from review_ui.screens.base import Trouble
from review_ui.screens.reading import ReadingScreen
from review_ui.screens.start import StartScreen

ROOT = Path(__file__).resolve().parents[4]
SIZES = ((80, 24), (120, 40), (200, 50))
MAIN = ("start", "review", "review-split", "commented", "verdict-missing")
"""Also in the themes for those who see colours otherwise, and without colours."""
NOTICES = (
    "/home/fox/.config/mergecheck/keys.toml: q is both review.accept and review.quit; it stays with review.quit",
)

_LOCKED = dict(re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
OTHERS = [name for name in ("textual", "rich", "pygments") if version(name) != _LOCKED[name]]
pytestmark = pytest.mark.skipif(
    bool(OTHERS),
    reason=f"pictures are of the locked versions; here other ones are installed of {', '.join(OTHERS)}",
)


async def past_issue(camera):
    """Away from the issue, where it is over the change."""
    if isinstance(camera.pilot.app.screen, ReadingScreen):
        await camera.press("escape", waits_for="tem ")


async def begin(camera):
    """The start page, practice, the issue."""
    await camera.take("start", "Guidelines")
    await camera.press("p", waits_for="practice item")
    await past_issue(camera)
    await camera.press("]", waits_for="result = 0")
    await camera.take("practice")
    await camera.press("q", "enter", waits_for="Right now a table")
    await camera.take("issue")
    await past_issue(camera)


async def read(camera):
    """The change, in both layouts; searched; commented on."""
    await camera.press("]", "j", waits_for="opened")
    await camera.take("review")
    await camera.press("t")
    await camera.take("review-split", "layout: side by side")
    await camera.press("t", "t", "/", "text:window")
    await camera.take("search-typed")
    await camera.press("enter")
    await camera.take("search-found", "] window")
    await camera.press("escape", "home", "]", "v", "j", "j")
    await camera.take("range", "range: ")
    await camera.press("c", "text:Why not `curve.start` itself?")
    await camera.take("comment", "itself?")
    await camera.press("ctrl+s")
    await camera.take("commented", "Saved: the comment.")
    await camera.press("W", "text:A good change: small and to the point.", "ctrl+s", "x")
    await camera.take("comments", "2 comments")
    await camera.press("D")
    await camera.take("delete", "Take away")
    await camera.press("escape", "escape")


async def look_up(camera):
    """The repository as it was, and the pages at hand."""
    await camera.press("ctrl+o", "text:tide")
    await camera.take("find-file", "tidemark/table.py")
    await camera.press("text:mark table", "enter", waits_for="As it was before the change")
    await camera.take("file", "A table names its port")
    await camera.press("escape", "S", "text:class ", "enter", waits_for="class Total")
    await camera.take("search-repository", " lines")
    await camera.press("escape", "?")
    await camera.take("help", "one line down")
    await camera.press("escape", ":")
    await camera.take("palette", "one line down")
    await camera.press("escape", "g")
    await camera.take("guidelines", "Judge each on its own")
    await camera.press("escape", "p")
    await camera.take("pause", "Paused")
    await camera.press("enter")


async def answer(camera):
    """The forms."""
    await camera.press("r")
    await camera.take("verdict", "missing: ")
    await camera.press("tab", "tab", "text:120", "ctrl+s")
    await camera.take("verdict-missing", "NOT saved")
    await camera.press("3", "tab", "ctrl+a", "ctrl+k", "text:70", "tab", "text:8", "tab", "text:30", "tab")
    await camera.press("text:It works; I would ask for another name.", "ctrl+s")
    await camera.take("saved", "Saved: Request changes")
    camera.clock.advance(240)
    await camera.press("y")
    await camera.take("guess", "Who may have written it?")
    await camera.press("2", "tab", "text:11", "ctrl+s")
    await camera.take("guess-missing", "NOT saved")
    await camera.press("ctrl+a", "ctrl+k", "text:6", "tab", "1", "ctrl+s", "y", waits_for="24:13 cannot be read")
    await past_issue(camera)
    await camera.press("s")
    await camera.take("skip", "Why do you skip it?")
    await camera.press("3", "ctrl+s", waits_for="Saved: Skip")
    await camera.press("u")
    await camera.take("undo", "Take back")
    await camera.press("escape")


async def end(camera):
    """The list, the third item, a correction, and the end."""
    app = camera.pilot.app
    await camera.press("y", waits_for="Right now a table")
    await past_issue(camera)
    await camera.press("a", waits_for="as before for this issue")
    await camera.press("text:9", "ctrl+s", waits_for="Saved: Accept")
    await camera.press("l")
    await camera.take("items", "3 of 3 answered")
    await camera.press("home", "k", "k", "enter", waits_for="Item 1 of 3")
    await camera.press("d")
    await camera.take("correction", "Correction on item 1")
    await camera.press("escape")
    app.push_screen(StartScreen())
    await camera.take("start-again", "The keys: ")
    app.pop_screen()
    app.push_screen(Trouble("tides-fox.answers.jsonl: could not be saved (No space left on device); make room"))
    await camera.take("trouble", "NOT saved")
    await camera.press("escape", ")", ")", "y", "3", "tab", "1", "ctrl+s", waits_for="Saved. y goes on.")
    await camera.press("y")
    await camera.take("end", "All items are answered")
    await camera.press("f")
    await camera.take("finish", "Finish the review?")
    await camera.press("y")
    await camera.take("finished", "Saved: the review is finished.")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_each_screen_looks_as_it_did(studio, as_kept, size, request):
    """In CI in one theme a size, in turn; in all with `MERGECHECK_PICTURES=all`, and where they are taken anew."""
    every = "MERGECHECK_PICTURES" in os.environ or request.config.getoption("--snapshot-update")
    one = "light" if size == (120, 40) else "dark"

    def themes(name: str) -> tuple[str, ...]:
        if not every:
            return (one,)
        more = (
            ("high-contrast", "colour-blind", "colour-blind-light") if size == (120, 40) and name in MAIN else ()
        )
        return ("dark", "light", *more)

    async def script(camera):
        for part in (begin, read, look_up, answer, end):
            await part(camera)

    taken = studio(script, size, themes, notices=NOTICES)
    as_kept(taken, f"*-{size[0]}x{size[1]}-{'*' if every else one}.svg")


def test_without_colours_it_looks_as_it_did(studio, as_kept, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(camera):
        await camera.press("enter", waits_for="Right now a table")
        await camera.press("escape", "]", "j")
        await camera.take("review-without-colours")
        await camera.press("t")
        await camera.take("review-split-without-colours", "side by side")
        await camera.press("r", "ctrl+s")
        await camera.take("verdict-missing-without-colours", "NOT saved")

    as_kept(studio(script, (100, 30), lambda _name: ("dark",)), "*-100x30-*.svg")

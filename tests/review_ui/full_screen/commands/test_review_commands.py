"""Every command of the review screen, of a file of the repository, and of a search."""

import json
import re
import sys
from contextlib import nullcontext

import pytest

from mergecheck.packet.events import EventType
from mergecheck.records import Decision, Side
from review_ui.diff.blocks import Part
from review_ui.diff.document import Layout
from review_ui.keymap import COMMANDS, Context
from review_ui.screens.comment import CommentScreen, CommentsScreen
from review_ui.screens.guess import GuessScreen
from review_ui.screens.help import HelpScreen
from review_ui.screens.items import ItemsScreen
from review_ui.screens.pause import PauseScreen
from review_ui.screens.reading import ReadingScreen
from review_ui.screens.review import ReviewScreen
from review_ui.screens.tree import FileScreen, FinderScreen, TreeSearchScreen
from review_ui.screens.verdict import VerdictScreen
from review_ui.widgets.file_tree import FileTree
from review_ui.widgets.prose import Prose
from review_ui.widgets.search_bar import SearchBar

HERE = (Context.REVIEW, Context.FILE, Context.SEARCH)
OPEN = ("enter",)
"""From the start page to the first item."""
FILE = ("enter", "ctrl+o", "text:tidemark table", "enter")
"""To a file of the repository; more of it than the screen shows."""

SCENARIOS: dict[str, tuple] = {}


def shows(name: str, *keys: str, **before):
    """The scenario of a command: what is answered `before`, and the keys that lead to where it works."""

    def keep(does):
        assert name not in SCENARIOS
        SCENARIOS[name] = (does, keys, before)
        return does

    return keep


CASES = [command for command in COMMANDS if command.context in HERE]


@pytest.mark.parametrize("command", CASES, ids=lambda command: command.id)
def test_each_command_does_what_it_says(play, command):
    assert command.id in SCENARIOS, "a new command needs a scenario here that shows what it does"
    does, keys, before = SCENARIOS[command.id]
    play(command, does, keys, **before)


def test_no_scenario_is_of_a_command_that_is_gone():
    assert {command.id for command in CASES} == SCENARIOS.keys()


# Moving, in a change and in a file alike.


def both(name: str):
    """The same scenario on the review screen and in a file."""

    def keep(does):
        shows(f"review.{name}", *OPEN)(does)
        shows(f"file.{name}", *FILE)(does)
        return does

    return keep


@both("down")
async def _(stage):
    before = stage.line
    await stage.use(2)
    assert stage.line == before + 2


@both("up")
async def _(stage):
    await stage.press("G")
    last = stage.line
    await stage.use(2)
    assert stage.line == last - 2


@both("half_down")
async def _(stage):
    before = stage.line
    await stage.use()
    assert stage.view.size.height // 4 < stage.line - before <= stage.view.size.height // 2


@both("half_up")
async def _(stage):
    await stage.press("G")
    last = stage.line
    await stage.use()
    assert stage.view.size.height // 4 < last - stage.line <= stage.view.size.height // 2


@both("page_down")
async def _(stage):
    before = stage.line
    await stage.use()
    # What is wrapped, and a file's head, take several rows of the screen.
    assert stage.view.size.height // 2 < stage.line - before < stage.view.size.height


@both("page_up")
async def _(stage):
    await stage.press("G")
    last = stage.line
    await stage.use()
    assert stage.view.size.height // 2 < last - stage.line < stage.view.size.height


@both("top")
async def _(stage):
    await stage.press("G")
    await stage.use()
    assert stage.line == 0


@both("bottom")
async def _(stage):
    await stage.use()
    assert stage.view.cursor == stage.view.document.last != stage.view.document.spot_at(0)


@both("left")
async def _(stage):
    await stage.press("w")
    before = stage.said
    await stage.press("right", "right")
    assert stage.said != before
    await stage.use(2)
    assert stage.said == before


@both("right")
async def _(stage):
    await stage.use()
    assert "lines are wrapped: w scrolls sideways instead" in stage.status
    await stage.press("w")
    before = stage.said
    await stage.use()
    assert stage.said != before


@both("wrap")
async def _(stage):
    await stage.resize(60, 24)
    await stage.press("G")
    wrapped = stage.view.document.length
    rows = len({spot for spot, _ in stage.view._painted_rows()})
    await stage.use()
    assert "long lines are cut" in stage.status
    assert not stage.app.choices.wrapped
    assert stage.view.document.length == wrapped
    assert len({spot for spot, _ in stage.view._painted_rows()}) >= rows
    await stage.use()
    assert "long lines are wrapped" in stage.status
    assert stage.app.choices.wrapped


# Searching.


@both("search")
async def _(stage):
    await stage.use()
    assert stage.screen.query_one(SearchBar).has_focus
    await stage.press("text:import")
    count = len(stage.view.found)
    assert count > 1
    assert stage.status == f"[{count}]"


@both("next_found")
async def _(stage):
    await stage.press("/", "text:import", "enter")
    count = len(stage.view.found)
    first = stage.line
    await stage.use()
    assert stage.status == f"[2/{count}] import"
    assert stage.line > first


@both("previous_found")
async def _(stage):
    await stage.press("/", "text:import", "enter")
    count = len(stage.view.found)
    await stage.use()
    assert stage.status == f"[{count}/{count}] import"


@shows("search.accept", *OPEN, "/", "text:window")
async def _(stage):
    await stage.use()
    assert not stage.screen.query_one(SearchBar).display
    assert stage.status == f"[1/{len(stage.view.found)}] window"
    assert "window" in stage.view.row.new_text.lower()


@shows("search.close", *OPEN, "/", "text:window")
async def _(stage):
    assert stage.view.found
    await stage.use()
    assert not stage.screen.query_one(SearchBar).display
    assert not stage.view.found
    assert stage.view.has_focus


@shows("review.escape", *OPEN)
async def _(stage):
    await stage.press("]", "v", "j", "/", "text:window", "enter")
    await stage.use()
    assert not stage.view.looked_for
    assert stage.view.range_from is not None, "the search goes first"
    await stage.use()
    assert stage.view.range_from is None


# Copying, and the reviewer's editor.


@both("copy")
async def _(stage):
    await stage.press("/", "text:from tidemark", "enter")
    await stage.use()
    assert stage.app.clipboard.startswith("from tidemark")
    assert "copied 1 line" in stage.status
    assert "OSC 52" in stage.status


@shows("review.copy_path", *OPEN)
async def _(stage):
    await stage.press("}")
    await stage.use()
    assert stage.app.clipboard == "tidemark/passage.py"


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """An editor that notes what it was given; a test has no terminal to hand over to it."""
    program = tmp_path / "vim"
    program.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"json.dump([sys.argv[1], open(sys.argv[-1]).read()], open({str(tmp_path / 'said')!r}, 'w'))\n"
    )
    program.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(program))
    monkeypatch.setattr("review_ui.app.ReviewApp.suspend", lambda _self: nullcontext())
    return tmp_path / "said"


@pytest.fixture(autouse=True)
def _editor(editor):
    """Every scenario may open the editor."""
    SAID["said"] = editor


SAID: dict = {}


@both("editor")
async def _(stage):
    await stage.press("/", "text:from tidemark", "enter")
    line = stage.view.line()[2]
    await stage.use()
    place, text = json.loads(SAID["said"].read_text())
    assert place == f"+{line}"
    assert text.split("\n")[line - 1].startswith("from tidemark")
    assert "nothing of it is kept" in stage.status


# The repository as it was.


@both("find_file")
async def _(stage):
    await stage.use()
    assert type(stage.screen) is FinderScreen
    await stage.press("text:ports", "enter")
    assert isinstance(stage.screen, FileScreen)
    assert stage.said.startswith(" tidemark/ports.py")
    assert stage.said.count("tidemark/ports.py") == 1
    assert "As it was before the change" in stage.said


@both("search_tree")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, TreeSearchScreen)
    await stage.press("text:class LengthError", "enter")
    await stage.until(lambda: "1 line" in stage.status)
    await stage.press("enter")
    await stage.until(lambda: isinstance(stage.screen, FileScreen))
    assert "tidemark/errors.py" in stage.said


@shows("file.close", *FILE)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)


# Hunks, files, folding.


@shows("review.next_hunk", *OPEN)
async def _(stage):
    await stage.use()
    first = stage.line
    assert stage.view.row.changed
    await stage.use()
    assert stage.view.row.changed
    assert stage.line > first
    await stage.use(20)
    assert stage.status == "this is the last hunk"


@shows("review.previous_hunk", *OPEN)
async def _(stage):
    await stage.press("]")
    first = stage.line
    await stage.press("]")
    await stage.use()
    assert stage.line == first
    await stage.use()
    assert stage.status == "this is the first hunk"


@shows("review.next_file", *OPEN)
async def _(stage):
    await stage.use(2)
    assert (stage.view.row.part, stage.view.file) == (Part.FILE, 1)
    assert "file 2/3" in stage.said.split("\n")[0]


@shows("review.previous_file", *OPEN)
async def _(stage):
    await stage.press("}", "}")
    await stage.use()
    assert (stage.view.row.part, stage.view.file) == (Part.FILE, 0)


@shows("review.more", *OPEN)
async def _(stage):
    await stage.press("]")
    place = stage.view.document.place(stage.view.cursor)
    shown = sum(1 for file, *_ in stage.view.document.lines() if file == 0)
    await stage.use()
    assert sum(1 for file, *_ in stage.view.document.lines() if file == 0) > shown
    assert stage.view.document.place(stage.view.cursor) == place


@shows("review.whole_file", *OPEN)
async def _(stage):
    await stage.press("]")
    await stage.use()
    new = {line for file, side, line, _ in stage.view.document.lines() if (file, side) == (0, Side.NEW)}
    assert new == set(range(1, len(new) + 1))
    assert not stage.view.open_more()


@shows("review.fold", *OPEN)
async def _(stage):
    await stage.press("}")
    await stage.use()
    assert stage.view.document.folded(0)
    assert "▸ 1/3 tidemark/passage.py" in stage.said
    await stage.use()
    assert "▾ 1/3 tidemark/passage.py" in stage.said


@shows("review.viewed", *OPEN)
async def _(stage):
    await stage.press("}")
    await stage.use()
    assert stage.status == "1 of 3 files viewed"
    assert stage.view.document.folded(0)
    assert stage.desk.viewed("blind-1").keys() == {"tidemark/passage.py"}


@shows("review.tree", *OPEN)
async def _(stage):
    assert stage.screen.query_one(FileTree).display
    await stage.use()
    assert not stage.screen.query_one(FileTree).display
    assert not stage.app.choices.tree


@shows("review.tree_filter", *OPEN)
async def _(stage):
    await stage.use()
    await stage.press("text:wind", "enter")
    assert stage.view.file == 2


# How it is shown.


@shows("review.layout", *OPEN)
async def _(stage):
    await stage.use()
    assert stage.view.document.layout is stage.app.choices.layout is Layout.SPLIT
    assert stage.status == "layout: side by side"
    await stage.use()
    assert stage.status.startswith("layout: automatic")
    await stage.use()
    assert stage.status == "layout: one under the other"


@shows("review.side", *OPEN)
async def _(stage):
    await stage.press("t", "]")
    assert stage.view.line()[1] is Side.NEW
    await stage.use()
    assert stage.view.line()[1] is Side.OLD


@shows("review.clock", *OPEN)
async def _(stage):
    clock = re.compile(r"\d+:\d\d")
    assert not clock.search(stage.said.split("\n")[0])
    await stage.use()
    assert clock.search(stage.said.split("\n")[0])
    await stage.use()
    assert not clock.search(stage.said.split("\n")[0])


@shows("review.theme", *OPEN)
async def _(stage):
    await stage.use()
    assert stage.app.theme == stage.app.choices.theme == "light"
    assert stage.status == "theme: light"


@shows("review.issue", *OPEN)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReadingScreen)
    assert "The issue of item 1" in stage.said
    await stage.press("escape")
    await stage.resize(160, 24)
    assert stage.screen.query_one("#issue", Prose).display
    await stage.use()
    assert not stage.screen.query_one("#issue", Prose).display


@shows("review.guidelines", *OPEN)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReadingScreen)
    assert "Judge each on its own" in stage.said


@shows("review.palette", *OPEN)
async def _(stage):
    await stage.use()
    await stage.until(lambda: "one line down" in stage.said)
    await stage.press("text:next hunk")
    await stage.until(lambda: "one line down" not in stage.said and "to the next hunk" in stage.said)
    await stage.press("down", "enter")
    await stage.until(lambda: isinstance(stage.screen, ReviewScreen) and stage.view.row.changed)


@both("help")
async def _(stage):
    context = stage.screen.context
    await stage.use()
    assert isinstance(stage.screen, HelpScreen)
    await stage.press("text:half a screen down")
    assert "Ctrl+D" in stage.said
    assert "next found" not in stage.said
    assert f"[{context}] is this place's table" in stage.said


# Answering.


@shows("review.accept", *OPEN)
async def _(stage):
    await stage.use()
    assert stage.screen.fields()["decision"] == Decision.ACCEPT
    assert stage.screen.fields()["progress"] == "100"


@shows("review.request_changes", *OPEN)
async def _(stage):
    await stage.use()
    assert stage.screen.fields()["decision"] == Decision.REQUEST_CHANGES
    assert "The core reason" in stage.said


@shows("review.skip", *OPEN)
async def _(stage):
    await stage.use()
    await stage.press("3", "ctrl+s")
    assert stage.desk.review("blind-1").final.skip_reason == "cannot_judge"
    assert "Saved: Skip · Cannot judge" in stage.status


@shows("review.go_on", *OPEN, answered=1)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, GuessScreen)
    assert stage.events[-1] == EventType.GUESS_OPENED
    await stage.press("3", "tab", "1", "ctrl+s")
    await stage.use()
    assert "Item 2 of 3" in stage.said


@shows("review.revise", *OPEN, answered=1)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, VerdictScreen)
    assert stage.screen.fields()["baseline_minutes"] == "30"
    stage.screen.query_one("#field-confidence").value = "3"
    await stage.press("ctrl+s")
    assert stage.desk.review("blind-1").final.confidence == 3


@shows("review.undo", *OPEN, answered=1)
async def _(stage):
    await stage.use()
    assert "Take back your verdict on item 1?" in stage.said
    await stage.use()
    assert stage.desk.review("blind-1").final is not None, "the key that asked does not confirm"
    await stage.press("y")
    assert stage.desk.review("blind-1").final is None
    assert "Taken back: your verdict on item 1" in stage.status


# Comments.


@shows("review.comment", *OPEN)
async def _(stage):
    await stage.press("]")
    await stage.use()
    assert isinstance(stage.screen, CommentScreen)
    await stage.press("text:why so", "ctrl+s")
    (comment,) = stage.desk.review("blind-1").comments
    assert (comment.path, comment.text) == ("tidemark/passage.py", "why so")
    assert comment.start == comment.end == stage.view.line()[2]
    assert "┃ why so" in stage.said


@shows("review.comment_file", *OPEN)
async def _(stage):
    await stage.press("}", "}")
    await stage.use()
    await stage.press("text:why so", "ctrl+s")
    (comment,) = stage.desk.review("blind-1").comments
    assert (comment.path, comment.start) == ("tidemark/report.py", None)


@shows("review.comment_change", *OPEN)
async def _(stage):
    await stage.use()
    await stage.press("text:why so", "ctrl+s")
    (comment,) = stage.desk.review("blind-1").comments
    assert (comment.path, comment.start) == (None, None)


@shows("review.mark_range", *OPEN)
async def _(stage):
    await stage.press("]")
    begun = stage.view.line()
    await stage.use()
    await stage.press("j", "j")
    assert stage.view.range_lines()[2:] == (begun[2], stage.view.line()[2])
    await stage.use()
    assert stage.view.range_from is None


@shows("review.comments", *OPEN, "W", "text:why so", "ctrl+s")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, CommentsScreen)
    assert "the whole change" in stage.said
    assert "why so" in stage.said


# Other items, pausing, leaving.


@shows("review.items", *OPEN)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ItemsScreen)
    assert "0 of 3 answered" in stage.said


@shows("review.next_item", *OPEN)
async def _(stage):
    await stage.use()
    assert "Item 2 of 3" in stage.said
    await stage.use(2)
    assert stage.status == "there is no further item"


@shows("review.previous_item", *OPEN)
async def _(stage):
    await stage.press(")")
    await stage.use()
    assert "Item 1 of 3" in stage.said
    await stage.use()
    assert stage.status == "this is the first item"


@shows("review.pause", *OPEN)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, PauseScreen)
    assert stage.desk.paused
    assert stage.events[-1] == EventType.PAUSED


@shows("review.quit", *OPEN)
async def _(stage):
    await stage.use()
    assert stage.app._exit

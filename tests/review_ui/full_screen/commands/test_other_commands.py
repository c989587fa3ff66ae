"""Every command of every other screen: pages, forms, lists, pause, end."""

import pytest

from mergecheck.packet.events import EventType
from review_ui.keymap import COMMANDS, Context
from review_ui.screens.comment import CommentScreen, CommentsScreen
from review_ui.screens.end import EndScreen
from review_ui.screens.guess import GuessScreen
from review_ui.screens.help import HelpScreen
from review_ui.screens.items import ItemsScreen, Rows
from review_ui.screens.reading import ReadingScreen
from review_ui.screens.review import ReviewScreen
from review_ui.screens.start import StartScreen
from review_ui.screens.tree import FileScreen
from review_ui.screens.verdict import VerdictScreen
from review_ui.widgets.prose import Prose

HERE = tuple(context for context in Context if context not in (Context.REVIEW, Context.FILE, Context.SEARCH))
OPEN = ("enter",)
FORM = (*OPEN, "a")
READING = (*OPEN, "g")
COMMENTED = (*OPEN, "W", "text:one", "ctrl+s", "}", "C", "text:two", "ctrl+s", "home", "x")
"""To the list of two comments."""


PAGES = {"start": (), "reading": READING, "help": (*OPEN, "?"), "finder": (*OPEN, "ctrl+o"), "items": (*OPEN, "l")}


SCENARIOS: dict[str, tuple] = {}


def shows(name: str, *keys: str, **before):
    """The scenario of a command: what is answered `before`, and the keys that lead to where it works."""

    def keep(does):
        assert name not in SCENARIOS
        SCENARIOS[name] = (does, keys, before)
        return does

    return keep


def every(*names: str):
    """The same scenario under several names, each with the keys that lead there."""

    def keep(does):
        for name in names:
            shows(name, *PAGES[name.partition(".")[0]])(does)
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


# Pages that are scrolled.


@every("start.down", "reading.down", "help.down")
async def _(stage):
    await stage.resize(80, 12)
    await stage.use(2)
    assert stage.scrolled == 2


@every("start.up", "reading.up", "help.up")
async def _(stage):
    await stage.resize(80, 12)
    await stage.press("down", "down", "down")
    await stage.use(2)
    assert stage.scrolled == 1


@every("start.page_down", "reading.page_down")
async def _(stage):
    await stage.resize(80, 12)
    await stage.use()
    assert stage.scrolled > 2


@every("start.page_up", "reading.page_up")
async def _(stage):
    await stage.resize(80, 12)
    await stage.press("pagedown")
    await stage.use()
    assert stage.scrolled == 0


@every("start.help", "items.help", "reading.help")
async def _(stage):
    context = stage.screen.context
    await stage.use()
    assert isinstance(stage.screen, HelpScreen)
    assert f"[{context}] is this place's table" in stage.said


@shows("help.close", *OPEN, "?")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)


@shows("reading.source", *READING)
async def _(stage):
    assert stage.screen.query_one(Prose)._rendered
    await stage.use()
    assert stage.status == "as it was written"
    assert "- Every change has passed" in stage.said
    await stage.use()
    assert stage.status == "rendered"


@shows("reading.close", *READING)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)


# The start page.


@shows("start.begin")
async def _(stage):
    await stage.use()
    assert "Item 1 of 3" in stage.said


@shows("start.practise")
async def _(stage):
    await stage.use()
    await stage.press("escape")
    assert "Practice item" in stage.said
    assert stage.status == "practice: nothing here counts"
    await stage.press("q")
    assert isinstance(stage.screen, StartScreen)


@shows("start.items")
async def _(stage):
    await stage.use()
    await stage.press("down", "enter")
    assert "Item 2 of 3" in stage.said


@shows("start.theme")
async def _(stage):
    await stage.use()
    assert stage.app.theme == stage.app.choices.theme == "light"


@shows("start.palette")
async def _(stage):
    await stage.use()
    await stage.until(lambda: "a practice item, which does not count" in stage.said)
    await stage.press("escape")


@shows("start.quit")
async def _(stage):
    await stage.use()
    assert stage.app._exit


# The form, and the question after it.


@shows("form.save", *FORM, "text:8", "tab", "text:30")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)
    assert stage.status.startswith("Saved: Accept · progress 100 % · confidence 8 · 30 min")
    assert stage.events[-1] == EventType.VERDICT


@shows("form.change", *FORM, "text:8")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)
    assert stage.desk.draft("blind-1")["confidence"] == "8"
    assert stage.desk.review("blind-1").final is None


@shows("form.issue", *FORM)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReadingScreen)
    assert "The first and the last window are missing" in stage.said


@shows("form.guidelines", *FORM)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReadingScreen)
    assert "Judge each on its own" in stage.said


@shows("form.comments", *OPEN, "W", "text:why so", "ctrl+s", "a")
async def _(stage):
    await stage.use()
    assert "on the whole change" in stage.said
    assert "why so" in stage.said


@shows("form.next_field", *FORM)
async def _(stage):
    assert stage.screen.focused.name == "confidence"
    await stage.use()
    assert stage.screen.focused.name == "baseline_minutes"


@shows("form.previous_field", *FORM)
async def _(stage):
    await stage.use()
    assert stage.screen.focused.name == "progress"


@shows("form.help", *FORM)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, HelpScreen)
    assert "Ctrl+S" in stage.said
    await stage.press("escape")
    assert isinstance(stage.screen, VerdictScreen)


@shows("guess.save", *OPEN, "text:2", "tab", "text:6", "tab", "text:1", answered=1, asked=True)
async def _(stage):
    await stage.use()
    assert stage.status == "Saved. y goes on."
    guess = stage.desk.review("blind-1").guess
    assert (guess.author, guess.confidence, guess.recognised) == ("ai", 6, "no")


@shows("guess.later", *OPEN, "text:2", answered=1, asked=True)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)
    assert stage.desk.review("blind-1").guess is None
    assert stage.desk.draft("blind-1")["guess"] == "ai"


@shows("guess.next_field", *OPEN, answered=1, asked=True)
async def _(stage):
    assert stage.screen.focused.name == "guess"
    await stage.use()
    assert stage.screen.focused.name == "guess_confidence"


@shows("guess.previous_field", *OPEN, "tab", answered=1, asked=True)
async def _(stage):
    await stage.use()
    assert stage.screen.focused.name == "guess"


@shows("guess.help", *OPEN, answered=1, asked=True)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, HelpScreen)
    await stage.press("escape")
    assert isinstance(stage.screen, GuessScreen)


# Comments.


@shows("comment.save", *OPEN, "W", "text:why so")
async def _(stage):
    await stage.use()
    assert stage.status == "Saved: the comment."
    assert [comment.text for comment in stage.desk.review("blind-1").comments] == ["why so"]


@shows("comment.later", *OPEN, "W", "text:why so")
async def _(stage):
    await stage.use()
    assert stage.status == "The comment is kept as a draft."
    assert stage.desk.review("blind-1").comments == ()
    assert stage.desk.comment_draft("blind-1")["text"] == "why so"


@shows("comments.down", *COMMENTED)
async def _(stage):
    await stage.use()
    assert stage.screen.query_one(Rows).highlighted == 1


@shows("comments.up", *COMMENTED, "down")
async def _(stage):
    await stage.use()
    assert stage.screen.query_one(Rows).highlighted == 0


@shows("comments.jump", *COMMENTED, "down")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)
    assert stage.line == 1, "the file's head"


@shows("comments.edit", *COMMENTED)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, CommentScreen)
    await stage.press("text:more than ", "ctrl+s")
    assert stage.desk.review("blind-1").comments[0].text == "more than one"


@shows("comments.delete", *COMMENTED)
async def _(stage):
    await stage.use(2)
    assert len(stage.desk.review("blind-1").comments) == 2, "the key that asked does not confirm"
    await stage.press("y")
    assert [comment.text for comment in stage.desk.review("blind-1").comments] == ["two"]


@shows("comments.close", *COMMENTED)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)


@shows("comments.help", *COMMENTED)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, HelpScreen)
    await stage.press("escape")
    assert isinstance(stage.screen, CommentsScreen)


# Lists.


@every("items.down", "finder.down")
async def _(stage):
    await stage.use(2)
    assert stage.screen.query_one(Rows).highlighted == 2


@every("items.up", "finder.up")
async def _(stage):
    await stage.press("down", "down")
    await stage.use(2)
    assert stage.screen.query_one(Rows).highlighted == 0


@shows("items.jump", *OPEN, "l", "down")
async def _(stage):
    await stage.use()
    assert "Item 2 of 3" in stage.said


@shows("items.next_open", *OPEN, "l", answered=2, guessed=2)
async def _(stage):
    await stage.use()
    assert stage.screen.query_one(Rows).highlighted == 2


@shows("items.close", *OPEN, "l")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)


@shows("finder.choose", *OPEN, "ctrl+o", "text:ports")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, FileScreen)
    assert "tidemark/ports.py" in stage.said


@shows("finder.close", *OPEN, "ctrl+o")
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ReviewScreen)


# Pausing, and the end.


@shows("pause.resume", *OPEN, "p")
async def _(stage):
    assert stage.desk.paused
    await stage.use()
    assert not stage.desk.paused
    assert isinstance(stage.screen, ReviewScreen)


@shows("end.finish", *OPEN, answered=3, guessed=3)
async def _(stage):
    await stage.use(2)
    assert not stage.desk.finished, "the key that asked does not confirm"
    await stage.press("y")
    assert stage.desk.finished
    assert stage.status == "Saved: the review is finished."


@shows("end.items", *OPEN, answered=3, guessed=3)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, ItemsScreen)


@shows("end.undo", *OPEN, answered=3, guessed=2)
async def _(stage):
    await stage.press("l", "enter")
    assert stage.desk.undoable == "blind-3"
    await stage.app.push_screen(EndScreen(stage.desk))
    await stage.use()
    assert "Take back your verdict on item 3?" in stage.said
    await stage.press("y")
    assert stage.desk.review("blind-3").final is None


@shows("end.help", *OPEN, answered=3, guessed=3)
async def _(stage):
    await stage.use()
    assert isinstance(stage.screen, HelpScreen)


@shows("end.quit", *OPEN, answered=3, guessed=3)
async def _(stage):
    await stage.use()
    assert stage.app._exit

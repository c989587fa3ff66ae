"""Keys that come faster than the screen: none is lost, none goes to another screen or item than was meant."""

import asyncio

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input, Markdown, TextArea

from mergecheck.records import Decision
from review_ui.screens.comment import CommentScreen
from review_ui.screens.end import EndScreen
from review_ui.screens.reading import ReadingScreen
from review_ui.screens.review import ReviewScreen
from review_ui.screens.verdict import VerdictScreen
from review_ui.widgets.prose import Prose

WIDE = (160, 40)
NAMES = {"\r": "enter", "\x1b": "escape", "\t": "tab", "\x13": "ctrl+s"}


@pytest.fixture
def at_once():
    """`at_once(pilot, "]]a")`: keys that are all there before the first is seen to."""

    async def go(pilot, keys: str) -> None:
        for key in keys:
            pilot.app.post_message(
                events.Key(NAMES.get(key) or _character_to_key(key), None if key in NAMES else key)
            )
        await asyncio.sleep(0)
        while not pilot.app.keyboard.idle:
            await pilot.pause(0.005)
        await pilot.pause()

    return go


ACCEPT = "a8\t30\t"


def test_a_key_at_the_first_moment_acts_on_the_change(drive, at_once, view):
    async def script(pilot):
        await at_once(pilot, "\r]]")
        assert isinstance(pilot.app.screen, ReviewScreen)
        ahead = view(pilot.app).cursor
        await at_once(pilot, "[")
        between = view(pilot.app).cursor
        await at_once(pilot, "]")
        assert view(pilot.app).cursor == ahead != between

    drive(script, size=WIDE)


def test_no_field_takes_what_is_typed_before_the_change_has_the_focus(drive, at_once):
    async def script(pilot):
        await at_once(pilot, "\rjk")
        assert [field.value for field in pilot.app.screen.query(Input)] == ["", ""]
        assert not isinstance(pilot.app.focused, Input)

    drive(script, size=WIDE)


def test_where_the_issue_is_over_the_change_keys_go_to_it(drive, at_once, view):
    async def script(pilot):
        await at_once(pilot, "\r")
        assert isinstance(pilot.app.screen, ReadingScreen)
        await at_once(pilot, "\x1b]")
        after = view(pilot.app).cursor
        await at_once(pilot, "i\x1b)")
        assert isinstance(pilot.app.screen, ReadingScreen)
        await at_once(pilot, "\x1b(]")
        assert pilot.app.screen.item == "blind-1"
        assert view(pilot.app).cursor == after

    drive(script, size=(80, 24))


def test_the_issue_is_closed_by_a_key_that_was_typed_before_it_came(drive, at_once, view):
    async def script(pilot):
        await at_once(pilot, "\r\x1b]")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert view(pilot.app).cursor != view(pilot.app).document.spot_at(0)

    drive(script, size=(80, 24))


def test_a_page_is_there_before_it_is_scrolled(drive, at_once):
    async def script(pilot):
        await at_once(pilot, "\rgj")
        # How much further it goes depends on where lines end; two steps are what is scrolled here.
        assert pilot.app.screen.query_one(Prose).max_scroll_y >= 2
        assert pilot.app.screen.query_one(Prose).scroll_y == 1
        await at_once(pilot, "kjj")
        assert pilot.app.screen.query_one(Prose).scroll_y == 2

    drive(script, size=(160, 10))


def test_a_verdict_typed_at_once_is_the_one_that_is_saved(drive, at_once, screenful):
    async def script(pilot):
        await at_once(pilot, "\r")
        await at_once(pilot, f"{ACCEPT}fine by me\x13")
        final = pilot.app.desk.review("blind-1").final
        assert (final.decision, final.confidence, final.comment) == (Decision.ACCEPT, 8, "fine by me")
        assert "Saved: " in screenful(pilot.app)

    drive(script, size=WIDE)


def test_a_comment_typed_at_once_is_the_one_that_is_saved(drive, at_once):
    async def script(pilot):
        await at_once(pilot, "\r")
        await at_once(pilot, "Wgood one\x13]cand this\x13")
        assert [comment.text for comment in pilot.app.desk.review("blind-1").comments] == ["good one", "and this"]

    drive(script, size=WIDE)


@pytest.mark.parametrize("keys", ["\r]", "\r", "\r/x\r"])
def test_no_verdict_is_typed_on_an_item_before_it_is_seen(drive, at_once, screenful, keys):
    async def script(pilot):
        await at_once(pilot, f"{keys}{ACCEPT}\x13")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert "typed before this was on the screen is not obeyed" in screenful(pilot.app)
        assert pilot.app.desk.review("blind-1").final is None
        assert pilot.app.desk.draft("blind-1") == {}
        # What is typed from now on is.
        await at_once(pilot, f"{ACCEPT}\x13")
        assert pilot.app.desk.review("blind-1").final is not None

    drive(script, size=WIDE)


def test_the_next_item_gets_nothing_of_what_was_typed_for_the_one_before(drive, at_once):
    """Somebody who answers blindly, the same keys for all: each item is answered once it was seen."""

    async def script(pilot):
        await at_once(pilot, "\r")
        desk = pilot.app.desk
        await at_once(pilot, f"{ACCEPT}\x13y1\t9\t1\x13y{ACCEPT}\x13y1\t9\t1\x13y")
        assert desk.review("blind-1").guess is not None
        assert pilot.app.screen.item == "blind-2"
        assert desk.review("blind-2").final is None
        assert desk.draft("blind-2") == {}

    drive(script, size=WIDE)


def test_a_comment_that_was_begun_is_seen_before_it_goes_on(drive, at_once):
    async def script(pilot):
        await at_once(pilot, "\r")
        await at_once(pilot, "Wbegun")
        pilot.app.keep_now()
        await at_once(pilot, "\x1b)")
        assert pilot.app.screen.item == "blind-2"
        await at_once(pilot, "(qab\x13")
        assert isinstance(pilot.app.screen, CommentScreen)
        assert pilot.app.screen.query_one(TextArea).text == "begun"
        assert not pilot.app.desk.review("blind-1").comments
        await at_once(pilot, "ab")
        assert "ab" in pilot.app.screen.query_one(TextArea).text

    drive(script, size=WIDE)


def test_the_palette_is_no_way_round(drive, at_once):
    async def script(pilot):
        await at_once(pilot, "\r:accept\r")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert not isinstance(pilot.app.screen, VerdictScreen)

    drive(script, size=WIDE)


def test_what_is_pasted_keeps_its_turn(drive, at_once):
    async def script(pilot):
        await at_once(pilot, "\r")
        pilot.app.post_message(events.Key("W", "W"))
        pilot.app.post_message(events.Paste("pasted"))
        await at_once(pilot, "\x13")
        assert [comment.text for comment in pilot.app.desk.review("blind-1").comments] == ["pasted"]

    drive(script, size=WIDE)


def test_leaving_at_once_leaves(drive, at_once):
    async def script(pilot):
        await at_once(pilot, "\rq")
        assert pilot.app._exit
        assert not isinstance(pilot.app.screen, EndScreen)

    drive(script, size=WIDE)


def test_no_other_issue_stands_beside_a_change_until_its_own_is_rendered(drive, at_once, screenful):
    async def script(pilot):
        await at_once(pilot, "\r")
        assert "Columns are too narrow" in screenful(pilot.app)
        screen = pilot.app.screen
        rendered = screen.query_one("#issue").query_one(Markdown)
        screen.show("blind-2")
        assert not rendered.display
        seen = []
        for _ in range(2000):
            screen._on_timer_update()
            seen.append(screenful(pilot.app))
            if "Rounding is wrong" in seen[-1]:
                break
            await asyncio.sleep(0)
        assert "Rounding is wrong" in seen[-1]
        assert not [text for text in seen if "Item 2 of" in text and "Columns are too narrow" in text]

    drive(script, size=WIDE)

"""Esc with a key right behind it: both arrive, in the order in which they were pressed."""

import json

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.widgets import TextArea

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from review_ui.esc import ESC, esc_is_a_key_of_its_own, pressed
from review_ui.screens.comment import CommentScreen
from review_ui.screens.review import ReviewScreen

NAMES = {
    "]": "right_square_bracket",
    "[": "left_square_bracket",
    "\r": "enter",
    "\x13": "ctrl+s",
    "1": "1",
    "j": "j",
    "G": "G",
    "/": "slash",
    "é": "é",
    "-": "minus",
    " ": "space",
}


@pytest.fixture
def read():
    """`read(data, writing)`: the names of the keys in what a terminal sent, all at once."""

    def go(data: str, *, writing: bool = False) -> list[str]:
        with esc_is_a_key_of_its_own():
            parser = XTermParser()
            keys = [*parser.feed(data), *parser.feed("")]
        assert all(isinstance(key, events.Key) for key in keys)
        return [one.key for key in keys for one in pressed(key, writing=writing)]

    return go


@pytest.mark.parametrize("key", NAMES)
@pytest.mark.parametrize("writing", [True, False])
def test_neither_is_lost_or_another(read, key, writing):
    assert read(ESC + key, writing=writing) == ["escape", NAMES[key]]
    assert read(ESC + key + "\x1b[B", writing=writing) == ["escape", NAMES[key], "down"]
    assert read(ESC + ESC + key, writing=writing)[-2:] == ["escape", NAMES[key]]


def test_what_terminals_send_for_other_keys_is_still_that(read):
    assert read("\x1b[A\x1b[1;5D\x1bOP\x1b[1;3B") == ["up", "ctrl+left", "f1", "alt+down"]
    assert read("\x1b\x7f", writing=True) == ["ctrl+w"]
    assert read("\x1b\t", writing=True) == ["shift+tab"]


def test_by_words_in_a_text_and_two_keys_elsewhere(read):
    assert read("\x1bb\x1bf", writing=True) == ["ctrl+left", "ctrl+right"]
    assert read("\x1bb\x1bf") == ["escape", "b", "escape", "f"]


def test_only_in_there():
    before = XTermParser._sequence_to_key_events
    with esc_is_a_key_of_its_own():
        assert XTermParser._sequence_to_key_events is not before
    assert XTermParser._sequence_to_key_events is before


def test_a_textual_that_reads_keys_otherwise_is_left_alone(monkeypatch):
    monkeypatch.setattr("review_ui.esc._READ", "_not_there")
    with esc_is_a_key_of_its_own():
        assert not hasattr(XTermParser, "_not_there")


def test_each_goes_to_the_screen_that_it_was_pressed_on(drive, press, view):
    async def script(pilot):
        await press(pilot, "enter", "escape", "W", "text:two words")
        pilot.app.post_message(events.Key("ctrl+left", "\x1bb"))
        await pilot.pause()
        assert isinstance(pilot.app.screen, CommentScreen)
        assert pilot.app.screen.query_one(TextArea).cursor_location == (0, 4)
        await press(pilot, "escape", "G")
        last = view(pilot.app).cursor
        await press(pilot, "i")
        pilot.app.post_message(events.Key("ctrl+left", "\x1bb"))
        await press(pilot)
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert view(pilot.app).cursor < last

    drive(script, size=(80, 24))


def test_in_a_terminal_nothing_is_typed_and_nothing_is_saved(packet, talk, tmp_path):
    """As it was: `^j` was typed into the comment, and Ctrl+S behind Esc saved it."""
    one = talk(packet, pty=True, XDG_CONFIG_HOME=tmp_path / "config", LINES="24", COLUMNS="80")

    def until(text):
        while text not in one.said:
            data = one.read(60)
            assert data, f"no {text!r} in {one.said[-2000:]!r}"
            one._take(data)
        one.said = ""

    until("practise")
    one.paste("\r")
    until("too narrow")
    one.paste("\x1b/too\r")
    until("not found")
    one.paste("W")
    until("Comment on")
    one.paste("begun")
    until("begun")
    one.paste("\x1bj\x1b[B")
    until("kept as a draft")
    one.paste("W")
    until("begun")
    one.paste("\x1b\x13")
    until("kept as a draft")
    one.paste("q")
    assert one.end()[1] == 0
    kept = json.loads(packet.with_name("fox.drafts.json").read_bytes())
    assert [draft["fields"]["text"] for draft in kept["drafts"].values()] == ["begun"]
    assert EventType.COMMENT not in [
        event.type for event in read_answers(packet.with_name("fox.answers.jsonl")).events
    ]

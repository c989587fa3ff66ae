"""What the line-by-line front can look at besides: search, viewed marks, the repository as it was."""

import sys

import pytest

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from review_ui.drafts import DraftsPage

ON_A_TERMINAL = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")


@pytest.fixture
def at_item(packet, talk):
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.prompt()
    return conversation


def test_the_change_is_searched_with_a_count(at_item):
    at_item.answer("/")
    at_item.expect("Search the change for", "RETURN")
    at_item.expect("? keys", "/")
    assert "Not found." in at_item.said
    at_item.expect("Search the change for", "return")
    said = at_item.expect("? keys", "q")
    assert "[1/2] 2 -     return len(row)" in said
    assert "[2/2] 3 + →   return max(row)" in said
    assert "[1/2]" in said.partition("File 1/4: src/table.py")[2]
    assert "File 2" not in said


def test_viewed_marks_are_kept_shorten_the_change_and_are_taken_away(at_item, packet, talk):
    at_item.answer("w")
    at_item.expect("File, 1 to 4", "2")
    assert "1 of 4 files viewed." in at_item.expect("? keys", "d")
    said = at_item.expect("? keys", "q")
    assert "return max(row)" in said
    assert "viewed, and not shown again" in said
    assert "long = " not in said
    at_item.end()
    again = talk(packet, "--plain")
    again.expect("Enter begins", "")
    assert "viewed, and not shown again" in again.expect("? keys", "w")
    assert "new.py, viewed" in again.expect("File, 1 to 4", "2")
    assert "0 of 4 files viewed." in again.expect("? keys", "d")
    assert "long = " in again.expect("? keys", "w")
    again.expect("File, 1 to 4", "9")
    assert "There is no file '9'." in again.expect("? keys", "q")
    assert b"viewed" not in packet.with_name("fox.answers.jsonl").read_bytes()


def test_without_trees_there_is_no_repository(at_item):
    assert "repository" not in at_item.said
    at_item.answer("t")
    assert "does not hold the repository" in at_item.expect("? keys", "q")


def comment_draft(packet) -> str:
    drafts = packet.with_name("fox.drafts.json")
    if not drafts.exists():
        return ""
    kept = DraftsPage.model_validate_json(drafts.read_bytes()).drafts.get("comment:blind-1")
    return kept.fields["text"] if kept else ""


@ON_A_TERMINAL
def test_a_line_that_is_being_typed_survives_a_kill_and_a_command_is_no_text(packet, talk):
    conversation = talk(packet, "--plain", pty=True)
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "m")
    conversation.expect("File, 1 to 4", "")
    conversation.expect("> ", "one whole line")
    conversation.prompt()
    conversation.paste("and half a li")
    until_kept(packet, "one whole line\nand half a li")
    conversation.paste("\x15:x")
    until_kept(packet, "one whole line\n:x")
    conversation.paste("\n")
    assert "Stopped; what you gave is kept." in conversation.prompt()[0]
    assert comment_draft(packet) == "one whole line"
    conversation.answer("m")
    conversation.prompt()
    conversation.paste("words")
    until_kept(packet, "one whole line\nwords")
    conversation.kill()
    assert EventType.COMMENT not in {e.type for e in read_answers(packet.with_name("fox.answers.jsonl")).events}
    again = talk(packet, "--plain", pty=True)
    again.expect("Enter begins", "")
    assert "You had begun a comment on the whole change" in again.expect("? keys", "m")
    again.expect("> ", "")
    again.expect("? keys", "q")
    again.end()
    events = read_answers(packet.with_name("fox.answers.jsonl")).events
    assert [e.body["text"] for e in events if e.type is EventType.COMMENT] == ["one whole line\nwords"]


def until_kept(packet, text):
    import time

    until = time.monotonic() + 30
    while comment_draft(packet) != text:
        assert time.monotonic() < until, comment_draft(packet)
        time.sleep(0.05)

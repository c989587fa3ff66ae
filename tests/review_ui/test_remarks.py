"""Comments and practice in the line-by-line front."""

from mergecheck.packet.answers import read_answers
from mergecheck.packet.outcome import fold


def comments(packet):
    return fold(read_answers(packet.with_name("fox.answers.jsonl")).events)["blind-1"].comments


def test_comments_are_made_changed_and_taken_away(packet, talk):
    talking = talk(packet, "--plain")
    talking.expect("Enter begins", "")
    talking.expect("? keys", "m")
    talking.expect("File, 1 to 4", "1")
    talking.expect("Line or lines", "2-3")
    said = talking.expect("> ", "one loop")
    assert "lines 2 to 3 as it would be" in said
    assert "| " in said
    talking.expect("> ", ".")
    talking.expect("? keys", "m")
    talking.expect("File, 1 to 4", "1")
    talking.expect("Line or lines", "o1")
    talking.expect("> ", "old name")
    talking.expect("> ", ".")
    talking.expect("? keys", "m")
    talking.expect("File, 1 to 4", "")
    talking.expect("> ", "in all")
    talking.expect("> ", ".")
    talking.expect("? keys", "o")
    talking.expect("changes one", "x2")
    talking.expect("y takes it away", "y")
    talking.expect("? keys", "o")
    talking.expect("changes one", "e1")
    talking.expect("> ", "would do")
    talking.expect("> ", ".")
    said = talking.expect("? keys", "o")
    said = talking.expect("changes one", "")
    assert "old name" not in said
    talking.expect("? keys", "q")
    talking.end()
    first, second = comments(packet)
    assert (first.path, first.side, first.start, first.end) == ("src/table.py", "new", 2, 3)
    assert first.text == "one loop\nwould do"
    assert (second.path, second.text) == (None, "in all")


def test_a_line_that_is_not_there_is_told(packet, talk):
    talking = talk(packet, "--plain")
    talking.expect("Enter begins", "")
    talking.expect("? keys", "m")
    talking.expect("File, 1 to 4", "1")
    talking.expect("Line or lines", "9")
    said = talking.expect("? keys", "q")
    assert "none of its 3 lines" in said
    talking.end()
    assert comments(packet) == ()


def test_a_comment_that_was_begun_survives_a_kill(packet, talk):
    talking = talk(packet, "--plain")
    talking.expect("Enter begins", "")
    talking.expect("? keys", "m")
    talking.expect("File, 1 to 4", "")
    talking.expect("> ", "half")
    talking.prompt()
    talking.kill()
    again = talk(packet, "--plain")
    again.expect("Enter begins", "")
    said = again.expect("? keys", "m")
    assert "You had begun a comment on the whole change" in said
    said = again.expect("> ", ".")
    assert "half" in said
    again.expect("? keys", "q")
    again.end()
    assert [comment.text for comment in comments(packet)] == ["half"]


def test_practice_counts_for_nothing(packet, talk):
    talking = talk(packet, "--plain")
    talking.expect("Enter begins", "p")
    said = talking.expect("? keys", "s")
    assert "A practice item" in said
    talking.expect("Why do you skip", "1")
    talking.expect("> ", ".")
    talking.expect("Enter begins", "q")
    talking.end()
    events = read_answers(packet.with_name("fox.answers.jsonl")).events
    assert [event.type for event in events] == ["opened", "left"]

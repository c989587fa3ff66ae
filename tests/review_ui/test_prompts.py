"""What is typed and pasted at the prompts of the line-by-line front means what its reader thinks it means."""

import json
import sys

import pytest

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.outcome import fold
from mergecheck.records import CanonicalChange, Decision, FileChange, Hunk, Kind
from review_ui.drafts import drafts_path

ON_A_TERMINAL = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
both = pytest.mark.parametrize("pty", [False, pytest.param(True, marks=ON_A_TERMINAL)], ids=["pipes", "terminal"])
PARAGRAPHS = "This loops twice.\n\nx\n<\n-\nu\ny\n\n\n  indented\nEnd."


def events_of(packet):
    return read_answers(packet.with_name("fox.answers.jsonl")).events


def kinds(packet) -> list[EventType]:
    return [event.type for event in events_of(packet)]


def review_of(packet, item="blind-1"):
    return fold(events_of(packet))[item]


def fill_disk(conversation, packet, room):
    """Leave the program's files so many bytes beyond its answers; returns what takes the limit away."""
    import resource

    process = conversation.process.pid
    limits = resource.prlimit(process, resource.RLIMIT_FSIZE)
    size = packet.with_name("fox.answers.jsonl").stat().st_size
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size + room, limits[1]))
    return lambda: resource.prlimit(process, resource.RLIMIT_FSIZE, limits)


def guess_in(conversation, sure="6"):
    """From the saved verdict to before the guess is saved."""
    for part, reply in (("y goes on", "y"), ("Who may", "h"), ("How sure are you of", sure), ("Do you know", "n")):
        conversation.expect(part, reply)


@both
def test_pasted_paragraphs_are_one_comment_and_answer_nothing_else(begin, packet, pty):
    conversation = begin(pty=pty)
    conversation.prompt()
    conversation.paste(PARAGRAPHS + "\n\n.\n")
    while "y goes on" not in (turn := conversation.prompt())[1]:
        assert turn[1] == "> "
    conversation.answer("")
    conversation.expect("y goes on", "q")
    assert conversation.end()[1] == 0
    assert review_of(packet).final.comment == PARAGRAPHS
    assert EventType.GUESS_OPENED not in kinds(packet)
    assert EventType.UNDONE not in kinds(packet)


@ON_A_TERMINAL
def test_a_paste_that_begins_with_an_empty_line_is_still_a_comment(begin, packet):
    conversation = begin(pty=True)
    conversation.prompt()
    conversation.paste("\nFirst.\n\nSecond.\n.\n")
    while "y goes on" not in conversation.prompt()[1]:
        pass
    conversation.answer("q")
    conversation.end()
    assert review_of(packet).final.comment == "First.\n\nSecond."


@ON_A_TERMINAL
def test_ctrl_d_ends_a_comment_and_no_more(begin, packet):
    conversation = begin(pty=True)
    conversation.expect("> ", "so it is")
    conversation.prompt()
    conversation.paste("\x04")
    conversation.expect("y goes on", "q")
    assert conversation.end()[1] == 0
    assert review_of(packet).final.comment == "so it is"


def test_input_that_ends_within_a_comment_saves_no_verdict(begin, packet):
    conversation = begin()
    conversation.expect("> ", "cut o")
    conversation.prompt()
    assert conversation.end()[1] == 0
    assert EventType.VERDICT not in kinds(packet)
    assert "cut o" in drafts_path(packet).read_text()


@pytest.mark.parametrize("end", ["", "."])
def test_no_comment_is_an_empty_first_line_or_a_point(begin, packet, end):
    conversation = begin()
    conversation.expect("> ", end)
    conversation.expect("y goes on", "q")
    assert review_of(packet).final.comment == ""


def test_commands_in_a_comment_begin_with_a_colon(begin, packet):
    conversation = begin()
    assert ":x stops" in conversation.expect("> ", "no")
    conversation.expect("> ", ":-")
    assert "Thrown away" in conversation.expect("> ", ":?")
    assert ":q leaves" in conversation.expect("> ", "yes")
    conversation.expect("> ", ":i")
    assert "== The issue ==" in conversation.expect("> ", ":<")
    conversation.expect("Minutes", "")
    assert "  yes\n" in conversation.expect("> ", ":xx")
    conversation.expect("> ", ":x")
    assert "Stopped" in conversation.expect("? keys", "q")
    assert conversation.end()[1] == 0
    assert json.loads(drafts_path(packet).read_text())["drafts"]["blind-1"]["fields"]["comment"] == "yes\n:xx"


@pytest.mark.parametrize("typed", ["", "k", "yy", "no thanks"])
def test_only_a_letter_opens_the_question_and_only_a_letter_saves_its_answer(begin, packet, typed):
    conversation = begin()
    conversation.expect("> ", "")
    conversation.expect("y goes on", typed)
    assert "Type y" in (said := conversation.prompt()[0]) or "no key" in said
    assert EventType.GUESS_OPENED not in kinds(packet)
    conversation.answer("")
    guess_in(conversation)
    conversation.expect("y saves", typed)
    assert "Type y, c or q." in conversation.prompt()[0]
    assert EventType.GUESS not in kinds(packet)
    conversation.answer("q")
    assert conversation.end()[1] == 0
    assert review_of(packet).guess is None


def test_a_guess_out_of_range_is_told_at_its_field(begin, packet):
    conversation = begin()
    conversation.expect("> ", "")
    conversation.expect("y goes on", "y")
    conversation.expect("Who may", "perhaps")
    assert "Type one of h, a, c." in conversation.expect("Who may", "a")
    for wrong in ("99", "0", "-1", "", "5.5"):
        conversation.expect("How sure are you of that", wrong)
    assert "from 1 to 10" in conversation.expect("How sure are you of that", "7")
    conversation.expect("Do you know", "f")
    conversation.expect("y saves", "y")
    conversation.expect("? keys", "q")
    assert conversation.end()[1] == 0
    assert review_of(packet).guess.confidence == 7


def test_an_earlier_draft_with_a_wrong_guess_ends_nothing(begin, packet, talk):
    """As an older program kept it."""
    conversation = begin()
    conversation.expect("> ", "")
    conversation.expect("y goes on", "y")
    conversation.expect("Who may", "a")
    conversation.prompt()
    conversation.kill()
    page = json.loads(drafts_path(packet).read_text())
    page["drafts"]["blind-1"]["fields"] |= {"guess_confidence": "99", "recognised": "maybe"}
    drafts_path(packet).write_text(json.dumps(page))
    again = talk(packet, "--plain")
    again.expect("Enter begins", "")
    again.expect("Who may have written it (h, a, c) [a]", "")
    again.expect("How sure are you of that, 1 to 10: ", "8")
    again.expect("Do you know this change (n, f, y): ", "n")
    again.expect("y saves", "y")
    again.expect("? keys", "q")
    assert again.end()[1] == 0
    assert review_of(packet).guess.confidence == 8


def test_undo_says_what_stands_now(begin, packet):
    conversation = begin()
    conversation.expect("> ", "the older one")
    conversation.expect("> ", ".")
    conversation.expect("y goes on", "c")
    conversation.expect("Decision", "r")
    conversation.expect("core reason", "1")
    conversation.expect("How far is it towards a change that you would merge, 0 to 100 %: ", "30")
    for part, reply in (("How sure", ""), ("Minutes", ""), ("> ", ":-"), ("> ", "the newer one"), ("> ", ".")):
        conversation.expect(part, reply)
    conversation.expect("y goes on", "u")
    said = conversation.expect("y goes on", "u")
    assert "== Item 1 of 6" in said
    assert "Your verdict is now:\n  Accept · progress 70 %" in said
    assert "the older one" in said
    assert "c goes on with what you gave" in said
    said = conversation.expect("? keys", "q")
    assert "It has no verdict now." in said
    assert "== Item 1 of 6" in said
    conversation.end()
    assert review_of(packet).final is None


def test_another_decision_is_not_offered_the_progress_of_the_first(begin, packet):
    conversation = begin("r")
    conversation.expect("> ", "")
    conversation.expect("y goes on", "c")
    conversation.expect("Decision (a, r, s) [r]", "a")
    conversation.expect("How far is it, 0 to 100 % [100]: ", "<")
    conversation.expect("How far is it, 0 to 100 % [100]: ", "")
    for part in ("How sure", "Minutes", "> "):
        conversation.expect(part, "")
    # Nor after it was taken back; the same decision is.
    conversation.expect("y goes on", "u")
    conversation.expect("y goes on", "u")
    conversation.expect("? keys", "a")
    conversation.expect("How far is it, 0 to 100 % [100]: ", "x")
    conversation.expect("? keys", "q")
    assert conversation.end()[1] == 0


def test_a_correction_that_was_begun_is_offered_whole(begin, packet):
    """Its reason comes before its decision, and does not lose what was given under that."""
    conversation = begin()
    conversation.expect("> ", "")
    guess_in(conversation)
    conversation.expect("y saves", "y")
    for part, reply in [
        ("? keys", "b"), ("c corrects", "c"), ("> ", "read again"), ("> ", "."), ("Decision", "r"),
        ("core reason", "2"), ("How far", "35"), ("How sure", "x"),
    ]:  # fmt: skip
        conversation.expect(part, reply)
    assert "Stopped" in conversation.expect("c corrects", "c")
    conversation.expect("> ", "")
    conversation.expect("Decision (a, r, s) [r]", "")
    conversation.expect("core reason, 1 to 4 [2]", "")
    conversation.expect("[35]", "")
    conversation.expect("How sure", "q")
    assert conversation.end()[1] == 0


def test_q_at_the_list_leaves(packet, talk):
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "l")
    conversation.expect("Number of an item", "q")
    assert conversation.end()[1] == 0
    assert kinds(packet)[-1] is EventType.LEFT


def test_after_finishing_a_question_that_a_correction_opens_is_not_called_answered(packet, talk, plan):
    file = packet.with_name("rows.jsonl")
    file.write_text(
        "".join(
            json.dumps({"position": place, "decision": "skip", "skip_reason": "cannot_judge"}) + "\n"
            for place in range(1, 7)
        )
    )
    assert talk(packet, "--answers-from", file).end()[1] == 0
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("f finishes", "f")
    assert "Send this one file" in conversation.end()[0]
    conversation = talk(packet, "--plain")
    for part, reply in [
        ("Enter begins", ""), ("l lists", "l"), ("Number", "1"), ("c corrects", "c"), ("> ", "I can"), ("> ", "."),
        ("Decision", "a"), ("How far", "90"), ("How sure", "4"), ("Minutes", "3"), ("> ", ""), ("y goes on", "q"),
    ]:  # fmt: skip
        conversation.expect(part, reply)
    said, code = conversation.end()
    assert code == 0
    assert "1 of them still without an answer to who may have written it" in said
    assert "Send this one file" not in said
    assert review_of(packet).final.decision is Decision.ACCEPT
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    guess_in(conversation)
    conversation.expect("y saves", "y")
    conversation.expect("q leaves", "q")
    assert "Send this one file" in conversation.end()[0]


def long_change(_number: int) -> CanonicalChange:
    files = [
        FileChange(
            f"part{number}.py",
            Kind.ADDED,
            new_text="x = 1\n" * 250,
            new_digest="n",
            hunks=(Hunk(0, 0, 1, 250, ("+x = 1",) * 250),),
        )
        for number in (1, 2)
    ]
    return CanonicalChange("1", tuple(files))


def test_a_long_change_is_printed_as_its_reader_wants_it(make_packet, talk):
    conversation = talk(make_packet(made_by=long_change), "--plain")
    conversation.expect("Enter begins", "")
    said = conversation.expect("p prints it all", "z")
    assert "1  part1.py (new file, +250 -0)" in said
    assert "x = 1" not in said
    assert "Type p, v, n" in conversation.expect("p prints it all", "n")
    said = conversation.expect("n shows the next file (2 of 2)", "1")
    assert said.count("+ x = 1") == 250
    assert "File 1/2: part1.py" in said
    assert "File 1/2: part1.py" in conversation.expect("n shows the next file (2 of 2)", "n")
    said, prompt = conversation.prompt()
    assert "File 2/2: part2.py" in said
    assert "next file" not in prompt
    conversation.answer("v")
    assert conversation.expect("p prints", "p").count("+ x = 1") == 500
    assert conversation.expect("? keys", "d").count("+ x = 1") == 500
    conversation.expect("p prints", "")
    conversation.expect("? keys", "d")
    conversation.expect("p prints", "q")
    assert conversation.end()[1] == 0


def moded_change(_number: int) -> CanonicalChange:
    def file(path: str, old: str | None, new: str | None) -> FileChange:
        return FileChange(
            path,
            Kind.MODE if old and new else Kind.ADDED,
            old_text=old and "a",
            new_text="a",
            old_mode=old,
            new_mode=new,
        )

    return CanonicalChange(
        "1",
        (
            file("run.sh", "100644", "100755"),
            file("latest", None, "120000"),
            file("was.py", "100644", "120000"),
            file("same.py", "100644", "100644"),
        ),
    )


def test_modes_are_said_where_they_say_something(make_packet, talk):
    conversation = talk(make_packet(made_by=moded_change), "--plain")
    conversation.expect("Enter begins", "")
    said = conversation.expect("? keys", "q")
    assert "run.sh (file mode changed, mode 100644 → 100755, +0 -0)" in said
    assert "latest (new file, symbolic link, +0 -0)" in said
    assert "was.py (file mode changed, symbolic link, mode 100644 → 120000, +0 -0)" in said
    assert "same.py (file mode changed, +0 -0)" in said


def test_a_packet_without_answers_says_where_they_are_looked_for(packet, talk):
    where = str(packet.with_name("fox.answers.jsonl"))
    said, _ = talk(packet, "--list").end()
    assert f"looked for in this file; if they are elsewhere, put them there:\n  {where}\n" in said
    conversation = talk(packet, "--plain")
    assert f"\n  {where}\n" in conversation.expect("Enter begins", "")
    conversation.expect("? keys", "s")
    conversation.expect("Why", "1")
    conversation.expect("> ", "")
    conversation.expect("? keys", "q")
    conversation.end()
    assert "looked for" not in talk(packet, "--list").end()[0]
    assert "looked for" not in talk(packet, "--plain").prompt()[0]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to fill a disk with")
@pytest.mark.parametrize("act", ["shown", "undone", "guess_opened"])
def test_a_full_disk_between_verdicts_is_told_and_tried_again(begin, packet, act):
    conversation = begin()
    conversation.expect("> ", "kept")
    conversation.expect("> ", ".")
    conversation.prompt()
    give_room = fill_disk(conversation, packet, 20)
    conversation.answer({"shown": "n", "undone": "u", "guess_opened": "y"}[act])
    said = conversation.expect("Enter tries again", "")
    assert "NOT saved" in said
    conversation.prompt()
    give_room()
    conversation.answer("")
    said, _ = conversation.prompt()
    assert {"shown": "== Item 2", "undone": "no verdict now", "guess_opened": "a person"}[act] in said
    conversation.answer("q")
    assert conversation.end()[1] == 0
    assert act in kinds(packet)
    if act == "undone":
        again = begin("a")
        assert "  kept\n" in again.expect("> ", ".")


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to fill a disk with")
@pytest.mark.parametrize("kept", [True, False])
def test_what_is_stopped_on_a_full_disk_is_not_said_to_be_kept(packet, talk, kept):
    """As it was: the disk was told to be full, and what was stopped then to be kept."""
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "m")
    conversation.expect("File, 1 to 4", "")
    conversation.prompt()
    give_room = fill_disk(conversation, packet, 2000)
    conversation.answer("a long line " * 400)
    said = conversation.expect("> ", ":x")
    assert "could not be kept" in said
    assert "Stopped" not in conversation.expect("Enter tries again", "")
    assert "NOT saved" in conversation.prompt()[0]
    if kept:
        give_room()
    conversation.answer("" if kept else "x")
    assert f"what you gave is {'kept' if kept else 'NOT kept'}." in conversation.expect("? keys", "q")
    assert conversation.end()[1] == 0
    assert packet.with_name("fox.drafts.json").exists() is kept

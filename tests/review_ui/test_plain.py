"""The line-by-line front as people use it: a real process, on a terminal and through pipes."""

import os
import random
import re
import subprocess
import sys
import time

import pytest

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.outcome import fold
from mergecheck.records import Decision, Front

ON_A_TERMINAL = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
both = pytest.mark.parametrize("pty", [False, pytest.param(True, marks=ON_A_TERMINAL)], ids=["pipes", "terminal"])


SAVED = re.compile(r"Saved\.\n  Accept[^\n]*\n  (mark-[^\n]*)\n")


def events_of(packet):
    return read_answers(packet.with_name("fox.answers.jsonl")).events


def work_through(conversation, reply, prompts=10_000) -> str:
    """Answer up to so many prompts; returns the one that it stopped at, "" where the program ended."""
    for _ in range(prompts):
        said, prompt = conversation.prompt()
        if not prompt:
            return ""
        conversation.answer(reply(said, prompt))
    return prompt


def work_until(conversation, reply, seen) -> None:
    """Answer until `seen` holds of what was said, and stop in the middle of whatever it is doing."""
    while not seen(conversation.said):
        turn = conversation.turn()
        if turn is not None:
            conversation.answer(reply(*turn))


@both
def test_a_packet_from_start_to_finish(packet, plan, replies, talk, pty):
    conversation = talk(packet, "--plain", pty=pty)
    assert work_through(conversation, replies(plan)) == ""
    assert conversation.process.returncode == 0
    assert conversation.said.count("Saved.") == 10
    assert "Finished." in conversation.said
    assert "All 6 items are answered: 2 accepted, 2 with changes requested, 2 skipped." in conversation.said
    assert str(packet.with_name("fox.answers.jsonl")) in conversation.said.replace("\n", "")[-400:]
    events = events_of(packet)
    assert [event.type for event in events[-2:]] == [EventType.FINISHED, EventType.LEFT]
    assert {event.front for event in events} == {Front.PLAIN}
    reviews = fold(events)
    assert reviews["blind-2"].final.comment == "two loops\nwhere one does"
    assert reviews["blind-2"].final.baseline_minutes == 12.5
    assert reviews["blind-4"].guess.confidence is None
    assert all(review.active_seconds > 0 for review in reviews.values())


@both
def test_stop_after_any_prompt_and_go_on(make_packet, plan, replies, talk, pty):
    """The whole review in stretches of ten prompts, each left another way, is the review in one go."""
    packet = make_packet()
    leave = 0
    for _ in range(60):
        conversation = talk(packet, "--plain", pty=pty)
        if not work_through(conversation, replies(plan), 10):
            break
        at = conversation.prompt()[1]
        if not at:
            break
        leave += 1
        if leave % 2:
            # Between writing a prompt and waiting at it, readline does not look for signals.
            time.sleep(0.1)
            conversation.interrupt()
        elif pty:
            # In a comment Ctrl-D ends that only.
            conversation.answer(":q" if at == "> " else "\x04")
        _, code = conversation.end()
        assert code == 0
        assert "Everything is saved" in conversation.said
        assert f"mergecheck review {packet} --plain" in conversation.said
        assert events_of(packet)[-1].type is EventType.LEFT
    assert leave > 4
    reviews = fold(events_of(packet))
    for number, fields in enumerate(plan, start=1):
        final = reviews[f"blind-{number}"].final
        assert final.decision == fields["decision"]
        assert final.comment == fields.get("comment", "")
        assert final.reason == fields.get("reason")


@pytest.mark.parametrize("seed", range(13))
def test_a_kill_at_any_moment_loses_nothing_that_was_shown_as_saved(make_packet, replies, talk, seed):
    """Killed again and again while it is answered; what it called saved is in the file that is sent."""
    chance = random.Random(seed)
    packet = make_packet()
    marks = [f"mark-{seed}-{number}" for number in range(6)]
    plan = [
        {"decision": "accept", "progress": "100", "confidence": "8", "baseline_minutes": "30", "comment": mark,
         "guess": "human", "guess_confidence": "6", "recognised": "no"}
        for mark in marks
    ]  # fmt: skip
    saved: set[str] = set()
    for at_once in (False, True):
        conversation, reply = talk(packet, "--plain"), replies(plan)
        work_through(conversation, reply, chance.randrange(2, 35))
        if at_once:
            # The moment that the word is out.
            told = len(SAVED.findall(conversation.said))
            work_until(conversation, reply, lambda said, told=told: len(SAVED.findall(said)) > told)
        else:
            # Somewhere within what follows an answer: reading, writing, syncing, printing.
            conversation.turn(chance.random() * 0.01)
        conversation.kill()
        saved.update(SAVED.findall(conversation.said))
        reviews = fold(events_of(packet))
        assert saved <= {review.final.comment for review in reviews.values() if review.final is not None}
    assert saved
    conversation = talk(packet, "--plain")
    work_through(conversation, replies(plan))
    reviews = fold(events_of(packet))
    assert [reviews[f"blind-{number}"].final.comment for number in range(1, 7)] == marks


@both
def test_a_kill_in_the_middle_of_the_form_offers_what_was_given(packet, talk, pty):
    conversation = talk(packet, "--plain", pty=pty)
    for part, reply in [
        ("Enter begins", ""), ("? keys", "r"), ("core reason", "3"), ("How far", "55"), ("How sure", "4"),
        ("Minutes", "25"), ("> ", "a first line"), ("> ", "a second one"),
    ]:  # fmt: skip
        conversation.expect(part, reply)
    conversation.prompt()
    conversation.kill()
    again = talk(packet, "--plain", pty=pty)
    again.expect("Enter begins", "")
    assert "You had begun to request changes" in again.expect("? keys", "r")
    for part in ("[3]", "[55]", "[4]", "[25]"):
        again.expect(part, "")
    said = again.expect("> ", "a third")
    assert "  a first line\n  a second one\n" in said
    again.expect("> ", ".")
    said, _ = again.prompt()
    assert "Saved." in said
    again.kill()
    final = fold(events_of(packet))["blind-1"].final
    assert final.comment == "a first line\na second one\na third"
    assert (final.reason, final.progress, final.baseline_minutes) == ("code_quality", 55, 25)


def accept(conversation, comment=""):
    for part, reply in [
        ("How far", ""),
        ("How sure", "5"),
        ("Minutes", "9"),
        ("> ", comment),
        *[("> ", ".")] * bool(comment),
    ]:
        conversation.expect(part, reply)


def test_undo_revise_and_correct(packet, talk):
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "u")
    assert "no verdict to take back" in conversation.expect("? keys", "a")
    accept(conversation, "first")
    conversation.expect("y goes on to it", "u")
    assert "Taken back" in conversation.expect("? keys", "a")
    for part in ("[100]", "[5]", "[9]", "> "):
        conversation.expect(part, "")
    conversation.expect("y goes on to it", "c")
    conversation.expect("Decision", "r")
    conversation.expect("core reason", "1")
    conversation.expect("How far", "40")
    for part in ("[5]", "[9"):
        conversation.expect(part, "")
    conversation.expect("> ", "second")
    conversation.expect("> ", ".")
    conversation.expect("y goes on to it", "y")
    conversation.expect("Who may", "c")
    conversation.expect("Do you know", "n")
    conversation.expect("y saves", "c")
    conversation.expect("Who may", "h")
    conversation.expect("How sure are you of that", "3")
    conversation.expect("Do you know", "")
    conversation.expect("y saves", "y")
    # The next item; back to the first, which is closed now.
    conversation.expect("? keys", "b")
    assert "Your verdict:" in conversation.expect("c corrects", "a")
    assert "closed" in conversation.expect("c corrects", "c")
    conversation.expect("> ", "")
    assert "Say why" in conversation.expect("> ", "read it again")
    conversation.expect("> ", ".")
    conversation.expect("Decision", "a")
    conversation.expect("How far is it, 0 to 100 % [100]", "95")
    for part in ("[5]", "[9", "> "):
        conversation.expect(part, "")
    assert "Saved." in conversation.expect("? keys", "q")
    _, code = conversation.end()
    assert code == 0
    review = fold(events_of(packet))["blind-1"]
    assert review.verdict.decision is Decision.REQUEST_CHANGES
    assert review.verdict.comment == "first\nsecond"
    assert review.final.decision is Decision.ACCEPT
    assert review.final.progress == 95
    assert review.corrections == ("read it again",)
    assert review.guess.confidence == 3


def test_wrong_answers_are_told_at_once_and_nothing_is_saved_before_the_form_is_whole(packet, talk):
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "zz")
    assert "There is no key 'zz'" in conversation.expect("? keys", "r")
    conversation.expect("core reason", "")
    assert "Type one of 1, 2, 3, 4." in conversation.expect("core reason", "9")
    assert "Type one of 1, 2, 3, 4." in conversation.expect("core reason", "2")
    for wrong in ("", "-1", "101", "half", "5.5"):
        conversation.expect("How far", wrong)
    assert "whole number from 0 to 100" in conversation.expect("How far", "?")
    assert "goes back a field" in conversation.expect("How far", "<")
    conversation.expect("core reason, 1 to 4 [2]", "")
    conversation.expect("How far", "i")
    assert "== The issue ==" in conversation.expect("How far", "50")
    conversation.expect("How sure", "11")
    assert "from 1 to 10" in conversation.expect("How sure", "10")
    for wrong in ("", "0", "nan", "an hour"):
        conversation.expect("Minutes", wrong)
    conversation.expect("Minutes", "x")
    assert "Stopped" in conversation.expect("? keys", "q")
    conversation.end()
    assert all(event.type is not EventType.VERDICT for event in events_of(packet))


def test_what_can_be_looked_at(packet, talk):
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    said = conversation.expect("? keys", "i")
    for part in (
        "== Item 1 of 6 · wave 1 of 2 · acme/tables ==", "Columns are too narrow [bold]in bold[/bold]",
        "== The change: 4 files, +3 -1 ==", "File 1/4: src/table.py (modified, +2 -1)", "@@ -1,2 +1,3 @@",
        "2 -     return len(row)", "2 +     # [red]1[/red]", "3 + →   return max(row)  ",
        "src/␛[2Jnew.py (new file",
        "1 + long = '" + "x" * 300 + "'\n", "no newline at the end", "File 3/4: a.py → b.py (renamed, +0 -0)",
        "logo.png (modified, binary, not shown)", "␛[31mRed␛[0m and \\u202ebackwards",
    ):  # fmt: skip
        assert part in said, part
    assert "\x1b" not in said
    assert "They run over." in conversation.expect("? keys", "d")
    assert "@@ -1,2 +1,3 @@" in conversation.expect("? keys", "v")
    assert "@@ -1,2 +1,3 @@" in conversation.expect("? keys", "g")
    assert "Would you merge it" in conversation.expect("? keys", "f").replace("would you", "Would you")
    conversation.expect("File, 1 to 3", "1")
    conversation.expect("o as it was", "o")
    assert "src/table.py, as it was, 2 lines" in conversation.expect("? keys", "f")
    conversation.expect("File, 1 to 3", "")
    conversation.expect("o as it was", "")
    assert "3     return max(row)" in conversation.expect("? keys", "p")
    conversation.expect("Paused", "")
    conversation.expect("? keys", "l")
    listed = conversation.expect("Number of an item", "4")
    assert "1  open" in listed
    assert "4  not seen yet" in listed
    assert "Columns are too narrow" in listed
    assert "Rounding" not in listed
    assert "== Item 4 of 6 · wave 2 of 2" in conversation.expect("? keys", "?")
    assert "request changes: you would not merge it" in conversation.expect("? keys", "q")
    conversation.end()
    kinds = [event.type for event in events_of(packet)]
    assert kinds.count(EventType.PAUSED) == kinds.count(EventType.RESUMED) == 1


@ON_A_TERMINAL
def test_colour_is_for_terminals_that_want_it(packet, talk):
    def shown(**env):
        conversation = talk(packet, "--plain", pty=True, **env)
        conversation.expect("Enter begins", "")
        said = conversation.expect("? keys", "q")
        conversation.end()
        return said

    assert "\x1b[32m+ →   return max(row)\x1b[0m" in shown()
    assert "\x1b[31m-     return len(row)\x1b[0m" in shown()
    assert "\x1b[3" not in shown(NO_COLOR="1")
    assert "\x1b" not in shown(TERM="dumb")


@ON_A_TERMINAL
def test_the_cursor_is_never_moved(packet, plan, replies, talk):
    conversation = talk(packet, "--plain", pty=True)
    work_through(conversation, replies(plan))
    sequences = set(re.findall(r"\x1b(?!\[[0-9;]*m)[^a-zA-Z]*[a-zA-Z]", conversation.said))
    assert sequences == set()


def test_the_minutes_given_for_an_issue_are_offered_again(packet, plan, replies, talk):
    conversation = talk(packet, "--plain")
    reply = replies(plan)
    while True:
        said, prompt = conversation.prompt()
        if "as before for this issue" in prompt:
            break
        conversation.answer(reply(said, prompt))
    assert prompt.endswith("yourself (as before for this issue) [12.5]: ")


def test_a_packet_that_is_open_elsewhere_is_refused(packet, talk):
    first = talk(packet, "--plain")
    first.prompt()
    second = talk(packet, "--plain")
    said, code = second.end()
    assert code == 1
    assert "another program has these answers open" in said
    assert "close the other review" in said
    first.answer("q")
    first.end()
    third = talk(packet, "--plain")
    third.expect("Enter begins", "q")
    assert third.end()[1] == 0


def test_a_damaged_packet_is_refused(packet, talk):
    packet.chmod(0o644)
    packet.write_bytes(packet.read_bytes()[:500])
    said, code = talk(packet, "--plain").end()
    assert code == 1
    assert "ask whoever sent it" in said
    assert "Traceback" not in said


FILL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, resource.RLIM_INFINITY))\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on a file's size to fill a disk with")
def test_a_full_disk_is_told_and_loses_nothing(packet, talk):
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "s")
    conversation.expect("Why", "3")
    conversation.expect("> ", "")
    conversation.expect("? keys", "q")
    conversation.end()
    before = packet.with_name("fox.answers.jsonl").stat().st_size
    # Room to open the packet and to show the item, not for the verdict.
    conversation = talk(packet, "--plain", prelude=FILL.format(room=before + 900))
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "a")
    accept(conversation, "what a pity " * 30)
    said = conversation.expect("Enter tries again", "")
    assert "NOT saved" in said
    assert "make room on the disk" in said
    assert "Saved." not in said
    said = conversation.expect("Enter tries again", "x")
    assert "NOT saved" in said
    conversation.expect("? keys", "q")
    said, _ = conversation.end()
    assert "Traceback" not in said
    again = talk(packet, "--plain")
    again.expect("Enter begins", "")
    again.expect("? keys", "q")
    again.end()
    finals = {item: review.final for item, review in fold(events_of(packet)).items()}
    assert finals["blind-1"].decision is Decision.SKIP
    assert finals["blind-2"] is None


def test_bytes_that_are_not_utf8_do_not_end_a_review(packet, talk):
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "s")
    conversation.expect("Why", "3")
    conversation.prompt()
    os.write(conversation._in, b"Gr\xf6\xdfe \x1b[2J\n")
    conversation.expect("> ", ".")
    assert "Gr\ufffd\ufffde ␛[2J" in conversation.expect("? keys", "q")
    assert conversation.end()[1] == 0
    assert fold(events_of(packet))["blind-1"].final.comment == "Gr\ufffd\ufffde \x1b[2J"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell's pipe")
def test_a_reader_who_goes_away_ends_it_in_order(packet, talk):
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "s")
    conversation.expect("Why", "3")
    conversation.prompt()
    conversation.process.stdout.close()
    conversation.answer("")
    conversation.process.stdin.close()
    conversation.process.wait(10)
    assert conversation.process.returncode == 0
    assert events_of(packet)[-1].type is EventType.LEFT
    again = talk(packet, "--plain")
    again.expect("Enter begins", "")
    assert "You had begun to skip" in again.expect("? keys", "q")


def test_the_list_changes_nothing_and_holds_nothing(packet, talk):
    said, code = talk(packet, "--list").end()
    assert code == 0
    assert said.count("not seen yet") == 6
    assert not packet.with_name("fox.answers.jsonl").exists()
    conversation = talk(packet, "--plain")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "s")
    conversation.expect("Why", "3")
    conversation.expect("> ", "")
    conversation.prompt()
    before = packet.with_name("fox.answers.jsonl").read_bytes()
    said, code = talk(packet, "--list").end()
    assert code == 0
    assert "1  skip" in said
    assert packet.with_name("fox.answers.jsonl").read_bytes() == before


def test_a_finished_packet_says_what_to_send(packet, plan, replies, talk):
    work_through(talk(packet, "--plain"), replies(plan))
    again = talk(packet, "--plain")
    again.expect("Enter begins", "")
    assert "Send this one file" in again.expect("c corrects one", "q")
    assert again.end()[1] == 0


def test_two_ways_at_once_are_a_usage_error(packet, talk):
    said, code = talk(packet, "--plain", "--list").end()
    assert code == 2
    assert "give one" in said


def test_help_loads_no_pydantic():
    code = (
        "import sys; from mergecheck.cli.review import review; "
        "sys.exit(bool({'pydantic', 'textual', 'rich.console', 'review_ui'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

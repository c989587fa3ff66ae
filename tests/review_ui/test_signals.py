"""Ctrl-C, a closed terminal, a shutdown, and a pager that has the terminal for a while."""

import os
import re
import signal
import sys
import time

import pytest

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.outcome import fold

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signals and pseudo-terminals there")


def events_of(packet):
    return read_answers(packet.with_name("fox.answers.jsonl")).events


def waits_at(conversation) -> None:
    conversation.prompt()
    # Between writing a prompt and waiting at it, readline does not look for signals.
    time.sleep(0.2)


@pytest.mark.parametrize("pty", [False, True], ids=["pipes", "terminal"])
@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM"])
def test_a_hangup_and_a_shutdown_are_clean_leaves(begin, packet, name, pty):
    conversation = begin(pty=pty)
    conversation.expect("> ", "half a comment")
    waits_at(conversation)
    conversation.process.send_signal(getattr(signal, name))
    said, code = conversation.end()
    assert code == 0
    assert "Everything is saved" in said
    assert events_of(packet)[-1].type is EventType.LEFT
    assert fold(events_of(packet))["blind-1"].active_seconds > 0


def test_a_terminal_that_is_closed_saves_no_verdict_and_ends_in_order(begin, packet):
    conversation = begin(pty=True)
    conversation.expect("> ", "half a comment")
    waits_at(conversation)
    os.close(conversation._in)
    conversation._in = -1
    # This session has no controlling terminal, so that no SIGHUP comes with the end of input.
    assert conversation.process.wait(10) == 0
    kinds = [event.type for event in events_of(packet)]
    assert EventType.VERDICT not in kinds
    assert kinds[-1] is EventType.LEFT


def test_a_closed_window_is_a_clean_leave(packet):
    """With a session of its own, as a terminal's window has: hangup and end of input come together."""
    import pty

    command = ["-c", "from mergecheck.cli.main import run; run()", "review", str(packet), "--plain"]
    child, master = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, *command])
    said = b""
    for reply, prompt in ((b"", b"q leaves: "), (b"\n", b"? keys): "), (b"s\n", b"1 to 4: "), (b"1\n", b"> ")):
        os.write(master, reply)
        said = b""
        while not said.endswith(prompt):
            said += os.read(master, 65536)
    os.write(master, b"half a comm\n")
    while not said.endswith(b"m\r\n> "):
        said += os.read(master, 65536)
    time.sleep(0.2)
    os.close(master)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    kinds = [event.type for event in events_of(packet)]
    assert EventType.VERDICT not in kinds
    assert kinds[-1] is EventType.LEFT


def test_a_hangup_that_was_ignored_still_is(packet, talk):
    prelude = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    conversation = talk(packet, "--plain", prelude=prelude)
    waits_at(conversation)
    conversation.process.send_signal(signal.SIGHUP)
    conversation.answer("")
    conversation.expect("? keys", "q")
    assert conversation.end()[1] == 0


def test_time_is_on_disk_with_what_is_given_of_a_form(begin, packet):
    # Else from ten seconds on, for which a test has no time.
    conversation = begin(prelude="import review_ui.drafting as drafting\ndrafting.DRAFT_SECONDS = 0\n")
    conversation.prompt()
    conversation.kill()
    assert fold(events_of(packet))["blind-1"].active_seconds > 0


PAGER = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: print("pager interrupted", flush=True))
sys.stdin.read()
print("pager reads: ", end="", flush=True)
until = time.monotonic() + 1.5
while time.monotonic() < until:
    time.sleep(0.05)
print("pager ends", flush=True)
"""


@pytest.fixture
def at_pager(packet, talk, tmp_path):
    """The front in its pager, which stays a second and a half."""
    script = tmp_path / "pager.py"
    script.write_text(PAGER)
    conversation = talk(packet, "--plain", pty=True, PAGER=f"{sys.executable} {script}")
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "v")
    return conversation


def test_ctrl_c_in_the_pager_is_the_pager_s(at_pager, packet):
    assert "pager reads" in at_pager.prompt()[1]
    at_pager.interrupt()
    said, prompt = at_pager.prompt()
    assert "pager ends" in said
    assert "? keys" in prompt
    # The time in it is on disk, whatever comes.
    at_pager.kill()
    assert fold(events_of(packet))["blind-1"].active_seconds >= 1.5


def test_a_shutdown_in_the_pager_is_a_clean_leave(at_pager, packet):
    at_pager.prompt()
    at_pager.process.send_signal(signal.SIGTERM)
    assert at_pager.end()[1] == 0
    assert events_of(packet)[-1].type is EventType.LEFT


@pytest.mark.parametrize(
    ("pager", "told"),
    [
        ("less 'x", "is no command"),
        ("/no/such/pager -R", "There is no pager '/no/such/pager'"),
        ("{script}", "cannot be run"),
        ("false", "ended with code 1"),
    ],
)
def test_a_pager_that_does_not_work_ends_nothing(packet, talk, tmp_path, pager, told):
    script = tmp_path / "broken"
    script.write_bytes(b"\x7fELF no program")
    script.chmod(0o755)
    conversation = talk(packet, "--plain", pty=True, PAGER=pager.format(script=script))
    conversation.expect("Enter begins", "")
    conversation.expect("? keys", "v")
    said = conversation.expect("? keys", "q")
    # A long path breaks the line anywhere, with colours round the break.
    assert told in " ".join(re.sub(r"\x1b\[[0-9;]*m", "", said).split())
    assert ("@@ -1,2 +1,3 @@" in said) == (pager != "false")
    assert conversation.end()[1] == 0

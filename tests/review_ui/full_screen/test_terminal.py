"""The real command in a terminal of its own: started, left, ended from outside, broken, killed."""

import fcntl
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.outcome import fold
from review_ui.drafts import DraftsPage

KILLS = int(os.environ.get("MERGECHECK_KILLS", "2"))
RUN = """
import sys
import typer
from mergecheck.cli.review import review
from mergecheck.errors import MergecheckError
try:
    typer.run(review)
except MergecheckError as error:
    print(error, file=sys.stderr)
    sys.exit(1)
"""


class Terminal:
    """A process that believes in its terminal."""

    def __init__(self, packet, config, prelude: str = "", **env: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "XDG_CONFIG_HOME": str(config), **env}
        self.process = subprocess.Popen(
            [sys.executable, "-c", prelude + RUN, str(packet)],
            stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.said = b""

    def read(self, seconds: float) -> bool:
        """Whether there was something to read."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:
            return False
        self.said += data
        return bool(data)

    def wait_for(self, text: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while text.encode() not in self.said:
            assert time.monotonic() < until, self.said[-3000:]
            self.read(0.2)

    def type(self, keys: str) -> None:
        self.said = b""
        os.write(self._master, keys.encode())

    def settle(self) -> None:
        """Until nothing has been painted for a while; a cursor that blinks is painted for ever."""
        until = time.monotonic() + 3
        while time.monotonic() < until and self.read(0.8):
            pass

    def end(self) -> int:
        until = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < until:
            self.read(0.1)
        while self.read(0.1):
            pass
        return self.process.wait(1)

    def hang_up(self) -> None:
        """The terminal goes, and tells nobody."""
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        if self._master >= 0:
            os.close(self._master)


@pytest.fixture
def terminal(packet, tmp_path):
    started: list[Terminal] = []

    def start(**options) -> Terminal:
        started.append(Terminal(packet, tmp_path / "config", **options))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def events(packet) -> Callable[[], list]:
    return lambda: list(read_answers(packet.with_name("fox.answers.jsonl")).events)


def test_it_takes_the_screen_and_gives_it_back(terminal, events):
    one = terminal()
    one.wait_for("Tables")
    assert b"\x1b[?1049h" in one.said
    one.type("q")
    assert one.end() == 0
    assert b"\x1b[?1049l" in one.said
    assert b"Everything is saved in" in one.said
    assert [event.type for event in events()] == [EventType.OPENED, EventType.LEFT]


def test_keys_typed_before_the_program_has_the_terminal_have_their_turn_and_answer_nothing(terminal, events):
    one = terminal()
    one.type("\rqWsaid blindly\x13")
    one.wait_for("is not obeyed")
    one.type("W")
    one.wait_for("Comment on")
    one.type("seen\x13")
    one.wait_for("Saved: the comment")
    one.type("q")
    assert one.end() == 0
    assert [comment.text for comment in fold(events())["blind-1"].comments] == ["seen"]


def test_neither_title_nor_process_name_is_set(terminal):
    one = terminal()
    one.wait_for("Tables")
    named = Path(f"/proc/{one.process.pid}/comm")
    before = named.read_text() if named.exists() else ""
    begun = one.said
    one.type("\r")
    one.wait_for("too narrow")
    assert b"\x1b]0;" not in begun + one.said
    assert b"\x1b]2;" not in begun + one.said
    assert (named.read_text() if named.exists() else "") == before
    assert "python" in before or not before


def test_a_dumb_terminal_gets_the_line_by_line_front(terminal):
    one = terminal(TERM="dumb")
    one.wait_for("Enter begins")
    assert b"\x1b[?1049h" not in one.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_ends_it_from_outside_is_a_clean_leave(terminal, events, number):
    one = terminal()
    one.wait_for("Tables")
    one.process.send_signal(number)
    one.end()
    assert events()[-1].type is EventType.LEFT


def test_a_terminal_that_goes_without_a_signal_ends_it(terminal, events):
    one = terminal()
    one.wait_for("Tables")
    one.hang_up()
    one.process.wait(60)
    assert events()[-1].type is EventType.LEFT


def test_a_defect_of_ours_tells_no_texts_and_loses_nothing(terminal, events):
    broken = (
        "from review_ui.screens.review import ReviewScreen\n"
        "def wrong(self):\n    secret = self.desk.issue(self.item)\n    raise RuntimeError('a defect')\n"
        "ReviewScreen.action_layout = wrong\n"
    )
    one = terminal(prelude=broken)
    one.wait_for("Tables")
    one.type("\r")
    one.wait_for("too narrow")
    one.type("\x1b")
    one.wait_for("next hunk")
    one.type("t")
    assert one.end() == 1
    after = one.said.rpartition(b"\x1b[?1049l")[2]
    assert b"a defect" in after
    assert b"too narrow" not in after
    assert b"Everything that was shown as saved is saved" in after
    assert events()[-1].type is EventType.LEFT


def begun(packet) -> str:
    """The comment that is being written, as it is on disk."""
    drafts = packet.with_name("fox.drafts.json")
    if not drafts.exists():
        return ""
    kept = DraftsPage.model_validate_json(drafts.read_bytes()).drafts.get("comment:blind-1")
    return kept.fields["text"] if kept else ""


def test_kills_at_random_moments_lose_nothing_that_was_shown_as_saved(terminal, events, packet):
    """A comment each time; what was begun before a kill is in front again, and goes on.

    MERGECHECK_KILLS says how many: few as a rule, as `test_kills.py` kills in the middle of a write too.
    """
    chance = random.Random(5)
    sure = 0
    for number in range(KILLS):
        before = begun(packet)
        one = terminal()
        one.wait_for("Tables")
        one.type("\r")
        one.settle()
        if not before:
            # At the first time the issue is over the change.
            one.type("\x1b" if number == 0 else "W")
            one.settle()
            if number == 0:
                one.type("W")
                one.settle()
        one.type("ab")
        one.settle()
        assert begun(packet) == "ab" + before, "on disk within a second"
        one.type("\x13")
        until = time.monotonic() + chance.uniform(0, 0.5)
        while (left := until - time.monotonic()) > 0:
            one.read(left)
        one.process.kill()
        one.end()
        texts = [comment.text for comment in fold(events())["blind-1"].comments]
        if b"Saved: the comment" in one.said:
            assert len(texts) == sure + 1
        assert len(texts) in (sure, sure + 1)
        assert len(texts) == sure + 1 or begun(packet) == "ab" + before
        sure = len(texts)

"""`kill -9` of a real review at random moments, in the middle of a write included, in both fronts.

Started again it is at the same item with the same half-written comment: all that had stood on the screen for a
second. Every verdict that the screen called saved is in the answers file, read alone, as one would mail it.

MERGECHECK_KILLS says how often each front is killed. The processes are forked from a starter that has imported
everything, so that kills do not fall into imports.
"""

import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time

import pytest

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.outcome import fold
from review_ui.drafts import DraftsPage
from review_ui.state import ANSWERS

KILLS = int(os.environ.get("MERGECHECK_KILLS", "3"))
ITEMS = 40
KEPT_SECONDS = 1.0
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78])")
STARTER = """
import fcntl, json, os, signal, sys, termios
import typer, review_ui.app, review_ui.plain, readline
from mergecheck.cli.review import review
answers = os.fdopen(os.dup(1), "w")
print("ready", file=answers, flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "wait" in order:
        print(json.dumps(os.waitpid(order["wait"], 0)[1]), file=answers, flush=True)
        continue
    pid = os.fork()
    if pid == 0:
        os.setsid()
        terminal = os.open(order["terminal"], os.O_RDWR)
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        for number in (0, 1, 2):
            os.dup2(terminal, number)
        sys.stdin = open(0, closefd=False)
        sys.stdout = open(1, "w", closefd=False)
        sys.__stdin__, sys.__stdout__ = sys.stdin, sys.stdout
        sys.__stderr__ = sys.stderr = open(2, "w", closefd=False)
        sys.argv = order["arguments"]
        os.environ.update(order["environment"])
        typer.run(review)
        os._exit(0)
    print(pid, file=answers, flush=True)
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")


class Starter:
    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, **order):
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def starter():
    one = Starter()
    yield one
    one.close()


class Run:
    """One start of the program in a terminal of its own, and its end."""

    def __init__(self, starter, packet, config, *options):
        self._starter = starter
        self._packet = packet
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        environment = {"TERM": "xterm-256color", "XDG_CONFIG_HOME": str(config), "COLUMNS": "200", "LINES": "50"}
        self.pid = starter.ask(
            terminal=os.ttyname(slave), arguments=["mergecheck", str(packet), *options], environment=environment
        )
        # Held until the program has it: a terminal that nobody has open reads as gone.
        self._slave = slave
        self.killed_at = None
        self.raw = ""

    @property
    def said(self):
        return ESCAPES.sub("", self.raw)

    def read(self, seconds):
        """Whether the program is still there."""
        if select.select([self._master], [], [], max(seconds, 0))[0]:
            try:
                self.raw += os.read(self._master, 1 << 16).decode("utf-8", "replace")
            except OSError:
                return False
            if self._slave is not None:
                os.close(self._slave)
                self._slave = None
        return True

    def until(self, text, seconds=60):
        """Whether it came; False where the program was killed before."""
        end = time.monotonic() + seconds
        while text not in self.said:
            assert time.monotonic() < end, f"no {text!r} in {self.said[-2500:]!r}"
            if not self.read(0.02):
                return False
        return True

    def type(self, keys):
        """False where the program was killed before."""
        self.raw = ""
        try:
            os.write(self._master, keys.encode())
        except OSError:
            return False
        return True

    def kill_soon(self, chance, seconds):
        """In another thread: at a moment of the next seconds, or as soon as something is being written."""
        writing, delay = chance.random() < 0.5, chance.uniform(0, seconds)
        late = chance.uniform(0, 0.004)
        answers = self._packet.with_name("fox.answers.jsonl")
        part = self._packet.with_name("fox.drafts.json.part")
        began, size = time.monotonic(), answers.stat().st_size

        def kill():
            if writing:
                time.sleep(delay / 2)
                while (
                    time.monotonic() < began + seconds + 1 and not part.exists() and answers.stat().st_size == size
                ):
                    time.sleep(0.0001)
                time.sleep(late)
            else:
                time.sleep(delay)
            self.kill()

        self._thread = threading.Thread(target=kill)
        self._thread.start()

    def kill(self):
        self.killed_at = time.monotonic()
        os.kill(self.pid, signal.SIGKILL)

    def end(self):
        """Wait for the kill, and read what had been said by then."""
        self._thread.join()
        status = self._starter.ask(wait=self.pid)
        while select.select([self._master], [], [], 0)[0] and self.read(0):
            pass
        os.close(self._master)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, self.said[-2000:]


class Reviewer:
    """What somebody at the screen knows: what was called saved, where they are, what they have typed."""

    def __init__(self, packet, chance, plain):
        self.packet, self.chance, self.plain = packet, chance, plain
        self.saved, self.comments = [], []
        self.at, self.pending = 1, ""
        self.typed = []
        self.marks = 0

    def draft(self, key):
        path = self.packet.with_name("fox.drafts.json")
        if not path.exists():
            return {}
        kept = DraftsPage.model_validate_json(path.read_bytes()).drafts.get(key)
        events = read_answers(self.packet.with_name("fox.answers.jsonl")).events
        given = sum(event.item == key and event.type in ANSWERS for event in events)
        return kept.fields if kept and kept.after == given else {}

    @property
    def half(self):
        return self.draft(f"comment:blind-{self.at}").get("text", "")

    def arrive(self, run):
        """From the start page to the item: the one that was left, or the next one if a verdict was under way."""
        assert run.until("Enter begins" if self.plain else "practise")
        events = read_answers(self.packet.with_name("fox.answers.jsonl")).events
        given = "".join(event.body["comment"] for event in events if event.type is EventType.VERDICT)
        if self.pending and self.pending in given:
            self.at += 1
        self.pending = ""
        run.type("\r")
        if not self.plain and self.half:
            # What was being written is in front again.
            assert run.until("Comment on the whole change")
            assert run.until(self.half.rsplit("\n", 1)[-1])
            run.type("\x1b")
        elif not self.plain and self.draft(f"blind-{self.at}").get("decision"):
            assert run.until("Verdict on item")
            run.type("\x1b")
        assert run.until(f"Item {self.at} of 40")
        if self.plain:
            assert run.until("(? keys): ")
            assert ("You had begun a comment on the whole change" in run.said) == bool(self.half)

    def token(self):
        return "".join(self.chance.choices("bcdfghjkmpqrtvwxz", k=3)) + str(len(self.typed) % 10)

    def write_comment(self, run):
        """Type a comment, word after word, until the kill; now and then it is saved."""
        before = self.half
        run.type("m\r\r" if self.plain and not before else "m\r" if self.plain else "W")
        if not run.until("A single ." if self.plain else "Comment on the whole change"):
            return
        if self.plain and before:
            assert run.until(before.rsplit("\n", 1)[-1]) or run.killed_at
        self.typed = []
        words = ""
        for _ in range(self.chance.randrange(2, 9)):
            token = self.token()
            if not run.type(token) or not run.until(token):
                return
            words += token
            self.typed.append((time.monotonic(), words))
            run.read(self.chance.uniform(0, 0.3))
        if self.chance.random() < 0.4:
            run.type("\r.\r" if self.plain else "\x13")
            if run.until("Saved." if self.plain else "Saved: the comment"):
                self.comments.append(words)
            self.typed = []

    def verdict(self, run):
        """Skip the item, with a mark in the comment; one skip after another until the kill."""
        while True:
            self.marks += 1
            mark = f"mark-{self.marks}-"
            begun = self.draft(f"blind-{self.at}")
            self.pending = mark
            if self.plain:
                steps = [("s\r", "Why do you skip"), ("3\r", "> "), (mark + "\r", "> "), (".\r", "Saved.")]
            else:
                reason = [] if begun.get("skip_reason") else [("3", "cannot judge"), ("\t", "")]
                steps = [("s", "Verdict on item"), *reason, (mark, mark), ("\x13", "Saved: ")]
            for keys, reply in steps:
                if not run.type(keys) or not run.until(reply):
                    break
            if "Saved" not in run.said or steps[-1][0] != keys:
                return
            self.saved.append(mark)
            if not self.plain and not run.type("y"):
                return
            self.pending = mark
            if self.at == ITEMS or not run.until(f"Item {self.at + 1} of 40"):
                return
            self.at, self.pending = self.at + 1, ""

    def check(self, run, alone):
        """After a kill: what is on disk, and in the answers alone."""
        alone.unlink(missing_ok=True)
        shutil.copy(self.packet.with_name("fox.answers.jsonl"), alone)
        events = read_answers(alone).events
        said = [event.body["comment"] for event in events if event.type is EventType.VERDICT]
        for mark in self.saved:
            assert any(mark in comment for comment in said), f"{mark} was called saved and is missing"
        texts = "\n".join(comment.text for review in fold(events).values() for comment in review.comments)
        assert all(words in texts for words in self.comments)
        kept = [words for moment, words in self.typed if moment <= run.killed_at - KEPT_SECONDS]
        if kept:
            assert kept[-1] in self.half.replace("\n", ""), (kept[-1], self.half)
        self.typed = []
        return len(kept[-1]) if kept else 0


@pytest.mark.parametrize("option", ["--plain", ""], ids=["plain", "full_screen"])
def test_a_kill_at_any_moment_loses_nothing(make_packet, starter, tmp_path, option):
    chance = random.Random(f"{option} {KILLS}")
    kills = letters = packets = 0
    reviewer = None
    while kills < KILLS:
        if reviewer is None or reviewer.at > ITEMS - 8:
            packets += 1
            packet = make_packet(name=f"{packets}/fox.zip", items=ITEMS)
            reviewer = Reviewer(packet, chance, plain=bool(option))
        run = Run(starter, packet, tmp_path / "config", *[option] if option else [])
        try:
            reviewer.arrive(run)
        except BaseException:
            run.kill()
            raise
        # The screen takes longer to paint than a line to print.
        run.kill_soon(chance, 2.2 if option else 4.5)
        try:
            (reviewer.write_comment if chance.random() < 0.5 else reviewer.verdict)(run)
        finally:
            run.end()
        letters += reviewer.check(run, tmp_path / "mailed.jsonl")
        kills += 1
    files = [read_answers(path).events for path in tmp_path.glob("*/fox.answers.jsonl")]
    saved = sum(event.type is EventType.VERDICT for events in files for event in events)
    print(f"{option or 'full screen'}: {kills} kills, {saved} verdicts, {letters} letters of half comments kept")

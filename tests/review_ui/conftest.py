"""A made-up packet of six items in two waves, and somebody to talk to the line-by-line front with."""

import asyncio
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mergecheck.packet.form import GUIDELINES, Form
from mergecheck.packet.format import Manifest
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Hunk, Kind

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
PROMPT = re.compile(r"(?:^|\n)(> |[^\n]*: )\Z")
ISSUES = (
    "Columns are too narrow [bold]in bold[/bold]\n\nThey run over. \x1b[31mRed\x1b[0m and \u202ebackwards.\n",
    "Rounding is wrong\r\n\r\nIt rounds down.",
)


def change(variant: int) -> CanonicalChange:
    modified = FileChange(
        "src/table.py",
        Kind.MODIFIED,
        old_text="def width(row):\n    return len(row)\n",
        new_text=f"def width(row):\n    # {variant}\n    return max(row)\n",
        old_digest="0",
        new_digest=str(variant),
        hunks=(
            Hunk(
                1,
                2,
                1,
                3,
                (
                    " def width(row):",
                    "-    return len(row)",
                    f"+    # [red]{variant}[/red]",
                    "+\treturn max(row)  ",
                ),
            ),
        ),
    )
    added = FileChange(
        "src/\x1b[2Jnew.py",
        Kind.ADDED,
        new_text="long = '" + "x" * 300 + "'",
        new_digest="n",
        hunks=(Hunk(0, 0, 1, 1, ("+long = '" + "x" * 300 + "'", "\\")),),
    )
    moved = FileChange(
        "b.py", Kind.RENAMED, old_path="a.py", old_text="", new_text="", old_digest="e", new_digest="e"
    )
    binary = FileChange("logo.png", Kind.MODIFIED, binary=True, old_digest="k", new_digest="l")
    return CanonicalChange("1", (modified, added, moved, binary))


@pytest.fixture
def make_packet(tmp_path: Path) -> Callable[..., Path]:
    """Writes a packet: items 1, 3, 5 … are of one issue, the others of another; `made_by(number)` the change."""

    def make(
        name: str = "fox.zip",
        items: int = 6,
        form: Form | None = None,
        study: str = "Tables",
        made_by=change,
        amendments=(),
    ) -> Path:
        made, texts = [], {}
        for position in range(1, items + 1):
            wave = 1 if position <= (items + 1) // 2 else 2
            assignment = Assignment(f"blind-{position}", "fox", "c", 1, wave, position)
            issue = ISSUES[(position - 1) % 2]
            item, more = make_item(assignment, Candidate("i", made_by(position)), "acme/tables", issue)
            made.append(item)
            texts |= more
        manifest = Manifest(
            study_id="study-1",
            study=study,
            reviewer="fox",
            round=1,
            rules="1",
            waves=2,
            form=form or Form(),
            guidelines=GUIDELINES,
            items=(),
            amendments=amendments,
        )
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_packet(path, manifest, made, texts)
        return path

    return make


@pytest.fixture
def packet(make_packet) -> Path:
    return make_packet()


PLAN = (
    {"decision": "accept", "progress": "100", "confidence": "8", "baseline_minutes": "30", "comment": "fine",
     "guess": "human", "guess_confidence": "6", "recognised": "no"},
    {"decision": "request_changes", "reason": "code_quality", "progress": "70", "confidence": "5",
     "baseline_minutes": "12.5", "comment": "two loops\nwhere one does", "guess": "ai", "guess_confidence": "9",
     "recognised": "familiar"},
    {"decision": "skip", "skip_reason": "cannot_judge", "comment": "not my part"},
    {"decision": "request_changes", "reason": "other", "progress": "0", "confidence": "1",
     "baseline_minutes": "480", "guess": "cannot_tell", "recognised": "no"},
    {"decision": "accept", "progress": "90", "confidence": "10", "baseline_minutes": "30",
     "comment": "Größe, naïve", "guess": "human", "guess_confidence": "10", "recognised": "yes"},
    {"decision": "skip", "skip_reason": "conflict_of_interest"},
)  # fmt: skip


@pytest.fixture
def plan() -> tuple[dict[str, str], ...]:
    """What to answer to each of the six items, as an answers file would say it."""
    return PLAN


class Conversation:
    """A real `mergecheck review` process, answered prompt by prompt."""

    def __init__(self, *arguments: str, pty: bool, env: dict[str, str], prelude: str = "") -> None:
        self.said = ""
        self.interrupted = False
        self._pty = pty
        self._fresh = ""
        command = [sys.executable, "-c", prelude + RUN, *arguments]
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **env}
        if pty:
            import pty as terminals

            self._in, slave = terminals.openpty()
            self._out = self._in
            self.process = subprocess.Popen(
                command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
            )
            os.close(slave)
        else:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
            )
            self._in, self._out = self.process.stdin.fileno(), self.process.stdout.fileno()

    def read(self, seconds: float) -> bytes | None:
        """What comes next: None where nothing comes in time, b"" at the end."""
        if not select.select([self._out], [], [], max(0.0, seconds))[0]:
            return None
        try:
            return os.read(self._out, 65536)
        except OSError:
            # A pty says so when the other side has gone.
            return b""

    def _take(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace").replace("\r\n", "\n")
        self.said += text
        self._fresh += text

    def prompt(self, seconds: float = 30) -> tuple[str, str]:
        """Everything said since the last prompt, and the prompt that it waits at now ("" once it has ended)."""
        until = time.monotonic() + seconds
        while (turn := self.turn(until - time.monotonic())) is None:
            assert time.monotonic() < until, f"nothing more came after: {self._fresh[-500:]!r}"
        return turn

    def turn(self, seconds: float = 30) -> tuple[str, str] | None:
        """The same, or None where no prompt comes in time or with what came next."""
        if PROMPT.search(self._fresh) is None:
            data = self.read(seconds)
            if data is None:
                return None
            if not data:
                self.process.wait(10)
                return self._fresh, ""
            self._take(data)
        found = PROMPT.search(self._fresh)
        if found is None:
            return None
        said, self._fresh = self._fresh, ""
        return said, found[1]

    def answer(self, line: str) -> None:
        self.paste(line + "\n")

    def expect(self, part: str, reply: str) -> str:
        """Wait for a prompt that holds `part`, answer it, and return what was said before it."""
        said, prompt = self.prompt()
        assert part in prompt, f"expected a prompt with {part!r}, got {prompt!r} after {said[-800:]!r}"
        self.answer(reply)
        return said

    def paste(self, text: str) -> None:
        """All of it at once, before the program has read a line."""
        os.write(self._in, text.encode())

    def interrupt(self) -> None:
        self.interrupted = True
        self.process.send_signal(signal.SIGINT)

    def end(self) -> tuple[str, int]:
        """No more input: the rest of what is said, and the exit code."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        silent = 0
        while True:
            data = self.read(10)
            if data is None:
                # A busy machine may not be at its prompt yet, where readline begins to look for signals: a person
                # presses Ctrl-C once more.
                silent += 1
                assert silent <= 3, "the program does not end"
                if self.interrupted:
                    self.interrupt()
                elif self._pty:
                    # What is typed before readline has the terminal is not a Ctrl-D for it.
                    self.paste("\x04")
                continue
            if not data:
                break
            self._take(data)
        code = self.process.wait(10)
        self.close()
        return self._fresh, code

    def kill(self) -> None:
        """As a power cut would: then what had been said by then is read."""
        self.process.kill()
        self.process.wait(10)
        while data := self.read(0):
            self._take(data)
        self.close()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        if self.process.stdin is None and self._in >= 0:
            os.close(self._in)
        self._in = self._out = -1


@pytest.fixture
def talk():
    """Starts conversations, and ends those that are still running."""
    started: list[Conversation] = []

    def start(*arguments, pty: bool = False, prelude: str = "", **env: str) -> Conversation:
        started.append(Conversation(*map(str, arguments), pty=pty, env=env, prelude=prelude))
        return started[-1]

    yield start
    for conversation in started:
        conversation.close()


@pytest.fixture
def begin(packet, talk):
    """Starts the line-by-line front and gives the decision on the first item, up to the comment of its form."""

    def start(decision: str = "a", **options) -> Conversation:
        conversation = talk(packet, "--plain", **options)
        conversation.expect("Enter begins", "")
        conversation.expect("? keys", decision)
        if decision == "r":
            conversation.expect("core reason", "1")
        for part, reply in (("How far", "70"), ("How sure", "5"), ("Minutes", "9")):
            conversation.expect(part, reply)
        return conversation

    return start


class Replies:
    """Answers every prompt of the line-by-line front from a plan: number of the item → fields."""

    def __init__(self, plan: dict[int, dict[str, str]]) -> None:
        self._plan = plan
        self._number = 0
        self._comment: list[str] = []

    def __call__(self, said: str, prompt: str) -> str:
        for number in re.findall(r"== Item (\d+) of", said):
            self._number = int(number)
        if "Enter begins" in prompt:
            return ""
        if "f finishes" in prompt:
            return "f"
        fields = self._plan[self._number]
        if prompt == "> ":
            return self._next_comment_line(said, fields.get("comment", ""))
        for part, reply in self._replies(fields):
            if part in prompt:
                return reply
        raise AssertionError(f"no reply to {prompt!r} after {said[-300:]!r}")

    def _next_comment_line(self, said: str, comment: str) -> str:
        if "Comment, if you like" in said:
            lines = comment.split("\n") if comment else []
            standing = said.partition("It stands as below")[2]
            self._comment = [line for line in lines if f"  {line}\n" not in standing]
        return self._comment.pop(0) if self._comment else "."

    @staticmethod
    def _replies(fields: dict[str, str]) -> tuple[tuple[str, str], ...]:
        return (
            ("a, r or s (? keys)", {"accept": "a", "request_changes": "r", "skip": "s"}[fields["decision"]]),
            ("c corrects", ""),
            ("Why do you skip", fields.get("skip_reason", "")),
            ("core reason", fields.get("reason", "")),
            ("How far", fields.get("progress", "")),
            ("How sure are you of that", fields.get("guess_confidence", "")),
            ("How sure", fields.get("confidence", "")),
            ("Minutes", fields.get("baseline_minutes", "")),
            ("y goes on to it", "y"),
            ("Who may have written", fields.get("guess", "")),
            ("Do you know", fields.get("recognised", "")),
            ("y saves", "y"),
        )


@pytest.fixture
def replies():
    """`replies(plan)`: a function from what was said and the prompt to the next line."""

    def make(plan) -> Replies:
        return Replies(dict(enumerate(plan, start=1)))

    return make


@pytest.fixture(scope="session")
def strike():
    """`strike(pilot, "a", "?", "ctrl+s")`: keys for the full-screen front, each seen to before the next.

    The pilot's own `press` waits until the machine is idle, at each key, which a busy one never is.
    """
    from textual import events
    from textual.keys import _character_to_key

    async def go(pilot, *keys: str) -> None:
        for key in keys:
            mark = " " if key == "space" else key if len(key) == 1 else None
            pilot.app.post_message(events.Key(key if mark is None else _character_to_key(mark), mark))
            await pilot._wait_for_screen()
            while not (pilot.app.keyboard.idle or pilot.app._exit):
                await asyncio.sleep(0.001)
        await pilot._wait_for_screen()
        pilot.app.screen._on_timer_update()

    return go

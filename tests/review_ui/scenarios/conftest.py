"""Two pairs of hands for the same scenarios: one types lines to a real process, one presses keys in the app."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from mergecheck.packet.answers import read_answers
from mergecheck.packet.events import EventType
from mergecheck.packet.form import GUIDELINES, Form
from mergecheck.packet.format import Manifest, text_digest
from mergecheck.packet.trees import folders_of
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Front, Hunk, Kind, Side
from review_ui.app import ReviewApp
from review_ui.desk import Desk
from review_ui.screens.comment import CommentScreen
from review_ui.screens.end import EndScreen
from review_ui.screens.guess import GuessScreen
from review_ui.screens.items import Rows
from review_ui.screens.pause import PauseScreen
from review_ui.screens.reading import ReadingScreen
from review_ui.screens.review import ReviewScreen
from review_ui.screens.tree import FileScreen
from review_ui.screens.verdict import VerdictScreen
from review_ui.widgets.diff_view import DiffView

TREE = {
    "README.md": "# Baskets\n",
    "src/basket.py": "def total(prices):\n    result = None\n    return result\n",
    "src/deep/coupon.py": "needle = 1\nother = 2\n",
}
OLD = TREE["src/basket.py"]
ISSUES = ("Total of nothing is None\n\nIt should be zero.\n", "Coupons are lost\n\nThey should stay.\n")
FORM = Form()
ORDER = ("a", "r", "s")
DECISIONS = {"a": "accept", "r": "request_changes", "s": "skip"}
AUTHORS = {"h": "1", "a": "2", "c": "3"}
KNOWN = {"n": "1", "f": "2", "y": "3"}
NOT_ANSWERS = {
    EventType.TIME, EventType.OPENED, EventType.LEFT, EventType.FOCUS_LOST, EventType.FOCUS_GAINED,
}  # fmt: skip

Where = tuple[Any, ...]
"""() on the change, (file,) on a file by its number, (file, line) or (file, first, last) on lines of its text."""


def change(variant: int) -> CanonicalChange:
    new = OLD.replace("None", f"{variant}")
    lines = (" def total(prices):", "-    result = None", f"+    result = {variant}", "     return result")
    basket = FileChange(
        "src/basket.py", Kind.MODIFIED, old_text=OLD, new_text=new, old_digest="1", new_digest=f"2{variant}",
        hunks=(Hunk(1, 3, 1, 3, lines),),
    )  # fmt: skip
    added = Hunk(0, 0, 1, 2, ("+one = 1", "+two = 2"))
    more = FileChange("src/more.py", Kind.ADDED, new_text="one = 1\ntwo = 2\n", new_digest="5", hunks=(added,))
    return CanonicalChange(str(variant), (basket, more))


def write_story_packet(path: Path) -> Path:
    """Four items in two waves: the third is the first again, the fourth of the second one's issue."""
    root, texts = folders_of({name: text_digest(text) for name, text in TREE.items()})
    texts = {**texts, **{text_digest(text): text for text in TREE.values()}}
    made = []
    for position, variant in enumerate((0, 1, 0, 2), start=1):
        assignment = Assignment(f"blind-{position}", "fox", "c", 1, (position + 1) // 2, position)
        issue = ISSUES[(position - 1) % 2]
        item, used = make_item(assignment, Candidate("i", change(variant)), "acme/shop", issue, root)
        made.append(item)
        texts |= used
    manifest = Manifest(
        format=3, study_id="s", study="Shop", reviewer="fox", round=1, rules="1", waves=2, form=FORM,
        guidelines=GUIDELINES, items=(),
    )  # fmt: skip
    path.parent.mkdir(parents=True)
    write_packet(path, manifest, made, texts)
    return path


def answers_of(packet: Path) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What was answered: type, item and body of each event, with comments numbered instead of named."""
    names: dict[str, str] = {}
    told = []
    for event in read_answers(packet.with_name("fox.answers.jsonl")).events:
        if event.type in NOT_ANSWERS:
            continue
        body = dict(event.body)
        if "comment_id" in body:
            body["comment_id"] = names.setdefault(body["comment_id"], str(len(names) + 1))
        told.append((event.type.value, event.item, body))
    return told


class PlainHands:
    """Lines, to `mergecheck review PACKET --plain`."""

    front = Front.PLAIN

    def __init__(self, packet: Path, talk: Callable[..., Any]) -> None:
        self.packet = packet
        self._talk = talk
        self._prompt = ""
        self._fields: dict[str, str] = {}

    @asynccontextmanager
    async def session(self) -> AsyncIterator[str]:
        """A start of the program, up to the item; gives what is said of it."""
        self._process = self._talk(self.packet, "--plain")
        said, self._prompt = self._process.prompt()
        assert "Enter begins" in self._prompt
        yield said + self._type("")
        if self._process.process.poll() is None:
            self._type("q")
        said, code = self._process.end()
        assert code == 0, said

    def _type(self, line: str) -> str:
        self._process.answer(line)
        said, self._prompt = self._process.prompt()
        return said

    @property
    def _at_item(self) -> bool:
        return "? keys" in self._prompt

    async def verdict(self, key: str, *, missing: str = "", **fields: str) -> str:
        """Give a verdict; first without the field that is missing. Returns what was said."""
        assert self._at_item, self._prompt
        return self._fill(key, fields, missing)

    async def revise(self, decision: str, **fields: str) -> str:
        assert self._at_item, self._prompt
        return self._fill("c", {**fields, "decision": decision}, "")

    correct = revise

    def _fill(self, key: str, fields: dict[str, str], missing: str) -> str:
        said = self._type(key)
        while not self._at_item and "f finishes" not in self._prompt:
            name = self._field(said)
            if name == missing:
                missing = ""
                complaint = self._type("")
                assert "Saved." not in complaint
                said = said + complaint
                assert self._field(complaint) == name
            if self._prompt == "> ":
                for line in [*fields.get(name, "").split("\n"), "."] if name in fields else [""]:
                    said += self._type(line)
            elif name in ("reason", "skip_reason"):
                choices = FORM.reasons if name == "reason" else FORM.skip_reasons
                number = [choice.key for choice in choices].index(fields[name]) + 1
                said += self._type(str(number))
            else:
                said += self._type(fields.get(name, ""))
        return said

    def _field(self, said: str) -> str:
        asked = (
            ("Decision (a", "decision"), ("Why do you skip", "skip_reason"), ("core reason", "reason"),
            ("How far", "progress"), ("How sure", "confidence"), ("Minutes", "minutes"),
        )  # fmt: skip
        if self._prompt == "> ":
            return "why" if said.rfind("Why does your verdict") > said.rfind("Comment, if you like") else "comment"
        return next(name for part, name in asked if part in self._prompt)

    async def guess(self, author: str, sure: str, known: str) -> str:
        said = self._type("y")
        replies = (
            ("Who may", author),
            ("How sure are you of that", sure),
            ("Do you know", known),
            ("y saves", "y"),
        )
        for part, reply in replies:
            if part in self._prompt and reply:
                said += self._type(reply)
        return said

    async def undo(self) -> str:
        return self._type("u")

    async def comment(self, where: Where, text: str, *, save: bool = True) -> str:
        self._type("m")
        if where:
            self._type(str(where[0]))
        self._type("-".join(map(str, where[1:])))
        for line in text.split("\n"):
            self._type(line)
        return self._type("." if save else ":x")

    async def save_begun_comment(self) -> str:
        self._type("m")
        return self._type("")

    async def edit_comment(self, number: int, more: str) -> str:
        self._type("o")
        self._type(f"e{number}")
        self._type(more)
        return self._type(".")

    async def delete_comment(self, number: int) -> str:
        self._type("o")
        self._type(f"x{number}")
        return self._type("y")

    async def pause(self) -> str:
        self._type("p")
        said = self._prompt
        self._type("")
        return said

    async def items(self) -> str:
        said = self._type("l")
        self._type("")
        return said

    async def go_to(self, number: int) -> str:
        self._type("l")
        return self._type(str(number))

    async def search(self, text: str) -> int:
        self._type("/")
        counts = re.findall(r"^\[\d+/(\d+)\] +\d", self._type(text), re.MULTILINE)
        return int(counts[0]) if counts else 0

    async def viewed(self, file: int) -> str:
        self._type("w")
        return self._type(str(file))

    async def find_file(self, words: str) -> str:
        self._type("t")
        self._type(words)
        return self._type("1") + self._type("")

    async def search_repository(self, text: str) -> str:
        self._type("t")
        said = self._type(f"/{text}")
        return said + self._type("1") + self._type("")

    async def issue(self) -> str:
        return self._type("i")

    async def guidelines(self) -> str:
        return self._type("g")

    async def finish(self) -> str:
        self._process.answer("f")
        said, self._prompt = self._process.prompt()
        assert self._prompt == ""
        return said

    async def end(self) -> str:
        """What stands at the end of the queue."""
        assert "f finishes" in self._prompt or "l lists the items (c corrects" in self._prompt
        return self._process.said


class ScreenHands:
    """Keys, to the app."""

    front = Front.FULL_SCREEN

    def __init__(self, packet: Path, strike: Callable[..., Any]) -> None:
        self.packet = packet
        self._strike = strike
        self._pilot: Pilot[None]

    @property
    def app(self) -> ReviewApp:
        app = self._pilot.app
        assert isinstance(app, ReviewApp)
        return app

    @asynccontextmanager
    async def session(self) -> AsyncIterator[str]:
        with Desk.open(self.packet, front=self.front) as desk:
            try:
                async with ReviewApp(desk).run_test(size=(120, 40)) as self._pilot:
                    await self._pilot.pause()
                    said = self._seen()
                    await self._press("enter")
                    said += self._seen()
                    await self._to_change()
                    yield said + self._seen()
                    await self._press("q")
            finally:
                desk.leave()

    def _seen(self) -> str:
        return "\n".join(line.text for line in self.app.screen._compositor.render_strips())

    async def _press(self, *keys: str) -> str:
        await self._strike(self._pilot, *keys)
        await self._pilot.pause()
        return self._seen()

    async def _write(self, text: str) -> None:
        names = {" ": "space", "\n": "enter"}
        await self._press(*(names.get(mark, mark) for mark in text))

    async def _to_change(self) -> None:
        # Where there is no room beside the change, the issue of an item that is new is over it.
        if isinstance(self.app.screen, ReadingScreen):
            await self._press("escape")

    async def verdict(self, key: str, *, missing: str = "", **fields: str) -> str:
        await self._press(key)
        assert isinstance(self.app.screen, VerdictScreen), self._seen()
        complaint = ""
        if missing:
            await self._fill({name: text for name, text in fields.items() if name != missing})
            complaint = await self._press("ctrl+s")
            assert "NOT saved" in complaint
            assert isinstance(self.app.screen, VerdictScreen)
            fields = {missing: fields[missing]}
        await self._fill(fields)
        return complaint + await self._save(skips=key == "s")

    async def revise(self, decision: str, **fields: str) -> str:
        await self._press("d")
        assert isinstance(self.app.screen, VerdictScreen), self._seen()
        await self._fill({"decision": decision, **fields})
        return await self._save(skips=False)

    async def correct(self, decision: str, **fields: str) -> str:
        said = await self.revise(decision, **fields)
        said += await self._press("y")
        await self._to_change()
        return said

    async def _save(self, *, skips: bool) -> str:
        said = await self._press("ctrl+s")
        assert "Saved: " in said, said
        if skips:
            said += await self._press("y")
            await self._to_change()
        return said

    async def _fill(self, fields: dict[str, str]) -> None:
        for name, text in fields.items():
            id_ = f"field-{'baseline_minutes' if name == 'minutes' else name}"
            for _ in range(20):
                if self.app.focused is not None and self.app.focused.id == id_:
                    break
                await self._press("tab")
            else:
                raise AssertionError(f"no field {name} in {self._seen()}")
            if name == "decision":
                await self._press(str(ORDER.index(text) + 1))
            elif name in ("reason", "skip_reason"):
                choices = FORM.reasons if name == "reason" else FORM.skip_reasons
                await self._press(str([choice.key for choice in choices].index(text) + 1))
            else:
                if not isinstance(self.app.focused, TextArea):
                    await self._press("ctrl+a", "ctrl+k")
                await self._write(text)

    async def guess(self, author: str, sure: str, known: str) -> str:
        await self._press("y")
        assert isinstance(self.app.screen, GuessScreen), self._seen()
        await self._press(AUTHORS[author], "tab")
        await self._write(sure)
        if sure:
            await self._press("tab")
        said = await self._press(KNOWN[known], "ctrl+s")
        assert "Saved. " in said, said
        said += await self._press("y")
        await self._to_change()
        return said

    async def undo(self) -> str:
        return await self._press("u", "y")

    def _view(self) -> DiffView:
        return self.app.screen.query_one(DiffView)

    async def _go_line(self, file: int, line: int) -> None:
        for _ in range(40):
            if self._view().line() == (file - 1, Side.NEW, line):
                return
            await self._press("j")
        raise AssertionError(f"no line {line} of file {file}")

    async def _go_file(self, file: int) -> None:
        await self._press("home", *["}"] * file)
        assert self._view().file == file - 1

    async def comment(self, where: Where, text: str, *, save: bool = True) -> str:
        match where:
            case ():
                await self._press("W")
            case (file,):
                await self._go_file(file)
                await self._press("C")
            case (file, line):
                await self._press("home")
                await self._go_line(file, line)
                await self._press("c")
            case (file, first, last):
                await self._press("home")
                await self._go_line(file, first)
                await self._press("v")
                await self._go_line(file, last)
                await self._press("c")
        assert isinstance(self.app.screen, CommentScreen), self._seen()
        await self._write(text)
        return await self._press("ctrl+s" if save else "escape")

    async def save_begun_comment(self) -> str:
        assert isinstance(self.app.screen, CommentScreen), self._seen()
        return await self._press("ctrl+s")

    async def edit_comment(self, number: int, more: str) -> str:
        await self._press("x", *["j"] * (number - 1), "e", *["down"] * 9, "end", "enter")
        await self._write(more)
        await self._press("ctrl+s")
        return await self._press("escape")

    async def delete_comment(self, number: int) -> str:
        await self._press("x", *["j"] * (number - 1), "D", "y")
        return await self._press("escape")

    async def pause(self) -> str:
        said = await self._press("p")
        assert isinstance(self.app.screen, PauseScreen)
        await self._press("enter")
        return said

    async def items(self) -> str:
        said = await self._press("l")
        await self._press("escape")
        return said

    async def go_to(self, number: int) -> str:
        await self._press("l")
        while self.app.screen.query_one(Rows).highlighted != number - 1:
            await self._press("j")
        await self._press("enter")
        await self._to_change()
        return self._seen()

    async def search(self, text: str) -> int:
        await self._press("/")
        await self._write(text)
        counts = re.findall(r"\[\d+/(\d+)\]", await self._press("enter"))
        await self._press("escape")
        return int(counts[0]) if counts else 0

    async def viewed(self, file: int) -> str:
        await self._go_file(file)
        return await self._press("m")

    async def find_file(self, words: str) -> str:
        await self._press("ctrl+o")
        await self._write(words)
        return await self._opened()

    async def search_repository(self, text: str) -> str:
        await self._press("S")
        await self._write(text)
        said = await self._press("enter")
        await self.app.workers.wait_for_complete()
        await self._pilot.pause()
        return said + self._seen() + await self._opened()

    async def _opened(self) -> str:
        said = await self._press("enter")
        assert isinstance(self.app.screen, FileScreen), said
        await self._press("escape")
        assert isinstance(self.app.screen, ReviewScreen)
        return said

    async def issue(self) -> str:
        said = await self._press("i")
        await self._press("escape")
        return said

    async def guidelines(self) -> str:
        said = await self._press("g")
        await self._press("escape")
        return said

    async def finish(self) -> str:
        assert isinstance(self.app.screen, EndScreen)
        return await self._press("f", "y")

    async def end(self) -> str:
        assert isinstance(self.app.screen, EndScreen), self._seen()
        return self._seen()


Hands = PlainHands | ScreenHands


@pytest.fixture
def hands_of(tmp_path: Path, talk: Callable[..., Any], strike: Callable[..., Any]) -> Callable[[Front], Hands]:
    """Hands for a front, over a packet of their own."""

    def make(front: Front) -> Hands:
        packet = write_story_packet(tmp_path / front.value / "fox.zip")
        return PlainHands(packet, talk) if front is Front.PLAIN else ScreenHands(packet, strike)

    return make


@pytest.fixture
def told() -> Callable[[Path], list[tuple[str, str | None, dict[str, Any]]]]:
    """What is in the answers beside a packet: the events that the frames are made of."""
    return answers_of


@pytest.fixture
def drafts_of() -> Callable[[Path], dict[str, dict[str, str]]]:
    """The unfinished answers beside a packet: key → fields."""

    def read(packet: Path) -> dict[str, dict[str, str]]:
        path = packet.with_name("fox.drafts.json")
        if not path.exists():
            return {}
        drafts = json.loads(path.read_text())["drafts"].items()
        # What a comment becomes is a random name.
        return {key: {**draft["fields"], "becomes": ""} for key, draft in drafts}

    return read

"""The real app over a real packet, driven by Textual's pilot."""

import asyncio
import difflib
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from mergecheck.packet.form import GUIDELINES, Form
from mergecheck.packet.format import Manifest, PacketHunk, text_digest
from mergecheck.packet.trees import folders_of
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Front, Hunk, Kind
from review_ui.app import ReviewApp
from review_ui.choices import Choices
from review_ui.desk import Desk
from review_ui.keymap import Keys
from review_ui.widgets.diff_view import DiffView

OLD = "".join(f"line {number}\n" for number in range(1, 101))
NEW = OLD.replace("line 10\n", "line ten\n").replace("line 60\n", "line sixty\nline sixty and a half\n")
HUNKS = (
    Hunk(
        7, 7, 7, 7, (" line 7", " line 8", " line 9", "-line 10", "+line ten", " line 11", " line 12", " line 13")
    ),
    Hunk(
        57,
        7,
        57,
        8,
        (
            " line 57",
            " line 58",
            " line 59",
            "-line 60",
            "+line sixty",
            "+line sixty and a half",
            " line 61",
            " line 62",
            " line 63",
        ),
    ),
)
CODE_OLD = 'def width(row):\n    """How wide."""\n    return len(row)\n'
CODE_NEW = 'def width(row):\n    """How wide."""\n    return max(row)  # ' + "§" * 200 + "\n\tx = '漢字\x1b[31m'\n"
CODE_HUNK = Hunk(
    1,
    3,
    1,
    4,
    (
        " def width(row):",
        '     """How wide."""',
        "-    return len(row)",
        *("+" + line for line in CODE_NEW.split("\n")[2:4]),
    ),
)


def change(variant: int) -> CanonicalChange:
    lines = FileChange(
        "docs/lines.txt",
        Kind.MODIFIED,
        old_text=OLD,
        new_text=NEW,
        old_digest="1",
        new_digest=f"2{variant}",
        hunks=HUNKS,
    )
    code = FileChange(
        "src/pack/table.py",
        Kind.MODIFIED,
        old_text=CODE_OLD,
        new_text=CODE_NEW,
        old_digest="3",
        new_digest="4",
        hunks=(CODE_HUNK,),
    )
    added = Hunk(0, 0, 1, 1, ("+one = 1", "\\"))
    new = FileChange("src/pack/util.py", Kind.ADDED, new_text="one = 1", new_digest="5", hunks=(added,))
    return CanonicalChange("1", (lines, code, new))


@pytest.fixture
def packet(make_packet) -> Path:
    return make_packet(made_by=change)


@pytest.fixture
def drive(packet) -> Callable[..., ReviewApp]:
    """Runs `script(pilot)` in the app over a packet; then the desk is left, as the command does it."""

    def run(
        script: Callable[[Pilot], Awaitable[None]],
        *,
        size: tuple[int, int] = (120, 40),
        choices: Choices | None = None,
        keys: Keys | None = None,
        path: Path = packet,
    ) -> ReviewApp:
        async def main() -> ReviewApp:
            with Desk.open(path, front=Front.FULL_SCREEN) as desk:
                app = ReviewApp(desk, keys, choices)
                try:
                    async with app.run_test(size=size) as pilot:
                        await pilot.pause()
                        await script(pilot)
                finally:
                    desk.leave()
                return app

        return asyncio.run(main())

    return run


class Screenful:
    """What stands on the screen, as text."""

    def __init__(self, app: ReviewApp) -> None:
        self._app = app

    def __call__(self) -> str:
        width, height = self._app.size
        lines = self._app.screen._compositor.render_strips()
        assert len(lines) == height
        assert all(line.cell_length == width for line in lines)
        return "\n".join(line.text for line in lines)


@pytest.fixture
def screenful():
    return lambda app: Screenful(app)()


@pytest.fixture
def press(strike):
    """`press(pilot, "a", "text:some words", …)`: keys one by one, each seen to before the next."""

    async def go(pilot: Pilot, *keys: str) -> None:
        for key in keys:
            if key.startswith("text:"):
                await strike(pilot, *key.removeprefix("text:"))
            else:
                await strike(pilot, key)
        await pilot.pause()

    return go


@pytest.fixture
def view():
    return lambda app: app.screen.query_one(DiffView)


@pytest.fixture
def hunk_of():
    return lambda hunk: PacketHunk.of(hunk)


SAMPLES = Path(__file__).resolve().parents[3] / "samples"
TIDES = (
    ("34-open-windows", ("34-open-windows/golden", "17-hole-in-the-middle/golden", "38-wide-names/golden")),
    ("21-after-midnight", ("21-after-midnight/golden",)),
    ("34-open-windows", ("34-open-windows/attempts/2026-heron",)),
)
"""Items of the packet of tides: an issue of the sample study, and the patches that make the change."""


def library(folder: Path) -> dict[str, str]:
    """Path → text of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def hunks_between(old: str, new: str) -> tuple[Hunk, ...]:
    """The hunks of two texts that end in a line's end, three lines of context around each."""
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    hunks = []
    for group in matcher.get_grouped_opcodes(3):
        lines: list[str] = []
        for tag, a, b, c, d in group:
            if tag == "equal":
                lines += [f" {line}" for line in before[a:b]]
                continue
            lines += [f"-{line}" for line in before[a:b]] + [f"+{line}" for line in after[c:d]]
        (_, a, _, c, _), (_, _, b, _, d) = group[0], group[-1]
        hunks.append(Hunk(a + 1, b - a, c + 1, d - c, tuple(lines)))
    return tuple(hunks)


def patched(base: dict[str, str], patches: tuple[str, ...], folder: Path) -> CanonicalChange:
    """What patches of the sample study make of its library, tests and change log left out."""
    for path, text in base.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for patch in patches:
        command = ["git", "apply", "--include=tidemark/*", str(SAMPLES / f"issues/{patch}.patch")]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = library(folder)
    files = [
        FileChange(
            path,
            Kind.MODIFIED,
            old_text=text,
            new_text=after[path],
            old_digest=text_digest(text),
            new_digest=text_digest(after[path]),
            hunks=hunks_between(text, after[path]),
        )
        for path, text in base.items()
        if after[path] != text
    ]
    return CanonicalChange("1", tuple(files))


@pytest.fixture(scope="session")
def tides_once(tmp_path_factory) -> Path:
    base = library(SAMPLES / "library")
    root, folders = folders_of({path: text_digest(text) for path, text in base.items()})
    texts = {**folders, **{text_digest(text): text for text in base.values()}}
    items = []
    for position, (issue, patches) in enumerate(TIDES, start=1):
        change = patched(base, patches, tmp_path_factory.mktemp("library"))
        assignment = Assignment(f"blind-{position}", "fox", "c", 1, 1 if position < 3 else 2, position)
        said = (SAMPLES / f"issues/{issue}/issue.md").read_text(encoding="utf-8")
        item, more = make_item(assignment, Candidate("i", change), "harbour/tidemark", said, root)
        items.append(item)
        texts |= more
    manifest = Manifest(
        format=3, study_id="tides", study="Would it be merged? The tides", reviewer="fox", round=1, rules="1",
        waves=2, form=Form(), guidelines=GUIDELINES, items=(),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tides") / "tides-fox.zip"
    write_packet(path, manifest, items, texts)
    return path


@pytest.fixture
def tides(tides_once, tmp_path) -> Callable[[], Path]:
    """Gives packets of the sample study's texts, each in a folder of its own, the same on every machine."""
    made = iter(range(1, 1000))

    def copy() -> Path:
        folder = tmp_path / f"tides-{next(made)}"
        folder.mkdir()
        path = folder / tides_once.name
        path.write_bytes(tides_once.read_bytes())
        return path

    return copy

"""A whole session on a packet of a real study: nothing that it leaves names a source, a grade or an instance.

The study has tell-tale names for all of them. Searched are the bytes that the terminal got (screen, title and
clipboard are among them), every file that was made, what a defect prints, and what `ps` shows.
"""

import re
import shutil
import sys
import time
from pathlib import Path

import pytest

from mergecheck.packet.form import Form
from mergecheck.packet.format import Manifest
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Hunk, Kind

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
fronts = pytest.mark.parametrize("option", ["--plain", ""], ids=["plain", "full_screen"])
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78])")
HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b]52;c;b3duZWQ=\x07 \u202ereversed\u202c \x9b1mwide\u200b\x00\x08end"
)
OBEYED = (
    b"\x1b]0;owned", b"\x1b]52;c;b3du", b"\x00", b"\x9b1m",
    *(mark.encode() for mark in ("\u202e", "\u202c", "\u200b", "\x9b")),
)  # fmt: skip


@pytest.fixture
def hostile(tmp_path) -> Path:
    """A packet with escapes, controls and overrides in issue, path, code, guidelines and names."""
    line = f"x = '{HOSTILE}'"
    hunk = Hunk(1, 1, 1, 1, ("-x = 1", f"+{line}"))
    file = FileChange(
        f"src/{HOSTILE.replace('/', '')}.py", Kind.MODIFIED, old_text="x = 1\n", new_text=line + "\n",
        old_digest="1", new_digest="2", hunks=(hunk,),
    )  # fmt: skip
    made, texts = [], {}
    for position in (1, 2):
        item, more = make_item(
            Assignment(f"blind-{position}", "fox", "c", 1, 1, position),
            Candidate("i", CanonicalChange("1", (file,))),
            f"acme/{HOSTILE}", f"Title {HOSTILE}\n\nText {HOSTILE}\n\n```\n{HOSTILE}\n```\n",
        )  # fmt: skip
        made.append(item)
        texts |= more
    manifest = Manifest(
        study_id="s", study=f"Study {HOSTILE}", reviewer="fox", round=1, rules="1", waves=1, form=Form(),
        guidelines=f"Look {HOSTILE} well.", items=(),
    )  # fmt: skip
    path = tmp_path / "hostile" / "fox.zip"
    path.parent.mkdir()
    write_packet(path, manifest, made, texts)
    return path


class Session:
    """The real command in a terminal, driven by what it shows."""

    def __init__(self, talk, packet, option, home, prelude=""):
        self.option = option
        self.raw = b""
        self.seen = ""
        self._talk = talk(
            packet, *([option] if option else []), pty=True, prelude=prelude, XDG_CONFIG_HOME=home / "config",
            TMPDIR=home / "tmp", HOME=home, LINES="50", COLUMNS="160",
        )  # fmt: skip

    @property
    def pid(self):
        return self._talk.process.pid

    def read(self, seconds=10.0):
        data = self._talk.read(seconds)
        self.raw += data or b""
        self.seen += (data or b"").decode("utf-8", "replace")
        return data

    def type(self, keys, *expected):
        """Press keys and wait until one of the texts is on the screen; returns it."""
        self.seen = ""
        self._talk.paste(keys)
        return self.until(*expected)

    def until(self, *expected):
        end = time.monotonic() + 120
        while True:
            for text in expected:
                if text in self.seen:
                    return text
            assert time.monotonic() < end, f"none of {expected} in {ESCAPES.sub('', self.seen)[-3000:]!r}"
            assert self.read(end - time.monotonic()) != b"", f"ended before {expected}: {self.seen[-3000:]!r}"

    def end(self):
        while self.read(30):
            pass
        return self._talk.process.wait(20)


def look_around(session):
    """Issue, guidelines, comment, search, list, a skip, and out: everything that shows a text of the packet."""
    if session.option:
        session.until("Enter begins")
        session.type("\n", "(? keys): ")
        for key in ("i", "d", "g", "o"):
            session.type(f"{key}\n", "(? keys): ")
        session.type("/\n", "Search the change")
        session.type("x\n", "(? keys): ")
        session.type("m\n", "on the whole change: ")
        session.type("1\n", "on the whole file: ")
        session.type("1\n", "> ")
        session.type("why\n", "> ")
        session.type(".\n", "(? keys): ")
        session.type("s\n", "Why do you skip")
        session.type("3\n", "> ")
        session.type("\n", "(? keys): ")
        session.type("l\n", "Number of an item")
        session.type("\n", "(? keys): ")
        session._talk.paste("q\n")
    else:
        session.until("practise")
        session.type("\r", "next hunk")
        session.type("g", "Look")
        session.type("\x1b", "next hunk")
        session.type("jjjj", "line 1")
        session.type("Y", "copied")
        session.type("P", "copied the path")
        session.type("c", "Comment on")
        session.type("why\x13", "Saved: the comment")
        session.type("x", "1 comment")
        session.type("\x1b", "next hunk")
        session.type("/x\r", "[1/")
        session.type("s", "Verdict on item")
        session.type("3\x13", "Saved: ")
        session.type("l", "answered")
        session.type("\x1b", "next hunk")
        session._talk.paste("q")
    assert session.end() == 0


@fronts
def test_what_a_terminal_obeys_is_shown_and_never_sent(hostile, talk, tmp_path, option):
    (tmp_path / "tmp").mkdir()
    session = Session(talk, hostile, option, tmp_path)
    look_around(session)
    for bytes_ in OBEYED:
        assert bytes_ not in session.raw, bytes_
    # Our own title, clipboard and cursor sequences hold nothing of the packet's.
    for text in re.findall(rb"\x1b\]([^\x07\x1b]*)", session.raw):
        assert b"owned" not in text
    shown = session.raw.decode("utf-8", "replace")
    assert "␛" in shown
    assert "\\u202e" in shown


TELL_TALES = (
    "zebra", "brook-9000", "quagga", "otter-turbo", "okapi", "golden", "gold_patch", "unresolved", "resolved_ids",
    "inclusion", "harbour__tidemark", "tidemark-7", "tidemark-30", "tidemark-38", "tidemark-41",
)  # fmt: skip
STUDY = """
name = "Shop"
seed = 7
golden_share = 1.0
waves = "auto"

[benchmark]
source = "./benchmark"
repositories = ["harbour/tidemark"]
instances = ["harbour__tidemark-7", "harbour__tidemark-38"]
clone_url = "./repos/{repo}.git"

[[submissions]]
name = "2024-zebra"
path = "submissions/2024-brook"
model = "brook-9000"
released = 2024-03-12
agent = "quagga"

[[submissions]]
name = "2025-okapi"
path = "submissions/2025-otter"
model = "otter-turbo"
released = 2025-03-27
agent = "quagga"

[[reviewers]]
id = "fox"
repositories = ["harbour/tidemark"]
"""


@pytest.fixture(scope="module")
def told_packet(sample, shell_for, tmp_path_factory) -> Path:
    """The packet of a study whose submissions, models and agents have names like no others."""
    folder = tmp_path_factory.mktemp("told") / "study"
    shell = shell_for(folder.parent, sample / "repos")
    shell.run("init", str(folder))
    shell.study = folder
    for name in ("benchmark", "submissions", "repos"):
        (folder / name).symlink_to(sample / name)
    (folder / "study.toml").write_text(STUDY)
    shell.run("pull")
    shell.run("assign")
    (packet,) = (folder / "packets").glob("*.packet")
    return packet


@pytest.fixture
def handed_out(told_packet, tmp_path) -> Path:
    """It, alone in a folder; around it a home of its own."""
    for name in ("handed", "tmp", "config"):
        (tmp_path / name).mkdir()
    return Path(shutil.copy(told_packet, tmp_path / "handed"))


def told(raw: bytes) -> list[str]:
    return [name for name in TELL_TALES if name.encode() in raw.lower()]


def left(folder: Path) -> dict[str, bytes]:
    """Every file in it by its path, but the packet that was there."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".packet"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def as_typed(session, packet, option):
    command = Path(f"/proc/{session.pid}/cmdline").read_bytes().split(b"\0")[:-1]
    assert command[3:] == [str(packet).encode(), *([option.encode()] if option else [])]
    assert b"python" in Path(f"/proc/{session.pid}/comm").read_bytes()


@fronts
def test_nothing_that_a_session_shows_or_leaves_tells_where_a_change_is_from(handed_out, talk, tmp_path, option):
    assert told(b"2024-Zebra") == ["zebra"]
    session = Session(talk, handed_out, option, tmp_path)
    session.until("Enter begins" if option else "practise")
    as_typed(session, handed_out, option)
    if option:
        session.type("p\n", "(? keys): ")
        session.type("q\n", "Enter begins")
        session.type("\n", "(? keys): ")
        for key, asked in (("t", "Parts of a path"), ("/def", "the number of a row"), ("", "(? keys): ")):
            session.type(f"{key}\n", asked)
        number = 0
        while session.type("s\n", "Why do you skip"):
            number += 1
            session.type("3\n", "> ")
            if session.type("\n", "f finishes", "(? keys): ") == "f finishes":
                break
        session.type("l\n", "Number of an item")
        session.type("\n", "f finishes")
        session._talk.paste("f\n")
    else:
        session.type("p", "next hunk")
        assert list((tmp_path / "tmp").rglob("practice.zip"))
        session.type("q", "practise")
        session._talk.paste("q")
    assert session.end() == 0
    if not option:
        session = Session(talk, handed_out, option, tmp_path)
        session.until("practise")
        session.type("\r", "next hunk")
        session.type("jjjjjj", "line ")
        session.type("P", "copied the path")
        session.type("l", "answered")
        session.type("\x1b", "next hunk")
        session.type("s", "Verdict on item")
        session.type("3\x13", "Saved: ")
        session._talk.paste("q")
        assert session.end() == 0
    assert b"harbour/tidemark" in session.raw
    assert told(session.raw) == []
    files = left(tmp_path)
    assert any(name.endswith(".answers.jsonl") for name in files)
    assert [name for name, raw in files.items() if told(name.encode() + raw)] == []
    # Nothing stays behind in the temporary folder.
    assert list((tmp_path / "tmp").iterdir()) == []


def test_what_a_defect_prints_tells_nothing(handed_out, talk, tmp_path):
    broken = (
        "from review_ui.screens.review import ReviewScreen\n"
        "def wrong(self):\n    secret = self.desk.issue(self.item)\n    raise RuntimeError('a defect')\n"
        "ReviewScreen.action_layout = wrong\n"
    )
    session = Session(talk, handed_out, "", tmp_path, prelude=broken)
    session.until("practise")
    session.type("\r", "next hunk")
    session._talk.paste("t")
    assert session.end() == 1
    after = session.raw.rpartition(b"\x1b[?1049l")[2]
    assert b"a defect" in after
    assert told(session.raw) == []
    assert {name for name, raw in left(tmp_path).items() if told(name.encode() + raw)} == set()
    assert b"blind" not in after
    assert not re.search(rb"assignment|blind-|[0-9a-f]{32}", after)

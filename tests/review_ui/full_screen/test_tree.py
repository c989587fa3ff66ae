"""The repository as it was: found, opened, searched; and files in the reviewer's own editor."""

import json
import stat
import sys
from pathlib import Path

import pytest

from mergecheck.packet.form import GUIDELINES, Form
from mergecheck.packet.format import Manifest, text_digest
from mergecheck.packet.trees import folders_of
from mergecheck.packet.write import make_item, write_packet
from mergecheck.records import Assignment, Candidate, CanonicalChange, FileChange, Hunk, Kind
from review_ui import scratch
from review_ui.diff.find import matching
from review_ui.screens.review import ReviewScreen
from review_ui.screens.tree import FileScreen, FinderScreen, TreeSearchScreen

FILES = {
    "README.md": "# Tables\n",
    "src/table.py": "".join(f"row_{number} = {number}\n" for number in range(1, 200)),
    "src/deep/\x1b[2Jodd.py": "needle = 1\n",
    "src/deep/other.py": "import table\nNeedle = 2\n",
    "src/long.txt": "short\n    " + "so it goes on and on " * 12 + "to the end of it" + " and beyond" * 9 + "\n",
}


@pytest.fixture
def with_tree(tmp_path) -> Path:
    """A packet of one item with its base tree."""
    root, texts = folders_of({path: text_digest(text) for path, text in FILES.items()})
    texts = {**texts, **{text_digest(text): text for text in FILES.values()}}
    hunk = Hunk(1, 1, 1, 1, ("-row_1 = 1", "+row_1 = 2"))
    new = FILES["src/table.py"].replace("row_1 = 1\n", "row_1 = 2\n", 1)
    file = FileChange(
        "src/table.py",
        Kind.MODIFIED,
        old_text=FILES["src/table.py"],
        new_text=new,
        old_digest="1",
        new_digest="2",
        hunks=(hunk,),
    )
    item, more = make_item(
        Assignment("one", "fox", "c", 1, 1, 1),
        Candidate("i", CanonicalChange("1", (file,))),
        "acme/tables",
        "An issue",
        root,
    )
    manifest = Manifest(
        format=3, study_id="s", study="Tables", reviewer="fox", round=1, rules="1", waves=1, form=Form(),
        guidelines=GUIDELINES, items=(),
    )  # fmt: skip
    path = tmp_path / "tree.zip"
    write_packet(path, manifest, [item], {**texts, **more})
    return path


def test_a_file_is_found_opened_and_searched(with_tree, drive, press, screenful, view):
    async def script(pilot):
        await press(pilot, "enter", "escape", "ctrl+o")
        assert isinstance(pilot.app.screen, FinderScreen)
        assert "5 files" in screenful(pilot.app)
        assert "␛[2Jodd.py" in screenful(pilot.app)
        await press(pilot, "text:src tab", "enter")
        assert isinstance(pilot.app.screen, FileScreen)
        assert "row_1 = 1" in screenful(pilot.app), "as it was before the change"
        await press(pilot, "/", "text:row_150", "enter")
        assert view(pilot.app).line()[2] == 150
        assert "[1/1] row_150" in screenful(pilot.app)
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, ReviewScreen)

    drive(script, path=with_tree)


def test_each_line_that_is_found_has_one_row_with_what_was_found(with_tree, drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "S", "text:the end", "enter")
        (row,) = [line for line in screenful(pilot.app).splitlines() if "long.txt" in line]
        assert "src/long.txt:2" in row
        assert "the end" in row
        assert "1 line" in screenful(pilot.app)

    drive(script, path=with_tree, size=(80, 24))


def test_all_files_are_searched(with_tree, drive, press, screenful, view):
    async def script(pilot):
        await press(pilot, "enter", "escape", "S", "text:needle", "enter")
        await pilot.pause(0.3)
        assert isinstance(pilot.app.screen, TreeSearchScreen)
        assert "2 lines" in screenful(pilot.app)
        await press(pilot, "down", "enter")
        await pilot.pause()
        assert view(pilot.app).line()[2] == 2
        assert "Needle = 2" in screenful(pilot.app)

    drive(script, path=with_tree)


def test_without_trees_there_is_nothing_to_find(drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter", "escape", "ctrl+o", "S")
        assert isinstance(pilot.app.screen, ReviewScreen)
        await press(pilot, "?", "text:repository")
        assert "Ctrl+O" not in screenful(pilot.app)

    drive(script)


def test_the_likeliest_path_comes_first():
    paths = ["docs/table.md", "src/table.py", "src/table_rows.py", "tests/test_table.py", "src/rows.py"]
    assert matching(paths, "table py") == ["src/table.py", "src/table_rows.py", "tests/test_table.py"]
    assert matching(paths, "") == paths
    assert matching(paths, "nothing") == []


EDITOR = """#!{python}
import json, os, sys
path = sys.argv[-1]
text = open(path).read()
mode = os.stat(path).st_mode
json.dump({{"arguments": sys.argv[1:], "text": text, "mode": mode}}, open({said!r}, "w"))
"""


@pytest.fixture
def editor(tmp_path, monkeypatch) -> Path:
    """An editor named vim that notes what it was given."""
    said = tmp_path / "said.json"
    program = tmp_path / "vim"
    program.write_text(EDITOR.format(python=sys.executable, said=str(said)))
    program.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(program))
    return said


def test_the_editor_gets_a_read_only_copy_at_the_line_and_nothing_stays(editor, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    assert scratch.edit("src/\x1b[2J deep/ta ble.py", "one\ntwo\n", 2) == 0
    said = json.loads(editor.read_text())
    assert said["arguments"][0] == "+2"
    assert said["text"] == "one\ntwo\n"
    assert not said["mode"] & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    assert Path(said["arguments"][1]).name == "ta_ble.py"
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("command", "given"),
    [
        (["nano"], ["nano", "+7", "f"]),
        (["code", "--wait"], ["code", "--wait", "--goto", "f:7"]),
        (["hx"], ["hx", "f:7"]),
        (["mystery"], ["mystery", "f"]),
    ],
)
def test_each_editor_is_told_the_line_its_own_way(command, given):
    assert scratch.arguments(command, Path("f"), 7) == given


def test_an_editor_that_is_not_there_is_told(drive, press, screenful, monkeypatch):
    from contextlib import nullcontext

    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "no-such-editor")

    async def script(pilot):
        monkeypatch.setattr(pilot.app, "suspend", nullcontext)
        await press(pilot, "enter", "escape", "]", "o")
        assert "there is no editor 'no-such-editor'" in screenful(pilot.app)

    drive(script)


def test_the_current_line_is_what_the_editor_opens_at(drive, press, editor, monkeypatch):
    from contextlib import nullcontext

    async def script(pilot):
        # A test has no terminal to hand over.
        monkeypatch.setattr(pilot.app, "suspend", nullcontext)
        await press(pilot, "enter", "escape", "]", "j", "o")

    drive(script)
    said = json.loads(editor.read_text())
    assert said["arguments"][0] == "+10"
    assert "line ten" in said["text"]

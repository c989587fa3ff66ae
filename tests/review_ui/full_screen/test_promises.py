"""What the page on reviewing promises beside the commands: automatic layout, keys told at start, the clipboard."""

import base64

import pytest

from mergecheck.packet.form import GUIDELINES
from review_ui.choices import Choices, read_choices, write_choices
from review_ui.diff.blocks import Part
from review_ui.diff.document import Layout
from review_ui.keys_file import read_keys
from review_ui.widgets.head import head_line


@pytest.mark.parametrize(("width", "split"), [(200, True), (120, False)])
def test_automatic_puts_side_by_side_only_where_wide_and_only_hunks_that_change_lines(
    drive, press, view, width, split
):
    async def script(pilot):
        # Away with the issue, beside the change or over it.
        await press(pilot, "enter", "i")
        document = view(pilot.app).document
        rows = [document.row(document.spot_at(number)) for number in range(document.length)]
        changed = [row for row in rows if row.part is Part.RUN and row.file == 0 and row.changed]
        added = [row for row in rows if row.part is Part.RUN and row.file == 2]
        assert changed
        assert added
        assert all(row.split is split for row in changed)
        assert not any(row.split for row in added), "a new file has nothing to stand beside"

    drive(script, size=(width, 20), choices=Choices(layout=Layout.AUTO, tree=False))


def test_what_was_chosen_is_there_the_next_time(drive, press, view, tmp_path):
    kept = tmp_path / "choices.json"

    async def choose(pilot):
        pilot.app._keep_choices = lambda choices: write_choices(kept, choices)
        await press(pilot, "enter", "escape", "t", "w", "T")

    async def again(pilot):
        await press(pilot, "enter", "escape")
        assert view(pilot.app).document.layout is Layout.SPLIT
        assert not view(pilot.app).wrapped
        assert pilot.app.theme == "light"

    drive(choose, size=(80, 20))
    drive(again, size=(80, 20), choices=read_choices(kept))


def test_what_is_wrong_with_the_reviewer_s_keys_stands_on_the_start_page(drive, screenful, tmp_path):
    path = tmp_path / "keys.toml"
    path.write_text('[review]\naccept = "q"\n[form]\nsave = "ctrl+enter"\n', encoding="utf-8")

    async def script(pilot):
        said = " ".join(screenful(pilot.app).split())
        assert "q is both review.accept and review.quit" in said
        assert "terminals send ctrl+enter as enter" in said

    drive(script, keys=read_keys(path), size=(200, 40))


def test_the_clipboard_gets_the_line_and_nothing_else_as_osc_52(drive, press, monkeypatch):
    sent = []

    async def script(pilot):
        # Headless there is no driver that writes to a terminal: what it is given is what would be sent.
        monkeypatch.setattr(pilot.app._driver, "write", sent.append)
        await press(pilot, "enter", "escape", "]", "j", "Y")

    drive(script, size=(80, 20))
    (copied,) = [text for text in sent if "]52;" in text]
    assert base64.b64decode(copied.split(";")[2].rstrip("\a\x1b\\")).decode() == "line ten"
    assert not [text for text in sent if text.startswith(("\x1b]0;", "\x1b]2;"))], "no title is set"


def test_the_start_page_says_what_is_expected_and_what_is_recorded(drive, screenful):
    async def script(pilot):
        said = " ".join(screenful(pilot.app).split())
        for line in GUIDELINES.strip().split("\n"):
            assert " ".join(line.split()) in said
        assert "fox.answers.jsonl" in said
        assert "how long each change took you" in said

    drive(script, size=(200, 60))


@pytest.mark.parametrize(
    ("width", "head"),
    [
        (40, "item · project · open   file 1 · line 12"),
        (35, "item · project · open        file 1"),
        (25, "item · open        file 1"),
        (12, "item · open"),
    ],
)
def test_a_narrow_head_drops_what_matters_least(width, head):
    lefts = [("item", "project", "open"), ("item", "open")]
    assert head_line(lefts, [("file 1", "line 12"), ("file 1",)], width) == head


def test_commands_whose_keys_were_taken_away_have_none(drive, press, view, screenful, tmp_path):
    path = tmp_path / "keys.toml"
    path.write_text('[review]\nwrap = []\nlayout = []\nfold = ["t", "Z"]\n', encoding="utf-8")
    kept = read_keys(path)
    assert kept.notices == ()

    async def script(pilot):
        await press(pilot, "enter", "escape", "w")
        assert view(pilot.app).wrapped
        # What was another's key may be given away, and those that were the command's own are free.
        await press(pilot, "}", "z")
        assert not view(pilot.app).document.folded(0)
        await press(pilot, "t")
        assert view(pilot.app).document.folded(0)
        assert view(pilot.app).document.layout is Layout.UNIFIED
        await press(pilot, "?", *"scroll sideways")
        (row,) = [line.split() for line in screenful(pilot.app).splitlines() if "break long lines" in line]
        assert "wrap" in row
        assert "w" not in row

    drive(script, keys=kept)


OTHER_KEYS = """
[start]
begin = "B"
practise = "P"
[review]
left = "H"
right = "L"
comment_file = "1"
comment_change = "2"
go_on = "f5"
comment = "3"
wrap = "4"
pause = "5"
[pause]
resume = "f8"
[form]
save = "f10"
"""


def test_sentences_name_the_keys_that_hold(drive, press, screenful, tmp_path):
    path = tmp_path / "keys.toml"
    path.write_text(OTHER_KEYS, encoding="utf-8")
    kept = read_keys(path)
    assert kept.notices == ()

    async def script(pilot):
        async def said(part: str, *keys: str) -> None:
            await press(pilot, *keys)
            assert part in screenful(pilot.app)

        await said("P: a practice item first, which does not count. B: the first change.")
        await press(pilot, "B", "escape", "home", "j", "j")
        await said("1: on the file, 2: on the change", "3")
        await said("4 scrolls sideways instead", "L")
        await said("H and L scroll", "4")
        await said("F8 goes on", "5")
        await press(pilot, "f8", "a", "8", "tab", "9")
        await said("complete; F10 saves it")
        await said("F5 goes on to who may have written it", "f10")

    drive(script, keys=kept, size=(80, 24))


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c"])
def test_what_ends_other_programs_says_what_ends_this_one_and_loses_nothing(drive, press, screenful, key):
    """Textual's own Ctrl+Q left from everywhere, with what was typed in the last moment not on disk."""

    async def script(pilot):
        await press(pilot, "enter", "escape", "W", "text:all of it", "ctrl+q")
        assert not pilot.app._exit
        assert "Esc: later" in screenful(pilot.app)
        await press(pilot, "escape", "ctrl+c")
        assert "q: quit" in screenful(pilot.app)
        assert pilot.app.desk.comment_draft("blind-1")["text"] == "all of it"
        await press(pilot, "p", key)
        assert "Enter: go on" in screenful(pilot.app)

    drive(script, size=(80, 24))


def test_a_choice_is_on_disk_within_a_second(drive, press, tmp_path):
    kept = tmp_path / "choices.json"

    async def script(pilot):
        pilot.app._keep_choices = lambda choices: write_choices(kept, choices)
        await press(pilot, "enter", "escape", "t", "w")
        await pilot.pause(1)
        assert read_choices(kept).layout is Layout.SPLIT
        assert not read_choices(kept).wrapped

    drive(script, size=(80, 20))

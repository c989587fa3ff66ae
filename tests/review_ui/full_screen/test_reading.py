"""Reading a change in the real app: layouts, wrapping, context, search, folding, files, places kept."""

import pytest

from mergecheck.records import CanonicalChange, FileChange, Hunk, Kind, Side
from review_ui.choices import Choices
from review_ui.diff.blocks import Part
from review_ui.diff.document import Layout
from review_ui.keymap import Context, in_context
from review_ui.screens.help import HelpScreen
from review_ui.screens.reading import ReadingScreen
from review_ui.screens.review import ReviewScreen
from review_ui.widgets.file_tree import FileTree
from review_ui.widgets.search_bar import SearchBar

BEGIN = ("enter", "escape")


def test_the_issue_is_over_the_change_when_narrow_and_beside_it_when_wide(drive, press, screenful):
    async def narrow(pilot):
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ReadingScreen)
        assert "Columns are too narrow" in screenful(pilot.app)
        await press(pilot, "i", "i")
        assert isinstance(pilot.app.screen, ReadingScreen)

    async def wide(pilot):
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert "Columns are too narrow" in screenful(pilot.app)
        assert "line ten" in screenful(pilot.app)
        await press(pilot, "i")
        assert "Columns are too narrow" not in screenful(pilot.app)

    drive(narrow, size=(80, 24))
    drive(wide, size=(160, 50))


def test_escapes_of_an_issue_a_path_and_a_change_are_shown(drive, press, screenful):
    async def script(pilot):
        await press(pilot, "enter")
        assert "␛[31mRed␛[0m and \\u202ebackwards" in screenful(pilot.app)
        await press(pilot, "escape", "G")
        said = screenful(pilot.app)
        assert "␛[31m" in said
        assert "→" in said
        assert "\x1b" not in said

    drive(script, size=(100, 40))


def test_layouts_go_round_and_keep_the_line(drive, press, view):
    async def script(pilot):
        await press(pilot, *BEGIN, "]", "]", "j")
        seen = []
        for _ in range(3):
            shown = view(pilot.app)
            seen.append((shown.document.layout, shown.row.new, shown.row.split))
            await press(pilot, "t")
        assert [layout for layout, _, _ in seen] == list(Layout)
        assert [line for _, line, _ in seen] == [60, 60, 60]
        assert [split for _, _, split in seen] == [False, True, False]
        assert pilot.app.choices.layout is Layout.UNIFIED

    drive(script)


@pytest.mark.parametrize("layout", [Layout.UNIFIED, Layout.SPLIT])
def test_both_layouts_wrap_and_cut(drive, press, view, screenful, layout):
    async def script(pilot):
        await press(pilot, *BEGIN, "G")
        assert screenful(pilot.app).count("§") == 200
        await press(pilot, "w")
        assert 0 < screenful(pilot.app).count("§") < 100
        before = screenful(pilot.app)
        await press(pilot, "right", "right")
        assert screenful(pilot.app) != before
        await press(pilot, "left", "left")
        assert screenful(pilot.app) == before

    drive(script, choices=Choices(layout=layout), size=(100, 60))


def test_changed_words_are_marked_on_the_background(drive, press, view):
    async def script(pilot):
        await press(pilot, *BEGIN)
        shown = view(pilot.app)
        palette = pilot.app.look.palette
        grounds = {}
        for spot, strip in shown._painted_rows():
            if shown.document.row(spot).new_text.startswith("line ten"):
                for segment in strip:
                    grounds.setdefault(segment.style.bgcolor.name, []).append(segment.text)
        assert "".join(grounds[palette.added_word]).strip() == "ten"

    drive(script)


def test_code_has_colours_and_what_has_none_says_so(drive, press, view, screenful):
    async def script(pilot):
        await press(pilot, *BEGIN, "}", "}")
        shown = view(pilot.app)
        palette = pilot.app.look.palette
        inks = {
            segment.text: segment.style.color.name
            for _, strip in shown._painted_rows()
            for segment in strip
            if segment.style is not None and segment.style.color is not None
        }
        assert inks["def"] in palette.inks.values()
        await press(pilot, "home")
        assert "no colours for this kind of file" in screenful(pilot.app)

    drive(script)


def test_more_context_and_the_whole_file(drive, press, view):
    async def script(pilot):
        await press(pilot, *BEGIN, "]")
        shown = view(pilot.app)
        lines = {line for file, _, line, _ in shown.document.lines() if file == 0}
        place = shown.document.place(shown.cursor)
        await press(pilot, "e")
        assert len({line for file, _, line, _ in shown.document.lines() if file == 0}) > len(lines)
        assert shown.document.place(shown.cursor) == place
        await press(pilot, "E")
        whole = {line for file, side, line, _ in shown.document.lines() if file == 0 and side is Side.NEW}
        assert whole == set(range(1, 102))
        assert shown.document.place(shown.cursor) == place
        await press(pilot, "E")
        assert {line for file, _, line, _ in shown.document.lines() if file == 0} == lines
        assert shown.document.place(shown.cursor) == place

    drive(script)


def test_the_current_line_is_marked_and_lit(drive, press, view):
    async def script(pilot):
        await press(pilot, *BEGIN, "]")
        shown = view(pilot.app)
        marked = [(spot, strip) for spot, strip in shown._painted_rows() if strip.text.startswith("▌")]
        assert [spot for spot, _ in marked] == [shown.cursor]
        assert {segment.style.bgcolor.name for segment in marked[0][1]} <= {
            pilot.app.look.palette.removed_here,
            pilot.app.look.palette.removed_word,
        }

    drive(script)


def test_hunks_and_files_are_jumped_to_there_and_back(drive, press, view, screenful):
    async def script(pilot):
        await press(pilot, *BEGIN)
        rows = []
        for key in ("]", "]", "]", "]", "]", "[", "{", "{", "}", "}"):
            await press(pilot, key)
            row = view(pilot.app).row
            rows.append((row.part, row.file, row.old or row.new))
        assert [(file, line) for part, file, line in rows if part is Part.RUN] == [
            (0, 10), (0, 60), (1, 3), (2, 1), (2, 1), (1, 3),
        ]  # fmt: skip
        assert [file for part, file, _ in rows if part is Part.FILE] == [1, 0, 1, 2]

    drive(script)


def test_search_counts_goes_round_and_clears(drive, press, view, screenful):
    async def script(pilot):
        await press(pilot, *BEGIN, "/", "text:sixty")
        assert "[2]" in screenful(pilot.app)
        await press(pilot, "enter")
        assert "[1/2] sixty" in screenful(pilot.app)
        assert view(pilot.app).row.new_text == "line sixty"
        await press(pilot, "n")
        assert "[2/2] sixty" in screenful(pilot.app)
        await press(pilot, "n")
        assert "[1/2] sixty" in screenful(pilot.app)
        await press(pilot, "N")
        assert "[2/2] sixty" in screenful(pilot.app)
        await press(pilot, "escape", "n")
        assert "nothing is searched for" in screenful(pilot.app)
        await press(pilot, "/", "text:zzz", "enter")
        assert "not found" in screenful(pilot.app)

    drive(script)


def test_escape_in_the_search_drops_it(drive, press, view):
    async def script(pilot):
        await press(pilot, *BEGIN, "/", "text:sixty", "escape")
        assert view(pilot.app).looked_for == ""
        assert not pilot.app.screen.query_one(SearchBar).display
        await press(pilot, "j")
        assert view(pilot.app).row.part is Part.FILE

    drive(script)


def test_viewed_marks_fold_and_stay_on_this_machine(drive, press, view, screenful, packet):
    async def script(pilot):
        await press(pilot, *BEGIN, "}", "m")
        assert "1 of 3 files viewed" in screenful(pilot.app)
        assert view(pilot.app).document.folded(0)
        await press(pilot, "home")
        assert "viewed ✓" in screenful(pilot.app)

    async def again(pilot):
        await press(pilot, *BEGIN)
        assert view(pilot.app).document.folded(0)
        assert b"viewed" not in packet.with_name("fox.answers.jsonl").read_bytes()
        await press(pilot, "}", "m")
        assert not view(pilot.app).document.folded(0)

    async def other_item(pilot):
        await press(pilot, "enter", "escape", ")", "escape", ")", "escape")
        assert not view(pilot.app).document.folded(0), "a change that comes back does not give itself away"

    drive(script)
    drive(again)
    drive(script)
    drive(other_item)


def test_a_viewed_mark_is_of_what_was_seen(drive, press, view, packet):
    from mergecheck.records import Front
    from review_ui.desk import Desk

    with Desk.open(packet, front=Front.PLAIN) as desk:
        desk.save_viewed("blind-1", {"docs/lines.txt": "of another content"})

    async def script(pilot):
        await press(pilot, *BEGIN)
        assert not view(pilot.app).document.folded(0)

    drive(script)


def test_the_tree_folds_away_filters_and_jumps(drive, press, view, screenful):
    async def script(pilot):
        await press(pilot, *BEGIN)
        tree = pilot.app.screen.query_one(FileTree)
        assert tree.display
        assert "pack/" in screenful(pilot.app)
        await press(pilot, "F", "text:util", "enter")
        assert view(pilot.app).row.file == 2
        assert sorted(tree._leaves) == [2]
        await press(pilot, "f")
        assert not tree.display
        await press(pilot, "f", "down", "enter")
        assert tree.display

    drive(script)


def test_long_names_in_the_tree_are_told_apart(make_packet, drive, press, screenful):
    long = "src/a_package_of_some_length/deeper/still/"
    names = ("what_happens_when_a_name_is_long_once.py", "what_happens_when_a_name_is_long_twice.py", "b.py")
    files = tuple(
        FileChange(
            folder + name,
            Kind.ADDED,
            new_text="x = 1\n",
            new_digest=str(number),
            hunks=(Hunk(0, 0, 1, 1, ("+x = 1",)),),
        )
        for number, (folder, name) in enumerate([(long, names[0]), (long, names[1]), ("src/", names[2])])
    )

    async def script(pilot):
        await press(pilot, *BEGIN)
        tree = [line[:32] for line in screenful(pilot.app).splitlines()]
        (once,) = [line for line in tree if "once.py" in line]
        (twice,) = [line for line in tree if "twice.py" in line]
        (short,) = [line for line in tree if "b.py" in line]
        assert all("+1 −0" in line for line in (once, twice, short))

    drive(script, path=make_packet("names.zip", items=1, made_by=lambda _: CanonicalChange("1", files)))


@pytest.mark.parametrize("layout", [Layout.UNIFIED, Layout.SPLIT])
def test_resizing_keeps_the_place(drive, press, view, layout):
    async def script(pilot):
        await press(pilot, *BEGIN, "]", "]", "j")
        shown = view(pilot.app)
        place = shown.document.place(shown.cursor)
        for size in ((80, 24), (200, 50), (90, 30), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert shown.document.place(shown.cursor) == place
            assert shown.cursor in [spot for spot, _ in shown._painted_rows()]

    drive(script, choices=Choices(layout=layout))


def test_help_is_the_table_and_is_searched(drive, press, screenful):
    async def script(pilot):
        await press(pilot, *BEGIN, "?")
        assert isinstance(pilot.app.screen, HelpScreen)
        await press(pilot, "text:half a screen down")
        assert "Ctrl+D" in screenful(pilot.app)
        assert "next hunk" not in screenful(pilot.app)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ReviewScreen)

    drive(script)


def test_the_palette_runs_a_command_of_the_table(drive, press, view):
    async def script(pilot):
        await press(pilot, *BEGIN, ":")
        await press(pilot, "text:next hunk")
        await pilot.pause(0.5)
        await press(pilot, "down", "enter")
        await pilot.pause(0.3)
        assert view(pilot.app).row.changed

    drive(script)


def test_the_footer_is_the_table_and_says_what_matters_now(drive, press, screenful):
    async def script(pilot):
        await press(pilot, *BEGIN)
        last = screenful(pilot.app).split("\n")[-1]
        assert " a  accept " in last
        assert "go on" not in last
        await press(pilot, "s", "1", "ctrl+s")
        last = screenful(pilot.app).split("\n")[-1]
        assert " y  go on " in last
        assert "accept" not in last
        for command in in_context(Context.REVIEW):
            assert hasattr(pilot.app.screen, f"action_{command.name}")

    drive(script, size=(80, 24))


def test_copying_goes_through_the_terminal_without_escapes(drive, press, view, screenful):
    async def script(pilot):
        await press(pilot, *BEGIN, "]", "]", "]", "j", "j", "Y")
        assert pilot.app.clipboard == "\tx = '漢字␛[31m'"
        await press(pilot, "P")
        assert pilot.app.clipboard == "src/pack/table.py"
        assert "OSC 52" in screenful(pilot.app)

    drive(script)


def test_side_by_side_the_other_side_is_commented_on(drive, press, view):
    async def script(pilot):
        await press(pilot, *BEGIN, "]")
        assert view(pilot.app).line() == (0, Side.NEW, 10)
        await press(pilot, "tab")
        assert view(pilot.app).line() == (0, Side.OLD, 10)

    drive(script, choices=Choices(layout=Layout.SPLIT))


@pytest.mark.parametrize("theme", ["dark", "light", "high-contrast", "colour-blind", "colour-blind-light"])
def test_signs_stand_in_every_theme(drive, press, screenful, theme):
    async def script(pilot):
        await press(pilot, *BEGIN)
        assert " - line 10" in screenful(pilot.app)
        assert " + line ten" in screenful(pilot.app)
        assert pilot.app.theme == theme

    drive(script, choices=Choices(theme=theme))


def test_themes_go_round(drive, press):
    async def script(pilot):
        await press(pilot, *BEGIN)
        seen = []
        for _ in range(5):
            seen.append(pilot.app.theme)
            await press(pilot, "T")
        assert len(set(seen)) == 5
        assert pilot.app.theme == seen[0]
        assert pilot.app.choices.theme == seen[0]

    drive(script)


def test_no_color_sends_none_and_marks_by_attributes(drive, press, view, monkeypatch, screenful):
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(pilot):
        await press(pilot, *BEGIN, "]")
        for _, strip in view(pilot.app)._painted_rows():
            assert all(segment.style is None or segment.style.color is None for segment in strip)
        assert any(
            segment.style.underline
            for _, strip in view(pilot.app)._painted_rows()
            for segment in strip
            if segment.style
        )
        sent = [
            segment.style
            for strip in pilot.app.screen._compositor.render_strips()
            for segment in strip.apply_filter(pilot.app._filters[-1], pilot.app.screen.styles.background)
            if segment.style is not None
        ]
        assert {style.color.name for style in sent if style.color} <= {"default"}
        assert " - line 10" in screenful(pilot.app)

    drive(script)

"""Long changes: what a key costs is what the screen shows."""

import pytest
from textual.geometry import Region

from mergecheck.records import CanonicalChange, FileChange, Hunk, Kind
from review_ui.choices import Choices
from review_ui.diff.document import Document, Layout


def long_change(lines: int):
    old = [f"value_{number} = compute({number})" for number in range(lines)]
    new = [line.replace("compute", "measure") if number % 9 == 4 else line for number, line in enumerate(old)]
    hunks = []
    for middle in range(4, lines - 4, 9):
        rows = [f" {line}" for line in old[middle - 3 : middle]] + [f"-{old[middle]}", f"+{new[middle]}"]
        rows += [f" {line}" for line in old[middle + 1 : middle + 4]]
        hunks.append(Hunk(middle - 2, 7, middle - 2, 7, tuple(rows)))
    text = ["\n".join(side) + "\n" for side in (old, new)]
    file = FileChange(
        "src/long.py",
        Kind.MODIFIED,
        old_text=text[0],
        new_text=text[1],
        old_digest="1",
        new_digest="2",
        hunks=tuple(hunks),
    )
    added = FileChange(
        "src/more.py",
        Kind.ADDED,
        new_text="x = 1\n" * lines,
        new_digest="3",
        hunks=(Hunk(0, 0, 1, lines, ("+x = 1",) * lines),),
    )
    return lambda _: CanonicalChange("1", (file, added))


@pytest.mark.parametrize("layout", [Layout.UNIFIED, Layout.SPLIT])
def test_a_key_looks_at_no_more_rows_in_a_long_change_than_in_a_short_one(
    make_packet, drive, press, layout, monkeypatch
):
    counted = []
    right = Document.row
    monkeypatch.setattr(Document, "row", lambda self, spot: counted.append(spot) or right(self, spot))
    costs = {}
    for lines in (200, 20_000):
        path = make_packet(f"long-{lines}.zip", items=1, made_by=long_change(lines))

        async def script(pilot, lines=lines):
            await press(pilot, "enter", "escape")
            for key in ("j", "k", "]", "[", "}", "{", "space", "b", "G", "home", "t", "t", "t", "w", "w"):
                counted.clear()
                await press(pilot, key)
                costs[lines, key] = costs.get((lines, key), 0) + len(counted)

        drive(script, path=path, choices=Choices(layout=layout))
    for (lines, key), cost in costs.items():
        assert cost <= 600, (lines, key)
        if lines == 20_000:
            assert cost <= costs[200, key] + 400, key


def test_a_hundred_thousand_lines_are_read_to_the_end(make_packet, drive, press, screenful, view):
    path = make_packet("long.zip", items=1, made_by=long_change(100_000))

    async def script(pilot):
        await press(pilot, "enter", "escape", "G")
        assert view(pilot.app).line()[2] == 100_000
        assert "100000 + x = 1" in screenful(pilot.app)
        await press(pilot, "home", "}", "]", "t", "]")
        assert view(pilot.app).row.changed

    drive(script, path=path)


def looks(strips):
    """What stands in strips, and how, whatever it was put together of."""
    return [[(mark, segment.style) for segment in strip for mark in segment.text] for strip in strips]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_what_was_painted_before_looks_as_if_it_were_painted_now(drive, press, view, size):
    async def script(pilot):
        await press(pilot, "enter", "escape", "}", "]", "j", "v", "j")
        shown = view(pilot.app)
        for keys in ("t", "t", "t", "t", "v", "w", "tt", "G", "t", "z", "n"):
            await press(pilot, *keys)
            # All but what the scroll bar covers.
            whole = Region(0, 0, shown.width, shown.size.height)
            kept = looks(shown.render_lines(whole))
            # Textual's own way from a line to the screen.
            shown._styles_cache.clear()
            assert looks(shown._styles_cache.render_widget(shown, whole)) == kept, keys
            shown.changed()
            assert looks(shown.render_lines(whole)) == kept, keys

    drive(script, size=size)


def test_lines_are_there_before_their_colours(drive, press, view):
    async def script(pilot):
        await press(pilot, "enter", "escape")
        shown = view(pilot.app)
        for number, file in enumerate(shown.document.files):
            if file.path.endswith(".py"):
                shown.go(shown.document.file_spot(number))
        await pilot.pause(1)

        def inks():
            return {segment.style.color for strip in shown.render_lines(shown.size.region) for segment in strip}

        coloured = inks()
        shown.show(shown.document)
        shown.go(shown.document.last)
        await pilot.pause(1)
        assert inks() == coloured, "nothing but the first paint is without"

    drive(script)

"""Long changes: what a key costs is what the screen shows."""

import pytest

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

"""Whatever is done to a change, its rows look as if they were painted now, and one sees where one is.

MERGECHECK_WALKS says how many walks of random steps there are: few as a rule.
"""

import os
import random

import pytest

from mergecheck.records import Comment, Side
from review_ui.diff.blocks import Part
from review_ui.diff.document import Layout
from review_ui.themes import PALETTES, Look
from review_ui.widgets import rows_shown

WALKS = int(os.environ.get("MERGECHECK_WALKS", "1"))
STEPS = 60
SIZES = ((80, 24), (50, 9), (160, 30))
"""In the second some rows are higher than the screen."""


def looks(rows):
    """What stands in painted rows, and how, whatever it was put together of."""
    return [(spot, [(mark, segment.style) for segment in strip for mark in segment.text]) for spot, strip in rows]


class Walk:
    """Random steps in a view; each is a method's name."""

    def __init__(self, view, chance: random.Random) -> None:
        self.view = view
        self.chance = chance
        self.comments: list[Comment] = []

    def step(self) -> str:
        steps = [name for name in vars(Walk) if name.startswith("do_")]
        weights = [
            4 if name in ("do_move", "do_range", "do_comment_here", "do_search", "do_sideways") else 1
            for name in steps
        ]
        (name,) = self.chance.choices(steps, weights)
        getattr(self, name)()
        return name

    def do_move(self) -> None:
        for _ in range(self.chance.randint(1, 6)):
            self.view.move(self.chance.choice((1, 1, -1)))

    def do_page(self) -> None:
        self.view.page(self.chance.choice((1, -1, 0.5, -0.5)))

    def do_hunk(self) -> None:
        self.view.go_hunk(self.chance.choice((1, -1)))

    def do_file(self) -> None:
        self.view.go_file(self.chance.choice((1, -1)))

    def do_side(self) -> None:
        self.view.switch_side()

    def do_layout(self) -> None:
        self.view.set_layout(self.chance.choice(list(Layout)))

    def do_wrap(self) -> None:
        self.view.set_wrapped(not self.view.wrapped)

    def do_sideways(self) -> None:
        if self.view.wrapped:
            self.view.set_wrapped(False)
            self.view._painted_rows()
        self.view.sideways(self.chance.choice((1, 1, -1)))

    def do_fold(self) -> None:
        file = self.chance.randrange(len(self.view.document.files))
        self.view.fold(file, not self.view.document.folded(file))

    def do_more(self) -> None:
        self.view.open_more()

    def do_whole(self) -> None:
        self.view.toggle_whole_file(self.view.file)

    def do_search(self) -> None:
        # Marked, and not gone to: so it is while it is typed, and when it is dropped.
        self.view.look_for(self.chance.choice(("e", "return", "line 1", "§")))
        if self.chance.random() < 0.5:
            self.view.go_found(1)
        self.view._painted_rows()
        if self.chance.random() < 0.5:
            self.view.look_for("")

    def do_range(self) -> None:
        began = self.view.range_from is None and self.view.line() is not None
        self.view.range_from = self.view.document.place(self.view.cursor) if began else None
        self.view.changed()

    def do_comment_here(self) -> None:
        lines = self.view.range_lines()
        text = "\n".join(["so it is"] * self.chance.randint(1, 12))
        if lines is None:
            path = None if self.view.row.part is Part.CHANGE else self.view.document.files[self.view.file].path
            self.comments.append(Comment("c", text, path))
        else:
            file, side, first, last = lines
            self.comments.append(Comment("c", text, self.view.document.files[file].path, side, first, last))
        self.view.set_comments(self.comments)

    def do_take_comments_away(self) -> None:
        self.comments = self.comments[: self.chance.randint(0, len(self.comments))]
        self.view.set_comments(self.comments)

    def do_theme(self) -> None:
        self.view.set_look(Look(PALETTES[self.chance.choice(list(PALETTES))], colour=True))


@pytest.mark.parametrize("walk", range(WALKS))
@pytest.mark.parametrize("size", SIZES)
def test_after_each_step_all_looks_new_and_the_current_line_is_in_sight(
    drive, press, view, monkeypatch, size, walk
):
    monkeypatch.setattr(rows_shown, "COLOUR_SECONDS", 60.0)

    async def script(pilot):
        await press(pilot, "enter", "escape")
        shown = view(pilot.app)
        shown._uncoloured = False
        shown.changed()
        steps = Walk(shown, random.Random(f"{size} {walk}"))
        done = []
        for number in range(STEPS):
            if number % 20 == 19:
                done.append("resize")
                width, height = size
                await pilot.resize_terminal(
                    width + steps.chance.randint(0, 20), height + steps.chance.randint(0, 5)
                )
                await pilot.pause()
            else:
                done.append(steps.step())
            kept = looks(shown._painted_rows())
            assert len(kept) <= shown.size.height
            assert {strip.cell_length for _, strip in shown._painted_rows()} == {shown.width}
            assert shown.cursor in [spot for spot, _ in kept], done
            shown._strips.clear()
            shown._heights.clear()
            shown._rows = []
            assert looks(shown._painted_rows()) == kept, done

    drive(script, size=size)


@pytest.mark.parametrize("layout", [Layout.UNIFIED, Layout.SPLIT])
def test_a_range_is_marked_on_the_lines_that_a_comment_would_be_on(drive, press, view, layout):
    async def script(pilot):
        await press(pilot, "enter", "escape")
        shown = view(pilot.app)
        shown.set_layout(layout)
        shown.go(shown.document.find_line(0, Side.NEW, 59))
        await press(pilot, "v", "j", "j", "j")
        for _ in range(2):
            marked = set()
            for spot, strip in shown._painted_rows():
                row = shown.document.row(spot)
                half = shown._dress(row.split).columns.half
                for side, number, at in (
                    (Side.OLD, row.old, 0),
                    (Side.NEW, row.new, half + 1 if row.split else 0),
                ):
                    if number is not None and strip.text[at] in "┃▌":
                        marked.add((side, number))
            _, side, first, last = shown.range_lines()
            assert {number for on, number in marked if on is side} == set(range(first, last + 1))
            assert (side, last) in marked
            others = {number for on, number in marked if on is not side}
            assert others <= {59}, "context is one line of both"
            await press(pilot, "tab" if layout is Layout.SPLIT else "k")

    drive(script, size=(160, 40))


@pytest.mark.parametrize("wrapped", [True, False])
def test_wrapping_keeps_the_current_line_where_it_was(tides, drive, press, view, wrapped):
    async def script(pilot):
        await press(pilot, "enter", "escape")
        shown = view(pilot.app)
        for _ in range(6):
            shown.page(1)
            for _ in range(2):
                before = shown._height_above_cursor()
                shown.set_wrapped(not shown.wrapped)
                assert shown._in_sight()
                assert abs(shown._height_above_cursor() - before) <= 4

    drive(script, size=(80, 24), path=tides())


def test_where_it_stands_does_not_depend_on_what_is_painted_already(tides, drive, press, view):
    """A theme that was just chosen waits to be painted while comments are put: no line may jump by that."""

    async def script(pilot):
        await press(pilot, "enter", "escape")
        shown = view(pilot.app)
        for page in range(4):
            shown.page(1)
            shown.move(-3)
            tops = []
            for painted in (True, False):
                place = shown._top, shown._above, shown.cursor
                if painted:
                    shown._painted_rows()
                else:
                    shown.changed()
                shown.set_comments([Comment("c", f"one\ntwo {page}")])
                tops.append((shown._top, shown._above, shown.cursor))
                shown.set_comments([])
                shown._top, shown._above, shown.cursor = place
                shown.changed()
            assert tops[0] == tops[1]

    drive(script, size=(80, 24), path=tides())

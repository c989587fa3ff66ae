"""What is broken into lines, and where not."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mergecheck.report.prose import Prose


def lines(what, width):
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, legacy_windows=False).print(what)
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("kept", ["95 %", "24.2 pp", "n = 12", "−5.2 points", "1.5 hours"])
def test_a_number_and_its_unit_stand_in_one_line_at_every_width(kept):
    text = f"a mean over three of them, {kept}, whatever there is; and {kept} intervals"
    broken = 0
    for width in range(12, len(text) + 1):
        shown = lines(Prose(text), width)
        assert " ".join(shown) == text
        assert sum(line.count(kept) for line in shown) == 2
        broken += sum(line.count(kept) for line in lines(Text(text), width)) < 2
    assert broken


def test_so_it_is_within_other_things():
    grid = Table.grid()
    grid.add_column(overflow="fold")
    grid.add_row(Prose("as many as 95 % of them", style="dim"))
    for what in (Padding(Prose("as many as 95 % of them"), (0, 0, 0, 2)), grid):
        assert any("95 %" in line for line in lines(what, 15))


def test_styles_stay_where_they_were():
    text = Prose(Text.assemble("level gap ", ("24.2 pp", "bold"), " in all"))
    out = io.StringIO()
    Console(file=out, width=14, force_terminal=True, color_system="standard").print(text)
    assert "\x1b[1m24.2 pp\x1b[0m" in out.getvalue()


@given(st.text(st.sampled_from("ab1 %p=n\n日"), max_size=40), st.integers(4, 30))
def test_nothing_is_lost_and_nothing_is_too_wide(text, width):
    shown = lines(Prose(text), width)
    assert "".join("".join(shown).split()) == "".join(text.split())
    assert all(Text(line).cell_len <= width for line in shown)

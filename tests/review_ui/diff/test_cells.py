"""Breaking a line: nothing lost, nothing too wide, at words where there is one, as high as it is drawn."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from mergecheck.packet.format import PacketFile, PacketHunk
from mergecheck.records import Comment, Kind, Side
from review_ui.diff.cells import LEAST, columns_of, wrap
from review_ui.diff.document import Document, Layout, Spot
from review_ui.diff.lay import Columns, drawn, lay
from review_ui.shown import EFFECTS
from review_ui.themes import DARK, Look
from review_ui.widgets.rows_painted import Dress, Worn, height, painted

pieces = st.sampled_from(
    [
        "a",
        "word",
        "sixteen_letters_",
        " ",
        "  ",
        "\t",
        "漢字",
        "e\u0301",
        " \u0301",
        "\x1b[31m",
        "\x00",
        "\u202e",
        "👩‍💻",
    ]
)
texts = st.lists(pieces, max_size=30).map("".join)
plain_texts = texts.filter(
    lambda text: all(left != " " or get_character_cell_size(right) for left, right in pairwise(text))
)
"""In which every blank ends a word: none carries a mark without width."""
widths = st.integers(1, 40)
unhurried = settings(deadline=None)


def columns(text):
    """Character by character: joined ones (a woman, a joiner, a laptop) are drawn apart, as joiners are shown."""
    return sum(map(get_character_cell_size, text))


@unhurried
@given(st.one_of(texts, st.text(max_size=80)), widths)
@example(" \u0301" * 9, 4)
@example("a \u0301b", 2)
def test_rows_are_the_whole_text_in_order_and_none_is_too_wide(text, width):
    rows = wrap(text, width)
    assert rows[0][0] == 0
    assert rows[-1][1] == len(text)
    assert all(before[1] == after[0] for before, after in pairwise(rows))
    assert all(columns(text[slice(*row)]) <= max(width, LEAST) for row in rows)
    assert all(start < end for start, end in rows) or not text
    # A mark without width stays with what it belongs to.
    assert all(get_character_cell_size(text[start]) for start, _ in rows[1:])


@unhurried
@given(plain_texts, widths)
def test_no_word_is_broken_that_fits_a_row_unless_only_blanks_stand_before_it(text, width):
    width = max(width, LEAST)
    for (start, end), _ in pairwise(wrap(text, width)):
        if " " in (text[end - 1], text[end]):
            continue
        first = text.rfind(" ", 0, end) + 1
        beyond = text.find(" ", end)
        word = text[first:] if beyond < 0 else text[first:beyond]
        assert columns(word) > width or first <= start or text[start:first].isspace(), (
            text[start:end],
            word,
        )


@unhurried
@given(plain_texts, widths)
def test_a_row_ends_no_sooner_than_its_next_word_asks_for(text, width):
    width = max(width, LEAST)
    rows = wrap(text, width)
    for (start, end), _ in pairwise(rows):
        beyond = text.find(" ", end)
        word = text[end:] if beyond < 0 else text[end:beyond]
        assert columns(text[start:end] + (word or text[end])) > width


def test_a_line_breaks_before_a_word_and_a_long_word_where_the_row_ends():
    assert [("return the width of a row")[slice(*row)] for row in wrap("return the width of a row", 12)] == [
        "return the ",
        "width of a ",
        "row",
    ]
    assert [("x = " + "y" * 12)[slice(*row)] for row in wrap("x = " + "y" * 12, 8)] == ["x = yyyy", "y" * 8]
    assert [("        abcdef")[slice(*row)] for row in wrap("        abcdef", 10)] == ["        ab", "cdef"]
    assert wrap("", 9) == ((0, 0),)


@unhurried
@given(st.text(max_size=40))
def test_control_characters_have_no_column_and_are_drawn_as_something_that_has(text):
    line = text.replace("\n", "")
    shape = drawn(line).text
    for character in "\x00\x1b\x07\x7f\x9b":
        assert columns_of(character) == 0
        assert columns_of(drawn(character).text) > 0
    assert not [character for character in shape if unicodedata.category(character) in EFFECTS]
    assert all(
        unicodedata.category(mark) in EFFECTS or mark in shape or mark.isspace()
        for mark in line
        if ord(mark) < 0x2000
    )


def one_row(old, new, layout):
    lines = tuple([f"-{old}"] * (old is not None) + [f"+{new}"] * (new is not None) + ["\\"])
    hunk = PacketHunk(
        old_start=int(old is not None),
        old_count=int(old is not None),
        new_start=int(new is not None),
        new_count=int(new is not None),
        lines=lines,
    )
    document = Document([PacketFile(path="a.py", kind=Kind.MODIFIED, hunks=(hunk,))], {}.__getitem__)
    document.layout = layout
    return [document.row(spot) for spot in (document.last, document.step(Spot(0), 2))]


@pytest.mark.parametrize("layout", [Layout.UNIFIED, Layout.SPLIT])
@unhurried
@given(
    texts,
    texts,
    st.integers(24, 90),
    st.booleans(),
    st.lists(texts, max_size=2),
    st.integers(0, 6),
    st.integers(1, 6),
)
def test_what_is_drawn_is_as_high_and_as_wide_as_was_measured(layout, old, new, width, wrapped, said, first, most):
    for row in one_row(old, new, layout):
        dress = Dress(Look(DARK), Columns(width, 3, row.split), wrapped)
        worn = Worn(comments=said)
        strips = painted(row, dress, worn)
        assert len(strips) == height(row, dress, worn)
        assert len(strips) >= lay(row, dress.columns, wrapped=wrapped).height
        assert all(strip.cell_length == cell_len(strip.text) == width for strip in strips)
        # A part of a high row is that part of it.
        part = painted(row, dress, worn, first, first + most)
        assert [strip.text for strip in part] == [strip.text for strip in strips[first : first + most]]


def test_comments_are_below_their_row():
    row = one_row(None, "x", Layout.UNIFIED)[0]
    dress = Dress(Look(DARK), Columns(40, 3, False))
    strips = painted(row, dress, Worn(comments=[Comment("1", "first\nsecond", "a.py", Side.NEW, 1, 1).text]))
    assert [strip.text.strip() for strip in strips[-2:]] == ["┃ first", "┃ second"]

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from mergecheck.report.fitting import Column, _build, _natural, fits_in_one, fold, tables


def column(heading, *cells):
    return Column(heading, tuple(Text(cell) for cell in cells))


def printed(width, names, columns):
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    made = list(tables(console, "name", [Text(name) for name in names], columns))
    for table in made:
        console.print(table)
    return len(made), out.getvalue()


COLUMNS = [column(f"head{number}", f"value{number}", f"other{number}") for number in range(9)]


def test_what_fits_is_one_table_and_what_does_not_becomes_several():
    names = ["first-submission", "second-submission"]
    assert printed(200, names, COLUMNS)[0] == 1
    for width in (30, 45, 70):
        count, text = printed(width, names, COLUMNS)
        assert count > 1
        assert max(map(len, text.splitlines())) <= width
        for number in range(9):
            assert f"value{number}" in text
            assert f"other{number}" in text


def test_columns_are_spread_evenly():
    _, text = printed(60, ["a"], COLUMNS)
    headings = [line.count("head") for line in text.splitlines() if "head" in line]
    assert len(headings) == 2
    assert abs(headings[0] - headings[1]) <= 1


def test_a_column_too_wide_for_any_table_is_folded():
    count, text = printed(30, ["a"], [column("h", "x" * 50)])
    assert (count, text.count("x")) == (1, 50)
    assert max(map(len, text.splitlines())) <= 30


@pytest.mark.parametrize("width", [80, 100, 120])
def test_words_of_names_are_not_broken_where_there_is_room(width):
    """A colon once stood alone: names were folded to 12 characters, and the word has 14."""
    names = ["errors of the grader's infrastructure: left out", "short"]
    for count in range(1, 10):
        text = printed(width, names, COLUMNS[:count])[1]
        assert text.count("infrastructure:") == text.count("name")


def test_names_are_folded_to_no_less_than_is_asked_for():
    console = Console(file=io.StringIO(), width=60, color_system=None)
    name = Text("50  golden  2  10 %")
    for table in tables(console, "", [name], COLUMNS, least=19):
        console.print(table)
    assert console.file.getvalue().count(name.plain) > 1


def test_measuring_ignores_the_terminal():
    console = Console(file=io.StringIO(), width=40)
    assert not fits_in_one(console, "name", [Text("a")], COLUMNS)
    assert fits_in_one(Console(file=io.StringIO(), width=400), "name", [Text("a")], COLUMNS)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("claude-3.5-sonnet-20241022", ["claude-3.5-", "sonnet-", "20241022"]),
        ("short", ["short"]),
        ("two\nlines", ["two", "lines"]),
    ],
)
def test_names_are_folded_after_their_hyphens(name, lines):
    assert fold(Text(name), 12).plain.split("\n") == lines


WORDS = st.text(st.sampled_from("ab-_ %[]−·日\n"), max_size=24)


@given(st.lists(WORDS, max_size=3), st.integers(0, 4), st.data(), st.sampled_from([None, 12, 17]))
def test_widths_are_those_that_rich_measures(names, number, data, width):
    columns = [column(data.draw(WORDS), *(data.draw(WORDS) for _ in names)) for _ in range(number)]
    told = [Text(name) for name in names]
    console = Console(file=io.StringIO(), width=80, color_system=None)
    table = _build("submission", told, columns, width)
    measured = console.measure(table, options=console.options.update(width=10_000)).maximum
    assert _natural("submission", told, columns, width) == measured

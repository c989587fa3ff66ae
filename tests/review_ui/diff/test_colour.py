"""Syntax colour: as Pygments has it, only as far as it is wanted, within limits."""

from pygments.lexers import get_lexer_for_filename

from review_ui.diff.colour import MOST_CHARACTERS, MOST_IN_LINE, Colours, Ink

CODE = 'def width(row):\n    """Two\n    lines."""\n    return 1  # one\n'


def coloured(path: str, text: str) -> Colours:
    colours = Colours(path, lambda: text)
    colours.read_to(10**6, 60)
    return colours


def test_words_are_coloured_where_they_stand():
    colours = coloured("a.py", CODE)
    lines = CODE.split("\n")
    found = [
        (lines[number - 1][start:end], ink) for number in range(1, 5) for start, end, ink in colours.line(number)
    ]
    assert ("def", Ink.KEYWORD) in found
    assert ("width", Ink.NAME) in found
    assert ("1", Ink.NUMBER) in found
    assert ("# one", Ink.COMMENT) in found


def test_a_text_over_several_lines_is_one_on_each_of_them():
    colours = coloured("a.py", CODE)
    assert {ink for _, _, ink in colours.line(3)} == {Ink.STRING}


def test_only_what_is_wanted_is_read():
    text = "x = 1\n" * 50_000
    colours = Colours("a.py", lambda: text)
    assert colours.read_to(10, 60)
    assert colours.line(10)
    assert not colours.done
    assert colours.line(40_000) is None


def test_time_that_is_up_is_enough():
    text = "x = 1\n" * 50_000
    colours = Colours("a.py", lambda: text)
    assert not colours.read_to(50_000, 0)
    assert colours.line(50_000) is None


def test_a_text_beyond_the_limit_has_no_colours_and_says_so():
    colours = coloured("a.py", "x" * (MOST_CHARACTERS + 1))
    assert colours.line(1) is None
    assert "more than" in colours.why_not


def test_a_line_beyond_the_limit_has_none():
    colours = coloured("a.py", "x = 1\n" + "y = '" + "z" * MOST_IN_LINE + "'\nx = 1\n")
    assert not [run for run in colours.line(2) if run[1] > MOST_IN_LINE]
    assert colours.line(3)


def test_the_language_is_the_one_that_pygments_takes():
    for name in (
        "a.py",
        "setup.cfg",
        "Makefile",
        "b.c",
        "b.h",
        "a.js",
        "doc.rst",
        "x.pyx",
        "CMakeLists.txt",
        "a.html",
    ):
        assert Colours(name, str)._lexer.name == get_lexer_for_filename(name).name


def test_what_has_no_language_says_so():
    assert Colours("notes.txt", str).why_not
    assert Colours("nothing", str).why_not

"""Whatever an issue, a path or a change holds, the terminal is shown it and obeys none of it."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from review_ui.shown import shown, shown_code, shown_lines

anything = st.text(st.characters())
nasty = st.text(
    st.sampled_from(
        "\x00\x07\x08\x0b\x0c\r\n\t\x1b\x7f\x84\x85\x9b\x9d\u061c\u200b\u200e\u2028\u2029\u202e\u2066\u2069"
    )
    | st.sampled_from("\ufeff\U000e0041\udcffab[31m]0;x\\")
)


# Default_Ignorable_Code_Point, as Unicode's DerivedCoreProperties.txt lists it.
IGNORABLE = frozenset(
    code
    for first, last in [
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
        (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    ]
    for code in range(first, last + 1)
)  # fmt: skip
unseen = st.text(st.sampled_from(sorted(map(chr, IGNORABLE))) | st.characters())


def harmless(text: str) -> bool:
    return all(
        unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") and ord(character) not in IGNORABLE
        for character in text
    )


@given(anything | nasty | unseen)
def test_nothing_that_a_terminal_obeys_is_left(text):
    assert harmless(shown(text))
    assert all(harmless(line) for line in shown_lines(text))
    assert harmless(shown_code(text))


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Mn"])))
def test_plain_text_is_left_as_it_is(text):
    assert "".join(one for one in shown(text) if ord(one) > 0x7F) == "".join(
        one for one in text if ord(one) > 0x7F and ord(one) not in IGNORABLE
    )
    assert IGNORABLE & set(map(ord, text)) or shown(text) == text


def test_no_ignorable_code_point_is_left():
    assert [code for code in sorted(IGNORABLE) if not harmless(shown(chr(code)))] == []


@given(anything | nasty | unseen)
def test_showing_twice_is_showing_once(text):
    assert shown(shown(text)) == shown(text)


@given(anything | nasty | unseen)
def test_rich_prints_nothing_but_what_is_shown(text):
    """With colour on, the only escapes in the output are rich's own, and no markup of the text's is followed."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system=None, highlight=False, markup=False, emoji=False)
    console.print(Text(shown(text), no_wrap=True), soft_wrap=True)
    assert out.getvalue() == shown(text) + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2J", "␛[2J"),
        ("a\rb\x08\x07", "a␍b␈␇"),
        ("\x7f", "␡"),
        ("\x9b31m", "\\u009b31m"),
        ("if admin:\u202e \u2066# no", "if admin:\\u202e \\u2066# no"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        ("\udcff", "\\udcff"),
        ("a\ufe0fb\U000e0100", "a\\ufe0fb\\U000e0100"),
        ("\u034f\u180b\u17b4\u3164", "\\u034f\\u180b\\u17b4\\u3164"),
        ("naïve 日本 🙂", "naïve 日本 🙂"),
    ],
)
def test_examples(text, expected):
    assert shown(text) == expected


def test_code_shows_tabs_and_foreign_blanks():
    assert shown_code("\tx") == "→   x"
    assert shown_code("ab\tx") == "ab→ x"
    assert shown_code("a\u00a0b") == "a\\u00a0b"
    assert shown_code("    x  ") == "    x  "


def test_lines_end_at_line_feeds_only():
    assert shown_lines("a\r\nb\nc\x0bd\x85e\u2028f") == ["a", "b", "c␋d\\u0085e\\u2028f"]

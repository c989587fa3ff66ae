"""What is remembered for next time, and the colours that one can choose."""

import pytest

from review_ui.choices import Choices, read_choices, write_choices
from review_ui.diff.colour import Ink
from review_ui.diff.document import Layout
from review_ui.themes import PALETTES, Palette


def test_choices_come_back(tmp_path):
    path = tmp_path / "config" / "review.json"
    chosen = Choices(theme="light", layout=Layout.AUTO, wrapped=False, tree=False, issue=False)
    assert write_choices(path, chosen) == ""
    assert read_choices(path) == chosen
    assert [file.name for file in path.parent.iterdir()] == ["review.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"layout": "sideways"}', '{"wrapped": "perhaps"}'])
def test_what_cannot_be_read_is_as_if_nothing_had_been_chosen(tmp_path, text):
    path = tmp_path / "review.json"
    path.write_text(text)
    assert read_choices(path) == Choices()


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "config").write_text("a file")
    assert "not kept" in write_choices(tmp_path / "config" / "review.json", Choices())


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2: 4.5 is enough for text."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_code_can_be_read_on_every_ground_of_every_theme(palette: Palette):
    grounds = (
        "background",
        "added",
        "removed",
        "here",
        "added_here",
        "removed_here",
        "added_word",
        "removed_word",
    )
    least = 7 if palette.name == "high-contrast" else 4.5
    for ground in grounds:
        back = getattr(palette, ground)
        assert contrast(palette.foreground, back) >= least, ground
        words = ground.endswith("_word")
        for ink in Ink:
            assert contrast(palette.inks[ink], back) >= (3 if words else 4.5), (ground, ink)
    assert contrast(palette.faint, palette.background) >= 4.5
    assert contrast(palette.found_text, palette.found) >= 4.5


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda palette: palette.name)
def test_changed_words_stand_out_from_their_line(palette: Palette):
    assert contrast(palette.added_word, palette.added) >= 1.3
    assert contrast(palette.removed_word, palette.removed) >= 1.3


@pytest.mark.parametrize("name", ["colour-blind", "colour-blind-light"])
def test_the_colour_blind_themes_are_blue_and_orange(name):
    palette = PALETTES[name]
    for colour in (palette.added, palette.added_word, palette.added_sign):
        red, _, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        assert blue > red
    for colour in (palette.removed, palette.removed_word, palette.removed_sign):
        red, _, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        assert red > blue

"""Colours: what each theme has for a change, and the same colours as Textual wants them.

A line that was added or removed is known by its sign first; colour comes on top. Words that changed stand out by
their background, since a foreground is lost in syntax colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rich.style import Style
from textual.filter import LineFilter, NoColor
from textual.theme import Theme

from review_ui.diff.colour import Ink

__all__ = ["NO_COLOUR", "PALETTES", "Look", "Palette", "no_colour_filter", "textual_theme"]


@dataclass(frozen=True)
class Palette:
    """The colours of a theme, as `#rrggbb`. `*_word`: behind words that changed; `*_here`: of the current line."""

    name: str
    dark: bool
    background: str
    foreground: str
    panel: str
    faint: str
    accent: str
    warning: str
    error: str
    added: str
    added_word: str
    added_sign: str
    removed: str
    removed_word: str
    removed_sign: str
    here: str
    added_here: str
    removed_here: str
    found: str
    found_text: str
    range: str
    inks: Mapping[Ink, str] = field(default_factory=dict)


DARK = Palette(
    name="dark", dark=True, background="#1b1d23", foreground="#d7dae0", panel="#2a2e37", faint="#8a919e",
    accent="#61afef", warning="#e5c07b", error="#ff7b86",
    added="#16301f", added_word="#27633a", added_sign="#7ee08f",
    removed="#3a1d22", removed_word="#7a2f38", removed_sign="#ff8f98",
    here="#343b48", added_here="#214a30", removed_here="#582a31",
    found="#e5c07b", found_text="#1b1d23", range="#3a3560",
    inks={Ink.KEYWORD: "#d19af0", Ink.STRING: "#b5d98f", Ink.COMMENT: "#a8b0bd", Ink.NUMBER: "#e8b27a",
          Ink.NAME: "#7cc0ff", Ink.BUILTIN: "#6fd0d8"},
)  # fmt: skip
LIGHT = Palette(
    name="light", dark=False, background="#fbfbfa", foreground="#22262c", panel="#e9eaec", faint="#5f6772",
    accent="#0b5fb0", warning="#8a5a00", error="#b3202c",
    added="#e2f5e5", added_word="#a5dcb0", added_sign="#116329",
    removed="#fde8e8", removed_word="#f3b3b6", removed_sign="#a40e26",
    here="#dde6f2", added_here="#c4ead0", removed_here="#f8cfd2",
    found="#ffd54a", found_text="#1b1d23", range="#dcd6f7",
    inks={Ink.KEYWORD: "#8b2a9b", Ink.STRING: "#2f6b1f", Ink.COMMENT: "#4f5761", Ink.NUMBER: "#8a4200",
          Ink.NAME: "#0a4fa0", Ink.BUILTIN: "#005a62"},
)  # fmt: skip
CONTRAST = Palette(
    name="high-contrast", dark=True, background="#000000", foreground="#ffffff", panel="#262626", faint="#d0d0d0",
    accent="#5fd7ff", warning="#ffff5f", error="#ff8787",
    added="#003000", added_word="#006000", added_sign="#87ff87",
    removed="#440000", removed_word="#8f0000", removed_sign="#ffafaf",
    here="#303060", added_here="#004a28", removed_here="#600028",
    found="#ffff00", found_text="#000000", range="#4a2a7a",
    inks={Ink.KEYWORD: "#ffafff", Ink.STRING: "#d7ff87", Ink.COMMENT: "#d0d0d0", Ink.NUMBER: "#ffd787",
          Ink.NAME: "#87d7ff", Ink.BUILTIN: "#87ffff"},
)  # fmt: skip
BLIND = Palette(
    name="colour-blind", dark=True, background="#16181d", foreground="#e2e4e8", panel="#282c35", faint="#9aa1ad",
    accent="#8ecbff", warning="#f0e442", error="#ffb26b",
    added="#0b2b4a", added_word="#14528c", added_sign="#7cc4ff",
    removed="#41270a", removed_word="#86500f", removed_sign="#ffb454",
    here="#3a3f4b", added_here="#12406c", removed_here="#603a10",
    found="#f0e442", found_text="#16181d", range="#4a3a5c",
    inks={Ink.KEYWORD: "#f0f0f0", Ink.STRING: "#cfd8a0", Ink.COMMENT: "#adb4c0", Ink.NUMBER: "#e8d59a",
          Ink.NAME: "#b5dcff", Ink.BUILTIN: "#bfe3e0"},
)  # fmt: skip
BLIND_LIGHT = Palette(
    name="colour-blind-light", dark=False, background="#fcfcfb", foreground="#1e2228", panel="#e8eaed",
    faint="#5a626d", accent="#005a9c", warning="#7a5200", error="#9a4a00",
    added="#e0effc", added_word="#a6d0f5", added_sign="#00508f",
    removed="#fdeedb", removed_word="#f6c68a", removed_sign="#8f4700",
    here="#dfe3ea", added_here="#c5e1f8", removed_here="#fadcb6",
    found="#f0e442", found_text="#16181d", range="#e2d9f0",
    inks={Ink.KEYWORD: "#30343a", Ink.STRING: "#4d5a10", Ink.COMMENT: "#5a626d", Ink.NUMBER: "#6b5200",
          Ink.NAME: "#004a86", Ink.BUILTIN: "#00565c"},
)  # fmt: skip

PALETTES = {palette.name: palette for palette in (DARK, LIGHT, CONTRAST, BLIND, BLIND_LIGHT)}
NO_COLOUR = "no-colour"


def textual_theme(palette: Palette) -> Theme:
    """The same colours for Textual's own widgets."""
    return Theme(
        name=palette.name,
        primary=palette.accent,
        secondary=palette.accent,
        warning=palette.warning,
        error=palette.error,
        success=palette.added_sign,
        accent=palette.accent,
        foreground=palette.foreground,
        background=palette.background,
        surface=palette.background,
        panel=palette.panel,
        dark=palette.dark,
        variables={
            "text-muted": palette.faint,
            "block-cursor-background": palette.accent,
            "block-cursor-foreground": palette.background,
            "block-cursor-text-style": "bold",
            "input-selection-background": palette.range,
            "border": palette.faint,
            "border-blurred": palette.panel,
            "scrollbar": palette.faint,
            "scrollbar-background": palette.panel,
        },
    )


def no_colour_filter() -> LineFilter:
    """For `NO_COLOR`: attributes only. Textual's own would send shades of grey."""
    return NoColor()


class Look:
    """The styles of a change in one theme; without colour, attributes say it all.

    Args:
        palette: the colours.
        colour: whether there are any.
    """

    def __init__(self, palette: Palette, *, colour: bool = True) -> None:
        self.palette = palette
        self.colour = colour
        self.style = lru_cache(maxsize=2048)(self._style)

    def _style(self, ink: str, ground: str, marks: str = "") -> Style:
        """The style for an ink (`Ink`, `faint`, `accent`, `sign+` …), a ground (`added`, `here` …) and marks.

        Marks are letters: `w` a word that changed, `f` found, `b` bold, `r` in the marked range, `h` on the
        current line, `s` blanks at the end of a new line.
        """
        if not self.colour:
            return Style(
                bold="b" in marks or "h" in marks or None,
                underline="w" in marks or None,
                reverse="f" in marks or "r" in marks or "s" in marks or None,
                dim=(ink == "faint" and "h" not in marks) or None,
            )
        palette = self.palette
        text = palette.inks.get(Ink(ink)) if ink in set(Ink) else self._text(ink)
        back = self._ground(ground, here="h" in marks)
        if "w" in marks and ground in ("added", "removed"):
            back = getattr(palette, f"{ground}_word")
        if "r" in marks:
            back = palette.range
        if "s" in marks:
            back = palette.added_sign
        if "f" in marks:
            text, back = palette.found_text, palette.found
        return Style(color=text, bgcolor=back, bold="b" in marks or None)

    def _text(self, ink: str) -> str:
        palette = self.palette
        named = {
            "faint": palette.faint,
            "accent": palette.accent,
            "warning": palette.warning,
            "+": palette.added_sign,
            "-": palette.removed_sign,
        }
        return named.get(ink, palette.foreground)

    def _ground(self, ground: str, *, here: bool) -> str:
        palette = self.palette
        if ground in ("added", "removed"):
            named: str = getattr(palette, f"{ground}_here" if here else ground)
            return named
        if here:
            return palette.here
        return palette.panel if ground == "panel" else palette.background

"""Text from outside, made safe to print: what a terminal would obey is shown instead.

Issues, paths and changes are written by people and programs that we do not know. An escape sequence in one could
repaint the screen, a bidirectional override could turn the order of code round, a zero-width character could hide
a difference. So every character that has an effect without a shape is replaced by one that has a shape and none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rich.cells import cell_len

# A terminal gives these an effect or no width: controls, formats (bidi, zero-width, tags), surrogates, separators.
EFFECTS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt): variation selectors, joiners, fillers,
# drawn as nothing by whoever does not know them. Python's `unicodedata` does not know the property.
IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
PICTURES = 0x2400
DELETE = 0x7F
TAB_STOP = 4

# Nothing below U+0080 but the controls has an effect, so most lines never get past this.
_UNCHANGED = re.compile(r"[ -~]*")
_SUSPECT = re.compile(r"[\x00-\x1f\x7f]|[^\x00-\x7f]")


# Blanks that are not the space: in prose they are typography, in code they pass for something else.
_BLANK = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")


def shown(text: str) -> str:
    """One line of text without any character that a terminal obeys.

    C0 controls and DEL come out as their pictures (ESC as ␛), every other such character as its escape
    (U+202E as `\\u202e`). Line breaks are characters too: split a text into lines first, or use `shown_lines`.
    """
    return _SUSPECT.sub(lambda match: _shape(match[0]), text)


def _shape(character: str) -> str:
    if unicodedata.category(character) not in EFFECTS and not IGNORABLE.fullmatch(character):
        return character
    code = ord(character)
    if code < 0x20:
        return chr(PICTURES + code)
    if code == DELETE:
        return "␡"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def shown_lines(text: str) -> list[str]:
    """A text line by line, for reading: tabs widened, other effects shown. Ends lines at LF and CR LF only."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [shown(line.expandtabs(TAB_STOP * 2)) for line in lines]


def shown_code(line: str) -> str:
    """A line of code: a tab is drawn as an arrow up to its stop, so that it does not pass for spaces, and other
    blanks than the space as escapes.
    """
    return drawn_code(line).text


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line of code as it is drawn.

    `starts`: where each of its characters is drawn, and the end; None: as it is.
    """

    text: str
    starts: tuple[int, ...] | None = None

    def at(self, offset: int) -> int:
        """Where in the drawn text the character at this offset begins; past the end, where it ends."""
        if self.starts is None:
            return min(offset, len(self.text))
        return self.starts[min(offset, len(self.starts) - 1)]


def drawn_code(line: str) -> Drawn:
    """As `shown_code`, with the place of each character."""
    if _UNCHANGED.fullmatch(line):
        return Drawn(line)
    starts: list[int] = []
    drawn: list[str] = []
    length = column = 0
    for character in line:
        if character == "\t":
            shape = "→".ljust(TAB_STOP - column % TAB_STOP)
        elif _BLANK.fullmatch(character):
            shape = f"\\u{ord(character):04x}"
        else:
            shape = shown(character)
        starts.append(length)
        drawn.append(shape)
        length += len(shape)
        column += len(shape) if shape.isascii() else cell_len(shape)
    return Drawn("".join(drawn), (*starts, length))

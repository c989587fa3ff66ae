"""How long a text of a packet is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextSize:
    """A text's length.

    Attributes:
        characters: code points.
        lines: what a line feed ends, and what stands behind the last one.
    """

    characters: int = 0
    lines: int = 0

    @classmethod
    def of(cls, text: str | bytes) -> TextSize:
        """The length of this text; bytes are of ASCII."""
        if isinstance(text, bytes):
            return cls(len(text), text.count(b"\n") + (text[-1:] not in (b"", b"\n")))
        return cls(len(text), text.count("\n") + (text[-1:] not in ("", "\n")))

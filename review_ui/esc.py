"""Esc, and a key right behind it: what a terminal sends for both is what it sends for that key with Alt.

Textual makes one key of what comes within a tenth of a second: `j` with Alt, which types a j. Before `]` or Enter
it loses the Esc, for a digit it types another sign, and before a third key it types a `^`. No command has such
keys, so here they are the two that were pressed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from textual import events
from textual._xterm_parser import XTermParser

ESC = "\x1b"
BY_WORDS = ("b", "f")
"""Behind Esc, what some terminals send for Alt and an arrow too: by words in a text, two keys anywhere else."""
AGAIN = "ctrl+left_square_bracket"
"""An Esc that was not read as one at first. By its usual name Textual would take it for a `^`."""
_READ = "_sequence_to_key_events"


@contextmanager
def esc_is_a_key_of_its_own() -> Iterator[None]:
    """In here the terminal's keys are read so."""
    before = getattr(XTermParser, _READ, None)
    if before is None:
        # A Textual that reads keys in another way is left to read them so.
        yield
        return

    def keys(parser: XTermParser, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if sequence == ESC:
            yield events.Key(AGAIN, ESC)
        elif alt:
            yield events.Key("escape", ESC)
            yield from before(parser, sequence)
        elif sequence[:1] == ESC and sequence[1:] in BY_WORDS:
            yield from (events.Key(key.key, sequence) for key in before(parser, sequence))
        elif sequence[:1] == ESC and len(sequence) == 2 and sequence[1].isprintable():
            known = list(before(parser, sequence))
            yield from (key for key in [events.Key("escape", ESC)] if known)
            yield from before(parser, sequence[1]) if known else ()
        else:
            yield from before(parser, sequence)

    setattr(XTermParser, _READ, keys)
    try:
        yield
    finally:
        setattr(XTermParser, _READ, before)


def pressed(key: events.Key, *, writing: bool) -> list[events.Key]:
    """The keys that were pressed for what was read as one; `writing`: it goes to a text that is being written."""
    if key.key == AGAIN:
        keys = [events.Key("escape", ESC)]
    elif not writing and (key.character or "")[:1] == ESC and (key.character or "")[1:] in BY_WORDS:
        keys = [events.Key("escape", ESC), events.Key((key.character or "")[1:], None)]
    else:
        return [key]
    for one in keys:
        # When it was typed, which says what was on the screen then.
        one.time = key.time
    return keys

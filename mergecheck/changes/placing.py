"""Move a patch, whole, into a folder of its own, so that one git can judge many patches at once.

Patches in folders of their own have no file in common, so what git says of one is what it would have said of it
alone. Only a patch that is written the way git writes it is moved: every line is read as git reads it, by the
counts of the hunks' headers, so that no line of a hunk is taken for a header. A patch that holds anything else is
left to be judged alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mergecheck.changes.paths import NAME

PAIR = re.compile(rb"diff --git a/(%(n)b) b/(%(n)b)" % {b"n": NAME})
KEPT = re.compile(
    rb"index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: 100(?:644|755))?|"
    rb"(?:old|new|new file|deleted file) mode 100(?:644|755)|(?:dis)?similarity index \d{1,3}%"
)
MOVED = re.compile(rb"(rename from|rename to) (%b)" % NAME)
OLD, NEW = (re.compile(rb"(%b)/(%b)" % (side, NAME)) for side in (rb"--- a", rb"\+\+\+ b"))
NOWHERE = ((b"--- /dev/null", b"new file mode "), (b"+++ /dev/null", b"deleted file mode "))
"""That a side has no file, and the line without which git takes it for a file of the name `dev/null`."""

HUNK = re.compile(rb"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@[^\n]*")
NO_NEWLINE = b"\\ No newline at end of file"
HIS_OWN = re.compile(rb"(?:^|/)(?:\.{1,2}(?:/|$)|\.git|git~)", re.IGNORECASE)
"""Parts of paths of which git has a mind of its own."""


class NotPlain(Exception):
    """The patch is not written the way git writes it, or holds what is not moved."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A patch in its folder, and the paths that it names, without the folder."""

    patch: bytes
    names: frozenset[bytes]


def placed(patch: bytes, folder: bytes) -> Placed | None:
    """The same patch with `folder/` before all of its paths; None where it is not written plainly.

    Args:
        patch: as it would be given to `git apply`.
        folder: a name without slashes.
    """
    lines = patch.split(b"\n")
    if lines.pop() or not lines:
        return None
    names: set[bytes] = set()
    try:
        moved = list(_moved(lines, folder + b"/", names))
    except NotPlain:
        return None
    if any(HIS_OWN.search(name) for name in names):
        return None
    moved.append(b"")
    return Placed(b"\n".join(moved), frozenset(names))


def _moved(lines: list[bytes], folder: bytes, names: set[bytes]) -> Iterator[bytes]:
    at = 0
    while at < len(lines):
        if not lines[at]:
            # Git goes over blank lines between files.
            yield lines[at]
            at += 1
            continue
        pair = PAIR.fullmatch(lines[at])
        if pair is None:
            raise NotPlain
        names.update(pair.groups())
        yield b"diff --git a/%b%b b/%b%b" % (folder, pair[1], folder, pair[2])
        begin, at = at, at + 1
        while at < len(lines) and (line := _extended(lines[at], folder, names)) is not None:
            yield line
            at += 1
        if at < len(lines) and lines[at].startswith(b"--- "):
            yield from _header(lines[at : at + 2], lines[begin:at], folder, names)
            end = _hunks_end(lines, at + 2)
            yield from lines[at + 2 : end]
            at = end
        elif at == begin + 1:
            # Git goes over such a line as if it were any text.
            raise NotPlain


def _extended(line: bytes, folder: bytes, names: set[bytes]) -> bytes | None:
    """A line of git's between the names and the hunks, moved; None where it is none."""
    if KEPT.fullmatch(line):
        return line
    moved = MOVED.fullmatch(line)
    if moved is None:
        return None
    names.add(moved[2])
    return b"%b %b%b" % (moved[1], folder, moved[2])


def _header(lines: list[bytes], extended: list[bytes], folder: bytes, names: set[bytes]) -> Iterator[bytes]:
    """The two lines before the hunks, after those that git adds to a diff."""
    if len(lines) < 2:
        raise NotPlain
    for line, pattern, (nowhere, said) in zip(lines, (OLD, NEW), NOWHERE, strict=True):
        if line == nowhere:
            if not any(one.startswith(said) for one in extended):
                raise NotPlain
            yield line
            continue
        found = pattern.fullmatch(line)
        if found is None:
            raise NotPlain
        names.add(found[2])
        yield b"%b/%b%b" % (found[1], folder, found[2])


def _hunks_end(lines: list[bytes], at: int) -> int:
    """Where the hunks that begin here, one at least, end."""
    begin = at
    while at < len(lines) and (header := HUNK.fullmatch(lines[at])) is not None:
        at = _hunk_end(lines, at + 1, *(1 if count is None else int(count) for count in header.groups()))
    if at == begin:
        raise NotPlain
    return at


def _hunk_end(lines: list[bytes], at: int, old: int, new: int) -> int:
    """Where the lines of one hunk end, by the counts of its header."""
    while old or new:
        if at == len(lines):
            raise NotPlain
        sign = lines[at][:1]
        if sign in (b" ", b""):
            old, new = old - 1, new - 1
        elif sign == b"-":
            old -= 1
        elif sign == b"+":
            new -= 1
        elif lines[at] != NO_NEWLINE:
            raise NotPlain
        if old < 0 or new < 0:
            raise NotPlain
        at += 1
    if at < len(lines) and lines[at] == NO_NEWLINE:
        at += 1
    return at

"""Read git's raw-and-patch output: which files change, and their hunks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mergecheck.records import Hunk

HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
HEADER = b"diff --git "
NOWHERE = "0" * 40
TYPE_CHANGED = "T"


@dataclass(frozen=True, slots=True)
class RawHunk:
    """A hunk as git prints it, in bytes; a line that says "no newline" is a lone backslash."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[bytes, ...]

    def decoded(self, encoding: str) -> Hunk:
        """The same hunk as text in the file's encoding."""
        lines = tuple(line.decode(encoding, "surrogateescape") for line in self.lines)
        return Hunk(self.old_start, self.old_count, self.new_start, self.new_count, lines)


@dataclass(frozen=True, slots=True)
class RawChange:
    """One record of git's raw output; object ids are None where a side has no file."""

    status: str
    path: str
    old_path: str | None
    old_mode: str
    new_mode: str
    old_id: str | None
    new_id: str | None
    binary: bool
    hunks: tuple[RawHunk, ...]


def read_diff(output: bytes) -> list[RawChange]:
    """The changes that `git diff-index --patch-with-raw -z` prints, in its order (by path).

    Raises:
        ValueError: raw records and patches do not pair up; git never prints such a thing.
    """
    records, patch = _records(output)
    patches = _patches(patch)
    # A file that becomes a link, or the other way round, is one record and two patches: all out, all in.
    wanted = sum(2 if meta[4] == TYPE_CHANGED else 1 for meta, _, _ in records)
    if len(patches) != wanted:
        raise ValueError(f"{wanted} patches were to be expected, and there are {len(patches)}")
    changes = []
    for meta, old_path, path in records:
        lines = patches.pop(0)
        hunks = parse_hunks(lines)
        if meta[4] == TYPE_CHANGED:
            hunks += parse_hunks(patches.pop(0))
        old_mode, new_mode, old_id, new_id, status = meta
        changes.append(
            RawChange(
                status=status[0],
                path=path,
                old_path=old_path,
                old_mode=old_mode,
                new_mode=new_mode,
                old_id=None if old_id == NOWHERE else old_id,
                new_id=None if new_id == NOWHERE else new_id,
                binary=any(line.startswith(b"Binary files ") for line in lines[:8]),
                hunks=hunks,
            )
        )
    return changes


def _records(output: bytes) -> tuple[list[tuple[list[str], str | None, str]], bytes]:
    records: list[tuple[list[str], str | None, str]] = []
    rest = output
    while rest.startswith(b":"):
        meta, path, rest = rest.split(b"\0", 2)
        fields = meta[1:].decode("ascii").split(" ")
        first = path.decode("utf-8", "surrogateescape")
        if fields[4][0] in "RC":
            second, rest = rest.split(b"\0", 1)
            records.append((fields, first, second.decode("utf-8", "surrogateescape")))
        else:
            records.append((fields, None, first))
    return records, rest.removeprefix(b"\0")


def _patches(patch: bytes) -> list[list[bytes]]:
    """The lines of each file's patch. Lines of a hunk begin with " ", "+", "-" or "\\", so a header is one."""
    files: list[list[bytes]] = []
    for line in patch.split(b"\n"):
        if line.startswith(HEADER):
            files.append([])
        elif files:
            files[-1].append(line)
    return files


def parse_hunks(lines: list[bytes]) -> tuple[RawHunk, ...]:
    """The hunks in the lines of one file's patch.

    Raises:
        ValueError: a hunk does not have the lines that its header says.
    """
    hunks: list[tuple[tuple[int, int, int, int], list[bytes]]] = []
    for line in lines:
        header = HUNK.match(line)
        if header:
            old, old_count, new, new_count = (1 if group is None else int(group) for group in header.groups())
            hunks.append(((old, old_count, new, new_count), []))
        elif hunks and line:
            hunks[-1][1].append(b"\\" if line.startswith(b"\\") else line)
    return tuple(_checked(RawHunk(*place, tuple(body))) for place, body in hunks)


def _checked(hunk: RawHunk) -> RawHunk:
    signs = b"".join([line[:1] for line in hunk.lines])
    both = signs.count(b" ")
    old, new = both + signs.count(b"-"), both + signs.count(b"+")
    if (old, new) != (hunk.old_count, hunk.new_count):
        raise ValueError(f"a hunk of {hunk.old_count} and {hunk.new_count} lines has {old} and {new}")
    return hunk

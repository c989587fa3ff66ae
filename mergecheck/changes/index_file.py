"""Git's index as a file, version 2: made from a commit's tree, and read again where a patch has changed it.

The format is git's `Documentation/gitformat-index.txt`. An entry has times and sizes of a file on disk, none here;
then mode, object id, flags (the length of the path, a stage of a merge), the path, and NULs up to eight bytes.
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

HEADER = struct.Struct(">4sII")
SIGNATURE, VERSION = b"DIRC", 2
STAT = 24
AFTER_MODE = 12
FIXED = 62
LONGEST_NAMED = 0xFFF
STAGE = 0x3000
CHECKSUM = 20
PADDING = [bytes(8 - over) for over in range(8)]

FIRST_STEP = 512


class NotThisFormat(Exception):
    """Git wrote an index in a way that is not read here, or one in which a merge is open."""


@dataclass(frozen=True, slots=True)
class Held:
    """What an index holds at a path: a mode as git writes it, six octal digits, and an object id."""

    mode: str
    blob: str


Difference = tuple[bytes, Held | None, Held | None]
"""A path at which two indexes differ, and what the old and the new one hold there."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """The bytes of an index, and where in them each entry begins; the last is where they end."""

    data: bytes
    starts: Sequence[int]


def entry(mode: int, blob: bytes, path: bytes) -> bytes:
    """The bytes of one entry."""
    head = _head(mode) + blob + min(len(path), LONGEST_NAMED).to_bytes(2, "big") + path
    return head + PADDING[len(head) % 8]


@lru_cache(maxsize=16)
def _head(mode: int) -> bytes:
    return bytes(STAT) + mode.to_bytes(4, "big") + bytes(AFTER_MODE)


def index_file(entries: bytes, lengths: Sequence[int]) -> IndexFile:
    """An index of entries that are in git's order.

    Args:
        entries: their bytes.
        lengths: of each.
    """
    body = HEADER.pack(SIGNATURE, VERSION, len(lengths)) + entries
    starts = list(accumulate(lengths, initial=HEADER.size))
    return IndexFile(body + hashlib.sha1(body, usedforsecurity=False).digest(), starts)


EMPTY = index_file(b"", [])


def differences(old: IndexFile, new: bytes) -> Iterator[Difference]:
    """Paths at which two indexes differ, in git's order, with what the old and the new one hold there.

    Only entries that differ are looked at one by one, so this is quick where few do.

    Raises:
        NotThisFormat: the new one cannot be read.
    """
    if len(new) < HEADER.size + CHECKSUM:
        raise NotThisFormat("it is too short")
    signature, version, left = HEADER.unpack_from(new)
    if (signature, version) != (SIGNATURE, VERSION):
        raise NotThisFormat(f"it is of version {version}")
    here, there, last = 0, HEADER.size, len(old.starts) - 1
    while here < last or left:
        equal = _equal(old.data, old.starts[here], old.starts[last], new, there, len(new) - CHECKSUM)
        after = min(bisect_right(old.starts, old.starts[here] + equal) - 1, here + left)
        there += old.starts[after] - old.starts[here]
        left -= after - here
        here = after
        before = _parsed(old.data, old.starts[here]) if here < last else None
        now = _parsed(new, there) if left else None
        if before is not None and (now is None or before[0] <= now[0]):
            here += 1
        if now is not None and (before is None or now[0] <= before[0]):
            there += now[2]
            left -= 1
        if before is not None and now is not None and before[0] == now[0]:
            if before[1] != now[1]:
                yield before[0], before[1], now[1]
        elif before is not None and (now is None or before[0] < now[0]):
            yield before[0], before[1], None
        elif now is not None:
            yield now[0], None, now[1]


def _equal(old: bytes, at: int, end: int, new: bytes, there: int, there_end: int) -> int:
    """How many bytes are surely the same in both from here on; steps grow while they are, and halve at the end."""
    limit = min(end - at, there_end - there)
    same, step = 0, FIRST_STEP
    while same < limit and step:
        size = min(step, limit - same)
        if old[at + same : at + same + size] == new[there + same : there + same + size]:
            same += size
            step *= 2
        elif step > FIRST_STEP:
            step = max(FIRST_STEP, size // 4)
        else:
            return same
    return same


def _parsed(data: bytes, at: int) -> tuple[bytes, Held, int]:
    """Path, contents and length of the entry that begins here."""
    if at + FIXED > len(data) - CHECKSUM:
        raise NotThisFormat("it ends within an entry")
    mode = int.from_bytes(data[at + STAT : at + STAT + 4], "big")
    flags = int.from_bytes(data[at + FIXED - 2 : at + FIXED], "big")
    if flags & STAGE:
        raise NotThisFormat("it holds a merge that is open")
    end = data.index(b"\0", at + FIXED)
    held = Held(f"{mode:06o}", data[at + STAT + 4 + AFTER_MODE : at + FIXED - 2].hex())
    return data[at + FIXED : end], held, (end - at + 8) // 8 * 8

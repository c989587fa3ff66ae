"""What a packet holds, as pydantic models: the manifest, the blind items, their files and hunks.

A packet is a ZIP: `manifest.json`, `items/<blind id>.json`, `trees/<sha256>.json` (a folder of a base tree),
`blobs/<sha256>` (UTF-8 text). Nothing in it names a source, a grade, an instance id or a time.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from mergecheck.packet.form import Form
from mergecheck.records import Hunk, Kind

FORMAT = 3
"""Newest version of the packet's format. A packet has the oldest that can say what it holds: 1, 2 where it tells
of amendments to earlier packets, 3 where it holds base trees."""

MANIFEST = "manifest.json"
NEWER = frozenset({"amendments"})
"""Keys of the manifest that format 1 does not have."""

_BY_DIGEST = re.compile(r"(?:blobs/([0-9a-f]{64})|trees/([0-9a-f]{64})\.json)\Z")


def oldest_format(*, amendments: bool, trees: bool) -> int:
    """The oldest format that can say what a packet holds."""
    if trees:
        return 3
    return 2 if amendments else 1


def blob_entry(digest: str) -> str:
    """The entry that holds the text with this digest."""
    return f"blobs/{digest}"


def tree_entry(digest: str) -> str:
    """The entry that holds the folder with this digest."""
    return f"trees/{digest}.json"


def digest_in(name: str) -> str | None:
    """The SHA-256 (hex) that an entry's name gives for its bytes; None where the name gives none."""
    found = _BY_DIGEST.match(name)
    return None if found is None else found[1] or found[2]


class PacketModel(BaseModel):
    """Unknown keys are refused: a newer packet has a newer `format`, so an unknown key is damage."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PacketHunk(PacketModel):
    """A hunk, as `mergecheck.records.Hunk` defines it."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[str, ...]

    @classmethod
    def of(cls, hunk: Hunk) -> PacketHunk:
        """The same hunk, for the packet."""
        return cls(
            old_start=hunk.old_start,
            old_count=hunk.old_count,
            new_start=hunk.new_start,
            new_count=hunk.new_count,
            lines=hunk.lines,
        )


class PacketFile(PacketModel):
    """One changed file: `old` and `new` are digests of its whole texts among the blobs."""

    path: str
    kind: Kind
    old_path: str | None = None
    binary: bool = False
    old_mode: str | None = None
    new_mode: str | None = None
    old: str | None = None
    new: str | None = None
    hunks: tuple[PacketHunk, ...] = ()

    @cached_property
    def hunk_rows(self) -> tuple[int, ...]:
        """How many lines each hunk has; that a last one has no line feed is no line. Counted once a file."""
        return tuple([len(hunk.lines) - hunk.lines.count("\\") for hunk in self.hunks])


class PacketItem(PacketModel):
    """One change under its blind id. `issue` is the digest of the issue's text, the same for equal texts.

    `tree` is the digest of the base tree's topmost folder; None in packets that hold no trees.
    """

    id: str
    wave: int = Field(ge=1)
    position: int = Field(ge=1)
    repository: str
    issue: str
    files: tuple[PacketFile, ...]
    tree: str | None = None

    @model_serializer(mode="wrap")
    def _as_its_format(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in plain(self).items() if key != "tree" or value is not None}


class Amended(PacketModel):
    """What a reviewer is told about an item of an earlier packet of theirs: that it is void, or shown anew here.

    `number` is the item's place in the queue of that round, as the reviewer saw it.
    """

    round: int = Field(ge=1)
    number: int = Field(ge=1)
    what: Literal["withdraw", "reissue"]


class Manifest(PacketModel):
    """The packet's own page: whose it is, what is asked, the order of items, and the digest of it all."""

    format: int = 1
    study_id: str
    study: str
    reviewer: str
    round: int = Field(ge=1)
    rules: str
    waves: int = Field(ge=1)
    form: Form
    guidelines: str
    items: tuple[str, ...]
    amendments: tuple[Amended, ...] = ()
    content_digest: str = ""

    @model_serializer(mode="wrap")
    def _as_its_format(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A digest of an older packet must come out as it did then, so what its format did not have is left out.
        return {key: value for key, value in plain(self).items() if key not in NEWER or value}


def dump(value: BaseModel | dict[str, Any]) -> bytes:
    """JSON bytes that are the same for equal values: keys sorted, no spaces, UTF-8, a final newline."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return (text + "\n").encode("utf-8", "surrogatepass")


def text_digest(text: str) -> str:
    """SHA-256 (hex) of a text as UTF-8: the name of its blob."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_digest(manifest: Manifest, entries: Mapping[str, str]) -> str:
    """SHA-256 (hex) over the manifest without its digest and over every other entry's name and SHA-256.

    It is taken of the contents, not of the ZIP, so it is the same everywhere while compressed bytes may not be.
    """
    whole = hashlib.sha256(dump(manifest.model_copy(update={"content_digest": ""})))
    for name in sorted(entries):
        whole.update(f"{name}\0{entries[name]}\n".encode())
    return whole.hexdigest()

"""Open a packet: verify that it is whole, then read items and texts from it on demand."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mergecheck.errors import PacketError
from mergecheck.packet.format import FORMAT, MANIFEST, Manifest, PacketItem, content_digest

ASK_AGAIN = "ask whoever sent it for the file again"
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)
"""What `zipfile` raises on damaged bytes. RuntimeError: a flipped bit says encrypted, or of a later version."""


class Packet:
    """A verified packet. Use as a context manager, or close it.

    Raises (from `open`):
        PacketError: it is not there, not a packet, damaged, or of a newer format than this program knows.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._archive = archive
        self._items: dict[str, PacketItem] = {}

    @classmethod
    def open(cls, path: Path) -> Packet:
        """Open and verify the packet at `path`: every entry is read once and compared with the digest."""
        if not path.exists():
            raise PacketError("there is no such file", where=str(path), fix="check the path to the packet")
        try:
            archive = zipfile.ZipFile(path)
        except DAMAGE as error:
            raise PacketError(
                f"this is not a packet, or it is truncated ({error})", where=str(path), fix=ASK_AGAIN
            ) from error
        try:
            return cls(path, archive, _verified(path, archive))
        except BaseException:
            archive.close()
            raise

    def __enter__(self) -> Packet:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()

    @property
    def digest(self) -> str:
        """The content digest: the first link of the chain in an answers file."""
        return self.manifest.content_digest

    @property
    def answers_path(self) -> Path:
        """Where the answers to this packet are kept: `NAME.answers.jsonl` beside it."""
        return self.path.with_name(self.path.stem + ".answers.jsonl")

    def item(self, item_id: str) -> PacketItem:
        """The item with this blind id."""
        if item_id not in self._items:
            data = _parsed(self.path, f"items/{item_id}.json", self._archive.read(f"items/{item_id}.json"))
            self._items[item_id] = _model(PacketItem, data, self.path, f"items/{item_id}.json")
        return self._items[item_id]

    def text(self, digest: str) -> str:
        """The text with this digest: an issue, or a file's whole old or new side."""
        return self._archive.read(f"blobs/{digest}").decode("utf-8", "surrogatepass")


def _verified(path: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        entries = {info.filename: _entry(archive, info) for info in archive.infolist()}
    except DAMAGE as error:
        raise PacketError(f"the packet is damaged ({error})", where=str(path), fix=ASK_AGAIN) from error
    if MANIFEST not in entries:
        raise PacketError(f"this is a ZIP without {MANIFEST}: no packet", where=str(path), fix=ASK_AGAIN)
    data = _parsed(path, MANIFEST, entries.pop(MANIFEST))
    made_with = data.get("format")
    if isinstance(made_with, int) and made_with > FORMAT:
        raise PacketError(
            f"the packet has format {made_with}, this program knows formats up to {FORMAT}",
            where=str(path),
            fix="install a newer mergecheck",
        )
    manifest = _model(Manifest, data, path, MANIFEST)
    if content_digest(manifest, entries) != manifest.content_digest:
        raise PacketError("the packet's contents do not match its digest", where=str(path), fix=ASK_AGAIN)
    return manifest


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    # A packet's entries are deflated; a decompressor for anything else would fail in ways of its own.
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile(f"{info.filename} is packed by method {info.compress_type}")
    return archive.read(info)


def _parsed(path: Path, name: str, raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise PacketError(f"{name} is not JSON ({error})", where=str(path), fix=ASK_AGAIN) from error
    if not isinstance(data, dict):
        raise PacketError(f"{name} is not a JSON object", where=str(path), fix=ASK_AGAIN)
    return data


Model = TypeVar("Model", bound=BaseModel)


def _model(model: type[Model], data: dict[str, Any], path: Path, name: str) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise PacketError(f"{name}, {field}: {first['msg']}", where=str(path), fix=ASK_AGAIN) from error

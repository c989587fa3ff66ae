"""Open a packet: verify that it is whole, then read items and texts from it on demand.

Texts and folders are named by their digest, so the content digest covers them by name alone. What the items show
is read and compared at opening; the rest of the base trees, which can be far more, whenever it is read.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mergecheck.errors import PacketError
from mergecheck.packet.format import (
    FORMAT,
    MANIFEST,
    Manifest,
    PacketItem,
    blob_entry,
    content_digest,
    digest_in,
    tree_entry,
)
from mergecheck.packet.texts import TextSize
from mergecheck.packet.trees import PacketFolder, walk
from mergecheck.packet.uncollected import uncollected

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
        self._sizes: dict[str, TextSize] = {}
        self._tree: tuple[str, Mapping[str, str | None]] | None = None

    @classmethod
    def open(cls, path: Path) -> Packet:
        """Open and verify the packet at `path`: all that its items show is read and compared with its digest."""
        if not path.exists():
            raise PacketError("there is no such file", where=str(path), fix="check the path to the packet")
        try:
            archive = zipfile.ZipFile(path)
        except DAMAGE as error:
            raise PacketError(
                f"this is not a packet, or it is truncated ({error})", where=str(path), fix=ASK_AGAIN
            ) from error
        try:
            with uncollected():
                manifest, pages = _verified(path, archive)
                packet = cls(path, archive, manifest)
                for one in manifest.items:
                    packet._read_item(one, pages.pop(_item_entry(one), None))
            del pages
            for digest in sorted({digest for one in packet.manifest.items for digest in packet._shown(one)}):
                packet.size(digest)
        except BaseException:
            archive.close()
            raise
        return packet

    def check(self) -> None:
        """Read everything that opening leaves until it is asked for, and compare it with its digest.

        Raises:
            PacketError: something is damaged.
        """
        for name in self._archive.namelist():
            if digest_in(name) is not None:
                self._bytes(name)

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
            self._read_item(item_id, None)
        return self._items[item_id]

    def _read_item(self, item_id: str, page: bytes | None) -> None:
        name = _item_entry(item_id)
        page = self._bytes(name) if page is None else page
        try:
            # In one step it takes half as long; what cannot be read so is read again, and told as everywhere.
            item = PacketItem.model_validate_json(page)
        except ValidationError:
            item = _model(PacketItem, _parsed(self.path, name, page), self.path, name)
        self._items[item_id] = item

    def text(self, digest: str) -> str:
        """The text with this digest: an issue, a file's whole old or new side, or a file of a base tree.

        Raises:
            PacketError: the packet has none, its bytes do not match the digest, or are not UTF-8.
        """
        return self._decoded(digest, self._bytes(blob_entry(digest)))

    def _decoded(self, digest: str, data: bytes) -> str:
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            said = f"{blob_entry(digest)} is no text ({error})"
            raise PacketError(said, where=str(self.path), fix=ASK_AGAIN) from error

    def size(self, digest: str) -> TextSize:
        """How long the text with this digest is. Of what the items show it is known from the opening: nothing is
        read for it again.

        Raises:
            PacketError: as `text`.
        """
        if digest not in self._sizes:
            data = self._bytes(blob_entry(digest))
            # Of plain ASCII, bytes are characters.
            self._sizes[digest] = TextSize.of(data if data.isascii() else self._decoded(digest, data))
        return self._sizes[digest]

    def tree(self, item: PacketItem) -> Mapping[str, str | None]:
        """The repository as it was before the change: path → digest of the text, in the order of the paths.

        None stands for a file that is named and not shown. Empty where the packet holds no trees (`item.tree` is
        None). Paths have "/" between their parts and never leave the tree; they are for showing, not for opening.

        Raises:
            PacketError: a folder of the tree is missing or damaged.
        """
        if item.tree is None:
            return {}
        # Items of one instance often follow each other closely; more than one large tree need not stay in memory.
        if self._tree is None or self._tree[0] != item.tree:
            self._tree = item.tree, dict(sorted(walk(item.tree, self._folder)))
        return self._tree[1]

    def _folder(self, digest: str) -> PacketFolder:
        name = tree_entry(digest)
        raw = self._bytes(name)
        try:
            return PacketFolder.parse(raw)
        except (ValueError, RecursionError) as error:
            raise PacketError(f"{name}: {error}", where=str(self.path), fix=ASK_AGAIN) from error

    def _shown(self, item_id: str) -> list[str]:
        item = self.item(item_id)
        sides = [digest for file in item.files for digest in (file.old, file.new) if digest is not None]
        return [item.issue, *sides]

    def _bytes(self, name: str) -> bytes:
        try:
            data = _entry(self._archive, self._archive.getinfo(name))
        except KeyError as error:
            raise PacketError(f"the packet has no {name}", where=str(self.path), fix=ASK_AGAIN) from error
        except DAMAGE as error:
            raise PacketError(f"the packet is damaged ({error})", where=str(self.path), fix=ASK_AGAIN) from error
        stated = digest_in(name)
        if stated is not None and hashlib.sha256(data).hexdigest() != stated:
            raise PacketError(f"{name} does not match its digest", where=str(self.path), fix=ASK_AGAIN)
        return data


def _item_entry(item_id: str) -> str:
    return f"items/{item_id}.json"


def _verified(path: Path, archive: zipfile.ZipFile) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest, and the entries that are not named by their digest, as they were read and verified."""
    entries: dict[str, str] = {}
    pages: dict[str, bytes] = {}
    try:
        for info in archive.infolist():
            stated = digest_in(info.filename)
            if stated is None:
                raw = _entry(archive, info)
                stated = hashlib.sha256(raw).hexdigest()
                pages[info.filename] = raw
            entries[info.filename] = stated
    except DAMAGE as error:
        raise PacketError(f"the packet is damaged ({error})", where=str(path), fix=ASK_AGAIN) from error
    page = pages.pop(MANIFEST, None)
    if page is None:
        raise PacketError(f"this is a ZIP without {MANIFEST}: no packet", where=str(path), fix=ASK_AGAIN)
    del entries[MANIFEST]
    data = _parsed(path, MANIFEST, page)
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
    return manifest, pages


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

"""Write a packet: a function of its contents alone, to the byte."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mergecheck.errors import PacketError
from mergecheck.packet.format import (
    MANIFEST,
    Manifest,
    PacketFile,
    PacketHunk,
    PacketItem,
    content_digest,
    dump,
    text_digest,
)
from mergecheck.packet.open import Packet
from mergecheck.records import Assignment, Candidate, FileChange

# The ZIP format's own earliest time; any fixed one would do.
EPOCH = (1980, 1, 1, 0, 0, 0)
READ_ONLY = 0o444
MOVE_AWAY = "move it away and run the command again; it is written anew"


def make_item(
    assignment: Assignment, candidate: Candidate, repository: str, issue: str
) -> tuple[PacketItem, dict[str, str]]:
    """One blind item and the texts that it refers to (digest → text)."""
    texts = {text_digest(issue): issue}
    files = []
    for file in candidate.change.files:
        files.append(_file(file))
        texts |= {text_digest(text): text for text in (file.old_text, file.new_text) if text is not None}
    item = PacketItem(
        id=assignment.id,
        wave=assignment.wave,
        position=assignment.position,
        repository=repository,
        issue=text_digest(issue),
        files=tuple(files),
    )
    return item, texts


def _file(file: FileChange) -> PacketFile:
    return PacketFile(
        path=file.path,
        kind=file.kind,
        old_path=file.old_path,
        binary=file.binary,
        old_mode=file.old_mode,
        new_mode=file.new_mode,
        old=None if file.old_text is None else text_digest(file.old_text),
        new=None if file.new_text is None else text_digest(file.new_text),
        hunks=tuple(PacketHunk.of(hunk) for hunk in file.hunks),
    )


def write_packet(path: Path, manifest: Manifest, items: Iterable[PacketItem], texts: dict[str, str]) -> str:
    """Write a packet and return its content digest; a packet that is there already is never rewritten.

    Args:
        path: where to; its folder must exist.
        manifest: without items and digest, which are filled in here.
        items: in any order; the manifest lists them by position.
        texts: digest → text, at least those that the items refer to; only those are written.

    Raises:
        PacketError: `path` holds something else than what would be written, or an item's text is missing.
    """
    queue = sorted(items, key=lambda item: item.position)
    entries = {f"items/{item.id}.json": dump(item) for item in queue}
    for item in queue:
        for digest in _texts_of(item):
            if digest not in texts:
                raise PacketError(f"text {digest} of item {item.id} is missing", where=str(path))
            entries[f"blobs/{digest}"] = texts[digest].encode("utf-8", "surrogatepass")
    manifest = manifest.model_copy(update={"items": tuple(item.id for item in queue), "content_digest": ""})
    digest = content_digest(manifest, entries)
    if path.exists():
        _refuse_other(path, digest)
        return digest
    entries = {MANIFEST: dump(manifest.model_copy(update={"content_digest": digest})), **entries}
    _write(path, entries)
    return digest


def _texts_of(item: PacketItem) -> list[str]:
    sides = [digest for file in item.files for digest in (file.old, file.new) if digest is not None]
    return [item.issue, *sides]


def _refuse_other(path: Path, digest: str) -> None:
    try:
        with Packet.open(path) as there:
            same = there.digest == digest
    except PacketError as error:
        raise PacketError(
            f"the packet that is there cannot be read: {error.what}", where=str(path), fix=MOVE_AWAY
        ) from error
    if not same:
        raise PacketError(
            "a different packet is there already, and a packet is never rewritten", where=str(path), fix=MOVE_AWAY
        )


def _write(path: Path, entries: dict[str, bytes]) -> None:
    # Written beside and renamed, so that a packet is there whole or not at all.
    draft = path.with_name(path.name + ".part")
    try:
        draft.unlink(missing_ok=True)
        _write_archive(draft, entries)
        draft.chmod(READ_ONLY)
        draft.replace(path)
    except OSError as error:
        # In a folder that cannot be written there is nothing to remove, and no way to.
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise PacketError(
            f"the packet could not be written ({error.strerror})",
            where=str(path),
            fix="make room on the disk, check that you may write there, and run the command again",
        ) from error


def _write_archive(path: Path, entries: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in [MANIFEST, *sorted(set(entries) - {MANIFEST})]:
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = (0o100000 | READ_ONLY) << 16
            archive.writestr(info, entries[name])
    with path.open("rb") as handle:
        os.fsync(handle.fileno())

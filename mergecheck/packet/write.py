"""Write a packet: a function of its contents alone, to the byte, one text in memory at a time."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mergecheck.errors import PacketError
from mergecheck.packet.format import (
    MANIFEST,
    Manifest,
    PacketFile,
    PacketHunk,
    PacketItem,
    blob_entry,
    content_digest,
    dump,
    text_digest,
    tree_entry,
)
from mergecheck.packet.lock import wait_for
from mergecheck.packet.open import Packet
from mergecheck.packet.trees import PacketFolder, reachable
from mergecheck.records import Assignment, Candidate, FileChange

# The ZIP format's own earliest time; any fixed one would do.
EPOCH = (1980, 1, 1, 0, 0, 0)
READ_ONLY = 0o444
MOVE_AWAY = "move it away and run the command again; it is written anew"


def make_item(
    assignment: Assignment, candidate: Candidate, repository: str, issue: str, tree: str | None = None
) -> tuple[PacketItem, dict[str, str]]:
    """One blind item and the texts that it shows (digest → text), without those of its base tree.

    `tree` is the digest of the base tree's topmost folder.
    """
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
        tree=tree,
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


def write_packet(path: Path, manifest: Manifest, items: Iterable[PacketItem], texts: Mapping[str, str]) -> str:
    """Write a packet and return its content digest; a packet that is there already is never rewritten.

    Args:
        path: where to; its folder must exist.
        manifest: without items and digest, which are filled in here.
        items: in any order; the manifest lists them by position.
        texts: digest → text, at least those that the items refer to, the folders of their base trees (as JSON) and
            the texts in these; only those are written. Each is asked for when it is written, so the mapping need
            not hold them in memory.

    Raises:
        PacketError: `path` holds something else than what would be written, or a text is missing or not what its
            digest says.
    """
    queue = sorted(items, key=lambda item: item.position)
    described = {f"items/{item.id}.json": dump(item) for item in queue}
    entries = {name: hashlib.sha256(raw).hexdigest() for name, raw in described.items()}
    entries |= _by_digest(path, queue, texts)
    manifest = manifest.model_copy(update={"items": tuple(item.id for item in queue), "content_digest": ""})
    digest = content_digest(manifest, entries)
    if path.exists():
        check_packet(path, {digest})
        return digest
    described[MANIFEST] = dump(manifest.model_copy(update={"content_digest": digest}))

    def contents() -> Iterator[tuple[str, bytes]]:
        for name in [MANIFEST, *sorted(entries)]:
            yield name, described[name] if name in described else _raw(path, entries[name], texts)

    if not _write(path, contents()):
        check_packet(path, {digest})
    return digest


def _by_digest(path: Path, queue: list[PacketItem], texts: Mapping[str, str]) -> dict[str, str]:
    """The entries that are named by their digest, with it: texts, and the folders of base trees."""
    found: dict[str, str] = {}
    for item in queue:
        for digest in _texts_of(item):
            if digest not in texts:
                raise PacketError(f"text {digest} of item {item.id} is missing", where=str(path))
            found[blob_entry(digest)] = digest

    def read(digest: str) -> PacketFolder:
        raw = _raw(path, digest, texts)
        try:
            return PacketFolder.parse(raw)
        except ValueError as error:
            raise PacketError(f"folder {digest} of a base tree: {error}", where=str(path)) from error

    folders, files = reachable({item.tree for item in queue if item.tree is not None}, read)
    found |= {tree_entry(digest): digest for digest in folders}
    return found | {blob_entry(digest): digest for digest in files}


def _raw(path: Path, digest: str, texts: Mapping[str, str]) -> bytes:
    try:
        raw = texts[digest].encode("utf-8", "surrogatepass")
    except KeyError as error:
        raise PacketError(f"text {digest} of a base tree is missing", where=str(path)) from error
    if hashlib.sha256(raw).hexdigest() != digest:
        raise PacketError(f"text {digest} is not what its digest says", where=str(path))
    return raw


def _texts_of(item: PacketItem) -> list[str]:
    sides = [digest for file in item.files for digest in (file.old, file.new) if digest is not None]
    return [item.issue, *sides]


def check_packet(path: Path, digests: Collection[str]) -> None:
    """Read a packet that is there, whole.

    Args:
        path: where it is.
        digests: content digests, of which it should have one.

    Raises:
        PacketError: it is damaged, or another packet.
    """
    try:
        with Packet.open(path) as there:
            there.check()
            same = there.digest in digests
    except PacketError as error:
        raise PacketError(
            f"the packet that is there cannot be read: {error.what}", where=str(path), fix=MOVE_AWAY
        ) from error
    if not same:
        raise PacketError(
            "a different packet is there already, and a packet is never rewritten", where=str(path), fix=MOVE_AWAY
        )


def _write(path: Path, contents: Iterable[tuple[str, bytes]]) -> bool:
    """Whether it was written: another program may have been quicker."""
    # Written beside and renamed, so that a packet is there whole or not at all.
    draft = path.with_name(path.name + ".part")
    try:
        with _held(draft) as handle:
            if path.exists():
                draft.unlink()
                return False
            _write_archive(handle, contents)
            draft.replace(path)
            path.chmod(READ_ONLY)
    except OSError as error:
        raise PacketError(
            f"the packet could not be written ({error.strerror})",
            where=str(path),
            fix="make room on the disk, check that you may write there, and run the command again",
        ) from error
    return True


@contextmanager
def _held(draft: Path) -> Iterator[BinaryIO]:
    """The draft, empty, for one program at a time: another waits here until it is a packet, or given up."""
    while True:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as handle:
            wait_for(handle.fileno())
            # Whoever had it may have renamed or removed it since it was opened here.
            if not _is(draft, handle):
                continue
            try:
                handle.truncate(0)
                yield handle
            except BaseException:
                # In a folder that cannot be written there is nothing to remove, and no way to.
                with suppress(OSError):
                    draft.unlink()
                raise
            return


def _is(path: Path, handle: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle.fileno()))
    except FileNotFoundError:
        return False


def _write_archive(handle: BinaryIO, contents: Iterable[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in contents:
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = (0o100000 | READ_ONLY) << 16
            archive.writestr(info, raw)
    handle.flush()
    os.fsync(handle.fileno())

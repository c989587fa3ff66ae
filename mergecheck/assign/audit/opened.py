"""Read a packet as it lies on the disk, with nothing taken for granted: what its format does not know is kept."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mergecheck.assign.audit.records import Entry, File, Item, Opened
from mergecheck.errors import PacketError
from mergecheck.packet.format import MANIFEST, Manifest, PacketFile, PacketItem
from mergecheck.packet.open import DAMAGE
from mergecheck.records import Candidate, FileChange, Hunk, Kind

DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
SHOWN_TEXT = 200_000
"""Characters that are read of an entry which no packet has."""

Whose = Callable[[str], tuple[str, str] | None]
"""Blind id → candidate and instance, None where the study does not know it."""


def read_packet(path: Path, whose: Whose) -> Opened:
    """A packet with every entry of its ZIP, also those that `Packet` would refuse.

    Raises:
        PacketError: it is no ZIP, is damaged, or lacks what makes it a packet.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            raw = {info.filename: archive.read(info) for info in archive.infolist()}
            infos = archive.infolist()
            comment = archive.comment.decode("utf-8", "replace")
        manifest = json.loads(raw[MANIFEST])
        items = tuple(_items(manifest, raw, whose))
        trees = dict(_trees(manifest, items, raw))
    except (*DAMAGE, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PacketError(
            f"the packet cannot be audited ({type(error).__name__}: {error})",
            where=str(path),
            fix="move it away and run `mergecheck assign`, which writes it anew",
        ) from error
    known = _known_entries(manifest, raw)
    return Opened(
        file=path.name,
        reviewer=str(manifest.get("reviewer", "")),
        round=int(manifest.get("round", 1)),
        waves=max(1, int(manifest.get("waves", 1))),
        items=items,
        fields=dict(_fields(manifest)),
        entries=tuple(_entry(info, raw[info.filename], info.filename in known) for info in infos),
        trees=trees,
        comment=comment,
    )


def next_round(candidates: Iterable[tuple[Candidate, str, str]], trees: Mapping[str, Mapping[str, str]]) -> Opened:
    """What the next round would hand out, as if it stood in one packet that has no file.

    Args:
        candidates: each with its repository and the issue as it would be shown.
        trees: instance → path → base text, as far as they are kept.
    """
    items = tuple(
        Item(
            id=candidate.id,
            number=number,
            wave=1,
            repository=repository,
            issue=issue,
            files=tuple(_of_change(file) for file in candidate.change.files),
            candidate=candidate.id,
            instance=candidate.instance,
        )
        for number, (candidate, repository, issue) in enumerate(candidates, start=1)
    )
    return Opened("", "", 0, 1, items, trees=trees)


def _of_change(file: FileChange) -> File:
    return File(
        path=file.path,
        kind=file.kind,
        old_path=file.old_path,
        old=file.old_text,
        new=file.new_text,
        old_mode=file.old_mode,
        new_mode=file.new_mode,
        binary=file.binary,
        hunks=file.hunks,
    )


def _items(manifest: dict[str, Any], raw: Mapping[str, bytes], whose: Whose) -> Iterator[Item]:
    names = [f"items/{name}.json" for name in manifest["items"]]
    names += sorted(name for name in raw if re.fullmatch(r"items/[^/]+\.json", name) and name not in names)
    for name in names:
        item = json.loads(raw[name])
        known = whose(str(item["id"]))
        yield Item(
            id=str(item["id"]),
            number=int(item["position"]),
            wave=int(item["wave"]),
            repository=str(item["repository"]),
            issue=_blob(raw, item["issue"]) or "",
            files=tuple(_file(file, raw) for file in item["files"]),
            candidate=None if known is None else known[0],
            instance=None if known is None else known[1],
            unknown=_unknown(item, PacketItem.model_fields),
        )


def _file(file: dict[str, Any], raw: Mapping[str, bytes]) -> File:
    hunks = tuple(
        Hunk(
            hunk["old_start"],
            hunk["old_count"],
            hunk["new_start"],
            hunk["new_count"],
            tuple(map(str, hunk["lines"])),
        )
        for hunk in file.get("hunks", ())
    )
    return File(
        path=str(file["path"]),
        kind=Kind(file["kind"]),
        old_path=file.get("old_path"),
        old=_blob(raw, file.get("old")),
        new=_blob(raw, file.get("new")),
        old_mode=file.get("old_mode"),
        new_mode=file.get("new_mode"),
        binary=bool(file.get("binary")),
        hunks=hunks,
        unknown=_unknown(file, PacketFile.model_fields),
    )


def _unknown(found: Mapping[str, Any], fields: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((key, _as_text(value)) for key, value in sorted(found.items()) if key not in fields)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _blob(raw: Mapping[str, bytes], digest: str | None) -> str | None:
    return None if digest is None else raw[f"blobs/{digest}"].decode("utf-8", "surrogatepass")


def _fields(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Manifest field → text, of all that a reviewer's program could show; ids and digests are no text."""
    for key, value in manifest.items():
        if key not in ("items", "content_digest", "study_id", "format") and not _is_tree_key(key):
            yield (key if key in Manifest.model_fields else f"{key} (a key that no packet has)", _as_text(value))


def _is_tree_key(key: str) -> bool:
    return key in Manifest.model_fields and ("tree" in key or "base" in key)


def _trees(
    manifest: Mapping[str, Any], items: Iterable[Item], raw: Mapping[str, bytes]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Instance → path → text of the base trees that the packet holds."""
    yield from ()


def _known_entries(manifest: Mapping[str, Any], raw: Mapping[str, bytes]) -> set[str]:
    """Names of entries that a packet of ours has: the manifest, its items, and the texts that they refer to."""
    known = {MANIFEST, *(f"items/{name}.json" for name in manifest["items"])}
    waiting = [raw[name].decode("utf-8", "surrogatepass") for name in known if name in raw]
    while waiting:
        for digest in DIGEST.findall(waiting.pop()):
            name = f"blobs/{digest}"
            if name in raw and name not in known:
                known.add(name)
    return known


def _entry(info: zipfile.ZipInfo, data: bytes, expected: bool) -> Entry:
    return Entry(
        name=info.filename,
        time=info.date_time,
        attributes=(info.create_system, info.external_attr, info.extra, info.comment),
        expected=expected,
        text="" if expected else data[:SHOWN_TEXT].decode("utf-8", "replace"),
    )

"""Keep candidates: written once under the digest of their contents, never changed."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from mergecheck.packet.format import text_digest
from mergecheck.records import Candidate, CanonicalChange, FileChange, Hunk, Kind
from mergecheck.store.schema import candidates, texts


def save_candidate(connection: Connection, instance: str, change: CanonicalChange) -> str:
    """Keep a change as a candidate of its instance and return the candidate's id.

    What other rules made alike before is that candidate: an upgrade must not have everything reviewed again.
    """
    contents = change.contents()
    known = (candidates.c.instance == instance) & (candidates.c.contents == contents)
    same: str | None = connection.execute(select(candidates.c.id).where(known).order_by(candidates.c.id)).scalar()
    if same is not None:
        return same
    candidate = Candidate(instance, change)
    sides = [text for file in change.files for text in (file.old_text, file.new_text) if text is not None]
    for text in sides:
        save_text(connection, text)
    connection.execute(
        insert(candidates).values(
            id=candidate.id,
            instance=instance,
            rules=change.rules,
            files=[_as_json(file) for file in change.files],
            contents=contents,
        )
    )
    return candidate.id


def save_text(connection: Connection, text: str) -> str:
    """Keep a text once and return its digest."""
    digest = text_digest(text)
    connection.execute(insert(texts).values(digest=digest, data=pack_text(text)).on_conflict_do_nothing())
    return digest


def pack_text(text: str) -> bytes:
    """A text as the store keeps it."""
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def load_texts(connection: Connection, digests: Collection[str]) -> dict[str, str]:
    """The texts with these digests."""
    rows = connection.execute(select(texts).where(texts.c.digest.in_(digests)))
    return {digest: zlib.decompress(data).decode("utf-8", "surrogatepass") for digest, data in rows}


def load_candidate(connection: Connection, candidate_id: str) -> Candidate:
    """The candidate with this id, with its texts."""
    row = connection.execute(select(candidates).where(candidates.c.id == candidate_id)).mappings().one()
    wanted = {digest for file in row["files"] for digest in (file["old_text"], file["new_text"]) if digest}
    found = load_texts(connection, wanted)
    files = tuple(_from_json(file, found) for file in row["files"])
    return Candidate(row["instance"], CanonicalChange(row["rules"], files))


def _as_json(file: FileChange) -> dict[str, Any]:
    return {
        "path": file.path,
        "kind": str(file.kind),
        "old_path": file.old_path,
        "old_text": None if file.old_text is None else text_digest(file.old_text),
        "new_text": None if file.new_text is None else text_digest(file.new_text),
        "old_digest": file.old_digest,
        "new_digest": file.new_digest,
        "old_mode": file.old_mode,
        "new_mode": file.new_mode,
        "binary": file.binary,
        "hunks": [
            [hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count, list(hunk.lines)]
            for hunk in file.hunks
        ],
    }


def _from_json(row: dict[str, Any], found: dict[str, str]) -> FileChange:
    return FileChange(
        path=row["path"],
        kind=Kind(row["kind"]),
        old_path=row["old_path"],
        old_text=None if row["old_text"] is None else found[row["old_text"]],
        new_text=None if row["new_text"] is None else found[row["new_text"]],
        old_digest=row["old_digest"],
        new_digest=row["new_digest"],
        old_mode=row["old_mode"],
        new_mode=row["new_mode"],
        binary=row["binary"],
        hunks=tuple(_hunk(*hunk) for hunk in row["hunks"]),
    )


def _hunk(old_start: int, old_count: int, new_start: int, new_count: int, lines: list[str]) -> Hunk:
    return Hunk(old_start, old_count, new_start, new_count, tuple(lines))


def instances_of(connection: Connection, wanted: Collection[str]) -> dict[str, str]:
    """Candidate → its instance, of these candidates."""
    rows = connection.execute(select(candidates.c.id, candidates.c.instance).order_by(candidates.c.id))
    return {candidate: instance for candidate, instance in rows if candidate in wanted}

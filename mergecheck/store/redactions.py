"""What was decided to be redacted, applied to everything that a later round shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from mergecheck.assign.audit.redaction import redacted
from mergecheck.packet.trees import PacketFolder, folders_of, walk
from mergecheck.store.blinding import redactions
from mergecheck.store.candidates import load_texts, save_text
from mergecheck.store.trees import StoredTexts


def with_redactions(connection: Connection, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A round's settings with what is redacted in it, by instance; issues and base trees without it."""
    all_of_them = redactions(connection)
    issues: dict[str, list[str]] = dict(settings["issues"])
    mine = {instance: literals for instance, literals in all_of_them.items() if instance in issues}
    texts = load_texts(connection, {issues[instance][1] for instance in mine})
    for instance, literals in mine.items():
        repo, digest = issues[instance]
        issues[instance] = [repo, save_text(connection, redacted(texts[digest], literals))]
    trees = {
        instance: _redacted_tree(connection, digest, mine[instance]) if instance in mine else digest
        for instance, digest in settings["trees"].items()
    }
    return {**settings, "issues": issues, "trees": trees, "redactions": mine}


def _redacted_tree(connection: Connection, root: str, literals: list[str]) -> str:
    """Keep a base tree with marks in its paths and texts beside the one that it is made of; its digest."""
    stored = StoredTexts(connection)

    def folder(digest: str) -> PacketFolder:
        return PacketFolder.parse(stored[digest].encode("utf-8", "surrogatepass"))

    files: dict[str, str | None] = {}
    done: dict[str, str] = {}
    for path, digest in walk(root, folder):
        if digest is not None and digest not in done:
            text = stored[digest]
            less = redacted(text, literals)
            done[digest] = digest if less == text else save_text(connection, less)
        files[redacted(path, literals)] = None if digest is None else done[digest]
    found, folders = folders_of(files)
    for text in folders.values():
        save_text(connection, text)
    return found

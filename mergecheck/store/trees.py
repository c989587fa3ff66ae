"""Keep instances' base trees as text, each folder and each text once, and hand texts out one at a time."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError

from mergecheck.assign.redact import named_commits
from mergecheck.changes.tree import Base, BaseTree
from mergecheck.packet.trees import folders_of
from mergecheck.store.candidates import pack_text
from mergecheck.store.schema import candidates, instances, texts, trees

AT_ONCE = 10_000
"""Digests asked about at once: SQLite takes some 30,000 values in one question."""

PACKED_AT_ONCE = 100
"""Texts that one thread packs in one go: handing over a small one takes as long as packing it."""

ONE_TEXT = "SELECT data FROM texts WHERE digest = ?"


def of_candidates(shown: Collection[str]) -> ColumnElement[bool]:
    """That an instance is one of these candidates'."""
    return instances.c.id.in_(select(candidates.c.instance).where(candidates.c.id.in_(shown)))


def trees_lacking(connection: Connection, shown: Collection[str]) -> list[Base]:
    """The bases whose trees are not here, of the instances of these candidates, by repository and instance."""
    same = (trees.c.instance == instances.c.id) & (trees.c.base_commit == instances.c.base_commit)
    rows = connection.execute(
        select(instances)
        .join(trees, same, isouter=True)
        .where(of_candidates(shown), trees.c.instance.is_(None))
        .order_by(instances.c.repo, instances.c.number)
    ).mappings()
    return [
        Base(
            row["id"],
            row["repo"],
            row["base_commit"],
            named_commits(f"{row['problem_statement']}\n{row['hints']}"),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PackedTree:
    """An instance's base tree as the store keeps it: its topmost folder, and texts by digest, packed."""

    base: Base
    digest: str
    commits: Mapping[str, bool]
    packed: Mapping[str, bytes]


def pack_tree(connection: Connection, base: Base, tree: BaseTree) -> PackedTree:
    """What the store lacks of a base tree, ready to be kept: packing takes long and needs no lock for writing."""
    digest, folders = folders_of(tree.files)
    new = {**tree.texts, **folders}
    # From one tree to the next most folders stay as they are, and packing takes longer than looking.
    lacking = _lacking(connection, list(new))
    parts = [lacking[start : start + PACKED_AT_ONCE] for start in range(0, len(lacking), PACKED_AT_ONCE)]
    packed: dict[str, bytes] = {}
    with ThreadPoolExecutor() as pool:
        for part in pool.map(lambda some: {one: pack_text(new[one]) for one in some}, parts):
            packed |= part
    return PackedTree(base, digest, tree.commits, packed)


def save_tree(connection: Connection, tree: PackedTree) -> None:
    """Keep an instance's base tree; what it does not bring must be here already."""
    if tree.packed:
        rows = [{"digest": digest, "data": data} for digest, data in tree.packed.items()]
        connection.execute(insert(texts).on_conflict_do_nothing(), rows)
    row = {"base_commit": tree.base.commit, "digest": tree.digest, "commits": dict(tree.commits)}
    connection.execute(
        insert(trees)
        .values(instance=tree.base.instance, **row)
        .on_conflict_do_update(index_elements=[trees.c.instance], set_=row)
    )


def _lacking(connection: Connection, digests: list[str]) -> list[str]:
    known: set[str] = set()
    for start in range(0, len(digests), AT_ONCE):
        asked = texts.c.digest.in_(digests[start : start + AT_ONCE])
        known.update(connection.execute(select(texts.c.digest).where(asked)).scalars())
    return [digest for digest in digests if digest not in known]


def trees_of(connection: Connection, shown: Collection[str]) -> dict[str, str]:
    """Instance → digest of the base tree, of the instances of these candidates whose tree is here."""
    query = (
        select(trees.c.instance, trees.c.digest)
        .join(instances, trees.c.instance == instances.c.id)
        .where(of_candidates(shown), trees.c.base_commit == instances.c.base_commit)
        .order_by(trees.c.instance)
    )
    return {row.instance: row.digest for row in connection.execute(query)}


def known_commits(connection: Connection) -> dict[str, dict[str, bool]]:
    """Instance → the commits that its issue names → whether the base commit's history holds them."""
    query = (
        select(trees.c.instance, trees.c.commits)
        .join(instances, trees.c.instance == instances.c.id)
        .where(trees.c.base_commit == instances.c.base_commit)
    )
    return {row.instance: row.commits for row in connection.execute(query)}


class StoredTexts(Mapping[str, str]):
    """Every text of the store by its digest, read when it is asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __getitem__(self, digest: str) -> str:
        # Asked tens of thousands of times for one packet: SQLAlchemy's own part would take most of the time.
        try:
            row = self._connection.connection.cursor().execute(ONE_TEXT, (digest,)).fetchone()
        except sqlite3.Error as error:
            raise DatabaseError(ONE_TEXT, (digest,), error) from error
        if row is None:
            raise KeyError(digest)
        return zlib.decompress(row[0]).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return iter(self._connection.execute(select(texts.c.digest)).scalars())

    def __len__(self) -> int:
        return self._connection.execute(select(func.count()).select_from(texts)).scalar_one()

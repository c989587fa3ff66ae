"""Open a study's database: create it, migrate it, refuse a newer one; hand out transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from mergecheck.errors import StoreError
from mergecheck.store.schema import facts, journal

HEAD = "0006"
"""The schema's version that this program writes; a test holds it equal to the newest migration's."""

WAIT_SECONDS = 30

READS_ONLY = "mergecheck_reads_only"
"""Execution option of an engine whose transactions need no lock for writing."""

ASKS_SINGLY = "mergecheck_asks_singly"
"""Execution option of an engine whose connections begin no transactions."""


def now() -> str:
    """The time as the store keeps it: ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def storable(text: str) -> str:
    """The text with lone surrogates, which JSON may hold and UTF-8 may not, written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Database:
    """A study's database, at the version that this program writes.

    Raises (from `open`):
        StoreError: there is none (and `create` is false), it is no database, or it is newer than this program.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Database:
        """Open the database at `path`; an older one is migrated after a backup beside it."""
        if not create and not path.exists():
            raise StoreError("the study has no data yet", where=str(path), fix="run `mergecheck pull` first")
        engine = create_engine(
            URL.create("sqlite", database=str(path)), poolclass=NullPool, connect_args={"timeout": WAIT_SECONDS}
        )
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        database = cls(path, engine)
        with database._explained():
            database._migrate()
        return database

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: everything in it is kept, or nothing. Writers wait for each other."""
        with self._explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, and sees the study as it was when it began."""
        with self._explained(), self._engine.execution_options(**{READS_ONLY: True}).begin() as connection:
            yield connection

    @contextmanager
    def reading_singly(self) -> Iterator[Connection]:
        """Questions that are each a transaction of their own, so that no writer waits while the answers are used.

        For what is written once and never changed: between two questions the study may change.
        """
        with self._explained(), self._engine.execution_options(**{ASKS_SINGLY: True}).connect() as connection:
            yield connection

    def _migrate(self) -> None:
        with self.reading() as connection:
            found = _version(connection)
        if found == HEAD:
            return
        if found is not None and found > HEAD:
            raise StoreError(
                f"the database has version {found}, this program knows versions up to {HEAD}",
                where=str(self.path),
                fix="install a newer mergecheck",
            )
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self._engine.begin() as connection:
            # Another program may have migrated it while this one waited for the lock.
            found = _version(connection)
            if found is not None and found < HEAD:
                self._back_up(found)
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD)

    def _back_up(self, version: str) -> None:
        """Copy the database beside itself, through SQLite: a plain copy would let go of the lock held here."""
        target = self.path.with_name(f"{self.path.name}.backup-{version}")
        half = target.with_name(f"{target.name}.half")
        half.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(half)) as copy:
                source.backup(copy)
        except sqlite3.Error as error:
            raise StoreError(
                f"the database has version {version} and cannot be copied before it is migrated ({error})",
                where=str(half),
                fix="make room on the disk, check that you may write to the folder, and run the command again",
            ) from error
        half.replace(target)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, DatabaseError) as error:
            # An integrity error is a defect of ours and keeps its traceback.
            if not isinstance(error.orig, sqlite3.OperationalError) and type(error) is not DatabaseError:
                raise
            raise StoreError(
                f"the database cannot be used ({error.orig})", where=str(self.path), fix=_advice(error)
            ) from error


def _advice(error: DatabaseError) -> str:
    words = str(error.orig)
    if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_READONLY_ROLLBACK":
        return (
            "a command that wrote to it was killed, and what it left must be undone before anything can be read: "
            "make the study folder writable, or copy it to where you may write"
        )
    if "locked" in words:
        return "another mergecheck is writing to this study: wait for it and run the command again"
    if "full" in words:
        return "make room on the disk and run the command again; nothing was half written"
    if "readonly" in words or "unable to open" in words:
        return "check that you may write to the study folder"
    if "disk I/O" in words:
        return (
            "check the disk, its quota and its connection, and run the command again; nothing was half written. "
            "If it stays, restore the study folder from a backup"
        )
    return "restore the study folder from a backup"


def _on_connect(connection: sqlite3.Connection, _: object) -> None:
    # The driver would begin transactions late and by itself; SQLAlchemy's event below begins them.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _on_begin(connection: Connection) -> None:
    if connection.get_execution_options().get(ASKS_SINGLY, False):
        return
    # A transaction that reads first and writes later must hold the lock from its start, or two could both read.
    reads_only = connection.get_execution_options().get(READS_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def write_journal(connection: Connection, command: str, what: str) -> None:
    """Note what was done to the study, and when."""
    connection.execute(insert(journal).values(at=now(), command=command, what=what))


def journal_entries(connection: Connection) -> list[tuple[str, str, str]]:
    """What was done to the study: time, command, what; oldest first."""
    rows = connection.execute(select(journal.c.at, journal.c.command, journal.c.what).order_by(journal.c.id))
    return [(at, command, what) for at, command, what in rows]


def fact(connection: Connection, key: str) -> str | None:
    """A single fact about the study, or None."""
    found: str | None = connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar()
    return found


def set_fact(connection: Connection, key: str, value: str) -> None:
    """Set a single fact that was not set before."""
    connection.execute(insert(facts).values(key=key, value=value))

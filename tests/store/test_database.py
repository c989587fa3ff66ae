"""The database: one schema by migration and by definition, transactions whole, writers in turn."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, select

import mergecheck.store
from mergecheck.errors import StoreError
from mergecheck.records import CanonicalChange, FileChange, Kind, Why
from mergecheck.store.candidates import save_candidate
from mergecheck.store.database import HEAD, Database, fact, journal_entries, set_fact, write_journal
from mergecheck.store.drawn import due, newest_draws
from mergecheck.store.rounds import load_assignments
from mergecheck.store.schema import journal, metadata


@pytest.fixture
def database(tmp_path) -> Database:
    return Database.open(tmp_path / "study.db", create=True)


def test_the_migrations_end_at_the_schema_that_the_program_writes(database):
    scripts = ScriptDirectory(str(Path(mergecheck.store.__file__).parent / "migrations"))
    assert scripts.get_heads() == [HEAD]
    engine = create_engine(f"sqlite:///{database.path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_second_opening_changes_nothing(database):
    before = database.path.read_bytes()
    Database.open(database.path)
    assert database.path.read_bytes() == before


@pytest.fixture
def first_version(tmp_path) -> Path:
    """A study's database as the first version of the schema left it, with an instance in it."""
    path = tmp_path / "study.db"
    config = Config()
    config.set_main_option("script_location", str(Path(mergecheck.store.__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO instances (id, number, repo, base_commit, problem_statement, golden_patch, test_patch,"
            " in_scope) VALUES ('o__lib-1', 0, 'o/lib', 'c', 'p', 'g', 't', 1)"
        )
    engine.dispose()
    return path


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


TABLES = "SELECT name FROM sqlite_master WHERE name = 'pull_requests'"
VERSION = "SELECT version_num FROM alembic_version"


def test_an_older_database_is_migrated_after_a_backup(first_version):
    assert rows(first_version, VERSION) == [("0001",)]
    assert rows(first_version, TABLES) == []
    Database.open(first_version)
    backup = first_version.with_name("study.db.backup-0001")
    assert sorted(path.name for path in first_version.parent.iterdir()) == ["study.db", backup.name]
    assert (rows(backup, VERSION), rows(backup, TABLES)) == ([("0001",)], [])
    assert (rows(first_version, VERSION), rows(first_version, TABLES)) == ([(HEAD,)], [("pull_requests",)])
    older = "id, number, repo, base_commit, problem_statement, golden_patch, test_patch, difficulty, created_at"
    whole = f"SELECT {older}, in_scope FROM instances"
    assert rows(first_version, whole) == rows(backup, whole) != []
    engine = create_engine(f"sqlite:///{first_version}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_backup_that_cannot_be_made_leaves_the_older_database_as_it_was(first_version):
    before = first_version.read_bytes()
    first_version.with_name("study.db.backup-0001").mkdir()
    with pytest.raises(OSError, match="backup-0001"):
        Database.open(first_version)
    assert first_version.read_bytes() == before


def test_of_two_that_migrate_at_once_one_does_and_the_backup_is_of_the_older(first_version):
    code = "import sys\nfrom pathlib import Path\nfrom mergecheck.store.database import Database\n"
    code += "Database.open(Path(sys.argv[1]))\n"
    both = [subprocess.Popen([sys.executable, "-c", code, str(first_version)]) for _ in range(2)]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    assert rows(first_version.with_name("study.db.backup-0001"), VERSION) == [("0001",)]
    assert rows(first_version, VERSION) == [(HEAD,)]


def test_no_study_yet(tmp_path):
    with pytest.raises(StoreError, match="no data yet"):
        Database.open(tmp_path / "study.db")
    assert not (tmp_path / "study.db").exists()


def test_what_fails_half_way_leaves_nothing(database):
    def fail_half_way() -> None:
        with database.writing() as connection:
            set_fact(connection, "closed_at", "now")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    with database.reading() as connection:
        assert fact(connection, "closed_at") is None


def test_the_journal_is_kept_in_order(database):
    for what in ("one", "two"):
        with database.writing() as connection:
            write_journal(connection, "pull", what)
    with database.reading() as connection:
        assert [what for _, _, what in journal_entries(connection)] == ["one", "two"]


def test_two_processes_that_read_and_then_write_do_so_in_turn(database, tmp_path):
    """Each counts what is there and adds one: without a lock from the start, two counts would be equal."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from mergecheck.store.database import Database, journal_entries, write_journal\n"
        "database = Database.open(Path(sys.argv[1]))\n"
        "for _ in range(20):\n"
        "    with database.writing() as connection:\n"
        "        write_journal(connection, 'count', str(len(journal_entries(connection))))\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(database.path)]) for _ in range(2)]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    with database.reading() as connection:
        assert [what for _, _, what in journal_entries(connection)] == [str(n) for n in range(40)]


def test_readers_do_not_wait_for_a_writer(database):
    with database.writing() as connection:
        write_journal(connection, "pull", "unseen")
        with database.reading() as other:
            assert other.execute(select(journal)).all() == []


def test_a_locked_database_says_so(database, monkeypatch):
    monkeypatch.setattr("mergecheck.store.database.WAIT_SECONDS", 0.1)
    impatient = Database.open(database.path)
    holder = sqlite3.connect(database.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked") as caught, impatient.writing():
        pass
    assert "another mergecheck is writing" in str(caught.value)
    holder.close()


def test_a_killed_writer_leaves_nothing_half_written(database):
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from mergecheck.store.database import Database, write_journal\n"
        "with Database.open(Path(sys.argv[1])).writing() as connection:\n"
        "    for n in range(5000):\n"
        "        write_journal(connection, 'pull', 'x' * 500)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(database.path)])
    assert done.returncode == -9
    with Database.open(database.path).reading() as connection:
        assert journal_entries(connection) == []


def test_what_an_earlier_program_drew_is_kept_as_it_was_drawn(tmp_path):
    """From version 0002: no pull could change a drawn attempt, so a draw takes what the attempt is."""
    path = tmp_path / "study.db"
    config = Config()
    config.set_main_option("script_location", str(Path(mergecheck.store.__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    made = CanonicalChange("1", (FileChange("a.py", Kind.ADDED, new_text="x\n", new_digest="d" * 64),))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        columns = ("path", "old_path", "kind", "old_digest", "old_mode", "new_digest", "new_mode")
        files = json.dumps([{name: getattr(made.files[0], name) for name in columns}])
        for statement, values in (
            ("INSERT INTO instances VALUES ('i', 0, 'o/r', 'c', 'p', 'g', 't', NULL, NULL, 1)", ()),
            ("INSERT INTO submissions VALUES ('brook', 'B', NULL, '', 0, 1, 1, '[]', '[]')", ()),
            ("INSERT INTO candidates VALUES ('old', 'i', '1', ?)", (files,)),
            (
                "INSERT INTO attempts VALUES"
                " ('brook', 'i', x'70', 'resolved', '', 'f', 1, 'reviewable', 'r', '', NULL, '[]', 'old')",
                (),
            ),
            ("INSERT INTO rounds VALUES (1, '2026-01-01', '{}')", ()),
            ("INSERT INTO draws VALUES (1, 'brook', 'i', 1, 1.0, 'passed', 'old')", ()),
            ("INSERT INTO assignments VALUES ('blind', 'ada', 'old', 1, 1, 1, NULL)", ()),
        ):
            connection.exec_driver_sql(statement, values)
    engine.dispose()
    with Database.open(path).writing() as connection:
        (drawn,) = newest_draws(connection).values()
        assert (drawn.grade, drawn.disposition) == ("resolved", "reviewable")
        assert drawn.patch_digest == hashlib.sha256(b"p").hexdigest()
        assert due(connection) == []
        assert save_candidate(connection, "i", replace(made, rules="2")) == "old"
        assert [(one.why, one.conflict) for one in load_assignments(connection)] == [(Why.DRAWN, False)]

"""Base trees and issues in the store: kept once, at their base commit, and handed out text by text."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import mergecheck.store.schema
from mergecheck.assign.redact import MARK
from mergecheck.changes.tree import Base, BaseTree
from mergecheck.errors import StoreError
from mergecheck.packet.format import text_digest
from mergecheck.packet.trees import PacketFolder, walk
from mergecheck.records import CanonicalChange, FileChange, Instance, Kind
from mergecheck.store.attempts import save_benchmark
from mergecheck.store.candidates import load_texts, save_candidate, save_text
from mergecheck.store.database import HEAD, Database, fact, set_fact
from mergecheck.store.issues import LATER, shown_issues
from mergecheck.store.trees import StoredTexts, pack_tree, save_tree, trees_lacking, trees_of

COMMIT = "c" * 40
SHA = "ab" * 20
ISSUE = f"See #7, #8 and https://github.com/o/r/commit/{SHA} and https://github.com/o/r/commit/{'d' * 40}."
INSTANCES = [
    Instance("o__r-8", "o/r", COMMIT, ISSUE, "golden", hints="Mended by #9."),
    Instance("o__r-3", "o/r", "e" * 40, "plain", "golden"),
]


@pytest.fixture
def database(tmp_path) -> Database:
    database = Database.open(tmp_path / "study.db", create=True)
    with database.writing() as connection:
        save_benchmark(connection, INSTANCES, {one.id for one in INSTANCES})
    return database


@pytest.fixture
def shown(database) -> list[str]:
    """A candidate of each instance."""
    file = FileChange("a", Kind.ADDED, new_text="x\n", new_digest="x")
    with database.writing() as connection:
        return [save_candidate(connection, one.id, CanonicalChange("1", (file,))) for one in INSTANCES]


def tree(files: dict[str, str], **commits: bool) -> BaseTree:
    return BaseTree(
        {path: text_digest(text) for path, text in files.items()} | {"logo.png": None},
        {text_digest(text): text for text in files.values()},
        commits,
    )


def test_a_tree_is_wanted_until_it_is_here_and_again_at_another_base_commit(database, shown):
    with database.writing() as connection:
        wanted = trees_lacking(connection, shown)
        assert [(base.instance, base.commit) for base in wanted] == [("o__r-8", COMMIT), ("o__r-3", "e" * 40)]
        assert wanted[0].names == {SHA, "d" * 40}
        save_tree(connection, pack_tree(connection, wanted[0], tree({"a": "1\n", "b/c": "2\n"})))
        assert [base.instance for base in trees_lacking(connection, shown)] == ["o__r-3"]
        assert trees_lacking(connection, shown[:1]) == []
        root = trees_of(connection, shown)["o__r-8"]
        save_tree(connection, pack_tree(connection, wanted[1], tree({"a": "1\n", "b/c": "3\n"})))
        moved = [Instance("o__r-8", "o/r", "f" * 40, ISSUE, "golden"), INSTANCES[1]]
        save_benchmark(connection, moved, {one.id for one in moved})
        assert [base.commit for base in trees_lacking(connection, shown)] == ["f" * 40]
        assert list(trees_of(connection, shown)) == ["o__r-3"]
        # What a round was frozen with is here still.
        texts = StoredTexts(connection)
        found = dict(walk(root, lambda digest: PacketFolder.parse(texts[digest].encode())))
        assert found == {"a": text_digest("1\n"), "b/c": text_digest("2\n"), "logo.png": None}
        assert texts[found["b/c"]] == "2\n"
        assert "0" * 64 not in texts
        assert len(texts) == len(set(texts))


def text_of(database, shown, *, hints: bool) -> str:
    with database.writing() as connection:
        repo, digest = shown_issues(connection, shown, hints=hints)["o__r-8"]
        assert repo == "o/r"
        return load_texts(connection, [digest])[digest]


def test_an_issue_is_shown_without_what_leads_to_its_fix(database, shown):
    assert text_of(database, shown, hints=False) == f"See #7, {MARK} and {MARK} and {MARK}."
    with database.writing() as connection:
        save_tree(
            connection,
            pack_tree(
                connection, Base("o__r-8", "o/r", COMMIT), tree({"a": "1\n"}, **{SHA: True, "d" * 40: False})
            ),
        )
    known = f"See #7, {MARK} and https://github.com/o/r/commit/{SHA} and {MARK}."
    assert text_of(database, shown, hints=False) == known


def test_hints_are_shown_where_asked_for_and_said_to_be_later(database, shown):
    text = text_of(database, shown, hints=True)
    issue, _, later = text.partition(LATER)
    assert issue.startswith("See #7")
    assert later.strip() == f"Mended by {MARK}."
    assert "Mended" not in text_of(database, shown, hints=False)


def test_a_database_of_the_version_before_keeps_its_rows(tmp_path):
    path = tmp_path / "study.db"
    config = Config()
    config.set_main_option("script_location", str(Path(mergecheck.store.__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.exec_driver_sql(
            "INSERT INTO instances (id, number, repo, base_commit, problem_statement, golden_patch, test_patch,"
            " in_scope) VALUES ('o__r-1', 0, 'o/r', 'c', 'p', 'g', 't', 1)"
        )
        connection.exec_driver_sql("INSERT INTO texts (digest, data) VALUES ('d', x'00')")
        connection.exec_driver_sql("INSERT INTO rounds (number, frozen_at, settings) VALUES (1, 'then', '{}')")
    engine.dispose()
    Database.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id, problem_statement, hints FROM instances").fetchall() == [
            ("o__r-1", "p", "")
        ]
        assert connection.execute("SELECT digest FROM texts").fetchall() == [("d",)]
        assert connection.execute("SELECT settings FROM rounds").fetchall() == [("{}",)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), mergecheck.store.schema.metadata) == []
    engine.dispose()


def test_while_texts_are_read_one_by_one_nobody_waits_to_write(database, monkeypatch):
    monkeypatch.setattr("mergecheck.store.database.WAIT_SECONDS", 0.05)
    other = Database.open(database.path)
    with database.writing() as connection:
        digests = [save_text(connection, f"{n}\n") for n in range(3)]
    with database.reading_singly() as connection:
        texts = StoredTexts(connection)
        for n, digest in enumerate(digests):
            assert texts[digest] == f"{n}\n"
            with other.writing() as writing:
                set_fact(writing, f"written {n}", "in between")
    with database.reading() as connection:
        assert [fact(connection, f"written {n}") for n in range(3)] == ["in between"] * 3
        # In one transaction, a writer would have had to wait for the last of them.
        with pytest.raises(StoreError, match="locked"), other.writing() as writing:
            set_fact(writing, "later", "x")


def test_a_database_that_fails_while_texts_are_read_says_so(database):
    with database.writing() as connection:
        digest = save_text(connection, "a\n")
        connection.exec_driver_sql("ALTER TABLE texts RENAME TO gone")
    with pytest.raises(StoreError, match="cannot be used"), database.reading_singly() as connection:
        StoredTexts(connection)[digest]

"""What is redacted of an instance stands nowhere in a later round: neither in its issue nor in its base tree."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from mergecheck.assign.audit import Finding, Leak, Severity
from mergecheck.assign.audit.redaction import MARK
from mergecheck.packet.trees import PacketFolder, folders_of, walk
from mergecheck.store.blinding import Decision, decide, redactions, settled, standing_decisions
from mergecheck.store.candidates import save_text
from mergecheck.store.database import Database
from mergecheck.store.redactions import with_redactions
from mergecheck.store.schema import instances
from mergecheck.store.trees import StoredTexts

FINDING = Finding(
    Leak.NAMES, Severity.LEAK, "a name", "a.py:1", "redact it", literal="Claude", instance="o__lib-1"
)


@pytest.fixture
def connection(tmp_path):
    with Database.open(tmp_path / "study.db", create=True).writing() as connection:
        for number in (1, 2):
            connection.execute(
                insert(instances).values(
                    id=f"o__lib-{number}", number=number, repo="o/lib", base_commit="c", problem_statement="p",
                    golden_patch="g", test_patch="", in_scope=True,
                )
            )  # fmt: skip
        yield connection


def settings(connection) -> dict:
    issue = save_text(connection, "Claude is wrong, claudette is not\n")
    files = {name: save_text(connection, text) for name, text in TREE.items()}
    root, folders = folders_of({**files, "logo.png": None})
    for text in folders.values():
        save_text(connection, text)
    names = ("o__lib-1", "o__lib-2")
    return {"issues": {name: ["o/lib", issue] for name in names}, "trees": dict.fromkeys(names, root)}


TREE = {"lib/Claude.py": "x = 1\n", "lib/m.py": "# Claude\n", "lib/other.py": "y = 2\n"}


def tree(connection, root: str) -> dict[str, str | None]:
    texts = StoredTexts(connection)
    files = walk(root, lambda digest: PacketFolder.parse(texts[digest].encode()))
    return {path: None if digest is None else texts[digest] for path, digest in files}


def test_issue_and_base_tree_of_the_instance_have_a_mark_and_no_other_s_have(connection):
    before = settings(connection)
    assert with_redactions(connection, before) == {**before, "redactions": {}}
    decide(connection, FINDING, Decision.REDACT, "named")
    after = with_redactions(connection, before)
    assert after["redactions"] == {"o__lib-1": ["Claude"]}
    texts = StoredTexts(connection)
    assert texts[after["issues"]["o__lib-1"][1]] == f"{MARK} is wrong, claudette is not\n"
    assert tree(connection, after["trees"]["o__lib-1"]) == {
        f"lib/{MARK}.py": "x = 1\n",
        "lib/m.py": f"# {MARK}\n",
        "lib/other.py": "y = 2\n",
        "logo.png": None,
    }
    assert after["issues"]["o__lib-2"] == before["issues"]["o__lib-2"]
    assert tree(connection, after["trees"]["o__lib-2"]) == {**TREE, "logo.png": None}


def test_the_newest_decision_about_a_finding_holds(connection):
    decide(connection, FINDING, Decision.REDACT, "first")
    decide(connection, FINDING, Decision.ACCEPT, "second")
    assert redactions(connection) == {}
    done = settled(FINDING, standing_decisions(connection))
    assert (done.decision, done.why) == (Decision.ACCEPT, "second")


def test_the_same_text_elsewhere_in_the_instance_is_settled_with_it(connection):
    from dataclasses import replace

    decide(connection, FINDING, Decision.REDACT, "named")
    standing = standing_decisions(connection)
    assert settled(replace(FINDING, place="b.py:9"), standing).decision is Decision.REDACT
    assert settled(replace(FINDING, literal="claude"), standing) is None
    assert settled(replace(FINDING, instance="o__lib-2"), standing) is None

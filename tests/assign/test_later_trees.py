"""A change that a later base tree of the same packet holds as it was merged is told; nothing else is."""

from __future__ import annotations

import pytest

from mergecheck.assign.audit import Leak, Severity, audit
from mergecheck.assign.audit.records import File, Item, Known, KnownInstance, Opened, Tree
from mergecheck.packet.format import text_digest
from mergecheck.records import Kind

OLD, NEW = "one\n", "two\n"
FIX = (File("a.py", Kind.MODIFIED, old=OLD, new=NEW), File("old.py", Kind.DELETED, old=OLD))


def tree(**texts: str) -> Tree:
    by_digest = {text_digest(text): text for text in texts.values()}
    files = {f"{name}.py": text_digest(text) for name, text in texts.items()}
    return Tree(files, by_digest.__getitem__)


def found(files: tuple[File, ...], later: Tree) -> list[str]:
    item = Item("x1", 3, 1, "o/lib", "An issue", files, candidate="c1", instance="o__lib-1")
    trees = {"o__lib-1": tree(a=OLD, old=OLD), "o__lib-2": later}
    packet = Opened("ada.packet", "ada", 1, 1, (item,), trees=trees)
    known = Known({name: KnownInstance(name, "o/lib") for name in trees})
    findings = [one for one in audit([packet], known).findings if one.leak is Leak.HISTORY]
    assert all(one.severity is Severity.NOTE and one.candidates == ("c1",) for one in findings)
    assert all(one.shown[0].number == 3 for one in findings)
    return [one.place for one in findings]


def test_a_change_that_a_later_tree_holds_whole_is_told():
    assert found(FIX, tree(a=NEW, b="else\n")) == ["base tree of o__lib-2"]


@pytest.mark.parametrize(
    ("files", "later"),
    [
        (FIX, tree(a="two, and more\n")),
        (FIX, tree(a=NEW, old=OLD)),
        (FIX, tree(b=NEW)),
        (FIX[1:], tree(a=OLD)),
        ((*FIX, File("n.py", Kind.ADDED, new="n\n")), tree(a=NEW)),
        ((*FIX, File("b.bin", Kind.ADDED, binary=True)), tree(a=NEW)),
        ((File("a.py", Kind.MODE, old=NEW, new=NEW),), tree(a=NEW)),
    ],
)
def test_what_a_later_tree_does_not_hold_whole_is_not(files, later):
    assert found(files, later) == []

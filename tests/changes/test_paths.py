"""Which paths a patch names, and which of them leave the repository."""

from __future__ import annotations

import pytest

from mergecheck.changes.paths import absolute_path, named_paths


@pytest.mark.parametrize(
    ("patch", "names"),
    [
        ("--- a/x.py\n+++ b/y.py\n@@ -1 +1 @@\n-a\n+b\n", {"x.py", "y.py"}),
        ("--- a/x y.py\t2020-01-01\n+++ b/x y.py\n", {"x y.py", "x"}),
        ("diff --git a/x y b/x y\n", {"x y", "x"}),
        ('diff --git "a/\\303\\251.py" "b/\\303\\251.py"\n', {"é.py"}),
        ('+++ "b/tab\\there.py"\n', {"tab\there.py"}),
        ("rename from p/x.py\nrename to q/y.py\n", {"p/x.py", "q/y.py"}),
        ("Index: trunk/x.py\n", {"x.py"}),
        ("--- /dev/null\n+++ b/new.py\n", {"new.py"}),
        ("--- /dev/null\r\n+++ b/new.py\r\n", {"new.py"}),
        ("+++ b/../../out\n", {"../../out"}),
        ("+++ flat.py\n", set()),
    ],
)
def test_names(patch, names):
    assert names <= set(named_paths(patch.encode()))
    assert bool(names) == bool(named_paths(patch.encode()))


def test_an_absolute_path_is_one_in_a_header_only():
    assert absolute_path(b"--- /dev/null\n+++ /etc/x\n@@ -0,0 +1 @@\n+x\n") == "/etc/x"
    assert absolute_path(b'--- /dev/null\n+++ "/etc/x"\n@@ -0,0 +1 @@\n+x\n') == "/etc/x"
    assert absolute_path(b"--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1 @@\n--- /a/comment\n x\n") is None

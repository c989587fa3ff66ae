"""The canonical change: whole texts, one dialect, tests left out, bad patches explained."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mergecheck.changes.canonical import Made, Rung, make_change
from mergecheck.errors import ChangeError
from mergecheck.records import Disposition, FileChange, Kind, Policies

TESTS = Policies(docs="show", scratch="show")
ALL = Policies("show", "show", "show")

BASE = {
    "pkg/a.py": b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n",
    "pkg/b.py": b"alpha\nbeta\n",
    "pkg/latin.txt": "caf\xe9\nth\xe9\n".encode("latin-1"),
    "pkg/logo.bin": b"\x00\x01\x02binary\x00",
    "tests/test_a.py": b"def test_a():\n    pass\n",
}


@pytest.fixture
def base(repository):
    return repository.commit(BASE)


def only(made: Made) -> FileChange:
    assert made.disposition is Disposition.REVIEWABLE, made.detail
    assert made.change is not None
    (file,) = made.change.files
    return file


def test_whole_old_and_new_text_and_hunks(repository, workspace, base):
    patch = repository.patch({"pkg/a.py": BASE["pkg/a.py"].replace(b"four", b"FOUR")})
    file = only(make_change(workspace(), base, patch, TESTS))
    assert (file.path, file.kind) == ("pkg/a.py", Kind.MODIFIED)
    assert file.old_text == BASE["pkg/a.py"].decode()
    assert file.new_text == BASE["pkg/a.py"].decode().replace("four", "FOUR")
    (hunk,) = file.hunks
    assert (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) == (1, 7, 1, 7)
    assert hunk.lines == (" one", " two", " three", "-four", "+FOUR", " five", " six", " seven")


def test_equal_edits_are_one_change_whatever_the_author_s_dialect(repository, workspace, base):
    edit = {"pkg/a.py": BASE["pkg/a.py"].replace(b"four", b"FOUR"), "pkg/b.py": b"alpha\n"}
    dialects = [
        repository.patch(edit),
        repository.patch(edit, "-U10"),
        repository.patch(edit, "--patience", "--full-index", "-U1"),
        repository.patch(edit).removesuffix("\n"),
        "Some prose before the patch.\n\n" + repository.patch(edit),
    ]
    place = workspace()
    made = [make_change(place, base, patch, TESTS) for patch in dialects]
    assert len({one.change.digest() for one in made}) == 1
    assert made[3].rung is Rung.APPLY_WITH_NEWLINE
    assert made[0].rung is Rung.APPLY
    assert {tuple(file.hunks for file in one.change.files) for one in made} == {
        tuple(file.hunks for file in made[0].change.files)
    }


def test_tests_are_left_out_for_everyone_and_named(repository, workspace, base):
    edit = {"pkg/b.py": b"alpha\n", "tests/test_a.py": b"changed\n", "tests/test_new.py": b"new\n"}
    patch = repository.patch(edit)
    made = make_change(workspace(), base, patch, TESTS)
    assert only(made).path == "pkg/b.py"
    assert [(left.path, left.rule) for left in made.left_out] == [
        ("tests/test_a.py", "tests: folders"),
        ("tests/test_new.py", "tests: folders"),
    ]
    shown = make_change(workspace(), base, patch, ALL)
    assert [file.path for file in shown.change.files] == ["pkg/b.py", "tests/test_a.py", "tests/test_new.py"]


def test_only_tests_changed_is_empty_after_policy(repository, workspace, base):
    patch = repository.patch({"tests/test_a.py": b"changed\n"})
    made = make_change(workspace(), base, patch, TESTS)
    assert made.disposition is Disposition.EMPTY_AFTER_POLICY
    assert "test" in made.detail
    assert [left.path for left in made.left_out] == ["tests/test_a.py"]


@pytest.mark.parametrize("patch", ["", "\n", "  \n\t\n"])
def test_an_empty_patch_is_empty(workspace, base, patch):
    assert make_change(workspace(), base, patch, TESTS).disposition is Disposition.EMPTY_AFTER_POLICY


def test_kinds(repository, workspace, base):
    repository.git("mv", "pkg/b.py", "pkg/c.py")
    renamed = repository.patch({}, "-M")
    place = workspace()
    file = only(make_change(place, base, renamed, TESTS))
    assert (file.kind, file.old_path, file.path) == (Kind.RENAMED, "pkg/b.py", "pkg/c.py")
    added = only(make_change(place, base, repository.patch({"pkg/n.py": b"x\n"}), TESTS))
    assert (added.kind, added.old_text, added.new_text) == (Kind.ADDED, None, "x\n")
    deleted = only(make_change(place, base, repository.patch({"pkg/b.py": None}), TESTS))
    assert (deleted.kind, deleted.new_text) == (Kind.DELETED, None)
    (repository.work / "pkg/a.py").chmod(0o755)
    mode = only(make_change(place, base, repository.patch({}), TESTS))
    assert (mode.kind, mode.hunks) == (Kind.MODE, ())


def test_binary_is_named_and_not_shown(repository, workspace, base):
    place = workspace()
    one = only(make_change(place, base, repository.patch({"pkg/logo.bin": b"\x00new"}), TESTS))
    two = only(make_change(place, base, repository.patch({"pkg/logo.bin": b"\x00other"}), TESTS))
    assert one.binary
    assert (one.old_text, one.new_text, one.hunks) == (None, None, ())
    assert one.new_digest != two.new_digest


def test_latin_1_and_crlf_keep_their_bytes(repository, workspace, base):
    new = "caf\xe9\r\nth\xe9 noir\r\n".encode("latin-1")
    file = only(make_change(workspace(), base, repository.patch({"pkg/latin.txt": new}), TESTS))
    assert file.new_text == "caf\xe9\r\nth\xe9 noir\r\n"
    assert "+caf\xe9\r" in file.hunks[0].lines


def test_no_final_newline_is_marked(repository, workspace, base):
    file = only(make_change(workspace(), base, repository.patch({"pkg/b.py": b"alpha\nbeta"}), TESTS))
    assert file.new_text == "alpha\nbeta"
    assert file.hunks[0].lines == (" alpha", "-beta", "+beta", "\\")


@pytest.mark.parametrize(
    ("patch", "word"),
    [
        ("this is no diff\n", "No valid patches"),
        ("--- a/pkg/b.py\n+++ b/pkg/b.py\n@@ -1,2 +1,2 @@\n alpha\n-gamma\n+delta\n", "pkg/b.py"),
        ("--- a/pkg/b.py\n+++ b/pkg/b.py\n@@ -1,2 +1,2 @@\n alpha\n-be", "corrupt"),
        ("--- /dev/null\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n", "x"),
        ("--- /dev/null\n+++ /etc/x\n@@ -0,0 +1 @@\n+x\n", "/etc/x"),
        ("diff --git a/.git/hooks/x b/.git/hooks/x\nnew file mode 100755\n--- /dev/null\n+++ b/.git/hooks/x\n"
         "@@ -0,0 +1 @@\n+x\n", ".git/hooks/x"),
        ("--- a/no/such.py\n+++ b/no/such.py\n@@ -1 +1 @@\n-a\n+b\n", "no/such.py"),
    ],
)  # fmt: skip
def test_a_bad_patch_is_unappliable_with_git_s_words(repository, workspace, base, patch, word):
    place = workspace()
    made = make_change(place, base, patch, TESTS)
    assert made.disposition is Disposition.UNAPPLIABLE
    assert word in made.detail
    # The next patch is not harmed by it.
    assert only(make_change(place, base, repository.patch({"pkg/b.py": b"alpha\n"}), TESTS))


def test_nothing_is_written_outside_the_scratch_store(repository, workspace, base, tmp_path):
    mirror = repository.mirror()
    before = sorted((path, path.stat().st_mtime_ns) for path in mirror.rglob("*"))
    place = workspace()
    for patch in (
        repository.patch({"pkg/n.py": b"brand new\n"}),
        "--- /dev/null\n+++ b/../../outside\n@@ -0,0 +1 @@\n+x\n",
    ):
        make_change(place, base, patch, TESTS)
    assert sorted((path, path.stat().st_mtime_ns) for path in mirror.rglob("*")) == before
    assert not list(tmp_path.rglob("outside"))


def test_the_mirror_s_configuration_attributes_and_hooks_are_not_obeyed(repository, workspace, base, tmp_path):
    edit = repository.patch({"pkg/b.py": b"alpha\n"})
    expected = make_change(workspace(), base, edit, TESTS).change
    mirror = repository.mirror()
    ran = tmp_path / "ran"
    (mirror / "info").mkdir(exist_ok=True)
    (mirror / "info" / "attributes").write_text("*.py binary diff=evil filter=evil\n")
    with (mirror / "config").open("a") as config:
        config.write(
            f'[diff "evil"]\n\ttextconv = touch {ran}; cat\n[filter "evil"]\n\tclean = touch {ran}; cat\n'
        )
        config.write("[diff]\n\tnoprefix = true\n\tcontext = 9\n[core]\n\tautocrlf = true\n")
    assert make_change(workspace(), base, edit, TESTS).change == expected
    assert not ran.exists()


def test_attributes_in_the_tree_are_not_obeyed(repository, workspace):
    base = repository.commit({**BASE, ".gitattributes": b"*.py -diff text eol=crlf\n"})
    patch = repository.patch({"pkg/b.py": b"alpha\n"}, "--text")
    file = only(make_change(workspace(), base, patch, TESTS))
    assert not file.binary
    assert file.new_text == "alpha\n"


def test_a_missing_base_commit_names_mirror_and_commit(repository, workspace, base):
    with pytest.raises(ChangeError, match="no commit 1111"):
        make_change(workspace(), "1" * 40, repository.patch({"pkg/b.py": b"x\n"}), TESTS)
    with pytest.raises(ChangeError, match="no commit --help"):
        make_change(workspace(), "--help", repository.patch({"pkg/b.py": b"x\n"}), TESTS)


def test_no_process_and_no_file_is_left(repository, base, tmp_path, monkeypatch):
    from mergecheck.changes.workspace import Workspace

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    with Workspace(repository.mirror()) as place:
        make_change(place, base, repository.patch({"pkg/b.py": b"x\n"}), TESTS)
        assert list(scratch.iterdir())
    assert not list(scratch.iterdir())
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if children.exists():
        for child in children.read_text().split():
            assert b"git" not in subprocess.run(["ps", "-o", "args=", "-p", child], capture_output=True).stdout

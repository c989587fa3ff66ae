"""Patches and surroundings that mean harm, or are only odd: nothing outside is touched, the next patch is fine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mergecheck.changes import canonical, runner
from mergecheck.changes import workspace as workspaces
from mergecheck.changes.canonical import Rung, make_change
from mergecheck.changes.mend import with_trailing_context
from mergecheck.records import Disposition, Kind, Policies

TESTS = Policies(docs="show", scratch="show")

LINK = (
    "diff --git a/a.py b/a.py\ndeleted file mode 100644\n--- a/a.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n"
    "diff --git a/a.py b/a.py\nnew file mode 120000\n--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+/etc/passwd\n"
    "\\ No newline at end of file\n"
)
SUBMODULE = (
    "diff --git a/sub b/sub\nnew file mode 160000\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n"
    f"+Subproject commit {'1' * 40}\n"
)
THROUGH = (
    "diff --git a/out b/out\nnew file mode 120000\n--- /dev/null\n+++ b/out\n@@ -0,0 +1 @@\n+/tmp\n"
    "\\ No newline at end of file\n"
    "diff --git a/out/x b/out/x\nnew file mode 100644\n--- /dev/null\n+++ b/out/x\n@@ -0,0 +1 @@\n+x\n"
)


@pytest.fixture
def base(repository):
    return repository.commit({"a.py": b"one\ntwo\n", "tests/test_a.py": b"x\n"})


def test_a_file_that_becomes_a_link_is_shown_as_one_change(workspace, base):
    (file,) = make_change(workspace(), base, LINK, TESTS).change.files
    assert (file.old_mode, file.new_mode, file.kind) == ("100644", "120000", Kind.MODIFIED)
    assert (file.old_text, file.new_text) == ("one\ntwo\n", "/etc/passwd")
    assert [line for hunk in file.hunks for line in hunk.lines] == ["-one", "-two", "+/etc/passwd", "\\"]


def test_a_submodule_is_shown_by_its_commit(workspace, base):
    (file,) = make_change(workspace(), base, SUBMODULE, TESTS).change.files
    assert (file.new_mode, file.new_text) == ("160000", f"Subproject commit {'1' * 40}\n")


def test_writing_through_a_link_is_refused(workspace, base):
    made = make_change(workspace(), base, THROUGH, TESTS)
    assert made.disposition is Disposition.UNAPPLIABLE


def test_a_link_and_a_file_of_the_same_bytes_are_two_changes_and_so_are_modes(repository, workspace, base):
    place = workspace()
    file = repository.patch({"n": b"/etc/passwd"})
    link = file.replace("new file mode 100644", "new file mode 120000")
    program = file.replace("new file mode 100644", "new file mode 100755")
    digests = {make_change(place, base, patch, TESTS).change.digest() for patch in (file, link, program)}
    assert len(digests) == 3


def test_a_file_in_the_place_of_the_tests_goes_with_them_and_is_named(repository, workspace, base):
    (repository.work / "tests" / "test_a.py").unlink()
    (repository.work / "tests").rmdir()
    patch = repository.patch({"tests": b"now a file\n", "a.py": b"one\n"})
    made = make_change(workspace(), base, patch, TESTS)
    assert [file.path for file in made.change.files] == ["a.py"]
    assert {left.path for left in made.left_out} == {"tests", "tests/test_a.py"}


def test_lost_blank_context_is_put_back_where_git_then_takes_it(repository, workspace):
    base = repository.commit({"b.py": b"a\nb\nc\n\n\nd\n"})
    whole = repository.patch({"b.py": b"a\nB\nc\n\n\nd\n"}, "-U2").replace("c\n \n", "c\n \n")
    stripped = repository.patch({"b.py": b"a\nb\nC\n\n\nd\n"}, "-U2").rstrip()
    assert stripped.endswith("+C")
    made = make_change(workspace(), base, stripped, TESTS)
    assert made.rung is Rung.APPLY_WITH_CONTEXT
    assert made.change.files[0].new_text == "a\nb\nC\n\n\nd\n"
    assert with_trailing_context(whole.encode()) is None
    assert with_trailing_context(b"no patch") is None


def test_context_that_is_not_blank_is_not_made_up(repository, workspace):
    base = repository.commit({"b.py": b"a\nb\nc\nd\ne\n"})
    cut = repository.patch({"b.py": b"a\nB\nc\nd\ne\n"}, "-U2").splitlines(keepends=True)[:-1]
    # Git refuses a blank line in its place; `patch`, as the harness calls it, needs no more than it is given.
    made = make_change(workspace(), base, "".join(cut), TESTS)
    assert made.rung is Rung.PATCH
    assert made.change.files[0].new_text == "a\nB\nc\nd\ne\n"


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_DIR": "{victim}/.git"},
        {"GIT_DIR": "{victim}/.git", "GIT_WORK_TREE": "{victim}"},
        {"GIT_OBJECT_DIRECTORY": "{victim}/objects"},
        {"GIT_COMMON_DIR": "{victim}/.git"},
        {"GIT_INDEX_FILE": "{victim}/index"},
        {"GIT_DEFAULT_HASH": "sha256"},
        {"GIT_DIFF_OPTS": "-u0"},
        {"GIT_EXTERNAL_DIFF": "touch {victim}/ran"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "diff.suppressBlankEmpty", "GIT_CONFIG_VALUE_0": "true"},
    ],
    ids=lambda variables: "+".join(variables),
)
def test_git_s_variables_decide_nothing_and_point_nowhere(repository, workspace, tmp_path, monkeypatch, variables):
    base = repository.commit({"b.py": b"a\n\nb\n\nc\n"})
    patch = repository.patch({"b.py": b"a\n\nB\n\nc\n"})
    expected = make_change(workspace(), base, patch, TESTS)
    victim = tmp_path / "victim"
    subprocess.run(["git", "init", "-q", str(victim)], check=True)
    before = {path: path.read_bytes() for path in victim.rglob("*") if path.is_file()}
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(victim=victim))
    assert make_change(workspace(), base, patch, TESTS) == expected
    assert {path: path.read_bytes() for path in victim.rglob("*") if path.is_file()} == before
    assert all(name in os.environ for name in variables)


def test_a_git_that_takes_too_long_is_ended_and_the_next_patch_is_taken(repository, workspace, base, monkeypatch):
    place = workspace()
    many = "".join(f"line {n}\n" for n in range(100_000)).encode()
    base = repository.commit({"big.txt": many})
    subprocess.run(["git", "-C", str(repository.bare), "fetch", "-q", str(repository.work), "main"], check=True)
    edited = b"".join(b"x" + line if n % 5 == 0 else line for n, line in enumerate(many.splitlines(keepends=True)))
    patch = repository.patch({"big.txt": edited}, "--unified=1")
    # Twenty thousand hunks keep git busy for seconds.
    assert patch.count("\n@@ ") == 20_000
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 0.3)
    made = make_change(place, base, patch, TESTS)
    assert made.disposition is Disposition.UNAPPLIABLE
    monkeypatch.undo()
    small = repository.patch({"a.py": b"one\n"})
    assert make_change(place, base, small, TESTS).disposition is Disposition.REVIEWABLE


def test_what_nobody_would_read_is_named_and_not_shown(repository, workspace, base, monkeypatch):
    monkeypatch.setattr(workspaces, "LARGEST_TEXT", 1000)
    patches = [repository.patch({"a.py": b"one\ntwo\n" + letter * 2000 + b"\n"}) for letter in (b"x", b"y")]
    place = workspace()
    one, two = (make_change(place, base, patch, TESTS).change.files[0] for patch in patches)
    assert one.binary
    assert (one.new_text, one.hunks) == (None, ())
    assert one.new_digest != two.new_digest
    monkeypatch.setattr(canonical, "LARGEST_PATCH", 100)
    made = make_change(place, base, patches[0], TESTS)
    assert made.disposition is Disposition.UNAPPLIABLE
    assert "bytes" in made.detail


def test_what_a_killed_program_left_is_swept_and_what_a_running_one_has_is_not(
    repository, base, tmp_path, monkeypatch
):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    code = (
        "import os, signal, sys, tempfile\n"
        "from pathlib import Path\n"
        "from mergecheck.changes.workspace import Workspace\n"
        "tempfile.tempdir = sys.argv[2]\n"
        "Workspace(Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(repository.mirror()), str(scratch)])
    (left,) = scratch.iterdir()
    with workspaces.Workspace(repository.mirror()), workspaces.Workspace(repository.mirror()):
        assert not left.exists()
        assert len(list(scratch.iterdir())) == 2


def test_git_s_words_keep_their_quotes(workspace, base):
    patch = "--- /dev/null\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n"
    assert make_change(workspace(), base, patch, TESTS).detail == "error: invalid path '../../x'"

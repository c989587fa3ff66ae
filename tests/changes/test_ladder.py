"""The rungs after plain `git apply`: what each takes, and that none leaves rejected hunks or a trace behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mergecheck.changes import gnu_patch, ladder
from mergecheck.changes.canonical import Rung, make_change
from mergecheck.changes.runner import GitRefused
from mergecheck.records import Disposition, Policies

ALL = Policies("show", "show", "show")
LINES = [f"line {n}\n" for n in range(30)]
PATCH = gnu_patch.gnu_patch()

needs_patch = pytest.mark.skipif(PATCH is None, reason="GNU patch is not installed")


def text(**changed: str) -> bytes:
    lines = list(LINES)
    for key, line in changed.items():
        lines[int(key[1:])] = line
    return "".join(lines).encode()


def shifted(patch: str) -> str:
    """The patch with context lines that the file does not have: no plain apply, fuzz may take it."""
    return patch.replace(" line 12\n", " line twelve\n")


@pytest.fixture
def base(repository):
    return repository.commit({"a.py": text(), "pkg/b.py": b"b\n"})


def paths(made):
    return [file.path for file in made.change.files]


def test_three_ways_take_a_patch_that_was_made_from_another_commit(repository, workspace):
    older = repository.commit({"a.py": text()})
    patch = repository.patch({"a.py": text(_14="mine\n")}, "--full-index")
    base = repository.commit({"a.py": text(_11="theirs\n")})
    made = make_change(workspace(), base, patch, ALL)
    assert made.rung is Rung.THREE_WAY
    assert made.change.files[0].new_text == text(_11="theirs\n", _14="mine\n").decode()
    assert make_change(workspace(), older, patch, ALL).rung is Rung.APPLY


def test_three_ways_in_conflict_have_not_taken_it(repository, workspace):
    repository.commit({"a.py": text()})
    patch = repository.patch({"a.py": text(_14="mine\n"), "new.py": b"new\n"}, "--full-index")
    base = repository.commit({"a.py": text(_14="theirs\n", _15="theirs\n", _13="theirs\n")})
    place = workspace()
    made = make_change(place, base, patch, ALL)
    assert made.disposition is Disposition.UNAPPLIABLE
    assert made.detail.startswith("error: patch failed: a.py")
    # Nothing of the half that could be applied is left for the next patch.
    place.start(base)
    assert place.changed() == []


def test_rejected_hunks_are_thrown_away_with_all_that_came_with_them(repository, workspace, base):
    patch = repository.patch({"a.py": text(_14="mine\n"), "pkg/b.py": b"B\n"}).replace("-line 14", "-line x")
    place = workspace()
    place.start(base)
    with pytest.raises(GitRefused):
        place.apply(patch.encode(), "--reject")
    assert not list(place.folder.rglob("*.rej"))
    assert make_change(place, base, patch, ALL).disposition is Disposition.UNAPPLIABLE
    assert not list(place.folder.rglob("*.rej"))
    assert not list(place.folder.rglob("*.orig"))


@needs_patch
def test_patch_takes_what_has_strange_context(repository, workspace, base):
    patch = shifted(repository.patch({"a.py": text(_14="mine\n"), "pkg/n.py": b"new\n", "pkg/b.py": None}))
    made = make_change(workspace(), base, patch, ALL)
    assert made.rung is Rung.PATCH
    assert paths(made) == ["a.py", "pkg/b.py", "pkg/n.py"]
    assert [file.kind for file in made.change.files] == ["modified", "deleted", "added"]
    assert made.change.files[0].new_text == text(_14="mine\n").decode()


@needs_patch
def test_patch_s_change_is_the_very_one_that_git_would_have_made(repository, workspace, base):
    patch = repository.patch({"a.py": text(_14="mine\n"), "pkg/n.py": b"new"})
    place = workspace()
    plain, fuzzy = (make_change(place, base, one, ALL) for one in (patch, shifted(patch)))
    assert (plain.rung, fuzzy.rung) == (Rung.APPLY, Rung.PATCH)
    assert plain.change == fuzzy.change


@needs_patch
def test_patch_keeps_modes_and_moves_files(repository, workspace):
    base = repository.commit({"a.py": text(), "run.sh": text()})
    (repository.work / "run.sh").chmod(0o755)
    base = repository.commit({})
    (repository.work / "a.py").rename(repository.work / "moved.py")
    patch = repository.patch({"moved.py": text(_14="mine\n"), "run.sh": text(_14="mine\n")}, "-M")
    assert "rename from a.py" in patch
    made = make_change(workspace(), base, shifted(patch), ALL)
    assert made.rung is Rung.PATCH
    moved, program = made.change.files
    assert (moved.kind, moved.old_path, moved.path) == ("renamed", "a.py", "moved.py")
    assert (program.old_mode, program.new_mode, program.kind) == ("100755", "100755", "modified")


@needs_patch
def test_one_rejected_hunk_and_patch_has_not_taken_it_either(repository, workspace, base):
    patch = repository.patch({"a.py": text(_4="mine\n", _24="mine\n")}).replace("-line 24", "-line x")
    made = make_change(workspace(), base, patch, ALL)
    assert made.disposition is Disposition.UNAPPLIABLE
    assert made.detail.startswith("error: patch failed: a.py")


@needs_patch
def test_what_was_applied_before_is_not_taken_backwards(repository, workspace, base):
    done = repository.commit({"a.py": text(_14="mine\n")})
    patch = shifted(subprocess.run(
        ["git", "-C", str(repository.work), "diff", base, done], capture_output=True, text=True, check=True
    ).stdout)  # fmt: skip
    assert make_change(workspace(), done, patch, ALL).disposition is Disposition.UNAPPLIABLE


def test_without_patch_its_rung_is_named_and_counted(repository, workspace, base, monkeypatch, tmp_path):
    here = tmp_path / "bin"
    here.mkdir()
    for program in ("git", "sh"):
        (here / program).symlink_to(str(shutil.which(program)))
    monkeypatch.setenv("PATH", str(here))
    patch = repository.patch({"a.py": text(_14="mine\n")})
    place = workspace()
    made = make_change(place, base, shifted(patch), ALL)
    assert made.disposition is Disposition.UNAPPLIABLE
    assert made.missing == (Rung.PATCH,)
    assert "`patch` is not installed here and was not tried" in made.detail
    # Where an earlier rung takes the patch, nothing is missing.
    assert make_change(place, base, patch, ALL).missing == ()


def test_another_patch_than_gnu_s_is_none(monkeypatch, tmp_path):
    other = tmp_path / "patch"
    other.write_text("#!/bin/sh\necho patch 2.0-12u11-Apple\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert gnu_patch.gnu_patch() is None


def test_the_rungs_are_tried_in_the_harness_s_order(workspace, base):
    stripped = b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b"
    tried = [one.rung for one in ladder._ladder(workspace(), stripped)]
    assert tried == ["apply_with_newline", "apply_with_context", "3way", "reject", "patch"]


@needs_patch
@pytest.mark.parametrize(
    ("patch", "word"),
    [
        ("--- a/x\n+++ b/../out\n@@ -0,0 +1 @@\n+x\n", "'../out'"),
        ("--- /dev/null\n+++ b/d/../../out\n@@ -0,0 +1 @@\n+x\n", "'d/../../out'"),
        ("--- /dev/null\n+++ b/.git/hooks/post-commit\n@@ -0,0 +1 @@\n+x\n", ".git"),
        ("--- /dev/null\n+++ b/.GIT/config\n@@ -0,0 +1 @@\n+x\n", ".GIT"),
        ("diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n", "link"),
        ("diff --git a/l b/l\nold mode 100644\nnew mode 160000\n", "submodule"),
        ('--- /dev/null\n+++ "b/a\\nb"\n@@ -0,0 +1 @@\n+x\n', r"a\nb"),
        ('--- /dev/null\n+++ "b/\\033[31mx"\n@@ -0,0 +1 @@\n+x\n', "x1b"),
        ("--- a/link/x\n+++ b/link/x\n@@ -1 +1 @@\n-x\n+y\n", "link"),
        ("--- a/link\n+++ b/link\n@@ -1 +1 @@\n-x\n+y\n", "link"),
        ("--- a/N\n+++ b/n\n@@ -1 +1 @@\n-x\n+y\n", "one on some machines"),
    ],
)  # fmt: skip
def test_patch_is_not_asked(repository, workspace, patch, word):
    (repository.work / "link").symlink_to("/tmp")
    base = repository.commit({"a.py": b"a\n"})
    place = workspace()
    place.start(base)
    with pytest.raises(GitRefused, match="is not asked") as caught:
        gnu_patch.apply_by_patch(place, PATCH, patch.encode())
    assert word in str(caught.value)
    assert place.changed() == []


@needs_patch
def test_patch_runs_no_editor(repository, workspace, base, tmp_path):
    ran = tmp_path / "ran"
    script = f"--- a/a.py\n+++ b/a.py\n1!touch {ran}\n.\nw\n"
    place = workspace()
    place.start(base)
    for patch in (script, f"Index: a/a.py\n{script}", f"1c\n!touch {ran}\n.\nr !touch {ran}\n"):
        with pytest.raises(GitRefused):
            gnu_patch.apply_by_patch(place, PATCH, patch.encode())
    assert not ran.exists()


@needs_patch
def test_patch_does_not_ask_version_control_or_obey_variables(repository, workspace, base, monkeypatch, tmp_path):
    expected = make_change(workspace(), base, shifted(repository.patch({"a.py": text(_14="mine\n")})), ALL)
    for name, value in {"PATCH_GET": "1", "POSIXLY_CORRECT": "1", "PATCH_VERSION_CONTROL": "numbered",
                        "TMPDIR": str(tmp_path / "nowhere"), "SIMPLE_BACKUP_SUFFIX": ".py"}.items():  # fmt: skip
        if name != "TMPDIR":
            monkeypatch.setenv(name, value)
    again = make_change(workspace(), base, shifted(repository.patch({"a.py": text(_14="mine\n")})), ALL)
    assert again == expected
    assert again.rung is Rung.PATCH


@needs_patch
def test_a_file_beside_the_named_ones_is_not_taken(repository, workspace, base):
    patch = shifted(repository.patch({"a.py": text(_14="mine\n")}))
    place = workspace()
    place.start(base)
    gnu_patch.apply_by_patch(place, PATCH, patch.encode())
    assert [one.path for one in place.changed()] == ["a.py"]
    with place.room() as folder:
        (folder / "a.py").write_bytes(b"a")
        assert list(gnu_patch._files(folder)) == ["a.py"]
        Path(folder, "b").symlink_to("/etc/passwd")
        with pytest.raises(GitRefused, match="is no file"):
            gnu_patch._files(folder)


@needs_patch
def test_a_deletion_by_patch_is_one(repository, workspace, base):
    patch = repository.patch({"a.py": None})
    place = workspace()
    place.start(base)
    gnu_patch.apply_by_patch(place, PATCH, patch.encode())
    (gone,) = place.changed()
    assert (gone.path, gone.new.mode) == ("a.py", "000000")

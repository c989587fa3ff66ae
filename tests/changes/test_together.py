"""Several patches that one git judges: what it takes, what is judged alone, and that none sees another."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.changes.canonical import Rung, make_change
from mergecheck.changes.placing import Placed, placed
from mergecheck.changes.together import Patch, make_together
from mergecheck.errors import ChangeError
from mergecheck.records import Disposition, Kind, Policies

ALL = Policies("show", "show", "show")
LINES = b"".join(b"line %d\n" % number for number in range(30))


def changed(number: int, text: bytes = b"changed\n") -> bytes:
    lines = LINES.splitlines(keepends=True)
    lines[number] = text
    return b"".join(lines)


@pytest.fixture
def base(repository):
    return repository.commit({"a.py": LINES, "pkg/b.py": LINES, "pkg/c.py": b"c\n"})


def test_one_git_takes_them_all_whatever_they_have_in_common(repository, workspace, base, monkeypatch):
    patches = [repository.patch({"a.py": changed(number)}) for number in range(0, 30, 5)]
    place = workspace()
    judged = []
    judge = place._judge
    monkeypatch.setattr(place, "_judge", lambda: (judged.append(1), judge())[1])
    taken = place.apply_together([(base, patch.encode()) for patch in patches])
    assert [[one.path for one in touched] for touched in taken] == [["a.py"]] * 6
    assert len({touched[0].new.blob for touched in taken}) == 6
    assert judged == [1]


def test_of_different_commits_each_is_against_its_own(repository, workspace, base):
    first = repository.patch({"a.py": changed(3)})
    later = repository.commit({"a.py": changed(3)})
    second = repository.patch({"a.py": changed(3, b"again\n")})
    place = workspace()
    tasks = [
        Patch(base, first),
        Patch(later, second),
        Patch(later, first),
        Patch(base, second),
        Patch("f" * 40, first),
    ]
    *made, missing = make_together(place, tasks, ALL)
    assert [one.change.files[0].new_text for one in made[:2]] == [
        changed(3).decode(),
        changed(3, b"again\n").decode(),
    ]
    assert made == [make_change(place, task.base_commit, task.text, ALL) for task in tasks[:4]]
    assert isinstance(missing, ChangeError)
    assert "f" * 40 in str(missing)


def test_only_what_git_refuses_is_judged_alone(repository, workspace, base):
    good = [repository.patch({"a.py": changed(number), "pkg/c.py": None}) for number in (1, 9)]
    bad = good[0].replace("-line 1\n", "-line one\n")
    binary = repository.patch({"a.bin": bytes(range(256))})
    patches = [good[0], bad, binary, good[1], bad.replace("line 2", "line two")]
    place = workspace()
    taken = place.apply_together([(base, patch.encode()) for patch in patches])
    assert [touched is not None for touched in taken] == [True, False, False, True, False]
    made = make_together(place, [Patch(base, patch) for patch in patches], ALL)
    assert made == [make_change(place, base, patch, ALL) for patch in patches]
    # Git's words are those for the patch alone: no folder of ours is in them.
    assert "a.py:" in made[1].detail
    assert "1/a.py" not in made[1].detail


def test_a_file_gone_in_one_and_new_in_another_is_no_rename(repository, workspace, base):
    gone = repository.patch({"pkg/b.py": None})
    new = repository.patch({"pkg/moved.py": LINES})
    moved = repository.patch({"pkg/b.py": None, "pkg/other.py": LINES}, "--no-renames")
    made = make_together(workspace(), [Patch(base, patch) for patch in (gone, new, moved)], ALL)
    kinds = [[(file.kind, file.path, file.old_path) for file in one.change.files] for one in made]
    assert kinds == [
        [(Kind.DELETED, "pkg/b.py", None)],
        [(Kind.ADDED, "pkg/moved.py", None)],
        [(Kind.RENAMED, "pkg/other.py", "pkg/b.py")],
    ]


def test_lines_of_hunks_that_look_like_headers_are_left_alone(repository, workspace):
    text = b"-- a/a.py\n++ b/a.py\n@@ -1 +1 @@\ndiff --git a/x b/x\nrename from x\n" + LINES
    base = repository.commit({"a.py": text, "b.py": b"b\n"})
    patches = [repository.patch({"a.py": LINES + text}), repository.patch({"a.py": b"", "b.py": text})]
    place = workspace()
    assert None not in place.apply_together([(base, patch.encode()) for patch in patches])
    made = make_together(place, [Patch(base, patch) for patch in patches], ALL)
    assert made[0].change.files[0].new_text == (LINES + text).decode()
    assert [file.new_text for file in made[1].change.files] == ["", text.decode()]


def test_a_policy_sees_each_alone(repository, workspace, base):
    new = repository.patch({"pkg/t.log": b"x\n"})
    both = repository.patch({"pkg/t.log": b"x\n", "a.py": changed(2)})
    made = make_together(workspace(), [Patch(base, new), Patch(base, both), Patch(base, "")], Policies())
    assert [one.disposition for one in made] == [
        Disposition.EMPTY_AFTER_POLICY,
        Disposition.REVIEWABLE,
        Disposition.EMPTY_AFTER_POLICY,
    ]
    assert [[left.path for left in one.left_out] for one in made] == [["pkg/t.log"], ["pkg/t.log"], []]


def test_a_side_that_is_no_file_is_one_for_git_where_no_line_says_so(repository, workspace):
    base = repository.commit({"a.py": LINES, "b.py": b"b\n", "dev/null": b"null\n"})
    sides = [
        ("", "--- a/b.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n"),
        ("", "--- /dev/null\n+++ b/b.py\n@@ -1 +1 @@\n-null\n+b\n"),
        ("new file mode 100644\n", "--- /dev/null\n+++ /dev/null\n@@ -0,0 +1 @@\n+b\n"),
        ("deleted file mode 100644\n", "--- /dev/null\n+++ /dev/null\n@@ -1 +0,0 @@\n-null\n"),
    ]
    patches = [f"diff --git a/b.py b/b.py\n{extended}{rest}" for extended, rest in sides]
    place = workspace()
    alone = [make_change(place, base, patch, ALL) for patch in patches]
    for patch, one in zip(patches, alone, strict=True):
        rest = [Patch(base, repository.patch({"a.py": changed(number)})) for number in (3, 8)]
        assert make_together(place, [Patch(base, patch), *rest], ALL)[0] == one
    repository.git("reset", "-q", "--hard", base)
    for patch, one in zip(patches, alone, strict=True):
        repository.git("read-tree", base)
        try:
            repository.git("apply", "--cached", "-", stdin=patch.encode())
        except subprocess.CalledProcessError:
            assert one.rung not in (Rung.APPLY, Rung.APPLY_WITH_NEWLINE)
            continue
        assert one.rung == Rung.APPLY
        named = repository.git("diff", "--cached", "--name-only", "--no-renames", base).decode().split()
        assert {path for file in one.change.files for path in (file.path, file.old_path) if path} == set(named)


def test_what_git_writes_outside_of_the_folders_leaves_all_to_be_judged_alone(
    repository, workspace, base, monkeypatch
):
    patches = [repository.patch({"a.py": changed(number)}).encode() for number in (3, 8)]
    place = workspace()
    move = placed

    def one_stays(patch, folder):
        moved = move(patch, folder)
        return moved if folder != b"1" else Placed(moved.patch.replace(b"/1/", b"/dev/"), moved.names)

    new = repository.patch({"new.py": LINES}).encode()
    monkeypatch.setattr("mergecheck.changes.workspace.placed", one_stays)
    assert place.apply_together([(base, patches[0]), (base, new), (base, patches[1])]) == [None] * 3


PLAIN = (
    "diff --git a/a.py b/a.py\nindex 1234567..89abcde 100644\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@ def f():\n"
    " a\n-b\n+c\n"
)


def test_a_plain_patch_is_moved_as_a_whole():
    moved = placed(b"\n" + PLAIN.encode() + b"\\ No newline at end of file\n", b"7")
    assert moved.names == {b"a.py"}
    assert moved.patch.decode() == "\n" + PLAIN.replace("a/a.py", "a/7/a.py").replace("b/a.py", "b/7/a.py") + (
        "\\ No newline at end of file\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" a\n", "*a\n"),
        (" a\n", ""),
        (" a\n", " a\n a\n"),
        ("100644", "120000"),
        ("a.py b/a.py", '"a.py" b/a.py'),
        ("a.py b/a.py", "a.py\tb/a.py"),
        ("--- a/a.py", "--- a/a.py\t2020-01-01"),
        ("--- a/a.py\n", "--- a/a.py\r\n"),
        ("--- a/a.py\n", ""),
        ("--- a/a.py\n", "--- /dev/null\n"),
        ("+++ b/a.py\n", "+++ /dev/null\n"),
        ("+++ b/a.py\n", ""),
        ("@@ -1,2 +1,2 @@", "@@ -1,2 @@"),
        ("@@ -1,2", "@@ -1,9999999999"),
        ("diff --git a/a.py b/a.py\n", ""),
        ("index 1234567..89abcde 100644\n", "GIT binary patch\n"),
        ("index 1234567..89abcde 100644\n", "copy from a.py\n"),
        ("/a.py", "/../a.py"),
        ("/a.py", "/.git/a.py"),
        ("/a.py", "/x/.GITmodules"),
        ("/a.py", "/git~1/a.py"),
        ("/a.py", "/./a.py"),
        ("/a.py", "//a.py"),
    ],
)
def test_what_is_not_written_plainly_is_not_moved(old, new):
    assert placed(PLAIN.encode(), b"1") is not None
    assert old in PLAIN
    assert placed(PLAIN.replace(old, new).encode(), b"1") is None


@pytest.mark.parametrize(
    "end", ["trailing words\n", "@@ -9 +9 @@\n", "diff --git a/a.py b/a.py\n", "--\n2.30\n", "x"]
)
def test_what_follows_must_be_plain_too(end):
    assert placed((PLAIN + end).encode(), b"1") is None


@given(patch=st.one_of(st.binary(), st.text(alphabet="diff -git@+\n ab/\\,1").map(str.encode)))
def test_any_bytes_are_moved_or_left(patch):
    moved = placed(patch, b"1")
    assert moved is None or moved.patch.count(b"\n") == patch.count(b"\n")

"""Whatever two texts there are, our hunks turn the old one into the new one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mergecheck.changes.canonical import make_change
from mergecheck.changes.workspace import Workspace
from mergecheck.records import Disposition, FileChange, Policies

TESTS = Policies(docs="show", scratch="show")

LINES = st.lists(
    st.sampled_from(["a", "b", "", "-- x", "++ y", "@@ z", "diff --git a/x b/x", "é", "\ttab", "c\r"]), max_size=14
)
ENDINGS = st.booleans()


def joined(lines: list[str], ended: bool) -> str:
    return "\n".join(lines) + ("\n" if ended and lines else "")


def patched(file: FileChange) -> str:
    """The new text, from the old text and the hunks alone."""
    old = (file.old_text or "").split("\n")
    new: list[str] = []
    at = 0
    ended = not (file.old_text or "").split("\n")[-1] if file.old_text else True
    for hunk in file.hunks:
        start = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        new += old[at:start]
        at = start
        for n, line in enumerate(hunk.lines):
            unended = n + 1 < len(hunk.lines) and hunk.lines[n + 1] == "\\"
            if line.startswith((" ", "-")):
                assert old[at] == line[1:]
                at += 1
            if line.startswith((" ", "+")):
                new.append(line[1:])
                ended = not unended
        assert sum(line.startswith((" ", "-")) for line in hunk.lines) == hunk.old_count
        assert sum(line.startswith((" ", "+")) for line in hunk.lines) == hunk.new_count
    rest = old[at:]
    if rest and rest != [""]:
        new += rest if rest[-1] else rest[:-1]
        ended = not rest[-1]
    return "\n".join(new) + ("\n" if ended and new else "")


def unified(old: str, new: str) -> str:
    """A patch by another program than git, with its own idea of context."""
    body = []
    for line in difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), "a/f.py", "b/f.py", n=1
    ):
        body.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(body)


@pytest.fixture(scope="module")
def place(lasting_repository: Any) -> Iterator[Workspace]:
    lasting_repository.commit({"f.py": b"a\nb\n"})
    with Workspace(lasting_repository.work / ".git") as workspace:
        yield workspace


def commit_of(repository: Any, text: str) -> str:
    """A commit whose only file is f.py with this text."""
    blob = repository.git("hash-object", "-w", "--no-filters", "--stdin", stdin=text.encode()).decode().strip()
    tree = repository.git("mktree", stdin=f"100644 blob {blob}\tf.py\n".encode()).decode().strip()
    return str(repository.git("commit-tree", "-m", "step", tree).decode().strip())


@settings(max_examples=60, deadline=None)
@given(LINES, ENDINGS, LINES, ENDINGS)
def test_hunks_turn_old_into_new(lasting_repository, place, old_lines, old_ended, new_lines, new_ended):
    old, new = joined(old_lines, old_ended), joined(new_lines, new_ended)
    assume(old != new)
    base, other = commit_of(lasting_repository, old), commit_of(lasting_repository, new)
    patch = lasting_repository.git("diff", "--text", "--binary", base, other).decode()
    made = make_change(place, base, patch, TESTS)
    assert made.disposition is Disposition.REVIEWABLE, made.detail
    (file,) = made.change.files
    assert (file.old_text, file.new_text) == (old, new)
    assert patched(file) == new
    by_another = make_change(place, base, unified(old, new), TESTS)
    assert by_another.change == made.change, by_another.detail


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_is_a_change_or_explained(lasting_repository, place, text):
    base = lasting_repository.git("rev-parse", "HEAD").decode().strip()
    made = make_change(place, base, text, TESTS)
    assert (made.change is not None) == (made.disposition is Disposition.REVIEWABLE)
    assert made.change is not None or made.detail

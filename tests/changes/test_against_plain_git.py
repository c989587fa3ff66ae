"""What is taken, and what comes of it, is what git alone says, with the whole tree in its index."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.changes.canonical import Rung, make_change
from mergecheck.changes.diff import RawChange, read_diff
from mergecheck.changes.differ import DIFF
from mergecheck.changes.index_file import Held, differences, entry, index_file
from mergecheck.changes.scratch_repository import SETTINGS
from mergecheck.changes.together import Patch, make_together
from mergecheck.changes.workspace import Workspace
from mergecheck.records import FileChange, Policies

ALL = Policies("show", "show", "show")
TREE = {
    "a": "one\ntwo\nthree\n",
    "pkg/__init__.py": "",
    "pkg/b.py": "".join(f"line {n}\n" for n in range(12)),
    "pkg/deep/c.py": "alpha\nbeta\n",
    "pkg-x/d.py": "d\n",
    "z.txt": "".join(f"line {n}\n" for n in range(11)),
    "link": "a",
}
PATHS = [
    *TREE,
    "a/x",
    "pkg",
    "pkg/b.py/y",
    "pkg/new.py",
    "pkg-x",
    "new",
    "new/deeper/e.py",
    "link/x",
    "b c",
    "\xe9.py",
]
TEXTS = ["", "one\ntwo\nthree\n", "one\nTWO\nthree\n", *(TREE[path] for path in ("pkg/b.py", "z.txt")), "x\n"]


@dataclass
class Whole:
    """A repository, and plain git on a whole index of it."""

    work: Path
    base: str
    place: Workspace

    def git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        settings = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.work),
            "GIT_INDEX_FILE": str(self.work.parent / "index"),
            "LC_ALL": "C",
        }
        return subprocess.run(
            ["git", f"--git-dir={self.work}/.git", *settings, "-c", "core.bare=true", *arguments],
            capture_output=True,
            env=environment,
        )

    def diff(self, patch: str) -> list[RawChange] | None:
        """What `read-tree`, `apply --cached` and `diff-index` make of it, None where git refuses it."""
        file = self.work.parent / "patch"
        file.write_bytes(patch.encode("utf-8", "surrogateescape"))
        assert self.git("read-tree", self.base).returncode == 0
        if self.git("apply", "--cached", str(file)).returncode != 0:
            return None
        done = self.git("diff-index", "--cached", "--patch-with-raw", "-z", *DIFF, self.base)
        assert done.returncode == 0
        return read_diff(done.stdout)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    root = tmp_path_factory.mktemp("whole")
    work = root / "work"
    work.mkdir()
    command = ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for path, text in TREE.items():
        (work / path).parent.mkdir(exist_ok=True, parents=True)
        (work / path).write_text(text) if path != "link" else (work / path).symlink_to(text)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "base"]):
        subprocess.run([*command, *arguments], check=True)
    base = subprocess.run(
        [*command, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    with Workspace(work / ".git") as place:
        yield Whole(work, base, place)


@st.composite
def patches(draw: st.DrawFn) -> str:
    """Parts of patches to these files: most fit alone, few fit together."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        old = draw(st.sampled_from([*TREE, *PATHS]))
        new = draw(st.sampled_from(PATHS))
        text = TREE.get(old, "one\n")
        match draw(st.integers(0, 6)):
            case 0:
                parts.append(f"diff --git a/{old} b/{old}\nold mode 100644\nnew mode 100755\n")
            case 1:
                verb = draw(st.sampled_from(["rename", "copy"]))
                parts.append(
                    f"diff --git a/{old} b/{new}\nsimilarity index 100%\n{verb} from {old}\n{verb} to {new}\n"
                )
            case 2:
                parts.append(section(old, None, text, ""))
            case 3:
                parts.append(section(None, new, "", draw(st.sampled_from(TEXTS)) or "x\n"))
            case 4:
                parts.append(section(None, new, "", "x\n").split("\n", 2)[2])
            case _:
                parts.append(section(old, old, text, draw(st.sampled_from(TEXTS)) + "more\n"))
    patch = "".join(parts)
    return patch if draw(st.integers(0, 4)) else patch.replace(" b/", draw(st.sampled_from([" c/", " ", " b//"])))


def section(old: str | None, new: str | None, before: str, after: str) -> str:
    """A file's whole old text taken out and the new one put in."""
    head = f"diff --git a/{old or new} b/{new or old}\n"
    head += "new file mode 100644\n" if old is None else "deleted file mode 100644\n" if new is None else ""
    head += f"--- {'/dev/null' if old is None else f'a/{old}'}\n+++ {'/dev/null' if new is None else f'b/{new}'}\n"
    out, put = before.splitlines(), after.splitlines()
    lines = [*(f"-{line}" for line in out), *(f"+{line}" for line in put)]
    if before and not before.endswith("\n"):
        lines.insert(len(out), "\\ No newline at end of file")
    return (
        head
        + f"@@ -{bool(out):d},{len(out)} +{bool(put):d},{len(put)} @@\n"
        + "".join(f"{line}\n" for line in lines)
    )


def shown(change: RawChange) -> tuple[object, ...]:
    sides = (change.old_id and change.old_mode, change.new_id and change.new_mode)
    hunks = () if change.binary else tuple(hunk.decoded("utf-8") for hunk in change.hunks)
    return change.path, change.old_path, *sides, change.binary, hunks


def ours(file: FileChange) -> tuple[object, ...]:
    return file.path, file.old_path, file.old_mode, file.new_mode, file.binary, file.hunks


@settings(max_examples=60, deadline=None)
@given(patch=patches())
def test_the_same_patches_are_taken_and_the_same_comes_of_them(whole, patch):
    expected = whole.diff(patch)
    made = make_change(whole.place, whole.base, patch, ALL)
    assert (made.rung in (Rung.APPLY, Rung.APPLY_WITH_NEWLINE)) == (expected is not None), made.detail
    if expected is not None:
        files = [] if made.change is None else [ours(file) for file in made.change.files]
        assert files == sorted(map(shown, expected), key=lambda one: one[0])


@settings(max_examples=25, deadline=None)
@given(some=st.lists(patches(), min_size=2, max_size=8))
def test_together_the_same_patches_are_taken_and_the_same_comes_of_them(whole, some):
    together = make_together(whole.place, [Patch(whole.base, patch) for patch in some], ALL)
    for patch, made in zip(some, together, strict=True):
        expected = whole.diff(patch)
        assert (made.rung in (Rung.APPLY, Rung.APPLY_WITH_NEWLINE)) == (expected is not None), made.detail
        if expected is not None:
            files = [] if made.change is None else [ours(file) for file in made.change.files]
            assert files == sorted(map(shown, expected), key=lambda one: one[0])


NAMES = st.lists(
    st.binary(min_size=1, max_size=12).filter(lambda name: b"\0" not in name), unique=True, max_size=40
)


@given(data=st.data(), names=NAMES)
def test_what_differs_between_two_indexes_is_found_wherever_it_is(data, names):
    blobs = st.sampled_from([b"\1" * 20, b"\2" * 20])
    sides = [
        {name: data.draw(blobs) for name in names if data.draw(st.integers(0, 4))},
        {name: data.draw(blobs) for name in names if data.draw(st.integers(0, 4))},
    ]
    old, new = (
        index_file(b"".join(entries), [len(one) for one in entries])
        for entries in ([entry(0o100644, side[name], name) for name in sorted(side)] for side in sides)
    )
    held = [{name: Held("100644", blob.hex()) for name, blob in side.items()} for side in sides]
    expected = [
        (name, held[0].get(name), held[1].get(name))
        for name in sorted(names)
        if held[0].get(name) != held[1].get(name)
    ]
    assert list(differences(old, new.data)) == expected

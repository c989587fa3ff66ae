"""Whatever a patch says, on whatever rung: nothing outside the scratch place is touched, and it ends."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergecheck.changes.canonical import Made, make_change
from mergecheck.changes.together import Patch, make_together
from mergecheck.changes.workspace import Workspace
from mergecheck.records import Disposition, Policies

FILES = {
    "a.py": "".join(f"line {n}\n" for n in range(20)),
    "pkg/__init__.py": "",
    "pkg/b.py": "one\ntwo\nthree\n",
    "pkg/c.txt": "alpha\r\nbeta\r\n",
    "tests/test_a.py": "def test_a():\n    pass\n",
}
NAMES = [
    "a.py", "pkg/b.py", "pkg/c.txt", "pkg/new.py", "new.py", "tests/test_a.py", "link", "link/x", "loop", "sub",
    "../out", "pkg/../../out", "/tmp/out", ".git/hooks/post-applypatch", ".git/config", ".GIT/x", "git~1/x",
    ".gitattributes", ".gitmodules", "a.py/x", "pkg", "-rf", "a b.py", "\x1b[31mred", "caf\xe9.py", "a.py.orig",
    "a.py.rej", "x" * 300, "dev/null", "pkg\\..\\x", "con", "",
]  # fmt: skip
MODES = ["100644", "100755", "120000", "160000", "040000", "777777"]
LINES = [
    " line 3", "-line 4", "+line 4b", " one", "-two", "+TWO", " three", " alpha\r", "+\x00\x01", "\\ No newline",
    "+../../etc/passwd", "-- x", "+++ y", "+\x1b]0;title\x07", " ", "", "GIT binary patch", "literal 4",
    "LcmZQzWMT#Y01f~L", "@@ -1,3 +1,3 @@", "1!touch ran", "s/a/b/e", ".", "w", "Index: a/a.py", "Prereq: 1",
]  # fmt: skip


@st.composite
def sections(draw: st.DrawFn) -> str:
    """A file's part of a patch: plausible, or nearly so, or not at all."""
    old, new = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    if draw(st.booleans()):
        new = old
    head = []
    if draw(st.booleans()):
        head.append(f"diff --git a/{old} b/{new}")
    if draw(st.integers(0, 3)) == 0:
        head.append(f"{draw(st.sampled_from(['new file mode', 'deleted file mode', 'old mode', 'new mode']))} "
                    f"{draw(st.sampled_from(MODES))}")  # fmt: skip
    if draw(st.integers(0, 5)) == 0:
        verb = draw(st.sampled_from(["rename", "copy"]))
        head += ["similarity index 90%", f"{verb} from {old}", f"{verb} to {new}"]
    head.append(f"--- {draw(st.sampled_from([f'a/{old}', '/dev/null', old]))}")
    head.append(f"+++ {draw(st.sampled_from([f'b/{new}', '/dev/null', new]))}")
    body = draw(st.lists(st.sampled_from(LINES), max_size=8))
    counts = [sum(line[:1] in (" ", sign) for line in body) for sign in "-+"]
    if draw(st.integers(0, 4)) == 0:
        counts = draw(st.lists(st.integers(0, 9), min_size=2, max_size=2))
    start = draw(st.integers(0, 5))
    return "\n".join([*head, f"@@ -{start},{counts[0]} +{start},{counts[1]} @@", *body]) + "\n"


@st.composite
def mutated(draw: st.DrawFn, good: str) -> str:
    """A patch that git takes, after a few edits to its lines."""
    lines = good.split("\n")
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, draw(st.sampled_from(LINES)))
            case 2:
                lines[at] = lines[at].replace("a.py", draw(st.sampled_from(NAMES)))
            case 3:
                lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
            case _:
                lines[at] = lines[at][: draw(st.integers(0, 6))] + draw(st.text(max_size=3))
        lines = lines or [""]
    text = "\n".join(lines)
    return text if draw(st.integers(0, 3)) else text[: draw(st.integers(0, len(text)))]


@dataclass
class Surroundings:
    """All that a patch could reach, and the places that it may write to."""

    place: Workspace
    base: str
    good: str
    outside: list[Path]
    scratch: Path

    def state(self) -> str:
        digest = hashlib.sha256()
        for root in self.outside:
            for file in sorted(root.rglob("*")):
                if self.scratch in (file, *file.parents):
                    continue
                digest.update(os.fsencode(file))
                if file.is_file() and not file.is_symlink():
                    digest.update(file.read_bytes())
        return digest.hexdigest()


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    """A repository with hooks, filters and attributes that leave a mark, and a home and a caller's folder too."""
    root = tmp_path_factory.mktemp("fuzz")
    work, home, scratch, here = (root / name for name in ("work", "home", "scratch", "here"))
    for folder in (work, home, scratch, here):
        folder.mkdir()

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(work), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    git("init", "-q", "-b", "main")
    for path, text in FILES.items():
        (work / path).parent.mkdir(exist_ok=True)
        (work / path).write_bytes(text.encode())
    (work / "link").symlink_to(here)
    (work / "loop").symlink_to("loop")
    (work / ".gitattributes").write_text("* filter=mark merge=mark diff=mark\n")
    git("add", "-A")
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    git("commit", "-q", "-m", "base")
    base = git("rev-parse", "HEAD").strip()
    (work / "a.py").write_text(FILES["a.py"].replace("line 4", "LINE 4").replace("line 15", "LINE 15"))
    (work / "pkg/b.py").write_text("one\nTWO\nthree\n")
    (work / "pkg/n.py").write_text("new\n")
    git("add", "a.py", "pkg")
    good = git("diff", "--cached")
    mark = f"touch {here}/ran; cat"
    config = "".join(
        f'[{kind} "mark"]\n\t{key} = {mark}\n'
        for kind, key in (("filter", "clean"), ("filter", "smudge"), ("merge", "driver"), ("diff", "textconv"))
    )
    (home / ".gitconfig").write_text(config)
    with (work / ".git/config").open("a") as file:
        file.write(config)
    for hook in (
        "post-applypatch",
        "pre-applypatch",
        "post-index-change",
        "reference-transaction",
        "post-checkout",
    ):
        (work / ".git/hooks" / hook).write_text(f"#!/bin/sh\ntouch {here}/ran\n")
        (work / ".git/hooks" / hook).chmod(0o755)
    (work / ".git/info").mkdir(exist_ok=True)
    (work / ".git/info/attributes").write_text("* filter=mark\n")
    with pytest.MonkeyPatch.context() as patching:
        patching.setenv("HOME", str(home))
        patching.setattr("tempfile.tempdir", str(scratch))
        patching.chdir(here)
        with Workspace(work / ".git") as place:
            yield Surroundings(place, base, good, [root], scratch)
    assert not list(scratch.iterdir())


POLICIES = st.builds(
    Policies, *[st.sampled_from(["strip", "show"])] * 3, st.sampled_from([(), ("*",), ("new.py",)])
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), policies=POLICIES)
def test_what_comes_of_patches_together_is_what_comes_of_each_alone(surroundings, data, policies):
    some = st.one_of(
        st.just(surroundings.good),
        mutated(surroundings.good),
        st.lists(sections(), min_size=1, max_size=2).map("".join),
    )
    patches = data.draw(st.lists(some, min_size=2, max_size=5))
    place, base = surroundings.place, surroundings.base
    before = surroundings.state()
    together = make_together(place, [Patch(base, patch) for patch in patches], policies)
    assert surroundings.state() == before
    assert together == [make_change(place, base, patch, policies) for patch in patches]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), policies=POLICIES)
def test_any_patch_on_the_whole_ladder(surroundings, data, policies):
    patch = data.draw(
        st.one_of(
            mutated(surroundings.good),
            st.lists(sections(), min_size=1, max_size=4).map("".join),
            st.builds(lambda good, more: good + more, st.just(surroundings.good), sections()),
        )
    )
    before = surroundings.state()
    began = time.monotonic()
    made = make_change(surroundings.place, surroundings.base, patch, policies)
    assert time.monotonic() - began < 60
    assert surroundings.state() == before
    assert not list(surroundings.place.folder.glob("room-*"))
    assert_valid(made)
    # The same patch comes out the same, whatever was applied in between.
    make_change(surroundings.place, surroundings.base, surroundings.good, policies)
    assert make_change(surroundings.place, surroundings.base, patch, policies) == made


def assert_valid(made: Made) -> None:
    assert (made.change is not None) == (made.disposition is Disposition.REVIEWABLE)
    assert (made.rung is None) == (
        made.disposition is Disposition.UNAPPLIABLE or made.detail == "the patch is empty"
    )
    if made.change is None:
        assert made.detail
        assert made.detail.isprintable()
        return
    paths = [file.path for file in made.change.files]
    assert paths == sorted(set(paths))
    assert not set(paths) & {left.path for left in made.left_out}
    for path in paths:
        parts = path.split("/")
        assert parts[0]
        assert not {"..", "."} & set(parts)
        assert ".git" not in [part.lower() for part in parts]
    for file in made.change.files:
        assert file.old_mode in (None, "100644", "100755", "120000", "160000")
        assert file.new_mode in (None, "100644", "100755", "120000", "160000")
        assert file.binary or (file.old_text, file.new_text) != (None, None)

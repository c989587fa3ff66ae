"""Names that would lead out of the repository or into `.git`, one by one, in every way a patch can name a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mergecheck.changes.batch import make_changes
from mergecheck.changes.canonical import Made, make_change
from mergecheck.changes.mirrors import Mirrors
from mergecheck.changes.workspace import Workspace
from mergecheck.records import Disposition, Policies

ALL = Policies("show", "show", "show")

REFUSED = (
    "../out", "a/../../out", "a/../out", "..", "./a/./out", "/etc/out", "//out", "/", "a//out",
    ".git/hooks/post-commit", ".git/config", ".git", "a/.git/config", ".GIT/config", ".Git/config", ".git./config",
    ".git /config", ".git. . /config", ".git::$INDEX_ALLOCATION/config", "git~1/config", "GIT~1/config",
    ".git/../out", "sub/.git/modules/x",
)  # fmt: skip
"""Paths that are no paths in a repository."""

FEW = ("../out", "/etc/out", ".git/config", ".git /config", "git~1/config")

DROPPED = ("/etc/out", "//out", "a//out")
"""Of these, git or `patch` drops a slash behind `a/`, and what is left is a path."""

FORMS = {
    "new": "diff --git a/{0} b/{0}\nnew file mode 100644\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+x\n",
    "new, traditional": "--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+x\n",
    "new, without a": "--- {0}\n+++ {0}\n@@ -0,0 +1 @@\n+x\n",
    "new, quoted": 'diff --git "a/{0}" "b/{0}"\nnew file mode 100644\n--- /dev/null\n+++ "b/{0}"\n'
    "@@ -0,0 +1 @@\n+x\n",
    "empty": "diff --git a/{0} b/{0}\nnew file mode 100644\n",
    "a link": "diff --git a/{0} b/{0}\nnew file mode 120000\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+/etc\n"
    "\\ No newline at end of file\n",
    "moved": "diff --git a/a.py b/{0}\nsimilarity index 100%\nrename from a.py\nrename to {0}\n",
    "copied": "diff --git a/a.py b/{0}\nsimilarity index 100%\ncopy from a.py\ncopy to {0}\n",
    "modified": "diff --git a/{0} b/{0}\n--- a/{0}\n+++ b/{0}\n@@ -1 +1 @@\n-a\n+x\n",
    "deleted": "diff --git a/{0} b/{0}\ndeleted file mode 100644\n--- a/{0}\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
    "made a program": "diff --git a/{0} b/{0}\nold mode 100644\nnew mode 100755\n",
}

DROPS = ("new, without a",)
"""`-p1` drops the first folder, whatever it is."""


@dataclass(frozen=True)
class Task:
    base_commit: str
    patch: str
    instance: str = "i"
    repo: str = "o/r"


@dataclass(frozen=True)
class Place:
    workspace: Workspace
    base: str
    mirrors: Mirrors
    root: Path

    def state(self) -> str:
        """All that is near, but for the scratch place."""
        digest = hashlib.sha256()
        for file in sorted(self.root.rglob("*")):
            digest.update(str(file).encode())
            if file.is_file() and not file.is_symlink():
                digest.update(file.read_bytes())
        return digest.hexdigest()

    def made(self, patches: list[str]) -> list[Made]:
        """What becomes of each, which is the same whether it is made alone or with the others."""
        before = self.state()
        alone = [make_change(self.workspace, self.base, patch, ALL) for patch in patches]
        tasks = [Task(self.base, patch) for patch in patches]
        together = [made for _, made in make_changes(tasks, self.mirrors, policies=ALL, workers=1)]
        assert together == alone
        assert self.state() == before
        return alone


@pytest.fixture(scope="module")
def place(lasting_repository, tmp_path_factory) -> Iterator[Place]:
    root = lasting_repository.work.parent
    (lasting_repository.work / "link").symlink_to(root)
    (lasting_repository.work / "inner").symlink_to("pkg")
    base = lasting_repository.commit({"a.py": b"a\n", "pkg/b.py": b"a\n"})
    clones = tmp_path_factory.mktemp("clones")
    (clones / "o").mkdir()
    (clones / "o" / "r.git").symlink_to(lasting_repository.work / ".git")
    with Workspace(lasting_repository.work / ".git") as workspace:
        yield Place(workspace, base, Mirrors("unused/{repo}", clones), root)


def is_inside(path: str) -> bool:
    parts = path.split("/")
    return not any(part in ("", ".", "..") or HIS_OWN.match(part) for part in parts)


HIS_OWN = re.compile(r"(?i)\.?git(?:~\d)?[. ]*(?:$|:)")


@pytest.mark.parametrize("form", FORMS)
def test_no_such_name_leads_anywhere_but_into_the_repository(place, form):
    """Where git or `patch` drop what is wrong, as the harness has them do, the rest is an ordinary name."""
    paths = REFUSED if form in ("new", "moved") else FEW
    made = place.made([FORMS[form].format(path) for path in paths])
    for path, one in zip(paths, made, strict=True):
        if form not in DROPS and path not in DROPPED:
            assert one.disposition is Disposition.UNAPPLIABLE, (path, one)
        if one.change is not None:
            assert all(is_inside(file.path) for file in one.change.files), (path, one)
        assert one.detail.isprintable()


LINKS = ("link/out", "link/../out", "inner/new.py", "link", "inner")


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_written_through_a_link(place, form):
    for path, one in zip(LINKS, place.made([FORMS[form].format(path) for path in LINKS]), strict=True):
        if one.change is not None and form not in DROPS:
            # The link itself may be taken away, or something put in its place; never something behind it.
            assert {file.path for file in one.change.files} <= {path, "a.py"}, (path, one)
            assert "/" not in path


SWAPPED = (
    FORMS["a link"].format("made") + FORMS["new"].format("made/out"),
    FORMS["a link"].format("made") + FORMS["new, traditional"].format("made/out"),
    FORMS["new"].format("made/out") + FORMS["a link"].format("made"),
    FORMS["deleted"].format("pkg/b.py") + FORMS["a link"].format("pkg") + FORMS["new"].format("pkg/out"),
    FORMS["moved"].format("link/out"),
    "diff --git a/link b/made\nsimilarity index 100%\ncopy from link\ncopy to made\n"
    + FORMS["new"].format("made/out"),
)


def test_nothing_is_written_through_a_link_that_the_patch_itself_makes(place):
    for patch, one in zip(SWAPPED, place.made(list(SWAPPED)), strict=True):
        assert one.disposition is Disposition.UNAPPLIABLE, (patch, one)


@pytest.mark.parametrize(
    "letter", ["\x1b", "\x07", "\x00", "\x08", "\r", "\x7f", "\x9b", "\u202e", "\u2028", "\ufeff"]
)
def test_control_characters_and_escapes_are_kept_out_of_words_and_in_the_text(place, letter):
    """In texts they are what the author wrote, which the reviewer's program shows; our words spell them."""
    body = f"+x = '{letter}[31m'\n"
    in_text = FORMS["new"].format("pkg/c.py").replace("+x\n", body)
    in_path = FORMS["new"].format(f"pkg/{letter}c.py")
    in_words = f"--- a/{letter}no.py\n+++ b/{letter}no.py\n@@ -1 +1 @@\n-{letter}\n+x\n"
    text, path, words = place.made([in_text, in_path, in_words])
    assert text.change is not None
    (file,) = text.change.files
    assert file.binary == (letter == "\x00")
    assert file.binary or file.new_text == body[1:]
    assert words.disposition is Disposition.UNAPPLIABLE
    for one in (text, path, words):
        assert one.detail.isprintable()

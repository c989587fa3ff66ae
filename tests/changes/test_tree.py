"""Base trees out of real repositories: every file as it was, decoded as changes are, and no history."""

from __future__ import annotations

import json
import subprocess

import pytest

from mergecheck.changes.canonical import make_change
from mergecheck.changes.mirrors import Mirrors
from mergecheck.changes.tree import READ_AT_ONCE, Base, BaseTree, read_trees
from mergecheck.changes.workspace import LARGEST_TEXT, Workspace
from mergecheck.errors import ChangeError
from mergecheck.packet.format import text_digest
from mergecheck.records import Policies

BIG = b"x" * (LARGEST_TEXT + 1)


@pytest.fixture
def mirrors(repository, tmp_path):
    """The repository as `o/r`; made when asked for, so that all commits are in it."""

    def make() -> Mirrors:
        (tmp_path / "repos" / "o").mkdir(parents=True, exist_ok=True)
        link = tmp_path / "repos" / "o" / "r.git"
        if not link.exists():
            link.symlink_to(repository.mirror())
        return Mirrors("https://nowhere.example/{repo}", tmp_path / "repos")

    return make


def read(mirrors, *bases: Base) -> list[BaseTree]:
    found = [tree for _, tree in read_trees(list(bases), mirrors)]
    assert all(isinstance(tree, BaseTree) for tree in found), found
    return found


def texts_of(trees: list[BaseTree]) -> list[dict[str, str | None]]:
    texts: dict[str, str] = {}
    whole = []
    for tree in trees:
        texts.update(tree.texts)
        whole.append({path: None if digest is None else texts[digest] for path, digest in tree.files.items()})
    return whole


def test_every_file_is_there_as_text_or_by_name(repository, mirrors):
    commit = repository.commit(
        {
            "a.py": b"a\n",
            "deep/er/b.py": b"b\r\nno newline",
            "latin.txt": b"caf\xe9\n",
            "empty": b"",
            "binary": b"\x89PNG\0",
            "late_nul": b"a" * 8000 + b"\0",
            "big": BIG,
            ".gitattributes": b"* diff=x ident\n*.py export-ignore\n",
            "esc\x1b[31m\xc3\xa9.py".encode("latin-1").decode("utf-8"): b"odd\n",
        }
    )
    (tree,) = texts_of(read(mirrors(), Base("i", "o/r", commit)))
    assert tree == {
        "a.py": "a\n",
        "deep/er/b.py": "b\r\nno newline",
        "latin.txt": "café\n",
        "empty": "",
        "binary": None,
        "late_nul": "a" * 8000 + "\0",
        "big": None,
        ".gitattributes": "* diff=x ident\n*.py export-ignore\n",
        "esc\x1b[31mé.py": "odd\n",
    }


def test_links_and_submodules_are_shown_as_a_change_shows_them(repository, mirrors):
    (repository.work / "link").symlink_to("../../etc/passwd")
    repository.git("add", "-A")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    repository.git("commit", "-q", "-m", "x")
    commit = repository.git("rev-parse", "HEAD").decode().strip()
    (tree,) = texts_of(read(mirrors(), Base("i", "o/r", commit)))
    assert tree == {"link": "../../etc/passwd", "sub": f"Subproject commit {'1' * 40}\n"}


def test_a_change_s_old_text_is_the_tree_s(repository, mirrors):
    files = {"a.py": b"one\ntwo\n", "latin.txt": b"caf\xe9\nbar\n", "crlf": b"a\r\nb\r\n", "no_end": b"x\ny"}
    commit = repository.commit(files)
    patch = repository.patch({path: b"new\n" + data for path, data in files.items()})
    (tree,) = read(mirrors(), Base("i", "o/r", commit))
    with Workspace(repository.mirror()) as workspace:
        made = make_change(workspace, commit, patch, Policies(docs="show", scratch="show"))
    assert made.change is not None
    assert len(made.change.files) == 4
    for file in made.change.files:
        assert tree.files[file.path] == text_digest(file.old_text)


def test_a_text_is_handed_over_once_for_all_trees_of_a_repository(repository, mirrors):
    first = repository.commit({"a": b"a\n", "b": b"b\n", "c": b"a\n"})
    second = repository.commit({"b": b"new\n"})
    trees = read(mirrors(), Base("i", "o/r", first), Base("j", "o/r", second))
    assert [sorted(tree.texts.values()) for tree in trees] == [["a\n", "b\n"], ["new\n"]]
    assert texts_of(trees)[1] == {"a": "a\n", "b": "new\n", "c": "a\n"}


def test_nothing_later_nor_of_the_history_is_in_a_tree(repository, mirrors):
    base = repository.commit({"a": b"now\n"})
    repository.commit({"a": b"SECRET fix\n", "later": b"SECRET\n"})
    repository.git("tag", "SECRET-tag")
    (tree,) = read(mirrors(), Base("i", "o/r", base))
    assert "SECRET" not in json.dumps([dict(tree.files), dict(tree.texts)])


def test_which_commits_were_in_the_history(repository, mirrors):
    old = repository.commit({"a": b"1\n"})
    base = repository.commit({"a": b"2\n"})
    later = repository.commit({"a": b"3\n"})
    blob = repository.git("rev-parse", "HEAD:a").decode().strip()
    names = frozenset({old, base[:9], later, later[:8], "deadbeef0", blob})
    (tree,) = read(mirrors(), Base("i", "o/r", base, names))
    assert tree.commits == {old: True, base[:9]: True, later: False, later[:8]: False}


def test_what_cannot_be_read_is_said_and_does_not_stop_the_rest(repository, mirrors):
    good = repository.commit({"a": b"1\n"})
    bases = [Base("gone", "o/none", good), Base("bad", "o/r", "1" * 40), Base("good", "o/r", good)]
    found = {base.instance: tree for base, tree in read_trees(bases, mirrors())}
    assert isinstance(found["gone"], ChangeError)
    assert "o/none" in str(found["gone"])
    assert isinstance(found["bad"], ChangeError)
    assert "1" * 40 in str(found["bad"])
    assert found["bad"].fix
    assert isinstance(found["good"], BaseTree)


def test_what_was_read_of_a_tree_that_failed_is_handed_over_with_the_next(repository, mirrors):
    """A study that keeps the second tree and never the first must have all of its texts."""
    files = {f"{n:03}": f"{n}\n".encode() for n in range(2 * READ_AT_ONCE)}
    good = repository.commit(files)
    bad = repository.commit({"999": b"damaged\n"})
    name = repository.git("rev-parse", f"{bad}:999").decode().strip()
    found = mirrors()
    (repository.mirror() / "objects" / name[:2] / name[2:]).unlink()
    first, second = (tree for _, tree in read_trees([Base("i", "o/r", bad), Base("j", "o/r", good)], found))
    assert isinstance(first, ChangeError)
    assert name in str(first)
    assert texts_of([second]) == [{path: data.decode() for path, data in files.items()}]


def test_a_tree_that_leads_out_of_itself_is_refused(repository, mirrors):
    """Git's own commands do not make one; a hostile repository can hold it."""
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"x\n").decode().strip()
    raw = b"100644 ..\0" + bytes.fromhex(blob)
    tree = repository.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw).decode().strip()
    commit = repository.git("commit-tree", "-m", "x", tree).decode().strip()
    repository.git("branch", "evil", commit)
    (found,) = [tree for _, tree in read_trees([Base("i", "o/r", commit)], mirrors())]
    assert isinstance(found, ChangeError)
    assert "'..'" in found.what


def test_filters_and_hooks_of_the_mirror_are_not_run(repository, mirrors, tmp_path):
    commit = repository.commit({"a": b"as it is\n", ".gitattributes": b"* filter=evil diff=evil\n"})
    mirror = repository.mirror()
    mark = tmp_path / "ran"
    for key in ("filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor", "core.sshCommand"):
        subprocess.run(["git", "-C", str(mirror), "config", key, f"touch {mark}"], check=True)
    (tree,) = texts_of(read(mirrors(), Base("i", "o/r", commit)))
    assert tree["a"] == "as it is\n"
    assert not mark.exists()

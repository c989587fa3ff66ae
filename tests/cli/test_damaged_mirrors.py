"""Mirrors that are damaged, one way after the other, through `pull`: which, what to do, and the others go on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}
REPOS = ("o/bad", "o/good")
PATCH = """\
diff --git a/pkg/a.py b/pkg/a.py
--- a/pkg/a.py
+++ b/pkg/a.py
@@ -1,2 +1,2 @@
 one
-two
+{}
"""
STUDY = """\
name = "Two"
seed = 1

[benchmark]
source = "benchmark.jsonl"
clone_url = "{url}"

[[submissions]]
name = "heron"
path = "heron.jsonl"
model = "Heron 1"
released = 2025-01-01

[[reviewers]]
id = "ada"
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**GIT, "PATH": os.environ["PATH"]},
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two repositories of one commit each, with loose objects, and bare clones of them."""
    folder = tmp_path_factory.mktemp("whole")
    for repo in REPOS:
        work = folder / "work" / repo
        (work / "pkg").mkdir(parents=True)
        (work / "pkg" / "a.py").write_text("one\ntwo\n")
        (work / "name").write_text(repo)
        git(work, "init", "-q", "-b", "main")
        git(work, "config", "uploadpack.allowFilter", "true")
        git(work, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", "first")
        git(folder, "clone", "-q", "--bare", "--no-hardlinks", str(work), str(folder / "clones" / f"{repo}.git"))
    return folder


@pytest.fixture
def study(whole: Path, shell_for: Callable[[Path, Path], Any], tmp_path: Path) -> Any:
    """A study of one issue in each; its clones are its own."""
    shutil.copytree(whole / "clones", tmp_path / "clones", symlinks=True)
    shell = shell_for(tmp_path, tmp_path / "clones")
    shell.run("init", str(tmp_path / "study"))
    shell.study = tmp_path / "study"
    rows = [
        {
            "repo": repo,
            "instance_id": repo.replace("/", "__") + "-1",
            "base_commit": git(whole / "work" / repo, "rev-parse", "HEAD"),
            "patch": PATCH.format("golden"),
            "test_patch": "",
            "problem_statement": "two",
        }
        for repo in REPOS
    ]
    lines = [{"instance_id": row["instance_id"], "model_patch": PATCH.format("heron")} for row in rows]
    for name, what in (("benchmark", rows), ("heron", lines)):
        (shell.study / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in what))
    url = f"file://{whole}/work/{{repo}}"
    (shell.study / "study.toml").write_text(STUDY.format(url=url))
    return shell


def loose(mirror: Path, name: str) -> Path:
    found = git(mirror, "rev-parse", name)
    return mirror / "objects" / found[:2] / found[2:]


def cut(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def packed(mirror: Path, suffix: str) -> Path:
    git(mirror, "repack", "-adq")
    (file,) = (mirror / "objects" / "pack").glob(f"*{suffix}")
    return file


DAMAGES: dict[str, Callable[[Path], Any]] = {
    "a file's object is cut": lambda mirror: cut(loose(mirror, "main:pkg/a.py")),
    "a folder's object is gone": lambda mirror: loose(mirror, "main:pkg").unlink(),
    "the pack is cut": lambda mirror: cut(packed(mirror, ".pack")),
    "all objects are gone": lambda mirror: shutil.rmtree(mirror / "objects"),
}
"""Each is one of its kind: tests/changes/test_damaged_mirrors.py has them all."""


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_mirror_is_named_and_the_other_repository_goes_on(study, whole, damage):
    mirror = study.repos / "o" / "bad.git"
    DAMAGES[damage](mirror)
    done = study.run("pull", code=1)
    assert f"{mirror}: " in done.stderr
    assert "good.git" not in done.stderr
    assert "git fsck" in done.stderr or "put one there" in done.stderr
    # What was made was made of the other; nothing of this one was called unappliable.
    assert became(study) == {"golden": ({"reviewable": 1}, 1), "heron": ({"reviewable": 1}, 1)}
    shutil.rmtree(mirror)
    shutil.copytree(whole / "clones" / "o" / "bad.git", mirror)
    study.run("pull")
    assert became(study) == {"golden": ({"reviewable": 2}, 0), "heron": ({"reviewable": 2}, 0)}


def became(study: Any) -> dict[str, tuple[dict[str, int], int]]:
    """Submission → what became of its attempts, and of how many nothing did yet."""
    told = study.json("status")["submissions"]
    return {one["submission"]: (one["dispositions"], one["not_made_yet"]) for one in told}

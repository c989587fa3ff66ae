"""The whole chain on real SWE-bench data and real repositories, with its figures: run where both are at hand.

MERGECHECK_REPOS=/path/to/bare/clones pytest tests/e2e/test_real_repositories.py -s

What must hold of every candidate is also held on repositories that are made here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mergecheck.records import Candidate, FileChange, Kind
from mergecheck.store.candidates import load_candidate
from mergecheck.store.database import Database
from mergecheck.store.schema import attempts, candidates, instances

REPOSITORIES = ("pytest-dev/pytest", "sphinx-doc/sphinx", "psf/requests", "pallets/flask", "pylint-dev/pylint")
SONNET = "experiments/evaluation/verified/20240620_sweagent_claude3.5sonnet"
GEMINI = "experiments/evaluation/verified/20251118_mini-v1.15.0_gemini-3-pro-preview-20251118"
SUBMISSIONS = (
    ("claude-3.5-sonnet", SONNET, "claude-3-5-sonnet-20240620", "2024-06-20"),
    ("gemini-3-pro", GEMINI, "gemini-3-pro-preview", "2025-11-18"),
    ("claude-opus-4.5", "runs/claude-opus-4.5", "claude-opus-4-5-20251101", "2025-11-24"),
    ("minimax-m2.5", "runs/minimax-m2.5", "minimax-m2.5", "2026-02-12"),
    ("gpt-4-1106", "runs/gpt-4-1106", "gpt-4-1106-preview", "2023-11-06"),
    ("gpt-4-0125", "runs/gpt-4-0125", "gpt-4-0125-preview", "2024-01-25"),
)
COUNTS = {
    "claude-3.5-sonnet": (488, 168, 25),
    "gemini-3-pro": (499, 371, 74),
    "minimax-m2.5": (432, 229, 22),
    "claude-opus-4.5": (99, 73, 9),
    "gpt-4-1106": (89, 25, 2),
    "gpt-4-0125": (81, 24, 2),
}
"""Attempts with a patch, resolved, and resolved in the three repositories of METR's study."""

METR = ("pytest-dev/pytest", "sphinx-doc/sphinx", "scikit-learn/scikit-learn")


def study_file(data: Path, names: tuple[str, ...], repositories: tuple[str, ...] = ()) -> str:
    parts = [f'name = "Real"\nseed = 11\ngolden_share = 0.5\n\n[benchmark]\nsource = "{data}/SWE-bench_Verified"']
    if repositories:
        parts.append("repositories = [" + ", ".join(f'"{repo}"' for repo in repositories) + "]")
    for name, path, model, released in SUBMISSIONS:
        if name in names:
            parts.append(f'\n[[submissions]]\nname = "{name}"\npath = "{data}/{path}"')
            parts.append(f'model = "{model}"\nreleased = {released}')
    for reviewer, repos in (("ada", REPOSITORIES[:1]), ("bo", REPOSITORIES[1:2]), ("cy", REPOSITORIES[1:])):
        listed = ", ".join(f'"{repo}"' for repo in repos) if repositories else ""
        parts.append(f'\n[[reviewers]]\nid = "{reviewer}"\nrepositories = [{listed}]')
    return "\n".join(parts) + "\n"


@pytest.fixture
def study(shell_for: Any, tmp_path: Path, shared_data: Path) -> Any:
    shell = shell_for(tmp_path, Path(os.environ.get("MERGECHECK_REPOS", tmp_path)))
    shell.run("init", str(tmp_path / "study"))
    shell.study = tmp_path / "study"
    return shell


def test_the_counts_over_the_whole_of_verified(study, shared_data):
    (study.study / "study.toml").write_text(study_file(shared_data, tuple(COUNTS)))
    study.run("pull", "--records-only")
    status = study.json("status")
    assert status["instances"] == 500
    found = {}
    for one in status["submissions"]:
        assert one["rows_read"] == one["attempts"] + sum(one["skips"].values())
        in_metr = sum(one["repositories"].get(repo, {"resolved": 0})["resolved"] for repo in METR)
        found[one["submission"]] = (one["with_patch"], one["resolved"], in_metr)
    assert found.pop("golden") == (500, 500, 95)
    assert found == COUNTS


@pytest.mark.skipif("MERGECHECK_REPOS" not in os.environ, reason="MERGECHECK_REPOS names no folder of bare clones")
def test_six_submissions_over_five_repositories(study, shared_data):
    here = [repo for repo in REPOSITORIES if (Path(os.environ["MERGECHECK_REPOS"]) / f"{repo}.git").exists()]
    if len(here) < len(REPOSITORIES):
        pytest.skip(f"MERGECHECK_REPOS lacks {set(REPOSITORIES) - set(here)}")
    names = tuple(name for name, *_ in SUBMISSIONS)
    (study.study / "study.toml").write_text(study_file(shared_data, names, REPOSITORIES))
    timed(study, "pull")
    status = study.json("status")
    assert status["instances"] == 19 + 44 + 8 + 1 + 10
    for one in status["submissions"]:
        assert one["not_made_yet"] == 0
        assert sum(one["dispositions"].values()) == one["attempts"]
        assert one["candidates"] == one["dispositions"].get("reviewable", 0)
    golden = next(one for one in status["submissions"] if one["submission"] == "golden")
    assert golden["dispositions"] == {"reviewable": 82}
    assert golden["left_out_files"] == {}
    listed = Counter((row["submission"], row["rule"]) for row in study.json("status", "--left-out")["left_out"])
    for one in status["submissions"]:
        assert one["left_out_files"] == {
            rule: n for (name, rule), n in listed.items() if name == one["submission"]
        }
        assert sum(one["rungs"].values()) + one["dispositions"].get("unappliable", 0) >= one["candidates"]
    checked = apply_plainly(study.study, Path(os.environ["MERGECHECK_REPOS"]))
    assert checked["candidates"] == status["candidates"] > 250
    print(table(status))
    print(f"plain git apply: {checked}")
    audited(study, "--before")
    timed(study, "assign")
    audited(study)
    for packet in sorted((study.study / "packets").glob("*.packet")):
        print(f"{packet.name}: {packet.stat().st_size / 2**20:.1f} MiB")
    timed(study, "simulate", "--accept", "golden=0.7")
    returned = sorted(str(path) for path in (study.study / "packets").glob("*.answers.jsonl"))
    assert len(returned) == 3
    timed(study, "collect", *returned)
    timed(study, "close")
    print(timed(study, "report"))
    report = study.json("report")
    assert report["simulated"]


def timed(study: Any, *arguments: str) -> str:
    """Run a command, print how long it took, return its output."""
    began = time.perf_counter()
    done = study.run(*arguments)
    print(f"{arguments[0]}: {time.perf_counter() - began:.1f} s")
    print(done.stdout)
    return done.stdout


def audited(study: Any, *arguments: str) -> None:
    """Run the audit and print how it ended; on the real studies nothing waits for a decision."""
    print(timed(study, "audit", "blinding", *arguments).splitlines()[-1])


def table(status: Mapping[str, Any]) -> str:
    """What became of every attempt, as a table in Markdown."""
    own = ("submission", "read", "skipped rows", "attempts", "without patch", "reviewable", "as golden", "shared")
    rungs = sorted({rung for one in status["submissions"] for rung in one["rungs"]})
    groups = ("scratch", "tests", "docs")
    lines = [" | ".join([*own, *rungs, "no rung", "empty after policy", *(f"{group} files" for group in groups)])]
    lines.append(" | ".join(["---"] * (len(own) + len(rungs) + 2 + len(groups))))
    for one in status["submissions"]:
        became = one["dispositions"]
        files: Counter[str] = Counter()
        for rule, number in one["left_out_files"].items():
            files[rule.split(":")[0]] += number
        cells = [
            one["submission"],
            one["rows_read"],
            sum(one["skips"].values()),
            one["attempts"],
            one["attempts"] - one["with_patch"],
            one["candidates"],
            one["same_as_golden"],
            one["shared_with_another"],
            *(one["rungs"].get(rung, 0) for rung in rungs),
            became.get("unappliable", 0),
            became.get("empty_after_policy", 0),
            *(files[group] for group in groups),
        ]
        lines.append(" | ".join(str(cell) for cell in cells))
    lines.append(f"{status['instances']} instances, {status['candidates']} different candidates")
    return "\n".join(lines)


# Every candidate's diff, put to plain git


def apply_plainly(study: Path, repos: Path) -> Counter[str]:
    """Apply our diff of every candidate to its base commit with plain `git apply`: exactly the new texts come out.

    Returns:
        How many candidates and files were compared, and how many files are binary, which no diff shows.
    """
    found: Counter[str] = Counter()
    with Database.open(study / "study.db").reading() as connection, tempfile.TemporaryDirectory() as folder:
        rows = connection.execute(
            candidates.select()
            .with_only_columns(candidates.c.id, instances.c.repo, instances.c.base_commit)
            .join(instances, instances.c.id == candidates.c.instance)
        ).all()
        by_base = defaultdict(list)
        for candidate, repo, commit in rows:
            by_base[repo, commit].append(load_candidate(connection, candidate))
        for (repo, commit), of_base in by_base.items():
            plain = PlainGit(repos / f"{repo}.git", commit, Path(folder))
            for candidate in of_base:
                plain.check(candidate)
                found["candidates"] += 1
                found["files"] += len(candidate.change.files)
                found["binary"] += sum(file.binary for file in candidate.change.files)
    return found


class PlainGit:
    """An index of a base commit, to which patches are applied with nothing but `git apply`."""

    def __init__(self, mirror: Path, commit: str, folder: Path) -> None:
        self._mirror, self._commit = mirror, commit
        self._objects = folder / "objects"
        self._objects.mkdir(exist_ok=True)
        self._base, self._index = folder / "base", folder / "index"
        self._base.unlink(missing_ok=True)
        self._git("read-tree", commit, index=self._base)

    def _git(self, *arguments: str, stdin: bytes = b"", index: Path | None = None) -> bytes:
        done = subprocess.run(
            ["git", f"--git-dir={self._mirror}", *arguments],
            input=stdin,
            capture_output=True,
            env={
                **GIT,
                "PATH": os.environ["PATH"],
                "GIT_INDEX_FILE": str(index or self._index),
                "GIT_OBJECT_DIRECTORY": str(self._objects),
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(self._mirror / "objects"),
            },
        )
        assert done.returncode == 0, (arguments, done.stderr, stdin[:2000])
        return done.stdout

    def check(self, candidate: Candidate) -> None:
        files = [file for file in candidate.change.files if not file.binary]
        shutil.copyfile(self._base, self._index)
        if files:
            self._git("apply", "--cached", stdin=b"".join(as_patch(file) for file in files))
        changed = self._changed()
        expected: dict[str, tuple[str, str]] = {}
        for file in files:
            if file.old_path is not None and file.kind is Kind.RENAMED:
                expected[file.old_path] = ("000000", "")
            expected[file.path] = (file.new_mode or "000000", file.new_digest or "")
        assert changed == expected

    def _changed(self) -> dict[str, tuple[str, str]]:
        """Path → mode and SHA-256 of what is there now, of every path that is not as in the base commit."""
        raw = self._git("diff-index", "--cached", "--raw", "--no-renames", "--no-abbrev", "-z", self._commit)
        parts = raw.decode("utf-8", "surrogateescape").split("\0")[:-1]
        found = {}
        for head, path in zip(parts[::2], parts[1::2], strict=True):
            _, mode, _, blob, _ = head.split()
            gone = mode == "000000"
            text = b"" if gone else self._git("cat-file", "blob", blob)
            found[path] = (mode, "" if gone else hashlib.sha256(text).hexdigest())
        return found


def as_patch(file: FileChange) -> bytes:
    """A file's change as text that git reads, of what the packet holds of it and nothing else."""
    old, new = file.old_path or file.path, file.path
    lines = [f"diff --git a/{old} b/{new}"]
    if file.old_mode is None:
        lines.append(f"new file mode {file.new_mode}")
    elif file.new_mode is None:
        lines.append(f"deleted file mode {file.old_mode}")
    elif file.old_mode != file.new_mode:
        lines += [f"old mode {file.old_mode}", f"new mode {file.new_mode}"]
    if file.kind is Kind.RENAMED:
        lines += [f"rename from {old}", f"rename to {new}"]
    if file.hunks:
        lines.append("--- /dev/null" if file.old_mode is None else f"--- a/{old}")
        lines.append("+++ /dev/null" if file.new_mode is None else f"+++ b/{new}")
    for hunk in file.hunks:
        lines.append(f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@")
        lines += [line if line != "\\" else "\\ No newline at end of file" for line in hunk.lines]
    return ("\n".join(lines) + "\n").encode(encoding_of(file), "surrogateescape")


def encoding_of(file: FileChange) -> str:
    """UTF-8, or Latin-1 where the texts' digests say that their characters were bytes."""
    for text, digest in ((file.old_text, file.old_digest), (file.new_text, file.new_digest)):
        if text is not None and hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest() != digest:
            return "latin-1"
    return "utf-8"


def test_on_the_sample_plain_git_makes_the_same_texts_of_our_diffs(assigned_sample, sample):
    found = apply_plainly(assigned_sample, sample / "repos")
    assert found["candidates"] > 20
    assert found["files"] >= found["candidates"]


GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}
LONG = "".join(f"line {n}\n" for n in range(40))
BEFORE: dict[str, bytes] = {
    "pkg/__init__.py": b"",
    "pkg/plain.py": LONG.encode(),
    "pkg/dos.py": LONG.replace("\n", "\r\n").encode(),
    "pkg/latin.py": b"# caf\xe9\n" + LONG.encode(),
    "pkg/unended.py": b"a = 1\nb = 2",
    "pkg/moved.py": LONG.replace("line", "moved").encode(),
    "pkg/gone.py": b"nobody needs this\n",
    "pkg/run.sh": b"#!/bin/sh\necho\n",
    "pkg/image.bin": bytes(range(256)),
    "tests/test_plain.py": b"def test(): pass\n",
    "CHANGES.rst": b"Changes\n=======\n",
}
AFTER: tuple[Mapping[str, bytes | None], ...] = (
    {"pkg/plain.py": LONG.replace("line 3\n", "line three\n").replace("line 30\n", "").encode()},
    {"pkg/dos.py": LONG.replace("line 7\n", "line seven\n").replace("\n", "\r\n").encode()},
    {"pkg/latin.py": b"# caf\xe9\n" + LONG.replace("line 20\n", "20\n").encode()},
    {"pkg/unended.py": b"a = 1\nb = 3\n"},
    {"pkg/unended.py": b"a = 2\nb = 2"},
    {"pkg/moved.py": None, "pkg/there.py": LONG.replace("line", "moved").replace("moved 5\n", "5\n").encode()},
    {"pkg/gone.py": None, "pkg/new.py": b"x = 1\n", "pkg/empty.py": b"", "pkg/bare.py": b"no end"},
    {"pkg/image.bin": bytes(range(255)), "pkg/plain.py": LONG.replace("line 9\n", "9\n").encode()},
    {"pkg/plain.py": b"", "tests/test_plain.py": b"def test(): fail\n", "CHANGES.rst": b"Changes\n"},
    {"pkg/utf.py": "# ünïcode \u2028 line\n\x0c\nx = 1\n".encode()},
)
"""Changes of the repository, each the golden patch of an instance; two more change modes and links."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[str]]:
    """A folder of bare clones, the base commit, and patches against it."""
    folder = tmp_path_factory.mktemp("made")
    work = folder / "work"

    def git(*arguments: str) -> bytes:
        done = subprocess.run(
            ["git", "-C", str(work), *arguments],
            check=True,
            env={**GIT, "PATH": os.environ["PATH"]},
            capture_output=True,
        )
        return done.stdout

    def write(files: Iterable[tuple[str, bytes | None]]) -> None:
        for path, text in files:
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).unlink() if text is None else (work / path).write_bytes(text)

    def patch() -> str:
        git("add", "-A")
        text = git("diff", "--cached", "--binary", "-M", "HEAD").decode()
        git("reset", "-q", "--hard")
        return text

    work.mkdir()
    git("init", "-q", "-b", "main")
    write(BEFORE.items())
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    patches = []
    for files in AFTER:
        write(files.items())
        patches.append(patch())
    (work / "pkg/run.sh").chmod(0o755)
    patches.append(patch())
    (work / "pkg/link").symlink_to("plain.py")
    patches.append(patch())
    git("clone", "-q", "--bare", str(work), str(folder / "o" / "made.git"))
    return folder, git("rev-parse", "HEAD").decode().strip(), patches


@pytest.fixture
def odd(made: tuple[Path, str, list[str]], shell_for: Any, tmp_path: Path) -> Any:
    """A study of changes of every kind: golden ones, and an agent's with scratch, test and docs files."""
    repos, commit, patches = made
    shell = shell_for(tmp_path, repos)
    shell.run("init", str(tmp_path / "study"))
    shell.study = tmp_path / "study"
    rows = [
        {
            "repo": "o/made",
            "instance_id": f"o__made-{n}",
            "base_commit": commit,
            "patch": patch,
            "test_patch": "",
            "problem_statement": f"issue {n}",
        }
        for n, patch in enumerate(patches)
    ]
    (shell.study / "benchmark.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    more = "".join(ADDED.format(path=path) for path in LITTER)
    lines = [
        {"instance_id": row["instance_id"], "model_patch": patch.rstrip("\n") + ("\n" + more if n % 2 else "")}
        for n, (row, patch) in enumerate(zip(rows, patches, strict=True))
    ]
    (shell.study / "heron.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (shell.study / "study.toml").write_text(ODD)
    return shell


ADDED = """\
diff --git a/{path} b/{path}
new file mode 100644
--- /dev/null
+++ b/{path}
@@ -0,0 +1 @@
+x = 1
"""
LITTER = ("pkg/reproduce_it.py", "debug.log", "tests/test_more.py", "docs/more.rst")
ODD = """\
name = "Odd"
seed = 1
golden_share = 1.0

[benchmark]
source = "benchmark.jsonl"

[[submissions]]
name = "heron"
path = "heron.jsonl"
model = "Heron 1"
released = 2025-01-01

[[reviewers]]
id = "ada"
"""


@pytest.mark.parametrize("policy", ["strip", "show"])
def test_on_a_made_repository_plain_git_makes_the_same_texts_of_our_diffs(odd, made, policy):
    """Modified, added, deleted, renamed, moded, linked, binary; CRLF, Latin-1, with and without a last newline."""
    repos, _, patches = made
    with (odd.study / "study.toml").open("a") as file:
        file.write("\n[policies]\n" + "".join(f'{name} = "{policy}"\n' for name in ("tests", "docs", "scratch")))
    assert tomllib.loads((odd.study / "study.toml").read_text())["policies"]["docs"] == policy
    odd.run("pull")
    status = odd.json("status")
    golden, heron = status["submissions"]
    assert golden["dispositions"] == heron["dispositions"] == {"reviewable": len(patches)}
    assert sum(heron["rungs"].values()) == len(patches)
    assert heron["rungs"]["apply_with_newline"] >= 1
    left_out = Counter(
        row["path"] for row in odd.json("status", "--left-out")["left_out"] if row["submission"] == "heron"
    )
    with_litter = len(patches) // 2
    if policy == "strip":
        assert {path: left_out[path] for path in LITTER} == dict.fromkeys(LITTER, with_litter)
        assert heron["same_as_golden"] == len(patches)
        assert status["candidates"] == len(patches)
    else:
        assert not left_out
        assert heron["same_as_golden"] == len(patches) - with_litter
        assert status["candidates"] == len(patches) + with_litter
    found = apply_plainly(odd.study, repos)
    assert found["candidates"] == status["candidates"]
    assert found["binary"] == 1 + (policy == "show")
    kinds = all_kinds(odd.study)
    assert kinds >= {Kind.MODIFIED, Kind.ADDED, Kind.DELETED, Kind.RENAMED, Kind.MODE}
    print(table(status))


def all_kinds(study: Path) -> set[Kind]:
    with Database.open(study / "study.db").reading() as connection:
        made = connection.execute(attempts.select().where(attempts.c.candidate.is_not(None))).mappings().all()
        return {file.kind for row in made for file in load_candidate(connection, row["candidate"]).change.files}

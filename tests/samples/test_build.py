"""Building: the same everywhere and every time, and nobody else's folders."""

import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def test_every_file_of_the_library_is_committed_once(plan):
    committed = [name for commit in plan.commits for name in commit.files]
    library = SAMPLES / "library"
    there = [
        str(file.relative_to(library))
        for file in library.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    assert sorted(committed) == sorted(there)


def test_every_issue_and_step_is_in_the_history(plan):
    assert sorted(issue.slug for issue in plan.issues) == sorted(
        file.name for file in (SAMPLES / "issues").iterdir()
    )
    assert sorted(commit.step for commit in plan.commits if commit.step) == sorted(
        file.stem for file in (SAMPLES / "steps").iterdir()
    )


def test_the_history_is_one_line_with_each_fix_on_its_base(plan, rows, git):
    commits = git("rev-list", "--reverse", "--first-parent", "main").decode().split()
    assert len(commits) == len(plan.commits)
    subjects = git("log", "--reverse", "--format=%s", "main").decode().splitlines()
    assert subjects == [commit.subject for commit in plan.commits]
    for commit, made, parent in zip(plan.commits[1:], commits[1:], commits, strict=False):
        if commit.issue is not None:
            assert rows[commit.issue.id]["base_commit"] == parent
            assert git("rev-parse", f"{made}^").decode().strip() == parent


def test_history_goes_on_after_every_fix(plan):
    assert plan.commits[-1].issue is None


def test_commits_take_nothing_from_the_machine(builder, plan, git, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".gitconfig").write_text(
        "[user]\nname = Somebody\nemail = a@b\n[core]\nautocrlf = true\n[commit]\ngpgsign = true\n"
        "[init]\ndefaultBranch = trunk\n[apply]\nwhitespace = fix\n"
    )
    (home / ".config" / "git" / "attributes").write_text("* text eol=crlf\n")
    (home / ".config" / "git" / "ignore").write_text("*.md\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    repository = builder.Repository.create(tmp_path / "again.git", scratch=tmp_path)
    spots = builder.write_history(plan, repository)
    monkeypatch.delenv("GIT_DIR")
    command = [
        "git",
        "--git-dir",
        str(tmp_path / "again.git"),
        "for-each-ref",
        "--format=%(refname) %(objectname)",
    ]
    refs = subprocess.run(command, check=True, capture_output=True).stdout
    assert refs == git("for-each-ref", "--format=%(refname) %(objectname)")
    assert len(spots) == len(plan.issues)


def test_a_second_build_is_the_same_and_takes_the_place_of_the_first(builder, sample, tmp_path, capsys):
    again = tmp_path / "study"
    shutil.copytree(sample, again)
    (again / "repos" / "left-over").touch()
    (again / "study.toml").write_text("mine")
    builder.build(again)
    said = capsys.readouterr()
    assert said.out == ""
    assert "trees" in said.err
    (again / "study.toml").unlink()
    assert contents(again) == contents(sample)
    file = "benchmark/data/test-00000-of-00001.parquet"
    assert pq.read_table(again / file).to_pylist() == pq.read_table(sample / file).to_pylist()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix != ".parquet"
    }


def test_folders_of_somebody_else_are_left_alone(tmp_path):
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "mine").write_text("mine")
    run = subprocess.run(
        [sys.executable, SAMPLES / "build.py", tmp_path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert str(tmp_path / "submissions") in run.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["submissions"]
    assert (tmp_path / "submissions" / "mine").read_text() == "mine"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["a", "b"]])
def test_usage(arguments):
    run = subprocess.run(
        [sys.executable, SAMPLES / "build.py", *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "usage" in run.stderr

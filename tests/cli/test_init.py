import os
import shlex
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mergecheck.cli import main
from mergecheck.cli.init import Preset, init
from mergecheck.errors import Problems, Refused, StudyFileError
from mergecheck.study import PRESETS, load_study, read_key

NOBODY = 65534


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(init)

    def _run(*arguments: object):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return _run


@pytest.fixture
def unwritable() -> Iterator[Path]:
    """A folder that this process may read and not write to, also where the tests run as root."""
    if os.name != "posix":
        pytest.skip("file modes are POSIX's")
    # pytest's own folders are closed to everybody else, so that another user could not even look at them.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_what_it_makes(run, tmp_path):
    folder = tmp_path / "new" / "study"
    result = run(folder)
    assert result.exit_code == 0
    assert {each.name for each in folder.iterdir()} == {
        ".gitignore",
        "answers",
        "packets",
        "report",
        "reviewers.toml",
        "seal.key",
        "study.toml",
    }
    study = load_study(folder)
    assert study.name == "study"
    assert len(read_key(study)) == 32


def test_talk_is_on_stderr_and_ends_with_the_next_step(run, tmp_path):
    folder = tmp_path / "it's [bold]mine[/]"
    result = run(folder)
    assert result.stdout == ""
    last = result.stderr.splitlines()[-1]
    assert last.startswith("Next: add your submissions to study.toml and your reviewers to reviewers.toml")
    program, *arguments = shlex.split(last.split("run: ")[1])
    assert (program, arguments) == ("mergecheck", ["pull", "--study", str(folder)])
    # An option that `pull` does not have is a usage error before --help is obeyed.
    assert CliRunner().invoke(main.app, [*arguments, "--help"]).exit_code == 0
    assert CliRunner().invoke(main.app, [*arguments, "--no-such", "--help"]).exit_code == 2


def test_the_metr_preset(run, tmp_path):
    assert run(tmp_path / "s", "--preset", "metr").exit_code == 0
    study = load_study(tmp_path / "s")
    assert [len(study.benchmark.repositories), len(study.reviewers)] == [3, 4]
    assert "[[reviewers]]\n" in (tmp_path / "s" / "reviewers.toml").read_text()
    assert "[[reviewers]]\n" not in (tmp_path / "s" / "study.toml").read_text()


def test_presets_are_those_of_the_study():
    assert {preset.value for preset in Preset} == set(PRESETS)


def test_an_unknown_preset_is_a_usage_error(run, tmp_path):
    result = run(tmp_path / "s", "--preset", "mter")
    assert result.exit_code == 2
    assert not (tmp_path / "s").exists()


def test_key_and_reviewers_are_their_owners_only_whatever_the_umask(run, tmp_path):
    before = os.umask(0)
    try:
        run(tmp_path / "s")
    finally:
        os.umask(before)
    for name in ("seal.key", "reviewers.toml"):
        assert stat.S_IMODE((tmp_path / "s" / name).stat().st_mode) == 0o600


def test_twice_is_refused_and_changes_nothing(run, tmp_path):
    run(tmp_path)
    before = tree(tmp_path)
    result = run(tmp_path, "--preset", "metr")
    assert isinstance(result.exception, Refused)
    assert result.exception.where == str(tmp_path / "study.toml")
    assert "another folder" in result.exception.fix
    assert tree(tmp_path) == before


def test_a_study_file_that_leads_nowhere_is_not_written_through(run, tmp_path):
    (tmp_path / "study.toml").symlink_to(tmp_path / "elsewhere")
    assert isinstance(run(tmp_path).exception, Refused)
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_there_already_is_kept(run, tmp_path):
    (tmp_path / "packets").mkdir()
    (tmp_path / "packets" / "one").write_text("kept")
    (tmp_path / "seal.key").write_bytes(b"k" * 32)
    (tmp_path / "seal.key").chmod(0o600)
    (tmp_path / ".gitignore").write_text("*.pyc\n/seal.key")
    assert run(tmp_path).exit_code == 0
    assert read_key(load_study(tmp_path)) == b"k" * 32
    assert (tmp_path / "packets" / "one").read_text() == "kept"
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n/seal.key\n/study.db*\n/reviewers.toml\n"


def test_reviewers_that_are_there_already_are_kept_and_take_the_place_of_the_presets(run, tmp_path):
    mine = '[[reviewers]]\nid = "mine"\nrepositories = ["pytest-dev/pytest"]\n'
    (tmp_path / "reviewers.toml").write_text(mine)
    assert run(tmp_path, "--preset", "metr").exit_code == 0
    assert (tmp_path / "reviewers.toml").read_text() == mine
    assert [reviewer.id for reviewer in load_study(tmp_path).reviewers] == ["mine"]


def test_reviewers_that_cannot_be_used_are_told_before_there_is_a_study(run, tmp_path):
    (tmp_path / "reviewers.toml").write_text('[ada]\nname = "Ada L."\n')
    result = run(tmp_path)
    assert isinstance(result.exception, Problems)
    assert "reviewers.toml, line 1, ada: unknown table `ada`" in str(result.exception)
    assert not (tmp_path / "study.toml").exists()


def test_a_broken_key_is_neither_used_nor_replaced(run, tmp_path):
    (tmp_path / "seal.key").write_bytes(b"short")
    (tmp_path / "seal.key").chmod(0o600)
    assert isinstance(run(tmp_path).exception, StudyFileError)
    assert tree(tmp_path) == {"seal.key": b"short"}


def test_after_an_interrupted_run_the_same_command_ends_the_same(run, tmp_path):
    run(tmp_path / "whole")
    whole = tree(tmp_path / "whole")
    for kept in (["seal.key"], ["seal.key", ".gitignore"], ["seal.key", ".gitignore", "reviewers.toml"]):
        folder = tmp_path / str(len(kept)) / "whole"
        folder.mkdir(parents=True)
        for name in kept:
            (folder / name).write_bytes(whole[name])
            (folder / name).chmod(0o600)
        assert run(folder).exit_code == 0
        assert tree(folder) == whole


def test_git_leaves_out_what_must_not_be_published(run, tmp_path):
    run(tmp_path)
    for name in ("study.db", "study.db-wal", "study.db-journal"):
        (tmp_path / name).touch()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout.split() == [".gitignore", "study.toml"]


def test_an_unwritable_folder_is_refused(run, unwritable):
    for folder in (unwritable, unwritable / "new"):
        result = run(folder)
        assert isinstance(result.exception, Refused)
        assert "Permission denied" in result.exception.what
        assert str(unwritable) in result.exception.where
        assert result.exception.fix
    assert list(unwritable.iterdir()) == []


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_way_is_refused(run, tmp_path, place):
    (tmp_path / "file").write_text("kept")
    result = run(tmp_path / place)
    assert isinstance(result.exception, Refused)
    assert (tmp_path / "file").read_text() == "kept"


def test_a_file_where_a_folder_goes_is_refused(run, tmp_path):
    (tmp_path / "answers").write_text("kept")
    result = run(tmp_path)
    assert isinstance(result.exception, Refused)
    assert result.exception.where == str(tmp_path / "answers")
    assert not (tmp_path / "study.toml").exists()


def test_a_full_disk_leaves_no_half_written_file(tmp_path):
    """The limit on file size fails a write part-way, as a full disk does."""
    code = """
import resource, signal, sys
from pathlib import Path
from mergecheck.errors import Refused
from mergecheck.study import create_study
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    create_study(Path(sys.argv[1]))
except Refused as error:
    print(error.what)
"""
    folder = tmp_path / "s"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(folder)], check=True, capture_output=True, text=True
    )
    assert "cannot be written" in done.stdout
    assert (folder / "seal.key").stat().st_size == 32
    for name in ("reviewers.toml", "study.toml"):
        assert not (folder / name).exists()
    assert load_study_after_init(folder)


def load_study_after_init(folder: Path) -> bool:
    init(folder)
    return len(read_key(load_study(folder))) == 32


def test_help_has_an_example(run):
    result = run("--help")
    assert "mergecheck init my-study --preset metr" in result.stdout


def test_the_command_itself_loads_nothing_heavy():
    code = "import sys, mergecheck.cli.init; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    heavy = {"pydantic", "pandas", "numpy", "datasets", "textual", "matplotlib", "sqlalchemy", "github", "git"}
    assert heavy.isdisjoint(loaded)

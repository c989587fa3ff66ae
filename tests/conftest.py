"""What every test has: no network, no user's configuration, no cache outside the temporary folder."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
SHARED = ROOT.parent / "shared" / "data"
# Before anything imports `datasets`, which reads these once.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
# Run in the background of a script, or by nohup, pytest ignores Ctrl-C, and so would every program that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Machines are busy: how long an example takes says nothing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _apart(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("home")
    os.environ["HF_HOME"] = str(place / "huggingface")
    os.environ["XDG_CACHE_HOME"] = str(place / "cache")
    os.environ.pop("MERGECHECK_STUDY", None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the project; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not here")
    return SHARED


@pytest.fixture(scope="session")
def builder() -> ModuleType:
    """samples/build.py, loaded by its path as `mergecheck demo` does."""
    spec = importlib.util.spec_from_file_location("sample_build", SAMPLES / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def fake_github() -> ModuleType:
    """tests/fake_github.py: a local server that answers as GitHub does."""
    spec = importlib.util.spec_from_file_location("fake_github", ROOT / "tests" / "fake_github.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def hub(fake_github, monkeypatch) -> Iterator[Any]:
    """A running fake GitHub, and an environment that leads to it without a token."""
    hub = fake_github.FakeGitHub()
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("MERGECHECK_GITHUB_API", hub.url)
    monkeypatch.setattr("mergecheck.sources.github.PAUSE_SECONDS", 0)
    yield hub
    hub.close()


@pytest.fixture(scope="session")
def sample(builder, tmp_path_factory, worker_id) -> Iterator[Path]:
    """The built sample; parallel workers share one."""
    if worker_id == "master":
        folder = tmp_path_factory.mktemp("sample") / "study"
        builder.build(folder)
        yield folder
        return
    shared = tmp_path_factory.getbasetemp().parent
    folder = shared / "sample-study"
    with (shared / "sample-study.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "submissions").exists():
            builder.build(folder)
    yield folder


@dataclass
class Done:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Shell:
    """The command line as a user has it: arguments in, exit code, stdout and stderr out.

    It runs in this process, which saves a second of imports a command; `in_a_process` takes one of its own.
    """

    study: Path
    repos: Path

    def run(self, *arguments: str, code: int | None = 0) -> Done:
        out, talk = io.StringIO(), io.StringIO()
        environment = {"MERGECHECK_REPOS": str(self.repos), "COLUMNS": "200", "NO_COLOR": "1"}
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.study)
            patch.setattr("sys.argv", ["mergecheck", *arguments])
            for name, value in environment.items():
                patch.setenv(name, value)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(talk):
                from mergecheck.cli.main import run

                try:
                    run()
                except SystemExit as end:
                    done = Done(int(end.code or 0), out.getvalue(), talk.getvalue())
        assert code in (None, done.code), (arguments, done)
        return done

    def in_a_process(self, *arguments: str, code: int = 0) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "mergecheck", *arguments],
            capture_output=True,
            text=True,
            cwd=self.study,
            env={**os.environ, "MERGECHECK_REPOS": str(self.repos), "COLUMNS": "200", "NO_COLOR": "1"},
        )
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)


@pytest.fixture(scope="session")
def shell_for() -> Callable[[Path, Path], Shell]:
    """The command line in a study folder, with a folder of bare clones."""
    return Shell

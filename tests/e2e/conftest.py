"""The sample study, pulled and assigned once, then copied for each test."""

from __future__ import annotations

import fcntl
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture(scope="session")
def assigned_sample(
    sample: Path,
    shell_for: Callable[[Path, Path], Any],
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> Path:
    """The sample study after `pull` and `assign`; parallel workers share it, and write to copies alone."""
    if worker_id == "master":
        return _assign_sample(tmp_path_factory.mktemp("assigned"), sample, shell_for)
    shared = tmp_path_factory.getbasetemp().parent
    with (shared / "assigned.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (shared / "assigned" / "whole").exists():
            return shared / "assigned" / "study"
        return _assign_sample(shared / "assigned", sample, shell_for)


def _assign_sample(place: Path, sample: Path, shell_for: Callable[[Path, Path], Any]) -> Path:
    place.mkdir(exist_ok=True)
    folder = place / "study"
    shell = shell_for(place, sample / "repos")
    shell.run("init", str(folder))
    shell.study = folder
    for name in ("benchmark", "submissions"):
        shutil.copytree(sample / name, folder / name)
    for name in ("study.toml", "reviewers.toml"):
        shutil.copyfile(SAMPLES / name, folder / name)
    shell.run("pull")
    shell.run("assign")
    (place / "whole").touch()
    return folder


@pytest.fixture
def study(assigned_sample: Path, sample: Path, shell_for: Callable[[Path, Path], Any], tmp_path: Path) -> Any:
    folder = tmp_path / "study"
    shutil.copytree(assigned_sample, folder)
    return shell_for(folder, sample / "repos")


@pytest.fixture(scope="session")
def faults() -> ModuleType:
    """tests/e2e/faults.py: commands as processes that can be killed."""
    spec = importlib.util.spec_from_file_location("faults", Path(__file__).with_name("faults.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


STAGES = ("pull", "assign", "simulate", "collect", "close", "closed")


@pytest.fixture(scope="session")
def stages(
    sample: Path,
    shell_for: Callable[[Path, Path], Any],
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
) -> dict[str, Path]:
    """A study of a few of the sample's issues before each command, by its name, and as it is closed: `closed`.

    Among them are an empty patch, and one that does not apply. Parallel workers share them.
    """
    if worker_id == "master":
        return _build_stages(tmp_path_factory.mktemp("stages"), sample, shell_for)
    shared = tmp_path_factory.getbasetemp().parent
    with (shared / "stages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (shared / "stages" / "whole").exists():
            return {name: shared / "stages" / name for name in STAGES}
        return _build_stages(shared / "stages", sample, shell_for)


def _build_stages(folder: Path, sample: Path, shell_for: Callable[[Path, Path], Any]) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    shell = shell_for(folder, sample / "repos")
    found = {name: folder / name for name in STAGES}
    shell.run("init", str(found["pull"]))
    for name in ("benchmark", "submissions"):
        shutil.copytree(sample / name, found["pull"] / name)
    for name in ("study.toml", "reviewers.toml"):
        shutil.copyfile(SAMPLES / name, found["pull"] / name)
    scope = ", ".join(f'"harbour__tidemark-{number}"' for number in (7, 30, 38, 41))
    plan = found["pull"] / "study.toml"
    plan.write_text(plan.read_text().replace("[benchmark]", f"[benchmark]\ninstances = [{scope}]"))
    (found["pull"] / "repos").symlink_to(sample / "repos")
    for before, after in pairwise(STAGES):
        shutil.copytree(found[before], found[after], symlinks=True)
        shell.study = found[after]
        shell.run(before)
        if before == "simulate":
            for path in list((found[after] / "packets").glob("*.answers.jsonl")):
                path.rename(found[after] / "answers" / path.name)
            for path in (found[after] / "packets").glob("*.json"):
                path.unlink()
    (folder / "whole").touch()
    return found


@pytest.fixture(scope="session")
def starter(faults: ModuleType) -> Iterator[Any]:
    starter = faults.Starter()
    yield starter
    starter.close()


@pytest.fixture(scope="session")
def apart(faults: ModuleType) -> Iterator[Any]:
    """A starter that can mount; a test that needs it is skipped where the system does not allow it."""
    probe = "mount -t tmpfs -o size=64k tmpfs /mnt && mount -o remount,ro /mnt && ! touch /mnt/x"
    try:
        done = subprocess.run(["unshare", "-rm", "sh", "-c", probe], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no `unshare` here")
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    starter = faults.Starter(apart=True)
    yield starter
    starter.close()


@pytest.fixture
def place(faults: ModuleType, starter: Any, stages: dict[str, Path], tmp_path: Path) -> Callable[..., Any]:
    """A copy of the study before a command."""

    def make(stage: str, name: str = "place", by: Any = None) -> Any:
        return faults.place(by or starter, stages[stage], tmp_path / name)

    return make

"""The sample study, pulled and assigned once, then copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.fixture(scope="session")
def assigned_sample(
    sample: Path, shell_for: Callable[[Path, Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("assigned") / "study"
    shell = shell_for(folder.parent, sample / "repos")
    shell.run("init", str(folder))
    shell.study = folder
    for name in ("benchmark", "submissions"):
        shutil.copytree(sample / name, folder / name)
    for name in ("study.toml", "reviewers.toml"):
        shutil.copyfile(SAMPLES / name, folder / name)
    shell.run("pull")
    shell.run("assign")
    return folder


@pytest.fixture
def study(assigned_sample: Path, sample: Path, shell_for: Callable[[Path, Path], Any], tmp_path: Path) -> Any:
    folder = tmp_path / "study"
    shutil.copytree(assigned_sample, folder)
    return shell_for(folder, sample / "repos")

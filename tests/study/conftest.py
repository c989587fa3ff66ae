import re
from pathlib import Path

import pytest

from mergecheck.study import study_text

MINIMAL = 'name = "a study"\n[benchmark]\nsource = "SWE-bench/SWE-bench_Verified"\n'


@pytest.fixture
def write(tmp_path):
    """Write a study file into the test's folder; the folder."""

    def _write(content: str | bytes) -> Path:
        raw = content.encode() if isinstance(content, str) else content
        (tmp_path / "study.toml").write_bytes(raw)
        return tmp_path

    return _write


@pytest.fixture
def minimal():
    return MINIMAL


@pytest.fixture
def uncommented():
    """A template with every example and default switched on: `#key = value` becomes `key = value`."""

    def _uncommented(preset: str | None = None) -> str:
        text = re.sub(r"(?m)^#(?=\S)", "", study_text("a study", preset))
        # The template shows both ways to give guidelines; a study has one of them.
        return re.sub(r"(?m)^guidelines_file = .*$", "", text)

    return _uncommented

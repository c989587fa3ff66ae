import re
from pathlib import Path

import pytest

from mergecheck.study import reviewers_text, study_text

MINIMAL = 'name = "a study"\n[benchmark]\nsource = "SWE-bench/SWE-bench_Verified"\n'


@pytest.fixture
def write(tmp_path):
    """Write a study file, and a reviewers file where one is given, into the test's folder; the folder."""

    def _write(study: str | bytes, reviewers: str | bytes | None = None) -> Path:
        for name, content in (("study.toml", study), ("reviewers.toml", reviewers)):
            if content is not None:
                (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return _write


@pytest.fixture
def minimal():
    return MINIMAL


@pytest.fixture
def uncommented():
    """The templates of both files with every example and default switched on: `#key = v` becomes `key = v`."""

    def _uncommented(preset: str | None = None) -> dict[str, str]:
        texts = {"study.toml": study_text("a study", preset), "reviewers.toml": reviewers_text(preset)}
        switched_on = {name: re.sub(r"(?m)^#(?=\S)", "", text) for name, text in texts.items()}
        # The template shows both ways to give guidelines; a study has one of them.
        switched_on["study.toml"] = re.sub(r"(?m)^guidelines_file = .*$", "", switched_on["study.toml"])
        return switched_on

    return _uncommented

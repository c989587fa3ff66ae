"""Which paths are tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mergecheck.changes.paths import is_test

VERIFIED = Path(__file__).parents[3] / "shared/data/SWE-bench_Verified/data/test-00000-of-00001.parquet"


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py",
        "pkg/tests/data.json",
        "testing/x.py",
        "test_a.py",
        "pkg/a_test.go",
        "conftest.py",
        "e2e/a.ts",
    ],
)
def test_tests(path):
    assert is_test(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/_pytest/unittest.py",
        "pkg/testimony.py",
        "pkg/contest.py",
        "sympy/utilities/randtest.py",
        "latest/a.py",
    ],
)
def test_no_tests(path):
    assert not is_test(path)


@pytest.mark.skipif(not VERIFIED.exists(), reason="../shared/data/SWE-bench_Verified is not here")
def test_over_verified_every_test_patch_s_file_and_no_golden_patch_s_file_is_a_test():
    import pandas as pd

    frame = pd.read_parquet(VERIFIED)
    assert len(frame) == 500
    for patch in frame["test_patch"]:
        assert all(is_test(path) for path in paths(patch))
    for patch in frame["patch"]:
        assert not any(is_test(path) for path in paths(patch))


def paths(patch: str) -> set[str]:
    return set(re.findall(r"^diff --git a/\S+ b/(\S+)$", patch, re.MULTILINE))

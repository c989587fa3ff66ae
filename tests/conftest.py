"""What every test has: no network, no user's configuration, no cache outside the temporary folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
# Before anything imports `datasets`, which reads these once.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"


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

"""A made-up benchmark of six instances, and folders written from what a test says is in them."""

import json
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def diff(n):
    return f"diff --git a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-old\n+new {n}\n"


@pytest.fixture
def patch():
    """`patch(n)` is a patch; other numbers make other patches."""
    return diff


@pytest.fixture
def benchmark_ids():
    return [f"owner__repo-{n}" for n in range(1, 7)]


@pytest.fixture
def write(tmp_path):
    """`write({path: content})` makes a submission's folder; text and bytes go as they are, the rest as JSON.

    A list goes as JSON lines where the name ends in .jsonl.
    """

    def make(files, root=tmp_path / "submission"):
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            elif isinstance(content, str):
                path.write_bytes(content.encode())
            elif name.endswith(".jsonl"):
                path.write_bytes("".join(json.dumps(row) + "\n" for row in content).encode())
            else:
                path.write_bytes(json.dumps(content, indent=1).encode())
        return root

    return make


@pytest.fixture
def row():
    """A row of predictions as the harness takes it."""

    def make(instance, patch, **more):
        return {"instance_id": instance, "model_name_or_path": "made-up", "model_patch": patch, **more}

    return make


@pytest.fixture(scope="session")
def shared():
    """The real data beside the repository; without it the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip(f"no real data at {SHARED}")
    return SHARED

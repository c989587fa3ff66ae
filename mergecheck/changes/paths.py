"""What a path says by itself: whether it is a test, whether it leaves the repository."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

TEST_FOLDERS = frozenset({"test", "tests", "testing", "e2e"})
TEST_NAME = re.compile(r"test_.*|.*_tests?\.[^.]+|tests?\.py|conftest\.py")

# A header is the two lines before a hunk; a changed line that begins with "-- " is no header.
FILE_HEADER = re.compile(rb"^--- ([^\n]*)\n\+\+\+ ([^\n]*)\n@@ ", re.MULTILINE)


def is_test(path: str) -> bool:
    """Whether a file is a test by its folder or name.

    Over SWE-bench Verified this holds for all 442 files of test patches and for none of golden patches' 373.
    """
    parts = PurePosixPath(path).parts
    return any(part in TEST_FOLDERS for part in parts[:-1]) or TEST_NAME.fullmatch(parts[-1]) is not None


def absolute_path(patch: bytes) -> str | None:
    """An absolute path that a patch names in a file's header, or None.

    Git strips one leading component whatever it is and would take `/etc/x` for `etc/x`. Paths with `..` or
    `.git` are refused by git itself.
    """
    for header in FILE_HEADER.finditer(patch):
        for raw in header.groups():
            path = raw.split(b"\t")[0].strip().strip(b'"')
            if path.startswith(b"/") and path != b"/dev/null":
                return path.decode("utf-8", "replace")
    return None

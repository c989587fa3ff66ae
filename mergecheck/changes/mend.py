"""Put back what a patch lost on its way through programs that strip white space from the end of a text."""

from __future__ import annotations

import re

LAST_HUNK = re.compile(rb"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@.*\n", re.MULTILINE)


def with_trailing_context(patch: bytes) -> bytes | None:
    """The patch with the blank context lines at its end that its last hunk's header counts and it does not have.

    Only blank context: as many lines must be missing from the old side as from the new. None where nothing, or
    something else, is missing. Git then judges as it would have judged the whole patch.
    """
    headers = list(LAST_HUNK.finditer(patch))
    if not headers:
        return None
    old_count, new_count = (1 if count is None else int(count) for count in headers[-1].groups())
    lines = patch[headers[-1].end() :].removesuffix(b"\n").split(b"\n")
    old_missing = old_count - sum(line[:1] in (b" ", b"-", b"") for line in lines)
    new_missing = new_count - sum(line[:1] in (b" ", b"+", b"") for line in lines)
    if old_missing != new_missing or old_missing <= 0:
        return None
    return patch + b" \n" * old_missing

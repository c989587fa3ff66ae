"""Put a mark of ours in the place of what gives an author away, in all that is shown of an instance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from mergecheck.records import Candidate, FileChange, Hunk

MARK = "[redacted by the study]"


def redacted(text: str, literals: Sequence[str]) -> str:
    """The text with a mark for each of these, longest first; one inside a longer word or number stays."""
    if not literals:
        return text
    return _pattern(literals).sub(MARK, text)


def redact_candidate(candidate: Candidate, literals: Sequence[str]) -> Candidate:
    """The candidate as it is shown: paths, texts and hunks with marks. Its id would be another one."""
    if not literals:
        return candidate
    files = tuple(_file(file, literals) for file in candidate.change.files)
    return replace(candidate, change=replace(candidate.change, files=files))


def _file(file: FileChange, literals: Sequence[str]) -> FileChange:
    return replace(
        file,
        path=redacted(file.path, literals),
        old_path=None if file.old_path is None else redacted(file.old_path, literals),
        old_text=None if file.old_text is None else redacted(file.old_text, literals),
        new_text=None if file.new_text is None else redacted(file.new_text, literals),
        hunks=tuple(_hunk(hunk, literals) for hunk in file.hunks),
    )


def _hunk(hunk: Hunk, literals: Sequence[str]) -> Hunk:
    # The mark that a line begins with is no part of it.
    return replace(hunk, lines=tuple(line[:1] + redacted(line[1:], literals) for line in hunk.lines))


def _pattern(literals: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(_bounded(one) for one in sorted(set(literals), key=lambda one: (-len(one), one))))


def _bounded(literal: str) -> str:
    left = r"(?<![A-Za-z0-9])" if literal[0].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if literal[-1].isalnum() else ""
    return left + re.escape(literal) + right

"""Our own diff of given texts, a whole lot of them at once: to see whether hunks are ours."""

from __future__ import annotations

import re
from collections.abc import Sequence

import git

from mergecheck.changes.diff import parse_hunks
from mergecheck.changes.environment import without_variables
from mergecheck.changes.runner import closed_environment
from mergecheck.changes.scratch import Scratch, written
from mergecheck.errors import ChangeError
from mergecheck.records import Hunk

ARGUMENTS = (
    "diff",
    "--no-index",
    "--text",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--diff-algorithm=histogram",
    "--indent-heuristic",
    "--unified=3",
    "--inter-hunk-context=0",
    "--src-prefix=",
    "--dst-prefix=",
)
"""As `differ.DIFF`, on two folders instead of a commit and an index."""

SAME, DIFFERENT = 0, 1
NUMBER = re.compile(rb"^diff --git (?:old|new)/(\d+) (?:old|new)/\d+$")


def own_hunks(pairs: Sequence[tuple[str, str]]) -> list[tuple[Hunk, ...]]:
    """The hunks that our diff has for each pair of old and new text.

    Raises:
        ChangeError: there is no room for the texts, or git cannot be run.
    """
    scratch = Scratch()
    try:
        with written():
            for side in ("old", "new"):
                (scratch.path / side).mkdir()
            for number, texts in enumerate(pairs):
                for side, text in zip(("old", "new"), texts, strict=True):
                    (scratch.path / side / f"{number:08}").write_bytes(text.encode("utf-8", "surrogatepass"))
        runner = git.Git(str(scratch.path))
        with without_variables():
            status, output, words = runner.execute(
                ["git", *ARGUMENTS, "old", "new"],
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                env=closed_environment(scratch.path),
            )
        if status not in (SAME, DIFFERENT):
            raise ChangeError(f"git could not compare two folders ({str(words).strip()})")
        return _by_number(bytes(output), len(pairs))
    finally:
        scratch.remove()


def _by_number(output: bytes, count: int) -> list[tuple[Hunk, ...]]:
    patches: dict[int, list[bytes]] = {}
    current: list[bytes] = []
    for line in output.split(b"\n"):
        header = NUMBER.match(line)
        if header:
            current = patches.setdefault(int(header[1]), [])
        else:
            current.append(line)
    found = []
    for number in range(count):
        raw = parse_hunks(patches.get(number, []))
        found.append(tuple(hunk.decoded("utf-8") for hunk in raw))
    return found

"""The table in docs/review.md: every row of the review of tools, and tests that exist."""

import re
from pathlib import Path

import pytest

from review_ui.keymap import Context, in_context

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/review.md").read_text(encoding="utf-8")
TOOLS = ROOT.parent / "shared/reference/review-tools.md"
ROWS = (
    "unified ⇄ side-by-side", "wrap in both layouts", "word-level emphasis", "syntax colour within limits",
    "more context round a hunk", "visible current line", "comments on line, range, file, whole patch",
    "list of all comments, jump", "file tree, filter, next file", "viewed marks", "search with count",
    "colour-blind, light and dark, NO_COLOR", "big diffs",
    "keys", "keys that terminals deliver", "footer, `?`, palette", "confirmation", "undo, go back", "nothing lost",
    "skip is not reject", "time on task", "guidelines at hand", "without a full-screen UI",
)  # fmt: skip


def rows(text: str) -> list[list[str]]:
    """The cells of every row of the tables in a text, heads and rules left out."""
    lines = [line for line in text.split("\n") if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if not set(row[0]) <= {"-"} and row[0] not in ("feature", "row")]


def test_every_row_is_there_once():
    assert [row[0] for row in rows(PAGE)] == list(ROWS)


def test_the_rows_are_those_of_the_review_of_tools():
    if not TOOLS.exists():
        pytest.skip(f"{TOOLS} is not there")
    parts = TOOLS.read_text(encoding="utf-8").split("\n## ")
    asked = [row[0] for part in parts if part.startswith(("Reading a", "Working through")) for row in rows(part)]
    assert asked == list(ROWS)


@pytest.mark.parametrize("row", rows(PAGE), ids=lambda row: row[0])
def test_what_shows_a_row_exists(row):
    tests = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row[2])
    assert tests
    for file, name in tests:
        (found,) = (ROOT / "tests/review_ui").rglob(file)
        assert re.search(rf"^(async )?def {name}\(", found.read_text(encoding="utf-8"), re.MULTILINE), name
    for path in re.findall(r"`((?:review_ui|mergecheck)/[\w/]+\.py)`", row[1]):
        assert (ROOT / path).exists(), path
    keys = {key for command in in_context(Context.REVIEW) for key in command.keys}
    for key in re.findall(r"(?<!\S)`([^`\s]|ctrl\+\w)`", row[1]):
        assert key in keys, key

"""What the documentation says is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from mergecheck.cli.main import app
from mergecheck.stats.frames import ATTEMPTS, REVIEWS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "samples/README.md",
]
COMMANDS = sorted(get_command(app).commands)


def test_the_command_page_is_what_the_commands_say():
    """`make docs` writes it."""
    environment = {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    written = subprocess.run(
        [sys.executable, "-m", "typer", "mergecheck.cli.main", "utils", "docs", "--name", "mergecheck"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    ).stdout
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8").strip() == written.strip()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_names_it(name):
    text = get_command(app).commands[name].help
    assert f"mergecheck {name}" in text.split("Example:")[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_named_exist(page):
    for code in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8")):
        for name in re.findall(r"^mergecheck ([a-z]+)\b", code):
            assert name in COMMANDS


def test_the_frames_are_listed_whole():
    text = (ROOT / "docs/files.md").read_text(encoding="utf-8")
    for columns in (ATTEMPTS, REVIEWS):
        assert ", ".join(columns) in " ".join(text.replace("`", "").split())

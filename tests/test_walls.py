"""The walls of the house, each proved in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "pydantic", "pandas", "numpy", "datasets", "textual", "matplotlib", "sqlalchemy", "github", "git", "scipy",
    "alembic", "pyarrow",
)  # fmt: skip
STUDY_ROOMS = tuple(
    f"mergecheck.{room}" for room in ("study", "sources", "changes", "assign", "store", "stats", "report", "cli")
)


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_help_loads_nothing_heavy():
    help_page = (
        "import sys; sys.argv = ['mergecheck', '--help']\n"
        "from mergecheck.cli.main import app\n"
        "try:\n    app()\nexcept SystemExit as done:\n    assert not done.code"
    )
    assert not loaded_by(help_page) & set(HEAVY)


@pytest.mark.parametrize("module", ["review_ui.desk", "review_ui.plain", "review_ui.answers_from"])
def test_the_reviewer_s_program_knows_nothing_of_studies(module):
    loaded = loaded_by(f"import {module}")
    assert not {name for name in loaded if name.startswith(STUDY_ROOMS)}
    assert not loaded & {"pandas", "numpy", "datasets", "sqlalchemy", "git", "github", "scipy", "textual", "typer"}


def test_the_estimators_need_no_study():
    loaded = loaded_by("import mergecheck.stats.analysis")
    others = tuple(room for room in STUDY_ROOMS if room != "mergecheck.stats")
    assert not {name for name in loaded if name.startswith((*others, "mergecheck.packet", "review_ui"))}


@pytest.mark.parametrize("room", ["records", "errors", "packet.write", "packet.answers", "packet.outcome"])
def test_the_core_knows_neither_screen_nor_command_line(room):
    assert not loaded_by(f"import mergecheck.{room}") & {"textual", "typer", "datasets"}


@pytest.mark.parametrize("room", ["study", "assign.queue", "store.frames", "report.terminal", "changes.batch"])
def test_only_sources_loads_datasets(room):
    assert "datasets" not in loaded_by(f"import mergecheck.{room}")

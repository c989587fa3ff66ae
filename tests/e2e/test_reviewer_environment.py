"""A packet is reviewed where only the base dependencies are installed.

The environment is made of the installed base distributions and what they need, and of nothing else, so the test
needs no network; Python runs isolated, and the study's libraries cannot be found.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def base_distributions() -> set[str]:
    """Names of what `pip install mergecheck` brings, extra-less, as far as it is installed here."""
    found: set[str] = set()
    waiting = [("mergecheck", "")]
    while waiting:
        of, extra = waiting.pop()
        for requirement in map(Requirement, distribution(of).requires or []):
            name = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
                continue
            if name not in found:
                found.add(name)
                waiting += [(name, wanted) for wanted in ("", *requirement.extras)]
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name in base_distributions():
        for file in distribution(name).files or []:
            top = file.parts[0]
            source = Path(str(distribution(name).locate_file(top)))
            if top in ("..", "__pycache__") or (folder / top).exists() or not source.exists():
                continue
            (folder / top).symlink_to(source)
    for package in ("mergecheck", "review_ui"):
        (folder / package).symlink_to(ROOT / package)
    return folder


@pytest.fixture
def bare_python(site, tmp_path):
    def run(*arguments: str, stdin: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
        start = f"import sys; sys.path.insert(0, {str(site)!r}); sys.argv[0] = 'mergecheck'\n"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", f"{start}from mergecheck.cli.main import run; run()", *arguments],
            capture_output=True,
            text=True,
            input=stdin,
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COLUMNS": "100"},
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    return run


def test_the_environment_has_no_study_library(site):
    names = {path.name for path in site.iterdir()}
    assert {"pydantic", "rich", "textual", "typer", "platformdirs"} <= names
    assert not names & {
        "pandas",
        "numpy",
        "scipy",
        "git",
        "datasets",
        "sqlalchemy",
        "alembic",
        "statsmodels",
        "yaml",
    }


def test_help_and_version(bare_python):
    assert "review" in bare_python("--help").stdout
    assert bare_python("--version").stdout.startswith("mergecheck ")


def test_a_packet_is_reviewed_to_the_end(bare_python, assigned_sample, tmp_path):
    source = sorted((assigned_sample / "packets").glob("*.packet"))[0]
    packet = tmp_path / source.name
    packet.write_bytes(source.read_bytes())
    with zipfile.ZipFile(packet) as archive:
        items = json.loads(archive.read("manifest.json"))["items"]
    answer = {"decision": "accept", "progress": 100, "confidence": 9, "baseline_minutes": 20}
    after = {"guess": "cannot_tell", "recognised": "no"}
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(json.dumps({"item": item, **answer, **after}) + "\n" for item in items[1:]))
    bare_python("review", str(packet), "--answers-from", str(answers))
    # The first item by hand: accept, 100 %, sure 9, 20 minutes, no comment, on to the guess: can't tell, no.
    shown = bare_python("review", str(packet), "--plain", stdin=PLAIN)
    assert items[0] not in shown.stderr
    file = packet.with_suffix(".answers.jsonl")
    events = [json.loads(line) for line in file.read_text().splitlines()]
    decided = {event["item"]: event["front"] for event in events if event["type"] == "verdict"}
    assert set(decided) == set(items)
    assert decided[items[0]] == "plain"
    assert decided[items[1]] == "answers_file"


PLAIN = "\n".join(["", "a", "100", "9", "20", ".", "y", "c", "n", "y", "q", ""])
"""Begin, accept, progress, confidence, minutes, no comment, go on, can't tell, no, save, leave."""


@pytest.mark.parametrize("command", ["pull", "assign", "collect", "close", "report", "status", "simulate"])
def test_a_study_command_says_what_to_install(bare_python, assigned_sample, command):
    done = bare_python(command, "--study", str(assigned_sample), code=1)
    assert "pip install 'mergecheck[study]'" in done.stderr

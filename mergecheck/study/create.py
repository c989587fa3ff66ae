"""A new study folder: the documented files, the key, the folders, and what git must not take."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from mergecheck.errors import Refused
from mergecheck.study.config import DATABASE, FOLDERS, KEY_FILE, REVIEWERS_FILE, STUDY_FILE, Study
from mergecheck.study.key import OWNER_ONLY, new_key, read_key_file
from mergecheck.study.load import check_reviewers, load_study

_IGNORED = (f"/{KEY_FILE}", f"/{DATABASE}*", f"/{REVIEWERS_FILE}")
_READABLE = 0o644


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset writes into the templates: values as TOML, the [[submissions]] and the [[reviewers]]."""

    repositories: str
    submissions: str
    reviewers: str


_EXAMPLE = Preset(
    repositories='#repositories = ["pytest-dev/pytest", "psf/requests"]',
    submissions="""\
#[[submissions]]
#name = "gpt-5"
#path = "../runs/gpt-5"
#model = "GPT-5"
#released = 2025-08-07
#agent = "mini-swe-agent"
#missing = "exclude"
#grades = "results/results.json"
#column = "gpt-5"
""",
    reviewers="",
)

_METR_MODELS = (
    ("claude-3.5-sonnet-old", "Claude 3.5 Sonnet (old)", "2024-06-20"),
    ("claude-3.7-sonnet", "Claude 3.7 Sonnet", "2025-02-24"),
    ("claude-4-opus", "Claude 4 Opus", "2025-05-22"),
    ("gpt-5", "GPT-5", "2025-08-07"),
    ("claude-4.5-sonnet", "Claude 4.5 Sonnet", "2025-09-29"),
)
_METR_REVIEWERS = (
    ("scikit-learn-1", "scikit-learn/scikit-learn"),
    ("scikit-learn-2", "scikit-learn/scikit-learn"),
    ("sphinx-1", "sphinx-doc/sphinx"),
    ("pytest-1", "pytest-dev/pytest"),
)

_METR = Preset(
    repositories='repositories = ["scikit-learn/scikit-learn", "sphinx-doc/sphinx", "pytest-dev/pytest"]',
    submissions="# METR's five models, by release date. Put your own runs behind them.\n\n"
    + "\n".join(
        f"""\
#[[submissions]]
#name = "{name}"
#path = "../runs/{name}"
#model = "{model}"
#released = {released}
#agent = "one harness for all"
#missing = "unresolved"
#grades = "logs"
#column = "{name}"
"""
        for name, model, released in _METR_MODELS
    ),
    reviewers="# METR's four reviewers.\n\n"
    + "\n".join(
        f'[[reviewers]]\nid = "{name}"\nrepositories = ["{repository}"]\n' for name, repository in _METR_REVIEWERS
    ),
)

PRESETS = {"metr": _METR}
"""By the name that `mergecheck init --preset` takes."""


def create_study(folder: Path, preset: str | None = None) -> Study:
    """Make a study folder and load it. What is there already is kept; the study file is written last.

    A `reviewers.toml` that is there already stays as it is too, and the preset's reviewers go nowhere.

    Args:
        folder: made where it is missing, with the folders above it.
        preset: a key of `PRESETS`; None for a study without repositories and reviewers.

    Raises:
        Refused: there is a study file, a database without its key, or the folder cannot be written.
        StudyFileError, Problems: there is a key or a `reviewers.toml` already, and it cannot be used.
    """
    file = folder / STUDY_FILE
    try:
        _free(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if not _create(folder / KEY_FILE, new_key(), OWNER_ONLY):
            read_key_file(folder / KEY_FILE)
        for name in FOLDERS:
            (folder / name).mkdir(exist_ok=True)
        _ignore(folder / ".gitignore")
        if not _create(folder / REVIEWERS_FILE, reviewers_text(preset).encode(), OWNER_ONLY):
            check_reviewers(folder)
        if not _create(file, study_text(folder.resolve().name, preset).encode(), _READABLE):
            raise _taken(file)
    except OSError as error:
        raise Refused(
            f"cannot be written ({error.strerror})",
            where=str(error.filename or folder),
            fix="choose a folder that you may write to, or change its permissions",
        ) from error
    return load_study(folder)


def study_text(name: str, preset: str | None = None) -> str:
    """The commented study file for a study of that name."""
    values = _EXAMPLE if preset is None else PRESETS[preset]
    printable = "".join(letter if letter.isprintable() else "-" for letter in name).strip() or "study"
    return _template("template.toml").substitute(
        # A JSON string of printable text is a TOML string.
        name=json.dumps(printable, ensure_ascii=False),
        repositories=values.repositories,
        submissions=values.submissions.rstrip(),
    )


def reviewers_text(preset: str | None = None) -> str:
    """The commented `reviewers.toml` of a new study."""
    values = _EXAMPLE if preset is None else PRESETS[preset]
    return _template("reviewers_template.toml").substitute(reviewers=values.reviewers).rstrip() + "\n"


def _template(name: str) -> Template:
    return Template(resources.files("mergecheck.study").joinpath(name).read_text(encoding="utf-8"))


def _free(folder: Path) -> None:
    file = folder / STUDY_FILE
    if os.path.lexists(file):
        raise _taken(file)
    if os.path.lexists(folder / DATABASE) and not os.path.lexists(folder / KEY_FILE):
        raise Refused(
            f"there is a {DATABASE} without its {KEY_FILE}, and a new key would not fit it",
            where=str(folder),
            fix=f"restore {KEY_FILE} from a backup, or choose another folder",
        )


def _taken(file: Path) -> Refused:
    return Refused(
        "there is a study here already; nothing was changed",
        where=str(file),
        fix=f"edit it, choose another folder, or move {STUDY_FILE} away first ({KEY_FILE} is kept in any case)",
    )


def _create(path: Path, content: bytes, mode: int) -> bool:
    """Write a new file whole, or leave none; false where there is one already, which stays as it is."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        path.unlink()
        raise
    return True


def _ignore(path: Path) -> None:
    """Add what git must not take to the folder's `.gitignore`, keeping what it says already."""
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    missing = [line for line in _IGNORED if line not in there.splitlines()]
    if missing:
        ending = "" if there.endswith("\n") or not there else "\n"
        with path.open("a", encoding="utf-8") as out:
            out.write(ending + "".join(f"{line}\n" for line in missing))

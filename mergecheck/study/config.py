"""A study as the rest of the program sees it: checked, frozen, with every path resolved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from mergecheck.packet.form import Form
from mergecheck.records import Reviewer

STUDY_FILE = "study.toml"
KEY_FILE = "seal.key"
DATABASE = "study.db"
REVIEWERS_FILE = "reviewers.toml"
FOLDERS = ("packets", "answers", "report")
Missing = Literal["unresolved", "exclude"]


def resolved(folder: Path, path: str) -> Path:
    """A path of the study file as an absolute one: relative paths begin at the study folder, `~` at home."""
    return (folder / os.path.expanduser(path)).resolve()  # noqa: PTH111 - Path.expanduser fails on an unknown ~user


@dataclass(frozen=True, slots=True)
class BenchmarkConfig:
    """Which benchmark, and how much of it.

    `source` is a hub name, or the absolute path of a folder or file. `repositories` and `instances` narrow it
    down; empty means all.
    """

    source: str
    split: str
    repositories: tuple[str, ...]
    instances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubmissionConfig:
    """One agent run: where it lies (absolute), and what made it.

    `url` is a git URL, with # and a folder in the repository where it names one; `path` then means nothing.

    `released` is the model's, from study.toml or else from the bundled table; `released_note` says where the two
    contradict each other. `agent` is "" where it is not stated. `missing` says what an instance is that the run
    does not mention; None where the run itself decides. `grades` names the source of grades that counts where
    others disagree, `column` the column of a CSV matrix; each is "" where it is not given.
    """

    name: str
    path: Path
    model: str
    released: date
    agent: str
    missing: Missing | None = None
    grades: str = ""
    column: str = ""
    released_note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """`study.toml`, and the folder around it (absolute).

    `golden_share` is the share of instances, in (0, 1], whose golden patch is drawn. `waves` is None where the
    queue's length decides. A reviewer without repositories takes all of the study.
    """

    folder: Path
    name: str
    seed: int
    benchmark: BenchmarkConfig
    submissions: tuple[SubmissionConfig, ...]
    golden_share: float
    tests: Literal["strip", "show"]
    waves: int | None
    reviewers: tuple[Reviewer, ...]
    form: Form
    guidelines: str
    clone_url: str

    @property
    def file(self) -> Path:
        """The file that says all this."""
        return self.folder / STUDY_FILE

    @property
    def database(self) -> Path:
        """The study's SQLite database."""
        return self.folder / DATABASE

    @property
    def key_file(self) -> Path:
        """The key that turns blind ids back into candidates."""
        return self.folder / KEY_FILE

    @property
    def packets(self) -> Path:
        """Folder of what goes out, one file a reviewer and round."""
        return self.folder / "packets"

    @property
    def answers(self) -> Path:
        """Folder of what came back."""
        return self.folder / "answers"

    @property
    def report(self) -> Path:
        """Folder of what is made of it."""
        return self.folder / "report"

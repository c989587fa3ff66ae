"""A study as the rest of the program sees it: checked, frozen, with every path resolved."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from mergecheck.packet.form import Form
from mergecheck.records import Policies, Reviewer
from mergecheck.study.analysis_choices import DEFAULTS, Choices

STUDY_FILE = "study.toml"
KEY_FILE = "seal.key"
DATABASE = "study.db"
REVIEWERS_FILE = "reviewers.toml"
FOLDERS = ("packets", "answers", "report")
Missing = Literal["unresolved", "exclude"]
Conflict = Literal["exclude", "golden_only", "flag"]
Hints = Literal["hide", "show"]


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
class RoundsConfig:
    """What a later round takes beside the changes that are new, so that rounds can be compared.

    `golden`: share of the instances, in [0, 1], whose golden patch is drawn from those kept in reserve. `earlier`:
    share of the instances handed out before, in [0, 1], of which one candidate is shown again.
    """

    golden: float
    earlier: float


@dataclass(frozen=True, slots=True)
class Study:
    """`study.toml` and `reviewers.toml`, and the folder around them (absolute).

    `golden_share`, in (0, 1]: share of the instances whose golden patch is drawn. `unresolved_share`, in [0, 1]:
    share of the instances of which attempts that the grader refused are drawn too. `overlap`: how much of a
    round a second reviewer sees; a float is a share of its candidates in [0, 1], an int their number. `repeats`,
    in [0, 1]: share of a reviewer's candidates that the same reviewer sees twice. `waves` is None where the
    queue's length decides.

    `policies` say what is left out of every change; `conflict` what happens to an instance whose fix a reviewer
    wrote, reviewed or merged; `hints` whether the benchmark's hints are shown. A reviewer without repositories
    takes all of the study. `analysis` is what the study means to compute, locked when its first round goes out.
    """

    folder: Path
    name: str
    seed: int
    benchmark: BenchmarkConfig
    submissions: tuple[SubmissionConfig, ...]
    golden_share: float
    unresolved_share: float
    overlap: int | float
    repeats: float
    rounds: RoundsConfig
    policies: Policies
    conflict: Conflict
    hints: Hints
    waves: int | None
    reviewers: tuple[Reviewer, ...]
    form: Form
    guidelines: str
    clone_url: str
    analysis: Choices = DEFAULTS

    @property
    def tests(self) -> Literal["strip", "show"]:
        """Whether a change's tests are left out."""
        return self.policies.tests

    @property
    def file(self) -> Path:
        """The file that says all this, but for the reviewers."""
        return self.folder / STUDY_FILE

    @property
    def reviewers_file(self) -> Path:
        """The file that says who reviews. Not there in a study that lists its reviewers in `study.toml`."""
        return self.folder / REVIEWERS_FILE

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

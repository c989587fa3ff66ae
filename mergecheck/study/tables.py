"""The tables of `study.toml` and `reviewers.toml` as pydantic models: what each key takes, in our own words.

The models are strict: TOML has types, so a number in quotes is a slip and not a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from mergecheck.packet.form import Form
from mergecheck.records import GOLDEN
from mergecheck.study.analysis import AnalysisTable
from mergecheck.study.config import REVIEWERS_FILE, STUDY_FILE, Conflict, Hints

OURS = "mergecheck"
"""Type of the pydantic errors whose context holds `what` and `fix` ready."""

RESERVED = (GOLDEN, "gold")
"""Names that no submission may take: ours for the human patches, and the harness's."""

REPO = "{repo}"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/(?!\.\.?$)[A-Za-z0-9_.-]+")
_REPOSITORY_IN_URL = re.compile(r"(?:.*[/:@])?(?:github\.com[/:])?([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_REVIEWER = re.compile(r"[a-z0-9][a-z0-9-]*")
_GITHUB = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_GITHUB_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?github\.com/([^/?#]+)/?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _wrong(what: str, fix: str) -> PydanticCustomError:
    return PydanticCustomError(OURS, "{what}", {"what": what, "fix": fix})


def _line(value: str) -> str:
    if not value or value != value.strip() or not value.isprintable():
        raise _wrong("must be one line of text, neither empty nor with blanks at its ends", "write it in one line")
    return value


def _line_or_nothing(value: str) -> str:
    return value and _line(value)


def _text(value: str) -> str:
    if not value.strip():
        raise _wrong("is empty", "write the text, or leave the key out")
    return value


def _repository(value: str) -> str:
    if _REPOSITORY.fullmatch(value) and not value.endswith(".git"):
        return value
    inside = _REPOSITORY_IN_URL.fullmatch(value)
    example = inside[1] if inside and _REPOSITORY.fullmatch(inside[1]) else "pytest-dev/pytest"
    raise _wrong(f'"{value}" is no repository', f'write owner/name, as in "{example}"')


def _submission(value: str) -> str:
    if value.casefold() in RESERVED:
        raise _wrong(
            f'the name "{value}" is reserved for the human patches',
            "give the submission another name; golden patches come with the benchmark",
        )
    return _line(value)


def _reviewer(value: str) -> str:
    if not _REVIEWER.fullmatch(value):
        raise _wrong(
            f'"{value}" is no pseudonym',
            'use small letters, digits and hyphens, as in "maintainer-1"; real names belong in reviewers.toml',
        )
    return value


def _released(value: object) -> object:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise _wrong(
                f'"{value}" is no day of the calendar', "write year-month-day, as in 2025-02-24"
            ) from error
    return value


def _waves(value: object) -> int | None:
    if value == "auto":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    near = ': did you mean "auto"?' if isinstance(value, str) else ""
    raise _wrong(f'must be "auto" or a whole number of at least 1{near}', 'write waves = "auto", or leave it out')


def _clone_url(value: str) -> str:
    rest = _line(value).replace(REPO, "")
    if rest == value or "{" in rest or "}" in rest or value.startswith("-"):
        raise _wrong(
            f"must be an address with {REPO} where owner/name goes, and no other braces",
            f'write it as in "https://github.com/{REPO}.git"',
        )
    return value


def _overlap(value: object) -> int | float:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, float) and 0 <= value <= 1:
        return value
    meant = isinstance(value, float) and value > 1 and value.is_integer()
    raise _wrong(
        "must be a share of the candidates, from 0.0 to 1.0 with a point, or a whole number of candidates",
        f"write {value:.0f} for that many candidates" if meant else "write it as in overlap = 0.1 or overlap = 20",
    )


def _pattern(value: str) -> str:
    if _line(value).startswith(("/", "~", "./", "../")) or "\\" in value:
        raise _wrong(
            "must be a pattern of paths inside the repository",
            'begin at the repository\'s root, without a slash in front, as in "tools/*.py"',
        )
    return value


def _github(value: str) -> str:
    if _GITHUB.fullmatch(value):
        return value.lower()
    address = _GITHUB_ADDRESS.fullmatch(value)
    name = address[1] if address else value.removeprefix("@")
    raise _wrong(
        "begins with @, which is no part of a GitHub name"
        if value.startswith("@")
        else "is no GitHub name: those have letters, digits and hyphens",
        f'write "{name}"' if _GITHUB.fullmatch(name) else 'write the name alone, as in "octocat"',
    )


def _githubs(value: object) -> object:
    if isinstance(value, str):
        return (_github(value),)
    if not isinstance(value, tuple):
        raise _wrong("takes a GitHub name in quotes, or a list of them", 'write it as in github = "octocat"')
    return value


Line = Annotated[str, AfterValidator(_line)]
Text = Annotated[str, AfterValidator(_text)]
Repository = Annotated[str, AfterValidator(_repository)]


class Table(BaseModel):
    """A table of the file: an unknown key is refused, and types are what TOML says they are."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class BenchmarkTable(Table):
    """`[benchmark]`."""

    source: Line = Field(examples=['"SWE-bench/SWE-bench_Verified"'])
    split: Line = "test"
    repositories: tuple[Repository, ...] = ()
    instances: tuple[Line, ...] = ()
    clone_url: Annotated[str, AfterValidator(_clone_url)] = f"https://github.com/{REPO}.git"


class PoliciesTable(Table):
    """`[policies]`."""

    tests: Literal["strip", "show"] = "strip"
    docs: Literal["strip", "show"] = "strip"
    scratch: Literal["strip", "show"] = "strip"
    keep: tuple[Annotated[str, AfterValidator(_pattern)], ...] = ()
    hints: Hints = "hide"
    conflict: Conflict = "exclude"


class RoundsTable(Table):
    """`[rounds]`."""

    golden: float = Field(default=0.1, ge=0, le=1)
    earlier: float = Field(default=0.1, ge=0, le=1)


class SubmissionTable(Table):
    """A `[[submissions]]` block."""

    name: Annotated[str, AfterValidator(_submission)] = Field(examples=['"gpt-5"'])
    path: Line = Field(examples=['"../runs/gpt-5"'])
    model: Line = Field(examples=['"GPT-5"'])
    released: Annotated[date | None, BeforeValidator(_released)] = None
    agent: Annotated[str, AfterValidator(_line_or_nothing)] = ""
    missing: Literal["unresolved", "exclude"] | None = None
    grades: Line | None = None
    column: Line | None = None


class ListedReviewer(Table):
    """A `[[reviewers]]` block of `study.toml`, where reviewers stood before they had a file of their own."""

    id: Annotated[str, AfterValidator(_reviewer)] = Field(examples=['"maintainer-1"'])
    repositories: tuple[Repository, ...] = ()


class ReviewerTable(ListedReviewer):
    """A `[[reviewers]]` block of `reviewers.toml`. `name` is for whoever keeps the file, and goes no further."""

    hours: float | None = Field(default=None, gt=0, le=10_000)
    active: bool = True
    name: Line | None = None
    github: Annotated[tuple[Annotated[str, AfterValidator(_github)], ...], BeforeValidator(_githubs)] = ()


class StudyFile(Table):
    """The whole of `study.toml`."""

    name: Line = Field(examples=['"my-study"'])
    seed: int = Field(default=1, ge=0, lt=2**63)
    golden_share: float = Field(default=0.5, gt=0, le=1)
    unresolved_share: float = Field(default=0.0, ge=0, le=1)
    overlap: Annotated[int | float, BeforeValidator(_overlap)] = 0
    repeats: float = Field(default=0.0, ge=0, le=1)
    waves: Annotated[int | None, BeforeValidator(_waves)] = None
    guidelines: Text | None = None
    guidelines_file: Line | None = None
    benchmark: BenchmarkTable = Field(examples=["[benchmark]"])
    policies: PoliciesTable = PoliciesTable()
    rounds: RoundsTable = RoundsTable()
    analysis: AnalysisTable = AnalysisTable()
    form: Form = Form()
    submissions: tuple[SubmissionTable, ...] = ()
    reviewers: tuple[ListedReviewer, ...] = ()


class ReviewersFile(Table):
    """The whole of `reviewers.toml`."""

    reviewers: tuple[ReviewerTable, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """What one of the study's files takes: the model of every table by its dotted path, () for the root."""

    file: str
    tables: dict[tuple[str, ...], type[BaseModel]]


def _tables(model: type[BaseModel], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], type[BaseModel]]:
    found = {path: model}
    for name, field in model.model_fields.items():
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found |= _tables(inner, (*path, name))
    return found


STUDY = Layout(STUDY_FILE, _tables(StudyFile))
REVIEWERS = Layout(REVIEWERS_FILE, _tables(ReviewersFile))
LAYOUTS = (STUDY, REVIEWERS)
"""In the order in which a key is looked for that stands in the wrong place."""

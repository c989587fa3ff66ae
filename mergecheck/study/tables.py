"""The tables of `study.toml` as pydantic models: what each key takes, in our own words.

The models are strict: TOML has types, so a number in quotes is a slip and not a number.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from mergecheck.packet.form import Form
from mergecheck.records import GOLDEN

OURS = "mergecheck"
"""Type of the pydantic errors whose context holds `what` and `fix` ready."""

RESERVED = (GOLDEN, "gold")
"""Names that no submission may take: ours for the human patches, and the harness's."""

REPO = "{repo}"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/(?!\.\.?$)[A-Za-z0-9_.-]+")
_REPOSITORY_IN_URL = re.compile(r"(?:.*[/:@])?(?:github\.com[/:])?([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_REVIEWER = re.compile(r"[a-z0-9][a-z0-9-]*")
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


class ReviewerTable(Table):
    """A `[[reviewers]]` block."""

    id: Annotated[str, AfterValidator(_reviewer)] = Field(examples=['"maintainer-1"'])
    repositories: tuple[Repository, ...] = ()


class StudyFile(Table):
    """The whole of `study.toml`."""

    name: Line = Field(examples=['"my-study"'])
    seed: int = Field(default=1, ge=0, lt=2**63)
    golden_share: float = Field(default=0.5, gt=0, le=1)
    waves: Annotated[int | None, BeforeValidator(_waves)] = None
    guidelines: Text | None = None
    guidelines_file: Line | None = None
    benchmark: BenchmarkTable = Field(examples=["[benchmark]"])
    policies: PoliciesTable = PoliciesTable()
    form: Form = Form()
    submissions: tuple[SubmissionTable, ...] = ()
    reviewers: tuple[ReviewerTable, ...] = ()


def _tables(model: type[BaseModel], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], type[BaseModel]]:
    found = {path: model}
    for name, field in model.model_fields.items():
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found |= _tables(inner, (*path, name))
    return found


TABLES = _tables(StudyFile)
"""The model of every table by its dotted path: () is the root, ("form", "reasons") the reasons."""

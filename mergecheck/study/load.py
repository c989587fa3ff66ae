"""`study.toml` → `Study`: read, parse, check whole, resolve paths."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mergecheck.errors import StudyFileError
from mergecheck.packet.form import GUIDELINES
from mergecheck.records import Reviewer
from mergecheck.study.checks import crossed, guidelines_file
from mergecheck.study.config import STUDY_FILE, BenchmarkConfig, Study, SubmissionConfig, resolved
from mergecheck.study.locate import locate
from mergecheck.study.models import known_model
from mergecheck.study.problems import Finding, problems, translated
from mergecheck.study.tables import StudyFile, SubmissionTable

_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_SYNTAX_WORDS = (
    (r"Cannot declare \('(.+)',\) twice", r"the table [\1] stands twice"),
    (r"Cannot overwrite a value|Duplicate inline table key .*", "a key stands twice"),
    (r"Illegal character '\\n'|Unterminated string", "a text is not closed: its last quote is missing"),
    (r"Illegal character .*", "a control character stands in a text"),
    (r"Invalid value", "the value is missing or not TOML: texts need quotes, brackets must close"),
    (r"Expected '=' after a key.*", "a key without = and a value"),
    (r"Expected newline or end of document.*", "more follows the value than belongs to it"),
    (r"Expected '\]+' at the end of a table declaration", "the [table] is not closed"),
    (r"Unescaped '\\' in a string", r"a backslash in a text: write it twice, or use 'single quotes'"),
    (r"Invalid statement", "neither a key nor a [table] nor a # comment"),
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
OBJECT_STORES = {"s3://": "aws s3 cp --recursive", "gs://": "gcloud storage cp --recursive"}
"""How addresses in object storage begin, and the command that copies a folder from there."""
_PATH_ENDINGS = (".parquet", ".jsonl", ".json", ".csv", ".arrow")


def load_study(folder: Path) -> Study:
    """The study in a folder, checked whole. A study without submissions or reviewers is one that has just begun.

    Raises:
        StudyFileError: no `study.toml`, or one that is no UTF-8 or no TOML.
        Problems: everything else that is wrong with it, each a StudyFileError with file, line and field.
    """
    file = folder / STUDY_FILE
    text = read_text(file)
    raw = _parsed(text, file)
    lines = locate(text)
    findings: list[Finding] = []
    tables: StudyFile | None = None
    try:
        tables = StudyFile.model_validate(raw)
    except ValidationError as error:
        findings += translated(error)
    findings += crossed(raw, lines)
    guidelines = guidelines_file(raw, folder)
    if isinstance(guidelines, tuple):
        findings.append(guidelines)
    if findings or tables is None or isinstance(guidelines, tuple):
        raise problems(findings, lines, str(file))
    return _study(folder.resolve(), tables, guidelines)


def read_text(file: Path) -> str:
    """The file's text with lines that end in "\\n", without a byte order mark.

    Raises:
        StudyFileError: there is no such file, it cannot be read, or it is not UTF-8.
    """
    try:
        content = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StudyFileError(
            f"there is no {STUDY_FILE} here",
            where=str(file.parent),
            fix=f"name the study's folder, or begin a study with `mergecheck init {file.parent}`",
        ) from error
    except OSError as error:
        raise StudyFileError(f"cannot be read ({error.strerror})", where=str(file)) from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StudyFileError(
            "this is not UTF-8 text", where=f"{file}, line {line}", fix="save it as UTF-8"
        ) from error


def require_submissions(study: Study) -> tuple[SubmissionConfig, ...]:
    """The study's submissions, at least one, each where its path says.

    Raises:
        StudyFileError: there are none.
        Problems: paths at which nothing lies, all of them.
    """
    file = study.file
    if not study.submissions:
        raise StudyFileError(
            "the study has no submissions yet",
            where=str(file),
            fix="add a [[submissions]] block for each agent run: the file shows an example",
        )
    findings: list[Finding] = [
        (("submissions", row, "path"), f"nothing lies at {submission.path}", "check the path")
        for row, submission in enumerate(study.submissions)
        if not submission.url and not submission.path.exists()
    ]
    findings += [
        (
            ("submissions", row, "path"),
            f"{submission.url} is in object storage, which is not read from here",
            f"fetch it, as in `{command} {submission.url} FOLDER`, and give that folder",
        )
        for row, submission in enumerate(study.submissions)
        for scheme, command in OBJECT_STORES.items()
        if submission.url.startswith(scheme)
    ]
    if findings:
        raise problems(findings, locate(read_text(file)), str(file))
    return study.submissions


def _parsed(text: str, file: Path) -> dict[str, Any]:
    try:
        parsed = _frozen(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _SYNTAX_PLACE.search(message)
        # Where the text ends too soon, its last line with something on it is the one to look at.
        line = place[1] if place and place[1] else text.rstrip().count("\n") + 1
        what = _SYNTAX_PLACE.sub("", message)
        for pattern, words in _SYNTAX_WORDS:
            if re.fullmatch(pattern, what):
                what = re.sub(pattern, words, what)
                break
        raise StudyFileError(
            f"this is no TOML: {what}", where=f"{file}, line {line}", fix="mend the line"
        ) from error
    assert isinstance(parsed, dict)
    return parsed


def _frozen(value: object) -> object:
    """Lists as tuples: strict models of frozen records take nothing else."""
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value


def _study(folder: Path, tables: StudyFile, guidelines: str | None) -> Study:
    benchmark = tables.benchmark
    return Study(
        folder=folder,
        name=tables.name,
        seed=tables.seed,
        benchmark=BenchmarkConfig(
            source=_source(folder, benchmark.source),
            split=benchmark.split,
            repositories=benchmark.repositories,
            instances=benchmark.instances,
        ),
        submissions=tuple(
            SubmissionConfig(
                name=row.name,
                path=folder if _is_address(row.path) else resolved(folder, row.path),
                url=row.path if _is_address(row.path) else "",
                model=row.model,
                released=_released(row),
                agent=row.agent,
                missing=row.missing,
                grades=row.grades or "",
                column=row.column or "",
                released_note=_released_note(row),
            )
            for row in tables.submissions
        ),
        golden_share=float(tables.golden_share),
        tests=tables.policies.tests,
        waves=tables.waves,
        reviewers=tuple(Reviewer(row.id, row.repositories) for row in tables.reviewers),
        form=tables.form,
        guidelines=guidelines or tables.guidelines or _default_guidelines(tables.policies.tests),
        clone_url=_address(folder, benchmark.clone_url),
    )


def _released(row: SubmissionTable) -> date:
    if row.released is not None:
        return row.released
    known = known_model(row.model)
    assert known is not None, "checked before"
    return known.released


def _released_note(row: SubmissionTable) -> str:
    known = known_model(row.model)
    if known is None or row.released in (None, known.released):
        return ""
    return (
        f"released = {row.released} in study.toml is used, and {known.name} was released on {known.released} "
        f"({known.source})"
    )


def _is_address(path: str) -> bool:
    return _ADDRESS.match(path) is not None


def _source(folder: Path, source: str) -> str:
    """A hub name stays as it is; what exists beside the study, or can only be a path, is made absolute."""
    path = resolved(folder, source)
    is_path = source.startswith((".", "/", "~")) or source.count("/") > 1 or source.endswith(_PATH_ENDINGS)
    return str(path) if is_path or path.exists() else source


def _address(folder: Path, clone_url: str) -> str:
    return str(resolved(folder, clone_url)) if clone_url.startswith((".", "~")) else clone_url


def _default_guidelines(tests: str) -> str:
    """The standing guidelines; where tests are shown, without the line that says they are left out."""
    if tests == "strip":
        return GUIDELINES
    instead = "- A change shows its tests where it has any. Do not ask for missing tests or documentation.\n"
    return "".join(
        instead if line.startswith("- Tests are left out") else line
        for line in GUIDELINES.splitlines(keepends=True)
    )

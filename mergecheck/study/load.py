"""`study.toml` and `reviewers.toml` → `Study`: read, check whole, resolve paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from mergecheck.errors import Problems, StudyFileError
from mergecheck.records import Policies, Reviewer
from mergecheck.study.checks import crossed, crossed_reviewers, guidelines_file
from mergecheck.study.config import (
    REVIEWERS_FILE,
    STUDY_FILE,
    BenchmarkConfig,
    RoundsConfig,
    Study,
    SubmissionConfig,
    resolved,
)
from mergecheck.study.document import Document, read_document, refuse
from mergecheck.study.guidelines import default_guidelines
from mergecheck.study.locate import line_of, locate
from mergecheck.study.models import known_model
from mergecheck.study.problems import Finding, problems
from mergecheck.study.read import read_text
from mergecheck.study.tables import (
    REVIEWERS,
    STUDY,
    ListedReviewer,
    PoliciesTable,
    ReviewersFile,
    ReviewerTable,
    StudyFile,
    SubmissionTable,
)

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
OBJECT_STORES = {"s3://": "aws s3 cp --recursive", "gs://": "gcloud storage cp --recursive"}
"""How addresses in object storage begin, and the command that copies a folder from there."""
_PATH_ENDINGS = (".parquet", ".jsonl", ".json", ".csv", ".arrow")
_REVIEWERS_LINE = re.compile(rb"""^[ \t]*(?:\[\[?[ \t]*)?["']?reviewers["']?[ \t]*[].=]""", re.MULTILINE)


def load_study(folder: Path) -> Study:
    """The study in a folder, checked whole. A study without submissions or reviewers is one that has just begun.

    Raises:
        StudyFileError: there is no `study.toml`; or one of the files is no UTF-8 or no TOML, and nothing else is
            wrong.
        Problems: everything else that is wrong with `study.toml` and `reviewers.toml`, each a StudyFileError with
            file, line and field.
    """
    file = folder / STUDY_FILE
    if not _is_there(file):
        raise StudyFileError(
            f"there is no {STUDY_FILE} here",
            where=str(folder),
            fix=f"name the study's folder, or begin a study with `mergecheck init {folder}`",
        )
    study = read_document(file, STUDY, StudyFile)
    people = _people(folder, study.raw)
    guidelines = guidelines_file(study.raw, folder)
    study.findings += crossed(study.raw, study.lines)
    study.findings += crossed_reviewers(study.raw, study.lines, study.raw)
    study.findings += _in_both(study, people)
    if isinstance(guidelines, tuple):
        study.findings.append(guidelines)
    people.findings += crossed_reviewers(people.raw, people.lines, study.raw)
    refuse(study, people)
    assert study.tables is not None, "refused before"
    assert people.tables is not None, "refused before"
    assert not isinstance(guidelines, tuple), "refused before"
    return _study(folder.resolve(), study.tables, people.tables, guidelines)


def check_reviewers(folder: Path) -> None:
    """Read the `reviewers.toml`, if any, of a folder that has no study file yet.

    Raises:
        StudyFileError, Problems: as `load_study`.
    """
    people = _people(folder, {})
    people.findings += crossed_reviewers(people.raw, people.lines, {})
    refuse(people)


def _people(folder: Path, study: dict[str, Any]) -> Document[ReviewersFile]:
    """`reviewers.toml`; an empty one where there is none.

    Where `study.toml` lists reviewers, as it did before they had a file, a `reviewers.toml` that lists none is the
    organiser's own notes on who they are, in whatever form.
    """
    file = folder / REVIEWERS_FILE
    if not _is_there(file) or (study.get("reviewers") and _is_notes(file)):
        return Document(file, tables=ReviewersFile())
    return read_document(file, REVIEWERS, ReviewersFile)


def _is_there(file: Path) -> bool:
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        # Whoever reads it is told why it cannot be read.
        return True
    return True


def _is_notes(file: Path) -> bool:
    try:
        return _REVIEWERS_LINE.search(file.read_bytes()) is None
    except OSError:
        return False


def _in_both(study: Document[StudyFile], people: Document[ReviewersFile]) -> Iterator[Finding]:
    if study.raw.get("reviewers") and people.raw.get("reviewers"):
        there = f"{people.file}, line {line_of(people.lines, ('reviewers',))}"
        yield (
            ("reviewers",),
            f"reviewers stand here and in {there}",
            f"move these blocks to {REVIEWERS_FILE}, and leave none in {STUDY_FILE}",
        )


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
        raise Problems(problems(findings, locate(read_text(file)), str(file)))
    return study.submissions


def _study(folder: Path, tables: StudyFile, people: ReviewersFile, guidelines: str | None) -> Study:
    benchmark = tables.benchmark
    policies = _policies(tables.policies)
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
        unresolved_share=float(tables.unresolved_share),
        overlap=tables.overlap,
        repeats=float(tables.repeats),
        rounds=RoundsConfig(golden=float(tables.rounds.golden), earlier=float(tables.rounds.earlier)),
        analysis=tables.analysis.choices(),
        policies=policies,
        conflict=tables.policies.conflict,
        hints=tables.policies.hints,
        waves=tables.waves,
        reviewers=tuple(_reviewer(row) for row in people.reviewers or tables.reviewers),
        form=tables.form,
        guidelines=guidelines or tables.guidelines or default_guidelines(policies, tables.unresolved_share),
        clone_url=_address(folder, benchmark.clone_url),
    )


def _policies(table: PoliciesTable) -> Policies:
    return Policies(tests=table.tests, docs=table.docs, scratch=table.scratch, keep=table.keep)


def _reviewer(row: ListedReviewer) -> Reviewer:
    """A reviewer as the study knows them: without the name that the organiser may have written down."""
    if not isinstance(row, ReviewerTable):
        return Reviewer(row.id, row.repositories)
    hours = None if row.hours is None else float(row.hours)
    return Reviewer(row.id, row.repositories, hours=hours, github=row.github, active=row.active)


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

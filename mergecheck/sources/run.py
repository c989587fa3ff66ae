"""A submission as study.toml describes it, read and settled: what goes into the study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Attempt, Instance, Skip
from mergecheck.sources.clone import fetch_folder
from mergecheck.sources.leaderboard import read_metadata
from mergecheck.sources.matrix import FORMAT as MATRIX_FORMAT
from mergecheck.sources.matrix import SUFFIX as MATRIX
from mergecheck.sources.matrix import read_matrix
from mergecheck.sources.missing import leaderboard_split, settle_missing
from mergecheck.sources.submission import SubmissionRead, read_submission
from mergecheck.study.config import SubmissionConfig


@dataclass(frozen=True, slots=True)
class Run:
    """One submission, ready to be kept.

    `rows_read` = attempts that were read + `skips`; `without_patch` names attempts known by their grade alone,
    among them those that no row mentions; `not_mentioned` what stays out of every rate; `for_journal` what
    study.toml decided about its data.
    """

    config: SubmissionConfig
    attempts: tuple[Attempt, ...]
    skips: tuple[Skip, ...]
    rows_read: int
    formats: tuple[str, ...]
    notes: tuple[str, ...]
    not_mentioned: tuple[str, ...]
    without_patch: tuple[str, ...]
    for_journal: tuple[str, ...] = ()


def read_run(config: SubmissionConfig, benchmark: Sequence[Instance], source: str, scope: Sequence[str]) -> Run:
    """Read a submission and settle what it leaves open.

    Args:
        config: its block in study.toml.
        benchmark: all instances of the benchmark.
        source: the benchmark's name or path.
        scope: ids of the instances that the study is about.

    Raises:
        Problems: everything that is wrong with it, each a SourceError whose place begins with its name.
    """
    try:
        fetched = fetch_folder(config.url) if config.url else None
        path = fetched.folder if fetched else config.path
        read = _read(config, path, [one.id for one in benchmark], scope)
    except (SourceError, Problems) as error:
        problems = error.problems if isinstance(error, Problems) else (error,)
        raise Problems(
            SourceError(one.what, where=f"{config.name}: {one.where}", fix=one.fix) for one in problems
        ) from error
    only_graded = read.attempts if read.found[0].format == MATRIX_FORMAT else ()
    settled = _settled(read, config.grades)
    whole = f"{read.whole_by} is about all {len(benchmark)}" if read.whole_by else ""
    missing = settle_missing(
        config.name,
        read.not_mentioned,
        config.missing,
        whole or leaderboard_split(path, source, len(benchmark)),
    )
    metadata = read_metadata(path if path.is_dir() else path.parent)
    notes = [
        f"commit {fetched.commit} is used, kept in {fetched.folder}" if fetched else "",
        *(metadata.notes(config.model, config.agent) if metadata else ()),
        settled,
        missing.note,
        config.released_note,
    ]
    return Run(
        config=config,
        attempts=(*read.attempts, *missing.attempts),
        skips=read.skips,
        rows_read=read.rows_read,
        formats=read.formats,
        notes=(*read.notes, *filter(None, notes)),
        not_mentioned=missing.excluded,
        without_patch=tuple(one.instance for one in (*only_graded, *missing.attempts)),
        for_journal=tuple(f"{config.name}: {line}" for line in filter(None, [settled])),
    )


def _read(config: SubmissionConfig, path: Path, benchmark: Sequence[str], scope: Sequence[str]) -> SubmissionRead:
    if path.suffix.lower() == MATRIX and path.is_file():
        return read_matrix(config.name, path, config.column or None, benchmark, scope)
    if config.column:
        raise SourceError(
            "only a CSV matrix of grades has columns",
            where=str(path),
            fix="leave `column` out, or name the CSV file as `path`",
        )
    return read_submission(config.name, path, benchmark, scope, config.grades)


def _settled(read: SubmissionRead, grades: str) -> str:
    """What `grades` in study.toml decided, for people and for the journal; "" where nothing had to be."""
    if not read.settled:
        return ""
    some = ", ".join(read.settled[:5]) + (" …" if len(read.settled) > 5 else "")
    attempts = "1 attempt" if len(read.settled) == 1 else f"{len(read.settled)} attempts"
    return f'graders disagree on {attempts}, settled by grades = "{grades}": {some}'

"""A submission as study.toml describes it, read and settled: what goes into the study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Attempt, Instance, Skip
from mergecheck.sources.missing import leaderboard_split, settle_missing
from mergecheck.sources.submission import read_submission
from mergecheck.study.config import SubmissionConfig


@dataclass(frozen=True, slots=True)
class Run:
    """One submission, ready to be kept.

    `rows_read` = attempts that were read + `skips`; `without_patch` names attempts known by their grade alone,
    among them those that no row mentions; `not_mentioned` what stays out of every rate.
    """

    config: SubmissionConfig
    attempts: tuple[Attempt, ...]
    skips: tuple[Skip, ...]
    rows_read: int
    formats: tuple[str, ...]
    notes: tuple[str, ...]
    not_mentioned: tuple[str, ...]
    without_patch: tuple[str, ...]


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
        read = read_submission(config.name, config.path, [one.id for one in benchmark], scope)
    except (SourceError, Problems) as error:
        problems = error.problems if isinstance(error, Problems) else (error,)
        raise Problems(
            SourceError(one.what, where=f"{config.name}: {one.where}", fix=one.fix) for one in problems
        ) from error
    whole = f"{read.whole_by} is about all {len(benchmark)}" if read.whole_by else ""
    missing = settle_missing(
        config.name,
        read.not_mentioned,
        config.missing,
        whole or leaderboard_split(config.path, source, len(benchmark)),
    )
    return Run(
        config=config,
        attempts=(*read.attempts, *missing.attempts),
        skips=read.skips,
        rows_read=read.rows_read,
        formats=read.formats,
        notes=(*read.notes, *filter(None, [missing.note])),
        not_mentioned=missing.excluded,
        without_patch=tuple(one.instance for one in missing.attempts),
    )

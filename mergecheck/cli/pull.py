"""`mergecheck pull`: the benchmark, the submissions and their grades into the study; patches into changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mergecheck.cli.pull_github import fetch_into, github_access
from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, progress, talk

if TYPE_CHECKING:
    from mergecheck.changes.canonical import Made
    from mergecheck.errors import ChangeError, MergecheckError
    from mergecheck.records import Instance
    from mergecheck.sources.run import Run
    from mergecheck.store.attempts import Pending, Pulled
    from mergecheck.store.database import Database
    from mergecheck.study import Study

BATCH = 100
"""Attempts whose changes are saved together: what a `kill -9` costs at most."""


def pull(
    study: StudyFolder = Path(),
    records_only: Annotated[
        bool, typer.Option("--records-only", help="Read benchmark and submissions; leave the patches for later.")
    ] = False,
    github: Annotated[
        bool,
        typer.Option("--github", help="Fetch the pull request behind each golden patch too, into the study only."),
    ] = False,
    github_wait: Annotated[
        int,
        typer.Option(
            "--github-wait", metavar="MINUTES", min=0, help="How long to wait for GitHub's rate limits in all."
        ),
    ] = 60,
    as_json: AsJson = False,
) -> None:
    """Read the benchmark, the submissions and their grades; apply every patch to its base commit.

    Safe to run again: only what is new or changed is done. With --github a token is taken from GITHUB_TOKEN or
    GH_TOKEN; without one it is slower. Example:

        mergecheck pull --study my-study
    """
    from mergecheck.report.counts import counts_as_json, print_counts
    from mergecheck.store.counts import count_study
    from mergecheck.store.database import Database
    from mergecheck.study import load_study

    plan = load_study(study)
    access = github_access() if github else None
    pulled, benchmark, scope, decided = _read(plan)
    database = Database.open(plan.database, create=True)
    _save(database, pulled, benchmark, scope, decided)
    problems: list[MergecheckError] = [] if records_only else [*_make_changes(database, plan)]
    if access is not None:
        problems += fetch_into(database, access, github_wait, print_table=not as_json)
    with database.reading() as connection:
        counts = count_study(connection)
    if as_json:
        print_json(counts_as_json(counts))
    else:
        print_counts(counts)
    if problems:
        from mergecheck.errors import Problems

        raise Problems(problems)
    if not records_only:
        talk("Next: `mergecheck assign` draws a round and writes the packets.")


def _read(plan: Study) -> tuple[list[Pulled], list[Instance], list[str], list[str]]:
    from mergecheck.errors import Problems
    from mergecheck.sources.benchmark import load_benchmark
    from mergecheck.sources.run import read_run
    from mergecheck.sources.scope import in_scope
    from mergecheck.study import require_submissions

    configs = require_submissions(plan)
    source = plan.benchmark.source
    benchmark = load_benchmark(source, plan.benchmark.split)
    scope = in_scope(benchmark, plan.benchmark.repositories, plan.benchmark.instances, where=str(plan.file))
    pulled = [_golden(benchmark, scope)]
    decided: list[str] = []
    problems: list[MergecheckError] = []
    with progress("reading submissions", len(configs)) as advance:
        for config in configs:
            try:
                run = read_run(config, benchmark, source, scope)
            except Problems as error:
                problems += error.problems
            else:
                pulled.append(_pulled(run))
                decided += run.for_journal
                if config.released_note:
                    talk(f"Warning: {config.name}: {config.released_note}")
            advance()
    if problems:
        raise Problems(problems)
    return pulled, benchmark, scope, decided


def _pulled(run: Run) -> Pulled:
    from mergecheck.records import Submission
    from mergecheck.store.attempts import Pulled

    config = run.config
    return Pulled(
        submission=Submission(config.name, config.model, config.released, config.agent),
        attempts=run.attempts,
        skips=run.skips,
        rows_read=run.rows_read,
        formats=run.formats,
        notes=run.notes,
        not_mentioned=run.not_mentioned,
        without_patch=run.without_patch,
    )


def _golden(benchmark: Sequence[Instance], scope: Sequence[str]) -> Pulled:
    from mergecheck.records import GOLDEN, Submission
    from mergecheck.sources.golden import golden_attempts
    from mergecheck.store.attempts import Pulled

    attempts, skips = golden_attempts(benchmark, set(scope))
    human = Submission(GOLDEN, "", None, "", is_golden=True)
    return Pulled(human, attempts, skips, len(benchmark), ("benchmark",), (), ())


def _save(
    database: Database,
    pulled: Sequence[Pulled],
    benchmark: Sequence[Instance],
    scope: Sequence[str],
    decided: Sequence[str],
) -> None:
    from mergecheck.store.attempts import keep_only, save_benchmark, save_submission
    from mergecheck.store.database import write_journal

    with database.writing() as connection:
        save_benchmark(connection, benchmark, set(scope))
        for one in pulled:
            save_submission(connection, one)
        gone = keep_only(connection, {one.submission.name for one in pulled})
        names = ", ".join(one.submission.name for one in pulled)
        write_journal(connection, "pull", f"{len(scope)} instances; {names}")
        for line in decided:
            write_journal(connection, "pull", line)
    for name in gone:
        talk(f"{name} is no longer in study.toml and is left out of the study.")


def _make_changes(database: Database, plan: Study) -> list[ChangeError]:
    from mergecheck.changes.batch import make_changes
    from mergecheck.changes.canonical import made_with as made_with_today
    from mergecheck.changes.mirrors import Mirrors
    from mergecheck.errors import ChangeError
    from mergecheck.store.attempts import pending, save_made

    made_with = made_with_today(plan.policies)
    with database.reading() as connection:
        tasks = pending(connection, made_with)
    done: list[tuple[Pending, Made]] = []
    problems: dict[str, ChangeError] = {}
    untried: Counter[str] = Counter()

    def save() -> None:
        with database.writing() as connection:
            save_made(connection, done, made_with)
        done.clear()

    mirrors = Mirrors(plan.clone_url, tell=talk)
    with progress("applying patches", len(tasks)) as advance:
        for task, result in make_changes(tasks, mirrors, policies=plan.policies):
            if isinstance(result, ChangeError):
                problems[str(result)] = result
            else:
                done.append((task, result))
                untried.update(str(rung) for rung in result.missing)
            if len(done) >= BATCH:
                save()
            advance()
    save()
    for rung, times in untried.items():
        talk(f"Warning: `{rung}` is not installed here; {times} patches that git refuses were not tried by it.")
    return list(problems.values())

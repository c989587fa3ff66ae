"""A submission: its predictions and its grades, read as they lie there, every row accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Attempt, Grade, Skip
from mergecheck.sources.documents import decode, read_bytes
from mergecheck.sources.finding import Found, find
from mergecheck.sources.grades import ORDER, GradeBook, Judgement
from mergecheck.sources.rows import Settled, out_of_bounds, settle


@dataclass(frozen=True, slots=True)
class FormatFound:
    """Files of one format that were used.

    `role` is "predictions" or "grades"; `files` are relative to the submission; `count` is the number of rows
    read from them, or of attempts which they graded.
    """

    role: str
    format: str
    files: tuple[str, ...]
    count: int

    def __str__(self) -> str:
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return f"{self.role}: {self.format} in {self.files[0]}{more} ({self.count})"


@dataclass(frozen=True, slots=True)
class SubmissionRead:
    """Everything that was read of a submission.

    A row is a record of the predictions file that is used, or a `patch.diff` where there is no such file;
    and, for each instance that none of these mentions, its mention by graders, counted once however many
    grade files mention it (under the one to believe first). A second predictions file that agrees with the
    first is compared with it and adds no rows. Each row is an attempt or a skip:
    `rows_read == len(attempts) + len(skips)`.

    Attempts are in the order of their instances, at most one each, and lie in benchmark ∩ scope; what that
    holds and the run nowhere mentions is `not_mentioned`. `graded_another_patch` names attempts whose grade
    comes from a report beside a `patch.diff` that differs from the prediction: the grade is of that other
    patch. `whole_by` is the run report that says that the run was over all of the benchmark, "" where none
    does. `settled` are attempts on which graders disagree and `grades` decided. `notes` are for the user to read.
    """

    name: str
    attempts: tuple[Attempt, ...]
    skips: tuple[Skip, ...]
    not_mentioned: tuple[str, ...]
    rows_read: int
    found: tuple[FormatFound, ...]
    notes: tuple[str, ...]
    graded_another_patch: tuple[str, ...] = ()
    whole_by: str = ""
    settled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rows_read != len(self.attempts) + len(self.skips):
            raise AssertionError(f"{self.name}: {self.rows_read} rows read and not all of them accounted for")

    @property
    def formats(self) -> tuple[str, ...]:
        """What was found, a line a format, for people and for the record."""
        return tuple(str(one) for one in self.found)

    @property
    def with_patch(self) -> int:
        """Number of attempts that have a patch."""
        return sum(1 for attempt in self.attempts if attempt.patch)

    @property
    def grades(self) -> Counter[Grade]:
        """Number of attempts by grade."""
        return Counter(attempt.grade for attempt in self.attempts)


def read_submission(
    name: str,
    path: Path,
    benchmark: Collection[str],
    scope: Collection[str] | None = None,
    grades: str = "",
) -> SubmissionRead:
    """Read a submission's folder, or a predictions file with the grades that lie beside it.

    Args:
        name: the submission's name in the study.
        path: a folder in any of the layouts in use, or a predictions file.
        benchmark: ids of all instances of the benchmark.
        scope: ids of those that the study is about; None for all.
        grades: the file, folder or kind of source that counts where others disagree with it; "" for none.

    Raises:
        SourceError: one thing is wrong: a path that is not there, no predictions, damaged JSON, a patch that
            is no text, two different patches for an instance, predictions files that differ, grades that
            disagree.
        Problems: several are, each a SourceError.
    """
    instances = frozenset(benchmark)
    wanted = instances if scope is None else instances & frozenset(scope)
    found = find(path)
    settled = settle(name, found.predictions.rows, instances, wanted)
    book = GradeBook(found.grades, grades)
    judged = {instance: book.judge(instance, row.patch, row.file) for instance, row in settled.taken.items()}
    mentioned, skipped = _mentioned_by_graders(name, found, book, instances, wanted)
    judged |= {instance: book.judge_without_patch(instance) for instance in mentioned}
    _refuse([*settled.problems, *(one.problem for _, one in sorted(judged.items()) if one.problem)])
    attempts = tuple(_attempt(name, instance, judged[instance], settled, mentioned) for instance in sorted(judged))
    other_patch = _graded_another_patch(attempts, found)
    return SubmissionRead(
        name=name,
        attempts=attempts,
        skips=tuple(
            sorted((*settled.skips, *skipped), key=lambda skip: (skip.file, skip.row or 0, skip.instance or ""))
        ),
        not_mentioned=tuple(sorted(wanted - judged.keys())),
        rows_read=len(found.predictions.rows) + len(mentioned) + len(skipped),
        found=_formats(found, attempts),
        notes=(*found.notes, *_notes(judged, other_patch)),
        graded_another_patch=other_patch,
        settled=tuple(instance for instance, one in sorted(judged.items()) if one.settled),
        whole_by=next((one.file for one in found.grades if one.total == len(instances)), ""),
    )


def _refuse(problems: list[SourceError]) -> None:
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(problems)


def _mentioned_by_graders(
    name: str, found: Found, book: GradeBook, benchmark: AbstractSet[str], scope: AbstractSet[str]
) -> tuple[dict[str, str], list[Skip]]:
    """Instances that only graders mention: in scope with the file that does, and skips for the others."""
    predicted = {row.instance for row in found.predictions.rows}
    mentioned: dict[str, str] = {}
    skips: list[Skip] = []
    for instance, statement in book.mentions().items():
        if instance in predicted:
            continue
        outside = out_of_bounds(name, statement.file, None, instance, benchmark, scope)
        if outside is None:
            mentioned[instance] = statement.file
        else:
            skips.append(outside)
    return mentioned, skips


def _attempt(
    name: str, instance: str, judgement: Judgement, settled: Settled, mentioned: dict[str, str]
) -> Attempt:
    row = settled.taken.get(instance)
    attempt = Attempt(name, instance, "", judgement.grade, judgement.source)
    if row is None:
        return replace(attempt, file=mentioned[instance])
    return replace(attempt, patch=row.patch, file=row.file, row=row.row)


def _graded_another_patch(attempts: tuple[Attempt, ...], found: Found) -> tuple[str, ...]:
    """Attempts graded by a report that lies beside another patch than theirs.

    White space at the end is not compared: some writers drop the final newline.
    """
    beside = {patch.folder: patch for patch in found.folder.patches}
    reports = {report.file: report for report in found.folder.reports}
    differing: list[str] = []
    for attempt in attempts:
        report = reports.get(attempt.grade_source)
        patch = beside.get(report.folder) if report and attempt.patch else None
        if patch is None or patch.file == attempt.file:
            continue
        graded, _ = decode(read_bytes(patch.path, patch.file), patch.file)
        if graded.rstrip() != attempt.patch.rstrip():
            differing.append(attempt.instance)
    return tuple(differing)


def _formats(found: Found, attempts: tuple[Attempt, ...]) -> tuple[FormatFound, ...]:
    files = tuple(dict.fromkeys(row.file for row in found.predictions.rows)) or (found.predictions.file,)
    formats = [FormatFound("predictions", found.predictions.format, files, len(found.predictions.rows))]
    graded = Counter(attempt.grade_source for attempt in attempts)
    for kind in ORDER:
        of_kind = [grade_file for grade_file in found.grades if grade_file.format == kind]
        used = tuple(sorted(one.file for one in of_kind if graded[one.file]))
        if used:
            formats.append(FormatFound("grades", kind, used, sum(graded[file] for file in used)))
    return tuple(formats)


def _notes(judged: dict[str, Judgement], other_patch: tuple[str, ...]) -> list[str]:
    by_note: dict[str, list[str]] = {}
    for instance, judgement in sorted(judged.items()):
        if judgement.note:
            by_note.setdefault(judgement.note, []).append(instance)
    if other_patch:
        by_note["graded by a report beside another patch than the prediction"] = list(other_patch)
    return [
        f"{len(instances)} attempt{'s' if len(instances) > 1 else ''} {note}: "
        + ", ".join(instances[:5])
        + (" …" if len(instances) > 5 else "")
        for note, instances in by_note.items()
    ]

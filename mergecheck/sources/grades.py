"""Grades: what graders said of a run's patches, put together from all the files that say something.

Five kinds of source, in this order: the harness's report on one instance, its report on the run, an Inspect log,
lists of outcomes (the leaderboard's `results.json`, the first harness's `report.json`), and what an agent's own
record says. The first that has a verdict gives the grade; a later one fills gaps. Sources that disagree on whether
an attempt is resolved are refused, as nothing here can tell which of them is right, unless `grades` in study.toml
names the one to believe.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mergecheck.errors import SourceError
from mergecheck.records import Grade
from mergecheck.sources.predictions import PredictionFile

INSTANCE_REPORT = "instance report"
RUN_REPORT = "run report"
INSPECT_LOG = "Inspect log"
RESULT_LISTS = "result lists"
FIRST_HARNESS = "first harness's lists"
RECORD = "agent's record"

ORDER = (INSTANCE_REPORT, RUN_REPORT, INSPECT_LOG, RESULT_LISTS, FIRST_HARNESS, RECORD)
"""The kinds of source, the one to believe first first."""

_VERDICTS = (Grade.RESOLVED, Grade.UNRESOLVED, Grade.ERROR)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one file says of one instance: a grade, or (`ungraded`) only that the run attempted it."""

    instance: str
    grade: Grade
    file: str
    format: str

    @property
    def rank(self) -> tuple[int, str]:
        """Sorts statements by the order of their sources, then by file."""
        return ORDER.index(self.format), self.file


@dataclass(frozen=True, slots=True)
class GradeFile:
    """What one file says of a run.

    `rest_unresolved`: a patch that it does not list is not resolved. `total`: of how many instances the run was,
    where the file says so.
    """

    file: str
    format: str
    statements: tuple[Statement, ...]
    rest_unresolved: bool = False
    problems: tuple[SourceError, ...] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """An attempt's grade and the file that gave it ("" where none did).

    `settled`: others say otherwise, and study.toml says whom to believe.
    """

    grade: Grade
    source: str
    problem: SourceError | None = None
    note: str = ""
    settled: bool = False


class GradeBook:
    """All that the files of a submission say, by instance.

    Args:
        files: everything that grades it.
        believed: the file, folder or kind of source whose verdicts count where others disagree; "" for none.

    Raises:
        SourceError: nothing that grades this submission is called so.
    """

    def __init__(self, files: Iterable[GradeFile], believed: str = "") -> None:
        self.files = tuple(sorted(files, key=lambda file: (ORDER.index(file.format), file.file)))
        self._said: dict[str, list[Statement]] = defaultdict(list)
        for file in self.files:
            for statement in file.statements:
                self._said[statement.instance].append(statement)
        self._closed = [file for file in self.files if file.rest_unresolved]
        folder = f"{believed.rstrip('/')}/"
        self._believed = {
            file.file
            for file in self.files
            if believed in (file.file, file.format) or (believed and file.file.startswith(folder))
        }
        if believed and not self._believed:
            raise SourceError(
                f"nothing here that grades is called {believed}", where="grades", fix=f"there is {self._sources()}"
            )

    def _sources(self) -> str:
        """What `grades` may name: files, and the kinds of which there are many."""
        count = Counter(file.format for file in self.files)
        names = [file.file for file in self.files if count[file.format] == 1]
        return ", ".join([*(kind for kind in ORDER if count[kind] > 1), *names]) or "none"

    def _deciding(self, instance: str, said: list[Statement]) -> tuple[list[Statement], bool]:
        """The statements that decide, and whether others contradict them."""
        believed = [one for one in said if one.file in self._believed]
        if not any(one.grade in (*_VERDICTS, Grade.EMPTY) for one in believed):
            return said, False
        settled = _contradiction(instance, said) is not None and _contradiction(instance, believed) is None
        return believed, settled

    def mentions(self) -> dict[str, Statement]:
        """Every instance that a grader says the run attempted, with the first statement about it."""
        return {instance: min(said, key=lambda one: one.rank) for instance, said in self._said.items()}

    def judge(self, instance: str, patch: str, prediction_file: str) -> Judgement:
        """The grade of an attempt that a predictions file holds.

        An empty patch is `empty` whatever a grader says. A grader who found no patch where there is one
        graded something else: that is no grade.
        """
        said = sorted(self._said.get(instance, ()), key=lambda one: one.rank)
        if not patch:
            by_grader = next((one.file for one in said if one.grade is Grade.EMPTY), prediction_file)
            odd = next((one.file for one in said if one.grade is Grade.RESOLVED), None)
            return Judgement(Grade.EMPTY, by_grader, note="empty, and yet resolved by the grader" if odd else "")
        listed = {one.file for one in said}
        said += [
            Statement(instance, Grade.UNRESOLVED, file.file, file.format)
            for file in self._closed
            if file.file not in listed
        ]
        said.sort(key=lambda one: one.rank)
        said, settled = self._deciding(instance, said)
        problem = _contradiction(instance, said)
        verdict = next((one for one in said if one.grade in _VERDICTS), None)
        if verdict is not None:
            return Judgement(verdict.grade, verdict.file, problem, settled=settled)
        missed = any(one.grade is Grade.EMPTY for one in said)
        note = "has a patch, and the grader found none" if missed else ""
        return Judgement(Grade.UNGRADED, "", problem, note, settled)

    def judge_without_patch(self, instance: str) -> Judgement:
        """The grade of an attempt that graders mention and no predictions file does."""
        said, settled = self._deciding(instance, sorted(self._said[instance], key=lambda one: one.rank))
        problem = _contradiction(instance, said)
        for wanted in (_VERDICTS, (Grade.EMPTY,)):
            for one in said:
                if one.grade in wanted:
                    note = "graded, and its patch is not there" if one.grade in _VERDICTS else ""
                    return Judgement(one.grade, one.file, problem, note, settled)
        return Judgement(Grade.UNGRADED, "", problem, "submitted, and its patch is not there")


def _contradiction(instance: str, said: list[Statement]) -> SourceError | None:
    resolved = next((one for one in said if one.grade is Grade.RESOLVED), None)
    against = next((one for one in said if one.grade not in (Grade.RESOLVED, Grade.UNGRADED)), None)
    if resolved is None or against is None:
        return None
    return SourceError(
        f"{instance} is resolved in {resolved.file} and {against.grade} in {against.file}",
        where=f"{resolved.file}, {against.file}",
        fix="find out which of them graded these patches and move the other out of the folder, or name it: "
        f'grades = "{resolved.file}" or grades = "{against.file}" in study.toml',
    )


def of_records(predictions: PredictionFile) -> GradeFile | None:
    """The grades in the records of a predictions file: `resolved`, true or false; None where there are none.

    A row without a patch says that the run attempted the instance and wrote nothing.
    """
    statements = [
        Statement(
            row.instance,
            Grade.EMPTY if not row.patch else Grade.RESOLVED if row.resolved else Grade.UNRESOLVED,
            predictions.file,
            RECORD,
        )
        for row in predictions.rows
        if not row.patch or row.resolved is not None
    ]
    graded = any(row.resolved is not None for row in predictions.rows)
    return GradeFile(predictions.file, RECORD, tuple(statements)) if graded else None

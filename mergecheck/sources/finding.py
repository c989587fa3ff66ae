"""Which files of a submission are its predictions, which its grades, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mergecheck.errors import Problems, SourceError
from mergecheck.sources.documents import Document, read_document
from mergecheck.sources.folder import INSPECT, Folder, InFolder, look_through
from mergecheck.sources.grades import GradeFile, of_records
from mergecheck.sources.grades_instance import instance_reports, looks_like_instance_reports
from mergecheck.sources.grades_lists import looks_like_lists, outcome_lists
from mergecheck.sources.inspect_log import inspect_log, looks_like_inspect_log, read_eval
from mergecheck.sources.leaderboard import where_the_logs_are
from mergecheck.sources.predictions import (
    PATCH_FOLDER,
    PredictionFile,
    as_predictions,
    disagreement,
    from_patch_files,
    looks_like_predictions,
)

_GRADE_MARKS = ('"resolved', '"unresolved', '"no_generation"')
# What may lie beside a predictions file that is named itself: no more is entered, it may lie anywhere.
_BESIDE = ("logs", "results", "run_evaluation")
_LAYOUTS = (
    "predictions are a JSON lines, JSON list or JSON object file with instance_id and model_patch, or a folder "
    "of logs/<instance>/patch.diff; where a leaderboard keeps its logs elsewhere, fetch them first"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The predictions that are used, everything that grades them, and the folder as it was listed."""

    predictions: PredictionFile
    grades: tuple[GradeFile, ...]
    folder: Folder
    notes: tuple[str, ...]


class _Sorter:
    """Sorts documents into predictions, grades, unusable and other, collecting problems on the way."""

    def __init__(self) -> None:
        self.predictions: list[PredictionFile] = []
        self.grades: list[GradeFile] = []
        self.problems: list[SourceError] = []
        self.notes: list[str] = []
        self.not_used: list[str] = []

    def take(self, item: InFolder, *, named: bool = False) -> None:
        """Read one document and put it where it belongs. `named`: the user says that it is predictions."""
        try:
            is_eval = item.path.suffix == INSPECT
            document = read_eval(item.path, item.file) if is_eval else read_document(item.path, item.file)
        except SourceError as error:
            self.problems.append(error)
            return
        if looks_like_inspect_log(document):
            logged, grades = inspect_log(document)
            self.grade(grades, document)
            if logged is not None:
                self.predictions.append(logged)
                self.problems += logged.problems
        elif (predictions := as_predictions(document)) is not None:
            self.predictions.append(predictions)
            self.problems += predictions.problems
            self.notes += predictions.notes
        elif document.damage and (named or _matters(document)):
            self.problems += document.damage
        elif named or (document.empty and looks_like_predictions(document)):
            self.problems.append(SourceError("this file holds no predictions", where=item.file, fix=_LAYOUTS))
        elif (graded := _grades(document, item)) is not None:
            self.grade(graded, document)
        else:
            self.not_used.append(item.file)

    def report(self, item: InFolder) -> None:
        """Read one instance's report from the logs."""
        try:
            document = read_document(item.path, item.file)
        except SourceError as error:
            self.problems.append(error)
            return
        self.grade(instance_reports(document, item.instance, in_logs=True), document)

    def grade(self, grades: GradeFile, document: Document) -> None:
        """Keep a grade file."""
        self.grades.append(grades)
        self.problems += grades.problems
        self.notes += document.notes


def find(path: Path) -> Found:
    """Read the files of a submission and tell them apart by what is in them.

    Raises:
        SourceError, Problems: see `read_submission`.
    """
    if not path.exists():
        raise SourceError(
            "there is no such file or folder", where=str(path), fix="check `path`; it is relative to study.toml"
        )
    if path.is_dir():
        return _in_folder(path)
    return _file(path)


def _in_folder(root: Path) -> Found:
    folder = look_through(root)
    sorter = _Sorter()
    for item in folder.documents:
        sorter.take(item)
    used: PredictionFile | None = None
    if sorter.predictions:
        used, *others = sorted(sorter.predictions, key=PredictionFile.rank)
        for other in others:
            damaged = used.problems or other.problems
            if not damaged and (problem := disagreement(used, other)) is not None:
                sorter.problems.append(problem)
            sorter.notes.append(f"{other.file} holds predictions too; {used.file} is used")
    elif folder.patches:
        used = _patches(folder.patches, sorter)
    elif not sorter.problems:
        command = where_the_logs_are(root)
        if command:
            what, fix = "no predictions are here: this submission's logs are kept in object storage", command
        else:
            what, fix = "no predictions are here", _LAYOUTS
        sorter.problems.append(SourceError(what, where=str(root), fix=fix))
    return _found(used, sorter, folder, sorter.predictions)


def _file(path: Path) -> Found:
    sorter = _Sorter()
    sorter.take(InFolder(path, path.name), named=True)
    folder = look_through(path.parent, within=_BESIDE)
    beside = _Sorter()
    with_records = list(sorter.predictions)
    if sorter.predictions:
        for item in folder.documents:
            if item.path != path:
                beside.take(item)
        foreign = [other.file for other in beside.predictions if disagreement(sorter.predictions[0], other)]
        if foreign:
            # The grades that lie here may be those of the other run.
            folder = Folder((), (), ())
            sorter.notes.append(
                f"{foreign[0]} holds other predictions, so no grades beside {path.name} are read: "
                "give each submission a folder of its own"
            )
        else:
            sorter.grades += beside.grades
            sorter.problems += beside.problems
            sorter.notes += beside.notes
            with_records += beside.predictions
    return _found(sorter.predictions[0] if sorter.predictions else None, sorter, folder, with_records)


def _found(
    used: PredictionFile | None, sorter: _Sorter, folder: Folder, with_records: Iterable[PredictionFile]
) -> Found:
    for item in folder.reports:
        sorter.report(item)
    sorter.grades += [grades for predictions in with_records if (grades := of_records(predictions)) is not None]
    if used is None or sorter.problems:
        if len(sorter.problems) == 1:
            raise sorter.problems[0]
        raise Problems(sorter.problems)
    if len(used.models) > 1:
        sorter.notes.append(f"{used.file} names several models: {', '.join(sorted(used.models))}")
    if sorter.not_used:
        sorter.notes.append(f"not used, neither predictions nor grades: {', '.join(sorter.not_used)}")
    return Found(used, tuple(sorter.grades), folder, tuple(sorter.notes))


def _patches(patches: tuple[InFolder, ...], sorter: _Sorter) -> PredictionFile:
    try:
        predictions = from_patch_files(patches)
    except SourceError as error:
        sorter.problems.append(error)
        return PredictionFile(PATCH_FOLDER, PATCH_FOLDER, ())
    sorter.notes += predictions.notes
    return predictions


def _matters(document: Document) -> bool:
    return looks_like_predictions(document) or any(mark in document.text for mark in _GRADE_MARKS)


def _grades(document: Document, item: InFolder) -> GradeFile | None:
    if looks_like_lists(document):
        return outcome_lists(document)
    if looks_like_instance_reports(document):
        return instance_reports(document, item.instance, in_logs=False)
    return None

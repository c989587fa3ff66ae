"""The harness's report on one instance, keyed by the instance or not."""

from __future__ import annotations

from mergecheck.errors import SourceError
from mergecheck.records import Grade
from mergecheck.sources.documents import Document, is_object, pairs_of
from mergecheck.sources.grades import INSTANCE_REPORT, GradeFile, Statement

_FIX = "fetch the report again, or delete it to leave the instance ungraded"


def looks_like_instance_reports(document: Document) -> bool:
    """Whether a document outside the logs holds reports: one, or an object of them keyed by instance."""
    value = document.value
    if not is_object(value):
        return False
    return _is_report(value) or (
        bool(value) and all(is_object(item) and _is_report(item) for item in value.values())
    )


def instance_reports(document: Document, folder: str, *, in_logs: bool) -> GradeFile:
    """What a `report.json` says.

    A report that could not apply its patch is `unresolved`, one that found no patch `empty`.

    Args:
        document: the parsed file.
        folder: name of the folder around it, which is the instance where the report is not keyed.
        in_logs: the folder belongs to one instance, so a report keyed by another one is a problem.
    """
    value = document.value
    if document.damage or not is_object(value):
        problems = document.damage or (SourceError("this is no report", where=document.file, fix=_FIX),)
        return GradeFile(document.file, INSTANCE_REPORT, (), problems=problems)
    reports = [(folder, value)] if "resolved" in value else pairs_of(value)
    statements: list[Statement] = []
    problems_found: list[SourceError] = []
    for instance, report in reports:
        if in_logs and instance != folder:
            problems_found.append(
                SourceError(
                    f"this report is about {instance}, and its folder is {folder}", where=document.file, fix=_FIX
                )
            )
        elif not is_object(report) or not _is_report(report):
            problems_found.append(
                SourceError(
                    f"the field resolved must be true or false ({instance})", where=document.file, fix=_FIX
                )
            )
        else:
            statements.append(Statement(instance, _grade(report), document.file, INSTANCE_REPORT))
    if not reports:
        problems_found.append(SourceError("this report is empty", where=document.file, fix=_FIX))
    return GradeFile(document.file, INSTANCE_REPORT, tuple(statements), problems=tuple(problems_found))


def _is_report(value: dict[str, object]) -> bool:
    return isinstance(value.get("resolved"), bool)


def _grade(report: dict[str, object]) -> Grade:
    if report["resolved"]:
        return Grade.RESOLVED
    nothing = report.get("patch_is_None") is True or report.get("patch_exists") is False
    return Grade.EMPTY if nothing else Grade.UNRESOLVED

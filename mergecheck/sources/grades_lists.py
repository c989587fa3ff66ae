"""Lists of instance ids by outcome: the harness's run reports, and what came before them."""

from __future__ import annotations

from mergecheck.errors import SourceError
from mergecheck.records import Grade
from mergecheck.sources.documents import Document, is_object
from mergecheck.sources.grades import FIRST_HARNESS, RESULT_LISTS, RUN_REPORT, GradeFile, Statement

# Outcomes in the order in which they count where an instance stands in several lists.
_RUN_REPORT = {
    "resolved_ids": Grade.RESOLVED,
    "error_ids": Grade.ERROR,
    "failed_ids": Grade.ERROR,
    "unresolved_ids": Grade.UNRESOLVED,
    "empty_patch_ids": Grade.EMPTY,
    "pending_ids": Grade.UNGRADED,
    "completed_ids": Grade.UNGRADED,
    "submitted_ids": Grade.UNGRADED,
}
_OUTCOMES = {
    "resolved": Grade.RESOLVED,
    "install_fail": Grade.ERROR,
    "reset_failed": Grade.ERROR,
    "test_errored": Grade.ERROR,
    "no_logs": Grade.ERROR,
    "no_apply": Grade.UNRESOLVED,
    "test_timeout": Grade.UNRESOLVED,
    "applied": Grade.UNRESOLVED,
    "generated": Grade.UNGRADED,
    "with_logs": Grade.UNGRADED,
    "no_generation": Grade.EMPTY,
}
_STAGES = ("generated", "with_logs", "applied")
# An applied patch may be resolved; these lists say that it is not.
_NOT_RESOLVED = {
    "error_ids", "failed_ids", "unresolved_ids", "empty_patch_ids",
    "install_fail", "reset_failed", "test_errored", "no_logs", "no_apply", "test_timeout",
}  # fmt: skip


def looks_like_lists(document: Document) -> bool:
    """Whether a document holds outcomes by list: `resolved_ids`, or `resolved` as a list."""
    return is_object(document.value) and any(
        isinstance(document.value.get(key), list) for key in ("resolved_ids", "resolved")
    )


def outcome_lists(document: Document) -> GradeFile:
    """What a run report, a `results.json` or the first harness's `report.json` says.

    - Run reports, schema 2 and 1 (which has no `unresolved_ids`: there, completed and not resolved is
      unresolved). `error_ids` are `error`. `incomplete_ids` were not run and are not mentioned.
    - The first harness: `install_fail`, `reset_failed`, `test_errored` and a patch without logs are `error`;
      applied and not resolved, not applied, and timed out are `unresolved`. `no_generation` is `empty` only
      where nothing else is said: its rows may have been superseded by a patch.
    - The leaderboard's `results.json` lists what is resolved, has no logs (`error`) or was not generated;
      a patch that it does not list is `unresolved`.
    """
    value = document.value
    if not is_object(value):
        raise TypeError(f"{document.file} holds no lists")
    run_report = isinstance(value.get("resolved_ids"), list)
    staged = any(key in value for key in _STAGES)
    kind = RUN_REPORT if run_report else FIRST_HARNESS if staged else RESULT_LISTS
    lists: dict[str, list[str]] = {}
    problems: list[SourceError] = []
    for key in _RUN_REPORT if run_report else _OUTCOMES:
        if key in value:
            lists[key] = _ids(document.file, key, value[key], problems)
    outcomes = _run_report(lists) if run_report else _staged(lists)
    problems += _torn(document.file, lists)
    statements = tuple(
        Statement(instance, grade, document.file, kind) for instance, grade in sorted(outcomes.items())
    )
    total = value.get("total_instances")
    return GradeFile(
        document.file,
        kind,
        statements,
        kind == RESULT_LISTS,
        tuple(problems),
        total if run_report and type(total) is int else None,
    )


def _ids(file: str, key: str, value: object, problems: list[SourceError]) -> list[str]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    problems.append(
        SourceError("this must be a list of instance ids", where=f"{file}, {key}", fix="fetch the file again")
    )
    return []


def _first_of(lists: dict[str, list[str]], order: dict[str, Grade]) -> dict[str, Grade]:
    outcomes: dict[str, Grade] = {}
    for key, grade in order.items():
        for instance in lists.get(key, ()):
            outcomes.setdefault(instance, grade)
    return outcomes


def _run_report(lists: dict[str, list[str]]) -> dict[str, Grade]:
    order = dict(_RUN_REPORT)
    if "unresolved_ids" not in lists:
        order["completed_ids"] = Grade.UNRESOLVED
    return _first_of(lists, order)


def _staged(lists: dict[str, list[str]]) -> dict[str, Grade]:
    outcomes = _first_of(lists, _OUTCOMES)
    if "with_logs" in lists:
        for instance in set(lists.get("generated", ())) - set(lists["with_logs"]):
            if outcomes[instance] is Grade.UNGRADED:
                outcomes[instance] = Grade.ERROR
    return outcomes


def _torn(file: str, lists: dict[str, list[str]]) -> list[SourceError]:
    """Instances which one and the same file calls resolved and not resolved."""
    resolved = {*lists.get("resolved_ids", ()), *lists.get("resolved", ())}
    return [
        SourceError(
            f"{instance} stands in {key} too, and is called resolved",
            where=f"{file}, {key}",
            fix="run the grader again, or take the instance out of one of the lists",
        )
        for key in sorted(_NOT_RESOLVED & lists.keys())
        for instance in sorted(resolved.intersection(lists[key]))
    ]

"""Inspect's evaluation logs: the patches and the grades of a run in one file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mergecheck.errors import SourceError
from mergecheck.records import Grade
from mergecheck.sources.documents import Document, capped, is_object
from mergecheck.sources.grades import INSPECT_LOG, GradeFile, Statement
from mergecheck.sources.predictions import PredictionFile, as_predictions

_PATCH = "model_patch"
_SCORER = "swe_bench_scorer"
_RESOLVED = (1, "C")
_UNRESOLVED = (0, "I", "N")


def read_eval(path: Path, file: str) -> Document:
    """An `.eval` file as the document that it would be in Inspect's JSON format.

    Raises:
        SourceError: `inspect-ai` is not installed, which alone can read these files, or it refuses this one.
    """
    try:
        from inspect_ai.log import read_eval_log
    except ImportError as error:
        raise SourceError(
            "an Inspect log can only be read where inspect-ai is installed",
            where=file,
            fix=f"pip install inspect-ai, or make it JSON: inspect log convert {path.name} --to json",
        ) from error
    try:
        log = read_eval_log(str(path))
        # Transcripts make up nearly all of a log, and hold neither a patch nor a grade.
        samples = [
            sample.model_dump(mode="json", include={"id", "epoch", "scores", "error"})
            for sample in log.samples or ()
        ]
    except Exception as error:  # whatever its reader meets in a damaged file
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise SourceError(
            f"this Inspect log cannot be read ({reason})", where=file, fix="fetch the file again"
        ) from error
    return Document(file, "", value={"eval": {"model": log.eval.model}, "samples": samples})


def looks_like_inspect_log(document: Document) -> bool:
    """Whether a document is an Inspect log: an `eval` object and a list of `samples`."""
    value = document.value
    return is_object(value) and is_object(value.get("eval")) and isinstance(value.get("samples"), list)


def inspect_log(document: Document) -> tuple[PredictionFile | None, GradeFile]:
    """The patches and the grades of a log; no predictions where no score in it carries a patch.

    A sample is an instance by its `id`. The score that counts is the one with a `model_patch` in its metadata,
    else `swe_bench_scorer`'s, else the only one; 1, true and "C" are resolved, 0, false, "I" and "N" not. A
    sample that ended in an error has no score and is `error`. Epochs after the first are refused.
    """
    value = document.value
    assert is_object(value)
    listed = value["samples"]
    assert isinstance(listed, list)
    statements: list[Statement] = []
    records: list[tuple[int, object]] = []
    problems: list[SourceError] = []
    patched = False
    for number, sample in enumerate(listed, 1):
        instance = sample.get("id") if is_object(sample) else None
        if not is_object(sample) or not isinstance(instance, str):
            problems.append(_wrong(document, number, "a sample's id must be an instance's"))
            continue
        if sample.get("epoch", 1) != 1:
            what = f"{instance} was run more than once, and a submission has one attempt an instance"
            problems.append(_wrong(document, number, what, "give the log of one epoch"))
            continue
        score = _score(sample.get("scores"))
        grade = Grade.ERROR if score is None and sample.get("error") else _grade(score)
        if grade is None:
            what = f"the scores of {instance} do not say whether it is resolved"
            problems.append(_wrong(document, number, what))
            continue
        metadata = score.get("metadata") if score else None
        patch = metadata.get(_PATCH) if is_object(metadata) else None
        patched = patched or patch is not None
        statements.append(Statement(instance, grade, document.file, INSPECT_LOG))
        records.append((number, {"instance_id": instance, _PATCH: patch}))
    grades = GradeFile(document.file, INSPECT_LOG, tuple(statements), problems=capped(problems, document.file))
    if not patched:
        return None, grades
    predictions = as_predictions(Document(document.file, "", lines=tuple(records), notes=document.notes))
    assert predictions is not None
    return replace(predictions, format=INSPECT_LOG), grades


def _score(scores: object) -> dict[str, object] | None:
    found = {name: score for name, score in scores.items() if is_object(score)} if is_object(scores) else {}
    for score in found.values():
        metadata = score.get("metadata")
        if is_object(metadata) and _PATCH in metadata:
            return score
    return found.get(_SCORER) or (next(iter(found.values())) if len(found) == 1 else None)


def _grade(score: dict[str, object] | None) -> Grade | None:
    if score is None:
        return Grade.UNGRADED
    value = score.get("value")
    if value in _RESOLVED:
        return Grade.RESOLVED
    return Grade.UNRESOLVED if value in _UNRESOLVED else None


def _wrong(
    document: Document, number: int, what: str, fix: str = "name the log of a SWE-bench task, or take it away"
) -> SourceError:
    return SourceError(what, where=f"{document.file}, sample {number}", fix=fix)

"""Predictions: what a run says its patches are, in each of the serialisations in use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mergecheck.errors import SourceError
from mergecheck.sources.documents import Document, RepeatedKeys, capped, decode, is_object, pairs_of, read_bytes
from mergecheck.sources.folder import InFolder

PATCH_FOLDER = "patch.diff folder"

_KEYS = {"instance_id": "model_patch", "instanceId": "modelPatch"}
_PATCH_KEYS = tuple(_KEYS.values())
# The harness's own names first; then any other name. Within a name, snake_case before camelCase.
_NAMES = ("all_preds.jsonl", "preds.json", "preds.jsonl", "predictions.jsonl", "predictions.json")
_MARKS = ("instance_id", "instanceId", *_PATCH_KEYS)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One row of a predictions file.

    `patch` is "" where it is null, empty or nothing but white space. `row` is the line in JSON lines, the
    position from 1 in a list or an object, None where the file is one patch. `resolved` is what the record
    itself says, where it does.
    """

    instance: str
    patch: str
    file: str
    row: int | None
    resolved: bool | None = None

    @property
    def where(self) -> str:
        """File and row, for people."""
        return self.file if self.row is None else f"{self.file}, row {self.row}"


@dataclass(frozen=True, slots=True)
class PredictionFile:
    """The predictions of one file (or of all `patch.diff` of a folder), in its order."""

    file: str
    format: str
    rows: tuple[Prediction, ...]
    models: frozenset[str] = frozenset()
    problems: tuple[SourceError, ...] = ()
    notes: tuple[str, ...] = ()

    def rank(self) -> tuple[bool, int, int, str]:
        """Sorts the harness's own file before others."""
        name = self.file.rsplit("/", 1)[-1]
        known = _NAMES.index(name) if name in _NAMES else len(_NAMES)
        return self.format.startswith("camelCase"), known, self.file.count("/"), self.file


def looks_like_predictions(document: Document) -> bool:
    """Whether damaged text may have been predictions: it has their name, or one of their fields."""
    name = document.file.rsplit("/", 1)[-1]
    return name in _NAMES or any(mark in document.text for mark in _MARKS)


def as_predictions(document: Document) -> PredictionFile | None:
    """The predictions in a document; None where it holds something else.

    JSON lines, a JSON list, a JSON object keyed by instance, or one record; with `instance_id` and
    `model_patch`, or `instanceId` and `modelPatch`.
    """
    serialisation, records = _records(document)
    if not any(is_object(value) and any(key in value for key in _PATCH_KEYS) for _, _, value in records):
        return None
    rows: list[Prediction] = []
    problems = list(document.damage)
    models: set[str] = set()
    camel = False
    for row, key, value in records:
        try:
            rows.append(_prediction(document.file, row, key, value))
        except SourceError as error:
            problems.append(error)
        if is_object(value):
            camel = camel or "modelPatch" in value
            models |= {name for name in (value.get("model_name_or_path"),) if isinstance(name, str)}
    return PredictionFile(
        document.file,
        f"camelCase {serialisation}" if camel else serialisation,
        tuple(rows),
        frozenset(models),
        capped(problems, document.file),
        document.notes,
    )


def _records(document: Document) -> tuple[str, list[tuple[int, str | None, object]]]:
    """Name of the serialisation, and (row, key or None, record) for each record."""
    if document.lines is not None:
        return "JSON lines", [(number, None, value) for number, value in document.lines]
    value = document.value
    if isinstance(value, list):
        return "JSON list", [(row, None, item) for row, item in enumerate(value, 1)]
    if is_object(value):
        if any(key in value for key in _PATCH_KEYS):
            return "JSON record", [(1, None, value)]
        return "JSON object by instance", [(row, key, item) for row, (key, item) in enumerate(pairs_of(value), 1)]
    return "", []


def _prediction(file: str, row: int, key: str | None, value: object) -> Prediction:
    where = f"{file}, row {row}"
    if not is_object(value):
        raise SourceError(
            "a prediction must be a JSON object",
            where=where,
            fix="write instance_id and model_patch, or delete it",
        )
    id_key, patch_key = next(
        ((an_id, patch) for an_id, patch in _KEYS.items() if patch in value),
        next(((an_id, patch) for an_id, patch in _KEYS.items() if an_id in value), ("instance_id", "model_patch")),
    )
    if isinstance(value, RepeatedKeys) and (twice := value.repeated() & {id_key, patch_key, "resolved"}):
        raise SourceError(
            f"the field {', '.join(sorted(twice))} occurs twice", where=where, fix="keep one of them"
        )
    instance = value.get(id_key, key)
    if not isinstance(instance, str) or not instance.strip():
        raise SourceError(
            f"the field {id_key} must name an instance",
            where=where,
            fix="write the instance id, or delete the row",
        )
    if key is not None and instance != key:
        raise SourceError(
            f"the record under {key} names the instance {instance}", where=where, fix="make both the same"
        )
    if patch_key not in value:
        raise SourceError(
            f"the field {patch_key} is missing ({instance})", where=where, fix="write the patch, or null for none"
        )
    resolved = value.get("resolved")
    return Prediction(
        instance,
        _patch(value[patch_key], f"{where}, {patch_key}", instance),
        file,
        row,
        resolved if isinstance(resolved, bool) else None,
    )


def _patch(patch: object, where: str, instance: str) -> str:
    if patch is None:
        return ""
    if not isinstance(patch, str):
        kind = {bool: "true or false", int: "a number", float: "a number", list: "a list"}.get(
            type(patch), "an object"
        )
        raise SourceError(
            f"a patch must be text or null, this is {kind} ({instance})",
            where=where,
            fix="write the diff as one string, or null for none",
        )
    try:
        patch.encode()
    except UnicodeEncodeError as error:
        raise SourceError(
            f"this patch holds half a surrogate pair, which no text file can hold ({instance})",
            where=f"{where}, character {error.start + 1}",
            fix="write the patch again from the agent's working tree, or null for none",
        ) from error
    return patch if patch.strip() else ""


def from_patch_files(patches: Iterable[InFolder]) -> PredictionFile:
    """The predictions of a folder of `<instance>/patch.diff`: the older layout of the leaderboard.

    Raises:
        SourceError: a patch cannot be read.
    """
    rows: list[Prediction] = []
    notes: list[str] = []
    for found in patches:
        text, encoding = decode(read_bytes(found.path, found.file), found.file)
        if encoding == "latin-1":
            notes.append(f"{found.file} is not UTF-8: read as Latin-1")
        rows.append(Prediction(found.instance, text if text.strip() else "", found.file, None))
    return PredictionFile(PATCH_FOLDER, PATCH_FOLDER, tuple(rows), notes=tuple(notes))


def disagreement(used: PredictionFile, other: PredictionFile) -> SourceError | None:
    """What is wrong where two files claim to be the predictions of one run; None where they agree.

    They agree where every patch of `other` is in `used`, and `other` leaves none empty that `used` has. An
    instance that `other` does not mention is no disagreement.
    """
    ours, theirs = _patches(used), _patches(other)
    differing = sorted(
        instance for instance, patches in theirs.items() if not _agree(ours.get(instance, set()), patches)
    )
    if not differing:
        return None
    some = ", ".join(differing[:5]) + (" …" if len(differing) > 5 else "")
    return SourceError(
        f"{used.file} and {other.file} hold different patches for {len(differing)} "
        f"instance{'s' if len(differing) > 1 else ''} ({some})",
        where=f"{used.file}, {other.file}",
        fix="keep the one that was graded and move the other out of the folder, or give that file as `path`",
    )


def _patches(predictions: PredictionFile) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in predictions.rows:
        found[row.instance].add(row.patch)
    return found


def _agree(ours: set[str], theirs: set[str]) -> bool:
    # An empty row beside a patch is superseded by it, so it says nothing.
    return theirs - {""} == ours - {""}

"""The benchmark: SWE-bench and its siblings, from the hub, a folder in its layout, or one file."""

from __future__ import annotations

import errno
import glob
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Instance
from mergecheck.sources.documents import capped, is_object, read_document

Row = tuple[int, dict[str, object]]

NEEDED = ("instance_id", "repo", "base_commit", "patch", "problem_statement")
"""Fields that every row must have, as text that is not empty."""

OPTIONAL = ("test_patch", "difficulty", "created_at", "hints_text")

_NOT_WRITTEN = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT)

_JSON = (".json", ".jsonl", ".ndjson")
_FILES = (*_JSON, ".parquet")
_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
# Repositories become paths of mirrors and commits become arguments of git: neither may be more than a name.
_REPOSITORY = re.compile(r"(?!\.)[\w.-]+/(?!\.{1,2}$)[\w.-]+")
_COMMIT = re.compile(r"\w[\w.-]*")


def load_benchmark(source: str, split: str = "test") -> list[Instance]:
    """Read a benchmark's instances, in the order of its rows.

    Hub names, folders in the hub's layout and parquet files go through `datasets`; what is on disk is
    streamed, so that nothing is written. A JSON or JSON lines file is read directly: `datasets` would turn
    dates into times, refuse a column that begins with nulls, and not say where a file is damaged.

    SWE-bench and its siblings (Lite, Verified, Multimodal, Multilingual, Live, Pro) name the needed fields alike.
    A split whose patches are not published is refused. What was loaded by name once is in the library's cache,
    which serves it again where the hub cannot be reached.

    Args:
        source: a name on the hub (`owner/name`), a folder, or a `.parquet`, `.json`, `.jsonl` file.
        split: which split of it; a single file is one split, whatever its name.

    Raises:
        SourceError, Problems: there is no such thing; it cannot be reached; a field is missing, null, empty
            or no text; an instance id occurs twice. Rows count from 1 (in JSON lines: lines).
    """
    path = Path(source).expanduser()
    if path.is_dir():
        rows = _from_folder(path, split)
    elif path.is_file():
        rows = _from_json(path) if path.suffix.lower() in _JSON else _from_parquet([path], split)
    elif _HUB_NAME.fullmatch(source) and not source.lower().endswith(_FILES):
        rows = _from_hub(source, split)
    else:
        raise SourceError(
            "there is no such file or folder",
            where=source,
            fix="check the path, or give a name on the hub, as in SWE-bench/SWE-bench_Verified",
        )
    return _instances(rows, source)


def _from_hub(name: str, split: str) -> list[Row]:
    from datasets import load_dataset

    return _loaded(
        lambda: load_dataset(name, split=split),
        name,
        "if this is a path, there is no such folder; if it is a name on the hub, check it and the network, "
        "or download it where there is one and give the folder's path",
    )


def _from_folder(folder: Path, split: str) -> list[Row]:
    from datasets import load_dataset

    if str(folder.resolve()) != glob.escape(str(folder.resolve())):
        # The library would take the folder's name for a pattern and has no escape for it; for files it has.
        return _from_parquet(sorted(folder.rglob(f"{split}-*.parquet")) or [folder], split)
    try:
        return _loaded(
            lambda: load_dataset(str(folder), split=split, streaming=True),
            str(folder),
            "a folder must be in the hub's layout, as in data/test-00000-of-00001.parquet, and hold the split "
            f"{split}; or give the path of one file in it",
        )
    except SourceError:
        # `datasets` does not say which file is damaged, nor where.
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in _JSON and path.is_file():
                _refuse(list(read_document(path, str(path)).damage))
        raise


def _from_parquet(paths: Sequence[Path], split: str) -> list[Row]:
    from datasets import load_dataset

    # The library takes paths for patterns: a name with [ or * in it must be escaped.
    files = {split: [glob.escape(str(path.resolve())) for path in paths]}
    return _loaded(
        lambda: load_dataset("parquet", data_files=files, split=split, streaming=True),
        ", ".join(map(str, paths)),
        "give a parquet, JSON or JSON lines file; if it is one, fetch it again",
    )


def _loaded(load: Callable[[], Iterable[dict[str, object]]], source: str, fix: str) -> list[Row]:
    """The rows of a data set, only the fields that are used; whatever the library raises, as SourceError."""
    from datasets.exceptions import DatasetsError
    from huggingface_hub import errors as hub

    # The hub's client raises its transport's own errors; which library that is differs by version.
    transport: type[Exception] = getattr(hub, "HTTPError", OSError)
    fields = (*NEEDED, *OPTIONAL)
    try:
        return [
            (number, {field: row[field] for field in fields if field in row})
            for number, row in enumerate(load(), 1)
        ]
    except (DatasetsError, transport, OSError, ValueError, TypeError, RuntimeError, StopIteration) as error:
        reason = " ".join(str(error.__cause__ or error).split())[:300] or type(error).__name__
        if isinstance(error, OSError) and error.errno in _NOT_WRITTEN:
            fix = "`datasets` keeps its locks there: make room, or set HF_HOME to a folder that you may write to"
        raise SourceError(f"this benchmark cannot be loaded ({reason})", where=source, fix=fix) from error


def _from_json(path: Path) -> list[Row]:
    document = read_document(path, str(path))
    _refuse(list(document.damage))
    values = document.lines
    if values is None:
        if not isinstance(document.value, list):
            raise SourceError(
                "a benchmark must be JSON lines or a JSON list of objects"
                if not document.empty
                else "no rows here",
                where=str(path),
                fix="write one object an instance",
            )
        values = tuple(enumerate(document.value, 1))
    rows: list[Row] = []
    problems: list[SourceError] = []
    for number, value in values:
        if is_object(value):
            rows.append((number, value))
        else:
            problems.append(
                SourceError(
                    "an instance must be a JSON object",
                    where=f"{path}, row {number}",
                    fix="mend the row, or delete it",
                )
            )
    _refuse(list(capped(problems, str(path))))
    return rows


def _instances(rows: list[Row], source: str) -> list[Instance]:
    if not rows:
        raise SourceError("this benchmark has no rows", where=source, fix="check the path and the split")
    present = {field for _, row in rows for field in row}
    _refuse(
        [
            SourceError(
                f"the field {field} is missing",
                where=source,
                fix=f"a benchmark's rows need {', '.join(NEEDED)}; check that this is one",
            )
            for field in NEEDED
            if field not in present
        ]
    )
    instances: list[Instance] = []
    problems: list[SourceError] = []
    first_row: dict[str, int] = {}
    for number, row in rows:
        wrong = _wrong_fields(row, f"{source}, row {number}")
        problems += wrong
        if wrong:
            continue
        instance = _instance(row)
        if instance.id in first_row:
            problems.append(
                SourceError(
                    f"the instance id {instance.id} stands in row {first_row[instance.id]} already",
                    where=f"{source}, row {number}, instance_id",
                    fix="keep one of the two rows",
                )
            )
        first_row.setdefault(instance.id, number)
        instances.append(instance)
    _refuse(list(capped(problems, source)))
    return instances


def _wrong_fields(row: dict[str, object], where: str) -> list[SourceError]:
    """What is wrong with a row's fields, each named."""
    named = row.get("instance_id")
    about = f" ({named})" if isinstance(named, str) and named.strip() else ""
    wrong: list[SourceError] = []
    for field in (*NEEDED, "test_patch"):
        value = row.get(field)
        if value is None:
            problem = "is missing or null" if field in NEEDED else ""
        elif not isinstance(value, str):
            problem = f"must be text, and is {type(value).__name__}"
        elif not value.strip():
            problem = "is empty" if field in NEEDED else ""
        elif field == "repo" and not _REPOSITORY.fullmatch(value):
            problem = "must be owner/name"
        elif field == "base_commit" and not _COMMIT.fullmatch(value):
            problem = "must be a commit"
        else:
            problem = "" if _is_writable(value) else "holds half a surrogate pair, which no text file can hold"
        if problem:
            fix = "mend the row, or delete it"
            wrong.append(SourceError(f"the field {field} {problem}{about}", where=f"{where}, {field}", fix=fix))
    return wrong


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _instance(row: dict[str, object]) -> Instance:
    return Instance(
        id=str(row["instance_id"]),
        repo=str(row["repo"]),
        base_commit=str(row["base_commit"]),
        problem_statement=str(row["problem_statement"]),
        golden_patch=str(row["patch"]),
        test_patch=str(row.get("test_patch") or ""),
        difficulty=_label(row.get("difficulty")),
        created_at=_label(row.get("created_at")),
        hints=_hints(row.get("hints_text")),
    )


def _hints(value: object) -> str:
    """What was said of an issue later; some siblings of the benchmark have a list of comments there."""
    if isinstance(value, list):
        return "\n\n".join(part for part in map(_hints, value) if part)
    return _label(value) or ""


def _label(value: object) -> str | None:
    """An optional field as text: dates in ISO 8601, and what siblings of the benchmark hold there as JSON."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, sort_keys=True, default=str)


def _refuse(problems: list[SourceError]) -> None:
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(problems)

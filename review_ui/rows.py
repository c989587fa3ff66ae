"""Rows of an answers-from file: JSON lines or CSV, read as text by field, each with its line."""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mergecheck.errors import AnswersError, MergecheckError
from review_ui.fields import GUESS_FIELDS, VERDICT_FIELDS

FIELDS = ("item", "position", *VERDICT_FIELDS, *GUESS_FIELDS, "why")
"""`item` is the blind id, `position` the number in the list; one of them is enough. `why` makes a correction."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands ("FILE, line 3") and its fields; blank ones are left out."""

    where: str
    fields: dict[str, str]


def read_rows(path: Path) -> tuple[list[Row], list[MergecheckError]]:
    """The rows of a file, by its ending, and everything that is wrong with its form.

    Raises:
        AnswersError: the file cannot be read at all.
    """
    readers = {".jsonl": _json_lines, ".ndjson": _json_lines, ".csv": _csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise AnswersError(
            f"the ending {path.suffix or '(none)'} says neither CSV nor JSON lines",
            where=str(path),
            fix="name it .csv or .jsonl",
        )
    rows: list[Row] = []
    problems: list[MergecheckError] = []
    for found in reader(path, _text(path)):
        if isinstance(found, Row):
            unknown = [_unknown(found.where, name) for name in found.fields if name not in FIELDS]
            problems += unknown
            if not unknown:
                rows.append(found)
        else:
            problems.append(found)
    return rows, problems


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise AnswersError(f"cannot be read ({error.strerror})", where=str(path), fix="check the path") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise AnswersError(
            "this is not UTF-8", where=f"{path}, line {line}", fix="save the file as UTF-8"
        ) from error


def _unknown(where: str, name: str) -> AnswersError:
    near = difflib.get_close_matches(name, FIELDS, n=1)
    fix = f"did you mean {near[0]}?" if near else "the fields are " + ", ".join(FIELDS)
    return AnswersError("there is no such field", where=f"{where}, field {name}", fix=fix)


def _json_lines(path: Path, text: str) -> Iterator[Row | MergecheckError]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            data = json.loads(line)
        except ValueError as error:
            yield AnswersError(f"the line is not JSON ({error})", where=where, fix="one object a line")
            continue
        if not isinstance(data, dict):
            yield AnswersError("the line is no JSON object", where=where, fix='write {"item": …, "decision": …}')
            continue
        yield from _json_row(where, data)


def _json_row(where: str, data: dict[str, object]) -> Iterator[Row | MergecheckError]:
    fields: dict[str, str] = {}
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            yield AnswersError("give a text or a number", where=f"{where}, field {name}")
            return
        text = "" if value is None else str(value)
        if text.strip():
            fields[name] = text
    yield Row(where, fields)


def _csv(path: Path, text: str) -> Iterator[Row | MergecheckError]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            where, line = f"{path}, line {line}", reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                yield from _check_header(where, header)
            elif len(cells) != len(header):
                yield AnswersError(
                    f"the row has {len(cells)} cells, the head {len(header)}",
                    where=where,
                    fix="put texts with commas or line breaks in double quotes",
                )
            else:
                yield Row(where, {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()})
    except csv.Error as error:
        yield AnswersError(f"the CSV breaks off ({error})", where=f"{path}, line {line}", fix="check the quotes")


def _check_header(where: str, header: list[str]) -> Iterator[MergecheckError]:
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield AnswersError("the column stands there twice", where=f"{where}, field {name}", fix="keep one")
    # Told here once, not again for every row.
    for name in header:
        if name not in FIELDS:
            yield _unknown(where, name)

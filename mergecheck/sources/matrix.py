"""A table of grades without patches: CSV, a row an instance and a column a submission."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Collection, Iterator
from pathlib import Path

from mergecheck.errors import Problems, SourceError
from mergecheck.records import Attempt, Grade, Skip
from mergecheck.sources.documents import capped, decode, read_bytes
from mergecheck.sources.rows import out_of_bounds
from mergecheck.sources.submission import FormatFound, SubmissionRead

SUFFIX = ".csv"
FORMAT = "CSV matrix"

_ID = ("instance_id", "id", "instance")
_WORDS = {
    "1": Grade.RESOLVED, "1.0": Grade.RESOLVED, "true": Grade.RESOLVED, "resolved": Grade.RESOLVED,
    "0": Grade.UNRESOLVED, "0.0": Grade.UNRESOLVED, "false": Grade.UNRESOLVED, "unresolved": Grade.UNRESOLVED,
    "empty": Grade.EMPTY, "error": Grade.ERROR,
}  # fmt: skip
Cell = tuple[int, str, Grade]


def read_matrix(
    name: str, path: Path, column: str | None, benchmark: Collection[str], scope: Collection[str]
) -> SubmissionRead:
    """One column as a submission whose attempts have grades and no patches.

    A cell is 1 or 0 (also 1.0, true, resolved; 0.0, false, unresolved), `empty` or `error`. A blank one was not
    run: it is no row, and the run does not mention the instance.

    Args:
        name: the submission's name in the study.
        path: the file; its first line names the columns, the instances stand in `instance_id`, `id`, `instance`
            or else the first of them.
        column: which one; None where there is only one.
        benchmark: ids of all instances of the benchmark.
        scope: ids of those that the study is about.

    Raises:
        SourceError, Problems: no such column, a cell that says none of this, an instance graded in two ways.
    """
    text, encoding = decode(read_bytes(path, path.name), path.name)
    cells = _cells(path.name, text, column)
    instances, wanted = frozenset(benchmark), frozenset(scope) & frozenset(benchmark)
    attempts: dict[str, Attempt] = {}
    skips: list[Skip] = []
    problems: list[SourceError] = []
    for line, instance, grade in cells:
        outside = out_of_bounds(name, path.name, line, instance, instances, wanted)
        known = attempts.get(instance)
        if outside is not None:
            skips.append(outside)
        elif known is None:
            attempts[instance] = Attempt(name, instance, "", grade, path.name, path.name, line)
        elif known.grade is grade:
            detail = f"the same grade for {instance} stands in line {known.row}"
            skips.append(Skip(name, path.name, line, instance, "duplicate", detail))
        else:
            problems.append(
                SourceError(
                    f"{instance} is {known.grade} in line {known.row} and {grade} here",
                    where=f"{path.name}, line {line}",
                    fix="keep one of the two lines",
                )
            )
    _refuse(problems, path.name)
    return SubmissionRead(
        name=name,
        attempts=tuple(attempts[instance] for instance in sorted(attempts)),
        skips=tuple(skips),
        not_mentioned=tuple(sorted(wanted - attempts.keys())),
        rows_read=len(cells),
        found=(FormatFound("grades", FORMAT, (path.name,), len(attempts)),),
        notes=(f"{path.name} is not UTF-8: read as Latin-1",) if encoding == "latin-1" else (),
    )


def _cells(file: str, text: str, column: str | None) -> list[Cell]:
    lines = _lines(file, text)
    header = next(lines, (1, []))[1]
    place = next((header.index(word) for word in _ID if word in header), 0)
    chosen = _column(file, [word for number, word in enumerate(header) if number != place], column)
    at = header.index(chosen)
    cells: list[Cell] = []
    problems: list[SourceError] = []
    for number, line in lines:
        if len(line) != len(header):
            what = f"this line has {len(line)} cells, and the first {len(header)}"
        elif not line[at].strip():
            continue
        elif (grade := _WORDS.get(line[at].strip().lower())) is None:
            what = f"{line[at]!r} is no grade ({chosen})"
        else:
            cells.append((number, line[place].strip(), grade))
            continue
        fix = "write 1 for resolved, 0 for unresolved, nothing where it was not run"
        problems.append(SourceError(what, where=f"{file}, line {number}", fix=fix))
    _refuse(problems, file)
    return cells


def _lines(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """(line number from 1, cells) of every line that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for line in reader:
            if line:
                yield reader.line_num, line
    except csv.Error as error:
        raise SourceError(
            f"this is no CSV ({error})", where=f"{file}, line {reader.line_num}", fix="mend the line"
        ) from error


def _column(file: str, columns: list[str], wanted: str | None) -> str:
    if wanted is None and len(columns) == 1:
        return columns[0]
    if wanted is not None and columns.count(wanted) == 1:
        return wanted
    listed = ", ".join(columns) or "none"
    near = difflib.get_close_matches(wanted or "", columns, n=1)
    if wanted is None:
        what, fix = "a matrix of grades has a column for each submission", "name one"
    elif wanted in columns:
        what, fix = f"the column {wanted} stands twice", "rename one of them"
    else:
        what, fix = f"there is no column {wanted}", f'did you mean "{near[0]}"?' if near else "name one"
    raise SourceError(what, where=file, fix=f'{fix} (column = "…" in study.toml; there are {listed})')


def _refuse(problems: list[SourceError], file: str) -> None:
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Problems(capped(problems, file))

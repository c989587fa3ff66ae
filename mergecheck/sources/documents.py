"""Files as text and as JSON: decoded properly, and damage named by file, line and column."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from mergecheck.errors import SourceError

LINES = (".jsonl", ".ndjson")
SHOWN_PROBLEMS = 20

_REPAIR = "fetch or write the file again, or mend that place by hand"
_CUT_OFF = "it seems to be cut off: fetch or write the file again, or delete what is left of the record"


class RepeatedKeys(dict[str, object]):
    """A JSON object in which a key occurs more than once; `pairs` keeps all of them, in the file's order."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    def repeated(self) -> set[str]:
        """The keys that occur more than once."""
        keys = [key for key, _ in self.pairs]
        return {key for key in keys if keys.count(key) > 1}


@dataclass(frozen=True, slots=True)
class Document:
    """A file that holds JSON, or should.

    `file` is the path as it is shown and recorded (relative to the submission). For JSON lines `lines` holds
    (line number from 1, value) for every line that is not blank; otherwise `value` holds the whole. `damage`
    says what could not be parsed; `empty` that there is nothing but white space in the file.
    """

    file: str
    text: str
    value: object = None
    lines: tuple[tuple[int, object], ...] | None = None
    damage: tuple[SourceError, ...] = ()
    notes: tuple[str, ...] = ()
    empty: bool = False


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a parsed value is a JSON object."""
    return isinstance(value, dict)


def pairs_of(value: dict[str, object]) -> list[tuple[str, object]]:
    """Every key and value of a JSON object, repeated keys included."""
    return value.pairs if isinstance(value, RepeatedKeys) else list(value.items())


def capped(problems: list[SourceError], file: str) -> tuple[SourceError, ...]:
    """At most `SHOWN_PROBLEMS` of a file's problems, and one that counts the rest."""
    if len(problems) <= SHOWN_PROBLEMS:
        return tuple(problems)
    rest = SourceError(f"{len(problems) - SHOWN_PROBLEMS} more problems in this file", where=file)
    return (*problems[:SHOWN_PROBLEMS], rest)


def read_bytes(path: Path, file: str) -> bytes:
    """The bytes of `path`.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"this file cannot be read ({error.strerror})", where=file, fix="check the path and its permissions"
        ) from error


def decode(raw: bytes, file: str) -> tuple[str, str]:
    """Text and encoding ("utf-8", "utf-16" or "latin-1") of some bytes; a byte order mark is stripped.

    Line ends stay as they are. What is not UTF-8 and has no UTF-16 mark is taken as Latin-1, which any bytes
    are: callers say so in a note.

    Raises:
        SourceError: marked as UTF-16 and not UTF-16.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return raw.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise SourceError(
                "this file begins as UTF-16 and is not", where=f"{file}, byte {error.start + 1}", fix=_REPAIR
            ) from error
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return raw.removeprefix(codecs.BOM_UTF8).decode("latin-1"), "latin-1"


def read_document(path: Path, file: str) -> Document:
    """Read a JSON or JSON lines file; which of them it is follows from its text, not from its name alone.

    JSON lines are decoded line by line, so that one line in Latin-1 does not spoil the others.

    Raises:
        SourceError: the file cannot be read at all. Damage inside is in `Document.damage`.
    """
    raw = read_bytes(path, file)
    text, encoding = decode(raw, file)
    if not text.strip():
        return Document(file, text, empty=True)
    notes = (f"{file} is not UTF-8: read as Latin-1",) if encoding == "latin-1" else ()
    if path.suffix.lower() in LINES and not text.lstrip().startswith("["):
        lined = _as_lines(file, raw, text, encoding)
        if not lined.damage or not _begins_with_damage(lined):
            return lined
        whole = _as_whole(file, text, notes)
        return lined if whole.damage else whole
    whole = _as_whole(file, text, notes)
    if whole.damage and text.lstrip().startswith("{"):
        lined = _as_lines(file, raw, text, encoding)
        if lined.lines and not _begins_with_damage(lined):
            return lined
    return whole


def _begins_with_damage(document: Document) -> bool:
    """Whether the first line that is not blank is damaged: then these are hardly JSON lines."""
    first = next(number for number, line in enumerate(document.text.split("\n"), 1) if line.strip())
    return not document.lines or document.lines[0][0] != first


def _as_whole(file: str, text: str, notes: tuple[str, ...]) -> Document:
    try:
        return Document(file, text, value=_parse(text), notes=notes)
    except (ValueError, RecursionError) as error:
        return Document(file, text, damage=(_damage(error, file, text, None),), notes=notes)


def _as_lines(file: str, raw: bytes, text: str, encoding: str) -> Document:
    lines: list[tuple[int, object]] = []
    damage: list[SourceError] = []
    odd: list[str] = []
    # Only "\n" ends a line: str.splitlines would also cut at U+2028 inside a patch.
    decoded = [decode(line, file) for line in raw.split(b"\n")] if encoding == "latin-1" else None
    for number, (line, line_encoding) in enumerate(decoded or ((line, encoding) for line in text.split("\n")), 1):
        if line_encoding == "latin-1":
            odd.append(str(number))
        if not line.strip():
            continue
        try:
            lines.append((number, _parse(line)))
        except (ValueError, RecursionError) as error:
            damage.append(_damage(error, file, line, number))
    notes = (f"{file} is not UTF-8 in line {', '.join(odd[:5])}{' …' * (len(odd) > 5)}: read as Latin-1",)
    return Document(file, text, lines=tuple(lines), damage=capped(damage, file), notes=notes if odd else ())


def _parse(text: str) -> object:
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else RepeatedKeys(pairs)


def _damage(error: Exception, file: str, text: str, line: int | None) -> SourceError:
    if not isinstance(error, json.JSONDecodeError):
        place = file if line is None else f"{file}, line {line}"
        return SourceError(f"this JSON cannot be taken in ({error})", where=place, fix=_REPAIR)
    cut_off = error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip())
    return SourceError(
        f"this is not whole JSON ({error.msg})",
        where=f"{file}, line {error.lineno if line is None else line}, column {error.colno}",
        fix=_CUT_OFF if cut_off else _REPAIR,
    )

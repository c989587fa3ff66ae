"""A file of the study as text and as TOML, before anybody asks what it says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from mergecheck.errors import StudyFileError

_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_SYNTAX_WORDS = (
    (r"Cannot declare \('(.+)',\) twice", r"the table [\1] stands twice"),
    (r"Cannot overwrite a value|Duplicate inline table key .*", "a key stands twice"),
    (r"Illegal character '\\n'|Unterminated string", "a text is not closed: its last quote is missing"),
    (r"Illegal character .*", "a control character stands in a text"),
    (r"Invalid value", "the value is missing or not TOML: texts need quotes, brackets must close"),
    (r"Expected '=' after a key.*", "a key without = and a value"),
    (r"Expected newline or end of document.*", "more follows the value than belongs to it"),
    (r"Expected '\]+' at the end of a table declaration", "the [table] is not closed"),
    (r"Unescaped '\\' in a string", r"a backslash in a text: write it twice, or use 'single quotes'"),
    (r"Invalid statement", "neither a key nor a [table] nor a # comment"),
)


def read_text(file: Path) -> str:
    """The file's text with lines that end in "\\n", without a byte order mark.

    Raises:
        StudyFileError: it is not there, cannot be read, or is not UTF-8.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StudyFileError(f"cannot be read ({error.strerror})", where=str(file)) from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StudyFileError(
            "this is not UTF-8 text", where=f"{file}, line {line}", fix="save it as UTF-8"
        ) from error


def parsed(text: str, file: Path) -> dict[str, Any]:
    """What a TOML text says, with tuples for lists.

    Raises:
        StudyFileError: it is no TOML; with its line.
    """
    try:
        raw = _frozen(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _SYNTAX_PLACE.search(message)
        # Where the text ends too soon, its last line with something on it is the one to look at.
        line = place[1] if place and place[1] else text.rstrip().count("\n") + 1
        what = _SYNTAX_PLACE.sub("", message)
        for pattern, words in _SYNTAX_WORDS:
            if re.fullmatch(pattern, what):
                what = re.sub(pattern, words, what)
                break
        raise StudyFileError(
            f"this is no TOML: {what}", where=f"{file}, line {line}", fix="mend the line"
        ) from error
    assert isinstance(raw, dict)
    return raw


def _frozen(value: object) -> object:
    """Lists as tuples: strict models of frozen records take nothing else."""
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value

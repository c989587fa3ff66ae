"""What is wrong with a study's files, in plain words: pydantic's findings translated, each with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mergecheck.errors import StudyFileError
from mergecheck.study.locate import Place, line_of
from mergecheck.study.tables import LAYOUTS, OURS, Layout

Finding = tuple[Place, str, str]
"""Where it stands, what is wrong, what to do."""

_KINDS = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "date_type": "a date: year-month-day, as in 2025-02-24",
    "tuple_type": "a list in square brackets",
    "literal_error": "one of the words below",
}
_BOUNDS = {"gt": "more than {}", "ge": "at least {}", "lt": "less than {}", "le": "at most {}"}
_SHOWN = 60


def problems(findings: list[Finding], lines: dict[Place, int], file: str) -> list[StudyFileError]:
    """All findings as errors, in the order of the file."""
    placed = sorted(
        ((line_of(lines, place), place, what, fix) for place, what, fix in findings), key=lambda f: f[0]
    )
    return [
        StudyFileError(what, where=f"{file}, line {line}, {dotted(place)}", fix=fix)
        for line, place, what, fix in placed
    ]


def dotted(place: Place) -> str:
    """A place as people write it, rows counted from 1: `submissions[2].released`."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{_key(part)}" for part in place)
    return "".join(parts).removeprefix(".")


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that is most like this one, capitals apart; None where none is alike."""
    by_folded = {each.casefold(): each for each in known}
    near = get_close_matches(word.casefold(), list(by_folded), n=1)
    return by_folded[near[0]] if near else None


def translated(error: ValidationError, layout: Layout) -> Iterator[Finding]:
    """Pydantic's findings in our words."""
    details = error.errors(include_url=False)
    slips = {
        (*detail["loc"][:-1], _slip(detail["loc"], layout))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    for detail in details:
        place = detail["loc"]
        kind = detail["type"]
        if kind == OURS:
            yield place, detail["ctx"]["what"], detail["ctx"]["fix"]
        elif kind == "extra_forbidden":
            yield place, *_unknown(place, detail["input"], layout)
        elif kind != "missing":
            yield place, *_unfit(place, detail, layout)
        elif place not in slips:
            # A misspelt key is one slip: that the right one is missing then goes without saying.
            yield place, *_missing(place, layout)


def _slip(place: Place, layout: Layout) -> str | None:
    """The key of the same table that an unknown key is most like."""
    return nearest(str(place[-1]), list(layout.tables[_path(place[:-1])].model_fields))


def _unknown(place: Place, value: object, layout: Layout) -> tuple[str, str]:
    path, word = _path(place[:-1]), str(place[-1])
    what = f"unknown {'table' if _is_table(value) else 'key'} `{word}`"
    home = _home(path, word, layout)
    near = _slip(place, layout)
    if not home and near is not None:
        return what, f"did you mean `{near}`?"
    known = f"known {_in(path, layout)}: {', '.join(layout.tables[path].model_fields)}"
    return what, f"it belongs {home}; {known}" if home else known


def _home(path: tuple[str, ...], word: str, layout: Layout) -> str:
    """Where a key belongs that is none of its table's; "" where no table of any file has it."""
    others = [other for other in LAYOUTS if other is not layout]
    # The same table of another file says more than another table of this one: both have a `name`.
    for other in others:
        if path in other.tables and word in other.tables[path].model_fields and path:
            return f"{_in(path, other)} of {other.file}"
    for one in (layout, *others):
        for table, model in one.tables.items():
            if word in model.model_fields:
                place = _in((*table, word) if (*table, word) in one.tables else table, one)
                return place if one is layout else f"{place} of {one.file}"
    return ""


def _missing(place: Place, layout: Layout) -> tuple[str, str]:
    path, word = _path(place[:-1]), str(place[-1])
    field = layout.tables[path].model_fields[word]
    example = str(field.examples[0]) if field.examples else '"…"'
    if example.startswith("["):
        return f"the table {example} is missing", f"add {example} with its keys"
    return f"`{word}` is missing", f"add it {_in(path, layout)}, as in {word} = {example}"


def _unfit(place: Place, detail: ErrorDetails, layout: Layout) -> tuple[str, str]:
    """A value of the wrong type or out of range."""
    path, value, kind = _path(place), detail["input"], detail["type"]
    if path in layout.tables and kind in ("tuple_type", "model_type") and isinstance(place[-1], str):
        return _brackets(path, value, many=kind == "tuple_type")
    if kind == "model_type":
        return f"takes a table, not {shown(value)}", "write its keys in curly brackets, or as a table of its own"
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        near = nearest(value, words) if isinstance(value, str) else None
        meant = f'did you mean "{near}"? ' if near else ""
        return f"cannot be {shown(value)}", f"{meant}takes {' or '.join(map(shown, words))}"
    if kind in _KINDS:
        return f"takes {_KINDS[kind]}, not {shown(value)}", _retyped(kind, value)
    if kind == "string_pattern_mismatch":
        return f"cannot be {shown(value)}", "begin with a small letter; then small letters, digits and _"
    if kind == "string_too_short":
        return "is empty", "write the text"
    return f"cannot be {shown(value)}", _range(path, layout)


def _brackets(path: tuple[str, ...], value: object, *, many: bool) -> tuple[str, str]:
    name = ".".join(path)
    if many:
        return f"is a list of blocks, not {_noun(value)}", f"begin each block with [[{name}]], in double brackets"
    return f"is one table, not {_noun(value)}", f"write [{name}] once, in single brackets"


def _retyped(kind: str, value: object) -> str:
    """How to write the same value so that it fits, where that can be told."""
    if kind == "string_type" and isinstance(value, int | float | date):
        return f'write "{shown(value)}", in quotes'
    if kind == "tuple_type" and isinstance(value, str):
        return f"write [{shown(value)}]"
    if kind in ("int_type", "float_type") and isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value):
        return f"write {value}, without quotes"
    if kind == "bool_type" and isinstance(value, str) and value.casefold() in ("true", "false"):
        return f"write {value.casefold()}, without quotes"
    return ""


def _range(path: tuple[str, ...], layout: Layout) -> str:
    """The bounds of a number, from its field, so that one message names both ends."""
    bounds = [
        words.format(getattr(constraint, sign))
        for constraint in layout.tables[path[:-1]].model_fields[path[-1]].metadata
        for sign, words in _BOUNDS.items()
        if hasattr(constraint, sign)
    ]
    return f"takes a number of {' and '.join(bounds)}"


def shown(value: object) -> str:
    """A value as it would stand in the file, cut where it is long."""
    if isinstance(value, str | bool):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, dict | tuple):
        text = _noun(value)
    else:
        text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _noun(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, tuple):
        return "a list of blocks" if _rows(value) else "a list"
    return shown(value)


def _rows(value: tuple[Any, ...]) -> bool:
    return bool(value) and all(isinstance(row, dict) for row in value)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, tuple) and _rows(value))


def _path(place: Place) -> tuple[str, ...]:
    return tuple(part for part in place if isinstance(part, str))


def _in(path: tuple[str, ...], layout: Layout) -> str:
    if not path:
        return "at the top of the file, above the first [table]"
    name = ".".join(path)
    return f"in [[{name}]]" if _is_list(path, layout) else f"in [{name}]"


def _is_list(path: tuple[str, ...], layout: Layout) -> bool:
    parent: type[BaseModel] = layout.tables[path[:-1]]
    return str(parent.model_fields[path[-1]].annotation).startswith("tuple")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)

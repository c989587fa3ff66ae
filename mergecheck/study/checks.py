"""What one value says of another: names taken twice, a reviewer of a repository that is not in the study.

These look at the raw tables, not at the validated ones, so that they also speak where another key is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergecheck.study.analysis import crossed_analysis
from mergecheck.study.config import STUDY_FILE, resolved
from mergecheck.study.locate import Place, line_of
from mergecheck.study.models import known_model, known_names
from mergecheck.study.problems import Finding, nearest, shown

Raw = dict[str, Any]

_LISTS = (("benchmark", "repositories"), ("benchmark", "instances"), ("policies", "keep"), ("analysis", "exclude"))
"""Tables and keys whose lists name each thing once."""


def crossed(raw: Raw, lines: dict[Place, int]) -> Iterator[Finding]:
    """What is wrong between values of `study.toml`; `lines` to say where a taken name was first used."""
    yield from _twice(_names(raw, ("submissions",), "name"), lines)
    for table, key in _LISTS:
        yield from _twice(_texts(_table(raw, table).get(key), (table, key)), lines)
    yield from _undated(raw)
    yield from crossed_analysis(raw)
    yield from _choices(raw, lines)
    if "guidelines" in raw and "guidelines_file" in raw:
        yield ("guidelines_file",), "the guidelines are given twice", "keep `guidelines` or `guidelines_file`"


def crossed_reviewers(raw: Raw, lines: dict[Place, int], study: Raw) -> Iterator[Finding]:
    """What is wrong between reviewers, or between them and the study; `study` is what `study.toml` says."""
    yield from _twice(_names(raw, ("reviewers",), "id"), lines)
    yield from _twice(_github_names(raw), lines)
    yield from _telling_ids(raw)
    yield from _strangers(raw, lines, study)


def guidelines_file(raw: Raw, folder: Path) -> str | Finding | None:
    """The text of the guidelines file, or what is wrong with it; None where no file is named."""
    name = raw.get("guidelines_file")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        return None
    path = resolved(folder, name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        return ("guidelines_file",), f"{path} cannot be read ({error.strerror})", "check the path"
    except UnicodeDecodeError:
        return ("guidelines_file",), f"{path} is not UTF-8 text", "save it as UTF-8"
    if not text.strip():
        return ("guidelines_file",), f"{path} is empty", "write the guidelines, or leave the key out"
    return text


def _undated(raw: Raw) -> Iterator[Finding]:
    """Submissions without a release date whose model is not in the bundled table."""
    for row, submission in _rows(raw, ("submissions",)):
        model = submission.get("model")
        if "released" in submission or not isinstance(model, str) or known_model(model) is not None:
            continue
        near = nearest(model, known_names())
        meant = f"did you mean {shown(near)}? else " if near else ""
        yield (
            ("submissions", row, "released"),
            f"`released` is missing, and the release date of {shown(model)} is not known",
            f"{meant}add the day on which its maker released it to this block, as in released = 2025-08-07",
        )


def _telling_ids(raw: Raw) -> Iterator[Finding]:
    """Pseudonyms that are somebody's GitHub name: pseudonyms go into packets and the database."""
    names = {name for _, name in _github_names(raw)}
    for place, name in _names(raw, ("reviewers",), "id"):
        if name in names:
            yield place, f"{shown(name)} is a GitHub name, and a pseudonym goes into packets", "choose another id"


def _github_names(raw: Raw) -> Iterator[tuple[Place, str]]:
    for row, reviewer in _rows(raw, ("reviewers",)):
        place: Place = ("reviewers", row, "github")
        given = reviewer.get("github")
        named = [(place, given)] if isinstance(given, str) else _texts(given, place)
        yield from ((each, name.lower()) for each, name in named)


def _strangers(raw: Raw, lines: dict[Place, int], study: Raw) -> Iterator[Finding]:
    """Reviewers' repositories that are not among the benchmark's, where those are given."""
    # A dictionary keeps the order of the file and drops what stands twice, which is reported elsewhere.
    inside = list(dict.fromkeys(text for _, text in _texts(_table(study, "benchmark").get("repositories"), ())))
    there = "" if raw is study else f" in {STUDY_FILE}"
    for row, reviewer in _rows(raw, ("reviewers",)):
        named = list(_texts(reviewer.get("repositories"), ("reviewers", row, "repositories")))
        yield from _twice(named, lines)
        for place, text in named:
            if inside and text not in inside:
                near = nearest(text, inside)
                meant = f"did you mean {shown(near)}? " if near else ""
                fix = f"{meant}benchmark.repositories{there} has {', '.join(map(shown, inside))}"
                yield place, f"the study has no repository {shown(text)}", fix


def _choices(raw: Raw, lines: dict[Place, int]) -> Iterator[Finding]:
    form = _table(raw, "form")
    for key in ("reasons", "skip_reasons"):
        if form.get(key) == ():
            yield ("form", key), "leaves nothing to choose from", "name at least one, or leave it out"
        yield from _twice(_names(raw, ("form", key), "key"), lines)


def _twice(
    named: Iterator[tuple[Place, str]] | list[tuple[Place, str]], lines: dict[Place, int]
) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    for place, text in named:
        if text in first:
            line = line_of(lines, first[text])
            yield place, f"{shown(text)} stands twice", f"line {line} has it already; change or remove one"
        else:
            first[text] = place


def _names(raw: Raw, path: tuple[str, ...], key: str) -> Iterator[tuple[Place, str]]:
    for row, table in _rows(raw, path):
        if isinstance(table.get(key), str):
            yield (*path, row, key), table[key]


def _rows(raw: Raw, path: tuple[str, ...]) -> Iterator[tuple[int, Raw]]:
    for name in path[:-1]:
        raw = _table(raw, name)
    rows = raw.get(path[-1])
    for row, table in enumerate(rows if isinstance(rows, tuple) else ()):
        if isinstance(table, dict):
            yield row, table


def _texts(values: object, place: Place) -> Iterator[tuple[Place, str]]:
    for row, value in enumerate(values if isinstance(values, tuple) else ()):
        if isinstance(value, str):
            yield (*place, row), value


def _table(raw: Raw, name: str) -> Raw:
    table = raw.get(name)
    return table if isinstance(table, dict) else {}

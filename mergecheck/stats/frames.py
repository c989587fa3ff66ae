"""The two frames that everything here is computed from: which columns they have, and what may stand in them.

A checked frame has exactly the column types of `ATTEMPTS` and `REVIEWS` (text is `object` with None where a value
is missing) and rows numbered from 0. Columns beyond these are kept as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from mergecheck.errors import StatsError
from mergecheck.records import Author, Decision, Disposition, Front, Grade, Recognised

TEXT, FLAG, NUMBER, WHOLE = "object", "bool", "float64", "Int64"
DATE, TIME = "datetime64[us]", "datetime64[us, UTC]"

ATTEMPTS: Mapping[str, str] = {
    "submission": TEXT,
    "model": TEXT,
    "released": DATE,
    "agent": TEXT,
    "is_golden": FLAG,
    "instance": TEXT,
    "repo": TEXT,
    "difficulty": TEXT,
    "grade": TEXT,
    "disposition": TEXT,
    "candidate": TEXT,
    "same_as_golden": FLAG,
    "sampled": FLAG,
    "inclusion_probability": NUMBER,
    "round": WHOLE,
}
"""Column → dtype of the attempts frame, a row an attempt."""

REVIEWS: Mapping[str, str] = {
    "assignment": TEXT,
    "candidate": TEXT,
    "instance": TEXT,
    "repo": TEXT,
    "reviewer": TEXT,
    "round": WHOLE,
    "wave": WHOLE,
    "position": WHOLE,
    "repeat_of": TEXT,
    "decision": TEXT,
    "decision_final": TEXT,
    "reason": TEXT,
    "progress": NUMBER,
    "confidence": NUMBER,
    "baseline_minutes": NUMBER,
    "active_minutes": NUMBER,
    "guess": TEXT,
    "guess_confidence": NUMBER,
    "recognised": TEXT,
    "skip_reason": TEXT,
    "front": TEXT,
    "simulated": FLAG,
    "submitted_at": TIME,
}
"""Column → dtype of the reviews frame, a row an assignment with its verdict."""

_REQUIRED = {
    "attempts": ("submission", "model", "agent", "instance", "repo", "grade"),
    "reviews": ("assignment", "candidate", "instance", "repo", "reviewer"),
}
_ALLOWED: Mapping[str, type[StrEnum]] = {
    "grade": Grade,
    "disposition": Disposition,
    "decision": Decision,
    "decision_final": Decision,
    "guess": Author,
    "recognised": Recognised,
    "front": Front,
}
_RANGES: Mapping[str, tuple[float, float]] = {
    "inclusion_probability": (0, 1),
    "progress": (0, 100),
    "confidence": (1, 10),
    "guess_confidence": (1, 10),
    "baseline_minutes": (0, 1e6),
    "active_minutes": (0, 1e6),
    "round": (0, float("inf")),
    "wave": (1, float("inf")),
    "position": (1, float("inf")),
}


def empty_attempts() -> pd.DataFrame:
    """An attempts frame without rows, every column with its type."""
    return _empty(ATTEMPTS)


def empty_reviews() -> pd.DataFrame:
    """A reviews frame without rows, every column with its type."""
    return _empty(REVIEWS)


def _empty(columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})


def check_attempts(frame: pd.DataFrame) -> pd.DataFrame:
    """The same attempts with the types of `ATTEMPTS`, rows numbered from 0.

    Raises:
        StatsError: a column is missing or of a wrong type, a value is out of range, an attempt stands twice, a
            submission has two models, an instance two repositories, a candidate two instances, or there are two
            golden submissions; names the column and the row (counted from 0).
    """
    checked = _typed(frame, ATTEMPTS, "attempts")
    _refuse_duplicates(checked, ["submission", "instance"], "attempts")
    for key, columns in (
        ("submission", ("model", "released", "agent", "is_golden")),
        ("instance", ("repo",)),
        ("candidate", ("instance",)),
    ):
        for column in columns:
            _refuse_two(checked, key, column, "attempts")
    golden = checked.loc[checked["is_golden"], "submission"]
    if golden.nunique() > 1:
        row = int(golden.index[golden.ne(golden.iloc[0])][0])
        raise _problem(
            "attempts", row, "is_golden", "there are two golden submissions", "mark one of them as golden"
        )
    drawn_with = checked["inclusion_probability"]
    _refuse_where(
        checked["sampled"] & ~(drawn_with > 0),
        "attempts",
        "inclusion_probability",
        "a sampled attempt needs its inclusion probability, above 0 and at most 1",
    )
    return checked


def check_reviews(frame: pd.DataFrame, attempts: pd.DataFrame) -> pd.DataFrame:
    """The same reviews with the types of `REVIEWS`, rows numbered from 0; `attempts` is a checked frame.

    Raises:
        StatsError: a column is missing or of a wrong type, a value is out of range, an assignment stands twice, a
            candidate is unknown or belongs to another instance, a repeat is of itself, of another candidate's or
            reviewer's assignment, or of repeats alone; names the column and the row (counted from 0).
    """
    checked = _typed(frame, REVIEWS, "reviews")
    _refuse_duplicates(checked, ["assignment"], "reviews")
    _check_repeats(checked)
    made = attempts.dropna(subset="candidate").drop_duplicates("candidate").set_index("candidate")
    unknown = ~checked["candidate"].isin(made.index)
    _refuse_where(unknown, "reviews", "candidate", "no attempt made this candidate")
    for column in ("instance", "repo"):
        differs = checked[column] != checked["candidate"].map(made[column])
        _refuse_where(differs, "reviews", column, f"the attempts give this candidate another {column}")
    return checked


def _check_repeats(reviews: pd.DataFrame) -> None:
    """A repeat shows the same change to the same reviewer again: it is agreement with oneself, and no rate.

    What it repeats may be missing, as in frames that were filtered.
    """
    repeats = reviews["repeat_of"].notna().to_numpy(dtype=bool)
    if not repeats.any():
        return
    before = dict(zip(reviews["assignment"].tolist(), range(len(reviews)), strict=True))
    shown = {column: reviews[column].tolist() for column in ("assignment", "candidate", "reviewer", "repeat_of")}
    for row in np.flatnonzero(repeats).tolist():
        of = shown["repeat_of"][row]
        if of == shown["assignment"][row]:
            raise _repeat(row, "it is a repeat of itself", "give the assignment shown before")
        there = before.get(of)
        if there is None:
            continue
        for column in ("candidate", "reviewer"):
            if shown[column][there] != shown[column][row]:
                raise _repeat(
                    row,
                    f"it is a repeat of {of}, which is of another {column}: "
                    f"{shown[column][there]}, not {shown[column][row]}",
                    "give the assignment that showed this candidate to this reviewer before, "
                    "or nothing where it is a first showing",
                )
        seen = {row}
        while there is not None and there not in seen:
            seen.add(there)
            there = before.get(shown["repeat_of"][there])
        if there is not None:
            raise _repeat(
                row, f"it and {of} are repeats of each other", "leave the one empty that was shown first"
            )


def _repeat(row: int, what: str, fix: str) -> StatsError:
    return _problem("reviews", row, "repeat_of", what, fix)


def cluster(frame: pd.DataFrame) -> pd.Series:
    """The cluster of each row: its instance.

    The only place that decides it, so that intervals, degrees of freedom and resampling cannot disagree.
    """
    return frame["instance"]


def _typed(frame: pd.DataFrame, columns: Mapping[str, str], name: str) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise StatsError(
            f"the type is wrong: {type(frame).__name__}",
            where=name,
            fix=f"give a pandas data frame with the columns {', '.join(columns)}",
        )
    twice = [str(column) for column in frame.columns[frame.columns.duplicated()]]
    if twice:
        raise StatsError(
            "a column stands there twice", where=f"{name}, column {', '.join(twice)}", fix="keep one of the two"
        )
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise StatsError(
            "the column is missing" if len(missing) == 1 else "columns are missing",
            where=f"{name}, column {', '.join(missing)}",
            fix=f"give the columns {', '.join(columns)}",
        )
    plain = frame.reset_index(drop=True)
    converted = {column: _CONVERT[dtype](plain[column], name) for column, dtype in columns.items()}
    checked = pd.DataFrame({column: converted.get(column, plain[column]) for column in plain.columns})
    for column, values in converted.items():
        if column in _REQUIRED[name] and None in (texts := values.tolist()):
            raise _problem(name, texts.index(None), column, "a value is missing")
        if column in _ALLOWED:
            _check_allowed(values, name)
        if column in _RANGES:
            _check_range(values, name)
    return checked


def _check_allowed(values: pd.Series, name: str) -> None:
    column = str(values.name)
    allowed = [member.value for member in _ALLOWED[column]]
    if not set(values).issubset({*allowed, None}):
        wrong = values.notna() & ~values.isin(allowed)
        _refuse_where(wrong, name, column, "the value is not known", f"use one of {', '.join(allowed)}")


def _check_range(values: pd.Series, name: str) -> None:
    low, high = _RANGES[str(values.name)]
    known = values.to_numpy(dtype="float64", na_value=np.nan)
    # A missing value compares false with both.
    outside = (known < low) | (known > high)
    if outside.any():
        fix = f"allowed is {low:g} to {high:g}"
        raise _problem(name, int(outside.argmax()), str(values.name), "the value is out of range", fix)


_NOT_TEXT = "\0"
"""Stands for a value that is no text; no name or key holds this character."""


def _as_text(values: pd.Series, name: str) -> pd.Series:
    known = values.notna().tolist()
    # `str` also turns members of a StrEnum into what is compared with everywhere.
    text = [
        (str(value) if isinstance(value, str) else _NOT_TEXT) if there else None
        for value, there in zip(values.tolist(), known, strict=True)
    ]
    if _NOT_TEXT in text:
        raise _problem(name, text.index(_NOT_TEXT), str(values.name), "the value is no text")
    return pd.Series(text, index=values.index, dtype="object", name=values.name)


def _as_flag(values: pd.Series, name: str) -> pd.Series:
    if values.dtype == "bool":
        return values
    _refuse_where(values.isna(), name, str(values.name), "a value is missing, true or false is needed")
    if not is_bool_dtype(values.dtype) and infer_dtype(values, skipna=False) not in ("boolean", "empty"):
        raise _wrong_type(values, name, "true and false")
    return values.astype("bool")


def _as_number(values: pd.Series, name: str) -> pd.Series:
    if values.dtype == "float64":
        return values
    _numeric(values, name)
    return values.astype("Float64").astype("float64")


def _as_whole(values: pd.Series, name: str) -> pd.Series:
    if values.dtype == "Int64":
        return values
    _numeric(values, name)
    numbers = values.astype("Float64").astype("float64")
    broken = numbers.notna() & (numbers % 1 != 0)
    _refuse_where(broken, name, str(values.name), "the value is no whole number")
    return numbers.astype("Int64")


def _numeric(values: pd.Series, name: str) -> None:
    inferred = infer_dtype(values, skipna=True)
    numeric = is_numeric_dtype(values.dtype) and not is_bool_dtype(values.dtype)
    if not numeric and inferred not in ("integer", "floating", "mixed-integer-float", "empty"):
        raise _wrong_type(values, name, "numbers")


def _as_date(values: pd.Series, name: str) -> pd.Series:
    return _dates(values, name, utc=False).astype("datetime64[us]")


def _as_time(values: pd.Series, name: str) -> pd.Series:
    return _dates(values, name, utc=True).astype("datetime64[us, UTC]")


def _dates(values: pd.Series, name: str, *, utc: bool) -> pd.Series:
    if not values.notna().any():
        return pd.to_datetime(pd.Series([pd.NaT] * len(values), index=values.index, name=values.name), utc=utc)
    known = is_datetime64_any_dtype(values.dtype) or infer_dtype(values, skipna=True) in ("date", "datetime")
    if not known:
        raise _wrong_type(values, name, "dates (datetime64)")
    dates = pd.to_datetime(values, utc=utc)
    if not utc and getattr(dates.dtype, "tz", None) is not None:
        raise _wrong_type(values, name, "dates without a time zone")
    return dates


_CONVERT: Mapping[str, Callable[[pd.Series, str], pd.Series]] = {
    TEXT: _as_text,
    FLAG: _as_flag,
    NUMBER: _as_number,
    WHOLE: _as_whole,
    DATE: _as_date,
    TIME: _as_time,
}


def _refuse_duplicates(frame: pd.DataFrame, key: list[str], name: str) -> None:
    twice = frame.duplicated(key)
    _refuse_where(twice, name, ", ".join(key), "the row stands there twice", "keep one of the two")


def _refuse_two(frame: pd.DataFrame, key: str, column: str, name: str) -> None:
    first: dict[object, object] = {}
    missing = frame[column].isna()
    rows = zip(frame[key].tolist(), frame[column].tolist(), missing.tolist(), strict=True)
    for row, (of, value, unknown) in enumerate(rows):
        given = None if unknown else value
        if of is not None and first.setdefault(of, given) != given:
            raise _problem(name, row, column, f"the same {key} has another {column} elsewhere")


def _refuse_where(wrong: pd.Series, name: str, column: str, what: str, fix: str = "") -> None:
    if bool(wrong.any()):
        raise _problem(name, int(wrong.to_numpy(dtype=bool).argmax()), column, what, fix)


def _problem(name: str, row: int, column: str, what: str, fix: str = "") -> StatsError:
    return StatsError(what, where=f"{name}, row {row}, column {column}", fix=fix)


def _wrong_type(values: pd.Series, name: str, wanted: str) -> StatsError:
    return StatsError(
        f"the type is wrong: {infer_dtype(values, skipna=True)}",
        where=f"{name}, column {values.name}, row {values.notna().to_numpy().argmax()}",
        fix=f"{wanted} are needed",
    )

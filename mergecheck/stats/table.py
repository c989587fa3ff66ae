"""Results as frames: a row an estimate, what it is about first, then the number and all that belongs to it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

import pandas as pd

from mergecheck.stats.estimate import Estimate

ESTIMATE_COLUMNS = tuple(field.name for field in fields(Estimate))
"""estimate, low, high, level, method, n, unit, reason, assumption: what every row of a result ends with."""

_NUMBERS = ("estimate", "low", "high")


def estimate_table(
    about: Sequence[str], rows: Iterable[tuple[Mapping[str, object], Estimate]], *, whole: Sequence[str] = ()
) -> pd.DataFrame:
    """A frame with the columns `about` and `ESTIMATE_COLUMNS`; NaN where there is no number or no limit.

    Args:
        about: the columns that say what an estimate is of.
        rows: values of these columns, and the estimate.
        whole: those of them that hold counts.
    """
    lines = []
    for keys, estimate in rows:
        values = {column: getattr(estimate, column) for column in ESTIMATE_COLUMNS}
        numbers = {name: math.nan if values[name] is None else values[name] for name in _NUMBERS}
        lines.append({**{name: keys[name] for name in about}, **values, **numbers})
    frame = pd.DataFrame(lines, columns=[*about, *ESTIMATE_COLUMNS])
    types = {name: "int64" if name in whole else "object" for name in about}
    types |= dict.fromkeys(("method", "unit", "reason", "assumption"), "object")
    types |= dict.fromkeys((*_NUMBERS, "level"), "float64") | {"n": "int64"}
    return frame.astype(types)

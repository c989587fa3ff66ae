"""`[analysis]` of `study.toml`: what the study means to compute, locked when its first round goes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from mergecheck.errors import StudyFileError
from mergecheck.study.analysis_choices import (
    Baseline,
    Choices,
    Exclusion,
    Interval,
    Outcome,
    Result,
    Several,
    clashes,
    normal_threshold,
)

TABLE = "analysis"


def _threshold(value: str) -> str:
    try:
        return normal_threshold(value)
    except StudyFileError as error:
        # The type that `study.tables.OURS` names, whose context holds our words.
        raise PydanticCustomError("mergecheck", "{what}", {"what": error.what, "fix": error.fix}) from error


class AnalysisTable(BaseModel):
    """`[analysis]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    primary: Result = "level_gap"
    secondary: Result | Literal["none"] = "slope_difference"
    baseline: Baseline = "sample"
    interval: Interval = "jackknife"
    exclude: tuple[Exclusion, ...] = ()
    several: Several = "mean"
    outcome: Outcome = "decision"
    progress: Annotated[str, AfterValidator(_threshold)] = "> 80"

    def choices(self) -> Choices:
        """As `stats` takes it."""
        return Choices(**self.model_dump())


def crossed_analysis(raw: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What is wrong between its values: place, what, what to do. `raw` is the whole file."""
    table = raw.get(TABLE)
    if not isinstance(table, dict):
        return
    fields = AnalysisTable.model_fields
    named = ("primary", "secondary", "baseline", "interval")
    values = [table.get(name, fields[name].default) for name in named]
    for name, what, fix in clashes(*values):
        place = name if name in table else "baseline" if name == "interval" else "primary"
        words = what if place == name else f"does not go with the default of `{name}`, which {what}"
        yield (TABLE, place), words, fix

"""A page of the report: sheets of estimates for a terminal, the same as rows for JSON, and notes beside them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd
from rich.text import Text

from mergecheck.report.fitting import Column
from mergecheck.stats.analysis import Analysis, Note, analyse_checked
from mergecheck.stats.cells import cells
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.jackknife import Sample, sample
from mergecheck.stats.outcomes import KNOWN_REASONS
from mergecheck.stats.scope import score

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Frame = pd.DataFrame | Sequence[DataclassInstance]

Rows = Sequence[Mapping[Hashable, object]]


class Material:
    """What every page is made from: the two frames, checked, and what follows from them.

    Args:
        attempts: the attempts frame.
        reviews: the reviews frame.
        level: confidence level of all intervals.
        reasons: keys of the form's core reasons.
        by_reviewer: whether each reviewer is told apart even where there are few (`report.privacy`).
        checked: the frames were checked before, and not changed since.

    Raises:
        StatsError: a frame is not as `check_attempts` and `check_reviews` want it.
    """

    def __init__(
        self,
        attempts: pd.DataFrame,
        reviews: pd.DataFrame,
        *,
        level: float = 0.95,
        reasons: Sequence[str] = KNOWN_REASONS,
        by_reviewer: bool = False,
        checked: bool = False,
    ) -> None:
        self.attempts = attempts if checked else check_attempts(attempts)
        self.reviews = reviews if checked else check_reviews(reviews, self.attempts)
        self.level = level
        self.reasons = tuple(reasons)
        self.by_reviewer = by_reviewer

    @cached_property
    def scored(self) -> pd.DataFrame:
        """The attempts as `scope.score` gives them."""
        return score(self.attempts, self.reviews)

    @cached_property
    def sample(self) -> Sample:
        """What rates are computed from."""
        return sample(cells(self.scored))

    @cached_property
    def analysis(self) -> Analysis:
        """What the report itself says of them."""
        return analyse_checked(self.attempts, self.reviews, self.level)

    @property
    def verdicts(self) -> int:
        """Assignments with a verdict, repeats included."""
        return int(self.reviews["decision"].notna().sum())

    @property
    def simulated(self) -> int:
        """Those of them that no person gave."""
        return int((self.reviews["decision"].notna() & self.reviews["simulated"]).sum())


@dataclass(frozen=True, slots=True)
class Quantity:
    """A column of estimates, one a row, shown times `scale` with so many `digits` after the point.

    `digits` None is for what is read as a multiple (`words.number`).
    """

    heading: str
    estimates: tuple[Estimate, ...]
    scale: float = 100
    digits: int | None = 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a row a name. `beside` its title stands the unit, `legend` below it; without rows, `nothing`."""

    title: str
    beside: str
    heading: str
    names: tuple[str, ...]
    columns: tuple[Column | Quantity, ...]
    legend: str = ""
    nothing: str = "There is nothing to tell."


@dataclass(frozen=True, slots=True)
class Page:
    """All of one subject. `rows` gives each result's frame under its name."""

    subject: str
    level: float
    verdicts: int
    simulated: int
    sheets: tuple[Sheet, ...]
    rows: Mapping[str, Rows]
    notes: tuple[Note, ...] = ()


def page(
    subject: str,
    material: Material,
    sheets: Sequence[Sheet],
    frames: Mapping[str, Frame],
    notes: Sequence[Note] = (),
) -> Page:
    """A page of this material; frames become rows, and so do dataclasses, a field a column."""
    return Page(
        subject=subject,
        level=material.level,
        verdicts=material.verdicts,
        simulated=material.simulated,
        sheets=tuple(sheets),
        rows={name: _rows(frame) for name, frame in frames.items()},
        notes=tuple(notes),
    )


def _rows(frame: Frame) -> Rows:
    if isinstance(frame, pd.DataFrame):
        return frame.to_dict("records")
    return [{part.name: getattr(one, part.name) for part in fields(one)} for one in frame]


def texts(heading: str, cells: Sequence[object]) -> Column:
    """A column of text or counts; None is a dash."""
    return Column(heading, tuple(Text("–" if cell is None else str(cell)) for cell in cells))

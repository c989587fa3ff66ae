"""Whole simulated studies, grades included, and the true value of every rate: for tests, coverage, planning."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy import special

from mergecheck.errors import StatsError
from mergecheck.records import GOLDEN, Disposition, Grade
from mergecheck.stats.frames import ATTEMPTS, check_attempts
from mergecheck.stats.generate import (
    Parameters,
    acceptance_by_difficulty,
    answered,
    difficulty,
    intercept,
    normal,
    quadrature,
    truth,
    uniform,
)


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulated submission: its name (and its model's), the model's release date, its marginal pass rate."""

    name: str
    released: date
    pass_rate: float


@dataclass(frozen=True, slots=True)
class Design:
    """What is simulated.

    A grader passes an attempt with probability expit(α + grade_sd·(shared·z + √(1 − shared²)·u)): z is the
    instance's difficulty to reviewers, u another part of it that submissions share, α gives the marginal pass
    rate. Golden is drawn for a share of the instances; each candidate goes to `reviewers_each` of the
    reviewers, drawn at random, in a random wave, and with probability `overlap` to one more of them.
    """

    submissions: tuple[Simulated, ...]
    n_instances: int
    reviewers: tuple[str, ...] = ("ada", "ben", "cleo", "dan")
    reviewers_each: int = 1
    golden_share: float = 1.0
    grade_sd: float = 2.0
    shared: float = 0.3
    overlap: float = 0.0

    def __post_init__(self) -> None:
        if self.n_instances < 1 or not 0 <= self.golden_share <= 1 or not -1 <= self.shared <= 1:
            raise StatsError("instances, golden share or shared difficulty out of range", where="design")
        if not 1 <= self.reviewers_each <= len(self.reviewers):
            raise StatsError(f"{self.reviewers_each} of {len(self.reviewers)} reviewers", where="reviewers_each")
        if not 0 <= self.overlap <= 1 or (self.overlap and self.reviewers_each == len(self.reviewers)):
            raise StatsError(
                f"an overlap of {self.overlap:g} of {len(self.reviewers)} reviewers, {self.reviewers_each} each",
                where="overlap",
                fix="give a share from 0 to 1, and one reviewer more than each candidate has",
            )

    def judges(self, seed: int, candidate: str) -> int:
        """How many reviewers a candidate goes to."""
        more = self.overlap and uniform(seed, "overlap", candidate) < self.overlap
        return self.reviewers_each + bool(more)

    @property
    def waves(self) -> tuple[int, ...]:
        """A wave for each submission and one for golden."""
        return tuple(range(1, len(self.submissions) + 2))


@dataclass(frozen=True, slots=True)
class TrueRates:
    """What a submission's rates truly are, over issues like these and these reviewers (fractions of 1)."""

    pass_rate: float
    conditional_rate: float
    merge_rate: float
    golden: float
    relative_merge_rate: float
    relative_conditional_rate: float
    gap: float


def study_truth(parameters: Parameters, design: Design) -> dict[str, TrueRates]:
    """The true rates of each submission but golden, by quadrature over both parts of an instance's difficulty."""
    nodes, weights = quadrature()
    golden = truth(parameters, design.reviewers, design.waves)[GOLDEN]
    found = {}
    for submission in design.submissions:
        own = math.sqrt(1 - design.shared**2) * nodes
        alpha = intercept(submission.pass_rate, design.grade_sd)
        passes = special.expit(alpha + design.grade_sd * (design.shared * nodes[:, None] + own[None, :])) @ weights
        accepted = acceptance_by_difficulty(parameters, submission.name, design.reviewers, design.waves)
        a = float(passes @ weights)
        m = float((passes * accepted) @ weights)
        found[submission.name] = TrueRates(a, m / a, m, golden, m / golden, m / a / golden, a - m / golden)
    return found


def simulate_study(parameters: Parameters, design: Design) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The attempts and reviews of a study that ran to its end; a function of its arguments alone.

    Raises:
        StatsError: a submission of the design, or golden, has no acceptance.
    """
    instances = [f"sample__{number:04d}" for number in range(design.n_instances)]
    rows = [*_agents(parameters.seed, design, instances), *_golden(parameters.seed, design, instances)]
    attempts = check_attempts(pd.DataFrame(rows, columns=list(ATTEMPTS)))
    assignments = pd.DataFrame(
        list(_assignments(parameters.seed, design, attempts)),
        columns=["assignment", "candidate", "reviewer", "round", "wave", "position", "repeat_of"],
    )
    return attempts, answered(attempts, assignments, parameters)


def _agents(seed: int, design: Design, instances: list[str]) -> Iterator[dict[str, object]]:
    for submission in design.submissions:
        alpha = intercept(submission.pass_rate, design.grade_sd)
        for instance in instances:
            hidden = normal(seed, "grading", instance)
            z = design.shared * difficulty(seed, instance) + math.sqrt(1 - design.shared**2) * hidden
            share = float(special.expit(alpha + design.grade_sd * z))
            passed = uniform(seed, "grade", submission.name, instance) < share
            yield _attempt(submission.name, instance, pd.Timestamp(submission.released), passed=passed)


def _golden(seed: int, design: Design, instances: list[str]) -> Iterator[dict[str, object]]:
    count = round(design.golden_share * len(instances))
    drawn = set(sorted(instances, key=lambda instance: uniform(seed, "golden", instance))[:count])
    for instance in instances:
        yield {
            **_attempt(GOLDEN, instance, pd.NaT, passed=True),
            "sampled": instance in drawn,
            "inclusion_probability": count / len(instances) if count else np.nan,
        }


def _attempt(name: str, instance: str, released: object, *, passed: bool) -> dict[str, object]:
    return {
        "submission": name,
        "model": name,
        "released": released,
        "agent": "simulated",
        "is_golden": name == GOLDEN,
        "instance": instance,
        "repo": "sample/sample",
        "difficulty": None,
        "grade": Grade.RESOLVED.value if passed else Grade.UNRESOLVED.value,
        "disposition": Disposition.REVIEWABLE.value,
        "candidate": f"{name}/{instance}",
        "same_as_golden": name == GOLDEN,
        "sampled": passed,
        "inclusion_probability": 1.0 if passed else np.nan,
        "round": 1,
    }


def _assignments(seed: int, design: Design, attempts: pd.DataFrame) -> Iterator[dict[str, object]]:
    names = [*(submission.name for submission in design.submissions), GOLDEN]
    position = 0
    drawn = attempts.loc[attempts["sampled"], ["submission", "instance", "candidate"]]
    for name, instance, candidate in drawn.itertuples(index=False):
        # Ranks of one draw a submission: distinct waves for an instance's candidates, each equally likely.
        ranks = sorted(names, key=lambda other: uniform(seed, "wave", other, instance))
        chosen = sorted(design.reviewers, key=lambda who: uniform(seed, "reviewer", who, candidate))
        for reviewer in chosen[: design.judges(seed, candidate)]:
            position += 1
            yield {
                "assignment": f"{candidate}/{reviewer}",
                "candidate": candidate,
                "reviewer": reviewer,
                "round": 1,
                "wave": ranks.index(name) + 1,
                "position": position,
                "repeat_of": None,
            }

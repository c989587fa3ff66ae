"""What planning takes for true: models and their rates, golden's, how alike instances and reviewers are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from scipy import optimize, special

from mergecheck.errors import StatsError
from mergecheck.records import GOLDEN
from mergecheck.stats.generate import Parameters, acceptance_by_difficulty, intercept, quadrature
from mergecheck.stats.generate_study import Design, Simulated
from mergecheck.stats.intervals import Array
from mergecheck.stats.trend import POINTS, slope_weights

METR_DATES = (date(2024, 6, 20), date(2025, 2, 24), date(2025, 5, 22), date(2025, 8, 7), date(2025, 9, 29))
METR_COUNTS = ((94, 34, 14), (93, 54, 21), (94, 66, 26), (94, 61, 23), (92, 67, 31))
"""Attempts, of these passing, of these merged: counts that honour what METR printed, in the order of its dates."""
METR_GOLDEN = 32 / 47
PHI = 0.47
"""Mean φ between the grades of two models of SWE-bench Verified."""
MINUTES = 10.0
WIDEST = 12.0
"""Spread of difficulty to graders (logits) beyond which the quadrature is no more exact."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model's release date, and its rates as fractions of 1: pass rate A, merge rate M = A·C."""

    released: date
    pass_rate: float
    merge_rate: float


@dataclass(frozen=True, slots=True)
class Choice:
    """How large a study is.

    `golden_share` of the instances have their golden patch reviewed; a second reviewer gets the share `overlap` of
    all candidates.

    Raises:
        StatsError: there is nothing of something, or a share is none.
    """

    instances: int = 95
    models: int = 5
    golden_share: float = 0.5
    reviewers: int = 4
    overlap: float = 0.0

    def __post_init__(self) -> None:
        for name in ("instances", "models", "reviewers"):
            if getattr(self, name) < 1:
                raise StatsError(f"{getattr(self, name)} {name}", where=name, fix="give 1 or more")
        for name in ("golden_share", "overlap"):
            if not 0 <= getattr(self, name) <= 1:
                raise StatsError(f"{getattr(self, name):g} is no share", where=name, fix="give one from 0 to 1")

    @property
    def why_not(self) -> str:
        """Why there can be no such study; empty where there can."""
        return "an overlap needs two reviewers" if self.overlap and self.reviewers < 2 else ""


def metr_models() -> tuple[Model, ...]:
    """METR's five."""
    rates = zip(METR_DATES, METR_COUNTS, strict=True)
    return tuple(Model(day, passed / of, merged / of) for day, (of, passed, merged) in rates)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is taken for true.

    `models` in the order of their release, with true rates; `golden` the true G. `phi`: mean correlation between
    two models' grades on an instance. `difficulty_sd` and `leniency_sd` (logits): how far instances and reviewers
    differ in acceptance; `shared`: correlation of an instance's difficulty to reviewers with the grader's.
    `minutes` a review. `sources`: where each comes from, as (what, words).

    Raises:
        StatsError: there is no model, or a number is out of range.
    """

    models: tuple[Model, ...] = field(default_factory=metr_models)
    golden: float = METR_GOLDEN
    phi: float = PHI
    difficulty_sd: float = 0.8
    leniency_sd: float = 0.4
    shared: float = 0.3
    minutes: float = MINUTES
    sources: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.models:
            raise StatsError("there is no model", where="models", fix="give one at least")
        if not 0 < self.golden < 1:
            raise StatsError(f"a golden baseline of {self.golden:g}", where="golden", fix="give a share above 0")
        if not 0 <= self.phi < 1:
            raise StatsError(f"φ of {self.phi:g} between models", where="phi", fix="give 0 or more, below 1")
        if not 0 < self.minutes < math.inf:
            raise StatsError(f"{self.minutes:g} minutes a review", where="minutes", fix="give more than 0")
        for name in ("difficulty_sd", "leniency_sd"):
            if not 0 <= getattr(self, name) <= 4:
                raise StatsError(f"a spread of {getattr(self, name):g}", where=name, fix="give logits from 0 to 4")
        for model in self.models:
            if not 0 < model.merge_rate < model.pass_rate < 1:
                raise StatsError(
                    f"the model of {model.released} would pass {100 * model.pass_rate:.1f} % and have "
                    f"{100 * model.merge_rate:.1f} % merged",
                    where="models",
                    fix="a merge rate lies between 0 and the pass rate, and that below 100 %: assume other rates, "
                    "or another effect",
                )

    @property
    def gaps(self) -> Array:
        """True A − M/G of each model, fractions of 1."""
        return np.array([one.pass_rate - one.merge_rate / self.golden for one in self.models])

    @property
    def level_gap(self) -> float:
        """The true level gap, a fraction of 1."""
        return float(self.gaps.mean())

    @property
    def slope_difference(self) -> float | None:
        """The true slope difference, points a year; None where there are fewer than two release dates."""
        dates = [one.released for one in self.models]
        return float(POINTS * slope_weights(dates) @ self.gaps) if len(set(dates)) > 1 else None

    def with_gaps(self, gaps: Array) -> Assumed:
        """The same with other true gaps: merge rates are what they then must be."""
        models = [
            replace(one, merge_rate=float((one.pass_rate - gap) * self.golden))
            for one, gap in zip(self.models, gaps, strict=True)
        ]
        return replace(self, models=tuple(models))

    def with_level_gap(self, gap: float) -> Assumed:
        """The same with another true level gap: all gaps moved alike, so that the slopes stay."""
        return self.with_gaps(self.gaps + (gap - self.level_gap))

    def with_slope_difference(self, slope: float) -> Assumed:
        """The same with another true slope difference: gaps turned about their mean, so that the level gap stays.

        Raises:
            StatsError: there are fewer than two release dates.
        """
        now = self.slope_difference
        if now is None:
            raise StatsError("a slope difference needs two release dates", where="models", fix="give two models")
        years = _years([one.released for one in self.models])
        return self.with_gaps(self.gaps + (slope - now) / POINTS * (years - years.mean()))

    def chosen(self, count: int) -> Assumed:
        """The same with so many models: as many as there are are those; others lie on their lines.

        Others are spread evenly from the first release to the last, with pass rate and gap on the least-squares
        lines over the models there are, which keeps both slopes. One alone stands at the mean.
        """
        if count < 1:
            raise StatsError(f"{count} models", where="models", fix="give one at least")
        if count == len(self.models):
            return self
        days = np.array([one.released.toordinal() for one in self.models], dtype=np.float64)
        at = np.linspace(days.min(), days.max(), count) if count > 1 else np.array([days.mean()])
        passes = _on_line(days, np.array([one.pass_rate for one in self.models]), at)
        merges = (passes - _on_line(days, self.gaps, at)) * self.golden
        models = [
            Model(date.fromordinal(round(day)), float(a), float(m))
            for day, a, m in zip(at, passes, merges, strict=True)
        ]
        return replace(self, models=tuple(models))


def _years(dates: Sequence[date]) -> Array:
    return np.array([day.toordinal() for day in dates], dtype=np.float64) / 365.25


def _on_line(x: Array, y: Array, at: Array) -> Array:
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread if spread else 0.0
    return np.asarray(y.mean() + slope * (at - x.mean()))


def grade_sd_of(assumed: Assumed) -> float:
    """The spread of instances' difficulty to graders (logits) at which the models' mean φ is the one assumed.

    φ of two models: (E[p q] − E p·E q)/√(E p(1 − E p)·E q(1 − E q)) over instances, p and q their chances to pass,
    by quadrature; of one model alone with its like.

    Raises:
        StatsError: models with such pass rates cannot be that alike.
    """
    rates = [one.pass_rate for one in assumed.models]
    rates = rates * 2 if len(rates) == 1 else rates
    if assumed.phi == 0:
        return 0.0
    most = mean_phi(rates, WIDEST)
    if most < assumed.phi:
        raise StatsError(
            f"models with these pass rates cannot have a mean φ of {assumed.phi:g}",
            where="phi",
            fix=f"give less than {most:.2f}",
        )
    return float(optimize.brentq(lambda sd: mean_phi(rates, sd) - assumed.phi, 0.0, WIDEST, xtol=1e-6))


def mean_phi(pass_rates: Sequence[float], grade_sd: float) -> float:
    """Mean φ between the grades of two models on an instance, by quadrature; see `grade_sd_of`."""
    nodes, weights = quadrature()
    alphas = np.array([intercept(rate, grade_sd) for rate in pass_rates])
    shares = special.expit(alphas[:, None] + grade_sd * nodes[None, :])
    mean = shares @ weights
    joint = (shares * weights) @ shares.T
    spread = np.sqrt(mean * (1 - mean))
    phi = (joint - np.outer(mean, mean)) / np.outer(spread, spread)
    return float(phi[np.triu_indices(len(alphas), 1)].mean())


def passes_by_difficulty(rate: float, grade_sd: float, shared: float) -> Array:
    """A model's chance to pass at each node of the quadrature over instances' difficulty to reviewers."""
    nodes, weights = quadrature()
    own = math.sqrt(1 - shared**2) * nodes
    alpha = intercept(rate, grade_sd)
    return np.asarray(special.expit(alpha + grade_sd * (shared * nodes[:, None] + own[None, :])) @ weights)


def acceptances(assumed: Assumed, grade_sd: float) -> dict[str, float]:
    """The marginal acceptance of each model and of golden under which the merge rates are those assumed.

    Solved for M = E[p·q] over instances, p the chance to pass and q to be accepted, reviewers drawn anew.
    """
    _, weights = quadrature()
    found = {GOLDEN: assumed.golden}
    for number, model in enumerate(assumed.models):
        passes = passes_by_difficulty(model.pass_rate, grade_sd, assumed.shared) * weights

        def excess(acceptance: float, passes: Array = passes, wanted: float = model.merge_rate) -> float:
            parameters = Parameters(
                {"m": acceptance}, leniency_sd=assumed.leniency_sd, difficulty_sd=assumed.difficulty_sd
            )
            return float(passes @ acceptance_by_difficulty(parameters, "m")) - wanted

        found[name_of(number)] = float(optimize.brentq(excess, 1e-9, 1 - 1e-9, xtol=1e-9))
    return found


def name_of(number: int) -> str:
    """The name of a simulated model; in the order of release, so that columns are too."""
    return f"model-{number + 1:03d}"


def generated(assumed: Assumed, choice: Choice) -> tuple[Parameters, Design]:
    """The generator's parameters and design of a choice.

    Raises:
        StatsError: the choice cannot be, or not under these assumptions.
    """
    here = assumed.chosen(choice.models)
    grade_sd = grade_sd_of(assumed)
    submissions = tuple(
        Simulated(name_of(number), one.released, one.pass_rate) for number, one in enumerate(here.models)
    )
    parameters = Parameters(
        acceptances(here, grade_sd), leniency_sd=assumed.leniency_sd, difficulty_sd=assumed.difficulty_sd
    )
    return parameters, Design(
        submissions,
        n_instances=choice.instances,
        reviewers=tuple(f"reviewer-{number + 1:03d}" for number in range(choice.reviewers)),
        golden_share=choice.golden_share,
        grade_sd=grade_sd,
        shared=assumed.shared,
        overlap=choice.overlap,
    )

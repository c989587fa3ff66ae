"""What a study of some size would tell: expected intervals, detectable effects, reviews; all by simulation.

For each choice many studies are drawn by the generator that `simulate` and the measured coverage use, under
assumptions whose true values are known. Each gets the report's own intervals: the instance jackknife, t(n − 1).
Every number comes with its Monte Carlo error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mergecheck.errors import StatsError
from mergecheck.records import GOLDEN
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.generate import Parameters, acceptance_by_difficulty, quadrature
from mergecheck.stats.generate_cells import SimulatedCells, simulate_cells
from mergecheck.stats.generate_study import Design
from mergecheck.stats.intervals import Array, check_level
from mergecheck.stats.jackknife import Contrast, Sample, estimate_contrast, sample
from mergecheck.stats.plan_assumed import Assumed, Choice, generated, passes_by_difficulty
from mergecheck.stats.plan_result import by_jackknife
from mergecheck.stats.quantities import Quantity
from mergecheck.stats.rates import golden_baseline
from mergecheck.stats.trend import POINTS, slope_weights

POWER = 0.8
LEVEL = 0.95
TESTED = ("level_gap", "slope_difference")
RESULTS = ("level_gap", "slope_difference", "model_gap", "golden")
"""Level gap and model's gap, golden baseline: fractions of 1; slope difference: percentage points a year."""


@dataclass(frozen=True, slots=True)
class Known:
    """A number with its Monte Carlo standard error; both None where no study gave one."""

    value: float | None
    error: float | None


NOTHING = Known(None, None)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the studies of one choice said of one result, in its unit.

    `truth` is what was assumed, over reviewers drawn anew. `half_width`: mean half-width of the interval, over the
    studies that had one. `detectable`: the true effect at which the interval lies above 0 with the power asked
    for, see `towards`. `power`: share of all studies whose interval excludes 0, at the truth assumed. `coverage`:
    share of the intervals that hold the truth about their reviewers. `reviewers`: standard deviation of that truth
    over sets of reviewers. `without`: studies without an interval; `reason` of the last of them.
    """

    result: str
    truth: float | None
    half_width: Known
    detectable: Known
    power: Known
    coverage: Known
    reviewers: float | None
    studies: int
    without: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A choice and what is expected of it.

    `golden` and `reviews` are mean numbers of golden patches and of verdicts, `hours` all reviewers' time and
    `hours_each` one reviewer's. `reason` says why there can be no such study: then nothing is expected of it.
    """

    choice: Choice
    golden: float
    reviews: Known
    hours: float
    hours_each: float
    expected: tuple[Expected, ...]
    reason: str = ""

    def of(self, result: str) -> Expected:
        """What is expected of a result.

        Raises:
            KeyError: nothing is.
        """
        for one in self.expected:
            if one.result == result:
                return one
        raise KeyError(result)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Simulated studies of one choice: a row a study.

    `estimates`: (studies, results, 3) of estimate, lower and upper limit, NaN where there is none; `truths`:
    (studies, results), about each study's own reviewers; `reviews` and `golden`: verdicts and golden patches.
    """

    estimates: Array
    truths: Array
    reviews: Array
    golden: Array
    reasons: tuple[str, ...]


def draw(assumed: Assumed, choice: Choice, seeds: Sequence[int], level: float = LEVEL) -> Drawn:
    """Simulate a study a seed, and analyse each as the report would.

    Args:
        assumed: what is taken for true.
        choice: the study's size.
        seeds: one a study; the same give the same.
        level: confidence level of the intervals.

    Raises:
        StatsError: the choice cannot be, or not under these assumptions; the level is out of range.
    """
    check_level(level)
    if choice.why_not:
        raise StatsError(choice.why_not, where="choice", fix="choose otherwise")
    parameters, design = generated(assumed, choice)
    true = _Truth(parameters, design)
    rows = [_study(replace(parameters, seed=seed), design, true, level) for seed in seeds]
    return Drawn(
        estimates=np.array([one[0] for one in rows]).reshape(len(rows), len(RESULTS), 3),
        truths=np.array([one[1] for one in rows]).reshape(len(rows), len(RESULTS)),
        reviews=np.array([one[2] for one in rows], dtype=np.float64),
        golden=np.array([one[3] for one in rows], dtype=np.float64),
        reasons=next((one[4] for one in reversed(rows) if any(one[4])), ("",) * len(RESULTS)),
    )


def join(parts: Iterable[Drawn]) -> Drawn:
    """The studies of several draws of the same choice as one."""
    every = list(parts)
    return Drawn(
        estimates=np.concatenate([one.estimates for one in every]),
        truths=np.concatenate([one.truths for one in every]),
        reviews=np.concatenate([one.reviews for one in every]),
        golden=np.concatenate([one.golden for one in every]),
        reasons=next((one.reasons for one in reversed(every) if any(one.reasons)), ("",) * len(RESULTS)),
    )


def towards(assumed: Assumed, choice: Choice, drawn: Drawn, result: str, power: float = POWER) -> Assumed | None:
    """The assumptions under which to simulate a choice once more, to find which effect on a result it detects.

    Were the spread the same whatever the effect, the detectable effect would be the power's quantile of truth −
    lower limit. It is not: a smaller gap means more merged, and a relative rate that is known less well. So
    studies are simulated again where that quantile puts the effect, all else as assumed, and the effect whose own
    quantile it is lies on the line through both. Where rates cannot have such an effect, part of the way; None
    where not even that, or where there is no such effect.
    """
    here = assumed.chosen(choice.models)
    now = here.level_gap if result == "level_gap" else here.slope_difference
    reach = _reach(drawn, RESULTS.index(result), power).value
    if now is None or reach is None:
        return None
    for part in (1.0, 0.75, 0.5, 0.25):
        there = now + part * (reach - now)
        try:
            return here.with_level_gap(there) if result == "level_gap" else here.with_slope_difference(there)
        except StatsError:
            continue
    return None


def summarise(
    assumed: Assumed,
    choice: Choice,
    drawn: Drawn,
    power: float = POWER,
    again: Mapping[str, tuple[Assumed, Drawn]] | None = None,
) -> Row:
    """What is expected of a choice, from its simulated studies.

    Args:
        assumed: what was taken for true.
        choice: the studies' size.
        drawn: the studies.
        power: for which detectable effects are told.
        again: result → studies nearer to that effect, and what they took for true (`towards`); of a result without
            them no effect is told.

    Raises:
        StatsError: the power is not from .5 to below 1, or there is no study.
    """
    check_power(power)
    if not len(drawn.reviews):
        raise StatsError("no study was simulated", where="studies", fix="give 2 or more")
    here = assumed.chosen(choice.models)
    truths = {
        "level_gap": here.level_gap,
        "slope_difference": here.slope_difference,
        "model_gap": float(here.gaps[middle(choice.models)]),
        "golden": here.golden,
    }
    found = []
    for number, name in enumerate(RESULTS):
        nearer = (again or {}).get(name)
        if nearer is None:
            found.append(NOTHING)
            continue
        there, studies = nearer
        truth = there.level_gap if name == "level_gap" else there.slope_difference
        one, other = _reach(drawn, number, power), _reach(studies, number, power)
        found.append(_detectable((truths[name], one), (truth, other)))
    hours = float(drawn.reviews.mean()) * assumed.minutes / 60
    return Row(
        choice=choice,
        golden=float(drawn.golden.mean()),
        reviews=_mean(drawn.reviews),
        hours=hours,
        hours_each=hours / choice.reviewers,
        expected=tuple(
            _expected(name, truths[name], drawn.estimates[:, number], drawn.truths[:, number], known, reason)
            for (number, name), known, reason in zip(enumerate(RESULTS), found, drawn.reasons, strict=True)
        ),
    )


def impossible(choice: Choice) -> Row:
    """The row of a choice that cannot be, with the reason."""
    return Row(choice, 0.0, NOTHING, 0.0, 0.0, (), choice.why_not)


def plan(
    assumed: Assumed,
    choices: Sequence[Choice],
    *,
    studies: int = 300,
    seed: int = 0,
    level: float = LEVEL,
    power: float = POWER,
) -> tuple[Row, ...]:
    """What to expect of each choice, over so many simulated studies of each.

    Raises:
        StatsError: as `draw` and `summarise`.
    """
    seeds = seeds_of(seed, studies)
    return tuple(_row(assumed, choice, seeds, level, power) for choice in choices)


def _row(assumed: Assumed, choice: Choice, seeds: Sequence[int], level: float, power: float) -> Row:
    if choice.why_not:
        return impossible(choice)
    drawn = draw(assumed, choice, seeds, level)
    again = {}
    for result in TESTED:
        nearer = towards(assumed, choice, drawn, result, power)
        if nearer is not None:
            again[result] = nearer, draw(nearer, choice, seeds, level)
    return summarise(assumed, choice, drawn, power, again)


SEEDS = 1_000_000


def seeds_of(seed: int, studies: int) -> range:
    """The seeds of so many studies: those of two seeds have none in common.

    Raises:
        StatsError: there are fewer than 2 studies, or too many.
    """
    if not 2 <= studies <= SEEDS:
        raise StatsError(f"{studies} studies", where="studies", fix=f"give 2 to {SEEDS:,}")
    return range(seed * SEEDS, seed * SEEDS + studies)


def check_power(power: float) -> None:
    """Refuse a power that is not from .5 to below 1."""
    if not 0.5 <= power < 1:
        raise StatsError(f"a power of {power:g}", where="power", fix="give one from .5 to below 1, as in .8")


def middle(models: int) -> int:
    """The place of the middle model: what a study tells of one model alone is told of that one."""
    return models // 2


class _Truth:
    """The true values about a study's own reviewers, by quadrature; what all studies share is computed once."""

    def __init__(self, parameters: Parameters, design: Design) -> None:
        self._design = design
        weights = quadrature()[1]
        self._weights = weights
        self._passes = [
            passes_by_difficulty(one.pass_rate, design.grade_sd, design.shared) * weights
            for one in design.submissions
        ]
        self._rates = np.array([float(one.sum()) for one in self._passes])
        dates = [one.released for one in design.submissions]
        self._slopes = POINTS * slope_weights(dates) if len(set(dates)) > 1 else None
        self._names = [one.name for one in design.submissions]

    def at(self, parameters: Parameters) -> Array:
        """The results' true values with the reviewers that this seed draws."""
        who = self._design.reviewers
        golden = float(acceptance_by_difficulty(parameters, GOLDEN, who) @ self._weights)
        merged = [
            float(passes @ acceptance_by_difficulty(parameters, name, who))
            for name, passes in zip(self._names, self._passes, strict=True)
        ]
        gaps = self._rates - np.array(merged) / golden
        slope = math.nan if self._slopes is None else float(self._slopes @ gaps)
        return np.array([gaps.mean(), slope, gaps[middle(len(gaps))], golden])


Study = tuple[list[tuple[float, float, float]], Array, float, float, tuple[str, ...]]


def _study(parameters: Parameters, design: Design, true: _Truth, level: float) -> Study:
    simulated = simulate_cells(parameters, design)
    whole = sample(simulated.cells)
    estimates = (
        by_jackknife(whole, Quantity.LEVEL_GAP, level),
        by_jackknife(whole, Quantity.DIFFERENCE, level),
        _middle_gap(whole, level),
        golden_baseline(whole, level),
    )
    reasons = tuple("" if one.low is not None and one.high is not None else one.reason for one in estimates)
    golden = float(whole.totals.passed[-1])
    return [_limits(one) for one in estimates], true.at(parameters), _verdicts(simulated), golden, reasons


def _middle_gap(whole: Sample, level: float) -> Estimate:
    count = len(whole.cells.submissions)
    one = np.zeros(count)
    one[middle(count)] = 1.0
    return estimate_contrast(whole, Contrast(one, np.zeros(count), -one), level)


def _limits(one: Estimate) -> tuple[float, float, float]:
    if one.estimate is None or one.low is None or one.high is None:
        return math.nan, math.nan, math.nan
    return one.estimate, one.low, one.high


def _verdicts(simulated: SimulatedCells) -> float:
    return float(sum(one.reviewed.sum() for one in simulated.apart))


def _mean(values: Array) -> Known:
    if not len(values):
        return NOTHING
    error = float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None
    return Known(float(values.mean()), error)


def _share(successes: int, n: int) -> Known:
    """A share with the error of Agresti and Coull's centre, which is not 0 where all or none did."""
    if not n:
        return NOTHING
    centre = (successes + 2) / (n + 4)
    return Known(successes / n, math.sqrt(centre * (1 - centre) / (n + 4)))


def _expected(
    name: str, truth: float | None, estimates: Array, truths: Array, detectable: Known, reason: str
) -> Expected:
    has = np.isfinite(estimates).all(axis=1) & np.isfinite(truths)
    low, high, true = estimates[has, 1], estimates[has, 2], truths[has]
    studies, n = len(estimates), int(has.sum())
    excluded = int(((low > 0) | (high < 0)).sum())
    return Expected(
        result=name,
        truth=truth,
        half_width=_mean((high - low) / 2),
        detectable=detectable,
        power=_share(excluded, studies) if name in TESTED and n else NOTHING,
        coverage=_share(int(((low <= true) & (true <= high)).sum()), n),
        reviewers=float(true.std(ddof=1)) if n > 1 else None,
        studies=studies,
        without=studies - n,
        reason=reason if n < studies else "",
    )


def _reach(drawn: Drawn, number: int, power: float) -> Known:
    """How far below the truth the lower limit is at most in so many of the studies."""
    reaches = drawn.truths[:, number] - drawn.estimates[:, number, 1]
    return _quantile(reaches[np.isfinite(reaches)], power, len(reaches))


Found = tuple[float | None, Known]
"""An effect that was assumed, and the quantile found there."""


def _detectable(one: Found, other: Found) -> Known:
    """The effect that is its own quantile, on the line through both; its error is the larger one of theirs."""
    (at, first), (there, second) = one, other
    if at is None or there is None or first.value is None or second.value is None:
        return NOTHING
    errors = [known.error for known in (first, second) if known.error is not None]
    error = max(errors) if len(errors) == 2 else None
    if abs(there - at) <= SAME * abs(second.value):
        return Known(second.value, error)
    slope = (second.value - first.value) / (there - at)
    if slope > STEEPEST:
        return NOTHING
    return Known((first.value - slope * at) / (1 - slope), None if error is None else error / (1 - slope))


SAME = 0.02
STEEPEST = 0.8
"""Effects this near need no line; where the spread grows this fast with the effect, none may be large enough."""


def _quantile(reaches: Array, power: float, studies: int) -> Known:
    """The quantile, studies without an interval counting as never reaching; None where too many are without.

    Its error: half the distance of the quantiles one binomial standard error to either side.
    """
    ordered = np.concatenate([np.sort(reaches), np.full(studies - len(reaches), math.inf)])
    step = math.sqrt(power * (1 - power) / studies)

    def at(share: float) -> float:
        place = min(max(share, 0.0), 1.0) * (studies - 1)
        below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
        return float(above) if math.isinf(above) else float(below + (place % 1) * (above - below))

    value, up, down = at(power), at(power + step), at(power - step)
    if math.isinf(value):
        return NOTHING
    return Known(value, None if math.isinf(up) else (up - down) / 2)

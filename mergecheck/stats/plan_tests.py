"""Several tests of one question: p values adjusted for their number, over models and over repositories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from mergecheck.stats.cells import cells
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.holm import holm
from mergecheck.stats.intervals import student
from mergecheck.stats.jackknife import sample
from mergecheck.stats.plan_result import by_jackknife
from mergecheck.stats.quantities import Quantity
from mergecheck.stats.table import estimate_table


@dataclass(frozen=True, slots=True)
class AgainstZero:
    """A test of whether a number is 0: two-sided `p`, and `adjusted` for all tests of the table.

    Both are None where there is no interval; such a test is none, and does not count.
    """

    name: str
    estimate: Estimate
    p: float | None
    adjusted: float | None


@dataclass(frozen=True, slots=True)
class Family:
    """Tests of one question, `over` models or repositories."""

    over: str
    tests: tuple[AgainstZero, ...]

    def frame(self) -> pd.DataFrame:
        """A row a test: `over, name, p, adjusted` and the estimate."""
        about = ("over", "name", "p", "adjusted")
        lines = (
            ({"over": self.over, "name": one.name, "p": one.p, "adjusted": one.adjusted}, one.estimate)
            for one in self.tests
        )
        return estimate_table(about, lines).astype({"p": "float64", "adjusted": "float64"})


def p_of(estimate: Estimate) -> float | None:
    """The two-sided p value of the hypothesis that a number is 0, from its jackknife interval.

    p = 2·P(T > |θ̂|/SE), T Student's with n − 1 degrees of freedom, SE the distance from θ̂ to the limit on the side
    of 0 over t(n − 1): p is below 1 − level exactly where the interval excludes 0 (Cox & Hinkley 1974, 7.2). None
    without that limit, or where it is θ̂ itself.
    """
    if estimate.estimate is None or estimate.n < 2:
        return None
    limit = estimate.low if estimate.estimate > 0 else estimate.high
    if limit is None or limit == estimate.estimate:
        return None
    error = abs(estimate.estimate - limit) / student(estimate.n - 1, estimate.level)
    return float(2 * stats.t.sf(abs(estimate.estimate) / error, estimate.n - 1))


def against_zero(over: str, estimates: Mapping[str, Estimate]) -> Family:
    """Each number tested against 0, with p values adjusted by Holm's method over all of them.

    Args:
        over: what the names are of, in the plural.
        estimates: name → a number with an instance jackknife's interval.
    """
    p = {name: p_of(one) for name, one in estimates.items()}
    known = [name for name, value in p.items() if value is not None]
    adjusted = dict(zip(known, holm([value for value in p.values() if value is not None]), strict=True))
    return Family(
        over, tuple(AgainstZero(name, one, p[name], adjusted.get(name)) for name, one in estimates.items())
    )


def gaps_by_repository(scored: pd.DataFrame, level: float = 0.95) -> Family:
    """The level gap of each repository alone, tested against 0; intervals by its own instances' jackknife.

    Args:
        scored: attempts as `scope.score` gives them.
        level: confidence level.
    """
    return against_zero(
        "repositories",
        {
            str(repo): by_jackknife(sample(cells(mine)), Quantity.LEVEL_GAP, level)
            for repo, mine in scored.groupby("repo", sort=True)
        },
    )

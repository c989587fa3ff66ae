"""Scored attempts as matrices, an instance a row and a submission a column: what every rate is summed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import Array

GOLDEN_COLUMN = -1
"""Golden is the last column, of zeros where a study has none."""

FEWEST_IN_STRATUM = 5
"""Golden verdicts that a repository needs to be a stratum of its own; those with fewer are pooled."""


@dataclass(frozen=True, slots=True)
class Who:
    """A submission in the order of the tables: by release date (none comes last), then by name."""

    name: str
    model: str
    released: date | None
    agent: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over instances; the last axis is the submissions with golden last, any axis before it replicates.

    `scope`, `passed`: attempts in scope and passing. `reviewed`, `liked`, `disliked`: counted attempts, those with
    d > 0, those with d < 1. `weight`, `accepted`: Σ w and Σ w·d over counted attempts.
    """

    scope: Array
    passed: Array
    reviewed: Array
    liked: Array
    disliked: Array
    weight: Array
    accepted: Array

    def pass_rate(self) -> Array:
        """A = passed / scope; NaN where nothing is in scope."""
        return _share(self.passed, self.scope)

    def conditional_rate(self) -> Array:
        """C = Σ w·d / Σ w; NaN where nothing was reviewed, exactly 0 or 1 where all said so."""
        # What was taken from a weighted sum leaves a rest of 1e-17, so counts decide about 0 and 1.
        share = _share(self.accepted, np.where(self.reviewed > 0, self.weight, 0.0))
        share = np.where((self.reviewed > 0) & (self.liked == 0), 0.0, share)
        return np.where((self.reviewed > 0) & (self.disliked == 0), 1.0, share)


def _share(part: Array, whole: Array) -> Array:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))


@dataclass(frozen=True, slots=True)
class Cells:
    """The matrices (instances × submissions with golden last) and what their axes are.

    `known_instances` counts all instances of the frame, in scope or not. `strata` numbers each instance's stratum
    of repositories, to the mix of which the golden baseline is post-stratified; empty where there is one.
    """

    submissions: tuple[Who, ...]
    instances: tuple[str, ...]
    scope: Array
    passed: Array
    reviewed: Array
    d: Array
    weight: Array
    known_instances: int
    strata: tuple[int, ...] = ()

    def _parts(self) -> Totals:
        weight = self.weight
        if self.strata:
            weight = weight.copy()
            weight[:, GOLDEN_COLUMN] = self.golden_weights()
        liked, disliked = self.reviewed * (self.d > 0), self.reviewed * (self.d < 1)
        return Totals(self.scope, self.passed, self.reviewed, liked, disliked, weight, weight * self.d)

    @property
    def mix(self) -> NDArray[np.bool_]:
        """The instances whose mix of repositories counts: in scope of an agent, or of golden without agents."""
        agents = np.any(self.scope[:, :GOLDEN_COLUMN] > 0, axis=1)
        return np.asarray(agents if agents.any() else self.scope[:, GOLDEN_COLUMN] > 0)

    def golden_weights(self) -> Array:
        """Golden's weights, post-stratified: w·N_h/Σ_h w, N_h of the mix in stratum h (Cochran 1977, 5A.9)."""
        weight = self.weight[:, GOLDEN_COLUMN]
        return weight * self.factors() if self.strata else weight

    def factors(self) -> Array:
        """N_h/Σ_h w of each instance's stratum, w golden's weights; 1 without strata."""
        if not self.strata:
            return np.ones(len(self.instances))
        of = np.array(self.strata, dtype=np.intp)
        return np.asarray((np.bincount(of, self.mix) / np.bincount(of, self.weight[:, GOLDEN_COLUMN]))[of])

    def weighted(self, factors: Array) -> Cells:
        """Without strata, golden's weights times these factors instead, an instance each."""
        weight = self.weight.copy()
        weight[:, GOLDEN_COLUMN] *= factors
        return replace(self, weight=weight, strata=())

    def _golden_without_each(self) -> Array:
        """G without each instance, the mix counted anew."""
        of, weight = np.array(self.strata, dtype=np.intp), self.weight[:, GOLDEN_COLUMN]
        each = (of[:, None] == np.arange(of.max() + 1)[None, :]).astype(np.float64)
        sums = [each * part[:, None] for part in (self.mix, weight, weight * self.d[:, GOLDEN_COLUMN])]
        mix, weights, accepted = (part.sum(axis=0) - part for part in sums)
        return np.asarray((mix * accepted / weights).sum(axis=1) / mix.sum(axis=1))

    def totals(self) -> Totals:
        """Sums over all instances: arrays of (submissions + 1,)."""
        return _each(self._parts(), lambda part: part.sum(axis=0))

    def leave_one_out(self) -> Totals:
        """Sums without each instance in turn: arrays of (instances, submissions + 1)."""
        without = _each(self._parts(), lambda part: part.sum(axis=0) - part)
        if self.strata:
            without.weight[:, GOLDEN_COLUMN] = 1.0
            without.accepted[:, GOLDEN_COLUMN] = self._golden_without_each()
        return without

    def index(self, name: str) -> int:
        """Column of a submission."""
        return [who.name for who in self.submissions].index(name)

    def plain(self, column: int) -> bool:
        """Whether a column's C is a plain share: equal weights, every d 0 or 1."""
        counted = self.reviewed[:, column] > 0
        golden = column in (GOLDEN_COLUMN, len(self.submissions))
        weight = self.golden_weights() if golden else self.weight[:, column]
        weights, d = weight[counted], self.d[counted, column]
        return bool(np.all(weights == weights[:1]) and np.all((d == 0) | (d == 1)))

    def like_golden(self, column: int) -> bool:
        """Whether a submission equals golden instance by instance, some accepted and some refused."""
        same = all(
            np.array_equal(part[:, column], part[:, GOLDEN_COLUMN])
            for part in (self.scope, self.passed, self.reviewed, self.weight, self.d)
        )
        counted = self.reviewed[:, GOLDEN_COLUMN] > 0
        d = self.d[counted, GOLDEN_COLUMN]
        # A baseline that is weighted to another mix than the submission's is another number.
        same = same and len(set(self.factors()[counted].tolist())) == 1
        return same and bool(np.any(d > 0) and np.any(d < 1))


def _each(parts: Totals, change: Callable[[Array], Array]) -> Totals:
    return Totals(**{part.name: change(getattr(parts, part.name)) for part in fields(Totals)})


def order_of(attempts: pd.DataFrame) -> tuple[Who, ...]:
    """The submissions but golden, by release date and then by name."""
    rows = attempts[~attempts["is_golden"]].drop_duplicates("submission")
    dates = [None if released is pd.NaT else released.date() for released in rows["released"]]
    texts = zip(rows["submission"], rows["model"], rows["agent"], strict=True)
    whos = [Who(name, model, day, agent) for (name, model, agent), day in zip(texts, dates, strict=True)]
    return tuple(sorted(whos, key=lambda who: (who.released is None, who.released or date.max, who.name)))


def cells(scored: pd.DataFrame) -> Cells:
    """The matrices of scored attempts (`scope.score`). Instances are sorted: the order of rows changes nothing."""
    submissions = order_of(scored)
    used = scored[scored["in_scope"]]
    instances = tuple(sorted(set(cluster(used))))
    row_of = {name: row for row, name in enumerate(instances)}
    column_of = {who.name: column for column, who in enumerate(submissions)}
    rows = cluster(used).map(row_of).to_numpy(dtype=np.intp)
    columns = used["submission"].map(column_of).where(~used["is_golden"], len(submissions)).to_numpy(dtype=np.intp)

    def matrix(values: NDArray[np.float64]) -> Array:
        filled = np.zeros((len(instances), len(submissions) + 1))
        filled[rows, columns] = values
        return filled

    found = Cells(
        submissions=submissions,
        instances=instances,
        scope=matrix(np.ones(len(used))),
        passed=matrix(used["passed"].to_numpy(dtype=np.float64)),
        reviewed=matrix(used["counted"].to_numpy(dtype=np.float64)),
        d=matrix(used["d"].where(used["counted"]).fillna(0.0).to_numpy(dtype=np.float64)),
        weight=matrix(used["weight"].to_numpy(dtype=np.float64)),
        known_instances=int(cluster(scored).nunique()),
    )
    repos = dict(zip(cluster(used), used["repo"], strict=True))
    return replace(found, strata=_strata(found, [repos[name] for name in instances]))


def _strata(matrices: Cells, repos: list[str]) -> tuple[int, ...]:
    """The strata of golden's post-stratification: repositories, those with too few golden verdicts pooled."""
    judged = Counter(
        repo for repo, seen in zip(repos, matrices.reviewed[:, GOLDEN_COLUMN].tolist(), strict=True) if seen
    )
    own = sorted(repo for repo in set(repos) if judged[repo] >= FEWEST_IN_STRATUM)
    pooled = set(repos) - set(own)
    if own and pooled and sum(judged[repo] for repo in pooled) < FEWEST_IN_STRATUM:
        # Too few even together: with those of which there are fewest beside them.
        smallest = min(own, key=lambda repo: (judged[repo], repo))
        own.remove(smallest)
        pooled.add(smallest)
    if len(own) + bool(pooled) < 2:
        return ()
    number = {repo: place for place, repo in enumerate(own)}
    return tuple(number.get(repo, len(own)) for repo in repos)

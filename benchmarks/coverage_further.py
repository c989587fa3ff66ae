"""The second half of benchmarks/coverage.py: the intervals of everything beside the main table, part by part.

A study here has what those need: a third of the changes judged by a second reviewer, a sixth judged again by the
same, three repositories and three lengths of task that depend on an instance's difficulty, and refused attempts of
27 issues (7 in a quarter) judged as well. Its reviewers have no settled verdict: two of one change agree no more
than its acceptance makes them. For `FLIPPED` every verdict is settled instead, and each showing flips it with
probability ε = .1: the truth of (M − εA)/(G − ε) is then M/G of the settled ones. Every truth is computed by
quadrature or from the generator's own distributions, for the reviewers of that study.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special, stats

from mergecheck.records import GOLDEN, Decision
from mergecheck.stats.agreement import Agreement, agreement, self_agreement
from mergecheck.stats.analysis import analyse
from mergecheck.stats.baselines import matched_baselines
from mergecheck.stats.blinding import blinding, james_index
from mergecheck.stats.cells import cells
from mergecheck.stats.curves import FIELLER
from mergecheck.stats.effort import effort
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.gaps import gaps
from mergecheck.stats.generate import (
    Parameters,
    Reviewers,
    answered,
    difficulty,
    intercept,
    intercept_of,
    normal,
    quadrature,
    uniform,
)
from mergecheck.stats.generate_study import Design, simulate_study
from mergecheck.stats.horizon import MINUTES, horizons
from mergecheck.stats.jackknife import sample
from mergecheck.stats.noise import denoised, flip_rate
from mergecheck.stats.order import order
from mergecheck.stats.outcomes import KNOWN_REASONS
from mergecheck.stats.reasons import NOT_DRAWN, NOT_REVIEWED, REFUSED, SKIPPED, reason_shares
from mergecheck.stats.refused import corrected, false_negatives
from mergecheck.stats.scope import score
from mergecheck.stats.trend import slope_weights

Array = NDArray[np.float64]
LEVEL = 0.95
OVERLAP, REPEATED = 1 / 3, 1 / 6
GOOD_REFUSED = 0.05
"""r: how often a refused attempt is good."""
REFUSED_ISSUES = 27 / 95
REPOSITORIES = (0.34, 0.46, 0.2)
"""Shares of the repositories, the easier instances more often in the first."""
LENGTHS = tuple(MINUTES.items())[:3]
LENGTH_SHARES = (0.4, 0.4, 0.2)
NOT_SIMULATED = (SKIPPED, NOT_REVIEWED, NOT_DRAWN)
FLIP = 0.1
INSTANCES = "instances"
SHRUNKEN = "merge share of an instance, shrunken"
FLIPPED = ", one verdict in ten flipped"
SLANT = {"repo": 0.6, "length": 0.5}
"""Correlation of what an instance belongs to with how difficult it is."""
Tally = Counter[tuple[str, str]]
"""Quantity, and "held", "missed" or "none"; of sets without a limit "held open" or "missed open"."""


def placed(kind: str, shares: tuple[float, ...], seed: int, instance: str, easy: float) -> int:
    """Which of these an instance belongs to; `easy` is standard normal, the first have the easier ones."""
    latent = SLANT[kind] * easy + math.sqrt(1 - SLANT[kind] ** 2) * normal(seed, kind, instance)
    return int(np.searchsorted(np.cumsum(shares), special.ndtr(-latent)))


@dataclass(frozen=True)
class Study:
    """The frames, and the same with refused attempts judged."""

    attempts: pd.DataFrame
    reviews: pd.DataFrame
    with_refused: tuple[pd.DataFrame, pd.DataFrame]
    seed: int

    @property
    def flipped(self) -> pd.DataFrame:
        """The reviews with their first verdicts settled, each showing of which flips with probability `FLIP`."""
        reviews = self.reviews
        settled = (reviews["decision"] == Decision.ACCEPT).set_axis(reviews["assignment"])
        first = reviews["repeat_of"].where(reviews["repeat_of"].notna(), reviews["assignment"])
        flips = np.array([uniform(self.seed, "flip", one) < FLIP for one in reviews["assignment"]])
        accepted = settled.loc[first.tolist()].to_numpy(dtype=bool) ^ flips
        said = np.where(accepted, Decision.ACCEPT.value, Decision.REQUEST_CHANGES.value)
        reason = [None if one else KNOWN_REASONS[0] for one in accepted]
        return reviews.assign(decision=said, decision_final=said, reason=reason)


def simulate(parameters: Parameters, design: Design) -> Study:
    """A study as this module's head describes it; a function of its arguments alone."""
    seed = parameters.seed
    attempts, reviews = simulate_study(parameters, replace(design, reviewers_each=2))
    names = sorted(set(attempts["instance"]))
    z = {name: difficulty(seed, name) for name in names}
    graded = {
        name: design.shared * z[name] + math.sqrt(1 - design.shared**2) * normal(seed, "grading", name)
        for name in names
    }
    repos = {name: f"repo/{placed('repo', REPOSITORIES, seed, name, z[name])}" for name in names}
    lengths = {name: LENGTHS[placed("length", LENGTH_SHARES, seed, name, graded[name])][0] for name in names}
    attempts = attempts.assign(repo=attempts["instance"].map(repos), difficulty=attempts["instance"].map(lengths))
    second = reviews.duplicated("candidate").to_numpy(dtype=bool)
    overlaps = np.array([uniform(seed, "overlap", one) < OVERLAP for one in reviews["candidate"]])
    again = reviews[~second & np.array([uniform(seed, "repeat", one) < REPEATED for one in reviews["candidate"]])]
    asked = again[["candidate", "reviewer", "round", "wave", "position"]].assign(
        assignment=again["assignment"] + "/again",
        repeat_of=again["assignment"],
        wave=len(design.submissions) + 2,
    )
    reviews = reviews.assign(repo=reviews["instance"].map(repos))
    repeats = answered(attempts, asked, parameters)
    judged = pd.concat([reviews[~second | overlaps], repeats], ignore_index=True)
    return Study(attempts, judged, _with_refused(attempts, judged, parameters), seed)


def _with_refused(
    attempts: pd.DataFrame, reviews: pd.DataFrame, parameters: Parameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    seed = parameters.seed
    refused = attempts[attempts["grade"] == "unresolved"]
    drawn = refused.assign(at=[uniform(seed, "refused", one) for one in refused["candidate"]])
    drawn = drawn.sort_values("at").drop_duplicates("instance")
    drawn = drawn.head(round(REFUSED_ISSUES * attempts["instance"].nunique()))
    accepted = [uniform(seed, "good", one) < GOOD_REFUSED for one in drawn["candidate"]]
    rows = reviews.iloc[[0] * len(drawn)].assign(
        assignment="refused/" + drawn["candidate"].to_numpy(),
        **{column: drawn[column].to_numpy() for column in ("candidate", "instance", "repo")},
        decision=[(Decision.ACCEPT if one else Decision.REQUEST_CHANGES).value for one in accepted],
        reason=[None if one else KNOWN_REASONS[0] for one in accepted],
        repeat_of=None,
    )
    mine = attempts["candidate"].isin(drawn["candidate"])
    sampled = attempts.assign(sampled=attempts["sampled"] | mine)
    sampled.loc[mine, "inclusion_probability"] = len(drawn) / max(1, len(refused))
    return sampled, pd.concat([reviews, rows], ignore_index=True)


class Truth:
    """What is true of a study's rates and reviewers, by quadrature over its instances' difficulty."""

    def __init__(self, parameters: Parameters, design: Design) -> None:
        self.parameters, self.design = parameters, design
        self.z, self.w = quadrature()
        people = Reviewers(parameters)
        lenient = np.array([people.leniency(one) for one in design.reviewers])
        sd = parameters.difficulty_sd
        self.names = [one.name for one in design.submissions]
        self.p = {
            name: special.expit(intercept_of(parameters, name) + lenient[:, None] + sd * self.z[None, :])
            for name in (*self.names, GOLDEN)
        }
        self.passes = {
            name: self._joint(one.pass_rate) for name, one in zip(self.names, design.submissions, strict=True)
        }
        drawn = {name: passes @ self.w for name, passes in self.passes.items()}
        self.drawn = {**drawn, GOLDEN: np.full(len(self.z), design.golden_share)}
        self.total = sum(float(part @ self.w) for part in self.drawn.values())

    @cached_property
    def graded(self) -> Array:
        """Difficulty to the grader, (z, u)."""
        shared = self.design.shared
        return np.asarray(shared * self.z[:, None] + math.sqrt(1 - shared**2) * self.z[None, :])

    def _joint(self, rate: float) -> Array:
        sd = self.design.grade_sd
        return np.asarray(special.expit(intercept(rate, sd) + sd * self.graded))

    def over_changes(self, of: Mapping[str, Array]) -> float:
        """The mean over changes under review of what is given of each submission, at the nodes."""
        return sum(float((self.drawn[name] * of[name]) @ self.w) for name in self.drawn) / self.total

    def rate(self, name: str) -> tuple[float, float]:
        """A and M."""
        passes = self.passes[name] @ self.w
        return float(passes @ self.w), float((passes * self.p[name].mean(axis=0)) @ self.w)

    @property
    def golden(self) -> float:
        """G."""
        return float(self.p[GOLDEN].mean(axis=0) @ self.w)

    def values(self) -> dict[tuple[str, str], float]:
        """Quantity and what it is of → truth."""
        found: dict[tuple[str, str], float] = {("G", ""): self.golden}
        reasons = self._reasons()
        own, differ = self._agreement(), self._differ()
        epsilon = (1 - math.sqrt(1 - 2 * differ)) / 2
        found |= {("repeats that differ", ""): differ, ("flip rate ε", ""): epsilon}
        found[f"flip rate ε{FLIPPED}", ""] = FLIP
        gaps_of = []
        for name in self.names:
            a, m = self.rate(name)
            matched = float((self.drawn[name] * self.p[GOLDEN].mean(axis=0)) @ self.w) / a
            gaps_of.append(a - m / self.golden)
            found |= {
                ("M/G", name): m / self.golden,
                ("C/G", name): m / a / self.golden,
                ("gap", name): gaps_of[-1],
                ("G_m", name): matched,
                ("C/G_m", name): m / a / matched,
                ("M + (1 − A)·r", name): m + (1 - a) * GOOD_REFUSED,
                ("(M + (1 − A)·r)/G", name): (m + (1 - a) * GOOD_REFUSED) / self.golden,
                ("(M − εA)/(G − ε)", name): (m - epsilon * a) / (self.golden - epsilon),
                (f"(M − εA)/(G − ε){FLIPPED}", name): m / self.golden,
                ("share failed", name): 1 - a,
                ("share accepted", name): m,
            }
            found |= {(f"share {REFUSED}{reason}", name): (a - m) * part for reason, part in reasons.items()}
        found |= {("share accepted", GOLDEN): self.golden, ("share failed", GOLDEN): 0.0}
        refused = {(f"share {REFUSED}{one}", GOLDEN): (1 - self.golden) * part for one, part in reasons.items()}
        weights = slope_weights([one.released for one in self.design.submissions])
        found |= refused | own
        found |= {
            ("level gap", ""): float(np.mean(gaps_of)),
            ("slope difference", ""): 100 * float(weights @ np.array(gaps_of)),
            ("r", "issue"): GOOD_REFUSED,
            ("r", "attempt"): GOOD_REFUSED,
        }
        return found | self._blinding() | _minutes(self.parameters) | self._horizons()

    def _reasons(self) -> dict[str, float]:
        given = self.parameters.reasons
        return {reason: share / sum(given.values()) for reason, share in given.items()}

    def _differ(self) -> float:
        return self.over_changes({name: (2 * p * (1 - p)).mean(axis=0) for name, p in self.p.items()})

    def _agreement(self) -> dict[tuple[str, str], float]:
        people = len(self.design.reviewers)
        each = {name: p.mean(axis=0) for name, p in self.p.items()}
        pi = self.over_changes(each)
        apart = {
            name: (p.sum(axis=0) ** 2 - (p**2).sum(axis=0)) / (people * (people - 1)) for name, p in self.p.items()
        }
        alone = {name: (p**2).mean(axis=0) for name, p in self.p.items()}
        found: dict[tuple[str, str], float] = {}
        for who, both in (("between", self.over_changes(apart)), ("self", self.over_changes(alone))):
            found |= {(f"{who}: {one}", ""): value for one, value in _indices(self.parameters, pi, both).items()}
        names = self.design.reviewers
        for first in range(people):
            for second in range(first + 1, people):
                one, other = (
                    self.over_changes({name: p[who] for name, p in self.p.items()}) for who in (first, second)
                )
                both = self.over_changes({name: p[first] * p[second] for name, p in self.p.items()})
                observed, chance = 1 - one - other + 2 * both, one * other + (1 - one) * (1 - other)
                key = "between: Cohen's κ of a pair, decision", "/".join(sorted((names[first], names[second])))
                found[key] = (observed - chance) / (1 - chance)
        return found

    def _blinding(self) -> dict[tuple[str, str], float]:
        p = self.parameters
        guesses = np.array(
            [p.guesses_ai * (1 - p.cannot_tell), (1 - p.guesses_ai) * (1 - p.cannot_tell), p.cannot_tell]
        )
        james = james_index(np.outer(guesses, [6, 1]))[0]
        of = {"James": james, "Bang, AI": guesses[0] - guesses[1], "Bang, human": guesses[1] - guesses[0]}
        of["Bang, sum of both arms"] = 0.0
        return {(name, ""): float(value) for name, value in of.items()}

    def _horizons(self) -> dict[tuple[str, str], float]:
        slant = SLANT["length"]
        edges = -special.ndtri(np.concatenate([[0.0], np.cumsum(LENGTH_SHARES)]).clip(0, 1))
        scaled = (edges[:, None, None] - slant * self.graded[None]) / math.sqrt(1 - slant**2)
        bucket = special.ndtr(scaled[:-1]) - special.ndtr(scaled[1:])
        weight = self.w[:, None] * self.w[None, :] * bucket
        size = weight.sum(axis=(1, 2))
        x = np.log2([minutes for _, minutes in LENGTHS])
        found: dict[tuple[str, str], float] = {}
        crossings: dict[str, list[float]] = {"grader": [], "maintainers": []}
        for name in self.names:
            liked = self.p[name].mean(axis=0)[:, None]
            for criterion, outcome in (("grader", self.passes[name]), ("maintainers", self.passes[name] * liked)):
                share = (weight * outcome[None]).sum(axis=(1, 2)) / size
                crossings[criterion].append(_crossing(x, share, size))
                found[f"horizon, {criterion}", name] = 2 ** crossings[criterion][-1]
        slopes = slope_weights([one.released for one in self.design.submissions])
        doublings = {criterion: float(slopes @ np.array(at)) for criterion, at in crossings.items()}
        found |= {(f"doublings a year, {criterion}", ""): slope for criterion, slope in doublings.items()}
        found["doublings a year, difference", ""] = doublings["grader"] - doublings["maintainers"]
        return found

    def shrunken(self, instance: str, passing: list[str]) -> float:
        """Mean acceptance of the submissions that pass an instance, at its difficulty."""
        z = difficulty(self.parameters.seed, instance)
        people = Reviewers(self.parameters)
        lenient = np.array([people.leniency(one) for one in self.design.reviewers])
        shift = lenient + self.parameters.difficulty_sd * z
        return float(np.mean([special.expit(intercept_of(self.parameters, name) + shift) for name in passing]))


def _crossing(x: Array, share: Array, size: Array) -> float:
    """log₂ minutes where the logistic curve that fits these shares best, in expectation, crosses one half."""

    def score_of(at: Array) -> Array:
        left = size * (share - special.expit(at[0] + at[1] * (x - x.mean())))
        return np.array([left.sum(), (left * (x - x.mean())).sum()])

    intercept_, slope = optimize.root(score_of, np.array([0.0, -0.3])).x
    return float(x.mean() - intercept_ / slope)


def _indices(parameters: Parameters, pi: float, both: float) -> dict[str, float]:
    """True indices where two ratings of a change are both accept in `both`, each in `pi`, of all changes."""
    refused = 1 - 2 * pi + both
    q = np.array(list(parameters.reasons.values())) / sum(parameters.reasons.values())
    f1, f0 = _progress(parameters)
    t1, t0 = float(f1[81:].sum()), float(f0[81:].sum())
    above = t0 + (t1 - t0) * pi
    both_above = t1**2 * both + 2 * t1 * t0 * (pi - both) + t0**2 * refused
    items = {
        "decision": (both + refused, np.array([pi, 1 - pi])),
        "reason": (both + refused * float((q**2).sum()), np.array([pi, *((1 - pi) * q)])),
        "progress above 80 %": (1 - 2 * above + 2 * both_above, np.array([above, 1 - above])),
    }
    found: dict[str, float] = {}
    for item, (observed, margins) in items.items():
        chance = float((margins**2).sum())
        even = float((margins * (1 - margins)).sum()) / (len(margins) - 1)
        found[f"percent, {item}"] = observed
        found[f"Fleiss's κ, {item}"] = found[f"Krippendorff's α, nominal, {item}"] = (observed - chance) / (
            1 - chance
        )
        found[f"Gwet's AC1, {item}"] = (observed - even) / (1 - even)
    f = pi * f1 + (1 - pi) * f0
    joint = (
        both * np.outer(f1, f1) + (pi - both) * (np.outer(f1, f0) + np.outer(f0, f1)) + refused * np.outer(f0, f0)
    )
    ranks = np.cumsum(f) - f / 2
    for metric, scale in (("ordinal", ranks), ("interval", np.arange(101.0))):
        apart = (scale[:, None] - scale[None, :]) ** 2
        found[f"Krippendorff's α, {metric}, progress"] = 1 - float(
            (joint * apart).sum() / (np.outer(f, f) * apart).sum()
        )
    return found


@lru_cache(maxsize=4)
def _shares_of(mean: float, concentration: float) -> Array:
    edges = np.clip((np.arange(102) - 0.5) / 100, 0, 1)
    return np.asarray(np.diff(stats.beta.cdf(edges, mean * concentration, (1 - mean) * concentration)))


def _progress(parameters: Parameters) -> tuple[Array, Array]:
    """Shares of each progress from 0 to 100, of what is accepted and what is refused."""
    of = parameters.progress_accepted, parameters.progress_refused
    first, second = (_shares_of(one.mean, one.concentration) for one in of)
    return first, second


def _minutes(parameters: Parameters) -> dict[tuple[str, str], float]:
    active, baseline = parameters.active_minutes, parameters.baseline_minutes
    mean = active.median * math.exp(active.log_sd**2 / 2)
    whole = np.arange(1, 20_001)
    below = special.ndtr(np.log((whole[:-1] + 0.5) / baseline.median) / baseline.log_sd)
    guess = 1 + float((1 - below).sum())
    return {
        ("active minutes", ""): mean,
        ("baseline minutes", ""): guess,
        ("active / baseline", ""): mean / guess,
    }


Found = Iterator[tuple[str, str, Estimate]]
"""Quantity, what it is of, estimate."""


def _found_of_rates(study: Study) -> Found:
    attempts, reviews = study.attempts, study.reviews
    analysis = analyse(attempts, reviews, LEVEL)
    scored = score(attempts, reviews)
    whole = sample(cells(scored))
    yield "G", "", analysis.golden.rate
    yield "level gap", "", analysis.level_gap.estimate
    yield "slope difference", "", analysis.trend.difference
    for rate in analysis.rates:
        yield "M/G", rate.submission, rate.relative_merge_rate
        yield "C/G", rate.submission, rate.relative_conditional_rate
        yield "gap", rate.submission, rate.gap
    for one in matched_baselines(whole, LEVEL).submissions:
        yield "G_m", one.submission, one.baseline
        yield "C/G_m", one.submission, one.relative
    refused = [false_negatives(score(*study.with_refused), LEVEL, unit) for unit in ("issue", "attempt")]
    for unit in refused:
        yield "r", unit.unit, unit.share
    for one_rate in corrected(whole, refused[0], LEVEL).rates:
        yield "M + (1 − A)·r", one_rate.submission, one_rate.merge_rate
        yield "(M + (1 − A)·r)/G", one_rate.submission, one_rate.relative
    for shares in reason_shares(scored, reviews, LEVEL).submissions:
        # Nothing is skipped, waits or is not drawn here: those shares are 0 and no test.
        for outcome, estimate in (one for one in shares.shares if one[0] not in NOT_SIMULATED):
            yield f"share {outcome}", shares.submission, estimate


def _found_of_noise(study: Study) -> Found:
    for label, reviews in (("", study.reviews), (FLIPPED, study.flipped)):
        flips = flip_rate(reviews, LEVEL)
        if not label:
            yield "repeats that differ", "", flips.differ
        yield f"flip rate ε{label}", "", flips.rate
        whole = sample(cells(score(study.attempts, reviews)))
        for name, estimate in denoised(whole, flips, LEVEL).rates:
            yield f"(M − εA)/(G − ε){label}", name, estimate


def _found_of_horizons(study: Study) -> Found:
    horizon = horizons(score(study.attempts, study.reviews), LEVEL)
    for length in horizon.horizons:
        yield f"horizon, {_criterion(length.criterion)}", length.submission, length.minutes
    yield "doublings a year, grader", "", horizon.grader.doublings
    yield "doublings a year, maintainers", "", horizon.maintainers.doublings
    yield "doublings a year, difference", "", horizon.difference.doublings


def _found_of_instances(study: Study) -> Found:
    for one in gaps(score(study.attempts, study.reviews), study.reviews, LEVEL).instances:
        if one.passes:
            yield SHRUNKEN, one.instance, one.shrunken


def _criterion(name: str) -> str:
    return "grader" if name.startswith("grader") else "maintainers"


def _found_of_reviews(study: Study) -> Found:
    attempts, reviews = study.attempts, study.reviews
    yield from _of_agreement("between", agreement(reviews, LEVEL))
    yield from _of_agreement("self", self_agreement(reviews, LEVEL))
    guesses = blinding(attempts, reviews, LEVEL)
    yield "James", "", guesses.james
    yield "Bang, AI", "", guesses.bang_ai
    yield "Bang, human", "", guesses.bang_human
    yield "Bang, sum of both arms", "", guesses.bang_sum
    for effect in order(attempts, reviews, LEVEL).effects:
        yield f"order: {effect.measure}", "", effect.estimate
    minutes = effort(attempts, reviews, LEVEL)
    for group in (*minutes.groups, *minutes.by_submission, *minutes.by_reviewer):
        yield "active minutes", "", group.active
        yield "baseline minutes", "", group.baseline
        yield "active / baseline", "", group.ratio


def _of_agreement(who: str, indices: Agreement) -> Found:
    for one in indices.indices:
        if not one.reviewers:
            yield f"{who}: {one.index}, {one.item}", "", one.estimate
        elif one.item == "decision":
            yield f"{who}: {one.index} of a pair, decision", "/".join(sorted(one.reviewers)), one.estimate


PARTS: Mapping[str, Callable[[Study], Found]] = {
    "rates": _found_of_rates,
    "noise": _found_of_noise,
    "reviews": _found_of_reviews,
    "horizons": _found_of_horizons,
    INSTANCES: _found_of_instances,
}
"""What is counted by itself: an estimator that changes is counted anew without the others."""


def tally(design: Design, acceptance: Mapping[str, float], seeds: range, parts: Sequence[str]) -> dict[str, Tally]:
    """What the intervals of each of the parts did in these studies."""
    counts: dict[str, Tally] = {part: Counter() for part in parts}
    for seed in seeds:
        parameters = Parameters(acceptance, seed=seed)
        study, truth = simulate(parameters, design), Truth(parameters, design)
        true = truth.values()
        if INSTANCES in parts:
            passed = study.attempts[(study.attempts["grade"] == "resolved") & ~study.attempts["is_golden"]]
            passing = passed.groupby("instance")["submission"].agg(list).to_dict()
            true |= {(SHRUNKEN, str(name)): truth.shrunken(str(name), of) for name, of in passing.items()}
        for part in parts:
            for quantity, of, estimate in PARTS[part](study):
                wanted = 0.0 if quantity.startswith("order: ") else true[quantity, of]
                counts[part][quantity, _verdict(estimate, wanted)] += 1
    return counts


def _verdict(estimate: Estimate, true: float) -> str:
    nothing = estimate.low is None and estimate.high is None
    if nothing:
        # Fieller's set is then the whole line, and says so.
        return "held open" if estimate.available and estimate.method.startswith(FIELLER) else "none"
    # Exact 0 and 1, such as failed golden patches, are sums of shares in the truth.
    close = abs(true - (estimate.estimate or 0.0)) < 1e-12
    held = "held" if close or estimate.covers(true) else "missed"
    return f"{held} open" if estimate.one_sided else held

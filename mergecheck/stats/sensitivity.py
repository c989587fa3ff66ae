"""What the results would be another way: one table, and more of what leaks of the blinding change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergecheck.records import Decision, Grade, Recognised
from mergecheck.stats.analysis import Analysis, analyse
from mergecheck.stats.cells import cells
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.frames import cluster
from mergecheck.stats.intervals import check_level
from mergecheck.stats.jackknife import Sample, sample
from mergecheck.stats.metr import metr_of
from mergecheck.stats.noise import flip_rate
from mergecheck.stats.plan_frames import all_golden
from mergecheck.stats.quantities import Quantity, compared
from mergecheck.stats.refused import false_negatives
from mergecheck.stats.resampling import RESAMPLES
from mergecheck.stats.scope import first_showings, graded, score, with_verdicts
from mergecheck.stats.showings import DECIDED, golden_and_agents
from mergecheck.stats.table import estimate_table
from mergecheck.stats.variants import (
    Results,
    golden_alike,
    results,
    unavailable,
    with_matched,
    with_refused,
    without_noise,
)


class Varied(StrEnum):
    """What is done otherwise."""

    NOTHING = "as reported"
    METHOD = "method"
    BASELINE = "golden baseline"
    INSTANCES = "instances"
    ERRORS = "errors of the grader's infrastructure"
    SKIPS = "skips"
    DECISION = "which verdict"
    REVIEWERS = "several reviewers of a change"
    RECOGNISED = "recognised"
    SAME = "same as golden"
    LEAKS = "leaks"
    CORRECTED = "corrected"
    MODEL = "one model left out"
    REVIEWER = "one reviewer left out"
    REPOSITORY = "one repository left out"


ONE_OUT = (Varied.MODEL, Varied.REVIEWER, Varied.REPOSITORY)


@dataclass(frozen=True, slots=True)
class Variant:
    """The main results another way. `changed` counts the rows that this leaves out or reads otherwise."""

    varied: Varied
    name: str
    changed: int
    results: Results


@dataclass(frozen=True, slots=True)
class ArmSkips:
    """Skipped first showings among those with a verdict, of changes of one arm: "golden" or "agents"."""

    arm: str
    skips: int
    showings: int


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The variants, what is reported first, and how often each arm's changes were skipped."""

    variants: tuple[Variant, ...]
    skips: tuple[ArmSkips, ...]

    def frame(self) -> pd.DataFrame:
        """A row a quantity: `varied, variant, quantity, changed, submissions` and the estimate."""
        lines = (
            (
                {
                    "varied": one.varied.value,
                    "variant": one.name,
                    "quantity": quantity,
                    "changed": one.changed,
                    "submissions": one.results.submissions,
                },
                estimate,
            )
            for one in self.variants
            for quantity, estimate in (
                ("level gap", one.results.level_gap),
                ("slope difference", one.results.difference),
                ("G", one.results.golden),
            )
        )
        about = ("varied", "variant", "quantity", "changed", "submissions")
        return estimate_table(about, lines, whole=("changed", "submissions"))


def sensitivity(
    attempts: pd.DataFrame,
    reviews: pd.DataFrame,
    level: float = 0.95,
    *,
    leaky: pd.Series | None = None,
    resamples: int = RESAMPLES,
) -> Sensitivity:
    """Level gap, slope difference and G another way, one table. What is not available says why.

    Intervals as of the primary result (instance jackknife), METR's method apart.

    Args:
        attempts: a checked attempts frame.
        reviews: a checked reviews frame.
        level: confidence level.
        leaky: a flag for each review of a change that may have given its author away; None without an audit.
        resamples: of METR's method.

    Raises:
        StatsError: the level or the number of resamples is out of range.
    """
    check_level(level)
    study = _Study(attempts, reviews, level)
    variants = [
        Variant(Varied.NOTHING, "primary result", 0, results(study.sample, level)),
        Variant(
            Varied.METHOD, "METR's: patches resampled, golden fixed", 0, _metr(study.sample, level, resamples)
        ),
        Variant(Varied.BASELINE, "matched to what each submission passes", 0, with_matched(study.sample, level)),
        Variant(Varied.BASELINE, "all golden patches alike", 0, results(golden_alike(study.sample), level)),
        _every_golden(study),
        _common_instances(study),
        *_of_attempts(study),
        *_of_reviews(study, leaky),
        *_corrected(study),
        *_one_out(study),
    ]
    return Sensitivity(tuple(variants), _skips(attempts, reviews))


class _Study:
    """Checked frames, and what the main results would be with other attempts or reviews."""

    def __init__(self, attempts: pd.DataFrame, reviews: pd.DataFrame, level: float) -> None:
        self.attempts, self.reviews, self.level = attempts, reviews, level
        self._graded = graded(attempts)
        self.scored = with_verdicts(self._graded, reviews)
        self.sample: Sample = sample(cells(self.scored))

    def of_scored(self, kept: pd.Series) -> Results:
        return results(sample(cells(self.scored[kept])), self.level)

    def rescored(self, reviews: pd.DataFrame) -> Results:
        return results(sample(cells(with_verdicts(self._graded, reviews))), self.level)

    def variant(
        self, varied: Varied, name: str, changed: int, nothing: str, made: Callable[[], Results]
    ) -> Variant:
        """A variant, or where nothing is changed why not."""
        return Variant(varied, name, changed, made() if changed else unavailable(nothing, self.level))


def _metr(whole: Sample, level: float, resamples: int) -> Results:
    found = metr_of(whole, level, resamples=resamples)
    wanted = Quantity.LEVEL_GAP, Quantity.DIFFERENCE, Quantity.GOLDEN
    gap, difference, golden = (found.of(one).estimate for one in wanted)
    return Results(gap, difference, golden, results(whole, level).submissions)


def _every_golden(study: _Study) -> Variant:
    """The baseline that a plan calls `all_golden`: also what was judged as an agent's change alone."""
    attempts = all_golden(study.attempts, study.reviews)
    more = attempts["is_golden"] & attempts["sampled"] & ~study.attempts["sampled"]
    return study.variant(
        Varied.BASELINE,
        "every golden patch with a verdict, drawn or not",
        int(more.sum()),
        "no golden patch outside the sample has a verdict",
        lambda: results(sample(cells(score(attempts, study.reviews))), study.level),
    )


def _common_instances(study: _Study) -> Variant:
    """Level gap and slopes over the instances that all submissions in them have in scope, golden's as well."""
    gaps, dated = compared(study.sample)
    used = sorted({*gaps, *dated})
    matrices, scored = study.sample.cells, study.scored
    there: NDArray[np.bool_] = np.all(matrices.scope[:, used] > 0, axis=1)
    names = {matrices.submissions[column].name for column in used}
    mine = scored["submission"].isin(names) | scored["is_golden"]
    common = cluster(scored).isin({name for name, kept in zip(matrices.instances, there, strict=True) if kept})
    left_out = mine & ~common & scored["in_scope"] & ~scored["is_golden"]
    return study.variant(
        Varied.INSTANCES,
        "only those in scope of every submission compared",
        int(left_out.sum()),
        "every submission compared has the same instances in scope" if used else "no submission is compared",
        lambda: study.of_scored(mine & common),
    )


def _of_attempts(study: _Study) -> Iterator[Variant]:
    failed = study.scored["in_scope"] & (study.scored["grade"] == Grade.ERROR) & ~study.scored["is_golden"]
    yield study.variant(
        Varied.ERRORS,
        "left out",
        int(failed.sum()),
        "no attempt in scope has an error of the grader's infrastructure",
        lambda: study.of_scored(~failed),
    )
    same = study.attempts["same_as_golden"] & ~study.attempts["is_golden"]
    counted = int((study.scored["same_as_golden"] & ~study.scored["is_golden"] & study.scored["counted"]).sum())
    yield study.variant(
        Varied.SAME,
        "verdicts on agents' attempts left out",
        counted,
        "no attempt of an agent with a verdict is the same as golden",
        # The golden patch keeps its verdict; the agent's attempt counts as one that was not drawn.
        lambda: results(
            sample(cells(score(study.attempts.assign(sampled=study.attempts["sampled"] & ~same), study.reviews))),
            study.level,
        ),
    )


def _of_reviews(study: _Study, leaky: pd.Series | None) -> Iterator[Variant]:
    reviews = study.reviews
    skipped = (reviews["decision"] == Decision.SKIP) & reviews["repeat_of"].isna()
    for name, decision in (("all refused", Decision.REQUEST_CHANGES), ("all accepted", Decision.ACCEPT)):
        yield study.variant(
            Varied.SKIPS,
            name,
            int(skipped.sum()),
            "nothing was skipped",
            lambda decision=decision: study.rescored(  # type: ignore[misc]
                reviews.assign(decision=reviews["decision"].where(~skipped, decision.value))
            ),
        )
    final = reviews["decision_final"].notna() & (reviews["decision_final"] != reviews["decision"])
    yield study.variant(
        Varied.DECISION,
        "the final one, after the guess",
        int((final & reviews["decision"].notna()).sum()),
        "no decision was another at the end",
        lambda: study.rescored(
            reviews.assign(decision=reviews["decision_final"].where(final, reviews["decision"]))
        ),
    )
    yield from _several(study)
    known = _known(reviews)
    yield study.variant(
        Varied.RECOGNISED,
        "the reviewer's verdicts on the instance left out",
        int((known & reviews["decision"].notna()).sum()),
        "no reviewer recognised a change",
        lambda: study.rescored(reviews[~known]),
    )
    if leaky is None:
        nothing = unavailable("these frames say nothing of an audit of the blinding", study.level)
        yield Variant(Varied.LEAKS, "left out", 0, nothing)
        return
    gone = _with_repeats(reviews, leaky)
    yield study.variant(
        Varied.LEAKS,
        "left out",
        int((gone & reviews["decision"].notna()).sum()),
        "the audit of the blinding found no leak that was accepted or redacted too late",
        lambda: study.rescored(reviews[~gone]),
    )


def _known(reviews: pd.DataFrame) -> pd.Series:
    """Reviews of an instance by a reviewer who recognised a change to it: golden's and agents' alike."""
    said = reviews["recognised"] == Recognised.YES
    mine = reviews["reviewer"] + "\0" + cluster(reviews)
    return mine.isin(set(mine[said]))


def _with_repeats(reviews: pd.DataFrame, left_out: pd.Series) -> pd.Series:
    """What is left out, and the repeats of it."""
    gone = pd.Series(left_out.to_numpy(dtype=bool), index=reviews.index)
    return gone | reviews["repeat_of"].isin(set(reviews.loc[gone, "assignment"]))


def _several(study: _Study) -> Iterator[Variant]:
    first = first_showings(study.reviews)
    decided = first[first["decision"].isin(DECIDED)]
    liked = (decided["decision"] == Decision.ACCEPT).astype("float64")
    by_reviewer = liked.groupby([decided["candidate"], decided["reviewer"]]).mean()
    found = by_reviewer.groupby(level=0).agg(["mean", "max", "size"])
    several = found[found["size"] > 1]
    for name, accepted in (
        ("majority (a tie is none)", several["mean"] > 0.5),
        ("any accept", several["max"] > 0),
    ):
        said = {one: (Decision.ACCEPT if yes else Decision.REQUEST_CHANGES).value for one, yes in accepted.items()}
        reviews = study.reviews
        mine = reviews["candidate"].isin(said) & reviews["decision"].isin(DECIDED) & reviews["repeat_of"].isna()
        decision = reviews["candidate"].map(said).where(mine, reviews["decision"])
        yield study.variant(
            Varied.REVIEWERS,
            name,
            len(several),
            "no change has verdicts of two reviewers",
            lambda decision=decision: study.rescored(  # type: ignore[misc]
                study.reviews.assign(decision=decision)
            ),
        )


def _corrected(study: _Study) -> Iterator[Variant]:
    flips = flip_rate(study.reviews, study.level)
    noise = without_noise(study.sample, flips, study.level)
    yield Variant(Varied.CORRECTED, "reviewers' noise: (M − εA)/(G − ε)", flips.pairs, noise)
    refused = false_negatives(study.scored, study.level)
    good = with_refused(study.sample, refused, study.level)
    yield Variant(Varied.CORRECTED, "good attempts refused: (M + (1 − A)·r)/G", refused.attempts, good)


def _one_out(study: _Study) -> Iterator[Variant]:
    agents = study.attempts[~study.attempts["is_golden"]]
    for varied, labels, column in (
        (Varied.MODEL, agents["model"], "model"),
        (Varied.REPOSITORY, study.attempts["repo"], "repo"),
    ):
        names = sorted(set(labels))
        if len(names) < 2:
            nothing = unavailable(f"there is {'one alone' if names else 'none'}", study.level)
            yield Variant(varied, "each in turn", 0, nothing)
            continue
        for name in names:
            gone = (study.scored[column] == name) & ~(study.scored["is_golden"] & (column == "model"))
            yield Variant(varied, name, int(gone.sum()), study.of_scored(~gone))
    said = first_showings(study.reviews)
    verdicts = said[said["decision"].notna()].groupby("reviewer").size()
    if len(verdicts) < 2:
        nothing = unavailable("fewer than two reviewers have given verdicts", study.level)
        yield Variant(Varied.REVIEWER, "each in turn", 0, nothing)
        return
    for reviewer, count in sorted(verdicts.items()):
        rest = study.reviews[study.reviews["reviewer"] != reviewer]
        yield Variant(Varied.REVIEWER, str(reviewer), int(count), study.rescored(rest))


def _skips(attempts: pd.DataFrame, reviews: pd.DataFrame) -> tuple[ArmSkips, ...]:
    golden, _ = golden_and_agents(attempts)
    said = first_showings(reviews)
    said = said[said["decision"].notna()]
    mine: np.ndarray[tuple[int], np.dtype[np.bool_]] = said["candidate"].isin(golden).to_numpy(dtype=bool)
    skipped = (said["decision"] == Decision.SKIP).to_numpy(dtype=bool)
    arms = (("agents", ~mine), ("golden", mine))
    return tuple(ArmSkips(arm, int(skipped[of].sum()), int(of.sum())) for arm, of in arms)


@dataclass(frozen=True, slots=True)
class WithAndWithout:
    """A submission's relative merge rate M/G, over all reviews and over those that are left."""

    submission: str
    whole: Estimate
    left: Estimate


@dataclass(frozen=True, slots=True)
class WithoutLeaks:
    """The sensitivity to leaks: how many candidates and reviews were left out, and what that changes."""

    candidates: int
    reviews: int
    level_gap: WithAndWithout
    golden: WithAndWithout
    relative_merge_rates: tuple[WithAndWithout, ...]


def without_leaks(
    analysis: Analysis, attempts: pd.DataFrame, reviews: pd.DataFrame, left_out: pd.Series
) -> WithoutLeaks:
    """The main results with and without some reviews.

    An attempt whose reviews are all left out is one that nobody has reviewed: it stays in pass rates and in no
    conditional rate. A repeat of a showing that is left out goes with it.

    Args:
        analysis: of all of the reviews.
        attempts: the attempts frame.
        reviews: the reviews frame.
        left_out: a flag for each row of it.
    """
    gone = left_out.to_numpy(dtype=bool)
    names = set(reviews.loc[gone, "assignment"])
    gone = gone | reviews["repeat_of"].isin(names).to_numpy(dtype=bool)
    decided = reviews["decision"].notna().to_numpy(dtype=bool)
    rest = analyse(attempts, reviews.loc[~gone], analysis.level)
    rates = {rate.submission: rate.relative_merge_rate for rate in rest.rates}
    return WithoutLeaks(
        candidates=int(reviews.loc[left_out.to_numpy(dtype=bool), "candidate"].nunique()),
        reviews=int((gone & decided).sum()),
        level_gap=WithAndWithout("level gap", analysis.level_gap.estimate, rest.level_gap.estimate),
        golden=WithAndWithout(analysis.golden.submission or "golden", analysis.golden.rate, rest.golden.rate),
        relative_merge_rates=tuple(
            WithAndWithout(rate.submission, rate.relative_merge_rate, rates[rate.submission])
            for rate in analysis.rates
        ),
    )

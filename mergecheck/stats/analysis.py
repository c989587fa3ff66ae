"""Everything that a report says, computed from the two frames in one call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from mergecheck.stats.cells import FEWEST_IN_STRATUM, GOLDEN_COLUMN, cells
from mergecheck.stats.estimate import POPULATION, ConfidenceSet, Estimate
from mergecheck.stats.flow import Flow, Work, flow, open_first_showings, work
from mergecheck.stats.frames import check_attempts, check_reviews
from mergecheck.stats.intervals import check_level
from mergecheck.stats.jackknife import Sample, sample
from mergecheck.stats.outcomes import Outcomes, outcomes
from mergecheck.stats.rates import SubmissionRates, gap, golden_baseline, merge_rate, pass_rate, reviewed_share
from mergecheck.stats.ratios import gap_set, relative_conditional_rate, relative_merge_rate
from mergecheck.stats.scope import OUT_IN_WORDS, Out, score
from mergecheck.stats.trend import LevelGap, Trend, level_gap, trend


@dataclass(frozen=True, slots=True)
class Golden:
    """The golden baseline: its `rate` G, and how many golden patches were `sampled` and `reviewed`."""

    submission: str | None
    sampled: int
    reviewed: int
    rate: Estimate


@dataclass(frozen=True, slots=True)
class FiellerSets:
    """Fieller's sets beside the default intervals of a submission's M/G, C/G and gap."""

    submission: str
    merge: ConfidenceSet
    conditional: ConfidenceSet
    gap: ConfidenceSet


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know beside the numbers. `about` is a submission or a part of the report."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """All results. `rates` are by release date; `outcomes` and `flow` the same with golden last.

    `instances` counts those in scope of any submission. `verdicts` counts assignments with one (repeats included),
    `simulated` those of them that no person gave; `not_reviewed` first showings that wait for a verdict.
    """

    level: float
    population: str
    instances: int
    verdicts: int
    simulated: int
    not_reviewed: int
    level_gap: LevelGap
    golden: Golden
    rates: tuple[SubmissionRates, ...]
    fieller: tuple[FiellerSets, ...]
    trend: Trend
    outcomes: tuple[Outcomes, ...]
    flow: tuple[Flow, ...]
    work: tuple[Work, ...]
    notes: tuple[Note, ...]


def analyse(attempts: pd.DataFrame, reviews: pd.DataFrame, level: float = 0.95) -> Analysis:
    """Everything that a report says, from the two frames of the design.

    Args:
        attempts: columns of `frames.ATTEMPTS`, a row an attempt.
        reviews: columns of `frames.REVIEWS`, a row an assignment.
        level: confidence level of all intervals, above .5 and below 1.

    Raises:
        StatsError: a frame is not as `check_attempts` and `check_reviews` want it, or the level is out of range.
    """
    attempts = check_attempts(attempts)
    return analyse_checked(attempts, check_reviews(reviews, attempts), level)


def analyse_checked(attempts: pd.DataFrame, reviews: pd.DataFrame, level: float = 0.95) -> Analysis:
    """`analyse` of frames that were checked before, and not changed since.

    Raises:
        StatsError: the level is out of range.
    """
    check_level(level)
    scored = score(attempts, reviews)
    whole = sample(cells(scored))
    golden_name = next(iter(scored.loc[scored["is_golden"], "submission"]), None)
    names = [who.name for who in whole.cells.submissions] + ([golden_name] if golden_name else [])
    rates, sets = _rates(whole, level)
    decided = reviews["decision"].notna()
    flows = flow(scored, names)
    level_gaps, trends = level_gap(whole, rates, level), trend(whole, rates, level)
    return Analysis(
        level=level,
        population=POPULATION,
        instances=len(whole.cells.instances),
        verdicts=int(decided.sum()),
        simulated=int((decided & reviews["simulated"]).sum()),
        not_reviewed=open_first_showings(reviews),
        level_gap=level_gaps,
        golden=Golden(
            golden_name,
            int(whole.totals.scope[GOLDEN_COLUMN]),
            int(whole.totals.reviewed[GOLDEN_COLUMN]),
            golden_baseline(whole, level),
        ),
        rates=rates,
        fieller=sets,
        trend=trends,
        outcomes=outcomes(scored, reviews, names),
        flow=flows,
        work=work(reviews),
        notes=(
            *_notes_of_golden(whole),
            *_notes_of_rates(rates),
            *_notes_of_trend(level_gaps, trends),
            *_notes_of_flow(flows),
        ),
    )


def _rates(whole: Sample, level: float) -> tuple[tuple[SubmissionRates, ...], tuple[FiellerSets, ...]]:
    rates, sets = [], []
    for column, who in enumerate(whole.cells.submissions):
        merge = relative_merge_rate(whole, column, level)
        conditional = relative_conditional_rate(whole, column, level)
        in_scope = int(whole.totals.scope[column])
        rates.append(
            SubmissionRates(
                submission=who.name,
                model=who.model,
                released=who.released,
                agent=who.agent,
                in_scope=in_scope,
                passes=int(whole.totals.passed[column]),
                reviewed=int(whole.totals.reviewed[column]),
                coverage=in_scope / whole.cells.known_instances,
                pass_rate=pass_rate(whole, column, level),
                conditional_rate=reviewed_share(whole, column, level),
                merge_rate=merge_rate(whole, column, level),
                relative_merge_rate=merge.delta,
                relative_conditional_rate=conditional.delta,
                gap=gap(whole, column, level),
            )
        )
        sets.append(FiellerSets(who.name, merge.fieller, conditional.fieller, gap_set(whole, column, level)))
    return tuple(rates), tuple(sets)


def _notes_of_golden(whole: Sample) -> Iterator[Note]:
    strata = whole.cells.strata
    if strata:
        how = f"weighted to the instances' mix of {max(strata) + 1} strata of repositories"
        small = f"those with fewer than {FEWEST_IN_STRATUM} golden verdicts are pooled"
        yield Note("golden", f"G is {how}; {small}")


def _notes_of_rates(rates: tuple[SubmissionRates, ...]) -> Iterator[Note]:
    for rate in rates:
        titled = {
            "A": rate.pass_rate,
            "C": rate.conditional_rate,
            "M": rate.merge_rate,
            "M/G": rate.relative_merge_rate,
            "C/G": rate.relative_conditional_rate,
            "gap": rate.gap,
        }
        reasons: dict[str, list[str]] = {}
        for title, estimate in titled.items():
            if estimate.reason:
                reasons.setdefault(estimate.reason, []).append(title)
        for reason, titles in reasons.items():
            yield Note(rate.submission, f"{', '.join(titles)}: {reason}")


def _notes_of_trend(gaps: LevelGap, trends: Trend) -> Iterator[Note]:
    if gaps.estimate.reason:
        yield Note("level gap", gaps.estimate.reason)
    for left_out in gaps.left_out:
        yield Note(left_out.submission, f"not in the level gap: {left_out.reason}")
    reasons = dict.fromkeys(
        fit.reason for fit in (trends.grader, trends.merged, trends.maintainers, trends.difference) if fit.reason
    )
    for reason in reasons:
        yield Note("trend", reason)
    for left_out in trends.left_out:
        yield Note(left_out.submission, f"not in the trend: {left_out.reason}")
    for model in trends.shared_models:
        yield Note("trend", f"several submissions are of one model, {model}: they are no independent points")


def _notes_of_flow(flows: tuple[Flow, ...]) -> Iterator[Note]:
    for step in flows:
        for reason, count in step.out:
            # Golden outside its sample is how a share of golden is drawn, nothing that went wrong.
            if reason != Out.NOT_IN_SAMPLE:
                of = f"{count} of {step.attempts} attempts"
                yield Note(step.submission, f"out of scope, {of}: {OUT_IN_WORDS[Out(reason)]}")
        if step.errors:
            failed = f"{step.errors} of {step.in_scope} attempts"
            yield Note(step.submission, f"counted as failed, {failed}: an error of the grader's infrastructure")
        if step.skips:
            share = f"{step.skips} of {step.showings} verdicts, {100 * step.skips / step.showings:.0f} %"
            yield Note(step.submission, f"skipped, {share}: left out of the rates")

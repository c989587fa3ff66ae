"""What a report has to do with the plan: note changes of it, count the look, say whether all is as planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mergecheck.cli.terminal import talk

if TYPE_CHECKING:
    import pandas as pd

    from mergecheck.cli.looking import Seen
    from mergecheck.report.plan import ToldPlan
    from mergecheck.stats.analysis import Analysis
    from mergecheck.stats.plan_result import Planned
    from mergecheck.store.plan import Plan
    from mergecheck.study.analysis_choices import Choices


def tell_plan(seen: Seen, analysis: Analysis, command: str = "report") -> ToldPlan:
    """The study's plan with its results; notes the look, which shows the primary result.

    Args:
        seen: the study's frames.
        analysis: what the report is about to show of them.
        command: what shows it.
    """
    from mergecheck.report.plan import ToldPlan
    from mergecheck.study.analysis_choices import Choices

    plan, recorded = count_look(seen, analysis.verdicts, analysis.simulated, command)
    now = seen.plan.analysis
    results = _results(seen.attempts, seen.reviews, now, analysis)
    if not plan.changes:
        return ToldPlan(plan, now, results, recorded=recorded)
    known = {name: plan.plan.get(name, value) for name, value in Choices().plain().items()}
    locked = Choices(**{**known, "exclude": tuple(known["exclude"])})
    locked_results = _results(seen.attempts, seen.reviews, locked, analysis)
    return ToldPlan(plan, now, results, locked, locked_results, recorded)


def count_look(seen: Seen, verdicts: int, simulated: int, command: str) -> tuple[Plan, bool]:
    """The plan as it stands after this look; and whether that could be noted, in a study that may be written to.

    Without a verdict there is no result to look at, and nothing is counted.
    """
    from mergecheck.errors import StoreError
    from mergecheck.store.database import Database
    from mergecheck.store.plan import note_plan, plan_of, record_look

    database, choices = Database.open(seen.plan.database), seen.plan.analysis
    recorded = True
    try:
        with database.writing() as connection:
            note_plan(connection, choices)
            if verdicts:
                record_look(connection, command, choices, verdicts, simulated)
    except StoreError as error:
        # Whoever was sent a study to read may still read it; the report says that it is not counted.
        talk(f"This look was not counted: {error.what}.")
        recorded = False
    with database.reading() as connection:
        return plan_of(connection, choices), recorded


def _results(attempts: pd.DataFrame, reviews: pd.DataFrame, choices: Choices, analysis: Analysis) -> Planned:
    from mergecheck.stats.plan_result import Planned, planned
    from mergecheck.study.analysis_choices import DEFAULTS, threshold_of

    if choices == DEFAULTS:
        return Planned(analysis.level_gap.estimate, analysis.trend.difference)
    threshold, at_least = threshold_of(choices.progress)
    return planned(
        attempts,
        reviews,
        analysis.level,
        primary=choices.primary,
        secondary=choices.secondary,
        baseline=choices.baseline,
        interval=choices.interval,
        exclude=choices.exclude,
        several=choices.several,
        outcome=choices.outcome,
        threshold=threshold,
        at_least=at_least,
    )

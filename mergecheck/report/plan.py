"""Whether a report is as planned: the plan that was locked, what has changed since, how many looks there were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergecheck.report.fitting import Column, tables
from mergecheck.report.prose import Prose
from mergecheck.report.terminal import print_heading
from mergecheck.report.words import count, interval, point
from mergecheck.stats.estimate import Estimate
from mergecheck.stats.plan_result import Planned
from mergecheck.store.plan import Looks, Plan
from mergecheck.study.analysis_choices import DEFAULTS, Choices

TITLES = {"level_gap": "level gap", "slope_difference": "slope difference"}
_UNITS = {"level_gap": ("pp", 100.0), "slope_difference": ("pp a year", 1.0)}
EXPLORATORY = "All else is exploratory."
LOOKS = "A look: `report`, its rates, trend and sensitivity, `plan --like`; before the study was closed and after."


@dataclass(frozen=True, slots=True)
class ToldPlan:
    """A plan and what it gives: the present choices with their results, and the locked ones where they differ.

    `recorded` is false where the study could not be written to, so that this look is not among the looks.
    """

    plan: Plan
    now: Choices
    results: Planned
    locked: Choices | None = None
    locked_results: Planned | None = None
    recorded: bool = True

    @property
    def comes_first(self) -> bool:
        """Whether the planned primary result is not what the report shows by default."""
        return self.now != DEFAULTS or self.locked is not None


def print_plan(told: ToldPlan, console: Console) -> None:
    """Print whether the report is as planned, with the primary and the key secondary result of the plan."""
    print_heading(console, "Plan", _locked(told.plan))
    for sentence, style in _sentences(told):
        console.print(Padding(Prose(sentence, style=style), (0, 0, 0, 2), expand=False))
    if told.plan.changes:
        columns = [
            Column("locked", tuple(Text(one.locked) for one in told.plan.changes)),
            Column("now", tuple(Text(one.now) for one in told.plan.changes)),
            Column("seen first", tuple(Text(day(one.since)) for one in told.plan.changes)),
        ]
        for table in tables(console, "[analysis]", [Text(one.choice) for one in told.plan.changes], columns):
            console.print(Padding(table, (0, 0, 0, 2), expand=False))
    for line in _results(told):
        console.print(Padding(Prose(line), (0, 0, 0, 2), expand=False))


def day(at: str) -> str:
    """The day of a time that the store keeps."""
    return at[:10]


def _locked(plan: Plan) -> str:
    if plan.locked_at is not None:
        return f"locked {day(plan.locked_at)} by mergecheck {plan.program}"
    return "none was locked" if plan.handed_out else "none is locked yet"


def _sentences(told: ToldPlan) -> Iterator[tuple[str, str]]:
    plan = told.plan
    if plan.locked_at is None:
        why = (
            "No plan was locked: the first round went out before mergecheck locked plans."
            if plan.handed_out
            else "No plan is locked yet: the first `mergecheck assign` locks what [analysis] in study.toml says."
        )
        yield why, "yellow"
    elif plan.changes:
        changed = count(len(plan.changes), "choice")
        yield f"Not as planned (locked {day(plan.locked_at)}): {changed} changed since.", "bold yellow"
    else:
        yield f"As planned (locked {day(plan.locked_at)}). {EXPLORATORY}", "green"
    if told.now != DEFAULTS:
        yield "The rest of the report keeps to the defaults of [analysis].", "dim"
    yield looks_in_words(plan.looks, recorded=told.recorded), ""
    if plan.looks.count:
        yield LOOKS, "dim"


def looks_in_words(looks: Looks, *, recorded: bool = True) -> str:
    """How often the primary result was shown, over how many verdicts; simulated ones are said to be that."""
    unwritten = "" if recorded else " This look could not be noted: the study cannot be written to."
    if not looks.count:
        return f"Nobody has looked at a result yet: there was no verdict to make one of.{unwritten}"
    said = f"{count(looks.count, 'look')} at the result"
    if looks.first is not None and looks.last is not None:
        said += f": the first on {day(looks.first)} over {count(looks.verdicts_first, 'verdict')}"
        if looks.count > 1:
            said += f", the last on {day(looks.last)} over {count(looks.verdicts, 'verdict')}"
    if looks.simulated:
        all_of = "all" if looks.simulated == looks.count else str(looks.simulated)
        said += f"; {all_of} of them at simulated verdicts, which show nothing of the study's own result"
    return f"{said}.{unwritten}"


def _results(told: ToldPlan) -> Iterator[Text]:
    """The results that are not the report's headline already."""
    compared = told.locked is not None and told.locked_results is not None
    if told.locked is not None and told.locked_results is not None:
        yield from _both(told.locked, told.locked_results, "as locked", headline=True)
    yield from _both(
        told.now, told.results, "as now" if compared else "", headline=compared or told.now != DEFAULTS
    )


def _both(choices: Choices, results: Planned, when: str, *, headline: bool) -> Iterator[Text]:
    if headline:
        yield _line("Primary", when, choices.primary, results.primary)
    if results.secondary is not None:
        yield _line("Key secondary", when, choices.secondary, results.secondary)


def _line(which: str, when: str, name: str, estimate: Estimate) -> Text:
    unit, scale = _UNITS[name]
    title = f"{which}{f', {when}' if when else ''}: {TITLES[name]} "
    if not estimate.available:
        return Text.assemble(title, "n/a", (f"  {estimate.reason}", "dim"))
    limits = interval(estimate, scale) or "[n/a]"
    # Without limits there is no method to name, and the reason says all.
    how = estimate.method if (estimate.low, estimate.high) != (None, None) else ""
    said = "; ".join(part for part in (how, estimate.reason) if part)
    return Text.assemble(
        title,
        (f"{point(estimate, scale)} {unit}", "bold green" if which == "Primary" else "bold"),
        f" {limits}",
        (f"  {said}", "dim"),
    )


def plan_as_json(told: ToldPlan) -> dict[str, Any]:
    """The plan as dicts, lists, text, numbers and None; gaps as fractions of 1, slopes in points a year."""
    from mergecheck.report.as_json import plain

    plan = told.plan
    return {
        "locked": None
        if plan.locked_at is None
        else {"at": plan.locked_at, "program": plan.program, "digest": plan.digest, "plan": dict(plan.plan)},
        "as_planned": plan.as_planned,
        "handed_out": plan.handed_out,
        "changes": [asdict(one) for one in plan.changes],
        "looks": {**asdict(plan.looks), "this_one_noted": told.recorded},
        "now": told.now.plain(),
        "results": plain(told.results),
        "results_as_locked": None if told.locked_results is None else plain(told.locked_results),
    }

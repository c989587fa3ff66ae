"""What `assign` says of a round that it draws: what its sizes mean for intervals, and what conflicts cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mergecheck.assign.conflicts import ConflictPolicy, Cost
from mergecheck.report.fitting import Column, tables
from mergecheck.report.words import count, number
from mergecheck.stats.precision import Alternative, RoundPrecision

NOT_AVAILABLE = "n/a"

GOLDEN_ONLY_TELLS = "A reviewer who knows this policy sees that no change to an instance of theirs is golden."


def precision_as_json(precision: RoundPrecision) -> dict[str, Any]:
    """A round's precision as plain data: half widths are fractions of 1, null where there is no interval."""
    sizes = precision.sizes
    return {
        "level": precision.level,
        "assumed": asdict(precision.assumed),
        "golden": {
            "before": sizes.golden_before,
            "half_width_before": precision.golden_before,
            "now": sizes.golden_now,
            "half_width_now": precision.golden_now,
            "in_reserve": sizes.golden_in_reserve,
            "rounds_left": sizes.rounds_left,
            "alternatives": [asdict(one) for one in precision.reserve],
        },
        "again": {
            "items": sizes.again,
            "half_width": precision.drift,
            "detectable": precision.detectable,
            "alternatives": [asdict(one) for one in precision.earlier],
        },
        "submissions": [asdict(one) for one in precision.submissions],
    }


def costs_as_json(
    costs: Sequence[Cost],
    chosen: ConflictPolicy,
    *,
    pull_requests_known: int,
    instances: int,
    with_github: int,
    reviewers: int,
) -> dict[str, Any]:
    """What conflict policies cost as plain data; the numbers are counts of what is known."""
    return {
        "chosen": chosen.value,
        "pull_requests_known": pull_requests_known,
        "instances": instances,
        "reviewers_with_github": with_github,
        "reviewers": reviewers,
        "policies": [{**asdict(cost), "policy": cost.policy.value} for cost in costs],
    }


def print_precision(precision: RoundPrecision, console: Console | None = None) -> None:
    """Print what a round's sizes mean for its intervals, and what other shares would have meant."""
    console = console or Console(highlight=False)
    _heading(console, "What this round can show", f"{100 * precision.level:g} % intervals, no verdict was read")
    _say(console, _golden(precision))
    _say(console, _reserve(precision))
    _say(console, _again(precision))
    _submissions(console, precision)
    _alternatives(console, precision)


def print_costs(
    costs: Sequence[Cost],
    chosen: ConflictPolicy,
    *,
    pull_requests_known: int,
    instances: int,
    with_github: int,
    reviewers: int,
    console: Console | None = None,
) -> None:
    """Print what each conflict policy would cost in a round, or why that cannot be known.

    Args:
        costs: one for each policy.
        chosen: the study's.
        pull_requests_known: of how many instances in scope the pull request is known.
        instances: in scope.
        with_github: active reviewers with a GitHub name.
        reviewers: active ones.
        console: where to.
    """
    console = console or Console(highlight=False)
    _heading(console, "Conflicts of interest", "reviewers who wrote, reviewed or merged the fix")
    unknown = _why_unknown(pull_requests_known, instances, with_github, reviewers)
    for reason in unknown:
        _say(console, reason)
    if pull_requests_known and with_github:
        if not any(cost.conflicting for cost in costs):
            found = "that can be seen " if unknown else ""
            _say(console, f"No conflict {found}in this round: no policy costs anything.")
        else:
            _cost_table(console, costs, chosen)
            of_chosen = next(cost for cost in costs if cost.policy is chosen)
            _say(console, _chosen_costs(of_chosen))
            if chosen is ConflictPolicy.GOLDEN_ONLY and of_chosen.barred:
                _say(console, GOLDEN_ONLY_TELLS)
    else:
        _say(console, f"Until then every reviewer counts as free of conflicts (chosen: {chosen.value}).")


def _heading(console: Console, title: str, beside: str) -> None:
    console.print()
    console.print(Text.assemble((title, "bold"), (f"  {beside}", "dim")))


def _say(console: Console, sentence: str, style: str = "") -> None:
    console.print(Padding(Text(sentence, style=style), (0, 0, 0, 2), expand=False))


def _points(half_width: float | None) -> str:
    return NOT_AVAILABLE if half_width is None else f"± {number(100 * half_width)}"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _golden(precision: RoundPrecision) -> str:
    sizes = precision.sizes
    if not sizes.golden_now:
        return "Golden baseline: none in the sample, so no rate relative to golden can be computed."
    where = f"points, {_where(precision)}."
    now = _points(precision.golden_now)
    if not sizes.golden_before:
        return f"Golden baseline: {sizes.golden_now} in the sample: {now} {where}"
    if sizes.golden_now == sizes.golden_before:
        return f"Golden baseline: {sizes.golden_now} in the sample, as before: {now} {where}"
    return (
        f"Golden baseline: {sizes.golden_before} in the sample before, {sizes.golden_now} now: "
        f"{_points(precision.golden_before)} → {now} {where}"
    )


def _where(precision: RoundPrecision) -> str:
    share = precision.assumed.share
    return f"where {'half' if share == 0.5 else _percent(share)} are accepted"


def _reserve(precision: RoundPrecision) -> str:
    left = precision.sizes.golden_in_reserve
    if not left:
        return "Golden reserve: empty, so a later round has no golden candidate of these instances to add."
    rounds = precision.sizes.rounds_left
    if rounds is None:
        return f"Golden reserve: {left} left; the study's share draws none of them."
    if not rounds:
        return f"Golden reserve: {left} left, too few for another round at this share."
    return f"Golden reserve: {left} left, enough for {count(rounds, 'more round')} at this share."


def _again(precision: RoundPrecision) -> str:
    sizes, assumed = precision.sizes, precision.assumed
    if not sizes.again:
        why = "as there is no earlier round" if sizes.earlier == 0 else "so rounds cannot be compared"
        return f"Shown again: no earlier candidate, {why}."
    shown = f"Shown again: {count(sizes.again, 'earlier candidate')}"
    if precision.detectable is None:
        return f"{shown}, too few to find any drift between rounds."
    return (
        f"{shown}. A drift between rounds is known to {_points(precision.drift)} points, and one of "
        f"{number(100 * precision.detectable)} is found with {_percent(assumed.power)} power, where "
        f"{_percent(assumed.flip)} of second verdicts differ from the first."
    )


def _submissions(console: Console, precision: RoundPrecision) -> None:
    rows = precision.submissions
    if not rows:
        return
    columns = [
        _column("new candidates", (str(one.n) for one in rows)),
        _column("C, points", (_points(one.half_width) for one in rows)),
        _column("C/G, factor", (_factor(one.factor) for one in rows)),
    ]
    for table in tables(console, "submission", [Text(one.submission) for one in rows], columns):
        console.print(table)
    assumed = precision.assumed
    _say(
        console,
        f"C: merged of those that pass, {_where(precision)}. C/G: next to golden; its interval goes from C/G ÷ "
        f"factor to C/G × factor, where {_percent(assumed.rate)} of the submission's and "
        f"{_percent(assumed.golden)} of golden candidates are accepted.",
        style="dim",
    )


def _factor(factor: float | None) -> str:
    return NOT_AVAILABLE if factor is None else f"×/÷ {factor:.2f}"


def _alternatives(console: Console, precision: RoundPrecision) -> None:
    for heading, rows, n_heading in (
        ("golden from the reserve", precision.reserve, "golden sample"),
        ("earlier ones shown again", precision.earlier, ""),
    ):
        if not rows:
            continue
        columns = [_column("candidates", (str(one.items) for one in rows))]
        if n_heading:
            columns.append(_column(n_heading, (str(one.n) for one in rows)))
        measure = "G, points" if n_heading else "drift, points"
        columns.append(_column(measure, (_points(one.half_width) for one in rows)))
        for table in tables(console, heading, [Text(_share(one)) for one in rows], columns):
            console.print(table)


def _share(one: Alternative) -> str:
    if one.share is None:
        return ("none", "as in study.toml", "twice as many")[one.times]
    return f"{_percent(one.share)}{' (study.toml)' if one.times == 1 else ''}"


def _column(heading: str, cells: Iterable[str]) -> Column:
    return Column(heading, tuple(Text(cell) for cell in cells))


def _why_unknown(pull_requests_known: int, instances: int, with_github: int, reviewers: int) -> list[str]:
    """What keeps some or all conflicts from being seen, and what to do about it."""
    reasons = []
    if not pull_requests_known:
        reasons.append("No pull request is known, so no conflict can be seen: run `mergecheck pull --github`.")
    elif pull_requests_known < instances:
        reasons.append(
            f"Pull requests are known for {pull_requests_known} of {count(instances, 'instance')}; for the others "
            "no conflict can be seen: run `mergecheck pull --github`."
        )
    if not with_github:
        reasons.append("No reviewer has a `github` name in reviewers.toml, so nobody's conflicts can be seen.")
    elif with_github < reviewers:
        reasons.append(
            f"{with_github} of {count(reviewers, 'reviewer')} {'has' if with_github == 1 else 'have'} a `github` "
            "name in reviewers.toml; the conflicts of the others cannot be seen."
        )
    return reasons


def _cost_table(console: Console, costs: Sequence[Cost], chosen: ConflictPolicy) -> None:
    names = [
        Text(f"{cost.policy.value} (chosen)", style="bold") if cost.policy is chosen else Text(cost.policy.value)
        for cost in costs
    ]
    columns = [
        _column("conflicts", (str(cost.conflicting) for cost in costs)),
        _column("barred", (str(cost.barred) for cost in costs)),
        _column("marked", (str(cost.flagged) for cost in costs)),
        _column("for nobody", (str(cost.nobody) for cost in costs)),
        _column("golden", (str(cost.nobody_golden) for cost in costs)),
        _column("instances", (str(cost.instances) for cost in costs)),
    ]
    for table in tables(console, "policy", names, columns):
        console.print(table)
    _say(
        console,
        "Conflicts, barred, marked: pairs of a reviewer and a candidate. For nobody: candidates that only "
        "conflicts keep everybody from, with the golden ones among them and their instances.",
        style="dim",
    )


def _chosen_costs(cost: Cost) -> str:
    name = f"{cost.policy.value} (chosen)"
    if not cost.nobody:
        return f"{name}: somebody can review every candidate."
    candidates = f"{count(cost.nobody, 'candidate')} of {count(cost.instances, 'instance')}"
    golden = f", {cost.nobody_golden} of them golden and missing from the baseline" if cost.nobody_golden else ""
    return f"{name}: nobody can review {candidates}{golden}."

"""`mergecheck report`: rates, intervals, trend, or one subject. Needs a closed study, or `--unblind`."""

from __future__ import annotations

import gc
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mergecheck.cli.looking import Unblind, look, material_of, say_looks, show
from mergecheck.cli.terminal import AsJson, StudyFolder, print_json, talk
from mergecheck.report.subjects import Subject

if TYPE_CHECKING:
    from mergecheck.cli.looking import Seen
    from mergecheck.report.subjects.page import Material


def report(
    study: StudyFolder = Path(),
    subject: Annotated[
        Subject | None,
        typer.Argument(metavar="SUBJECT", help="What to print alone and whole.", show_default=False),
    ] = None,
    unblind: Unblind = False,
    by_reviewer: Annotated[
        bool,
        typer.Option(
            "--by-reviewer", help="Tell each reviewer's work, also where fewer than three have given verdicts."
        ),
    ] = False,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure",
            metavar="FILE",
            help="Draw it as well: .png, .svg or .pdf, its data beside it as .csv. For trend and horizon.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print merge rates relative to golden, by model and over time, each with its interval and its n.

    With a subject, print that one alone and whole: every number with how it was computed, and why others are not
    available (docs/report.md says what each tells). Example:

        mergecheck report --study my-study --json > report.json

        mergecheck report agreement --study my-study

        mergecheck report trend --figure trend.svg --study my-study
    """
    if figure is not None:
        _check_figure(figure, subject)
    _load()
    from mergecheck.study import load_study

    plan = load_study(study)
    seen = look(plan, unblind=unblind, at="" if subject is None else subject)
    if subject is None:
        _whole(seen, by_reviewer=by_reviewer, as_json=as_json)
        return
    from mergecheck.report.subjects.registry import PAGES

    material = material_of(seen, by_reviewer=by_reviewer)
    page = PAGES[subject](material)
    if subject in (Subject.RATES, Subject.TREND, Subject.SENSITIVITY):
        from mergecheck.cli.planning import count_look

        # They tell the primary result or the key secondary.
        count_look(seen, page.verdicts, page.simulated, f"report {subject}")
    show(page, seen, as_json=as_json)
    if figure is not None:
        _draw(subject, material, figure)


SLOW_TO_LOAD = ("mergecheck.store.frames", "mergecheck.stats.analysis", "mergecheck.report.terminal")
"""Modules of ours that bring SQLAlchemy, pandas and SciPy."""


def _load() -> None:
    """Import what takes its time, with the collector of cycles paused.

    It would go again and again through the hundreds of thousands of objects that the libraries make and keep: an
    eighth of the time that a report takes. Nor does it look at them later.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        for name in SLOW_TO_LOAD:
            import_module(name)
        gc.freeze()
    finally:
        if collects:
            gc.enable()


def _check_figure(file: Path, subject: Subject | None) -> None:
    """Refuse what cannot be drawn before anything is computed."""
    from mergecheck.report.figures import check_target

    if subject not in (Subject.TREND, Subject.HORIZON):
        raise typer.BadParameter(
            "figures are drawn of trend and horizon: `mergecheck report trend --figure FILE`",
            param_hint="--figure",
        )
    check_target(file)


def _draw(subject: Subject, material: Material, file: Path) -> None:
    from mergecheck.report.figures import save
    from mergecheck.report.figures_horizon import horizon_drawings
    from mergecheck.report.figures_trend import trend_drawings

    draw = trend_drawings if subject is Subject.TREND else horizon_drawings
    for written in save(draw(material), file):
        talk(f"drawn: {written}" if written.suffix == file.suffix else f"its data: {written}")


def _whole(seen: Seen, *, by_reviewer: bool, as_json: bool) -> None:
    from rich.console import Console

    from mergecheck.cli.planning import tell_plan
    from mergecheck.report.as_json import as_json as analysis_as_json
    from mergecheck.report.as_json import plain
    from mergecheck.report.plan import plan_as_json, print_plan
    from mergecheck.report.sensitivity import print_leaks, print_sensitivity
    from mergecheck.report.subjects.sensitivity import sensitivity_of
    from mergecheck.report.terminal import print_analysis
    from mergecheck.stats.analysis import analyse_checked
    from mergecheck.stats.sensitivity import without_leaks

    analysis = analyse_checked(seen.attempts, seen.reviews)
    leaky = seen.reviews["leak"].notna()
    plan = tell_plan(seen, analysis)
    leaks = without_leaks(analysis, seen.attempts, seen.reviews, leaky) if leaky.any() else None
    otherwise, _ = sensitivity_of(material_of(seen, by_reviewer=by_reviewer))
    if as_json:
        print_json(
            {
                "study": seen.plan.name,
                "early_looks": seen.early_looks,
                "plan": plan_as_json(plan),
                **analysis_as_json(analysis, by_reviewer=by_reviewer),
                "sensitivity": plain(otherwise),
                "without_leaks": None if leaks is None else plain(leaks),
                "leaks_of_all": list(seen.leaks_of_all),
            }
        )
        return
    say_looks(seen)
    console = Console(highlight=False)
    print_analysis(
        analysis, console, by_reviewer=by_reviewer, plan=partial(print_plan, plan), plan_first=plan.comes_first
    )
    print_sensitivity(otherwise, console)
    print_leaks(leaks, seen.leaks_of_all, console)

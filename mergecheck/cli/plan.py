"""`mergecheck plan`: what a study of some size would tell, before anybody reviews anything."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from mergecheck.cli.terminal import AsJson, print_json, progress

if TYPE_CHECKING:
    from mergecheck.cli.plan_like import Like
    from mergecheck.stats.plan import Drawn, Row
    from mergecheck.stats.plan_assumed import Assumed, Choice

Number = TypeVar("Number", int, float)
MOST = 200
"""Choices at once."""
CHUNK = 20
ROUNDS = 3
"""Times that a choice is simulated: as assumed, and near either detectable effect."""
WORTH_A_POOL = 150_000
"""Attempts to simulate from which on other processes are worth their start."""

Spread = typer.Option(min=0, max=4, help="In logits.", show_default=False)


def plan(
    instances: Annotated[
        str | None,
        typer.Option(metavar="N,…", help="Instances. Default: 50,95,200, or the study's.", show_default=False),
    ] = None,
    models: Annotated[
        str | None, typer.Option(metavar="N,…", help="Models. Default: 5, or the study's.", show_default=False)
    ] = None,
    golden_share: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE,…",
            help="Share of the instances whose golden patch is reviewed. Default: .5,1, or the study's and 1.",
            show_default=False,
        ),
    ] = None,
    reviewers: Annotated[
        str | None, typer.Option(metavar="N,…", help="Reviewers. Default: 4, or the study's.", show_default=False)
    ] = None,
    overlap: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE,…",
            help="Share of the candidates that a second reviewer gets too. Default: 0, or the study's.",
            show_default=False,
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(help="Minutes a review. Default: 10, or what the study's took.", show_default=False),
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(help="The true level gap, in points. Default: what the rates give.", show_default=False),
    ] = None,
    slope_difference: Annotated[
        float | None,
        typer.Option(
            help="The true slope difference, points a year. Default: what the rates give.", show_default=False
        ),
    ] = None,
    golden: Annotated[
        float | None, typer.Option(help="The true golden baseline G. Default: METR's, .68.", show_default=False)
    ] = None,
    phi: Annotated[
        float | None,
        typer.Option(
            help="Correlation between the grades of two models on an instance. Default: .47, as in real grades.",
            show_default=False,
        ),
    ] = None,
    leniency_sd: Annotated[float | None, Spread] = None,
    difficulty_sd: Annotated[float | None, Spread] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            metavar="STUDY", help="Assume what this study has shown so far, and its size.", show_default=False
        ),
    ] = None,
    power: Annotated[float, typer.Option(help="The power that detectable effects are told for.")] = 0.8,
    level: Annotated[float, typer.Option(help="Confidence level of the intervals.")] = 0.95,
    studies: Annotated[int, typer.Option(help="Simulated studies a choice.")] = 150,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other studies.")] = 0,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Default: as many as there are processors.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what a study would tell and cost: intervals, detectable effects, reviewers' hours, over choices.

    Every combination of the lists is a choice; studies of it are simulated and analysed as `report` would. Without
    options the models are METR's. An open study given to --like stays blind: its grades and minutes are read, its
    decisions are not. Example:

        mergecheck plan --instances 50,95,200 --golden-share .5,1 --reviewers 4 --overlap 0,.1

        mergecheck plan --like my-study --json > plan.json
    """
    from mergecheck.stats.intervals import check_level
    from mergecheck.stats.plan import check_power, seeds_of
    from mergecheck.stats.plan_assumed import Assumed

    check_level(level)
    check_power(power)
    seeds_of(seed, studies)
    found = _like(like)
    assumed = found.assumed if found else Assumed(sources=_METR_SOURCES)
    given = {
        "golden": (golden, "G"),
        "phi": (phi, "φ"),
        "leniency_sd": (leniency_sd, "leniency"),
        "difficulty_sd": (difficulty_sd, "difficulty"),
        "minutes": (minutes, "minutes"),
    }
    for name, (value, about) in given.items():
        if value is not None:
            assumed = _with_source(replace(assumed, **{name: value}), about)  # type: ignore[arg-type]
    if gap is not None:
        assumed = _with_source(assumed.with_level_gap(gap / 100), "merge rates")
    if slope_difference is not None:
        assumed = _with_source(assumed.with_slope_difference(slope_difference), "merge rates")
    choices = _choices(found, instances, models, golden_share, reviewers, overlap)
    rows = _rows(assumed, choices, studies, seed, level, power, processes or os.cpu_count() or 1)
    _print(assumed, rows, studies, seed, level, power, as_json=as_json)


_METR_SOURCES = (
    ("pass rates, dates", "METR's five models"),
    ("merge rates", "METR's"),
    ("G", "METR's, 32 of 47"),
    ("φ", "as in real grades of SWE-bench Verified"),
    ("difficulty", "the generator's default"),
    ("leniency", "the generator's default"),
    ("minutes", "no study has printed it: give --minutes, or --like one that was reviewed"),
)


def _like(study: Path | None) -> Like | None:
    if study is None:
        return None
    from mergecheck.cli.plan_like import like
    from mergecheck.stats.plan_assumed import Assumed

    return like(study, Assumed(sources=_METR_SOURCES))


def _with_source(assumed: Assumed, about: str) -> Assumed:
    return replace(assumed, sources=tuple({**dict(assumed.sources), about: "given"}.items()))


def _choices(
    found: Like | None,
    instances: str | None,
    models: str | None,
    golden_share: str | None,
    reviewers: str | None,
    overlap: str | None,
) -> list[Choice]:
    from mergecheck.stats.plan_assumed import Choice

    lists = (
        _numbers(instances, "--instances", int) or (found.instances if found else (50, 95, 200)),
        _numbers(models, "--models", int) or (found.models if found else (5,)),
        _numbers(golden_share, "--golden-share", float) or (found.golden_share if found else (0.5, 1.0)),
        _numbers(reviewers, "--reviewers", int) or (found.reviewers if found else (4,)),
        _numbers(overlap, "--overlap", float) or (found.overlap if found else (0.0,)),
    )
    choices = [Choice(*one) for one in itertools.product(*lists)]
    if len(choices) > MOST:
        raise typer.BadParameter(f"{len(choices)} choices are more than {MOST}: shorten the lists")
    return choices


def _numbers(text: str | None, option: str, number: Callable[[str], Number]) -> tuple[Number, ...]:
    """A list as given to an option, without what stands in it twice; nothing where it is not given."""
    if text is None:
        return ()
    found = []
    for part in text.split(","):
        try:
            found.append(number(part.strip()))
        except ValueError as error:
            kind = "whole numbers" if number is int else "numbers"
            raise typer.BadParameter(
                f"{part.strip()!r} in {text!r}: give {kind} with commas between", param_hint=option
            ) from error
    return tuple(dict.fromkeys(found))


def _rows(
    assumed: Assumed,
    choices: list[Choice],
    studies: int,
    seed: int,
    level: float,
    power: float,
    processes: int,
) -> tuple[Row, ...]:
    """The same rows for any number of processes: a study is a function of its seed."""
    from mergecheck.stats.plan import TESTED, draw, impossible, join, seeds_of, summarise, towards
    from mergecheck.stats.plan_assumed import generated

    possible = [choice for choice in choices if not choice.why_not]
    for choice in possible:
        # What cannot be is refused before anything is simulated.
        generated(assumed, choice)
    seeds = seeds_of(seed, studies)
    chunks = [seeds[start : start + CHUNK] for start in range(0, studies, CHUNK)]
    attempts = ROUNDS * sum(choice.instances * (choice.models + 1) for choice in possible) * studies

    with (
        _map(processes if attempts > WORTH_A_POOL else 1) as over,
        progress("simulating studies", ROUNDS * len(possible) * len(chunks)) as advance,
    ):

        def drawn(settings: Sequence[tuple[Assumed, Choice]]) -> list[Drawn]:
            tasks = [(*setting, chunk, level) for setting in settings for chunk in chunks]
            parts = []
            for part in over(draw, *zip(*tasks, strict=True)) if tasks else ():
                parts.append(part)
                advance()
            return [join(parts[at : at + len(chunks)]) for at in range(0, len(parts), len(chunks))]

        first = dict(zip(possible, drawn([(assumed, choice) for choice in possible]), strict=True))
        moved = [
            (there, choice, result)
            for choice in possible
            for result in TESTED
            if (there := towards(assumed, choice, first[choice], result, power)) is not None
        ]
        again: dict[Choice, dict[str, tuple[Assumed, Drawn]]] = {choice: {} for choice in possible}
        nearer = drawn([(there, choice) for there, choice, _ in moved])
        for (there, choice, result), found in zip(moved, nearer, strict=True):
            again[choice][result] = there, found
    return tuple(
        impossible(choice) if choice.why_not else summarise(assumed, choice, first[choice], power, again[choice])
        for choice in choices
    )


@contextmanager
def _map(processes: int) -> Iterator[Callable[..., Iterable[Drawn]]]:
    """`map`, or the same over processes; results come in order."""
    if processes == 1:
        yield map
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: the progress bar's thread is alive.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_quiet) as pool:
        try:
            yield pool.map
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _quiet() -> None:
    """Ctrl-C is for the command alone: its helpers would each print a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _print(
    assumed: Assumed,
    rows: tuple[Row, ...],
    studies: int,
    seed: int,
    level: float,
    power: float,
    *,
    as_json: bool,
) -> None:
    from mergecheck.report.plan_table import Told, plan_table_as_json, print_plan_table

    told = Told(assumed, rows, studies, seed, level, power)
    if as_json:
        print_json(plan_table_as_json(told))
        return
    from rich.console import Console

    print_plan_table(told, Console(highlight=False))

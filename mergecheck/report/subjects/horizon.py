"""How long a task may take a human for a model to do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.page import Material, Page, Quantity, Sheet, page, texts
from mergecheck.report.words import count, number
from mergecheck.stats.analysis import Note
from mergecheck.stats.horizon import Horizon, Horizons, horizons

LEVELS = (0.5, 0.8)
"""Shares of success at which horizons are read off."""


def horizon_page(material: Material) -> Page:
    """Horizons at 50 and 80 % by grader and by maintainers, the trends, and the shares they are fitted to."""
    found = {at: horizons(material.scored, material.level, at=at) for at in LEVELS}
    first = found[LEVELS[0]]
    sheets = []
    for at, there in found.items():
        sheets += [_horizons(at, there.horizons), _trends(at, there)]
    sheets.append(_points(first.horizons))
    frames = {
        "horizon": pd.concat([there.frame().assign(at=at) for at, there in found.items()], ignore_index=True),
        "points": _point_rows(first.horizons),
    }
    return page(Subject.HORIZON, material, sheets, frames, tuple(_notes(found)))


def _horizons(at: float, all_of_them: Sequence[Horizon]) -> Sheet:
    return Sheet(
        f"Horizon at {100 * at:g} %",
        "minutes of a human",
        "submission",
        tuple(one.submission for one in all_of_them),
        (
            texts("criterion", [one.criterion for one in all_of_them]),
            Quantity("minutes", tuple(one.minutes for one in all_of_them), scale=1, digits=None),
            texts("beyond\nthe tasks", [_beyond(one) for one in all_of_them]),
        ),
        legend="By maintainers: merged where the attempt passed, failed elsewhere; not relative to golden. "
        "≤ and ≥: no limit on the other side, as the slope may be 0.",
        nothing="There is no attempt in the study.",
    )


def _beyond(one: Horizon) -> str | None:
    if not one.minutes.available:
        return None
    return "yes" if one.outside else "no"


def _trends(at: float, found: Horizons) -> Sheet:
    trends = (found.grader, found.maintainers, found.difference)
    return Sheet(
        f"Trend of the horizon at {100 * at:g} %",
        "doublings a year",
        "by",
        tuple(one.criterion for one in trends),
        (
            texts("submissions", [len(one.submissions) for one in trends]),
            Quantity(
                "doublings, with the interval\nover issues",
                tuple(one.doublings for one in trends),
                scale=1,
                digits=2,
            ),
            Quantity("the same\nover models", tuple(one.over_models for one in trends), scale=1, digits=2),
        ),
    )


def _points(all_of_them: Sequence[Horizon]) -> Sheet:
    points = [(one, point) for one in all_of_them for point in one.points]
    return Sheet(
        "What the curves go through",
        "per cent of attempts at tasks of so many minutes; read them over the horizons",
        "submission",
        tuple(one.submission for one, _ in points),
        (
            texts("criterion", [one.criterion for one, _ in points]),
            texts("minutes", [f"{point.minutes:g}" for _, point in points]),
            texts("attempts", [point.attempts for _, point in points]),
            texts("succeed", [number(100 * point.share) for _, point in points]),
        ),
        nothing="No attempt is at a task of known length.",
    )


def _point_rows(all_of_them: Sequence[Horizon]) -> pd.DataFrame:
    lines = [
        (one.submission, one.criterion, point.minutes, point.attempts, point.share)
        for one in all_of_them
        for point in one.points
    ]
    return pd.DataFrame(lines, columns=["submission", "criterion", "minutes", "attempts", "share"])


def _notes(found: dict[float, Horizons]) -> Iterator[Note]:
    first = found[LEVELS[0]]
    for label, attempts in first.unknown.items():
        what = "without a difficulty" if label is None else f"at a difficulty that has no minutes, {label!r}"
        yield Note("left out of all curves", f"{count(attempts, 'attempt')} {what}")
    if first.lengths:
        lengths = ", ".join(f"{label} {length:g}" for label, length in first.lengths.items())
        yield Note("minutes of a task", f"{lengths}: a table, nobody's measurement")
    for one in first.horizons:
        if one.waiting:
            waiting = f"passing attempts without a verdict, for which the others stand: {one.waiting}"
            yield Note(f"{one.submission}, {one.criterion}", waiting)
    left_out: dict[tuple[float, str], dict[str, None]] = {}
    shared: dict[str, None] = {}
    for at, there in found.items():
        for trend in (there.grader, there.maintainers, there.difference):
            for one_out in trend.left_out:
                left_out.setdefault((at, one_out.reason), {}).setdefault(one_out.submission)
            shared |= dict.fromkeys(trend.shared_models)
    for (at, reason), names in left_out.items():
        yield Note(f"left out of trends at {100 * at:g} %", f"{', '.join(names)}: {reason}")
    for model in shared:
        yield Note("trends", f"several submissions are of one model, {model}: they are no independent points")

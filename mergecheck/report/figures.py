"""What all figures share: the look, marks for where an interval ends beyond the axes, and how they are written.

matplotlib is imported where something is drawn, never before. A figure can be read without colour (markers and
dashes differ as well), by those who see few colours (Okabe & Ito's palette), and without sight: its caption stands
in the file as its description, and what is drawn beside it as a table.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mergecheck.errors import Refused

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
WIDTH = 7.0
"""Inches: two columns of a journal."""

DOTS_AN_INCH = 300
SMALL = 7.0
"""Points of the caption and of names."""


@dataclass(frozen=True, slots=True)
class Series:
    """How a criterion is drawn, everywhere alike."""

    colour: str
    marker: str
    line: Literal["-", "--"]
    shift: float
    """Points to the right of its place, so that two intervals at one place can be told apart."""


BY_GRADER = Series("#0072B2", "o", "-", -2.0)
BY_MAINTAINERS = Series("#D55E00", "s", "--", 2.0)

SIMULATED = (
    "SIMULATED: {simulated} of {verdicts} verdicts made by a program; this says nothing about real reviewers."
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure, what it is called beside others of its subject, its title and caption, and its data.

    `name` is empty where a subject has one figure only. `table` has a row a point, interval or line drawn.
    """

    name: str
    figure: Figure
    title: str
    caption: str
    table: pd.DataFrame


def check_target(file: Path) -> Path:
    """The file itself, where a figure can be written.

    Raises:
        Refused: its ending is that of no format, or its folder does not exist.
    """
    if file.suffix.lower() not in FORMATS:
        raise Refused(
            f"no figure is written as {file.suffix or 'a file without an ending'}",
            where=str(file),
            fix=f"let the name end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}",
        )
    if not file.parent.is_dir():
        raise Refused("the folder does not exist", where=str(file.parent), fix="make it first")
    return file


def save(drawings: Sequence[Drawing], file: Path) -> list[Path]:
    """Write figures, each with its data as CSV beside it; what was written.

    One figure takes the name of `file`; of several each puts its own behind it (horizon-curves.svg). The same data
    give the same bytes: no file holds a time.

    Raises:
        Refused: see `check_target`.
    """
    check_target(file)
    written = []
    for drawing in drawings:
        stem = f"{file.stem}-{drawing.name}" if drawing.name else file.stem
        target = file.with_name(stem + file.suffix)
        half = file.with_name(f".{stem}.half{file.suffix}")
        with look():
            drawing.figure.savefig(half, metadata=_metadata(drawing, file.suffix.lower()), dpi=DOTS_AN_INCH)
        half.replace(target)
        beside = target.with_suffix(".csv")
        drawing.table.to_csv(beside, index=False, lineterminator="\n")
        written += [target, beside]
    return written


def _metadata(drawing: Drawing, suffix: str) -> Mapping[str, str | None]:
    match suffix:
        case ".svg":
            return {"Title": drawing.title, "Description": drawing.caption, "Date": None}
        case ".pdf":
            return {"Title": drawing.title, "Subject": drawing.caption, "CreationDate": None}
        case _:
            return {"Title": drawing.title, "Description": drawing.caption}


@contextmanager
def look() -> Iterator[None]:
    """Draw in here: the settings of every figure, whatever the user's own are."""
    import matplotlib

    settings: Any = {
        "font.family": "DejaVu Sans",
        "font.size": 8.5,
        "axes.titlesize": 8.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 8.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.6,
        "xtick.labelsize": 7.5,
        "ytick.labelsize": 7.5,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "legend.frameon": False,
        "legend.fontsize": 7.5,
        "legend.handlelength": 3.2,
        "lines.linewidth": 1.4,
        "lines.markersize": 5,
        "svg.hashsalt": "mergecheck",
        "pdf.fonttype": 42,
        "savefig.dpi": DOTS_AN_INCH,
    }
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        yield


def caption_of(parts: Sequence[str], simulated: int, verdicts: int) -> str:
    """One text of the parts that are not empty; says first where verdicts were simulated."""
    said = [SIMULATED.format(simulated=simulated, verdicts=verdicts)] if simulated else []
    return " ".join([*said, *(part for part in parts if part)])


def write_title(figure: Figure, title: str, *, simulated: bool) -> None:
    """The title above the axes; on what rests on simulated verdicts, the word before it in red."""
    height = figure.get_figheight()
    y = 1 - 0.08 / height
    if simulated:
        figure.text(
            0.99, y, "SIMULATED", ha="right", va="top", fontsize=9, fontweight="bold", color="white",
            bbox={"facecolor": "#B00020", "edgecolor": "none", "pad": 2.5},
        )  # fmt: skip
    figure.text(0.012, y, title, ha="left", va="top", fontsize=10, fontweight="bold")


def write_caption(figure: Figure, caption: str) -> float:
    """The caption below the axes; the height in inches that it takes."""
    # DejaVu Sans is about .52 of its size wide on the mean.
    letters = int((figure.get_figwidth() - 0.2) * 72 / (0.515 * SMALL))
    lines = textwrap.wrap(caption, letters)
    inches = len(lines) * SMALL * 1.25 / 72
    figure.text(
        0.012, 0.06 / figure.get_figheight(), "\n".join(lines), ha="left", va="bottom", fontsize=SMALL,
        color="#333333", linespacing=1.25,
    )  # fmt: skip
    return inches + 0.12


def lines_of_caption(caption: str, width: float = WIDTH) -> float:
    """Inches that a caption will take below a figure of this width."""
    letters = int((width - 0.2) * 72 / (0.515 * SMALL))
    return len(textwrap.wrap(caption, letters)) * SMALL * 1.25 / 72 + 0.12


def spread(places: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places in ascending order moved as little as can be so that neighbours are at least so far apart.

    Least squares under x[i + 1] − x[i] ≥ apart, by pooling neighbours that would touch; then held within the two
    ends, which must have the room.
    """
    blocks: list[tuple[float, int]] = []
    for index, place in enumerate(places):
        # In these coordinates, which take away i·apart, order is all that is asked for.
        total, size = place - index * apart, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / size:
            before, count = blocks.pop()
            total, size = total + before, size + count
        blocks.append((total, size))
    means = [total / size for total, size in blocks for _ in range(size)]
    last = high - (len(places) - 1) * apart
    return [min(max(mean, low), last) + index * apart for index, mean in enumerate(means)]


def name_points(axes: Axes, places: Sequence[float], names: Sequence[str]) -> bool:
    """Names above the axes over their places, apart from each other; False where there is no room."""
    figure = axes.get_figure(root=True)
    if figure is None:
        return False
    box = axes.get_position()
    width = box.width * figure.get_figwidth() * 72
    apart, slanted = SMALL * 1.35, _slanted(names)
    if len(names) * apart > width:
        return False
    low, high = axes.get_xlim()
    order = sorted(range(len(names)), key=lambda one: places[one])
    points = [(places[one] - low) / (high - low) * width for one in order]
    moved = spread(points, apart, 0.0, width)
    lift = 9 / (box.height * figure.get_figheight() * 72)
    for one, was, now in zip(order, points, moved, strict=True):
        axes.plot(
            [was / width, now / width], [1.0, 1.0 + lift], transform=axes.transAxes, clip_on=False,
            color="#999999", linewidth=0.5,
        )  # fmt: skip
        axes.text(
            now / width,
            1.0 + 1.2 * lift,
            names[one],
            transform=axes.transAxes,
            rotation=40 if slanted else 90,
            fontsize=SMALL,
            ha="left" if slanted else "center",
            va="bottom",
            rotation_mode="anchor" if slanted else "default",
        )
    return True


def height_of_names(names: Sequence[str]) -> float:
    """Inches that names take above the axes."""
    longest = max((len(name) for name in names), default=0)
    return 0.3 + (0.64 if _slanted(names) else 1.0) * longest * 0.53 * SMALL / 72


def _slanted(names: Sequence[str]) -> bool:
    # Long slanted names would leave the figure at its right end.
    return max((len(name) for name in names), default=0) <= 9


def shorten(name: str, letters: int = 34) -> str:
    """A name that fits, its middle left out where it is long."""
    if len(name) <= letters:
        return name
    ahead = (letters - 1) * 2 // 3
    return f"{name[:ahead]}…{name[-(letters - 1 - ahead) :]}"


def date_axis(axes: Axes, dates: Sequence[date]) -> None:
    """Release dates along the bottom, with room at both ends."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    days = [day_of(day) for day in dates]
    room = max(0.04 * (max(days) - min(days)), 20.0)
    axes.set_xlim(min(days) - room, max(days) + room)
    # matplotlib declares no types for these two.
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def day_of(day: date) -> float:
    """Days since 1970-01-01, matplotlib's own count."""
    return float(day.toordinal() - date(1970, 1, 1).toordinal())


def draw_point(
    axes: Axes,
    place: tuple[float, float],
    limits: tuple[float | None, float | None],
    series: Series,
    *,
    hollow: bool = False,
    floor: float = -1e300,
    ceiling: float = 1e300,
) -> None:
    """A point with its interval upwards; a limit beyond floor or ceiling ends there in an arrow.

    Args:
        axes: where.
        place: x and y.
        limits: low and high; None is a limit that does not exist, and nothing is drawn where both do not.
        series: how.
        hollow: whether the marker is empty, for what stands apart.
        floor: the least y that is shown.
        ceiling: the greatest.
    """
    from matplotlib.transforms import ScaledTranslation

    figure = axes.get_figure(root=True)
    if figure is None:
        return
    moved = axes.transData + ScaledTranslation(series.shift / 72, 0, figure.dpi_scale_trans)
    x, y = place
    inside = floor <= y <= ceiling
    style: dict[str, Any] = {"color": series.colour, "transform": moved, "zorder": 3}
    if inside and limits != (None, None):
        low, high = (floor if limits[0] is None else limits[0]), (ceiling if limits[1] is None else limits[1])
        ends = max(low, floor), min(high, ceiling)
        axes.plot([x, x], ends, linewidth=1.0, **style)
        for end, cut, arrow in ((ends[0], low < floor, "v"), (ends[1], high > ceiling, "^")):
            marker: dict[str, Any] = {"marker": arrow, "markersize": 4} if cut or end in (floor, ceiling) else CAP
            axes.plot([x], [end], linestyle="none", clip_on=False, **marker, **style)
    if not inside:
        # Beyond the axes: an arrow where it would leave them.
        arrow, edge = ("v", floor) if y < floor else ("^", ceiling)
        axes.plot([x], [edge], marker=arrow, markersize=5, linestyle="none", clip_on=False, **style)
        return
    face = "white" if hollow else series.colour
    axes.plot([x], [y], marker=series.marker, markerfacecolor=face, markeredgewidth=1.1, linestyle="none", **style)


CAP: dict[str, Any] = {"marker": "_", "markersize": 4, "markeredgewidth": 1.0}

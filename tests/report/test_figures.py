"""Figures: what is drawn is what was computed; nothing is drawn of nothing; every file describes itself."""

import math
import struct
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.errors import Refused
from mergecheck.report.figures import check_target, save, shorten, spread
from mergecheck.report.figures_horizon import horizon_drawings
from mergecheck.report.figures_trend import trend_drawings
from mergecheck.report.subjects.horizon import horizon_page
from mergecheck.report.subjects.page import Material
from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import empty_attempts, empty_reviews
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_study import Design, Simulated, simulate_study
from mergecheck.stats.horizon import MINUTES, horizons

MODELS = {"old": (date(2024, 6, 20), 0.4), "mid": (date(2025, 2, 24), 0.6), "new": (date(2025, 9, 29), 0.75)}


def study(models=MODELS, instances=36, *, difficulty=True):
    design = Design(
        tuple(Simulated(name, released, rate) for name, (released, rate) in models.items()),
        instances,
        reviewers=("ada", "bo"),
    )
    accept = dict.fromkeys(models, 0.5) | {"golden": 0.7}
    attempts, reviews = simulate_study(Parameters(accept, seed=3), design)
    if difficulty:
        # Longer tasks are failed more often, whatever the simulator made of them.
        number = attempts["instance"].rank(method="dense").astype(int)
        attempts["difficulty"] = [list(MINUTES)[one % 3] for one in number]
        long = (number % 3 == 2) & (number % 4 != 0) & ~attempts["is_golden"]
        attempts.loc[long, "grade"] = "unresolved"
        attempts.loc[long, "sampled"] = False
        attempts.loc[long, "inclusion_probability"] = math.nan
    return attempts, reviews


@pytest.fixture(scope="module")
def material():
    return Material(*study())


@pytest.fixture(scope="module")
def trend(material):
    (drawing,) = trend_drawings(material)
    return drawing


@pytest.fixture(scope="module")
def horizon(material):
    return {drawing.name: drawing for drawing in horizon_drawings(material)}


def lines_of(axes):
    """Lines of two points or more: x, y."""
    return [np.array(line.get_data(), dtype=float) for line in axes.lines if line.get_linestyle() in ("-", "--")]


def test_the_lines_of_the_trend_are_least_squares_through_the_points(material, trend):
    found = analyse(material.attempts, material.reviews)
    days = np.array([point.released.toordinal() for point in found.trend.points])
    for quantity, values in (
        ("A", [point.pass_rate for point in found.trend.points]),
        ("M/G", [point.relative for point in found.trend.points]),
    ):
        slope, height = np.polyfit(days - days[0], 100 * np.array(values), 1)
        line = trend.table[(trend.table["drawn"] == "line") & (trend.table["quantity"] == quantity)]
        assert line["per_cent"].tolist() == pytest.approx([height, height + slope * (days[-1] - days[0])])
        drawn = [y for x, y in lines_of(trend.figure.axes[0]) if len(x) == 2 and x[1] - x[0] == days[-1] - days[0]]
        assert any(np.allclose(y, line["per_cent"]) for y in drawn)
    points = trend.table[trend.table["drawn"] == "point"]
    rates = {(rate.submission, "A"): rate.pass_rate for rate in found.rates}
    rates |= {(rate.submission, "M/G"): rate.relative_merge_rate for rate in found.rates}
    for row in points.itertuples():
        estimate = rates[row.name, row.quantity]
        assert (row.per_cent, row.low, row.high) == pytest.approx(
            (100 * estimate.estimate, 100 * estimate.low, 100 * estimate.high)
        )


def test_series_differ_without_colour(trend, horizon):
    for drawing in (trend, *horizon.values()):
        markers = {
            (line.get_marker(), line.get_color())
            for axes in drawing.figure.axes
            for line in axes.lines
            if line.get_marker() in ("o", "s")
        }
        assert {marker for marker, _ in markers} == {"o", "s"}
        assert len({colour for _, colour in markers}) == 2


def test_the_curves_are_the_horizons(material, horizon):
    found = horizons(material.scored)
    table = horizon["curves"].table
    for one in found.horizons:
        mine = table[(table["submission"] == one.submission) & (table["criterion"] == one.criterion)]
        points = mine[mine["drawn"] == "point"]
        assert points["per_cent"].tolist() == pytest.approx([100 * point.share for point in one.points])
        drawn = mine[(mine["drawn"] == "horizon") & (mine["per_cent"] == 50)].iloc[0]
        assert pd.isna(drawn["minutes"]) == (not one.minutes.available)
        if one.minutes.available:
            assert drawn["minutes"] == pytest.approx(one.minutes.estimate)
            # The curve that is drawn is at 50 % there.
            curve = mine[mine["drawn"] == "curve"].iloc[0]
            assert curve["intercept"] + curve["slope"] * math.log2(drawn["minutes"]) == pytest.approx(0, abs=1e-9)


def test_lines_over_dates_are_least_squares_of_doublings(material, horizon):
    found = horizons(material.scored)
    used = [one for one in found.horizons if one.criterion == "grader" and one.minutes.available]
    days = np.array([one.released.toordinal() for one in used])
    slope, height = np.polyfit(days - days[0], np.log2([one.minutes.estimate for one in used]), 1)
    table = horizon["dates"].table
    line = table[(table["drawn"] == "line") & (table["criterion"] == "grader") & (table["per_cent"] == 50)]
    assert np.log2(line["minutes"].astype(float)).tolist() == pytest.approx(
        [height, height + slope * (days[-1] - days[0])]
    )
    assert found.grader.doublings.estimate == pytest.approx(365.25 * slope)


def test_who_stands_in_no_line_is_said_of_each_level():
    attempts, reviews = study()
    own = attempts["submission"] == "old"
    # Just steep enough for a horizon at 50 %, and too flat for one at 80 %.
    changed = ["grade", "sampled", "inclusion_probability"]
    for passes, label in zip((5, 6, 4), MINUTES, strict=False):
        rows = attempts.index[own & (attempts["difficulty"] == label)]
        attempts.loc[rows, changed] = ["resolved", True, 1.0]
        attempts.loc[rows[passes:], changed] = ["unresolved", False, math.nan]
    material = Material(attempts, reviews)
    assert not horizons(material.scored, at=0.5).grader.left_out
    assert [out.submission for out in horizons(material.scored, at=0.8).grader.left_out] == ["old"]
    dates = {drawing.name: drawing for drawing in horizon_drawings(material)}["dates"]
    assert "Not in the line by grader at 80 %: old." in dates.caption
    assert "by grader at 50 %" not in dates.caption
    notes = [note for note in horizon_page(material).notes if "grader" in note.text]
    assert [note.about for note in notes] == ["left out of trends at 80 %"]


def test_what_is_simulated_says_so_in_the_picture(trend, horizon):
    for drawing in (trend, *horizon.values()):
        assert any(text.get_text() == "SIMULATED" for text in drawing.figure.texts)
        assert drawing.caption.startswith("SIMULATED")
        assert "95 % interval" in drawing.caption


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_files_describe_themselves_and_have_their_data_beside_them(trend, tmp_path, suffix):
    written = save([trend], tmp_path / f"t{suffix}")
    assert [path.name for path in written] == [f"t{suffix}", "t.csv"]
    content = written[0].read_bytes()
    again = save([trend], tmp_path / f"u{suffix}")[0].read_bytes()
    assert content == again
    assert not list(tmp_path.glob(".*"))
    if suffix == ".svg":
        assert f"<title>{trend.title}</title>" in content.decode()
    if suffix == ".png":
        assert struct.unpack(">I", content[16:20])[0] == 2100
        assert b"Description" in content
    table = pd.read_csv(written[1])
    assert len(table) == len(trend.table)


def test_several_take_their_names_behind_the_file_s(horizon, tmp_path):
    written = save(list(horizon.values()), tmp_path / "h.svg")
    assert [path.name for path in written] == ["h-curves.svg", "h-curves.csv", "h-dates.svg", "h-dates.csv"]


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_drawn(tmp_path):
    for name in ("trend", "trend.gif", "none/trend.svg"):
        with pytest.raises(Refused):
            check_target(tmp_path / name)
    assert check_target(tmp_path / "T.SVG")


def test_nothing_is_drawn_of_nothing():
    nothing = Material(empty_attempts(), empty_reviews())
    with pytest.raises(Refused, match="no submission but golden"):
        trend_drawings(nothing)
    with pytest.raises(Refused, match="no submission but golden"):
        horizon_drawings(nothing)
    attempts, reviews = study(difficulty=False)
    with pytest.raises(Refused, match="known length"):
        horizon_drawings(Material(attempts, reviews))
    attempts["released"] = pd.NaT
    with pytest.raises(Refused, match="no model has a release date"):
        trend_drawings(Material(attempts, reviews))


def test_without_dates_there_are_curves_only():
    attempts, reviews = study()
    attempts["released"] = pd.NaT
    assert [drawing.name for drawing in horizon_drawings(Material(attempts, reviews))] == ["curves"]


def test_one_model_is_points_without_a_line():
    (drawing,) = trend_drawings(Material(*study({"only": MODELS["mid"]})))
    assert set(drawing.table["drawn"]) == {"point"}
    legend = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
    assert all("no line (a slope needs two release dates: one release date only)" in text for text in legend)


def test_nothing_reviewed_draws_the_grader_s_alone(tmp_path):
    attempts, reviews = study()
    material = Material(attempts, reviews.iloc[:0])
    (drawing,) = trend_drawings(material)
    assert set(drawing.table[drawing.table["drawn"] == "line"]["quantity"]) == {"A"}
    curves, dates = horizon_drawings(material)
    assert set(curves.table[curves.table["drawn"] == "point"]["criterion"]) == {"grader"}
    assert "No points by maintainers: no passing attempt has a verdict yet." in curves.caption
    assert len(save([drawing, curves, dates], tmp_path / "x.png")) == 6


def test_all_refused_is_a_bound_and_all_passing_has_no_curve(tmp_path):
    attempts, reviews = study()
    reviews["decision"] = reviews["decision_final"] = "request_changes"
    reviews["reason"] = "core_functionality"
    (drawing,) = trend_drawings(Material(attempts, reviews))
    assert "no line" in drawing.figure.legends[0].get_texts()[1].get_text()
    attempts, reviews = study()
    attempts = attempts[attempts["grade"].isin(["resolved"]) | attempts["is_golden"]]
    reviews = reviews[reviews["candidate"].isin(attempts["candidate"])]
    curves = horizon_drawings(Material(attempts, reviews))[0]
    assert "every attempt passed the grader" in curves.caption
    assert save([drawing, curves], tmp_path / "x.svg")


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=30),
    st.floats(0.1, 3),
)
def test_names_are_kept_apart_within_the_axes_and_in_order(places, apart):
    places = sorted(places)
    moved = spread(places, apart, 0, 100)
    assert all(later - earlier >= apart - 1e-9 for earlier, later in pairwise(moved))
    assert moved[0] >= -1e-9
    assert moved[-1] <= 100 + 1e-9
    if all(later - earlier >= apart for earlier, later in pairwise(places)):
        assert moved == pytest.approx(places)


def test_the_user_s_own_settings_stay(material):
    import matplotlib

    matplotlib.rcParams["font.size"] = 23
    try:
        trend_drawings(material)
        assert matplotlib.rcParams["font.size"] == 23
    finally:
        matplotlib.rcdefaults()


def test_long_names_keep_both_ends():
    assert shorten("short") == "short"
    long = shorten("a" * 30 + "-2024-06-20", 20)
    assert len(long) == 20
    assert long.startswith("aaa")
    assert long.endswith("-06-20")

"""Real grades, 16 models × 500 and six submissions: rates, trend, horizons as pandas and statsmodels have them.

The files lie at ../shared/data; where they are absent, these are skipped.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from mergecheck.report.figures import save
from mergecheck.report.figures_horizon import horizon_drawings
from mergecheck.report.figures_trend import trend_drawings
from mergecheck.report.subjects.page import Material
from mergecheck.sources.submission import read_submission
from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import ATTEMPTS, empty_reviews
from mergecheck.stats.horizon import MINUTES, horizons
from mergecheck.stats.over_models import slopes_over_models

RELEASED = {
    "claude-2.1": "2023-11-21",
    "gpt-3.5-turbo-0125": "2024-01-25",
    "claude-3-opus-20240229": "2024-02-29",
    "claude-3-sonnet-20240229": "2024-02-29",
    "gpt-4-turbo-2024-04-09": "2024-04-09",
    "claude-3-5-sonnet-20240620": "2024-06-20",
    "gpt-4o-mini-2024-07-18": "2024-07-18",
    "Meta-Llama-3.1-405B-Instruct-Turbo": "2024-07-23",
    "Meta-Llama-3.1-70B-Instruct-Turbo": "2024-07-23",
    "Meta-Llama-3.1-8B-Instruct-Turbo": "2024-07-23",
    "gpt4o-2024-08-06": "2024-08-06",
    "Qwen2.5-72B-Instruct-Turbo": "2024-09-19",
    "Qwen2.5-7B-Instruct-Turbo": "2024-09-19",
    "claude-3-5-sonnet-20241022": "2024-10-22",
    "Qwen2.5-Coder-32B-Instruct": "2024-11-12",
    "o1-2024-12-17": "2024-12-17",
}
SIX = {
    "experiments/evaluation/verified/20240620_sweagent_claude3.5sonnet": ("2024-06-20", 168),
    "experiments/evaluation/verified/20251118_mini-v1.15.0_gemini-3-pro-preview-20251118": ("2025-11-18", 371),
    "runs/minimax-m2.5": ("2026-02-12", 229),
    "runs/claude-opus-4.5": ("2025-11-24", 73),
    "runs/gpt-4-1106": ("2023-11-06", 25),
    "runs/gpt-4-0125": ("2024-01-25", 24),
}
"""Folder → its model's release date, and how many instances of Verified it resolves by the data's own page."""


def frame(rows):
    same = {
        "agent": "x",
        "is_golden": False,
        "disposition": "reviewable",
        "same_as_golden": False,
        "sampled": False,
    }
    found = pd.DataFrame([same | row for row in rows]).reindex(columns=list(ATTEMPTS))
    return found.assign(model=found["submission"], released=pd.to_datetime(found["released"]))


@pytest.fixture(scope="module")
def instances(shared_data):
    (file,) = (shared_data / "SWE-bench_Verified" / "data").glob("*.parquet")
    return pd.read_parquet(file, columns=["instance_id", "difficulty", "repo"]).set_index("instance_id")


@pytest.fixture(scope="module")
def grades(shared_data, instances):
    """Instances × models: 1, 0, NaN where it was not run."""
    table = pd.read_csv(shared_data / "grades" / "resolved_16_models_x_500.csv").set_index("id")
    table.columns = [name.rsplit("/", 1)[-1] for name in table.columns]
    assert set(table.columns) == set(RELEASED)
    return table.loc[instances.index]


@pytest.fixture(scope="module")
def sixteen(grades, instances):
    """The same as the two frames."""
    word = {1.0: "resolved", 0.0: "unresolved"}
    return frame(
        {"submission": model, "released": RELEASED[model], "instance": name, "grade": word.get(value, "ungraded")}
        | {"repo": instances["repo"][name], "difficulty": instances["difficulty"][name]}
        for model in grades
        for name, value in grades[model].items()
    )


@pytest.fixture(scope="module")
def analysis(sixteen):
    return analyse(sixteen, empty_reviews())


def test_pass_rates_are_the_means_of_the_columns(analysis, grades):
    assert len(analysis.rates) == 16
    for rate in analysis.rates:
        column = grades[rate.submission].dropna()
        assert (rate.in_scope, rate.passes) == (len(column), int(column.sum()))
        assert rate.pass_rate.estimate == pytest.approx(column.mean())
        assert rate.pass_rate.low <= column.mean() <= rate.pass_rate.high


def test_the_trend_is_least_squares_with_the_instances_left_out_one_by_one(analysis, grades):
    whole = [name for name in grades if grades[name].notna().mean() >= 0.9]
    assert {point.submission for point in analysis.trend.points} == set(whole)
    assert {out.submission for out in analysis.trend.left_out} == set(grades) - set(whole)
    years = np.array([pd.Timestamp(RELEASED[name]).toordinal() for name in whole]) / 365.25
    fit = sm.OLS(100 * grades[whole].mean().to_numpy(), sm.add_constant(years)).fit()
    found = analysis.trend.grader
    assert found.estimate == pytest.approx(fit.params[1])
    n = len(grades)
    run = grades[whole].notna()
    without = (grades[whole].sum() - grades[whole].fillna(0)) / (run.sum() - run)
    left = np.polyfit(years, 100 * without.to_numpy().T, 1)[0]
    half = stats.t.ppf(0.975, n - 1) * np.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())
    assert (found.low, found.high) == pytest.approx((found.estimate - half, found.estimate + half))
    over = slopes_over_models(analysis.trend, 0.95).grader
    assert (over.low, over.high) == pytest.approx(tuple(fit.conf_int()[1]))
    # Nothing is reviewed.
    assert not analysis.trend.maintainers.available
    assert "verdict" in analysis.trend.maintainers.reason


@pytest.mark.parametrize("at", [0.5, 0.8])
def test_horizons_are_those_of_statsmodels(sixteen, grades, instances, at):
    material = Material(sixteen, empty_reviews())
    found = horizons(material.scored, at=at)
    points = {}
    for one in found.horizons:
        if one.criterion == "maintainers":
            assert not one.minutes.available
            continue
        y = grades[one.submission].dropna()
        if not y.sum():
            assert one.minutes.reason == "no attempt passed the grader"
            continue
        x = np.log2(instances["difficulty"][y.index].map(MINUTES).to_numpy(dtype=float))
        fit = sm.Logit(y.to_numpy(), sm.add_constant(x)).fit(disp=0)
        crossing = (np.log(at / (1 - at)) - fit.params[0]) / fit.params[1]
        assert (one.intercept, one.slope) == pytest.approx(tuple(fit.params), rel=1e-5)
        if abs(crossing) < 26:
            points[one.submission] = crossing
            assert np.log2(one.minutes.estimate) == pytest.approx(crossing, rel=1e-5)
            assert one.outside == (crossing < np.log2(3.87))
        else:
            assert "beyond a million hours" in one.minutes.reason
    assert len(points) >= 13
    used = [name for name in points if grades[name].notna().mean() >= 0.9]
    years = [pd.Timestamp(RELEASED[name]).toordinal() / 365.25 for name in used]
    fit = sm.OLS([points[name] for name in used], sm.add_constant(years)).fit()
    assert set(found.grader.submissions) == set(used)
    assert found.grader.doublings.estimate == pytest.approx(fit.params[1], rel=1e-4)
    over = found.grader.over_models
    assert (over.low, over.high) == pytest.approx(tuple(fit.conf_int()[1]), rel=1e-4)


def test_they_can_be_drawn(sixteen, grades, tmp_path):
    material = Material(sixteen, empty_reviews())
    (trend,) = trend_drawings(material)
    assert [drawing.name for drawing in horizon_drawings(material)] == ["curves", "dates"]
    assert len(save([trend], tmp_path / "real.svg")) == 2
    table = trend.table[(trend.table["drawn"] == "point") & (trend.table["quantity"] == "A")].set_index("name")
    assert table["per_cent"].astype(float).to_dict() == pytest.approx((100 * grades.mean()).to_dict())


def test_the_six_submissions_pass_as_their_own_reports_say(shared_data, instances):
    rows = []
    for folder in SIX:
        read = read_submission(folder, shared_data / folder, list(instances.index))
        rows += [
            {"submission": folder, "released": SIX[folder][0], "instance": one.instance, "grade": str(one.grade)}
            | {"repo": instances["repo"][one.instance], "difficulty": instances["difficulty"][one.instance]}
            for one in read.attempts
        ]
    attempts = frame(rows)
    found = analyse(attempts, empty_reviews())
    for rate in found.rates:
        assert rate.passes == SIX[rate.submission][1]
        graded = attempts[(attempts["submission"] == rate.submission) & (attempts["grade"] != "ungraded")]
        assert rate.in_scope == len(graded)
        assert rate.pass_rate.estimate == pytest.approx((graded["grade"] == "resolved").mean())
    # Two of Lite and one of a hundred instances cover too little.
    assert {point.submission for point in found.trend.points} <= set(list(SIX)[:3])
    material = Material(attempts, empty_reviews())
    for one in horizons(material.scored).horizons:
        if one.criterion == "grader" and one.minutes.available:
            mine = attempts[(attempts["submission"] == one.submission) & (attempts["grade"] != "ungraded")]
            x = np.log2(mine["difficulty"].map(MINUTES).to_numpy(dtype=float))
            y = (mine["grade"] == "resolved").to_numpy(dtype=float)
            fit = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
            assert np.log2(one.minutes.estimate) == pytest.approx(-fit.params[0] / fit.params[1], rel=1e-5)

"""`mergecheck report SUBJECT --figure FILE` on a small real study."""

import subprocess
import sys

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def closed(make_study, tmp_path_factory):
    study = make_study(tmp_path_factory.mktemp("figures"))
    for command in ("pull", "assign", "simulate", "collect"):
        answers = sorted(str(path) for path in (study.study / "packets").glob("*.answers.jsonl"))
        study.run(command, *(answers if command == "collect" else ()))
    study.run("close")
    return study


def test_the_trend_is_printed_and_drawn_alike(closed, tmp_path):
    done = closed.run("report", "trend", "--figure", str(tmp_path / "t.svg"), "--json")
    assert f"drawn: {tmp_path / 't.svg'}" in done.stderr
    drawn = pd.read_csv(tmp_path / "t.csv")
    points = closed.json("report", "trend")["tables"]["points"]
    told = {(row["submission"], row["quantity"]): row["estimate"] for row in points if row["quantity"] != "M"}
    mine = drawn[drawn["drawn"] == "point"]
    assert len(mine) == len(told) == 4
    for row in mine.itertuples():
        assert row.per_cent == pytest.approx(100 * told[row.name, row.quantity])


def test_what_cannot_be_drawn_is_said_before_anything_is_printed(closed, tmp_path):
    done = closed.run("report", "trend", "--figure", str(tmp_path / "t.gif"), code=1)
    assert (done.stdout, ".png, .svg or .pdf" in done.stderr) == ("", True)
    done = closed.run("report", "rates", "--figure", str(tmp_path / "t.svg"), code=2)
    assert "trend and horizon" in done.stderr
    assert closed.run("report", "--figure", str(tmp_path / "t.svg"), code=2).stdout == ""
    assert not list(tmp_path.iterdir())


def test_matplotlib_is_loaded_for_figures_alone():
    modules = "mergecheck.report.figures_trend, mergecheck.report.figures_horizon"
    code = f"import sys, {modules}; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

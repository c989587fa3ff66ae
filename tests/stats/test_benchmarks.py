"""Short runs of benchmarks/coverage.py and benchmarks/resample.py. (Thousands of studies are no test.)"""

import importlib.util
import math
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mergecheck.stats.bootstrap import by_draws
from mergecheck.stats.estimate import ConfidenceSet, Estimate, Shape
from mergecheck.stats.jackknife import sample
from mergecheck.stats.quantities import Quantity, quantities
from mergecheck.stats.resampling import draws

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def load(name):
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def coverage():
    # As a script it finds its second half beside itself.
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(BENCHMARKS))
        return load("coverage")


@pytest.fixture(scope="module")
def beside(coverage):
    """Two studies of a quarter, of everything beside the main table."""
    return coverage.further(coverage.QUARTER, coverage.ACCEPTANCE, range(2), tuple(coverage.PARTS))


@pytest.fixture(scope="module")
def tallied(coverage):
    """60 studies of METR's size, few resamples: some seconds."""
    coverage.RESAMPLES = 400
    return coverage.tally(coverage.METR_SIZE, range(60))


def test_defaults_cover_and_the_negative_controls_do_not(coverage, tallied):
    for quantity in Quantity:
        share, made, _ = coverage.coverage(tallied, quantity, "default")
        assert made in (60, 300)
        # .95 has a standard error of .028 here.
        assert share >= 0.86, quantity
    # The five models' gaps share golden, whose noise METR leaves out: .74 and .75 in the full run.
    for method in ("metr", "repositories (3)"):
        share, made, _ = coverage.coverage(tallied, Quantity.LEVEL_GAP, method)
        assert made == 60
        assert share < 0.88
        assert share < coverage.coverage(tallied, Quantity.LEVEL_GAP, "default")[0]
    wide, _, _ = coverage.coverage(tallied, Quantity.RELATIVE_MERGE, "instance × reviewer (4)")
    assert wide > 0.97


def test_the_page_has_every_quantity_and_method(coverage, tallied):
    text = coverage.page({"METR's size": tallied, "a quarter": tallied}, 60, {})
    for quantity in Quantity:
        assert text.count(f"\n| {quantity} |") >= 2
    for method in coverage.METHODS:
        assert method in text
    assert "60 simulated studies" in text


def test_every_interval_beside_the_main_table_is_tried_and_most_hold(coverage, beside):
    """A truth that is computed wrong, such as of another quantity, holds in no study."""
    every, counts = sum(beside.values(), Counter()), Counter()
    for (_, outcome), times in every.items():
        counts[outcome.removesuffix(" open")] += times
    assert counts["held"] / (counts["held"] + counts["missed"]) > 0.9
    for name in {name for name, _ in every}:
        held, missed = (every[name, outcome] + every[name, f"{outcome} open"] for outcome in ("held", "missed"))
        assert held > 0 or missed < 4, name
    # Three lengths of task and 24 instances: most slopes may be 0.
    assert every["horizon, maintainers", "held open"] > every["horizon, maintainers", "held"]
    named = " ".join(name for name, _ in every)
    for wanted in (
        "G_m",
        "C/G_m",
        "κ",
        "AC1",
        "α",
        "James",
        "Bang",
        "order",
        "active / baseline",
        "r",
        "ε",
        "horizon",
    ):
        assert wanted in named


def test_counts_are_kept_and_go_on(coverage, beside, tallied, tmp_path):
    runs = coverage.nothing_yet()
    for part, found in beside.items():
        runs[part].studies = 2
        runs[part].found["a quarter"].update(found)
    runs[coverage.MAIN].found["METR's size"].update({tuple(map(str, key)): n for key, n in tallied.items()})
    coverage.keep(runs, tmp_path / "kept.json")
    again = coverage.read_kept(tmp_path / "kept.json")
    assert again == runs
    assert coverage.main_tally(again[coverage.MAIN].found["METR's size"]) == tallied
    text = coverage.page(
        {"METR's size": tallied, "a quarter": tallied}, 60, {part: again[part] for part in beside}
    )
    assert "| C/G_m | 2 | – | – (100 %) |" in text
    assert re.search(r"\| horizon, maintainers \| 2 \| – \| \S+ \(.*% unbounded\) \|", text)
    assert "Outside .935–.965 at METR's size" in text


def test_models_agree_as_real_ones_do(coverage):
    """φ by quadrature is that of many instances, and lies where the reference puts it."""
    assert 0.43 <= coverage.correlation(coverage.METR_SIZE) <= 0.47
    grades = [
        coverage.simulate_cells(
            coverage.Parameters(coverage.ACCEPTANCE, seed=seed), coverage.METR_SIZE
        ).cells.passed
        for seed in range(30)
    ]
    seen = np.corrcoef(np.concatenate(grades)[:, :-1].T)
    assert seen[np.triu_indices(5, 1)].mean() == pytest.approx(0.45, abs=0.04)


def test_verdicts_on_intervals(coverage):
    estimate = Estimate(0.5, 0.4, 0.6, 0.95, "", 9)
    assert [coverage.verdict(estimate, true) for true in (0.3, 0.5, 0.7)] == ["high", "held", "low"]
    assert coverage.verdict(Estimate(0.5, None, None, 0.95, "", 9, reason="none"), 0.5) == "none"
    assert coverage.verdict(Estimate(0.0, None, 0.2, 0.95, "", 9, reason="bound"), 0.1) == "held"
    assert coverage.verdict(ConfidenceSet(Shape.LINE, None, None, 0.95, "", 9), 0.5) == "held"


def test_the_loop_gives_identical_answers_for_identical_draws():
    resample = load("resample")
    for submissions, instances in ((5, 95), (20, 120)):
        matrices = resample.study(submissions, instances)
        table = quantities(sample(matrices))
        drawn = np.concatenate(list(draws(instances, 300, seed=1)))
        ours = by_draws(table, [drawn], 300)
        looped = resample.loop(matrices, table, drawn)
        assert np.abs(ours - looped).max() < 1e-10
        assert not math.isnan(ours.sum())

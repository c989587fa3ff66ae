from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest

from mergecheck.errors import StatsError
from mergecheck.stats.cells import Cells, cells
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_cells import simulate_cells
from mergecheck.stats.generate_study import Design, Simulated, simulate_study
from mergecheck.stats.scope import score

# Not in the order of dates: the matrices are.
DESIGN = Design(
    (Simulated("new", date(2025, 9, 29), 0.7), Simulated("old", date(2024, 6, 20), 0.4)), n_instances=30
)
PARAMETERS = Parameters({"old": 0.4, "new": 0.55, "golden": 0.7}, seed=3)


def assert_same(one, other):
    for field in fields(Cells):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        assert np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs, field.name


@pytest.mark.parametrize(
    ("design", "parameters"),
    [
        ({}, {}),
        ({"golden_share": 0.5, "reviewers_each": 2}, {"order_effect": 0.4, "seed": 9}),
        ({"golden_share": 0.0, "reviewers_each": 4}, {"skip_rate": 0.3}),
        ({"overlap": 0.4}, {}),
        ({"overlap": 1.0, "reviewers_each": 2}, {"skip_rate": 0.2}),
        ({"n_instances": 1}, {}),
        ({}, {"skip_rate": 1.0}),
        ({}, {"acceptance": {"old": 0.0, "new": 1.0, "golden": 0.5}}),
    ],
)
def test_the_matrices_are_those_of_the_simulated_frames(design, parameters):
    design, parameters = replace(DESIGN, **design), replace(PARAMETERS, **parameters)
    attempts, reviews = simulate_study(parameters, design)
    found = simulate_cells(parameters, design)
    assert_same(found.cells, cells(score(attempts, reviews)))
    for reviewer, mine in zip(design.reviewers, found.apart, strict=True):
        assert_same(mine, cells(score(attempts, reviews[reviews["reviewer"] == reviewer])))


def test_a_design_without_submissions_is_refused():
    with pytest.raises(StatsError, match="no submission but golden"):
        simulate_cells(PARAMETERS, replace(DESIGN, submissions=()))
    with pytest.raises(StatsError, match="has no acceptance"):
        simulate_cells(replace(PARAMETERS, acceptance={"old": 0.4, "golden": 0.7}), DESIGN)


def test_an_overlap_gives_that_share_of_candidates_to_one_reviewer_more():
    _, reviews = simulate_study(PARAMETERS, replace(DESIGN, n_instances=200, overlap=0.25))
    judges = reviews.groupby("candidate").size()
    assert set(judges) == {1, 2}
    # Within four standard errors of the binomial share.
    assert abs((judges == 2).mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / len(judges))


@pytest.mark.parametrize("wrong", [{"overlap": -0.1}, {"overlap": 1.1}, {"overlap": 0.1, "reviewers": ("ada",)}])
def test_an_overlap_that_cannot_be_is_refused(wrong):
    with pytest.raises(StatsError, match="an overlap of"):
        replace(DESIGN, **wrong)

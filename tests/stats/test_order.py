"""Order: least squares with dummies (statsmodels), leaving out instances by loops, singletons, coverage."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_study import Design, Simulated, simulate_study
from mergecheck.stats.order import order

DESIGN = Design(
    (
        Simulated("a", date(2024, 1, 1), 0.7),
        Simulated("b", date(2025, 1, 1), 0.8),
        Simulated("c", date(2025, 6, 1), 0.8),
    ),
    n_instances=40,
    golden_share=0.5,
)
ACCEPTANCE = {"a": 0.4, "b": 0.5, "c": 0.5, "golden": 0.7}


def simulated(seed=1, order_effect=0.3):
    return simulate_study(Parameters(ACCEPTANCE, seed=seed, order_effect=order_effect), DESIGN)


def table(attempts, reviews):
    """Rows with submission and y, singletons dropped one by one."""
    made = attempts.dropna(subset="candidate").set_index("candidate")["submission"]
    rows = reviews.assign(by=reviews["candidate"].map(made), y=(reviews["decision"] == "accept") * 1.0)
    rows = rows.assign(x=rows["wave"].astype(float))
    while True:
        sizes = [rows.groupby(key)["y"].transform("size") for key in ("instance", "by")]
        kept = (sizes[0] > 1) & (sizes[1] > 1)
        if kept.all():
            return rows
        rows = rows[kept]


def fitted(rows, *columns, robust="nonrobust"):
    dummies = pd.get_dummies(rows["instance"], dtype=float)
    dummies = dummies.join(pd.get_dummies(rows["by"], dtype=float).iloc[:, 1:])
    return sm.OLS(rows["y"], pd.concat([*columns, dummies], axis=1)).fit(cov_type=robust)


def test_the_effect_is_that_of_least_squares_with_dummies():
    attempts, reviews = simulated()
    rows = table(attempts, reviews)
    assert len(rows) < len(reviews)
    found = order(attempts, reviews)
    fit = fitted(rows, rows["x"])
    assert found.wave.estimate.estimate == pytest.approx(fit.params["x"])
    assert (found.rows, found.singletons) == (len(rows), len(reviews) - len(rows))
    assert found.wave.robust_error == pytest.approx(fitted(rows, rows["x"], robust="HC3").bse["x"])
    t, df = fit.tvalues["x"], fit.df_resid
    assert found.wave.partial_r2 == pytest.approx(t**2 / (t**2 + df))


def test_the_interval_leaves_out_one_instance_at_a_time():
    attempts, reviews = simulated()
    rows = table(attempts, reviews)
    instances = sorted(set(rows["instance"]))
    replicates = []
    for instance in instances:
        left = rows[rows["instance"] != instance]
        replicates.append(fitted(left, left["x"]).params["x"])
    n = len(instances)
    replicates = np.array(replicates)
    half = stats.t.ppf(0.975, n - 1) * math.sqrt((n - 1) / n * ((replicates - replicates.mean()) ** 2).sum())
    estimate = order(attempts, reviews).wave.estimate
    assert (estimate.n, estimate.method) == (n, f"instance jackknife, t({n - 1})")
    assert (estimate.high - estimate.estimate, estimate.estimate - estimate.low) == pytest.approx((half, half))


def test_golden_may_have_a_slope_of_its_own_and_first_waves_differ():
    attempts, reviews = simulated()
    rows = table(attempts, reviews)
    found = order(attempts, reviews)
    both = fitted(rows, rows["x"], (rows["x"] * (rows["by"] == "golden")).rename("golden slope"))
    assert found.wave_golden.estimate.estimate == pytest.approx(both.params["golden slope"])
    assert found.rest.estimate.estimate == pytest.approx(
        fitted(rows, (rows["x"] > 1).astype(float).rename("rest")).params["rest"]
    )


def test_changes_seen_before_are_those_of_the_same_reviewer_and_instance(frames, one_review):
    attempts, _ = frames({name: {"i0": "a", "i1": "a"} for name in ("m", "k", "l")})
    showings = [  # reviewer, candidate, round, wave, decision
        ("x", "m/i0", 1, 1, "a"),
        ("x", "k/i0", 1, 2, "s"),
        ("x", "l/i0", 2, 1, "r"),
        ("y", "l/i0", 1, 3, "a"),
        ("x", "m/i1", 1, 3, "r"),
        ("y", "k/i1", 1, 1, "r"),
        ("y", "m/i1", 1, 2, "a"),
    ]
    rows = [
        one_review(candidate, candidate.split("/")[1], who, said) | {"round": number, "wave": wave}
        for who, candidate, number, wave, said in showings
    ]
    reviews = check_reviews(pd.DataFrame(rows), check_attempts(attempts))
    made = table(check_attempts(attempts), reviews[reviews["decision"] != "skip"])
    made["x"] = [
        {("x", "l/i0"): 2.0, ("y", "m/i1"): 1.0}.get(key, 0.0)
        for key in zip(made["reviewer"], made["candidate"], strict=True)
    ]
    found = order(check_attempts(attempts), reviews)
    # k has one decided showing: a singleton, and so are none after it.
    assert (found.rows, found.singletons) == (len(made), 6 - len(made)) == (5, 1)
    assert found.seen.estimate.estimate == pytest.approx(fitted(made, made["x"]).params["x"])


def test_a_change_that_was_shown_twice_was_one_change_seen_before():
    """Repeats are no further changes: with each shown twice in a row the effect of those seen is the same."""
    attempts, reviews = simulated()
    reviews = reviews.assign(position=2 * reviews["position"])
    again = reviews.assign(
        assignment=reviews["assignment"] + "/again",
        repeat_of=reviews["assignment"],
        position=reviews["position"] + 1,
    )
    once = order(attempts, check_reviews(reviews, check_attempts(attempts)))
    both = check_reviews(pd.concat([reviews, again], ignore_index=True), check_attempts(attempts))
    assert order(attempts, both).seen == once.seen
    assert once.seen.estimate.available


def test_labels_and_the_order_of_rows_change_nothing():
    attempts, reviews = simulated()
    before = order(attempts, reviews)
    again = order(attempts.sample(frac=1, random_state=1), reviews.sample(frac=1, random_state=2))
    twin = attempts[attempts["submission"] == "a"].assign(submission="twin", model="twin")
    twice = order(check_attempts(pd.concat([attempts, twin], ignore_index=True)), reviews)
    assert (twice.rows, twice.singletons) == (before.rows, before.singletons)
    for one, other, third in zip(before.effects, again.effects, twice.effects, strict=True):
        for found in (other, third):
            assert found.estimate.estimate == pytest.approx(one.estimate.estimate, abs=1e-9)
            assert found.estimate.low == pytest.approx(one.estimate.low, abs=1e-9)
            assert found.robust_error == pytest.approx(one.robust_error)


def test_the_interval_covers_no_effect_where_waves_are_shuffled():
    """Waves redrawn within each instance: the effect is 0 by construction."""
    attempts, reviews = simulated(4, 0.0)
    rng = np.random.default_rng(0)
    covered, found = 0, []
    for _ in range(40):
        redrawn = reviews.groupby("instance")["wave"].transform(lambda waves: rng.permutation(waves.to_numpy()))
        estimate = order(attempts, reviews.assign(wave=redrawn)).wave.estimate
        covered += estimate.covers(0)
        found.append(estimate.estimate)
    assert 34 <= covered < 40
    assert abs(np.mean(found)) < 4 * np.std(found) / math.sqrt(40)


def waves(frames, spec, waves):
    attempts, reviews = frames(spec)
    reviews["wave"] = waves
    attempts = check_attempts(attempts)
    return attempts, check_reviews(reviews, attempts)


def test_what_cannot_be_told_is_not_available(frames):
    cases = {
        "no instance has two": [
            (empty_attempts(), empty_reviews()),
            waves(frames, {"m": {"i0": "a", "i1": "r"}}, [1, 2]),
            waves(frames, {"m": {"i0": "s", "i1": "s"}, "k": {"i0": "s", "i1": "."}}, [1, 2, 1, 2]),
        ],
        "within each instance all decisions are alike": [
            waves(frames, {"m": {"i0": "a", "i1": "a"}, "k": {"i0": "a", "i1": "a"}}, [1, 2, 2, 1]),
            waves(frames, {"m": {"i0": "r", "i1": "a"}, "k": {"i0": "r", "i1": "a"}}, [1, 2, 2, 1]),
        ],
        "the same in each instance": [
            waves(
                frames, {"m": {"i0": "a", "i1": "r", "i2": "a"}, "k": {"i0": "r", "i1": "r", "i2": "a"}}, [1] * 6
            ),  # Each submission in its own wave: nothing tells wave from submission.
            waves(
                frames,
                {"m": {"i0": "a", "i1": "r", "i2": "a"}, "k": {"i0": "r", "i1": "r", "i2": "a"}},
                [1, 1, 1, 2, 2, 2],
            ),
        ],
    }
    for reason, studies in cases.items():
        for study in studies:
            found = order(*study)
            assert found.wave.estimate.estimate is None
            assert reason in found.wave.estimate.reason
            assert len(found.frame()) == 4


def test_without_golden_golden_has_no_slope_of_its_own(frames):
    codes = {"m": "arra", "k": "rraa", "l": "aara"}
    spec = {name: {f"i{number}": one for number, one in enumerate(code)} for name, code in codes.items()}
    found = order(*waves(frames, spec, [1, 2, 3, 1, 2, 3, 1, 3, 3, 1, 2, 2]))
    assert found.wave.estimate.estimate is not None
    assert found.wave_golden.estimate.estimate is None


def test_effects_that_explain_every_decision_leave_no_interval(frames):
    found = order(*waves(frames, {"m": {"i0": "a", "i1": "r"}, "k": {"i0": "r", "i1": "a"}}, [1, 2, 2, 1]))
    assert (found.wave.estimate.estimate, found.wave.estimate.low) == (pytest.approx(-1), None)
    assert "explain every decision" in found.wave.estimate.reason


def test_showings_without_a_wave_are_left_out_and_counted():
    attempts, reviews = simulated()
    reviews.loc[:4, "wave"] = pd.NA
    found = order(attempts, reviews)
    assert found.without_wave == 5
    assert found.rows + found.singletons + 5 == len(reviews)

import itertools
from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats

from mergecheck.errors import StatsError
from mergecheck.records import Author, Decision
from mergecheck.stats.generate import Parameters, Reviewers, intercept, simulate_reviews, truth, uniform
from mergecheck.stats.generate_study import Design, Simulated, simulate_study, study_truth

ACCEPTANCE = {"old": 0.35, "new": 0.55, "golden": 0.72}
PARAMETERS = Parameters(ACCEPTANCE, seed=3, skip_rate=0.05)
DESIGN = Design((Simulated("old", date(2024, 6, 1), 0.4), Simulated("new", date(2025, 9, 1), 0.7)), 50)


@pytest.mark.parametrize("share", [0.01, 0.35, 0.5, 0.97])
@pytest.mark.parametrize("sd", [0.0, 0.9, 3.0])
def test_the_intercept_gives_the_marginal_share(share, sd):
    beta = intercept(share, sd)
    by_integration, _ = integrate.quad(lambda z: special.expit(beta + sd * z) * stats.norm.pdf(z), -12, 12)
    assert by_integration == pytest.approx(share, abs=1e-6)


def test_shares_of_0_and_1_are_certain():
    sure = Parameters({"never": 0.0, "always": 1.0})
    answers = [Reviewers(sure).answer(f"a{n}", ["always"], f"i{n}", "ada", 1) for n in range(30)]
    assert {answer.verdict.decision for answer in answers} == {Decision.ACCEPT}
    assert truth(sure) == {"never": 0, "always": 1}


def test_the_truth_over_all_reviewers_is_the_parameter():
    assert truth(PARAMETERS) == pytest.approx(ACCEPTANCE, abs=1e-6)


def test_the_truth_over_these_reviewers_and_waves_is_what_is_seen():
    parameters = replace(PARAMETERS, order_effect=-0.3, skip_rate=0.0, leniency_sd=0.8)
    people = Reviewers(parameters)
    reviewers, waves = ("ada", "ben"), (1, 2, 4)
    seen = [
        people.probability(["new"], f"i{number}", reviewer, wave)
        for number, reviewer, wave in itertools.product(range(4000), reviewers, waves)
    ]
    found = truth(parameters, reviewers, waves)["new"]
    # An instance's six are nearly one draw.
    assert found == pytest.approx(np.mean(seen), abs=4 * np.std(seen) / np.sqrt(4000))
    assert abs(found - ACCEPTANCE["new"]) > 0.02


def test_answers_depend_on_the_assignment_and_not_on_the_order_of_calls():
    people = Reviewers(PARAMETERS)
    asked = [(f"a{n}", ["new", "old"], f"i{n % 7}", f"r{n % 3}", 1 + n % 4) for n in range(40)]
    forwards = [people.answer(*one) for one in asked]
    backwards = [Reviewers(PARAMETERS).answer(*one) for one in reversed(asked)]
    assert forwards == backwards[::-1]
    assert len({answer.active_seconds for answer in forwards}) > 30
    other = Reviewers(replace(PARAMETERS, seed=4))
    assert [other.answer(*one) for one in asked] != forwards


def test_a_draw_is_the_same_on_every_machine():
    # The first 52 bits of a BLAKE2b hash, by its definition and not by ours.
    import hashlib

    digest = hashlib.blake2b(b"7\0leniency\0ada", digest_size=8).hexdigest()
    assert uniform(7, "leniency", "ada") == (int(digest[:13], 16) + 0.5) / 2**52


def test_uniform_draws_are_uniform():
    draws = [uniform(1, str(number)) for number in range(5000)]
    assert stats.kstest(draws, "uniform").pvalue > 0.01


def test_a_shared_candidate_takes_the_mean_of_the_probabilities():
    people = Reviewers(PARAMETERS)
    alone = [people.probability([name], "i1", "ada", 2) for name in ("old", "golden")]
    assert people.probability(["golden", "old"], "i1", "ada", 2) == pytest.approx(np.mean(alone))


def test_answers_keep_to_the_form():
    people = Reviewers(PARAMETERS)
    answers = [people.answer(f"a{n}", ["new"], f"i{n}", "ada", 1) for n in range(600)]
    for answer in answers:
        verdict = answer.verdict
        assert answer.active_seconds > 0
        if verdict.decision is Decision.SKIP:
            assert (verdict.skip_reason, verdict.reason, verdict.progress) == ("cannot_judge", None, None)
            assert answer.guess is None
            continue
        assert (answer.guess.confidence is None) == (answer.guess.author is Author.CANNOT_TELL)
        assert (verdict.reason is None) == (verdict.decision is Decision.ACCEPT)
        assert verdict.reason is None or verdict.reason in PARAMETERS.reasons
        assert 0 <= verdict.progress <= 100
        assert 1 <= verdict.confidence <= 10
        assert verdict.baseline_minutes > 0
    counts = Counter(answer.verdict.decision for answer in answers)
    assert 0.01 < counts[Decision.SKIP] / 600 < 0.1


def test_reasons_come_in_their_shares():
    refused = Reviewers(Parameters({"m": 0.0}, reasons={"a": 3, "b": 1}))
    reasons = Counter(refused.answer(f"a{n}", ["m"], "i", "ada", 1).verdict.reason for n in range(2000))
    assert stats.binomtest(reasons["a"], 2000, 0.75).pvalue > 0.001


def test_an_unknown_submission_is_named():
    with pytest.raises(StatsError, match="submission other has no acceptance") as caught:
        Reviewers(PARAMETERS).answer("a", ["other"], "i", "ada", 1)
    assert "golden, new, old" in caught.value.fix


@pytest.mark.parametrize(
    "wrong",
    [{"acceptance": {"m": 1.2}}, {"leniency_sd": -1}, {"skip_rate": 2}, {"reasons": {}}, {"guesses_ai": -0.1}],
)
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(StatsError):
        Parameters(**{"acceptance": ACCEPTANCE, **wrong})


def test_frames_hold_the_same_draws_as_answers():
    attempts, reviews = simulate_study(PARAMETERS, DESIGN)
    people = Reviewers(PARAMETERS)
    for row in reviews.to_dict("records"):
        submission = row["candidate"].split("/")[0]
        answer = people.answer(row["assignment"], [submission], row["instance"], row["reviewer"], row["wave"])
        assert row["decision"] == answer.verdict.decision
        assert row["active_minutes"] * 60 == pytest.approx(answer.active_seconds)
        assert row["guess"] == (None if answer.guess is None else answer.guess.author)
        assert (answer.guess is None) == (row["decision"] == Decision.SKIP)
    assert reviews["simulated"].all()
    columns = ["assignment", "candidate", "reviewer", "round", "wave", "position", "repeat_of"]
    half = reviews.loc[::2, columns].iloc[::-1]
    again = simulate_reviews(attempts, half, PARAMETERS).set_index("assignment")
    pd.testing.assert_frame_equal(again, reviews.iloc[::2].iloc[::-1].set_index("assignment"), check_dtype=True)


def test_an_unknown_candidate_is_refused():
    attempts, reviews = simulate_study(PARAMETERS, DESIGN)
    with pytest.raises(StatsError, match="row 0, column candidate"):
        simulate_reviews(attempts, reviews.assign(candidate="nobody"), PARAMETERS)


def test_a_study_is_a_function_of_its_arguments():
    first, second = simulate_study(PARAMETERS, DESIGN), simulate_study(PARAMETERS, DESIGN)
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert not simulate_study(replace(PARAMETERS, seed=9), DESIGN)[1].equals(first[1])


def test_a_study_has_the_design_that_was_asked_for():
    design = replace(DESIGN, golden_share=0.5, reviewers_each=2)
    attempts, reviews = simulate_study(PARAMETERS, design)
    golden = attempts[attempts["is_golden"]]
    assert golden["sampled"].sum() == 25
    assert set(golden["inclusion_probability"]) == {0.5}
    assert (reviews.groupby("candidate").size() == 2).all()
    assert reviews.groupby("candidate")["reviewer"].nunique().eq(2).all()
    by_instance = reviews.drop_duplicates("candidate").groupby("instance")["wave"]
    assert (by_instance.nunique() == by_instance.size()).all()
    passing = attempts[(attempts["grade"] == "resolved") & attempts["sampled"]]
    assert set(reviews["candidate"]) == set(passing["candidate"])


def test_the_truth_of_a_study_is_what_many_instances_show():
    parameters = Parameters(ACCEPTANCE, seed=1, difficulty_sd=1.5)
    design = replace(DESIGN, n_instances=1500, shared=0.8)
    attempts, reviews = simulate_study(parameters, design)
    accepted = reviews.set_index("candidate")["decision"].eq("accept")
    for name, true in study_truth(parameters, design).items():
        mine = attempts[attempts["submission"] == name]
        passed = mine["grade"].eq("resolved").to_numpy()
        liked = mine["candidate"].map(accepted).fillna(value=False).to_numpy(dtype=bool)
        assert passed.mean() == pytest.approx(true.pass_rate, abs=0.05)
        assert liked[passed].mean() == pytest.approx(true.conditional_rate, abs=0.06)
        assert true.merge_rate == pytest.approx(true.pass_rate * true.conditional_rate)
        # What is easy to grade is easy to accept, so passing changes are accepted more often than others would be.
        assert true.conditional_rate > truth(parameters, design.reviewers)[name] + 0.02

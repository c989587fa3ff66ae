"""Blinding: CRISP's printed indices, habit against knowledge, jackknife by hand, coverage, degenerate studies."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mergecheck.stats.blinding import bang_index, bang_sum, blinding, james_index
from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews

CRISP = np.array([[82.0, 27.0], [25.0, 29.0], [170.0, 83.0]])


def test_crisp_has_the_printed_indices():
    """Bang, Ni & Davis 2004."""
    index, error = james_index(CRISP)
    assert (round(index, 3), round(error, 4)) == (0.748, 0.0217)
    index, error = bang_index(82, 25, 170)
    assert (round(index, 3), round(error, 4)) == (0.206, 0.0352)
    index, error = bang_index(29, 27, 83)
    assert (round(index, 3), round(error, 4)) == (0.014, 0.0538)
    assert round(bang_sum(CRISP), 3) == 0.220


def test_jamess_anchors():
    assert james_index(np.array([[20.0, 0], [0, 20], [0, 0]]))[0] == 0
    assert james_index(np.array([[10.0, 10], [10, 10], [0, 0]]))[0] == 0.5
    assert james_index(np.array([[0.0, 0], [0, 0], [7, 8]])) == (1, 0)
    assert james_index(np.array([[14.0, 6], [21, 9], [50, 0]]))[0] == pytest.approx(0.5 + 0.5 / 2)
    assert math.isnan(james_index(np.array([[9.0, 0], [0, 0], [4, 4]]))[0])


def guessed(frames, agents, golden, same=None):
    """A study of {instance: guesses}, letters A(I), H(uman), C(annot tell), a letter a reviewer; - is no guess."""
    words = {"A": "ai", "H": "human", "C": "cannot_tell", "-": None}
    spec = {"m": {name: "a" * len(letters) for name, letters in agents.items()}}
    spec["golden"] = {name: "a" * len(letters) for name, letters in golden.items()}
    attempts, reviews = frames(spec, same=same)
    letters = "".join(
        [*agents.values(), *(one for key, one in golden.items() if ("golden", key) not in (same or {}))]
    )
    reviews["guess"] = [words[letter] for letter in letters]
    attempts = check_attempts(attempts)
    return attempts, check_reviews(reviews, attempts)


def test_habit_makes_arms_look_unblind_and_leaves_the_sum_at_nothing(frames):
    """AI is guessed 43 times in 50, in both arms alike: .72 and −.72."""
    letters = "A" * 43 + "H" * 7
    agents = {f"i{number:03d}": letters[number % 50] for number in range(300)}
    golden = {f"i{number:03d}": letters[number] for number in range(50)}
    found = blinding(*guessed(frames, agents, golden))
    assert found.bang_ai.estimate == pytest.approx(0.72)
    assert found.bang_human.estimate == pytest.approx(-0.72)
    assert found.bang_sum.estimate == pytest.approx(0)
    assert found.bang_sum.covers(0)
    assert not found.bang_ai.covers(0)
    assert found.james.estimate == pytest.approx(0.5)
    assert (found.arms[0].n, found.arms[1].n, found.arms[1].ai) == (300, 50, 43)


def test_intervals_leave_out_one_instance_with_all_its_guesses(frames):
    agents = {
        f"i{number:02d}": one for number, one in enumerate(["AC", "A", "H", "AAH", "CA", "A", "HA", "A", "C", "A"])
    }
    golden = {f"i{number:02d}": one for number, one in enumerate(["H", "A", "AH", "C", "H", "H", "A", "HA"])}
    found = blinding(*guessed(frames, agents, golden))

    def table(without=None):
        counted = np.zeros((3, 2))
        for column, arm in enumerate((agents, golden)):
            for instance, letters in arm.items():
                for letter in letters if instance != without else "":
                    counted["AHC".index(letter), column] += 1
        return counted

    for estimate, index in ((found.bang_sum, bang_sum), (found.james, lambda counts: james_index(counts)[0])):
        replicates = np.array([index(table(instance)) for instance in agents])
        se = math.sqrt(9 / 10 * ((replicates - replicates.mean()) ** 2).sum())
        assert estimate.estimate == pytest.approx(index(table()))
        assert (estimate.n, estimate.method) == (10, "instance jackknife, t(9)")
        assert estimate.high == pytest.approx(index(table()) + stats.t.ppf(0.975, 9) * se)


def test_a_change_of_golden_and_an_agent_is_out_and_counted(frames):
    agents = {"i0": "AH", "i1": "A", "i2": "H"}
    attempts, reviews = guessed(frames, agents, {"i0": "H", "i1": "H", "i2": "A"}, same={("golden", "i0"): "m/i0"})
    found = blinding(attempts, reviews)
    assert (found.no_author, found.candidates_without_author) == (2, 1)
    assert (found.arms[0].n, found.arms[1].n) == (2, 2)
    # Marked as the same, under two names.
    attempts, reviews = guessed(frames, agents, {"i0": "H", "i1": "H", "i2": "A"})
    attempts.loc[(attempts["submission"] == "m") & (attempts["instance"] == "i0"), "same_as_golden"] = True
    found = blinding(attempts, reviews)
    assert (found.no_author, found.candidates_without_author) == (3, 2)
    assert (found.arms[0].n, found.arms[1].n) == (2, 2)


def test_a_second_submission_with_the_same_change_counts_once(frames):
    attempts, reviews = guessed(frames, {"i0": "AH", "i1": "A", "i2": "H"}, {"i0": "H", "i1": "A"})
    twin = attempts[attempts["submission"] == "m"].assign(submission="twin", model="twin")
    both = check_attempts(pd.concat([attempts, twin], ignore_index=True))
    assert blinding(both, reviews) == blinding(attempts, reviews)
    assert blinding(attempts.sample(frac=1, random_state=1), reviews.sample(frac=1, random_state=2)) == blinding(
        attempts, reviews
    )


def test_repeats_are_not_asked_twice_and_missing_guesses_are_counted(frames, one_review):
    attempts, reviews = guessed(frames, {"i0": "A", "i1": "-"}, {"i0": "H"})
    again = one_review("m/i0", "i0", "r0", "a", repeat_of="m/i0/r0") | {"guess": "human"}
    reviews = check_reviews(pd.concat([reviews, pd.DataFrame([again])], ignore_index=True), attempts)
    found = blinding(attempts, reviews)
    assert (found.arms[0].n, found.arms[0].human, found.not_asked) == (1, 0, 1)


def test_guesses_all_alike_are_no_certainty(frames):
    agents = {f"i{number}": "A" for number in range(6)}
    bound = 1 - 0.025 ** (1 / 6)
    found = blinding(*guessed(frames, agents, agents))
    assert (found.bang_sum.estimate, found.bang_ai.estimate, found.bang_human.estimate) == (0, 1, -1)
    assert (found.bang_ai.low, found.bang_human.high) == pytest.approx((1 - 2 * bound, -1 + 2 * bound))
    assert (found.bang_sum.low, found.bang_sum.high) == pytest.approx((-2 * bound, 2 * bound))
    # With every guess the same nothing can go wrong but by the product of margins: exactly as by chance.
    assert found.james.estimate == pytest.approx(0.5)
    assert found.james.high - found.james.low > 0.1
    unsure = blinding(*guessed(frames, dict.fromkeys(agents, "C"), dict.fromkeys(agents, "C")))
    assert (unsure.james.estimate, unsure.bang_sum.estimate) == (1, 0)
    assert unsure.james.low < 0.7
    perfect = blinding(*guessed(frames, agents, dict.fromkeys(agents, "H")))
    assert (perfect.james.estimate, perfect.bang_sum.estimate) == (0, 2)
    assert perfect.bang_sum.low == pytest.approx(2 - math.hypot(2 * bound, 2 * bound))
    assert perfect.james.high > 0.2


def test_what_there_is_nothing_of_is_not_available(frames):
    nothing = blinding(empty_attempts(), empty_reviews())
    unasked = blinding(*guessed(frames, {"i0": "--"}, {"i0": "-"}))
    for found in (nothing, unasked):
        for estimate in (found.james, found.bang_ai, found.bang_human, found.bang_sum):
            assert (estimate.estimate, estimate.reason) == (
                None,
                "nobody was asked who wrote a change that has one author",
            )
    assert unasked.not_asked == 3
    one_arm = blinding(*guessed(frames, {"i0": "A", "i1": "H", "i2": "C"}, {}))
    assert one_arm.bang_ai.estimate == 0
    assert "author is a human alone" in one_arm.bang_sum.reason
    assert "author is a human alone" in one_arm.james.reason
    one = blinding(*guessed(frames, {"i0": "AH"}, {"i0": "H"}))
    assert (one.bang_sum.estimate, one.bang_sum.low) == (1, None)
    assert list(one.frame()["index"]) == ["James", "Bang, AI", "Bang, human", "Bang, sum of both arms"]


def test_an_arm_in_one_instance_hangs_on_it(frames):
    found = blinding(*guessed(frames, {"i0": "A", "i1": "H", "i2": "A"}, {"i0": "HA"}))
    assert found.bang_sum.estimate is not None
    assert (found.bang_sum.low, found.bang_sum.reason) == (None, "one instance holds an arm alone")


def test_the_sums_interval_covers_with_instances_that_look_alike(frames):
    """60 instances, each with a habit of its own, 4 agents' changes and one golden; told by 10 points."""
    rng = np.random.default_rng(9)
    covered = 0
    names = [f"i{number:02d}" for number in range(60)]
    for _ in range(30):
        habit = rng.beta(3, 1, 60) * 0.9
        agents = {
            name: "".join("A" if one else "H" for one in rng.random(4) < share + 0.1)
            for name, share in zip(names, habit, strict=True)
        }
        golden = {name: "A" if rng.random() < share else "H" for name, share in zip(names, habit, strict=True)}
        covered += blinding(*guessed(frames, agents, golden)).bang_sum.covers(0.2)
    assert 25 <= covered < 30

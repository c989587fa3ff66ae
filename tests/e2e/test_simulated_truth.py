"""On the sample, in CI: what simulated reviewers are told to think comes back out, with honest intervals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import REVIEWS
from mergecheck.stats.generate import Parameters, simulate_reviews, truth
from mergecheck.store.database import Database
from mergecheck.store.frames import attempts_frame, reviews_frame

ACCEPTANCE = {"golden": 0.75, "2024-brook": 0.3, "2025-otter": 0.45, "2026-heron": 0.6}
SEEDS = 100
AT_LEAST = 90


def frames(study) -> tuple[pd.DataFrame, pd.DataFrame]:
    with Database.open(study.study / "study.db").reading() as connection:
        attempts = attempts_frame(connection)
        return attempts, reviews_frame(connection, attempts)


def simulate(study, seed: int) -> list[str]:
    shares = [word for name, share in ACCEPTANCE.items() for word in ("--accept", f"{name}={share}")]
    study.run("simulate", "--seed", str(seed), "--skip-rate", "0.1", *shares)
    return [str(path) for path in sorted((study.study / "packets").glob("*.answers.jsonl"))]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_chain_and_the_generator_say_the_same(study, seed):
    attempts, assignments = frames(study)
    study.run("collect", *simulate(study, seed))
    _, through_the_desk = frames(study)
    columns = [
        name
        for name in REVIEWS
        if name in ("assignment", "candidate", "reviewer", "round", "wave", "position", "repeat_of")
    ]
    direct = simulate_reviews(
        attempts, assignments[columns], Parameters(acceptance=ACCEPTANCE, seed=seed, skip_rate=0.1)
    )
    # A study's frame has more columns than the generator's: conflicts of interest, and why an item was shown.
    left = through_the_desk[list(REVIEWS)].drop(columns=["submitted_at"]).set_index("assignment").sort_index()
    right = direct.drop(columns=["submitted_at"]).set_index("assignment").sort_index()
    pd.testing.assert_frame_equal(left, right[left.columns])
    assert bool(left["simulated"].all())
    assert left["decision"].notna().all()


def test_over_100_seeds_each_submission_s_intervals_cover_its_known_rate(study):
    """The grades are what they are; the known merge rate is the pass rate times the acceptance.

    The intervals are about these reviewers, so the known rate is what these reviewers, each as lenient as the seed
    made them, accept of issues like these.
    """
    attempts, assignments = frames(study)
    columns = ["assignment", "candidate", "reviewer", "round", "wave", "position", "repeat_of"]
    covered: Counter[tuple[str, str]] = Counter()
    for seed in range(SEEDS):
        parameters = Parameters(acceptance=ACCEPTANCE, seed=seed)
        known = known_rates(attempts, assignments, parameters)
        analysis = analyse(attempts, simulate_reviews(attempts, assignments[columns], parameters))
        for rates in analysis.rates:
            name = rates.submission
            passed, conditional = known[name]
            for label, estimate, value in (
                ("C", rates.conditional_rate, conditional),
                ("M", rates.merge_rate, passed * conditional),
                ("M/G", rates.relative_merge_rate, passed * conditional / known["golden"][1]),
                ("C/G", rates.relative_conditional_rate, conditional / known["golden"][1]),
            ):
                covered[name, label] += within(estimate, value)
    assert len(covered) == 12
    print(covered)
    assert min(covered.values()) >= AT_LEAST, covered


def known_rates(
    attempts: pd.DataFrame, assignments: pd.DataFrame, parameters: Parameters
) -> dict[str, tuple[float, float]]:
    """Submission → pass rate, and the mean over its passing candidates of what they are accepted with.

    A candidate that several submissions made is judged once, with the mean of their acceptances.
    """
    by_reviewer = {one: truth(parameters, reviewers=(one,)) for one in assignments["reviewer"].unique()}
    reviewer_of = dict(zip(assignments["candidate"], assignments["reviewer"], strict=True))
    made = attempts.dropna(subset="candidate")
    accepted_with = {
        candidate: sum(by_reviewer[reviewer_of[candidate]][name] for name in names) / len(names)
        for candidate, names in made.groupby("candidate")["submission"].agg(list).items()
        if candidate in reviewer_of
    }
    rates = {}
    for name, mine in attempts.groupby("submission"):
        passing = mine[mine["grade"].eq("resolved") & mine["disposition"].eq("reviewable")]
        rates[str(name)] = (len(passing) / len(mine), float(passing["candidate"].map(accepted_with).mean()))
    return rates


def within(estimate, value: float) -> bool:
    """An n/a covers nothing; a missing side of a one-sided bound is open."""
    if estimate.low is None and estimate.high is None:
        return False
    return (estimate.low is None or estimate.low <= value) and (estimate.high is None or value <= estimate.high)


def test_simulated_verdicts_are_marked_wherever_they_go(study):
    returned = simulate(study, 3)
    study.run("collect", *returned)
    assert all(one["simulated"] for one in study.json("status")["reviewers"])
    assert study.json("report", "--unblind")["simulated"]
    assert "SIMULATED" in study.run("report", "--unblind").stdout
    for file in returned:
        assert all('"simulated":true' in line for line in Path(file).read_text(encoding="ascii").splitlines())


def test_a_person_s_answers_and_simulated_ones_are_not_mixed(study):
    simulate(study, 4)
    packet = sorted((study.study / "packets").glob("*.packet"))[0]
    assert "simulated" in study.in_a_process("review", str(packet), "--plain", code=1).stderr


def test_a_person_s_answers_to_a_packet_that_was_simulated_are_refused(study, tmp_path):
    returned = simulate(study, 4)
    study.run("collect", *returned)
    packet = sorted((study.study / "packets").glob("*.packet"))[0]
    own = tmp_path / "own" / packet.name
    own.parent.mkdir()
    own.write_bytes(packet.read_bytes())
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"position": 1, "decision": "skip", "skip_reason": "cannot_judge"}\n')
    study.run("review", str(own), "--answers-from", str(answers))
    done = study.run("collect", str(own.with_suffix(".answers.jsonl")), code=1)
    assert "would be mixed" in done.stderr


def test_simulating_again_changes_nothing(study):
    returned = simulate(study, 5)
    verdicts = [
        [line for line in Path(file).read_text().splitlines() if '"type":"verdict"' in line] for file in returned
    ]
    simulate(study, 6)
    after = [
        [line for line in Path(file).read_text().splitlines() if '"type":"verdict"' in line] for file in returned
    ]
    assert after == verdicts

"""Changes of the frames that must change nothing, or in one direction only."""

from dataclasses import replace

import pandas as pd
import pytest

from mergecheck.stats.analysis import analyse


def test_the_order_of_rows_changes_nothing(mixed):
    attempts, reviews = mixed
    before = analyse(attempts, reviews)
    for seed in range(5):
        assert (
            analyse(attempts.sample(frac=1, random_state=seed), reviews.sample(frac=1, random_state=seed))
            == before
        )


def test_labels_of_the_index_change_nothing(mixed):
    attempts, reviews = mixed
    assert analyse(attempts.set_index(attempts["instance"]), reviews.set_index(reviews["repo"])) == analyse(*mixed)


def test_a_duplicated_submission_has_the_same_rates_and_leaves_the_others_alone(mixed):
    attempts, reviews = mixed
    twin = attempts[attempts["submission"] == "old"].assign(submission="twin", model="twin")
    before, after = analyse(*mixed), analyse(pd.concat([attempts, twin], ignore_index=True), reviews)
    by_name = {rate.submission: rate for rate in after.rates}
    assert [by_name["old"], by_name["new"]] == list(before.rates)
    assert replace(by_name["twin"], submission="old", model="old") == by_name["old"]
    assert (after.golden, after.verdicts, after.not_reviewed, after.work) == (
        before.golden,
        before.verdicts,
        before.not_reviewed,
        before.work,
    )


def test_everything_reviewed_twice_alike_gives_the_same_rates_and_no_narrower_interval(mixed, metr):
    for attempts, reviews in (mixed, metr):
        again = reviews.assign(assignment=reviews["assignment"] + "/2", reviewer=reviews["reviewer"] + "/2")
        before, after = (
            analyse(attempts, reviews),
            analyse(attempts, pd.concat([reviews, again], ignore_index=True)),
        )
        assert after.rates == before.rates
        assert after.golden == before.golden
        assert (after.level_gap, after.trend, after.outcomes) == (before.level_gap, before.trend, before.outcomes)


def test_repeats_change_no_rate(mixed):
    attempts, reviews = mixed
    repeats = reviews.assign(
        assignment=reviews["assignment"] + "/again",
        repeat_of=reviews["assignment"],
        decision="request_changes",
        reason="other",
    )
    before, after = analyse(*mixed), analyse(attempts, pd.concat([reviews, repeats], ignore_index=True))
    assert (after.rates, after.outcomes, after.flow) == (before.rates, before.outcomes, before.flow)
    assert after.verdicts > before.verdicts


def test_the_final_decision_is_not_the_one_that_counts(mixed):
    attempts, reviews = mixed
    assert analyse(attempts, reviews.assign(decision_final="request_changes")) == analyse(*mixed)


def test_pairing_narrows_what_golden_and_model_share(frames):
    """The same marginal counts, once on the same instances and once on others: only the pairing differs."""
    instances = [f"i{number:02d}" for number in range(40)]
    golden = {instance: "a" if number < 24 else "r" for number, instance in enumerate(instances)}
    alike = {instance: "a" if number < 20 else "r" for number, instance in enumerate(instances)}
    unlike = {instance: "a" if number >= 20 else "r" for number, instance in enumerate(instances)}
    paired = analyse(*frames({"m": alike, "golden": golden})).rates[0].relative_merge_rate
    crossed = analyse(*frames({"m": unlike, "golden": golden})).rates[0].relative_merge_rate
    assert paired.estimate == pytest.approx(crossed.estimate)
    assert paired.high - paired.low < 0.6 * (crossed.high - crossed.low)


def test_another_level_is_another_width_and_nothing_else(mixed):
    wide, narrow = analyse(*mixed, level=0.99), analyse(*mixed, level=0.8)
    assert wide.level_gap.estimate.estimate == narrow.level_gap.estimate.estimate
    for one, other in zip(wide.rates, narrow.rates, strict=True):
        assert one.gap.low < other.gap.low < other.gap.high < one.gap.high
        assert one.conditional_rate.low <= other.conditional_rate.low
    assert (wide.level, wide.trend.grader.level, wide.fieller[0].merge.level) == (0.99, 0.99, 0.99)

"""Agreement: published tables to their printed digits, statsmodels, loops, coverage, degenerate studies."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import inter_rater

from mergecheck.errors import StatsError
from mergecheck.stats.agreement import agreement, repeats, self_agreement, without_pair
from mergecheck.stats.frames import check_attempts, check_reviews, empty_reviews
from mergecheck.stats.indices import (
    Metric,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)

FLEISS_1971 = """
0 0 0 6 0|0 3 0 0 3|0 1 4 0 1|0 0 0 0 6|0 3 0 3 0|2 0 4 0 0|0 0 4 0 2|2 0 3 1 0|2 0 0 4 0|0 0 0 0 6
1 0 0 5 0|1 1 0 4 0|0 3 3 0 0|1 0 0 5 0|0 2 0 3 1|0 0 5 0 1|3 0 0 1 2|5 1 0 0 0|0 2 0 4 0|1 0 2 0 3
0 0 0 0 6|0 1 0 5 0|0 2 0 1 3|2 0 0 4 0|1 0 0 4 1|0 5 0 1 0|4 0 0 0 2|0 2 0 4 0|1 0 5 0 0|0 0 0 0 6
"""
FOURTEEN_RATERS = (
    "0 0 0 0 14|0 2 6 4 2|0 0 3 5 6|0 3 9 2 0|2 2 8 1 1|7 7 0 0 0|3 2 6 3 0|2 5 3 2 2|6 5 2 1 0|0 2 2 3 7"
)
FOUR_CODERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def counts_of(text):
    return np.array(
        [[float(number) for number in unit.split()] for unit in text.replace("\n", "|").strip("|").split("|")]
    )


def counts_of_coders(coders, categories):
    rows = [coder.split() for coder in coders]
    return (
        np.array([[sum(row[unit] == one for row in rows) for one in categories] for unit in range(len(rows[0]))])
        * 1.0
    )


def two_raters(table):
    """Counts of a square table: a unit in cell (i, j) has one rating i and one rating j."""
    units = []
    for i, row in enumerate(table):
        for j, times in enumerate(row):
            one = np.zeros(len(table))
            one[i] += 1
            one[j] += 1
            units += [one] * times
    return np.array(units)


def test_fleiss_of_1971():
    counts = counts_of(FLEISS_1971)
    assert counts.shape == (30, 5)
    assert round(percent_agreement(counts), 4) == 0.5556
    prevalence = counts.sum(axis=0) / counts.sum()
    assert round(float((prevalence**2).sum()), 4) == 0.2199
    assert round(fleiss_kappa(counts), 3) == 0.430
    assert fleiss_kappa(counts) == pytest.approx(inter_rater.fleiss_kappa(counts))


def test_fleiss_of_fourteen_raters():
    counts = counts_of(FOURTEEN_RATERS)
    assert round(fleiss_kappa(counts), 3) == 0.210
    assert fleiss_kappa(counts) == pytest.approx(inter_rater.fleiss_kappa(counts))


def test_fleiss_with_unequal_numbers_of_ratings_lets_each_candidate_count_alike():
    """By hand: p_a = (1 + 1/3 + 1)/3 = 7/9; p = ((1 + 2/3 + 0 + 0)/4, (0 + 1/3 + 1 + 1)/4) = (5/12, 7/12)."""
    counts = np.array([[2, 0], [2, 1], [0, 2], [0, 1]], dtype=float)
    chance = (25 + 49) / 144
    assert fleiss_kappa(counts) == pytest.approx((7 / 9 - chance) / (1 - chance))
    # The shares of all ratings pooled, one half each, are another definition.
    assert fleiss_kappa(counts) != pytest.approx((7 / 9 - 1 / 2) / (1 - 1 / 2), abs=1e-3)


def test_krippendorffs_four_coders_with_missing_values():
    counts = counts_of_coders(FOUR_CODERS, "12345")
    values = np.arange(1.0, 6.0)
    found = {metric.value: round(krippendorff_alpha(counts, values, metric), 3) for metric in Metric}
    assert found == {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}


def test_krippendorffs_two_coders():
    binary = counts_of_coders(("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"), "01")
    nominal = counts_of_coders(("a a b b d c c c e d d a", "b a b b b c c c e d d d"), "abcde")
    assert round(krippendorff_alpha(binary, np.arange(2.0), Metric.NOMINAL), 3) == 0.095
    assert round(krippendorff_alpha(nominal, np.arange(5.0), Metric.NOMINAL), 3) == 0.692


def test_gwets_four_coders_keep_the_unit_with_one_rating():
    counts = counts_of_coders(FOUR_CODERS, "12345")
    assert round(percent_agreement(counts), 5) == 0.81818
    assert round(gwet_ac1(counts), 5) == 0.77544
    assert round(gwet_ac1(counts[counts.sum(axis=1) > 1]), 5) == 0.77515


@pytest.mark.parametrize(
    ("table", "kappa", "ac1", "digits"),
    [
        ([[40, 9], [6, 45]], 0.70, 0.701, (2, 3)),
        ([[80, 10], [5, 5]], 0.32, 0.808, (2, 3)),
        ([[118, 5], [2, 0]], -0.0234, 0.9408, (4, 4)),
    ],
)
def test_skewed_tables_tell_cohen_from_ac1(table, kappa, ac1, digits):
    assert round(cohen_kappa(np.array(table)), digits[0]) == kappa
    assert round(gwet_ac1(two_raters(table)), digits[1]) == ac1
    assert cohen_kappa(np.array(table)) == pytest.approx(inter_rater.cohens_kappa(table, return_results=False))


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=12))
def test_alpha_is_its_definition_by_pairs(units):
    """1 − D_o/D_e by loops over pairs of ratings, with unequal numbers of ratings."""
    counts, values = np.array(units, dtype=float), np.array([0.0, 2.0, 7.0])
    ratings = [[values[c] for c, times in enumerate(unit) for _ in range(times)] for unit in units]
    pairable = [unit for unit in ratings if len(unit) > 1]
    n = sum(len(unit) for unit in pairable)
    among = [value for unit in pairable for value in unit]
    expected = sum((a - b) ** 2 for a in among for b in among)
    found = krippendorff_alpha(counts, values, Metric.INTERVAL)
    if expected == 0:
        assert math.isnan(found)
        return
    observed = sum(sum((a - b) ** 2 for a in unit for b in unit) / (len(unit) - 1) for unit in pairable)
    assert found == pytest.approx(1 - (observed / n) / (expected / (n * (n - 1))))


# --- studies ---


def study(frames, **codes):
    attempts, reviews = frames({"m": codes})
    attempts = check_attempts(attempts)
    return check_reviews(reviews, attempts)


SKEWED = {f"i{number:02d}": code for number, code in enumerate(["aa"] * 14 + ["ar"] * 3 + ["ra"] + ["rr"] * 2)}


def test_a_study_of_two_reviewers_has_the_indices_of_its_table(frames):
    reviews = study(frames, **SKEWED)
    found = agreement(reviews)
    table = [[14, 3], [1, 2]]
    assert found.of("decision", "percent").estimate == pytest.approx(16 / 20)
    assert found.of("decision", "Cohen's κ", ("r0", "r1")).estimate == pytest.approx(cohen_kappa(np.array(table)))
    assert found.of("decision", "Gwet's AC1").estimate == pytest.approx(gwet_ac1(two_raters(table)))
    # Five categories, two of them used.
    wide = np.zeros((20, 5))
    wide[:, [0, 3]] = two_raters(table)
    assert found.of("reason", "Gwet's AC1").estimate == pytest.approx(gwet_ac1(wide))
    assert found.of("reason", "Gwet's AC1").estimate != pytest.approx(gwet_ac1(two_raters(table)))
    assert found.of("decision", "Fleiss's κ").n == 20


def test_intervals_leave_out_one_candidate_at_a_time(frames):
    codes = {**SKEWED, "j0": "a", "j1": "r", "j2": "s", "j3": "as", "j4": "aar"}
    found = agreement(study(frames, **codes))
    counts = (
        np.array([[code.count("a"), code.count("r")] for code in codes.values() if set(code) & set("ar")]) * 1.0
    )
    for name, index in (("Gwet's AC1", gwet_ac1), ("Fleiss's κ", fleiss_kappa), ("percent", percent_agreement)):
        replicates = np.array([index(np.delete(counts, unit, axis=0)) for unit in range(len(counts))])
        n, overlapping = len(counts), 21
        se = math.sqrt((n - 1) / n * ((replicates - replicates.mean()) ** 2).sum())
        estimate = found.of("decision", name)
        assert estimate.n == overlapping
        assert estimate.high == pytest.approx(min(1.0, index(counts) + stats.t.ppf(0.975, overlapping - 1) * se))
        assert estimate.low == pytest.approx(index(counts) - stats.t.ppf(0.975, overlapping - 1) * se)


def test_progress_is_ordinal_and_interval_and_cut_at_the_threshold(frames):
    reviews = study(frames, i0="aa", i1="aa", i2="aa", i3="aa")
    reviews["progress"] = [90.0, 80.0, 30.0, 40.0, 81.0, 100.0, 10.0, 10.0]
    found = agreement(reviews)
    assert found.of("progress above 80 %", "percent").estimate == pytest.approx(3 / 4)
    assert agreement(reviews, at_least=True).of("progress at least 80 %", "percent").estimate == 1
    values = np.array(sorted(set(reviews["progress"])))
    counts = np.array(
        [[(pair == value).sum() for value in values] for pair in reviews["progress"].to_numpy().reshape(4, 2)]
    )
    for metric in (Metric.ORDINAL, Metric.INTERVAL):
        alpha = krippendorff_alpha(counts * 1.0, values, metric)
        assert found.of("progress", f"Krippendorff's α, {metric}").estimate == pytest.approx(alpha)


def test_the_order_of_rows_and_labels_of_submissions_change_nothing(frames):
    reviews = study(frames, **SKEWED)
    assert agreement(reviews.sample(frac=1, random_state=3)) == agreement(reviews)
    attempts, raw = frames({"m": SKEWED})
    twin = attempts.assign(submission="twin", model="twin")
    both = check_attempts(pd.concat([attempts, twin], ignore_index=True))
    assert agreement(check_reviews(raw, both)) == agreement(reviews)


def test_without_overlap_it_is_not_available_and_says_so(frames):
    for reviews in (study(frames, i0="a", i1="r"), empty_reviews(), study(frames, i0="ss", i1=".a")):
        found = agreement(reviews)
        for one in found.indices:
            assert one.estimate.estimate is None
            assert "nothing overlaps" in one.estimate.reason
        assert {one.item for one in found.indices} >= {"decision", "reason", "progress"}
        assert len(found.frame()) == len(found.indices)


def test_two_reviewers_who_share_nothing_are_named(frames, one_review):
    attempts, _ = frames({"m": {"i0": "a", "i1": "a"}})
    rows = [
        one_review("m/i0", "i0", "x", "a"),
        one_review("m/i0", "i0", "y", "a"),
        one_review("m/i1", "i1", "z", "a"),
    ]
    found = agreement(check_reviews(pd.DataFrame(rows), check_attempts(attempts)))
    assert "no candidate in common" in found.of("decision", "Cohen's κ", ("x", "z")).reason


def test_agreement_of_all_or_none_is_no_certainty(frames):
    all_agree = agreement(study(frames, i0="aa", i1="aa", i2="rr", i3="rr", i4="aa"))
    bound = 0.025 ** (1 / 5)
    assert all_agree.of("decision", "percent").low == pytest.approx(bound)
    kappa = all_agree.of("decision", "Cohen's κ", ("r0", "r1"))
    chance = 0.6**2 + 0.4**2
    assert (kappa.estimate, kappa.low) == (1, pytest.approx((bound - chance) / (1 - chance)))
    none_agree = agreement(study(frames, i0="ar", i1="ar", i2="ra", i3="ra", i4="ar"))
    assert none_agree.of("decision", "percent").high == pytest.approx(1 - bound)
    assert none_agree.of("decision", "percent").low == 0
    assert none_agree.of("decision", "Gwet's AC1").high > none_agree.of("decision", "Gwet's AC1").estimate + 0.5


def test_one_category_alone_has_no_kappa_but_an_ac1(frames):
    found = agreement(study(frames, i0="aa", i1="aa", i2="aa"))
    for name in ("Fleiss's κ", "Krippendorff's α, nominal"):
        assert "only one category" in found.of("decision", name).reason
    assert "only one category" in found.of("decision", "Cohen's κ", ("r0", "r1")).reason
    assert found.of("decision", "Gwet's AC1").estimate == 1
    assert found.of("decision", "Gwet's AC1").low < 0.5
    assert found.of("progress", "Krippendorff's α, interval").estimate is None


def test_one_candidate_has_no_spread(frames):
    estimate = agreement(study(frames, i0="ar")).of("decision", "percent")
    assert (estimate.estimate, estimate.low, estimate.n) == (0, None, 1)
    assert "no spread" in estimate.reason


def test_missing_reasons_and_progress_are_left_out_and_counted(frames):
    reviews = study(frames, i0="rr", i1="rr", i2="ar")
    reviews.loc[0, ["reason", "progress"]] = [None, np.nan]
    found = agreement(reviews)
    assert found.no_reason == 1
    assert (found.of("reason", "percent").n, found.of("decision", "percent").n) == (2, 3)


def test_reasons_of_ones_own_are_categories(frames):
    reviews = study(frames, i0="rr", i1="rr")
    reviews["reason"] = ["zeal", "zeal", "zeal", "other"]
    assert agreement(reviews).of("reason", "percent").estimate == 0.5


def test_a_second_look_by_the_same_reviewer_is_no_second_reviewer(frames, one_review):
    attempts, reviews = frames({"m": {"i0": "a", "i1": "ar"}})
    later = one_review("m/i0", "i0", "r0", "r") | {"assignment": "another round", "round": 2}
    reviews = check_reviews(
        pd.concat([reviews, pd.DataFrame([later])], ignore_index=True), check_attempts(attempts)
    )
    assert agreement(reviews).of("decision", "percent").n == 1


def test_repeats_are_agreement_with_oneself(frames, one_review):
    attempts, reviews = frames({"m": {f"i{number}": "a" for number in range(6)}})
    again = [
        one_review(f"m/i{number}", f"i{number}", "r0", letter, repeat_of=f"m/i{number}/r0")
        for number, letter in enumerate("aaras")
    ]
    reviews = check_reviews(pd.concat([reviews, pd.DataFrame(again)], ignore_index=True), check_attempts(attempts))
    found = self_agreement(reviews)
    assert found.of("decision", "percent").estimate == pytest.approx(3 / 4)
    assert found.of("decision", "percent").n == 4
    assert agreement(reviews).of("decision", "percent").estimate is None
    assert "no repeat" in self_agreement(study(frames, i0="aa")).of("decision", "percent").reason
    assert "no repeat" in self_agreement(empty_reviews()).of("progress", "Krippendorff's α, ordinal").reason


def test_repeats_of_a_change_by_two_reviewers_alike_make_no_narrower_interval(frames, one_review):
    """They are left out together: the change, not the repeat, is what was drawn."""
    first, second = "aarraarrar", "arrraarrra"

    def study(reviewers):
        attempts, reviews = frames({"m": {f"i{n}": letter * reviewers for n, letter in enumerate(first)}})
        again = [
            one_review(f"m/i{n}", f"i{n}", f"r{who}", letter, repeat_of=f"m/i{n}/r{who}")
            for n, letter in enumerate(second)
            for who in range(reviewers)
        ]
        both = pd.concat([reviews, pd.DataFrame(again)], ignore_index=True)
        return self_agreement(check_reviews(both, check_attempts(attempts)))

    for item, index in (("decision", "percent"), ("decision", "Gwet's AC1"), ("decision", "Fleiss's κ")):
        once, twice = (study(reviewers).of(item, index) for reviewers in (1, 2))
        assert (twice.estimate, twice.low, twice.high) == pytest.approx((once.estimate, once.low, once.high))
        assert twice.n == once.n == 10


def test_repeats_of_what_has_no_decision_are_counted(frames, one_review):
    """i0 and i1 were judged before, i2 skipped, i3's first showing is not among the rows; i1's repeat is open."""
    attempts, reviews = frames({"m": {"i0": "a", "i1": "a", "i2": "s", "i3": "a"}})
    again = [
        one_review(f"m/i{number}", f"i{number}", "r0", letter, repeat_of=f"m/i{number}/r0")
        for number, letter in enumerate("r.aa")
    ]
    known = reviews[reviews["instance"] != "i3"]
    both = check_reviews(pd.concat([known, pd.DataFrame(again)], ignore_index=True), check_attempts(attempts))
    assert len(repeats(both)) == 2
    assert without_pair(both) == 2
    assert without_pair(check_reviews(reviews, check_attempts(attempts))) == 0


def test_a_level_out_of_range_is_refused(frames):
    for compute in (agreement, self_agreement):
        with pytest.raises(StatsError):
            compute(empty_reviews(), 95)


def test_intervals_cover_the_kappa_of_the_population():
    """Two raters, P(accept, accept) = .6, both refuse .2, else .1 each; 60 candidates."""
    cells = np.array([[0.6, 0.1], [0.1, 0.2]])
    chance = cells.sum(axis=0) @ cells.sum(axis=1)
    kappa = (0.8 - chance) / (1 - chance)
    prevalence = 0.7
    expected = 2 * prevalence * (1 - prevalence)
    ac1 = (0.8 - expected) / (1 - expected)
    rng = np.random.default_rng(3)
    covered = {"Cohen's κ": 0, "Gwet's AC1": 0, "Krippendorff's α, nominal": 0}
    template = empty_reviews()
    for _ in range(60):
        drawn = rng.choice(4, size=60, p=cells.ravel())
        said = np.array(
            [
                ["accept", "accept"],
                ["accept", "request_changes"],
                ["request_changes", "accept"],
                ["request_changes"] * 2,
            ]
        )
        reviews = pd.DataFrame(
            {
                "assignment": [f"{unit}/{rater}" for unit in range(60) for rater in "xy"],
                "candidate": [f"c{unit:02d}" for unit in range(60) for _ in "xy"],
                "reviewer": list("xy") * 60,
                "decision": said[drawn].ravel(),
            }
        ).reindex(columns=template.columns)
        found = agreement(reviews.astype({"decision": "object", "reason": "object", "repeat_of": "object"}))
        covered["Cohen's κ"] += found.of("decision", "Cohen's κ", ("x", "y")).covers(kappa)
        covered["Gwet's AC1"] += found.of("decision", "Gwet's AC1").covers(ac1)
        covered["Krippendorff's α, nominal"] += found.of("decision", "Krippendorff's α, nominal").covers(kappa)
    assert min(covered.values()) >= 52, covered
    assert sum(covered.values()) < 180

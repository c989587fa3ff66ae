import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from mergecheck.errors import Refused, StatsError
from mergecheck.stats.analysis import analyse
from mergecheck.stats.bootstrap import BY_INSTANCE, bootstrap, bootstrap_by, by_draws, intervals
from mergecheck.stats.cells import cells
from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_cells import simulate_cells
from mergecheck.stats.generate_study import Design, Simulated, simulate_study
from mergecheck.stats.jackknife import sample
from mergecheck.stats.metr import metr_of
from mergecheck.stats.over_reviewers import bootstrap_reviewers, by_reviewer, leave_one_reviewer_out
from mergecheck.stats.quantities import RATIOS, Quantity, quantities
from mergecheck.stats.resampling import draws
from mergecheck.stats.scope import score

DESIGN = Design(
    (
        Simulated("old", date(2024, 6, 20), 0.4),
        Simulated("mid", date(2025, 2, 1), 0.6),
        Simulated("new", date(2025, 9, 29), 0.7),
    ),
    n_instances=90,
    golden_share=0.5,
)
PARAMETERS = Parameters({"old": 0.4, "mid": 0.45, "new": 0.55, "golden": 0.7}, seed=3)


@pytest.fixture(scope="module")
def frames_of_study():
    return simulate_study(PARAMETERS, DESIGN)


def sample_of(attempts, reviews):
    attempts = check_attempts(attempts)
    return sample(cells(score(attempts, check_reviews(reviews, attempts))))


@pytest.fixture(scope="module")
def whole(frames_of_study):
    return sample_of(*frames_of_study)


@pytest.fixture(scope="module")
def resampled(whole):
    return bootstrap(whole, resamples=4000, seed=1)


def printed(analysis):
    """What the report prints of each quantity and submission."""
    for rate in analysis.rates:
        yield Quantity.PASS, rate.submission, rate.pass_rate
        yield Quantity.CONDITIONAL, rate.submission, rate.conditional_rate
        yield Quantity.MERGE, rate.submission, rate.merge_rate
        yield Quantity.RELATIVE_MERGE, rate.submission, rate.relative_merge_rate
        yield Quantity.RELATIVE_CONDITIONAL, rate.submission, rate.relative_conditional_rate
        yield Quantity.GAP, rate.submission, rate.gap
    yield Quantity.GOLDEN, "", analysis.golden.rate
    yield Quantity.LEVEL_GAP, "", analysis.level_gap.estimate
    trend = analysis.trend
    yield Quantity.SLOPE_PASS, "", trend.grader
    yield Quantity.SLOPE_MERGE, "", trend.merged
    yield Quantity.SLOPE_RELATIVE, "", trend.maintainers
    yield Quantity.DIFFERENCE, "", trend.difference
    yield Quantity.DIFFERENCE_RAW, "", trend.difference_raw


def test_numbers_are_the_reports_and_limits_are_near_its(frames_of_study, resampled):
    seen = 0
    for quantity, name, default in printed(analyse(*frames_of_study)):
        row = resampled.of(quantity, name)
        assert row.preferred is (row.bca if quantity in RATIOS else row.percentile)
        for found in (row.percentile, row.bca):
            assert found.estimate == pytest.approx(default.estimate)
            assert found.low < found.estimate < found.high
            assert found.n == default.n
            # At this size all of them are within a fifth of a width of each other.
            width = default.high - default.low
            assert (found.low, found.high) == pytest.approx((default.low, default.high), abs=0.2 * width)
        seen += 1
    assert seen == len(resampled.rows) == 3 * 6 + 7


def test_resamples_are_those_of_rows_drawn_by_hand(frames_of_study, whole):
    """Rows of the frames, drawn by instance, golden with its instance, and the report's numbers of those."""
    attempts, reviews = frames_of_study
    table = quantities(whole)
    blocks = list(draws(90, 2, seed=8))
    found = by_draws(table, blocks, 2)
    names = whole.cells.instances
    for place, drawn in enumerate(np.concatenate(blocks)):
        parts = []
        for copy, row in enumerate(drawn):
            mine = [frame[frame["instance"] == names[row]].copy() for frame in (attempts, reviews)]
            for frame in mine:
                frame["instance"] = f"copy{copy}"
                frame["candidate"] = frame["candidate"] + f"/{copy}"
            mine[1]["assignment"] += f"/{copy}"
            parts.append(mine)
        again = analyse(*(pd.concat(side, ignore_index=True) for side in zip(*parts, strict=True)))
        for quantity, name, default in printed(again):
            column = None if not name else whole.cells.index(name)
            row = [(one.quantity, one.column) for one in table.rows].index((quantity, column))
            assert found[row, place] == pytest.approx(default.estimate, abs=1e-10)


def test_a_seed_gives_one_answer_whatever_the_order_of_rows(frames_of_study, whole, resampled):
    assert bootstrap(whole, resamples=4000, seed=1) == resampled
    assert bootstrap(whole, resamples=4000, seed=2) != resampled
    attempts, reviews = frames_of_study
    mixed = sample_of(attempts.sample(frac=1, random_state=1), reviews.sample(frac=1, random_state=2))
    assert bootstrap(mixed, resamples=4000, seed=1) == resampled


def test_golden_is_resampled_with_its_instance(frames):
    """A submission equal to golden has the ratio 1 in every resample; drawn apart it would not."""
    codes = {f"i{place:03d}": "a" if place % 3 else "r" for place in range(90)}
    other = {f"i{place:03d}": "arfa"[place % 4] for place in range(90)}
    found = bootstrap(sample_of(*frames({"same": codes, "other": other, "golden": codes})), resamples=500)
    for row in (found.of(Quantity.RELATIVE_MERGE, "same"), found.of(Quantity.RELATIVE_CONDITIONAL, "same")):
        for one in (row.percentile, row.bca):
            assert (one.estimate, one.low, one.high) == (1.0, 1.0, 1.0)
    # A pass rate of 1 is not known exactly, though all resamples say so.
    for quantity in (Quantity.PASS, Quantity.GAP):
        one = found.of(quantity, "same").percentile
        assert one.low is None
        assert "all or none" in one.reason
    assert found.of(Quantity.RELATIVE_MERGE, "other").bca.low > 0


def test_what_has_no_number_says_why_and_takes_nothing_else_along(frames):
    codes = {f"i{place:03d}": "arf"[place % 3] for place in range(81)}
    spec = {"m": codes, "silent": dict.fromkeys(codes, "."), "none": dict.fromkeys(codes, "f")}
    found = bootstrap(sample_of(*frames(spec, released={"m": "2024-01-01"})), resamples=200)
    assert found.of(Quantity.PASS, "m").percentile.low > 0
    assert "no sampled golden patch" in found.of(Quantity.RELATIVE_MERGE, "m").bca.reason
    assert "no passing attempt of silent" in found.of(Quantity.MERGE, "silent").percentile.reason
    assert "no attempt of none passed" in found.of(Quantity.CONDITIONAL, "none").percentile.reason
    assert found.of(Quantity.LEVEL_GAP).percentile.estimate is None
    frame = found.frame()
    assert len(frame) == 2 * (3 * 6 + 7)
    known = frame[["estimate", "low", "high"]].notna().all(axis=1)
    assert frame.loc[~known, "reason"].str.len().gt(0).all()
    with pytest.raises(KeyError):
        found.of(Quantity.PASS, "nobody")


def test_resamples_without_the_number_are_left_out_and_counted(frames):
    codes = {f"i{place:03d}": "arf"[place % 3] for place in range(90)}
    golden = {f"i{place:03d}": "arara"[place % 5] if place < 5 else "ungraded" for place in range(90)}
    few = frozenset(("golden", f"i{place:03d}") for place in range(5, 90))
    found = bootstrap(sample_of(*frames({"m": codes, "golden": golden}, not_sampled=few)), resamples=3000, seed=1)
    one = found.of(Quantity.GOLDEN).percentile
    # No golden patch of five is drawn in (1 − 5/90)^90 = .6 % of resamples.
    assert "of 3000 resamples, without it, left out" in one.method
    rare = frozenset(("golden", f"i{place:03d}") for place in range(2, 90))
    found = bootstrap(sample_of(*frames({"m": codes, "golden": golden}, not_sampled=rare)), resamples=3000, seed=1)
    assert found.of(Quantity.GOLDEN).percentile.low is None
    assert "more than 1% of 3000 resamples" in found.of(Quantity.GOLDEN).percentile.reason


def test_small_studies_are_refused():
    small = sample(simulate_cells(PARAMETERS, replace(DESIGN, n_instances=79)).cells)
    with pytest.raises(Refused, match="a bootstrap of 79 instances"):
        bootstrap(small)
    with pytest.raises(Refused, match="a stratified bootstrap of 79 instances"):
        bootstrap(small, strata=["a"] * 79)
    with pytest.raises(Refused, match="a bootstrap of repositories of 79 instances"):
        bootstrap_by(small, [f"repo{place % 9}" for place in range(79)], "repositories")
    attempts, reviews = simulate_study(PARAMETERS, replace(DESIGN, n_instances=40))
    with pytest.raises(Refused, match="instance × reviewer of 40 instances"):
        bootstrap_reviewers(attempts, reviews)


def test_few_clusters_are_refused(whole):
    labels = [f"repo{place % 7}" for place in range(90)]
    with pytest.raises(Refused, match="over 7 repositories"):
        bootstrap_by(whole, labels, "repositories")
    labels = [f"repo{place % 9}" for place in range(90)]
    found = bootstrap_by(whole, labels, "repositories", resamples=300).of(Quantity.LEVEL_GAP).percentile
    assert (found.n, found.unit, found.assumption) == (9, "repositories", "repositories like these")
    # A cluster an instance is the bootstrap by instance.
    apart = bootstrap_by(whole, list(whole.cells.instances), "instances", resamples=300, seed=2)
    same = bootstrap(whole, resamples=300, seed=2)
    for one, other in zip(apart.rows, same.rows, strict=True):
        assert (one.percentile.low, one.bca.high) == pytest.approx((other.percentile.low, other.bca.high))


def test_wrong_arguments_are_refused(whole):
    with pytest.raises(StatsError, match="confidence level"):
        bootstrap(whole, 0.4)
    with pytest.raises(StatsError, match="too few"):
        bootstrap(whole, resamples=10)


def test_strata_narrow_what_lies_between_them(whole):
    """Strata that are the pass grade itself leave a pass rate no spread at all."""
    passed = whole.cells.passed[:, whole.cells.index("new")]
    found = bootstrap(whole, strata=["ab"[int(one)] for one in passed], resamples=300)
    one = found.of(Quantity.PASS, "new").percentile
    assert "nothing varies" in one.reason
    assert "within strata" in found.of(Quantity.GOLDEN).percentile.method


def test_reviewers_as_well_is_wider_and_says_so(frames_of_study, resampled):
    both = bootstrap_reviewers(*frames_of_study, resamples=4000, seed=1)
    for quantity, name in ((Quantity.CONDITIONAL, "new"), (Quantity.GOLDEN, ""), (Quantity.LEVEL_GAP, "")):
        wide, plain = both.of(quantity, name).percentile, resampled.of(quantity, name).percentile
        assert wide.high - wide.low > 1.05 * (plain.high - plain.low)
        assert wide.estimate == pytest.approx(plain.estimate)
        assert "over-wide" in wide.method
        assert both.of(quantity, name).bca.low is None
    # Grades have no reviewer.
    assert "reviewers" in both.of(Quantity.PASS, "new").percentile.assumption


def test_reviewers_of_a_change_share_its_weight():
    """Drawn once each, they say what the study says: a change of two or three is no heavier than one of one."""
    attempts, reviews = simulate_study(PARAMETERS, replace(DESIGN, reviewers_each=2))
    alone = reviews["candidate"].map(lambda name: sum(map(ord, name)) % 3 > 0)
    kept = reviews[alone | ~reviews.duplicated("candidate")]
    assert set(kept.groupby("candidate").size()) == {1, 2}
    attempts = check_attempts(attempts)
    kept = check_reviews(kept, attempts)
    whole = cells(score(attempts, kept))
    apart = [cells(score(attempts, mine)) for _, mine in kept[kept["decision"].notna()].groupby("reviewer")]
    parts = by_reviewer(tuple(apart))
    decided = whole.reviewed > 0
    assert parts.weight.sum(axis=0)[decided] == pytest.approx(whole.weight[decided])
    assert parts.accepted.sum(axis=0)[decided] == pytest.approx((whole.weight * whole.d)[decided])


def test_one_reviewer_alone_is_the_bootstrap_by_instance():
    attempts, reviews = simulate_study(PARAMETERS, replace(DESIGN, reviewers=("ada",)))
    whole = sample_of(attempts, reviews)
    both = bootstrap_reviewers(attempts, reviews, resamples=6000, seed=5)
    plain = bootstrap(whole, resamples=6000, seed=6)
    for one, other in zip(both.rows, plain.rows, strict=True):
        # Limits of shares are whole instances apart.
        near = 0.12 * (other.percentile.high - other.percentile.low)
        assert one.percentile.low == pytest.approx(other.percentile.low, abs=near)
        assert one.percentile.high == pytest.approx(other.percentile.high, abs=near)


def test_each_reviewer_is_left_out(frames_of_study):
    attempts, reviews = frames_of_study
    left = leave_one_reviewer_out(attempts, reviews)
    assert [one.reviewer for one in left.reviewers] == ["ada", "ben", "cleo", "dan"]
    assert sum(one.verdicts for one in left.reviewers) == len(reviews)
    for one in left.reviewers:
        rest = reviews[reviews["reviewer"] != one.reviewer]
        said = dict(zip(rest["candidate"], rest["decision"] == "accept", strict=True))
        golden = [said[name] for name in attempts.loc[attempts["is_golden"], "candidate"] if name in said]
        assert one.golden.estimate == pytest.approx(np.mean(golden))
        assert one.golden.n == len(golden)
        gaps = []
        for name in ("old", "mid", "new"):
            mine = attempts[attempts["submission"] == name]
            liked = [said[candidate] for candidate in mine["candidate"] if candidate in said]
            passes = mine["grade"].eq("resolved").mean()
            gaps.append(passes - passes * np.mean(liked) / np.mean(golden))
        assert one.level_gap.estimate == pytest.approx(np.mean(gaps))
        assert one.difference.low < one.difference.high
    frame = left.frame()
    assert len(frame) == 3 * 5
    assert not math.isnan(frame["low"].min())


EIGHT = [f"i{number}" for number in range(8)]
LITTLE = {
    "one model": {"m": "arfarfar", "golden": "aaraaara"},
    "one instance": {"m": "a", "k": "r", "golden": "a"},
    "no golden": {"m": "arfarfar", "k": "aaafrrrf"},
    "golden all refused": {"m": "arfarfar", "golden": "rrrrrrrr"},
    "golden accepted once": {"m": "arfarfar", "golden": "rrrarrrr"},
    "all accepted": {"m": "aaaaaaaa", "k": "aafaafaf", "golden": "aaaaaaaa"},
    "none accepted": {"m": "rrrrrrrr", "k": "rrfrrfrf", "golden": "rrrrrrrr"},
    "all failed": {"m": "ffffffff", "golden": "aaarraaa"},
    "all skipped": {"m": "ssssssss", "golden": "ssssssss"},
    "one verdict": {"m": "a.......", "golden": "........"},
    "fractional": {"m": ["ar", "a", "f", "r", "rra", "a", "f", "ar"], "k": "arfarfar", "golden": ["ar"] * 8},
    "golden only": {"golden": "aaarraaa"},
    "nothing in scope": {"m": ["ungraded"] * 8, "golden": "aaarraaa"},
    "nothing": {},
}


@pytest.mark.parametrize("case", LITTLE)
@pytest.mark.parametrize("released", [{}, {"m": "2024-01-01", "k": "2025-01-01"}])
def test_little_data_gives_finite_numbers_or_reasons(frames, case, released):
    """Below what is refused: nothing there may warn, or be certain where it cannot know."""
    spec = {name: dict(zip(EIGHT, codes, strict=False)) for name, codes in LITTLE[case].items()}
    attempts, reviews = frames(spec, released=released) if spec else (empty_attempts(), empty_reviews())
    whole = sample_of(attempts, reviews)
    table = quantities(whole)
    n = len(whole.cells.instances)
    replicates = by_draws(table, draws(n, 200, seed=1), 200) if n else np.full((len(table.rows), 200), np.nan)
    results = [intervals(whole, table, replicates, 0.95, BY_INSTANCE).frame()]
    results += [metr_of(whole, golden_resampled=golden, resamples=200).frame() for golden in (False, True)]
    for row in pd.concat(results).to_dict("records"):
        known = [row[name] for name in ("estimate", "low", "high") if not math.isnan(row[name])]
        assert all(map(math.isfinite, known))
        assert len(known) == 3 or row["reason"]
        if len(known) == 3:
            assert row["low"] < row["high"]
    default = analyse(attempts, reviews)
    found = {(row["submission"], row["quantity"]): row["estimate"] for row in results[0].to_dict("records")}
    for quantity, name, estimate in printed(default):
        mine = found[name, quantity]
        assert (estimate.estimate is None and math.isnan(mine)) or mine == pytest.approx(estimate.estimate)

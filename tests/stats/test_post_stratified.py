"""G over several repositories, and what hangs on it, against loops over rows; Fieller's sets of differences."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mergecheck.stats.analysis import analyse
from mergecheck.stats.bootstrap import bootstrap
from mergecheck.stats.cells import FEWEST_IN_STRATUM, cells
from mergecheck.stats.estimate import Shape
from mergecheck.stats.jackknife import sample, unstratified
from mergecheck.stats.metr import metr_analysis
from mergecheck.stats.quantities import Quantity, quantities
from mergecheck.stats.scope import score

REPOS = ["x"] * 50 + ["y"] * 30 + ["z"] * 20


@pytest.fixture
def three(frames):
    """A hundred instances of three repositories, of which golden was drawn unevenly: 8, 24 and 12 patches."""
    rng = np.random.default_rng(3)
    names = [f"i{number:03d}" for number in range(len(REPOS))]
    drawn = {*names[:8], *names[50:74], *names[80:92]}
    golden = {
        name: ("" if name not in drawn else "ar"[int(rng.random() > {"x": 0.9, "y": 0.4, "z": 0.6}[repo])])
        for name, repo in zip(names, REPOS, strict=True)
    }
    codes = {"old": ["a", "r", "f", "f"], "new": ["a", "a", "r", "f"]}
    spec = {who: {name: of[int(rng.integers(4))] for name in names} for who, of in codes.items()}
    attempts, reviews = frames(
        spec | {"golden": golden},
        released={"old": "2024-03-01", "new": "2025-06-15"},
        not_sampled=frozenset(("golden", name) for name in names if name not in drawn),
    )
    of = dict(zip(names, REPOS, strict=True))
    return attempts.assign(repo=attempts["instance"].map(of)), reviews.assign(repo=reviews["instance"].map(of))


def by_hand(attempts, reviews, without=None):
    """G = Σ_h (N_h/N)·G_h, and of each submission A and M, by loops over rows."""
    said = dict(zip(reviews["candidate"], reviews["decision"] == "accept", strict=True))
    rows = [row for row in attempts.to_dict("records") if row["instance"] != without]
    mix = {row["instance"]: row["repo"] for row in rows if not row["is_golden"]}
    golden = 0.0
    for repo in set(mix.values()):
        liked = [
            said[row["candidate"]] for row in rows if row["is_golden"] and row["sampled"] and row["repo"] == repo
        ]
        golden += list(mix.values()).count(repo) / len(mix) * np.mean(liked)
    found = {"G": golden}
    for name in ("old", "new"):
        mine = [row for row in rows if row["submission"] == name]
        a = np.mean([row["grade"] == "resolved" for row in mine])
        m = np.mean([row["grade"] == "resolved" and said[row["candidate"]] for row in mine])
        found |= {f"A {name}": a, f"M {name}": m, f"gap {name}": a - m / golden, f"M/G {name}": m / golden}
    return found


def jackknifed(attempts, reviews, key):
    names = sorted(set(attempts["instance"]))
    left = np.array([by_hand(attempts, reviews, name)[key] for name in names])
    n = len(names)
    return by_hand(attempts, reviews)[key], left, stats.t.ppf(0.975, n - 1) * np.sqrt((n - 1) * left.var())


def test_golden_is_weighted_to_the_mix_and_gap_and_ratio_follow(three):
    found = analyse(*three)
    point, left, _ = jackknifed(*three, "G")
    golden = found.golden.rate
    size = point * (1 - point) / (99 * left.var())
    assert golden.estimate == pytest.approx(point)
    for limit in (golden.low, golden.high):
        assert (point - limit) ** 2 == pytest.approx(stats.norm.ppf(0.975) ** 2 * limit * (1 - limit) / size)
    assert golden.method == "Wilson at the jackknife's effective size; post-stratified by repository"
    plain = np.mean(three[1].loc[three[1]["candidate"].str.startswith("golden"), "decision"] == "accept")
    assert abs(golden.estimate - plain) > 0.05
    assert any(note.about == "golden" and "3 strata" in note.text for note in found.notes)
    for rate in found.rates:
        point, _, half = jackknifed(*three, f"gap {rate.submission}")
        assert (rate.gap.estimate, rate.gap.low, rate.gap.high) == pytest.approx(
            (point, point - half, point + half)
        )
        assert rate.relative_merge_rate.estimate == pytest.approx(by_hand(*three)[f"M/G {rate.submission}"])
        assert rate.gap.estimate == pytest.approx(
            rate.pass_rate.estimate - rate.merge_rate.estimate / golden.estimate
        )


def test_a_study_of_one_repository_is_as_it_was(three):
    attempts, reviews = (frame.assign(repo="x") for frame in three)
    found = analyse(attempts, reviews)
    assert found.golden.rate.method == "Wilson"
    assert not any(note.about == "golden" for note in found.notes)
    whole = sample(cells(score(*three)))
    assert unstratified(whole).point.g == found.golden.rate.estimate != whole.point.g


def test_where_all_golden_patches_are_judged_the_mix_changes_nothing(three):
    attempts, reviews = three
    mine = reviews[~reviews["candidate"].str.startswith("golden")]
    golden = attempts[attempts["is_golden"]]
    extra = reviews.iloc[[0] * len(golden)].assign(
        assignment="g/" + golden["instance"].to_numpy(),
        candidate=golden["candidate"].to_numpy(),
        instance=golden["instance"].to_numpy(),
        repo=golden["repo"].to_numpy(),
        decision=["accept" if number % 3 else "request_changes" for number in range(len(golden))],
    )
    reviews = pd.concat([mine, extra], ignore_index=True)
    attempts = attempts.assign(sampled=True, inclusion_probability=1.0)
    apart = analyse(attempts, reviews)
    one = analyse(attempts.assign(repo="x"), reviews.assign(repo="x"))
    assert apart.golden.rate == one.golden.rate
    assert apart.rates[0].gap.estimate == one.rates[0].gap.estimate
    assert len(set(cells(score(attempts, reviews)).strata)) == 3


def test_repositories_with_few_golden_verdicts_are_pooled(three):
    attempts, reviews = three
    assert FEWEST_IN_STRATUM == 5
    few = attempts["instance"].map(lambda name: f"r{int(name[1:]) % 50 // 2}" if name < "i050" else None)
    renamed = attempts.assign(repo=few.fillna(attempts["repo"]))
    repo_of = dict(zip(renamed["instance"], renamed["repo"], strict=True))
    strata = cells(score(renamed, reviews.assign(repo=reviews["instance"].map(repo_of)))).strata
    # 8 golden verdicts in 4 repositories of two each: together they are one stratum, with those that have none.
    assert len(set(strata)) == 3
    assert len(set(strata[:50])) == 1


def test_the_bootstrap_of_the_mix_draws_strata_with_their_instances(three):
    whole = sample(cells(score(*three)))
    table = quantities(whole)
    counts = np.random.default_rng(1).multinomial(100, [0.01] * 100, size=20).astype(float)
    row = next(place for place, one in enumerate(table.rows) if one.quantity is Quantity.GOLDEN)
    found = table.table(counts)[row]
    golden, repos = whole.cells, np.array(REPOS)
    for count, share in zip(counts, found, strict=True):
        judged = count * golden.reviewed[:, -1]
        by_repo = [
            count[repos == repo].sum()
            / 100
            * (judged[repos == repo] @ golden.d[repos == repo, -1])
            / judged[repos == repo].sum()
            for repo in "xyz"
        ]
        assert share == pytest.approx(sum(by_repo))
    resampled = bootstrap(whole, resamples=400).of(Quantity.GOLDEN)
    default = analyse(*three).golden.rate
    assert resampled.percentile.estimate == pytest.approx(default.estimate)
    assert resampled.percentile.high - resampled.percentile.low == pytest.approx(
        default.high - default.low, rel=0.25
    )


def test_metrs_method_knows_no_mix(three):
    apart = metr_analysis(*three, resamples=200)
    one = metr_analysis(*(frame.assign(repo="x") for frame in three), resamples=200)
    assert apart == one


def test_fiellers_sets_of_gap_and_slope_difference_invert_the_inequality(three, mixed):
    for attempts, reviews in (three, mixed):
        found = analyse(attempts, reviews)
        whole = sample(cells(score(attempts, reviews)))
        n, t = len(whole.cells.instances), stats.t.ppf(0.975, len(whole.cells.instances) - 1)
        for column, sets in enumerate(found.fieller):
            a, g = whole.point.a[column], float(whole.point.g)
            above = a * g - a * whole.point.c[column]
            left = whole.replicates.a[:, column] * (whole.replicates.g - whole.replicates.c[:, column])
            covariance = (n - 1) ** 2 / n * np.cov(left, whole.replicates.g)
            assert sets.gap.shape is Shape.INTERVAL
            for limit in (sets.gap.low, sets.gap.high):
                variance = covariance[0, 0] - 2 * limit * covariance[0, 1] + limit**2 * covariance[1, 1]
                assert (above - limit * g) ** 2 == pytest.approx(t**2 * variance)
            assert sets.gap.low < found.rates[column].gap.estimate < sets.gap.high
        assert found.level_gap.fieller.low < found.level_gap.estimate.estimate < found.level_gap.fieller.high
        difference = found.trend.difference_fieller
        assert difference.low < found.trend.difference.estimate < difference.high


def test_a_golden_baseline_that_may_be_0_leaves_differences_unbounded(frames):
    names = [f"i{number}" for number in range(12)]
    spec = {
        "m": dict(zip(names, "aarfaarfrraf", strict=True)),
        "golden": dict(zip(names, "arrrrrrrrrar", strict=True)),
    }
    attempts, reviews = frames(spec)
    found = analyse(attempts, reviews)
    assert found.fieller[0].gap.shape is not Shape.INTERVAL
    assert found.level_gap.fieller == replace(found.fieller[0].gap)
    assert "may be 0" in found.level_gap.fieller.reason
    none = analyse(*frames(spec | {"golden": dict.fromkeys(names, "a")}))
    assert (none.fieller[0].gap.shape, none.fieller[0].gap.reason) == (
        Shape.NOT_AVAILABLE,
        "all or none were accepted on one side, where no variance can be estimated",
    )

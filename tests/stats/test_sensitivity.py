"""The sensitivity table against the analysis of frames that were changed by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mergecheck.stats.analysis import analyse
from mergecheck.stats.baselines import matched_baselines
from mergecheck.stats.cells import cells
from mergecheck.stats.frames import check_attempts, check_reviews, empty_attempts, empty_reviews
from mergecheck.stats.jackknife import sample
from mergecheck.stats.metr import metr_analysis
from mergecheck.stats.noise import denoised, flip_rate
from mergecheck.stats.plan_result import planned
from mergecheck.stats.quantities import Quantity
from mergecheck.stats.refused import corrected, false_negatives
from mergecheck.stats.scope import score
from mergecheck.stats.sensitivity import Varied, sensitivity

NAMES = [f"i{number:02d}" for number in range(40)]
REPO = {name: "xyz"[number % 3] for number, name in enumerate(NAMES)}


EVERY_GOLDEN, COMMON = (
    "every golden patch with a verdict, drawn or not",
    "only those in scope of every submission compared",
)


@pytest.fixture
def study(frames):
    """All that a variant needs: errors, skips, repeats, two reviewers, same as golden, refused ones judged."""
    rng = np.random.default_rng(8)
    kinds = {
        "old": ["a", "r", "f", "s", "f"],
        "new": ["a", "ar", "aar", "r", "f"],
        "golden": ["a", "a", "r", "ar", "s"],
    }
    spec = {who: {name: of[int(rng.integers(5))] for name in NAMES} for who, of in kinds.items()}
    spec["old"] |= {"i03": "error", "i17": "error"}
    attempts, reviews = frames(spec, released={"old": "2024-03-01", "new": "2025-06-15"})
    attempts["repo"], reviews["repo"] = attempts["instance"].map(REPO), reviews["instance"].map(REPO)
    refused = attempts[attempts["grade"] == "unresolved"].head(9)
    attempts.loc[refused.index, ["sampled", "inclusion_probability", "candidate"]] = [
        [True, 0.5, f"{row.submission}/{row.instance}"] for row in refused.itertuples()
    ]
    shown = attempts.loc[refused.index]
    more = reviews.iloc[[0] * len(shown)].assign(
        assignment="refused/" + shown["candidate"].to_numpy(),
        **{column: shown[column].to_numpy() for column in ("candidate", "instance", "repo")},
        decision=["accept"] + ["request_changes"] * (len(shown) - 1),
    )
    said = reviews[reviews["decision"].isin(["accept", "request_changes"])]
    again = said.iloc[::2].copy()
    again = again.assign(assignment=again["assignment"] + "/again", repeat_of=again["assignment"])
    flipped = np.arange(len(again)) % 9 == 0
    other = {"accept": "request_changes", "request_changes": "accept"}
    again["decision"] = np.where(flipped, again["decision"].map(other), again["decision"])
    reviews = pd.concat([reviews, more, again], ignore_index=True)
    reviews["decision_final"] = reviews["decision"].where(np.arange(len(reviews)) % 11 != 0, "request_changes")
    reviews.loc[reviews["decision"].isna(), "decision_final"] = None
    reviews["recognised"] = [
        "yes" if number % 13 == 0 and repeat is None else None
        for number, repeat in enumerate(reviews["repeat_of"])
    ]
    same = (attempts["submission"] == "new") & attempts["candidate"].notna() & (attempts.index % 7 == 0)
    attempts["same_as_golden"] = same
    attempts = check_attempts(attempts)
    return attempts, check_reviews(reviews, attempts)


ONCE = {}


def variants(study, **given):
    """The variants by name; those of the study as it is are computed once, as it is the same for every test."""
    if not given and ONCE:
        return ONCE
    found = {(one.varied, one.name): one for one in sensitivity(*study, resamples=300, **given).variants}
    if not given:
        ONCE.update(found)
    return found


def assert_same(variant, attempts, reviews):
    found = analyse(attempts, reviews)
    assert variant.changed
    pairs = (
        (variant.results.level_gap, found.level_gap.estimate),
        (variant.results.difference, found.trend.difference),
        (variant.results.golden, found.golden.rate),
    )
    for mine, theirs in pairs:
        # Where there is none the two may say it in other words.
        assert mine == theirs if theirs.available else (mine.estimate is None and mine.reason)
    assert variant.results.submissions == len(found.level_gap.submissions)


def test_what_is_reported_stands_first_and_every_other_way_after_it(study):
    found = list(variants(study).values())
    whole = analyse(*study)
    assert (found[0].varied, found[0].results.level_gap) == (Varied.NOTHING, whole.level_gap.estimate)
    assert found[0].results.difference == whole.trend.difference
    assert {one.varied for one in found} == set(Varied)
    # Reviewer r0 was the only one of golden, so that without them there is no baseline.
    missing = {(one.varied, one.name) for one in found if not one.results.level_gap.available}
    assert missing == {
        (Varied.LEAKS, "left out"),
        (Varied.REVIEWER, "r0"),
        (Varied.BASELINE, EVERY_GOLDEN),
        (Varied.INSTANCES, COMMON),
    }


def test_rows_left_out_or_read_otherwise_are_the_analysis_of_such_frames(study):
    attempts, reviews = study
    found = variants(study)
    assert_same(found[Varied.ERRORS, "left out"], attempts[attempts["grade"] != "error"], reviews)
    first = reviews["repeat_of"].isna()
    for name, decision in (("all refused", "request_changes"), ("all accepted", "accept")):
        skipped = first & (reviews["decision"] == "skip")
        changed = reviews.assign(decision=reviews["decision"].mask(skipped, decision))
        assert_same(found[Varied.SKIPS, name], attempts, changed)
    final = reviews.assign(decision=reviews["decision_final"])
    assert_same(found[Varied.DECISION, "the final one, after the guess"], attempts, final)
    known = {(row.reviewer, row.instance) for row in reviews.itertuples() if row.recognised == "yes"}
    kept = [(row.reviewer, row.instance) not in known for row in reviews.itertuples()]
    rest = reviews[kept]
    golden = set(attempts.loc[attempts["is_golden"], "candidate"])
    gone = set(reviews["candidate"]) - set(rest["candidate"])
    assert gone & golden
    assert gone - golden
    assert_same(found[Varied.RECOGNISED, "the reviewer's verdicts on the instance left out"], attempts, rest)
    for name in "xyz":
        mine = found[Varied.REPOSITORY, name]
        assert_same(mine, attempts[attempts["repo"] != name], reviews[reviews["repo"] != name])
    for name in sorted(set(reviews.loc[reviews["decision"].notna(), "reviewer"])):
        assert_same(found[Varied.REVIEWER, name], attempts, reviews[reviews["reviewer"] != name])
    without = attempts[attempts["model"] != "old"]
    found_without = analyse(without, reviews[reviews["candidate"].isin(set(without["candidate"]))])
    one = found[Varied.MODEL, "old"].results
    assert one.level_gap == found_without.level_gap.estimate
    assert one.difference == found_without.trend.difference


def test_a_change_that_is_the_same_as_golden_leaves_the_agents_rate_and_stays_in_goldens(study):
    attempts, reviews = study
    same = attempts["same_as_golden"] & ~attempts["is_golden"]
    variant = variants(study)[Varied.SAME, "verdicts on agents' attempts left out"]
    kept = reviews[~reviews["candidate"].isin(set(attempts.loc[same, "candidate"]))]
    assert_same(variant, attempts, kept)
    assert variant.results.golden == analyse(*study).golden.rate


def test_partial_submissions_are_compared_on_common_instances(frames):
    """ "partial" covers 35 of 40 instances, but 35 of the 37 that the others have: it stays out all the same."""
    rng = np.random.default_rng(4)
    spec = {who: {name: "arfaa"[int(rng.integers(5))] for name in NAMES} for who in ("old", "new", "partial")}
    spec["golden"] = dict(zip(NAMES, "aaar" * 10, strict=True))
    spec["old"] |= {"i03": "ungraded", "i09": "not run"}
    spec["new"] |= {"i20": "passed unappliable"}
    spec["partial"] |= dict.fromkeys(("i03", "i09", "i20", "i30", "i31"), "not run")
    attempts, reviews = frames(spec, released={"old": "2024-03-01", "new": "2025-06-15", "partial": "2025-09-01"})
    attempts = check_attempts(attempts)
    found = variants((attempts, check_reviews(reviews, attempts)), level=0.9)[Varied.INSTANCES, COMMON]
    # Three instances are not common; "old" has one of them in scope, "new" two.
    assert found.changed == 3
    kept = ~attempts["instance"].isin(["i03", "i09", "i20"]) & (attempts["submission"] != "partial")
    mine = attempts[kept]
    by_hand = analyse(mine, reviews[reviews["candidate"].isin(set(mine["candidate"]))], level=0.9)
    assert found.results.level_gap == by_hand.level_gap.estimate
    assert found.results.difference == by_hand.trend.difference
    assert found.results.golden == by_hand.golden.rate
    assert found.results.level_gap.n == 37
    assert found.results.level_gap != analyse(attempts, reviews, level=0.9).level_gap.estimate


def test_errors_are_the_agents_and_skips_those_of_first_showings(frames, one_review):
    """Golden is in the baseline whatever the grader says of it; a skipped repeat is in no rate to begin with."""
    spec = {"m": dict(zip(NAMES, "arfas" * 8, strict=True)), "golden": dict(zip(NAMES, "aaar" * 10, strict=True))}
    spec["m"] |= {"i02": "error", "i07": "error"}
    attempts, reviews = frames(spec)
    attempts["grade"] = attempts["grade"].mask(attempts["is_golden"] & (attempts["instance"] < "i20"), "error")
    again = one_review("m/i00", "i00", "r0", "s", repeat_of="m/i00/r0")
    attempts = check_attempts(attempts)
    reviews = check_reviews(pd.concat([reviews, pd.DataFrame([again])], ignore_index=True), attempts)
    found = variants((attempts, reviews), level=0.9)
    errors = found[Varied.ERRORS, "left out"]
    assert errors.changed == 2
    assert errors.results.golden == analyse(attempts, reviews, level=0.9).golden.rate
    kept = attempts[(attempts["grade"] != "error") | attempts["is_golden"]]
    assert errors.results.level_gap == analyse(kept, reviews, level=0.9).level_gap.estimate
    assert found[Varied.SKIPS, "all refused"].changed == found[Varied.SKIPS, "all accepted"].changed == 8


def test_golden_judged_as_an_agents_change_stands_in_the_baseline_of_every_golden_patch(frames):
    """The change of "m" is golden's at i00 to i04, where golden was not drawn; it is accepted there."""
    spec = {
        "m": dict(zip(NAMES, "aaaaarrf" * 5, strict=True)),
        "golden": dict(zip(NAMES, "arar" * 10, strict=True)),
    }
    twins = NAMES[:5]
    attempts, reviews = frames(
        spec,
        same={("golden", name): f"m/{name}" for name in twins},
        not_sampled=frozenset(("golden", name) for name in twins),
        probability={("golden", name): 0.875 for name in NAMES},
    )
    attempts = check_attempts(attempts)
    study = attempts, check_reviews(reviews, attempts)
    found = variants(study, level=0.9)[Varied.BASELINE, EVERY_GOLDEN]
    assert found.changed == 5
    drawn = sum(code == "a" for code in ("arar" * 10)[5:])
    assert found.results.golden.estimate == pytest.approx((drawn + 5) / 40)
    assert analyse(*study).golden.rate.estimate == pytest.approx(drawn / 35)
    assert found.results.level_gap == planned(*study, 0.9, baseline="all_golden").primary


def test_majority_and_any_accept_decide_for_all_reviewers_of_a_change(study):
    attempts, reviews = study
    said = {}
    for row in reviews.itertuples():
        if row.repeat_of is None and row.decision in ("accept", "request_changes"):
            said.setdefault(row.candidate, []).append(row.decision == "accept")
    assert any(len(of) == 2 and sum(of) == 1 for of in said.values())
    for name, rule in (("majority (a tie is none)", lambda of: sum(of) > len(of) / 2), ("any accept", any)):
        decided = [
            ("accept" if rule(said[row.candidate]) else "request_changes")
            if row.decision in ("accept", "request_changes") and row.repeat_of is None
            else row.decision
            for row in reviews.itertuples()
        ]
        assert_same(variants(study)[Varied.REVIEWERS, name], attempts, reviews.assign(decision=decided))


def test_leaks_are_left_out_with_their_repeats(study):
    attempts, reviews = study
    leaky = pd.Series(np.arange(len(reviews)) % 6 == 1, index=reviews.index) & reviews["repeat_of"].isna()
    found = variants(study, leaky=leaky)[Varied.LEAKS, "left out"]
    gone = set(reviews.loc[leaky, "assignment"])
    assert reviews["repeat_of"].isin(gone).any()
    left_out = leaky | reviews["repeat_of"].isin(gone)
    assert_same(found, attempts, reviews[~left_out])
    assert found.changed == (left_out & reviews["decision"].notna()).sum()
    nothing = variants(study)[Varied.LEAKS, "left out"].results.level_gap
    assert "say nothing of an audit" in nothing.reason
    none = variants(study, leaky=pd.Series(False, index=reviews.index))[Varied.LEAKS, "left out"].results.level_gap
    assert "no leak" in none.reason


def test_corrections_and_the_matched_baseline_average_what_their_own_pages_say(study):
    attempts, reviews = study
    found = variants(study)
    scored = score(attempts, reviews)
    whole = sample(cells(scored))
    a = {rate.submission: rate.pass_rate.estimate for rate in analyse(*study).rates}
    noise = dict(denoised(whole, flip_rate(reviews)).rates)
    variant = found[Varied.CORRECTED, "reviewers' noise: (M − εA)/(G − ε)"].results
    assert variant.level_gap.estimate == pytest.approx(np.mean([a[name] - noise[name].estimate for name in a]))
    good = {one.submission: one.relative.estimate for one in corrected(whole, false_negatives(scored)).rates}
    variant = found[Varied.CORRECTED, "good attempts refused: (M + (1 − A)·r)/G"].results
    assert variant.level_gap.estimate == pytest.approx(np.mean([a[name] - good[name] for name in a]))
    matched = {one.submission: one.relative.estimate for one in matched_baselines(whole).submissions}
    variant = found[Varied.BASELINE, "matched to what each submission passes"].results
    assert variant.level_gap.estimate == pytest.approx(np.mean([a[name] * (1 - matched[name]) for name in a]))
    metr = metr_analysis(*study, resamples=300)
    assert found[Varied.METHOD, "METR's: patches resampled, golden fixed"].results.level_gap == (
        metr.of(Quantity.LEVEL_GAP).estimate
    )


def test_the_matched_gaps_interval_is_the_loops(study):
    attempts, reviews = study

    def gap(without=None):
        kept = attempts[attempts["instance"] != without]
        whole = sample(cells(score(kept, reviews[reviews["instance"] != without])))
        matched = {}
        for column, who in enumerate(whole.cells.submissions):
            rows = (whole.cells.passed[:, column] > 0) & (whole.cells.reviewed[:, -1] > 0)
            matched[who.name] = whole.cells.d[rows, -1].mean()
        a, c = whole.point.a, whole.point.c
        return float(np.mean(a - a * c / np.array(list(matched.values()))))

    left = np.array([gap(name) for name in NAMES])
    half = stats.t.ppf(0.975, 39) * np.sqrt(39 * left.var())
    found = variants(study)[Varied.BASELINE, "matched to what each submission passes"].results.level_gap
    assert (found.low, found.high) == pytest.approx((gap() - half, gap() + half))


def test_a_plain_study_says_why_there_is_nothing_to_vary(frames):
    spec = {"m": dict(zip(NAMES, "arfa" * 10, strict=True)), "golden": dict(zip(NAMES, "aara" * 10, strict=True))}
    attempts, reviews = frames(spec)
    attempts = check_attempts(attempts)
    found = sensitivity(attempts, check_reviews(reviews, attempts), resamples=300)
    reasons = {one.varied: one.results.level_gap.reason for one in found.variants if one.results.level_gap.reason}
    assert set(reasons) == set(Varied) - {Varied.NOTHING, Varied.METHOD}
    assert reasons[Varied.BASELINE] == "no golden patch outside the sample has a verdict"
    assert reasons[Varied.INSTANCES] == "every submission compared has the same instances in scope"
    assert reasons[Varied.SKIPS] == "nothing was skipped"
    assert reasons[Varied.REVIEWER] == "fewer than two reviewers have given verdicts"
    assert [(arm.skips, arm.showings) for arm in found.skips] == [(0, 30), (0, 40)]
    # m passes 30 instances, each with a golden verdict: enough for a matched baseline, and 14 would not be.
    few = frames({"m": dict(zip(NAMES, "a" * 14 + "f" * 26, strict=True)), "golden": spec["golden"]})
    checked = check_attempts(few[0])
    found = sensitivity(checked, check_reviews(few[1], checked), resamples=300).variants
    matched = next(one for one in found if one.name.startswith("matched"))
    assert matched.results.level_gap.reason == "m: 14 golden below 15"


def test_an_empty_study_has_a_table_of_reasons():
    frame = sensitivity(empty_attempts(), empty_reviews(), resamples=300).frame()
    assert frame["estimate"].isna().all()
    assert (frame["reason"] != "").all()

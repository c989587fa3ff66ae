import json

import pytest

from mergecheck.report.as_json import as_json
from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import empty_attempts, empty_reviews


def test_it_is_plain_and_holds_no_nan(analysis):
    plain = as_json(analysis)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_it_holds_the_numbers_of_the_analysis(analysis):
    plain = as_json(analysis)
    for rate, given in zip(analysis.rates, plain["rates"], strict=True):
        assert given["submission"] == rate.submission
        assert given["released"] == rate.released.isoformat()
        assert given["relative_merge_rate"] == {
            "estimate": rate.relative_merge_rate.estimate,
            "low": rate.relative_merge_rate.low,
            "high": rate.relative_merge_rate.high,
            "level": 0.95,
            "method": rate.relative_merge_rate.method,
            "n": rate.relative_merge_rate.n,
            "unit": "instances",
            "reason": "",
            "assumption": "issues like these, these reviewers",
        }
    assert plain["level_gap"]["estimate"]["estimate"] == analysis.level_gap.estimate.estimate
    assert plain["trend"]["difference"]["estimate"] == analysis.trend.difference.estimate
    assert plain["fieller"][0]["merge"]["shape"] == analysis.fieller[0].merge.shape
    assert [step["submission"] for step in plain["flow"]] == [step.submission for step in analysis.flow]


def test_simulated_is_marked_at_the_top(analysis, real):
    plain = as_json(analysis)
    assert (plain["simulated"], plain["simulated_verdicts"]) == (True, analysis.simulated)
    assert (as_json(real())["simulated"], as_json(real())["simulated_verdicts"]) == (False, 0)


def nulls(value, reason=None):
    if isinstance(value, dict):
        for part in value.values():
            yield from nulls(part, value.get("reason", reason))
    elif isinstance(value, list):
        for part in value:
            yield from nulls(part, reason)
    elif value is None:
        yield reason


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_what_is_null_has_its_reason_beside_it(simulated, kept):
    attempts, reviews = simulated
    plain = as_json(analyse(attempts, reviews.head(kept)))
    found = list(nulls(plain["rates"])) + list(nulls(plain["level_gap"])) + list(nulls(plain["fieller"]))
    assert found
    assert all(found)


def test_an_empty_study_is_plain_too():
    plain = as_json(analyse(empty_attempts(), empty_reviews()))
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["rates"] == []

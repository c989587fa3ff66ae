"""The sensitivity table as it is printed: short under the report, whole as a subject, the same as data."""

import io
import json

import pytest
from rich.console import Console

from mergecheck.report.as_json import page_as_json, plain
from mergecheck.report.sensitivity import print_sensitivity
from mergecheck.report.subjects.page import Material
from mergecheck.report.subjects.sensitivity import sensitivity_of, sensitivity_page
from mergecheck.report.words import interval, point
from mergecheck.stats.sensitivity import ONE_OUT, Varied


@pytest.fixture(scope="module")
def material(simulated):
    attempts, reviews = simulated
    leaky = ["a name in a comment" if number % 20 == 0 else None for number in range(len(reviews))]
    return Material(attempts, reviews.assign(leak=leaky))


def short(found, width):
    out = io.StringIO()
    print_sensitivity(found, Console(file=out, width=width, color_system=None, legacy_windows=False))
    return out.getvalue()


@pytest.mark.parametrize("width", [50, 80, 140])
def test_the_short_form_has_every_number_or_why_there_is_none(material, width):
    found, hidden = sensitivity_of(material)
    text = short(found, width)
    assert not hidden
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    flat = " ".join(text.split())
    for one in found.variants:
        gap, slope = one.results.level_gap, one.results.difference
        if not gap.available:
            assert "".join(gap.reason.split()) in "".join(text.split())
        elif one.varied not in ONE_OUT:
            assert point(gap) in flat
            assert interval(gap) in flat
            assert interval(slope, 1) in flat
    gaps = [one.results.level_gap.estimate for one in found.variants if one.varied is Varied.REVIEWER]
    assert len(gaps) == 4
    assert f"{100 * min(gaps):.1f} to {100 * max(gaps):.1f}" in flat.replace("−", "-")


def test_leaks_of_the_audit_are_left_out_and_counted(material):
    found, _ = sensitivity_of(material)
    leaks = next(one for one in found.variants if one.varied is Varied.LEAKS)
    reviews = material.reviews
    assert leaks.changed == int((reviews["leak"].notna() & reviews["decision"].notna()).sum()) > 0
    assert leaks.results.level_gap.available


def test_as_data_it_is_plain_and_whole(material):
    found, _ = sensitivity_of(material)
    data = json.loads(json.dumps(plain(found), allow_nan=False))
    assert [one["varied"] for one in data["variants"]] == [str(one.varied) for one in found.variants]
    rows = json.loads(json.dumps(page_as_json(sensitivity_page(material)), allow_nan=False))["tables"][
        "sensitivity"
    ]
    assert len(rows) == 3 * len(found.variants)
    assert all(row["reason"] for row in rows if None in (row["estimate"], row["low"], row["high"]))


def test_fewer_than_three_reviewers_are_not_left_out_by_name(simulated):
    attempts, reviews = simulated
    kept = reviews[reviews["reviewer"].isin(["ada", "ben"])]
    found, hidden = sensitivity_of(Material(attempts, kept))
    assert hidden
    assert not [one for one in found.variants if one.varied is Varied.REVIEWER]
    found, hidden = sensitivity_of(Material(attempts, kept, by_reviewer=True))
    assert not hidden
    assert {one.name for one in found.variants if one.varied is Varied.REVIEWER} == {"ada", "ben"}
    assert "--by-reviewer does it" in sensitivity_page(Material(attempts, kept)).notes[-1].text

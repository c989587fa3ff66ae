"""Every subject of the report: nothing cut off, every number with interval, n and method, or why there is none."""

import io
import json
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from mergecheck.report.as_json import page_as_json
from mergecheck.report.plan_tests import _p
from mergecheck.report.subjects import Subject
from mergecheck.report.subjects.gaps import gaps_page
from mergecheck.report.subjects.layout import print_page
from mergecheck.report.subjects.page import Material, Quantity
from mergecheck.report.subjects.registry import PAGES
from mergecheck.report.words import interval, point
from mergecheck.stats.agreement import agreement
from mergecheck.stats.frames import empty_attempts, empty_reviews
from mergecheck.stats.gaps import gaps
from mergecheck.stats.generate import Parameters
from mergecheck.stats.generate_study import Design, Simulated, simulate_study
from mergecheck.stats.over_models import slopes_over_models
from mergecheck.stats.plan_tests import against_zero
from mergecheck.stats.refused import corrected, false_negatives

COVERAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"

MAKERS = {str(subject): maker for subject, maker in PAGES.items()} | {"gaps": gaps_page}
LONG = "a-very-long-submission-name-of-2024"
REVIEWERS = ("quillfeather", "brambleshank", "tallowmere")
LENGTHS = ("<15 min fix", "15 min - 1 hour", "1-4 hours")


def of(reviewers, each=2):
    """A study of 30 instances; refused attempts, repeats and difficulties besides what the simulator gives."""
    design = Design(
        (Simulated(LONG, date(2024, 6, 20), 0.45), Simulated("new", date(2025, 9, 29), 0.7)),
        30,
        reviewers=REVIEWERS[:reviewers],
        reviewers_each=each,
    )
    parameters = Parameters({LONG: 0.4, "new": 0.6, "golden": 0.7}, seed=5, skip_rate=0.05)
    attempts, reviews = simulate_study(parameters, design)
    numbers = attempts["instance"].str[-4:].astype(int)
    attempts["difficulty"] = [LENGTHS[number % 3] for number in numbers]
    refused = (attempts["grade"] == "unresolved") & (numbers % 3 == 0)
    attempts["sampled"] |= refused
    attempts.loc[refused, "inclusion_probability"] = 0.5
    again = reviews.iloc[::4]
    repeats = again.assign(assignment=again["assignment"] + "/again", repeat_of=again["assignment"], wave=9)
    shown = attempts[refused]
    of_refused = reviews.iloc[: len(shown)].assign(
        assignment=[f"refused/{number}" for number in range(len(shown))],
        candidate=shown["candidate"].tolist(),
        instance=shown["instance"].tolist(),
        repo=shown["repo"].tolist(),
    )
    return attempts, pd.concat([reviews, repeats, of_refused], ignore_index=True)


@pytest.fixture(scope="module")
def frames():
    return of(3)


@pytest.fixture(scope="module")
def pages(frames):
    material = Material(*frames)
    return {name: maker(material) for name, maker in MAKERS.items()}


def printed(page, width):
    out = io.StringIO()
    print_page(page, Console(file=out, width=width, color_system=None, legacy_windows=False))
    return out.getvalue()


def squeezed(text):
    """The text without what wrapping puts in between."""
    return re.sub(r"\s+", "", text)


def estimates(page):
    return [
        (column, estimate)
        for sheet in page.sheets
        for column in sheet.columns
        if isinstance(column, Quantity)
        for estimate in column.estimates
    ]


def test_every_subject_has_a_page():
    assert set(PAGES) == set(Subject)


def test_the_page_in_the_docs_lists_them_all():
    text = (Path(__file__).resolve().parents[2] / "docs/report.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE) == [str(subject) for subject in Subject]


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", MAKERS)
def test_nothing_is_wider_than_the_terminal_and_nothing_is_cut_off(pages, name, width):
    text = printed(pages[name], width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


@pytest.mark.parametrize("name", MAKERS)
def test_no_line_begins_with_the_unit_of_a_number_in_the_one_before(pages, name):
    for width in (76, 80, 83, 100, 120):
        assert not re.search(r"\d *\n *(%|pp\b)", printed(pages[name], width)), width


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize("name", [name for name in MAKERS if name != "flow"])
def test_every_number_stands_there_with_its_interval_its_n_and_its_method_or_says_why_not(pages, name, width):
    page = pages[name]
    text = printed(page, width)
    found = estimates(page)
    assert any(estimate.available for _, estimate in found)
    for column, estimate in found:
        assert point(estimate, column.scale, digits=column.digits) in text
        assert interval(estimate, column.scale, digits=column.digits) in text
        assert squeezed(estimate.reason) in squeezed(text)
        if estimate.available:
            method = estimate.method.replace(f"t({estimate.n - 1})", "t(n − 1)")
            assert method == "n/a" or squeezed(f"{method}; n counts {estimate.unit}") in squeezed(text)
            assert squeezed(estimate.assumption) in squeezed(text)
            assert re.search(rf"\b{estimate.n}\b", text)


@pytest.mark.parametrize("name", MAKERS)
def test_raw_c_and_both_ratios_stand_together(pages, frames, name):
    """About 60 % refused raw is about 40 % next to golden, and both get called half."""
    rates = Material(*frames).analysis.rates
    shown = {id_of(one) for _, one in estimates(pages[name])}
    together = [
        [id_of(getattr(rate, field)) in shown for rate in rates]
        for field in ("conditional_rate", "relative_conditional_rate", "relative_merge_rate")
    ]
    assert together[0] == together[1] == together[2]
    assert all(together[0]) == (name in ("rates", "trend", "noise", "baselines"))


def id_of(estimate):
    return estimate.estimate, estimate.low, estimate.high, estimate.n


@pytest.mark.parametrize("name", MAKERS)
def test_every_page_says_what_was_simulated(pages, name, frames):
    page = pages[name]
    assert f"SIMULATED: {page.verdicts} of {page.verdicts} verdicts" in printed(page, 120)
    assert page.verdicts == frames[1]["decision"].notna().sum()
    assert page_as_json(page)["simulated"] is True
    real = MAKERS[name](Material(frames[0], frames[1].assign(simulated=False)))
    assert "simulated" not in printed(real, 120).lower()
    assert page_as_json(real)["simulated"] is False


@pytest.mark.parametrize("name", MAKERS)
def test_json_has_a_row_an_estimate_and_no_number_that_json_cannot_hold(pages, name):
    page = pages[name]
    text = json.dumps(page_as_json(page), allow_nan=False)
    told = json.loads(text)
    assert told["subject"] == name
    rows = [row for table in told["tables"].values() for row in table if "estimate" in row]
    for row in rows:
        assert row["reason"] or None not in (row["estimate"], row["low"], row["high"])
    shown = {(one.estimate, one.low, one.high, one.method, one.n, one.reason) for _, one in estimates(page)}
    of_rows = {tuple(row[key] for key in ("estimate", "low", "high", "method", "n", "reason")) for row in rows}
    # What stands beside for comparison, such as M/G beside its corrected value, has its rows with the rates.
    beside = {
        tuple(row[key] for key in ("estimate", "low", "high", "method", "n", "reason"))
        for table in page_as_json(pages["rates"])["tables"].values()
        for row in table
        if "estimate" in row
    }
    assert shown <= of_rows | beside
    assert bool(of_rows) == (name != "flow")


@pytest.mark.parametrize("name", MAKERS)
def test_an_empty_study_has_every_page(name):
    page = MAKERS[name](Material(empty_attempts(), empty_reviews()))
    json.dumps(page_as_json(page), allow_nan=False)
    text = printed(page, 80)
    assert "SIMULATED" not in text
    for _, estimate in estimates(page):
        assert squeezed(estimate.reason) in squeezed(text)


@pytest.mark.parametrize("name", MAKERS)
def test_two_reviewers_are_told_by_name_only_where_it_is_asked_for(name):
    attempts, reviews = of(2)
    hidden = MAKERS[name](Material(attempts, reviews))
    asked = MAKERS[name](Material(attempts, reviews, by_reviewer=True))
    for page, named in ((hidden, False), (asked, name in ("agreement", "effort", "sensitivity"))):
        texts = printed(page, 200), json.dumps(page_as_json(page))
        assert [[who in text for who in REVIEWERS[:2]] for text in texts] == [[named] * 2] * 2


@pytest.mark.parametrize("name", ["agreement", "effort"])
def test_three_reviewers_are_told_by_name(pages, name):
    assert all(who in printed(pages[name], 200) for who in REVIEWERS)


def test_three_of_whom_two_have_a_change_in_common_are_no_pair(frames):
    attempts, reviews = frames
    mine = reviews["reviewer"] != REVIEWERS[2]
    alone = ~mine & ~reviews["candidate"].isin(reviews.loc[mine, "candidate"])
    assert alone.any()
    apart = reviews[mine | alone]
    found = agreement(apart)
    assert len({name for one in found.indices for name in one.reviewers}) == 3
    assert sum(one.candidates > 0 for one in found.indices if one.item == "decision" and one.reviewers) == 1
    page = MAKERS["agreement"](Material(attempts, apart))
    assert not any(who in printed(page, 200) for who in REVIEWERS)


def test_instances_stand_by_their_gap(pages, frames):
    material = Material(*frames)
    found = gaps(material.scored, material.reviews)
    drawn = [one.shrunken.estimate for one in found.instances if one.shrunken.available]
    assert drawn == sorted(drawn)
    text = printed(pages["gaps"], 200)
    places = [text.index(one.instance) for one in found.instances]
    assert places == sorted(places)


def test_p_values_stand_with_those_adjusted_for_their_number(pages, frames):
    found = against_zero("models", {one.submission: one.gap for one in Material(*frames).analysis.rates})
    assert any(one.p != one.adjusted for one in found.tests)
    text = printed(pages["rates"], 200)
    told = text[text.index("Is there a gap?") :]
    for one in found.tests:
        line = next(line for line in told.splitlines() if line.split()[:1] == [one.name])
        shown = [
            f"{value:.3f}".removeprefix("0") if value >= 0.001 else "< .001" for value in (one.p, one.adjusted)
        ]
        assert line.split()[-2:] == shown
    assert [_p(value) for value in (0.0009, 0.001, 0.0499, 1.0, None)] == ["< .001", ".001", ".050", "1.000", None]


def test_slopes_stand_with_either_interval_under_its_name():
    days = [date(2024, 6, 20), date(2025, 2, 24), date(2025, 5, 22), date(2025, 9, 29)]
    design = Design(tuple(Simulated(f"m{place}", day, 0.5 + place / 10) for place, day in enumerate(days)), 20)
    acceptance = {f"m{place}": 0.5 for place in range(4)} | {"golden": 0.7}
    material = Material(*simulate_study(Parameters(acceptance, seed=3), design))
    found = material.analysis.trend
    over = slopes_over_models(found, 0.95)
    issues, models = (
        column for column in MAKERS["trend"](material).sheets[0].columns if isinstance(column, Quantity)
    )
    assert ("over issues" in issues.heading, "over models" in models.heading) == (True, True)
    for column, of in ((issues, found), (models, over)):
        assert column.estimates == (of.grader, of.maintainers, of.difference, of.merged, of.difference_raw)
    assert "regression over models, t(2)" in printed(MAKERS["trend"](material), 200)
    assert over.difference.low != found.difference.low


def test_two_submissions_of_one_model_and_what_waits_are_flagged(frames):
    attempts, reviews = frames
    mine = attempts["submission"] == "new"
    one_model = pd.concat([attempts, attempts[mine].assign(submission="new again")], ignore_index=True)
    first = attempts.loc[mine & attempts["grade"].eq("resolved"), "candidate"].iloc[0]
    waiting = reviews[reviews["candidate"] != first]
    material = Material(one_model, waiting)
    flat = {name: " ".join(printed(MAKERS[name](material), 200).split()) for name in ("trend", "horizon")}
    flag = "several submissions are of one model, new: they are no independent points"
    assert [flag in flat[name] for name in ("trend", "horizon")] == [True, True]
    assert "passing attempts without a verdict, for which the others stand: 1" in flat["horizon"]
    before = " ".join(printed(MAKERS["horizon"](Material(*frames)), 200).split())
    assert flag not in before


def test_rates_with_refused_changes_are_those_by_issue(pages, frames):
    material = Material(*frames)
    by_issue = corrected(material.sample, false_negatives(material.scored))
    text = printed(pages["refused"], 200)
    for rate in by_issue.rates:
        assert f"{point(rate.merge_rate)} {interval(rate.merge_rate)}" in text
    rows = page_as_json(pages["refused"])["tables"]["refused"]
    assert {row["unit_of_r"] for row in rows} == {"issue", "attempt"}


def test_the_form_s_reasons_are_the_categories_of_agreement(frames):
    few = MAKERS["agreement"](Material(*frames, reasons=("core_functionality",)))
    many = MAKERS["agreement"](Material(*frames, reasons=("core_functionality", "b", "c", "d", "e", "f")))

    def ac1(page):
        return next(
            row["estimate"]
            for row in page_as_json(page)["tables"]["agreement"]
            if (row["item"], row["index"]) == ("reason", "Gwet's AC1")
        )

    assert ac1(few) != ac1(many)


def test_agreement_says_which_fleiss_it_is_and_that_alpha_of_progress_covers_too_little(pages, frames):
    flat = " ".join(printed(pages["agreement"], 80).split())
    assert "averaged over candidates, those with one rating included, not a share of all ratings pooled" in flat
    assert "docs/coverage.md" in flat
    alone = MAKERS["agreement"](Material(frames[0], frames[1][frames[1]["reviewer"] == REVIEWERS[0]].iloc[:5]))
    assert "pooled" not in printed(alone, 80)
    assert "coverage" not in printed(alone, 80)


def test_what_is_said_of_progress_is_what_the_page_of_coverage_has(pages):
    rows = re.findall(
        r"\| (between|self): Krippendorff's α, \w+, progress \| [\d,]+ \| (\.\d+) [^|]*\| (\.\d+)",
        COVERAGE.read_text(encoding="utf-8"),
    )
    assert len(rows) == 4
    flat = " ".join(printed(pages["agreement"], 80).split())
    for size, words in ((1, "at METR's size {} between reviewers and {} at repeats"), (2, "of it {} and {}")):
        both = []
        for who in ("between", "self"):
            ends = sorted({f"{float(row[size]):.2f}"[1:] for row in rows if row[0] == who})
            both.append(" to ".join(ends))
        assert words.format(*both) in flat


@pytest.mark.parametrize("name", ["noise", "agreement"])
def test_repeats_that_are_left_out_are_told(frames, name):
    attempts, reviews = frames
    repeated = reviews["repeat_of"].notna() & reviews["decision"].isin(["accept", "request_changes"])
    first = reviews.loc[repeated, "repeat_of"].iloc[0]
    told = "left out, as the showing that they repeat has no decision: 1"
    before = MAKERS[name](Material(attempts, reviews))
    after = MAKERS[name](Material(attempts, reviews[reviews["assignment"] != first]))
    assert [told in {note.text for note in page.notes} for page in (before, after)] == [False, True]


def test_names_are_no_markup(frames):
    attempts, reviews = frames
    named = attempts.assign(submission=attempts["submission"].replace("new", "[bold]n[/bold]"))
    for name in ("rates", "reasons", "horizon"):
        assert "[bold]n[/bold]" in printed(MAKERS[name](Material(named, reviews)), 200)

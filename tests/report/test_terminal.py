import io
import re

import pytest
from rich.console import Console

from mergecheck.report.terminal import print_analysis
from mergecheck.report.words import interval, number, point
from mergecheck.stats.analysis import analyse
from mergecheck.stats.frames import empty_attempts, empty_reviews

OLD = "a-very-long-submission-name-of-2024"


def printed(analysis, width):
    out = io.StringIO()
    print_analysis(analysis, Console(file=out, width=width, color_system=None, legacy_windows=False))
    return out.getvalue()


def squeezed(text):
    """The text without what wrapping puts in between."""
    return re.sub(r"[\s│─]+", "", text)


@pytest.mark.parametrize("width", [30, 60, 80, 120, 200])
def test_nothing_is_wider_than_the_terminal_and_nothing_is_cut_off(analysis, width):
    text = printed(analysis, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_number_stands_there_at_every_width(analysis, width):
    text = printed(analysis, width)
    for rate in analysis.rates:
        for estimate in (
            rate.pass_rate,
            rate.conditional_rate,
            rate.merge_rate,
            rate.relative_merge_rate,
            rate.relative_conditional_rate,
            rate.gap,
        ):
            assert point(estimate) in text
            assert interval(estimate) in text
        assert rate.released.isoformat() in text
    for fit in (analysis.trend.grader, analysis.trend.maintainers, analysis.trend.difference):
        assert interval(fit, 1) in text
    for outcome in analysis.outcomes:
        for share in outcome.shares().values():
            assert number(100 * share) in text
    assert interval(analysis.golden.rate) in text


def test_a_wide_terminal_has_one_line_a_submission_and_a_narrow_one_stacks(analysis):
    new = analysis.rates[1]
    together = f"{point(new.pass_rate)} {interval(new.pass_rate)}"
    assert together in printed(analysis, 200)
    assert together not in printed(analysis, 80)
    assert OLD in printed(analysis, 200)
    assert squeezed("A pass C of passing M merge") not in squeezed(printed(analysis, 60))


def test_the_primary_result_comes_first(analysis):
    text = printed(analysis, 120)
    order = ["SIMULATED", "Level gap", "Rates by release date", "Trend", "What became", "From attempts", "Notes"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    estimate = analysis.level_gap.estimate
    assert f"{point(estimate)} pp  {interval(estimate)}  95 %, n = 30 instances, mean over 2 submissions" in text
    assert text.index(OLD) < text.index("new   ")


def test_simulated_verdicts_are_announced_and_real_ones_not(analysis, real):
    text = printed(analysis, 80)
    assert f"SIMULATED: {analysis.simulated} of {analysis.verdicts} verdicts" in text
    assert "simulated" not in printed(real(), 80).lower()


def test_notes_say_what_was_left_out_and_what_it_rests_on(real, simulated):
    attempts, _ = simulated
    old = attempts["submission"] == OLD
    model = attempts["model"].where(attempts["is_golden"], "same")
    text = squeezed(printed(real(model=model), 80))
    assert squeezed("several submissions are of one model, same") in text
    assert squeezed("issues like these, these reviewers") in text
    assert squeezed("left out of the rates") in text
    failed = old & (attempts["grade"] == "unresolved")
    text = squeezed(printed(real(disposition=attempts["disposition"].mask(failed, "not_run")), 80))
    assert squeezed("not in the level gap") in text
    assert squeezed("not run") in text


def test_other_levels_are_named(simulated):
    assert "90 %" in printed(analyse(*simulated, level=0.9), 120)


def test_an_empty_study_prints_that_it_is_empty():
    text = printed(analyse(empty_attempts(), empty_reviews()), 80)
    assert "there is no submission but golden" in text
    assert "There is no attempt in the study." in text


def test_names_are_no_markup(simulated):
    attempts, reviews = simulated
    named = attempts.assign(
        submission=attempts["submission"].replace("new", "[bold]n[/bold]"), model=attempts["model"]
    )
    text = printed(analyse(named, reviews.assign(reason=reviews["reason"].replace("other", "[red]"))), 200)
    assert "[bold]n[/bold]" in text
    assert "[red]" in text

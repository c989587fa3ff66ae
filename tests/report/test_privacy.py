"""Nothing is told by reviewer below three reviewers, unless it is asked for."""

import io
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mergecheck.report.as_json import as_json
from mergecheck.report.privacy import FEWEST, merged, shown_work
from mergecheck.report.terminal import print_analysis
from mergecheck.stats.analysis import analyse
from mergecheck.stats.flow import Work

NAMES = ("quillfeather", "brambleshank", "tallowmere", "wisp-o-marsh")


@pytest.fixture
def reviewed_by(simulated):
    """The simulated study with its assignments dealt to so many reviewers; verdicts from the first few only."""

    def make(reviewers, with_verdicts):
        attempts, reviews = simulated
        names = pd.Series([NAMES[row % reviewers] for row in range(len(reviews))], index=reviews.index)
        kept = reviews.assign(reviewer=names.astype(reviews["reviewer"].dtype))
        waiting = ~kept["reviewer"].isin(NAMES[:with_verdicts])
        for column in (
            "decision",
            "decision_final",
            "reason",
            "guess",
            "recognised",
            "skip_reason",
            "submitted_at",
        ):
            kept[column] = kept[column].mask(waiting)
        for column in ("progress", "confidence", "baseline_minutes", "guess_confidence"):
            kept[column] = kept[column].mask(waiting)
        return analyse(attempts, kept)

    return make


def said(analysis, **options):
    """Terminal and JSON, together."""
    out = io.StringIO()
    console = Console(file=out, width=120, color_system=None, legacy_windows=False)
    print_analysis(analysis, console, **options)
    return out.getvalue(), json.dumps(as_json(analysis, **options))


def named(text):
    return [name for name in NAMES if name in text]


@pytest.mark.parametrize(
    ("reviewers", "with_verdicts"), [(1, 1), (2, 2), (2, 1), (3, 2), (4, 2), (4, 0)], ids=lambda n: str(n)
)
def test_below_three_with_verdicts_nobody_is_named(reviewed_by, reviewers, with_verdicts):
    analysis = reviewed_by(reviewers, with_verdicts)
    text, plain = said(analysis)
    assert named(text) == named(plain) == []
    title = "1 reviewer " if reviewers == 1 else f"{reviewers} reviewers together "
    assert title in text
    assert "--by-reviewer" in text
    work = json.loads(plain)
    assert work["work_merged"] is True
    (entry,) = work["work"]
    assert (entry["reviewer"], entry["reviewers"]) == (None, reviewers)
    for field in ("assigned", "done", "skipped"):
        assert entry[field] == sum(getattr(one, field) for one in analysis.work)


@pytest.mark.parametrize(("reviewers", "with_verdicts"), [(3, 3), (4, 3), (4, 4)])
def test_from_three_on_each_has_a_line(reviewed_by, reviewers, with_verdicts):
    text, plain = said(reviewed_by(reviewers, with_verdicts))
    assert named(text) == named(plain) == list(NAMES[:reviewers])
    assert "together" not in text
    assert json.loads(plain)["work_merged"] is False


@pytest.mark.parametrize("reviewers", [1, 2, 4])
def test_who_asks_for_it_gets_it(reviewed_by, reviewers):
    analysis = reviewed_by(reviewers, min(reviewers, 2))
    text, plain = said(analysis, by_reviewer=True)
    assert named(text) == named(plain) == list(NAMES[:reviewers])
    work = json.loads(plain)
    assert work["work_merged"] is False
    assert [(one["reviewer"], one["reviewers"], one["done"]) for one in work["work"]] == [
        (one.reviewer, 1, one.done) for one in analysis.work
    ]


def test_the_rule():
    assert FEWEST == 3
    assert [merged(NAMES[:number], asked_for=False) for number in range(5)] == [True, True, True, False, False]
    assert not merged(NAMES[:1], asked_for=True)
    # A name twice (a line a round) is one reviewer still.
    assert merged([NAMES[0], NAMES[0], NAMES[1]], asked_for=False)


works = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)).map(sorted), max_size=6).map(
    lambda rows: [Work(f"r{n}", done_of, done, skipped) for n, (skipped, done, done_of) in enumerate(rows)]
)


@given(work=works, asked_for=st.booleans())
def test_no_work_is_lost_by_merging(work, asked_for):
    shown = shown_work(work, asked_for)
    for field in ("assigned", "done", "skipped"):
        assert sum(getattr(one, field) for one in shown) == sum(getattr(one, field) for one in work)
    assert sum(one.reviewers for one in shown) == len(work)
    if not asked_for and sum(one.done > 0 for one in work) < 3:
        assert len(shown) == bool(work)
        assert all(one.reviewer is None for one in shown)


def test_a_study_without_assignments_has_nothing_to_merge(reviewed_by, simulated):
    attempts, reviews = simulated
    plain = as_json(analyse(attempts, reviews.head(0)))
    assert (plain["work"], plain["work_merged"]) == ([], False)

"""What is said of a drawn round: what it holds, what precision follows from, what nobody may review."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from mergecheck.assign.conflicts import ToReview
from mergecheck.assign.design import Design, DrawnRound, Earlier, GoldenDrawn, Sampleable
from mergecheck.assign.draw import PASSED, REFUSED
from mergecheck.records import GOLDEN, Draw, Reviewer
from mergecheck.report.sizes import print_nobody, round_sizes

DESIGN = Design((Reviewer("ada", ()),), 0.5, reserve_share=0.25)


def said(drawn: DrawnRound, *, named: tuple[str, ...] = (), width: int = 400) -> str:
    stream = io.StringIO()
    print_nobody(drawn, "It waits.", named, Console(file=stream, width=width, color_system=None))
    return stream.getvalue()


UNPLACED = DrawnRound(
    (),
    (),
    unplaced=(
        ToReview("c1", "i1", "o/a", golden=True),
        ToReview("c2", "i1", "o/a", golden=False),
        ToReview("c3", "i[2]", "o/b", golden=False),
    ),
)


def test_what_nobody_may_review_is_told_once_a_repository_with_its_instances():
    first, of_first, second, of_second = said(UNPLACED).splitlines()
    assert first.startswith("Nobody may review 2 candidates of o/a, 1 of them golden: there is no active reviewer")
    assert "has not seen them" in first
    assert of_first.strip() == "i1 (2)"
    assert second.startswith("Nobody may review 1 candidate of o/b: there is no active reviewer who knows o/b")
    assert "has not seen it" in second
    assert of_second.strip() == "i[2]"
    assert first.endswith("It waits.")


def test_where_somebody_was_named_it_is_said_of_them():
    first, _, second, _ = said(UNPLACED, named=("bo", "cy")).splitlines()
    assert "there is none among bo, cy who knows o/a" in first
    assert "there is none among bo, cy who knows o/b" in second


@pytest.mark.parametrize("width", [40, 80])
def test_it_fits_the_terminal(width):
    assert all(len(line) <= width for line in said(UNPLACED, width=width).splitlines())


def test_what_the_grader_refused_is_no_part_of_a_submissions_precision():
    draws = [
        Draw("brook", f"i{n}", 1, n < 3, 1.0 if n < 3 else 0.5, PASSED if n < 3 else REFUSED) for n in range(4)
    ]
    refused = Draw("brook", "i9", 1, True, 0.5, REFUSED)
    sizes = round_sizes(Earlier(), DrawnRound((*draws, refused), ()), DESIGN)
    assert sizes.new == (("brook", 3),)


def test_what_left_the_scope_is_no_part_of_the_golden_sample():
    golden = [GoldenDrawn(f"i{n}", "o/a", 1, 0.5, n < 4, f"g{n}", in_scope=n % 2 == 0) for n in range(8)]
    sizes = round_sizes(Earlier(golden=tuple(golden)), DrawnRound((), ()), DESIGN)
    assert (sizes.golden_before, sizes.golden_now, sizes.golden_in_reserve, sizes.rounds_left) == (2, 2, 2, 2)
    drawn = Draw(GOLDEN, "i4", 2, True, 0.75, "golden sample")
    sizes = round_sizes(Earlier(golden=tuple(golden)), DrawnRound((drawn,), ()), DESIGN)
    assert (sizes.golden_before, sizes.golden_now, sizes.from_reserve) == (2, 3, 1)


def test_what_was_withdrawn_is_in_no_sample_whoever_wrote_it():
    golden = tuple(GoldenDrawn(f"i{n}", "o/a", 1, 0.5, n < 4, f"g{n}") for n in range(8))
    # g0 and g4 are withdrawn; brook wrote g0 too.
    due = [Sampleable("brook", False, f"i{n}", "o/a", candidate) for n, candidate in enumerate(("g0", "b1"))]
    draws = [Draw("brook", one.instance, 2, True, 1.0, PASSED) for one in due]
    draws += [Draw(GOLDEN, f"i{n}", 2, n < 6, 0.75, "golden sample") for n in range(8)]
    earlier = Earlier(golden=golden, withdrawn=frozenset({"g0", "g4"}))
    sizes = round_sizes(earlier, DrawnRound(tuple(draws), ()), DESIGN, due)
    assert sizes.new == (("brook", 1),)
    assert (sizes.golden_before, sizes.golden_now, sizes.golden_in_reserve, sizes.from_reserve) == (3, 4, 2, 1)


def test_a_golden_patch_that_was_withdrawn_and_has_changed_since_is_in_the_sample_again():
    golden = (GoldenDrawn("i0", "o/a", 1, 0.5, True, "g0"), GoldenDrawn("i1", "o/a", 1, 0.5, True, "g1"))
    due = (Sampleable(GOLDEN, True, "i0", "o/a", "new", changed=True),)
    drawn = DrawnRound((Draw(GOLDEN, "i0", 2, True, 0.5, "golden sample"),), ())
    sizes = round_sizes(Earlier(golden=golden, withdrawn=frozenset({"g0"})), drawn, DESIGN, due)
    assert (sizes.golden_before, sizes.golden_now) == (1, 2)

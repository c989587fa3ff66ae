"""Later rounds: what they draw, to whom they give it, and what stays as earlier rounds left it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from mergecheck.assign.conflicts import ConflictPolicy, ToReview
from mergecheck.assign.design import Design, DrawnRound, Earlier, GoldenDrawn, Reissue, Sampleable, Shown
from mergecheck.assign.round import draw_round, hand_over
from mergecheck.assign.seal import Seal
from mergecheck.errors import AssignError
from mergecheck.records import GOLDEN, Reviewer, Why

SEAL = Seal(b"k" * 32, 1)
ADA, BO, CY = Reviewer("ada", ()), Reviewer("bo", ()), Reviewer("cy", ())
TWO = Design((ADA, BO), 0.5, reserve_share=0.1, earlier_share=0.1)
SIZE = 40


def golden(size: int = SIZE) -> list[Sampleable]:
    return [Sampleable(GOLDEN, True, f"i{n:02}", "o/a", f"g{n:02}") for n in range(size)]


def agent(name: str, size: int = SIZE, **fields: object) -> list[Sampleable]:
    return [Sampleable(name, False, f"i{n:02}", "o/a", f"{name}{n:02}", **fields) for n in range(size)]


def after(drawn: DrawnRound, due: list[Sampleable], before: Earlier | None = None) -> Earlier:
    """What the store would say of earlier rounds once this one is written."""
    before = before or Earlier()
    of = {one.candidate: one.instance for one in due} | {one.candidate: one.instance for one in before.shown}
    of |= {one.candidate: one.instance for one in before.golden}
    known = {one.instance: one for one in before.golden}
    for draw in drawn.draws:
        if draw.submission == GOLDEN:
            since = known[draw.instance].since if draw.instance in known else draw.round
            known[draw.instance] = GoldenDrawn(
                draw.instance, "o/a", since, draw.inclusion_probability, draw.sampled, f"g{draw.instance[1:]}"
            )
    shown = [
        Shown(one.id, one.reviewer, one.candidate, of[one.candidate], "o/a", one.round, repeat_of=one.repeat_of)
        for one in drawn.assignments
    ]
    return Earlier(
        golden=tuple(known.values()),
        shown=(*before.shown, *shown),
        submissions=before.submissions | {draw.submission for draw in drawn.draws},
        golden_candidates=frozenset(one.candidate for one in known.values() if one.candidate),
    )


def whys(drawn: DrawnRound) -> Counter[Why]:
    return Counter(one.why for one in drawn.assignments)


@pytest.fixture
def first() -> tuple[DrawnRound, Earlier]:
    due = golden() + agent("brook")
    drawn = draw_round(due, Earlier(), TWO, 1, SEAL)
    return drawn, after(drawn, due)


def test_a_round_that_adds_a_model_takes_golden_from_the_reserve_and_shows_earlier_ones_again(first):
    _, earlier = first
    sampled = {one.instance for one in earlier.golden if one.sampled}
    assert len(sampled) == 20
    drawn = draw_round(agent("otter"), earlier, TWO, 2, SEAL)
    golden_draws = [draw for draw in drawn.draws if draw.submission == GOLDEN]
    now = {draw.instance for draw in golden_draws if draw.sampled}
    assert sampled < now
    assert len(now) == 24
    # Everybody's inclusion probability is that of the sample as it is now, those drawn before included.
    assert {draw.inclusion_probability for draw in golden_draws} == {0.6}
    assert len(golden_draws) == SIZE
    handed = {one.candidate for one in drawn.assignments if one.why is Why.DRAWN}
    assert {f"g{name[1:]}" for name in now - sampled} == {name for name in handed if name.startswith("g")}
    assert whys(drawn) == {Why.DRAWN: SIZE + 4, Why.EARLIER: 4}
    for one in drawn.assignments:
        if one.why is Why.EARLIER:
            before = next(was for was in earlier.shown if was.assignment == one.repeat_of)
            assert (before.reviewer, before.candidate) == (one.reviewer, one.candidate)


def test_a_round_without_a_new_model_leaves_the_reserve_alone(first):
    _, earlier = first
    drawn = draw_round([replace(agent("brook")[0], candidate="new", changed=True)], earlier, TWO, 2, SEAL)
    assert [(draw.submission, draw.instance) for draw in drawn.draws] == [("brook", "i00")]
    assert [one.candidate for one in drawn.assignments] == ["new"]


def test_the_reserve_ends_and_nothing_is_drawn_twice(first):
    _, earlier = first
    handed: Counter[str] = Counter(one.candidate for one in earlier.shown)
    for number in range(2, 10):
        due = agent(f"m{number}x", 5)
        drawn = draw_round(due, earlier, TWO, number, SEAL)
        handed.update(one.candidate for one in drawn.assignments if one.why is Why.DRAWN)
        earlier = after(drawn, due, earlier)
    assert {one.share for one in earlier.golden} == {1.0}
    assert sum(name.startswith("g") for name in handed) == SIZE
    assert set(handed.values()) == {1}


def test_new_instances_have_a_golden_sample_of_their_own(first):
    _, earlier = first
    new = [replace(one, instance="j" + one.instance[1:], candidate="h" + one.candidate[1:]) for one in golden(20)]
    drawn = draw_round(new, earlier, TWO, 2, SEAL)
    assert len(drawn.draws) == 20
    assert sum(draw.sampled for draw in drawn.draws) == 10
    assert {draw.inclusion_probability for draw in drawn.draws} == {0.5}


def test_a_golden_patch_that_an_agent_also_wrote_is_not_in_the_sample_for_it(first):
    """Reviewed it is; for the baseline it counts only where it was drawn."""
    _, earlier = first
    reserve = next(one for one in earlier.golden if not one.sampled)
    same = Sampleable("otter", False, reserve.instance, "o/a", reserve.candidate)
    drawn = draw_round([same], earlier, replace(TWO, reserve_share=0.0), 2, SEAL)
    assert [one.candidate for one in drawn.assignments if one.why is Why.DRAWN] == [reserve.candidate]
    assert [draw.submission for draw in drawn.draws] == ["otter"]


def test_what_the_grader_refused_is_drawn_by_instance_whoever_tried_it_in_whichever_round():
    design = replace(TWO, unresolved_share=0.3)
    due = agent("brook", 200, passed=False) + agent("otter", 200, passed=False)
    drawn = draw_round(due, Earlier(), design, 1, SEAL)
    by_submission = {
        name: {draw.instance for draw in drawn.draws if draw.submission == name and draw.sampled}
        for name in ("brook", "otter")
    }
    assert by_submission["brook"] == by_submission["otter"]
    assert 30 < len(by_submission["brook"]) < 90
    later = draw_round(agent("late", 200, passed=False), after(drawn, due), design, 2, SEAL)
    assert {draw.instance for draw in later.draws if draw.sampled} == by_submission["brook"]
    assert {draw.inclusion_probability for draw in (*drawn.draws, *later.draws)} == {0.3}


def test_what_changed_and_passes_no_more_is_noted_and_not_sampled(first):
    _, earlier = first
    due = [
        Sampleable("brook", False, "i00", "o/a", "x", passed=False, changed=True),
        Sampleable("brook", False, "i01", "o/a", None, changed=True),
    ]
    drawn = draw_round(due, earlier, TWO, 2, SEAL)
    assert [(draw.sampled, draw.inclusion_probability) for draw in drawn.draws] == [(False, 0.0)] * 2
    assert drawn.assignments == ()


def test_a_new_reviewer_gets_a_part_of_what_others_saw(first):
    _, earlier = first
    design = replace(TWO, reviewers=(ADA, BO, CY), earlier_share=0.5)
    drawn = draw_round([], earlier, design, 2, SEAL)
    assert {one.reviewer for one in drawn.assignments} == {"cy"}
    assert whys(drawn) == {Why.EARLIER: 20}
    assert all(one.repeat_of is None for one in drawn.assignments)
    assert len({one.candidate for one in drawn.assignments}) == 20
    assert draw_round([], after(drawn, [], earlier), design, 3, SEAL).assignments == ()


def test_who_has_gone_is_given_nothing_and_others_see_their_earlier_ones(first):
    _, earlier = first
    gone = replace(TWO, reviewers=(ADA, replace(BO, active=False)), earlier_share=1.0)
    drawn = draw_round(agent("otter", 5), earlier, gone, 2, SEAL)
    assert {one.reviewer for one in drawn.assignments} == {"ada"}
    again = [one for one in drawn.assignments if one.why is Why.EARLIER]
    assert len(again) == SIZE
    seen = {one.candidate for one in earlier.shown if one.reviewer == "ada"}
    assert {one.candidate in seen for one in again if one.repeat_of} == {True}
    assert {one.candidate in seen for one in again if not one.repeat_of} == {False}


def test_overlap_gives_candidates_to_a_second_reviewer():
    for overlap, expected in ((0.25, 10), (7, 7), (1.0, 40)):
        drawn = draw_round(agent("brook"), Earlier(), replace(TWO, overlap=overlap), 1, SEAL)
        assert whys(drawn)[Why.OVERLAP] == expected
        by = Counter((one.candidate, one.reviewer) for one in drawn.assignments)
        assert set(by.values()) == {1}


@pytest.mark.parametrize(
    ("policy", "ada_sees"),
    [
        (ConflictPolicy.EXCLUDE, set()),
        (ConflictPolicy.GOLDEN_ONLY, {"brook00"}),
        (ConflictPolicy.FLAG, {"g00", "brook00"}),
    ],
)
def test_conflicts_bar_reviewers_or_mark_what_they_see(policy, ada_sees):
    design = Design((ADA,), 1.0, policy=policy, conflicts={"ada": frozenset({"i00"})})
    drawn = draw_round(golden(2) + agent("brook", 2), Earlier(), design, 1, SEAL)
    seen = {one.candidate: one.conflict for one in drawn.assignments}
    assert {name for name in seen if name.endswith("00")} == ada_sees
    assert {seen[name] for name in ada_sees} <= {True}
    assert not seen["g01"]
    assert {one.candidate for one in drawn.unplaced} == {"g00", "brook00"} - ada_sees


def test_what_nobody_could_review_goes_to_who_can_in_a_later_round():
    waits = ToReview("c", "i00", "o/a", golden=False)
    design = Design((ADA,), 1.0, conflicts={"ada": frozenset({"i00"})})
    assert draw_round([], Earlier(unplaced=(waits,)), design, 2, SEAL).unplaced == (waits,)
    with_bo = replace(design, reviewers=(ADA, BO))
    drawn = draw_round([], Earlier(unplaced=(waits,)), with_bo, 2, SEAL)
    assert [(one.reviewer, one.candidate) for one in drawn.assignments] == [("bo", "c")]


def test_a_repository_that_nobody_reviews_is_refused_with_what_to_do():
    with pytest.raises(AssignError, match="nobody reviews o/a") as caught:
        draw_round(agent("brook", 1), Earlier(), Design((Reviewer("ada", ("o/b",)),)), 1, SEAL)
    assert "reviewers.toml" in str(caught.value)


def test_what_is_reissued_goes_to_who_had_it_and_takes_its_place():
    was = [Shown("a1", "ada", "c", "i00", "o/a", 1), Shown("b1", "bo", "c", "i00", "o/a", 1)]
    due = [Sampleable("brook", False, "i00", "o/a", "c2", changed=True)]
    earlier = Earlier(
        shown=tuple(was),
        reissues=tuple(Reissue(one.assignment, one.reviewer, "c", "c2", "i00", "o/a") for one in was),
        submissions=frozenset({"brook"}),
    )
    drawn = draw_round(due, earlier, TWO, 2, SEAL)
    assert sorted((one.reviewer, one.candidate, one.why) for one in drawn.assignments) == [
        ("ada", "c2", Why.REISSUED),
        ("bo", "c2", Why.REISSUED),
    ]
    replaced = dict(pair for queue in drawn.queues for pair in queue.replaced)
    by_id = {one.id: one.reviewer for one in drawn.assignments}
    assert {old: by_id[new] for old, new in replaced.items()} == {"a1": "ada", "b1": "bo"}


def reissued(was: list[Shown], candidate: str = "c", **more: object) -> Earlier:
    old = tuple(Reissue(one.assignment, one.reviewer, "c", candidate, "i00", "o/a") for one in was)
    return Earlier(shown=tuple(was), reissues=old, submissions=frozenset({"brook"}), **more)


def test_what_is_reissued_goes_to_one_other_where_all_who_had_it_are_gone():
    was = [Shown("a1", "ada", "c", "i00", "o/a", 1), Shown("b1", "bo", "c", "i00", "o/a", 1)]
    gone = Design((replace(ADA, active=False), replace(BO, active=False), CY))
    drawn = draw_round([], reissued(was), gone, 2, SEAL)
    assert [(one.reviewer, one.candidate) for one in drawn.assignments] == [("cy", "c")]
    nobody = draw_round(
        [], reissued(was), Design((replace(ADA, active=False), replace(BO, active=False))), 2, SEAL
    )
    assert (nobody.assignments, [one.candidate for one in nobody.unplaced]) == ((), ["c"])


def test_what_is_reissued_is_not_shown_again_as_an_earlier_one_too():
    was = [Shown("a1", "ada", "c", "i00", "o/a", 1)]
    design = replace(TWO, reviewers=(ADA, CY), earlier_share=1.0)
    drawn = draw_round([Sampleable("otter", False, "i01", "o/a", "x")], reissued(was), design, 2, SEAL)
    assert sorted((one.candidate, one.why) for one in drawn.assignments) == [("c", Why.REISSUED), ("x", Why.DRAWN)]


def test_what_became_a_change_that_is_out_already_is_not_shown_twice():
    was = [Shown("a1", "ada", "c", "i00", "o/a", 1)]
    also = Shown("a2", "ada", "c2", "i00", "o/a", 1)
    earlier = replace(reissued(was, "c2"), shown=(*was, also))
    assert draw_round([], earlier, TWO, 2, SEAL).assignments == ()


def test_a_golden_patch_that_was_drawn_stays_in_the_sample_whatever_leaves_the_scope(first):
    _, earlier = first
    sampled = [one for one in earlier.golden if one.sampled]
    inside = {one.instance for one in sampled[:3]}
    narrow = replace(
        earlier, golden=tuple(replace(one, in_scope=one.instance in inside) for one in earlier.golden)
    )
    drawn = draw_round([Sampleable("otter", False, sampled[0].instance, "o/a", "x")], narrow, TWO, 2, SEAL)
    golden_draws = [draw for draw in drawn.draws if draw.submission == GOLDEN]
    assert {draw.instance for draw in golden_draws} == inside
    assert all(draw.sampled and draw.inclusion_probability == 0.6 for draw in golden_draws)


def test_a_repository_whose_reviewers_have_all_left_waits_and_refuses_no_later_round(first):
    _, earlier = first
    only_b = Design((Reviewer("cy", ("o/b",)),), 0.5)
    due = [*agent("otter", 3), Sampleable("otter", False, "j00", "o/b", "x")]
    drawn = draw_round(due, earlier, only_b, 2, SEAL)
    assert [one.candidate for one in drawn.assignments] == ["x"]
    assert {one.candidate for one in drawn.unplaced} == {"otter00", "otter01", "otter02"}


def test_open_work_is_handed_to_those_who_have_not_seen_it(first):
    _, earlier = first
    mine = [one for one in earlier.shown if one.reviewer == "bo"]
    repeat = replace(mine[0], assignment="again", repeat_of=mine[0].assignment)
    drawn = hand_over("bo", [*mine[:5], repeat], earlier, replace(TWO, reviewers=(ADA, BO, CY)), 2, SEAL)
    assert Counter(one.candidate for one in drawn.assignments) == Counter(one.candidate for one in mine[:5])
    assert {one.reviewer for one in drawn.assignments} <= {"ada", "cy"}
    assert whys(drawn) == {Why.HANDED_OVER: 5}
    replaced = [old for queue in drawn.queues for old, _ in queue.replaced]
    assert sorted(replaced) == sorted(one.assignment for one in mine[:5])
    seen_by_all = Shown("x", "ada", mine[0].candidate, mine[0].instance, "o/a", 1)
    left = hand_over("bo", mine[:1], replace(earlier, shown=(*earlier.shown, seen_by_all)), TWO, 2, SEAL)
    assert (left.assignments, [one.candidate for one in left.unplaced]) == ((), [mine[0].candidate])

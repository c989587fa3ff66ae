import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.assign.conflicts import ConflictPolicy, Cost, ToReview, able, conflicts, costs
from mergecheck.records import Reviewer

EXCLUDE, GOLDEN_ONLY, FLAG = ConflictPolicy

ANN = Reviewer("r1", (), github=("ann", "ann-at-work"))
BEN = Reviewer("r2", ("o/lib",), github=("ben",))
CAL = Reviewer("r3", ("o/lib",))
GONE = Reviewer("r4", (), github=("dee",), active=False)
EVERYBODY = (ANN, BEN, CAL, GONE)

GOLDEN = ToReview("g", "lib-1", "o/lib", True)
AGENT = ToReview("a", "lib-1", "o/lib", False)


def test_whoever_was_involved_is_in_conflict_under_any_of_their_names():
    found = conflicts(EVERYBODY, {"lib-1": ["Ann-At-Work", "somebody"], "lib-2": {"BEN", "ann"}, "lib-3": ()})
    assert found == {
        "r1": frozenset({"lib-1", "lib-2"}),
        "r2": frozenset({"lib-2"}),
        "r3": frozenset(),
        "r4": frozenset(),
    }


def test_a_part_of_a_name_is_another_name():
    assert conflicts([Reviewer("r", (), github=("ann",))], {"i": ["anna", "jo-ann"]}) == {"r": frozenset()}


@pytest.mark.parametrize(
    ("policy", "one", "expected"),
    [
        (EXCLUDE, GOLDEN, ("r2", "r3")),
        (EXCLUDE, AGENT, ("r2", "r3")),
        (GOLDEN_ONLY, GOLDEN, ("r2", "r3")),
        (GOLDEN_ONLY, AGENT, ("r1", "r2", "r3")),
        (FLAG, GOLDEN, ("r1", "r2", "r3")),
        (FLAG, AGENT, ("r1", "r2", "r3")),
    ],
)
def test_who_may_review_under_each_policy(policy, one, expected):
    assert able(one, EVERYBODY, {"r1": frozenset({"lib-1"})}, policy) == expected


def test_the_order_given_is_kept_and_repositories_are_heeded():
    other = ToReview("o", "other-1", "o/other", False)
    assert able(other, EVERYBODY, {}, FLAG) == ("r1",)
    assert able(AGENT, (CAL, GONE, ANN, BEN), {}, EXCLUDE) == ("r3", "r1", "r2")


def test_costs_of_a_round_counted_by_hand():
    wanted = [
        GOLDEN,
        AGENT,
        ToReview("g2", "lib-2", "o/lib", True),
        ToReview("a2", "lib-2", "o/lib", False),
        ToReview("a3", "lib-3", "o/lib", False),
    ]
    # lib-1: one of two in conflict. lib-2: both. lib-3: only who is gone.
    known = {"r1": frozenset({"lib-1", "lib-2"}), "r2": frozenset({"lib-2"}), "r4": frozenset({"lib-3"})}
    assert costs(wanted, (ANN, BEN, GONE), known) == (
        Cost(EXCLUDE, conflicting=6, barred=6, nobody=2, nobody_golden=1, instances=1, flagged=0),
        Cost(GOLDEN_ONLY, conflicting=6, barred=3, nobody=1, nobody_golden=1, instances=1, flagged=3),
        Cost(FLAG, conflicting=6, barred=0, nobody=0, nobody_golden=0, instances=0, flagged=6),
    )


def test_a_repository_that_no_active_reviewer_knows_costs_nothing():
    wanted = [ToReview("x", "strange-1", "o/strange", True)]
    gone = Reviewer("r4", (), github=("dee",), active=False)
    for cost in costs(wanted, (BEN, CAL, gone), {"r2": frozenset({"strange-1"}), "r4": frozenset({"strange-1"})}):
        assert (cost.conflicting, cost.barred, cost.nobody, cost.instances, cost.flagged) == (0, 0, 0, 0, 0)


LOGINS = ("ann", "ben", "cal-c", "dee")
REPOS = ("o/one", "o/two")


@st.composite
def rounds(draw):
    """Reviewers, who was involved, and candidates (each once, at most one golden an instance)."""
    reviewers = tuple(
        Reviewer(
            f"r{number}",
            tuple(sorted(draw(st.sets(st.sampled_from(REPOS))))),
            github=tuple(sorted(draw(st.sets(st.sampled_from(LOGINS), max_size=2)))),
            active=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 4)))
    )
    involved, wanted = {}, []
    for number in range(draw(st.integers(0, 5))):
        instance, repo = f"i{number}", draw(st.sampled_from(REPOS))
        involved[instance] = draw(st.sets(st.sampled_from(LOGINS)))
        has_golden = draw(st.booleans())
        for made in range(draw(st.integers(0, 3))):
            wanted.append(ToReview(f"c{number}.{made}", instance, repo, has_golden and made == 0))
    return reviewers, involved, wanted


@given(rounds())
def test_a_stricter_policy_bars_whom_a_milder_one_does(made):
    reviewers, involved, wanted = made
    known = conflicts(reviewers, involved)
    for one in wanted:
        strict, middle, mild = (able(one, reviewers, known, policy) for policy in ConflictPolicy)
        assert set(strict) <= set(middle) <= set(mild)
        assert mild == able(one, reviewers, {}, EXCLUDE)
        assert middle == (strict if one.golden else mild)
        inactive = {reviewer.id for reviewer in reviewers if not reviewer.active}
        assert not inactive & set(mild)
        logins = {reviewer.id: set(reviewer.github) for reviewer in reviewers}
        assert {name for name in mild if not logins[name] & involved[one.instance]} == set(strict)


@given(rounds())
def test_the_costs_add_up(made):
    reviewers, involved, wanted = made
    found = costs(wanted, reviewers, conflicts(reviewers, involved))
    assert [cost.policy for cost in found] == list(ConflictPolicy)
    strict, middle, mild = found
    for cost in found:
        assert cost.conflicting == strict.conflicting
        assert cost.barred + cost.flagged == cost.conflicting
        assert cost.nobody_golden <= cost.nobody <= cost.barred
        assert cost.instances <= cost.nobody
        assert (cost.instances > 0) == (cost.nobody > 0)
    assert strict.barred == strict.conflicting
    assert (mild.barred, mild.nobody) == (0, 0)
    assert middle.nobody == middle.nobody_golden == strict.nobody_golden
    assert middle.barred <= strict.barred


@given(rounds(), st.randoms())
def test_capital_letters_change_nothing(made, chance):
    reviewers, involved, _ = made

    def shouted(name):
        return "".join(chance.choice((letter.upper(), letter)) for letter in name)

    louder = {instance: [shouted(name) for name in names] for instance, names in involved.items()}
    assert conflicts(reviewers, louder) == conflicts(reviewers, involved)


@given(rounds(), st.randoms())
def test_the_order_of_candidates_and_reviewers_changes_no_cost(made, chance):
    reviewers, involved, wanted = made
    known = conflicts(reviewers, involved)
    shuffled = [chance.sample(list(one), len(one)) for one in (wanted, reviewers)]
    assert costs(shuffled[0], shuffled[1], known) == costs(wanted, reviewers, known)

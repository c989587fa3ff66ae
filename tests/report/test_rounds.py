"""What `assign` prints of a round: whole at any width, with numbers that belong together, and reasons."""

import io
import json
import math
import re

import pytest
from rich.console import Console

from mergecheck.assign.conflicts import ConflictPolicy, Cost
from mergecheck.report.rounds import costs_as_json, precision_as_json, print_costs, print_precision
from mergecheck.stats.precision import Assumed, RoundSizes, round_precision

EXCLUDE, GOLDEN_ONLY, FLAG = ConflictPolicy
LONG = "20250928_trae_doubao_seed_code-experimental"
LATER = RoundSizes(
    golden_before=47,
    golden_now=56,
    golden_in_reserve=12,
    rounds_left=1,
    again=40,
    new=((LONG, 61), ("agent-c", 0)),
    earlier=95,
    reserve_share=0.1,
    earlier_share=0.2,
)
FIRST = RoundSizes(0, 47, 48, 5, 0, (("agent-a", 61),), earlier=0)
NOTHING = RoundSizes(0, 0, 0, None, 0, ())
COSTS = (
    Cost(EXCLUDE, 16, 16, 3, 1, 2, 0),
    Cost(GOLDEN_ONLY, 16, 7, 1, 1, 1, 9),
    Cost(FLAG, 16, 0, 0, 0, 0, 16),
)
FREE = tuple(Cost(policy, 0, 0, 0, 0, 0, 0) for policy in ConflictPolicy)
ALL_KNOWN = {"pull_requests_known": 95, "instances": 95, "with_github": 4, "reviewers": 4}


def printed(show, *arguments, width=120, **more):
    out = io.StringIO()
    show(*arguments, **more, console=Console(file=out, width=width, color_system=None, highlight=False))
    return out.getvalue()


def said(show, *arguments, **more):
    """What is printed, in one line, so that it does not matter where lines are broken."""
    return " ".join(printed(show, *arguments, **more).split())


@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize("sizes", [LATER, FIRST, NOTHING])
def test_precision_fits(sizes, width):
    text = printed(print_precision, round_precision(sizes), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize("costs", [COSTS, FREE])
@pytest.mark.parametrize("known", [ALL_KNOWN, dict.fromkeys(ALL_KNOWN, 0), {**ALL_KNOWN, "with_github": 1}])
def test_costs_fit(costs, known, width):
    for chosen in ConflictPolicy:
        text = printed(print_costs, costs, chosen, **known, width=width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text


def test_at_80_columns_each_table_is_one():
    text = printed(print_precision, round_precision(LATER), width=80)
    assert len(re.findall(r"(?m)^ ─+ *$", text)) == 3
    for chosen in ConflictPolicy:
        text = printed(print_costs, COSTS, chosen, **ALL_KNOWN, width=80)
        assert len(re.findall(r"(?m)^ ─+ *$", text)) == 1
        assert f"{chosen.value} (chosen)" in text


def test_a_later_round_says_what_grew():
    text = said(print_precision, round_precision(LATER))
    # Wilson at one half: z/(1 + z²/n)·√(1/4n + z²/4n²) is half of z/√(n + z²).
    before, now = (50 * 1.959964 / math.sqrt(n + 1.959964**2) for n in (47, 56))
    assert (
        f"Golden baseline: 47 in the sample before, 56 now: ± {before:.1f} → ± {now:.1f} points, "
        "where half are accepted." in text
    )
    assert "95 % intervals" in text
    assert "Golden reserve: 12 left, enough for 1 more round at this share." in text
    drift = 100 * 1.959964 * math.sqrt(0.2 / 40)
    assert f"Shown again: 40 earlier candidates. A drift between rounds is known to ± {drift:.1f} points" in text
    assert "found with 80 % power, where 20 % of second verdicts differ from the first." in text


def test_the_alternatives_stand_beside_the_studys_choice():
    lines = printed(print_precision, round_precision(LATER)).splitlines()
    cells = [line.split() for line in lines]
    assert ["10", "%", "(study.toml)", "9", "56", "±", "12.7"] in cells
    assert ["20", "%", "(study.toml)", "40", "±", "13.9"] in cells
    assert ["0", "%", "0", "n/a"] in cells
    assert any(line[:4] == ["40", "%", "80", "±"] for line in cells)


def test_alternatives_without_shares_are_named():
    text = said(print_precision, round_precision(RoundSizes(47, 56, 12, None, 0, ())))
    assert re.search(r"none 0 47 .*as in study.toml 9 56 .*twice as many 18 65 ", text)


def test_a_submission_without_candidates_has_no_numbers():
    lines = [line.split() for line in printed(print_precision, round_precision(LATER)).splitlines()]
    assert ["agent-c", "0", "n/a", "n/a"] in lines
    assert next(line for line in lines if line[:1] == [LONG])[1] == "61"


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        (FIRST, "Golden baseline: 47 in the sample: ± 13.7 points, where half are accepted."),
        (FIRST, "Golden reserve: 48 left, enough for 5 more rounds at this share."),
        (FIRST, "Shown again: no earlier candidate, as there is no earlier round."),
        (NOTHING, "Golden baseline: none in the sample, so no rate relative to golden can be computed."),
        (NOTHING, "Golden reserve: empty, so a later round has no golden candidate of these instances to add."),
        (NOTHING, "Shown again: no earlier candidate, so rounds cannot be compared."),
        (RoundSizes(9, 9, 4, 0, 0, ()), "Golden baseline: 9 in the sample, as before: ±"),
        (RoundSizes(9, 9, 4, 0, 0, ()), "Golden reserve: 4 left, too few for another round at this share."),
        (RoundSizes(9, 9, 4, None, 0, ()), "Golden reserve: 4 left; the study's share draws none of them."),
        (RoundSizes(9, 9, 4, 0, 1, ()), "Shown again: 1 earlier candidate, too few to find any drift"),
    ],
)
def test_what_is_not_there_is_said_in_words(sizes, sentence):
    text = said(print_precision, round_precision(sizes))
    assert sentence in text
    assert "None" not in text
    assert "nan" not in text


def test_other_assumptions_and_levels_are_printed():
    assumed = Assumed(share=0.4, rate=0.3, golden=0.75, flip=0.1, power=0.9)
    text = said(print_precision, round_precision(LATER, 0.9, assumed))
    for part in ("90 % intervals", "where 40 % are accepted", "30 % of the submission's and 75 % of golden"):
        assert part in text
    assert "90 % power, where 10 % of second verdicts differ" in text


def test_costs_are_shown_policy_by_policy_and_the_chosen_one_is_marked():
    lines = printed(print_costs, COSTS, EXCLUDE, **ALL_KNOWN).splitlines()
    cells = [line.split() for line in lines]
    assert ["exclude", "(chosen)", "16", "16", "0", "3", "1", "2"] in cells
    assert ["golden_only", "16", "7", "9", "1", "1", "1"] in cells
    assert ["flag", "16", "0", "16", "0", "0", "0"] in cells
    text = " ".join(" ".join(lines).split())
    assert (
        "exclude (chosen): nobody can review 3 candidates of 2 instances, 1 of them golden and missing from the "
        "baseline." in text
    )
    assert text.count("(chosen)") == 2


def test_a_policy_under_which_all_can_be_reviewed_says_so():
    text = said(print_costs, COSTS, FLAG, **ALL_KNOWN)
    assert "flag (chosen): somebody can review every candidate." in text


def test_golden_only_says_what_it_tells_reviewers_where_it_bars_any():
    warning = "no change to an instance of theirs is golden"
    assert warning in said(print_costs, COSTS, GOLDEN_ONLY, **ALL_KNOWN)
    assert warning not in said(print_costs, COSTS, EXCLUDE, **ALL_KNOWN)
    none_golden = (COSTS[0], Cost(GOLDEN_ONLY, 16, 0, 0, 0, 0, 16), COSTS[2])
    assert warning not in said(print_costs, none_golden, GOLDEN_ONLY, **ALL_KNOWN)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"pull_requests_known": 0}, "No pull request is known, so no conflict can be seen: run `mergecheck pull"),
        ({"pull_requests_known": 30}, "known for 30 of 95 instances; for the others no conflict can be seen: run"),
        (
            {"with_github": 0},
            "No reviewer has a `github` name in reviewers.toml, so nobody's conflicts can be seen",
        ),
        (
            {"with_github": 1},
            "1 of 4 reviewers has a `github` name in reviewers.toml; the conflicts of the others",
        ),
        ({"with_github": 2}, "2 of 4 reviewers have a `github` name"),
    ],
)
def test_what_cannot_be_known_says_why(known, sentence):
    text = said(print_costs, FREE, EXCLUDE, **{**ALL_KNOWN, **known})
    assert sentence in text
    blind = 0 in known.values()
    assert ("every reviewer counts as free of conflicts (chosen: exclude)" in text) == blind
    assert ("No conflict that can be seen in this round" in text) != blind


def test_where_all_is_known_and_nobody_is_in_conflict_one_sentence_does():
    text = said(print_costs, FREE, EXCLUDE, **ALL_KNOWN)
    assert text.endswith("No conflict in this round: no policy costs anything.")
    assert "──" not in text


@pytest.mark.parametrize("sizes", [LATER, FIRST, NOTHING])
def test_precision_as_json_is_plain_and_has_the_same_numbers(sizes):
    precision = round_precision(sizes)
    plain = json.loads(json.dumps(precision_as_json(precision), allow_nan=False))
    assert plain["golden"]["half_width_now"] == precision.golden_now
    assert plain["golden"]["now"] == sizes.golden_now
    assert plain["again"]["detectable"] == precision.detectable
    assert plain["assumed"]["flip"] == 0.2
    assert [(one["submission"], one["n"]) for one in plain["submissions"]] == list(sizes.new)
    assert [one["n"] for one in plain["golden"]["alternatives"]] == [one.n for one in precision.reserve]
    assert [one["items"] for one in plain["again"]["alternatives"]] == [one.items for one in precision.earlier]


def test_costs_as_json_is_plain():
    plain = costs_as_json(COSTS, GOLDEN_ONLY, **ALL_KNOWN)
    assert json.loads(json.dumps(plain)) == plain
    assert plain["chosen"] == "golden_only"
    assert plain["policies"][1] == {
        "policy": "golden_only",
        "conflicting": 16,
        "barred": 7,
        "nobody": 1,
        "nobody_golden": 1,
        "instances": 1,
        "flagged": 9,
    }
    assert (plain["pull_requests_known"], plain["reviewers_with_github"]) == (95, 4)

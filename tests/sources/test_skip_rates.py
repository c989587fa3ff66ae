"""Skip rates that differ between submissions, against the probabilities that Fisher's test adds up."""

import json
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.sources.skip_rates import LEVEL, uneven_skips


def by_hand(skipped, rows, others_skipped, others_rows):
    """Two-sided p: the sum over all tables with these margins that are no likelier than this one."""
    total, all_skipped = rows + others_rows, skipped + others_skipped
    weights = [comb(rows, k) * comb(others_rows, all_skipped - k) for k in range(min(rows, all_skipped) + 1)]
    return sum(weight for weight in weights if weight <= weights[skipped]) / comb(total, all_skipped)


def test_the_one_that_differs_is_named():
    read = {name: (500, {}) for name in "abcd"} | {"odd": (500, {"not_in_benchmark": 40})}
    (found,) = uneven_skips(read)
    assert (found.submission, found.skipped, found.rows, found.others_rows) == ("odd", 40, 500, 2000)
    assert str(found).startswith("odd: 40 of 500 rows were skipped (8%), of the other submissions' 0 of 2000 (0%)")


@pytest.mark.parametrize(
    "read",
    [
        {},
        {"a": (500, {"duplicate": 500})},
        {"a": (500, {}), "b": (500, {})},
        {"a": (500, {"duplicate": 5}), "b": (500, {"duplicate": 6})},
        {"a": (500, {"out_of_scope": 400}), "b": (100, {})},
        {"a": (0, {}), "b": (100, {"duplicate": 50})},
    ],
)
def test_what_is_alike_chosen_or_alone_is_not(read):
    assert uneven_skips(read) == []


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3), st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4
    )
)
def test_it_is_fisher_s_test_against_the_rest(sizes):
    read = {name: (kept + skipped, {"duplicate": skipped}) for name, (kept, skipped) in sizes.items()}
    found = uneven_skips(read)
    assert [one.p for one in found] == pytest.approx(
        [by_hand(one.skipped, one.rows, one.others_skipped, one.others_rows) for one in found]
    )
    some = {name: (skipped, kept + skipped) for name, (kept, skipped) in sizes.items() if kept + skipped}
    skipped, rows = sum(each for each, _ in some.values()), sum(each for _, each in some.values())
    by_name = {
        name: by_hand(mine, size, skipped - mine, rows - size)
        for name, (mine, size) in some.items()
        if len(some) > 1
    }
    least = min(by_name.values(), default=1)
    if least < LEVEL / max(1, len(some)) * (1 - 1e-9):
        assert by_name[found[0].submission] == pytest.approx(least)
    elif least > LEVEL / max(1, len(some)) * (1 + 1e-9):
        assert found == []


def test_one_that_is_odd_does_not_make_the_rest_look_so():
    read = {"a": (500, {}), "b": (500, {"duplicate": 30}), "c": (500, {"duplicate": 300}), "d": (500, {})}
    assert [one.submission for one in uneven_skips(read)] == ["c", "b"]


def test_of_two_the_one_that_lost_more_is_named():
    for lost, kept in (("a", "b"), ("b", "a")):
        (one,) = uneven_skips({lost: (50, {"duplicate": 30}), kept: (50, {"duplicate": 2})})
        assert one.submission == lost


def test_pull_and_status_warn(shell_for, tmp_path, shared):
    shell = shell_for(tmp_path, tmp_path)
    shell.run("init", str(tmp_path / "study"))
    shell.study = tmp_path / "study"
    blocks = "".join(
        f'[[submissions]]\nname = "{name}"\npath = "{shared}/runs/{name}"\nmodel = "{name}"\n'
        for name in ("minimax-m2.5", "gpt-4-1106")
    )
    (shell.study / "study.toml").write_text(
        f'name = "Real"\n[benchmark]\nsource = "{shared}/SWE-bench_Verified"\n{blocks}'
    )
    printed = shell.run("pull", "--records-only").stdout
    assert "Warning: gpt-4-1106: 209 of 302 rows were skipped (69%)" in " ".join(printed.split())
    warnings = json.loads(shell.run("status", "--json").stdout)["warnings"]
    assert any(one.startswith("gpt-4-1106: 209 of 302") for one in warnings)

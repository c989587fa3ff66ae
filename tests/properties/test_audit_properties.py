"""Random clean studies raise no false alarm; p values of orders are what they say; redaction keeps hunks ours."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergecheck.assign.audit import Leak, Severity, audit
from mergecheck.assign.audit.dialect import not_ours
from mergecheck.assign.audit.names import variants
from mergecheck.assign.audit.order import order_tests
from mergecheck.assign.audit.records import (
    Assigned,
    Entry,
    File,
    Item,
    Known,
    KnownInstance,
    KnownSubmission,
    Opened,
)
from mergecheck.assign.audit.redaction import MARK, redact_candidate
from mergecheck.assign.queue import Layout, Showing, make_queue
from mergecheck.assign.seal import Seal
from mergecheck.changes.rediff import own_hunks
from mergecheck.records import Candidate, CanonicalChange, FileChange, Kind, Why
from mergecheck.stats.permutation import Unit, holm, position_test

KEYS = st.binary(min_size=32, max_size=32)
NAMES = ("brook", "heron", "otter")
CLEAN = (Leak.FILE_NAMES, Leak.HISTORY, Leak.DIALECT, Leak.ORDER)
OLD = "".join(f"line {n}\n" for n in range(30))


def clean_study(sizes: list[int], key: bytes, repeats: float = 0.0) -> tuple[list[Opened], Known, list[str]]:
    """Two queues as `assign` lays them out, of instances with so many changes each; those that came too near."""
    seal = Seal(key, 1)
    chance = random.Random(key)
    candidates = {(n, k): f"i{n}c{k}" for n, size in enumerate(sizes) for k in range(size)}
    makers = {name: frozenset({"golden"} if k == 0 else {NAMES[k % 3]}) for (_, k), name in candidates.items()}
    assigned: dict[str, Assigned] = {}
    packets, near = [], []
    for reviewer in ("ada", "bo"):
        mine = [one for one in candidates if chance.random() < 0.7]
        if not mine:
            continue
        showings = [Showing(candidates[one], f"o__lib-{one[0]}", Why.DRAWN) for one in mine]
        queue = make_queue(reviewer, showings, seal, 1, Layout(repeats=repeats))
        near += [instance for instance, _ in queue.too_near]
        items = []
        for one in queue.assignments:
            n, k = next(where for where, name in candidates.items() if name == one.candidate)
            assigned[one.id] = Assigned(one.candidate, f"o__lib-{n}", reviewer, one.repeat_of is not None)
            items.append(
                Item(
                    one.id,
                    one.position,
                    one.wave,
                    "o/lib",
                    f"it fails ({n})",
                    (changed(k),),
                    one.candidate,
                    f"o__lib-{n}",
                )
            )
        names = ["manifest.json", *sorted(f"items/{item.id}.json" for item in items)]
        entries = tuple(Entry(name, (1980, 1, 1, 0, 0, 0)) for name in names)
        file = f"study-round1-{reviewer}.packet"
        packets.append(Opened(file, reviewer, 1, queue.waves, tuple(items), {"study": "Small"}, entries))
    known = Known(
        instances={
            f"o__lib-{n}": KnownInstance(f"o__lib-{n}", "o/lib", number=1000 + n) for n in range(len(sizes))
        },
        submissions=(
            KnownSubmission("golden", "", "", is_golden=True),
            *(KnownSubmission(name, f"{name}-1", "reed-agent") for name in NAMES),
        ),
        makers=makers,
        assigned=assigned,
        own_diff=own_hunks,
    )
    return packets, known, near


@cache
def changed(k: int) -> File:
    new = OLD.replace("line 9\n", f"line 9, {k}\n").replace("line 20\n", "")
    (hunks,) = own_hunks([(OLD, new)])
    return File("lib/a.py", Kind.MODIFIED, old=OLD, new=new, old_mode="100644", new_mode="100644", hunks=hunks)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), KEYS, st.sampled_from([0.0, 0.2]))
def test_a_clean_study_raises_no_alarm_and_what_comes_too_near_is_what_assign_says(sizes, key, repeats):
    packets, known, near = clean_study(sizes, key, repeats)
    found = audit(packets, known).findings
    assert [one for one in found if one.leak in CLEAN and one.severity is Severity.LEAK] == []
    assert Counter(one.instance for one in found if one.leak is Leak.TOO_NEAR) == Counter(near)
    assert {one.leak for one in found} <= {Leak.TOO_NEAR}


def test_p_values_of_clean_orders_are_uniform():
    """Golden's position in 150 studies: of uniform p values about one in ten is below .1, and half below .5."""
    values = []
    for number in range(150):
        packets, known, _ = clean_study([3, 2, 4, 1, 2, 3, 1, 4], number.to_bytes(32, "big"), repeats=0.1)
        # Agents are not looked at here: one is tested in less time than three.
        agents = {
            name: names if "golden" in names else frozenset({"brook"}) for name, names in known.makers.items()
        }
        for one in order_tests(packets, replace(known, makers=agents)):
            if one.what == "positions" and one.source == "golden" and one.result.p is not None:
                values.append(one.result.p)
    assert len(values) > 140
    below = {level: sum(p <= level for p in values) / len(values) for level in (0.05, 0.1, 0.5, 0.9)}
    for level, share in below.items():
        # Three and a half standard errors of a share, and a little for p's own steps.
        assert abs(share - level) < 3.5 * (level * (1 - level) / len(values)) ** 0.5 + 0.01, below


def test_a_position_test_finds_what_is_there_and_says_when_it_cannot_tell():
    first = [Unit("a", (n / 40,), (n < 20,)) for n in range(40)]
    assert position_test(first).p < 0.0001
    mixed = [Unit("a", (n / 40,), (n % 2 == 0,)) for n in range(40)]
    assert position_test(mixed).p > 0.5
    assert position_test([Unit("a", (n / 4,), (True,)) for n in range(4)]).p is None
    # Which of two comes first tells of the source even where no instance is before another.
    pairs = [Unit("a", (n / 40, (n + 20) / 40), (True, False)) for n in range(20)]
    assert position_test(pairs).p < 0.0001


@given(st.lists(st.floats(0.0001, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(values):
    adjusted = holm(values)
    assert all(after >= before for before, after in zip(values, adjusted, strict=True))
    ranked = sorted(zip(values, adjusted, strict=True))
    assert [after for _, after in ranked] == sorted(adjusted)
    assert adjusted[values.index(min(values))] == pytest.approx(min(1, len(values) * min(values)))


LINES = st.lists(st.sampled_from(["a", "b", "c Claude", "# Claude 3", "", "claudette", "Claude"]), max_size=25)


@settings(max_examples=60, deadline=None)
@given(LINES, LINES, st.booleans())
def test_redacted_hunks_turn_the_redacted_old_text_into_the_new_one(old, new, newline):
    texts = tuple("\n".join(lines) + ("\n" if newline and lines else "") for lines in (old, new))
    (hunks,) = own_hunks([texts])
    file = FileChange("a.py", Kind.MODIFIED, old_text=texts[0], new_text=texts[1], hunks=hunks)
    made = redact_candidate(Candidate("i", CanonicalChange("1", (file,))), ["Claude"]).change.files[0]
    assert "Claude" not in made.old_text + made.new_text
    assert made.new_text.count(MARK) == texts[1].count("Claude")
    assert made.new_text.count("claudette") == texts[1].count("claudette")
    assert not_ours(File("a.py", Kind.MODIFIED, old=made.old_text, new=made.new_text, hunks=made.hunks)) is None


@pytest.mark.parametrize(
    ("name", "texts", "others"),
    [
        (
            "claude-3-5-sonnet-20240620",
            ["claude 3.5 sonnet", "Claude-3-5-Sonnet-20240620"],
            ["sonnet", "20240620"],
        ),
        ("20240620_sweagent_claude3.5sonnet", ["SWEagent"], ["agent", "20240620"]),
        ("Brook 1", ["brook-1", "brook1"], ["babbrook 1", "brooks"]),
        ("gold", [], ["gold"]),
        ("v2", [], ["v2"]),
    ],
)
def test_names_are_found_in_their_variants_and_pieces_that_say_nothing_are_not(name, texts, others):
    patterns = [re.compile(one, re.IGNORECASE) for one in variants(name)]
    for text in texts:
        assert any(pattern.search(f"x = 1  # {text}!") for pattern in patterns), text
    for text in others:
        assert not any(pattern.search(f"x = 1  # {text}!") for pattern in patterns), text

"""Two organisers at once: each command is done or says why not, and the study is as after some order of them."""

from __future__ import annotations

import random
import time

import pytest

ROUNDS = 3


@pytest.fixture
def at_once(place):
    """Two commands on one study, started within a tenth of a second, in both orders; how they ended."""

    def run(stage, name, one, other, offset):
        here = place(stage, name)
        running = []
        for arguments in (one, other):
            running.append(here.start(*arguments))
            time.sleep(offset if len(running) == 1 else 0)
        return here, *[each.end() for each in running]

    return run


def offsets(name, longest=0.1):
    rng = random.Random(name)
    return [0.0, *(rng.uniform(0, longest) for _ in range(ROUNDS - 1))]


def done(*ended):
    assert [each.code for each in ended] == [0] * len(ended), [each.stderr for each in ended]


def test_pull_and_pull(faults, at_once, stages):
    """Neither has cloned the repository yet."""
    end = faults.dump(stages["assign"])
    here, one, other = at_once("pull", "place", ["pull"], ["pull"], 0.02)
    done(one, other)
    found = faults.dump(here.study)
    assert faults.once(found) == faults.once(end)
    assert len(found["journal"]) == 2 * len(end["journal"])
    assert faults.left_behind(here) == []
    assert (one.stderr + other.stderr).count("cloning") == 1


def test_assign_and_assign_draw_one_round(faults, at_once, stages):
    end, files = faults.dump(stages["simulate"]), faults.files(stages["simulate"])
    for number, offset in enumerate(offsets("assign")):
        here, one, other = at_once("assign", f"place{number}", ["assign"], ["assign"], offset)
        done(one, other)
        assert faults.dump(here.study) == end
        assert faults.files(here.study) == files


def test_collect_and_collect_the_same_files(faults, at_once, stages):
    end = faults.dump(stages["close"])
    for number, offset in enumerate(offsets("same")):
        here, one, other = at_once("collect", f"place{number}", ["collect"], ["collect"], offset)
        done(one, other)
        assert faults.dump(here.study) == end


def test_collect_and_collect_different_files(faults, at_once, stages):
    end = faults.dump(stages["close"])
    one, other = (["collect", str(path)] for path in sorted((stages["collect"] / "answers").iterdir()))
    for number, offset in enumerate(offsets("different")):
        here, *ended = at_once("collect", f"place{number}", one, other, offset)
        done(*ended)
        assert faults.dump(here.study) == end


def test_collect_and_close_which_waits_for_every_answer(faults, at_once, stages):
    ends = {0: faults.dump(stages["closed"]), 1: faults.dump(stages["close"])}
    for number, offset in enumerate(offsets("close")):
        here, collected, closed = at_once("collect", f"place{number}", ["collect"], ["close"], offset)
        done(collected)
        assert closed.code in ends
        assert ("items are still open" in closed.stderr) == (closed.code == 1)
        assert faults.dump(here.study) == ends[closed.code]


def test_collect_and_close_incomplete_keep_a_file_whole_or_refuse_it(faults, at_once, stages):
    everything = faults.dump(stages["closed"])["events"]
    packets = {row["packet"] for row in everything}
    for number, offset in enumerate(offsets("incomplete")):
        here, closed, collected = at_once(
            "collect", f"place{number}", ["close", "--incomplete"], ["collect"], offset / 3
        )
        done(closed)
        assert collected.code in (0, 1)
        refused = collected.stderr.count("the study is closed")
        found = faults.dump(here.study)["events"]
        assert len(packets) - len({row["packet"] for row in found}) == refused
        assert (collected.code == 1) == bool(refused)
        kept = {row["packet"] for row in found}
        assert found == [row for row in everything if row["packet"] in kept]


def test_pull_and_assign_of_what_is_pulled(faults, at_once, stages):
    end, files = faults.dump(stages["simulate"]), faults.files(stages["simulate"])
    here, one, other = at_once("assign", "place", ["pull"], ["assign"], 0.05)
    done(one, other)
    assert faults.once(faults.dump(here.study)) == faults.once(end)
    assert faults.files(here.study) == files


def test_assign_never_draws_from_half_a_pull(faults, place, stages):
    end, files = faults.dump(stages["simulate"]), faults.files(stages["simulate"])
    here = place("pull")
    pull = here.start("pull")
    refusals = []
    for _ in range(200):
        ended = here.run("assign", code=None)
        if ended.code == 0:
            break
        refusals.append(ended.stderr)
    done(pull.end())
    assert ended.code == 0
    # Before there is a database, while its tables are made, and while patches are applied.
    words = ("no data yet", "attempts wait for their patch", "no attempt can be reviewed", "database is locked")
    assert all(any(word in said and "→" in said for word in words) for said in refusals)
    assert any("attempts wait" in said for said in refusals)
    assert faults.dump(here.study) == end
    assert faults.files(here.study) == files

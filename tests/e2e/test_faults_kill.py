"""`kill -9` at random moments, and the same command again: the study ends as it does without.

MERGECHECK_KILLS says how many times each command is killed; the seed is fixed, the machine's timing is not.
"""

from __future__ import annotations

import os
import random
import time

import pytest

KILLS = int(os.environ.get("MERGECHECK_KILLS", "6"))
END = {"pull": "assign", "assign": "simulate", "collect": "close", "close": "closed"}


@pytest.mark.parametrize("command", END)
def test_the_end_is_the_same_as_without_a_kill(faults, place, stages, command):
    whole = place(command, "whole")
    seconds = faults.measured(lambda: whole.run(command))
    end, files = faults.dump(whole.study), faults.files(whole.study)
    assert end == faults.dump(stages[END[command]])
    rng = random.Random(f"{command} {KILLS}")
    killed, tries = 0, 0
    while killed < KILLS:
        tries += 1
        assert tries <= 3 * KILLS, f"only {killed} of {tries} tries hit the command while it ran"
        here = place(command, f"try{tries}")
        kills = sum(here.kill_somewhere(rng, seconds, command) for _ in range(rng.choice((1, 1, 1, 2, 3))))
        here.run(command)
        found = faults.dump(here.study)
        assert faults.once(found) == faults.once(end)
        if command == "pull":
            assert len(end["journal"]) <= len(found["journal"]) <= here.runs * len(end["journal"])
        else:
            assert found == end
        assert faults.files(here.study) == files
        assert faults.left_behind(here) == []
        killed += kills
    print(f"{command}: {killed} kills in {tries} tries over {seconds:.2f} s")


def test_what_was_shown_as_done_before_a_kill_is_done(faults, place):
    """A file that `collect` has named is kept, whatever happens to the next."""
    here = place("collect")
    files = sorted(str(path) for path in (here.study / "answers").iterdir())
    running = here.start("collect", *files)
    while ": reviewer " not in running.err.read_text():
        time.sleep(0.0002)
    running.kill(group=True)
    said = running.end().stderr
    kept = {row["packet"] for row in faults.dump(here.study)["events"]}
    assert len(kept) >= said.count(": reviewer ") >= 1


def test_a_clone_that_was_killed_leaves_nothing_that_piles_up(faults, place):
    here = place("pull")
    drafts = here.folder / "cache" / "mergecheck" / "mirrors" / "harbour"
    (drafts / "tidemark.git.part" / "objects").mkdir(parents=True)
    here.run("pull")
    assert faults.left_behind(here) == []

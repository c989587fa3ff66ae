"""What is to be given out anew waits for the round that does so, whatever leaves the scope in between."""

from __future__ import annotations

from datetime import date

import pytest

from mergecheck.assign.design import DrawnRound
from mergecheck.assign.queue import Queue
from mergecheck.changes.canonical import Made
from mergecheck.records import (
    Assignment,
    Attempt,
    CanonicalChange,
    Disposition,
    Draw,
    FileChange,
    Grade,
    Instance,
    Kind,
    Submission,
)
from mergecheck.store.amendments import Amendment, amend, pending_reissues, to_tell
from mergecheck.store.attempts import Pulled, pending, save_benchmark, save_made, save_submission
from mergecheck.store.database import Database
from mergecheck.store.drawn import due
from mergecheck.store.rounds import freeze_round
from mergecheck.store.standing import Standing, standings

INSTANCES = [Instance(f"o__r-{n}", "o/r", "c" * 40, f"issue {n}", "") for n in range(2)]
BROOK = Submission("brook", "Brook 1", date(2024, 5, 1), "reed")


def change(patch: str) -> CanonicalChange:
    file = FileChange("a.py", Kind.ADDED, new_text=f"{patch}\n", new_digest=patch, new_mode="100644")
    return CanonicalChange("1", (file,))


def pull(connection, patches: dict[str, str]) -> None:
    """Brook's attempts, which all pass; what they do not name is out of scope."""
    attempts = tuple(
        Attempt(BROOK.name, instance, patch, Grade.RESOLVED, "report.json", "preds.jsonl", row)
        for row, (instance, patch) in enumerate(patches.items(), start=1)
    )
    save_benchmark(connection, INSTANCES, set(patches))
    save_submission(connection, Pulled(BROOK, attempts, (), len(attempts), ("json lines",), (), ()))
    tasks = pending(connection, "rules")
    save_made(connection, [(one, Made(Disposition.REVIEWABLE, change(one.patch))) for one in tasks], "rules")


def freeze(connection, number: int) -> None:
    """A round of all that is due, all of it ada's."""
    fresh = due(connection)
    draws = tuple(Draw(one.submission, one.instance, number, True, 1.0, "x") for one in fresh)
    handed = tuple(
        Assignment(f"{one.instance}-{number}", "ada", str(one.candidate), number, 1, position)
        for position, one in enumerate(fresh, start=1)
    )
    candidates = {(one.submission, one.instance): one.candidate for one in fresh}
    freeze_round(connection, number, {}, DrawnRound(draws, (Queue("ada", handed, 1, 1, ()),)), candidates)


@pytest.fixture
def database(tmp_path) -> Database:
    """A round of one change, which is then to be given out anew."""
    database = Database.open(tmp_path / "study.db", create=True)
    with database.writing() as connection:
        pull(connection, {"o__r-0": "p0"})
        candidate = str(due(connection)[0].candidate)
        freeze(connection, 1)
        amend(connection, candidate, Amendment.REISSUE, "cut short")
    return database


def test_what_has_left_the_scope_waits_till_it_is_back(database):
    with database.writing() as connection:
        pull(connection, {"o__r-1": "p1"})
        freeze(connection, 2)
        assert len(pending_reissues(connection)) == 1
        assert to_tell(connection, ["ada"]) == {}
        pull(connection, {"o__r-0": "p0", "o__r-1": "p1"})
        assert standings(connection)["o__r-0-1"] is Standing.STANDS


def test_what_a_round_has_drawn_as_something_else_waits_no_more(database):
    with database.writing() as connection:
        pull(connection, {"o__r-0": "other"})
        freeze(connection, 2)
        assert pending_reissues(connection) == []
        assert standings(connection)["o__r-0-1"] is Standing.SUPERSEDED

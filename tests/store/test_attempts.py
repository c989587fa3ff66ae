"""What is kept of a pull: the same again changes nothing, what changed is made anew, what was drawn stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mergecheck.assign.design import DrawnRound
from mergecheck.assign.queue import Queue
from mergecheck.changes.canonical import Made, Rung
from mergecheck.records import (
    Assignment,
    Attempt,
    Candidate,
    CanonicalChange,
    Disposition,
    Draw,
    FileChange,
    Grade,
    Hunk,
    Instance,
    Kind,
    Skip,
    Submission,
)
from mergecheck.store.attempts import (
    Pulled,
    all_submissions,
    keep_only,
    pending,
    save_benchmark,
    save_made,
    save_submission,
)
from mergecheck.store.candidates import load_candidate, save_candidate
from mergecheck.store.counts import count_study, skipped_rows
from mergecheck.store.database import Database
from mergecheck.store.drawn import SinceDrawn, due, last_round, since_drawn
from mergecheck.store.frames import attempts_frame, reviews_frame
from mergecheck.store.rounds import freeze_round

INSTANCES = [Instance(f"o__r-{n}", "o/r", "c" * 40, f"issue {n}", f"golden {n}") for n in range(3)]
AGENT = Submission("brook", "Brook 1", date(2024, 5, 1), "reed")
HUMAN = Submission("golden", "", None, "", is_golden=True)


def change(text: str) -> CanonicalChange:
    hunk = Hunk(1, 1, 1, 1, ("-old", f"+{text}"))
    file = FileChange(
        "a.py",
        Kind.MODIFIED,
        old_text="old\n",
        new_text=f"{text}\n",
        old_digest="0" * 64,
        new_digest=text * 8,
        old_mode="100644",
        new_mode="100755",
        hunks=(hunk,),
    )
    return CanonicalChange("1", (file,))


def pulled(
    submission: Submission, patches: dict[str, str], *, skips: int = 0, missing: tuple[str, ...] = ()
) -> Pulled:
    attempts = tuple(
        Attempt(submission.name, instance, patch, Grade.RESOLVED, "report.json", "preds.jsonl", row)
        for row, (instance, patch) in enumerate(patches.items(), start=1)
    )
    left = tuple(Skip(submission.name, "preds.jsonl", 9, f"x-{n}", "not_in_benchmark", "?") for n in range(skips))
    return Pulled(submission, attempts, left, len(attempts) + skips, ("json lines",), ("a note",), missing)


@pytest.fixture
def database(tmp_path) -> Database:
    database = Database.open(tmp_path / "study.db", create=True)
    with database.writing() as connection:
        save_benchmark(connection, INSTANCES, {instance.id for instance in INSTANCES})
        save_submission(connection, pulled(HUMAN, {one.id: one.golden_patch for one in INSTANCES}))
        save_submission(connection, pulled(AGENT, {"o__r-0": "p0", "o__r-1": "p1"}, skips=2, missing=("o__r-2",)))
    return database


def frozen(connection, number: int, drawn: list[tuple[Draw, str | None]], handed: list[Assignment]) -> None:
    """A round of these draws, whose assignments are all ada's."""
    candidates = {(draw.submission, draw.instance): candidate for draw, candidate in drawn}
    queues = (Queue("ada", tuple(handed), 1, 1, ()),) if handed else ()
    freeze_round(connection, number, {}, DrawnRound(tuple(draw for draw, _ in drawn), queues), candidates)


def make_all(database: Database, made_with: str = "rules 1") -> int:
    with database.writing() as connection:
        tasks = pending(connection, made_with)
        made = [
            (
                task,
                Made(
                    Disposition.REVIEWABLE,
                    change("golden" if task.instance == "o__r-0" else task.patch),
                    Rung.APPLY,
                ),
            )
            for task in tasks
        ]
        save_made(connection, made, made_with)
    return len(tasks)


def test_rows_add_up_and_what_was_not_run_is_counted(database):
    with database.reading() as connection:
        golden, brook = count_study(connection).submissions
        assert (golden.attempts, golden.resolved) == (3, 3)
        assert brook.rows_read == brook.attempts + sum(brook.skips.values()) == 4
        assert (brook.not_run, brook.with_patch, brook.notes) == (1, 2, ["a note"])
        assert [row["reason"] for row in skipped_rows(connection)] == ["not_in_benchmark"] * 2 + ["not_run"]


def test_changes_are_made_once_and_again_only_under_other_rules(database):
    assert make_all(database) == 5
    assert make_all(database) == 0
    assert make_all(database, "rules 2") == 5


def test_the_same_pull_keeps_what_was_made_and_another_patch_loses_it(database):
    make_all(database)
    with database.writing() as connection:
        save_submission(connection, pulled(AGENT, {"o__r-0": "p0", "o__r-1": "other"}))
        assert [task.instance for task in pending(connection, "rules 1")] == ["o__r-1"]


def test_an_attempt_that_is_gone_goes_unless_it_was_drawn(database):
    make_all(database)
    with database.writing() as connection:
        frozen(connection, 1, [(Draw("brook", "o__r-0", 1, True, 1.0, "x"), None)], [])
        save_submission(connection, pulled(AGENT, {}))
        frame = attempts_frame(connection)
    assert list(frame.loc[frame["submission"] == "brook", "instance"]) == ["o__r-0"]


def test_a_candidate_comes_back_as_it_went_in(database):
    with database.writing() as connection:
        for text in ("new", "caf\xe9 \udc80 \U0001f600"):
            made = change(text)
            identifier = save_candidate(connection, "o__r-0", made)
            assert save_candidate(connection, "o__r-0", made) == identifier
            assert load_candidate(connection, identifier) == Candidate("o__r-0", made)


def test_frames_say_what_was_drawn_and_who_made_the_same(database):
    make_all(database)
    with database.writing() as connection:
        fresh = {(one.submission, one.instance): one.candidate for one in due(connection)}
        drawn = [
            (Draw("golden", "o__r-0", 1, True, 0.5, "golden sample"), fresh["golden", "o__r-0"]),
            (Draw("golden", "o__r-1", 1, False, 0.5, "golden sample"), fresh["golden", "o__r-1"]),
            (Draw("brook", "o__r-0", 1, True, 1.0, "passed the grader"), fresh["brook", "o__r-0"]),
        ]
        handed = [Assignment("blind0", "ada", fresh["brook", "o__r-0"], 1, 1, 1)]
        frozen(connection, 1, drawn, handed)
        assert last_round(connection) == 1
        left = {(one.submission, one.instance) for one in due(connection)}
        assert left == {("golden", "o__r-2"), ("brook", "o__r-1")}
        attempts = attempts_frame(connection).set_index(["submission", "instance"])
        reviews = reviews_frame(connection, attempts_frame(connection))
    assert bool(attempts.loc[("brook", "o__r-0"), "same_as_golden"])
    assert not bool(attempts.loc[("golden", "o__r-0"), "same_as_golden"])
    assert list(attempts["sampled"].loc["golden"]) == [True, False, False]
    assert attempts.loc[("golden", "o__r-1"), "inclusion_probability"] == 0.5
    assert attempts["inclusion_probability"].isna().sum() == 3
    assert attempts.loc[("brook", "o__r-2"), "disposition"] == "not_run"
    assert list(reviews["assignment"]) == ["blind0"]
    assert reviews["decision"].isna().all()


def test_a_handed_out_attempt_keeps_its_candidate_whatever_a_later_pull_brings(database):
    make_all(database)
    with database.writing() as connection:
        fresh = {(one.submission, one.instance): one.candidate for one in due(connection)}
        handed = fresh["brook", "o__r-1"]
        draw = (Draw("brook", "o__r-1", 1, True, 1.0, "x"), handed)
        frozen(connection, 1, [draw], [Assignment("blind0", "ada", handed, 1, 1, 1)])
        save_submission(connection, pulled(AGENT, {"o__r-0": "p0", "o__r-1": "rewritten"}))
    with database.writing() as connection:
        made = [
            (task, Made(Disposition.REVIEWABLE, change("else"), Rung.APPLY))
            for task in pending(connection, "rules 1")
        ]
        save_made(connection, made, "rules 1")
        frame = attempts_frame(connection).set_index(["submission", "instance"])
        again = next(one for one in due(connection) if (one.submission, one.instance) == ("brook", "o__r-1"))
        count = next(one for one in count_study(connection).submissions if one.submission == "brook")
    assert frame.loc[("brook", "o__r-1"), "candidate"] == handed
    # It was made into a new one, which the next round draws, and that is counted till then.
    assert again.changed
    assert again.candidate == Candidate("o__r-1", change("else")).id != handed
    assert (count.changed, count.remade) == (["o__r-1"], [])
    with database.writing() as connection:
        frozen(connection, 2, [(Draw("brook", "o__r-1", 2, True, 1.0, "x"), again.candidate)], [])
        frame = attempts_frame(connection).set_index(["submission", "instance"])
        assert frame.loc[("brook", "o__r-1"), ["candidate", "round"]].to_list() == [again.candidate, 2]
        # The first candidate is nobody's any more, and takes its reviews out of the analysis.
        assert list(reviews_frame(connection, attempts_frame(connection))["assignment"]) == []
        assert since_drawn(connection) == {}


def test_another_grade_counts_from_the_next_round_on(database):
    make_all(database)
    with database.writing() as connection:
        handed = next(one.candidate for one in due(connection) if one.submission == "brook")
        draw = (Draw("brook", "o__r-0", 1, True, 1.0, "x"), handed)
        frozen(connection, 1, [draw], [])
        regraded = pulled(AGENT, {"o__r-0": "p0", "o__r-1": "p1"})
        first = replace(regraded.attempts[0], grade=Grade.UNRESOLVED)
        save_submission(connection, replace(regraded, attempts=(first, regraded.attempts[1])))
        frame = attempts_frame(connection).set_index(["submission", "instance"])
        assert frame.loc[("brook", "o__r-0"), "grade"] == "resolved"
        one = next(one for one in due(connection) if one.instance == "o__r-0" and one.submission == "brook")
        assert (one.changed, one.passed, one.candidate) == (True, False, handed)
        frozen(connection, 2, [(Draw("brook", "o__r-0", 2, False, 0.0, "no longer passes"), handed)], [])
        frame = attempts_frame(connection).set_index(["submission", "instance"])
        assert frame.loc[("brook", "o__r-0"), ["grade", "sampled"]].to_list() == ["unresolved", False]


def test_other_rules_make_another_candidate_beside_the_one_that_was_handed_out(database):
    make_all(database)
    with database.writing() as connection:
        handed = next(one.candidate for one in due(connection) if one.submission == "brook")
        frozen(connection, 1, [(Draw("brook", "o__r-0", 1, True, 1.0, "x"), handed)], [])
        made = [
            (task, Made(Disposition.REVIEWABLE, change(f"anew {task.instance}"), Rung.APPLY))
            for task in pending(connection, "rules 2")
        ]
        save_made(connection, made, "rules 2")
        frame = attempts_frame(connection).set_index(["submission", "instance"])
        assert frame.loc[("brook", "o__r-0"), "candidate"] == handed
        assert since_drawn(connection) == {"brook": SinceDrawn(remade=("o__r-0",))}
        # Of itself it is no reason to show it again; where the study's policies were changed on purpose it is.
        assert ("brook", "o__r-0") not in {(one.submission, one.instance) for one in due(connection)}
        asked = {(one.submission, one.instance): one for one in due(connection, remade=True)}
        assert asked["brook", "o__r-0"].candidate == Candidate("o__r-0", change("anew o__r-0")).id


def test_a_submission_that_is_no_longer_listed_leaves_the_study_and_is_kept(database):
    with database.writing() as connection:
        assert keep_only(connection, {"golden"}) == ["brook"]
        assert [one.name for one in all_submissions(connection)] == ["golden"]
        assert set(attempts_frame(connection)["submission"]) == {"golden"}
        save_submission(connection, pulled(AGENT, {"o__r-0": "p0"}))
        assert [one.name for one in all_submissions(connection)] == ["golden", "brook"]


def test_what_other_rules_make_alike_is_the_same_candidate(database):
    alike = replace(change("new"), rules="2")
    with database.writing() as connection:
        first = save_candidate(connection, "o__r-0", change("new"))
        assert save_candidate(connection, "o__r-0", alike) == first
        assert save_candidate(connection, "o__r-1", alike) != first
        assert load_candidate(connection, first) == Candidate("o__r-0", change("new"))


def test_what_another_pull_has_brought_meanwhile_is_not_taken_for_what_was_applied(database):
    with database.writing() as connection:
        tasks = pending(connection, "rules 1")
        save_submission(connection, pulled(AGENT, {"o__r-0": "newer", "o__r-1": "p1"}))
        made = [(task, Made(Disposition.REVIEWABLE, change(task.patch), Rung.APPLY)) for task in tasks]
        save_made(connection, made, "rules 1")
        left = [(task.instance, task.patch) for task in pending(connection, "rules 1")]
    assert left == [("o__r-0", "newer")]

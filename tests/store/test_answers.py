"""Answers of one packet, from however many files, in whatever order they are collected."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mergecheck.packet.answers import AnswersFile, read_answers
from mergecheck.packet.events import EventType, OpenedBody, VerdictBody
from mergecheck.packet.outcome import branches, fold, merge
from mergecheck.records import Decision, Front, Verdict

DIGEST = "d" * 64


def verdict(decision: Decision, progress: int) -> VerdictBody:
    reason = "other" if decision is Decision.REQUEST_CHANGES else None
    return VerdictBody.of(Verdict(decision, reason, progress, 5, 10))


def add(path: Path, hour: int, decision: Decision, progress: int, item: str = "item") -> None:
    with AnswersFile.open(path, DIGEST, front=Front.PLAIN) as file:
        file.append(
            EventType.VERDICT, item, verdict(decision, progress), at=datetime(2026, 1, 2, hour, tzinfo=UTC)
        )


@pytest.fixture
def forked(tmp_path) -> tuple[Path, Path]:
    """A file begun on one machine, copied to a second, continued on both: the later verdict is on the first."""
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    with AnswersFile.open(one, DIGEST, front=Front.PLAIN) as file:
        opened = OpenedBody(study_id="s", reviewer="r", round=1, program="p", session="0")
        file.append(EventType.OPENED, body=opened, at=datetime(2026, 1, 2, 1, tzinfo=UTC))
    add(one, 2, Decision.ACCEPT, 10)
    two.write_bytes(one.read_bytes())
    for hour in range(3, 9):
        add(two, hour, Decision.REQUEST_CHANGES, hour)
    add(one, 12, Decision.ACCEPT, 99)
    return one, two


def test_a_forked_file_is_taken_apart_into_the_two_it_was(forked):
    events = {event.id: event for path in forked for event in read_answers(path).events}
    found = branches(events.values())
    assert sorted(tuple(event.id for event in branch) for branch in found) == sorted(
        tuple(event.id for event in read_answers(path).events) for path in forked
    )


def test_the_later_verdict_counts_whichever_file_is_longer_and_comes_first(forked):
    events = {event.id: event for path in forked for event in read_answers(path).events}
    for order in (list(events.values()), list(events.values())[::-1]):
        review = fold(merge(branches(order)))["item"]
        assert (review.verdict.decision, review.verdict.progress) == (Decision.ACCEPT, 99)


def test_files_that_were_begun_apart_stay_apart(tmp_path):
    paths = [tmp_path / f"{n}.jsonl" for n in range(3)]
    for n, path in enumerate(paths):
        add(path, 4 - n, Decision.ACCEPT, n)
    for order in itertools.permutations(paths):
        events = [event for path in order for event in read_answers(path).events]
        assert len(branches(events)) == 3
        assert fold(merge(branches(events)))["item"].verdict.progress == 0

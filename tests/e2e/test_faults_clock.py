"""A clock that is set back, the organiser's or a reviewer's, changes times and nothing else."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from mergecheck.packet.events import EventType
from mergecheck.records import Author, Decision, Front, Guess, Recognised, Verdict
from review_ui.clock import ManualClock
from review_ui.desk import Desk

DAYS = -400


def times(study, query):
    with closing(sqlite3.connect(study / "study.db")) as connection:
        return [row[0] for row in connection.execute(query)]


def timeless(report):
    """A report without the times at which its study was closed, its plan locked and its result looked at."""
    told = {name: value for name, value in json.loads(report.stdout).items() if name != "closed_at"}
    del told["plan"]["locked"]["at"], told["plan"]["looks"]["first"], told["plan"]["looks"]["last"]
    return told


def test_an_organiser_s_clock_that_goes_back_with_each_command(faults, place, stages):
    """Every command is a year and more before the one before it; the journal keeps the order of the deeds."""
    here = place("pull")
    for number, command in enumerate(("pull", "assign", "simulate")):
        here.run(command, clock=DAYS * number)
    for path in list((here.study / "packets").glob("*.answers.jsonl")):
        path.rename(here.study / "answers" / path.name)
    here.run("collect", clock=DAYS * 3)
    here.run("collect", clock=DAYS * 4)
    here.run("close", clock=DAYS * 5)
    assert "was closed at" in here.run("close", clock=DAYS * 6).stderr
    at = times(here.study, "SELECT at FROM journal ORDER BY id")
    assert at == sorted(at, reverse=True)
    assert at[-1] < at[0][:4]
    commands = times(here.study, "SELECT command FROM journal ORDER BY id")
    assert list(dict.fromkeys(commands)) == ["pull", "assign", "simulate", "collect", "close"]
    still = place("closed", "still")
    reports = [timeless(one.run("report", "--json", clock=DAYS * 7)) for one in (here, still)]
    assert reports[0] == reports[1]
    assert here.run("status").stdout.splitlines()[2:] == still.run("status").stdout.splitlines()[2:]
    assert "the study is closed" in here.run("assign", code=1, clock=DAYS * 8).stderr


def review(packet, moves):
    """Review a packet in as many sessions as there are moves of the clock, in days; time on it goes on."""
    clock = ManualClock()
    for session, days in enumerate(moves):

        def now(days=days):
            return datetime.now(UTC) + timedelta(days=days, seconds=clock())

        with Desk.open(packet, front=Front.PLAIN, clock=clock, now=now) as desk:
            todo = len(desk.queue) if session == len(moves) - 1 else len(desk.queue) // len(moves)
            for number in range(todo):
                item = desk.first_open
                if item is None:
                    break
                desk.show(item)
                clock.advance(30 + 10 * number)
                if number % 3 == 1:
                    desk.verdict(item, Verdict(Decision.SKIP, skip_reason=desk.form.skip_reasons[0].key))
                    desk.undo()
                    clock.advance(5)
                refused = number % 2
                desk.verdict(
                    item,
                    Verdict(
                        Decision.REQUEST_CHANGES if refused else Decision.ACCEPT,
                        reason=desk.form.reasons[0].key if refused else None,
                        progress=50 if refused else 90,
                        confidence=7,
                        baseline_minutes=30.0,
                        comment="",
                    ),
                )
                desk.open_guess(item)
                desk.guess(item, Guess(author=Author.AI, confidence=4, recognised=Recognised.NO))
            desk.leave()


@pytest.fixture
def reviews(faults, place):
    """The reviews that come of a packet that was reviewed with these moves of the clock."""

    def made(name, moves):
        from mergecheck.store.answers import reviews
        from mergecheck.store.database import Database

        here = place("simulate", name)
        packet = min((here.study / "packets").glob("*.packet"))
        review(packet, moves)
        here.run("collect", str(packet.with_suffix(".answers.jsonl")))
        with Database.open(here.study / "study.db").reading() as connection:
            return reviews(connection), packet.with_suffix(".answers.jsonl")

    return made


def facts_of(review):
    return (
        review.verdict,
        review.final,
        review.guess,
        review.active_seconds,
        review.front,
        review.guess_opened,
        review.corrections,
    )


@pytest.mark.parametrize("moves", [(0, -3), (0, -400, 2), (-1, -2, -3)])
def test_a_reviewer_s_clock_that_is_set_back_between_sessions(reviews, moves):
    found, file = reviews("moved", moves)
    still, _ = reviews("still", (0,) * len(moves))
    by_item = [{item: facts_of(one) for item, one in read.items()} for read in (found, still)]
    assert by_item[0] == by_item[1]
    assert all(one.active_seconds > 0 for one in found.values())
    at = [json.loads(line)["at"] for line in file.read_text().splitlines()]
    assert at != sorted(at)


def test_a_clock_that_goes_back_while_a_review_is_open(place):
    """Time on an item is measured by a clock that nobody sets; the other one only dates the events."""
    here = place("simulate")
    packet = min((here.study / "packets").glob("*.packet"))
    moments = iter(datetime(2026, 1, 1, tzinfo=UTC) - timedelta(hours=number) for number in range(10_000))
    clock = ManualClock()
    with Desk.open(packet, front=Front.PLAIN, clock=clock, now=lambda: next(moments)) as desk:
        item = desk.queue[0]
        desk.show(item)
        clock.advance(40)
        desk.skip(item, desk.form.skip_reasons[0].key)
        desk.leave()
    lines = [json.loads(line) for line in packet.with_suffix(".answers.jsonl").read_text().splitlines()]
    spent = [line["body"] for line in lines if line["type"] == EventType.TIME]
    assert [one["active_seconds"] for one in spent if one["active_seconds"]] == [40]
    assert all(one["active_seconds"] >= 0 <= one["wall_seconds"] for one in spent)
    here.run("collect", str(packet.with_suffix(".answers.jsonl")))

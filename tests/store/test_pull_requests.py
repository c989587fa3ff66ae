"""Pull requests in the store: kept as they came, once each, found by scope."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from mergecheck.records import Instance
from mergecheck.sources.github_record import NotFetched, PullRequest, Wanted, pull_request_of
from mergecheck.store.attempts import save_benchmark
from mergecheck.store.database import Database
from mergecheck.store.pull_requests import (
    count_pull_requests,
    instances_without,
    involved,
    load_pull_requests,
    save_pull_request,
)
from mergecheck.store.schema import pull_requests

IDS = ["o__lib-12", "o__lib-7", "o__lib-9"]


def made(instance: str = "o__lib-7", **more: object) -> PullRequest:
    fields: dict[str, object] = {
        "instance": instance,
        "repo": "o/lib",
        "number": 7,
        "url": "https://github.example/o/lib/pull/7",
        "title": "Fix the tide",
        "author": "ann",
        "commit_authors": ("ann", "ben"),
        "committers": ("ann",),
        "unlinked": ("C. Old",),
        "reviewers": ("cy",),
        "requested": (),
        "requested_teams": ("core",),
        "merged_by": "cy",
        "created_at": datetime(2020, 1, 1, 12, tzinfo=UTC),
        "first_review_at": datetime(2020, 1, 2, tzinfo=UTC),
        "merged_at": datetime(2020, 1, 3, 18, 30, tzinfo=UTC),
        "closed_at": datetime(2020, 1, 3, 18, 30, tzinfo=UTC),
        "closes": ("o/lib#6",),
        "mentions": ("o/other#1",),
        **more,
    }
    return PullRequest(**fields)  # type: ignore[arg-type]  # fields by name


@pytest.fixture
def database(tmp_path) -> Database:
    database = Database.open(tmp_path / "study.db", create=True)
    with database.writing() as connection:
        save_benchmark(connection, [Instance(one, "o/lib", "c", "p", "g") for one in IDS], set(IDS))
    return database


@pytest.mark.parametrize(
    "pull_request",
    [
        made(),
        made(author=None, merged_by=None, merged_at=None, first_review_at=None, reviewers=(), closes=()),
    ],
    ids=["all", "least"],
)
def test_what_is_kept_is_what_came(database, pull_request):
    with database.writing() as connection:
        save_pull_request(connection, pull_request)
    with database.reading() as connection:
        assert load_pull_requests(connection) == {"o__lib-7": pull_request}


def test_a_second_one_for_the_same_instance_changes_nothing(database):
    for title in ("first", "second"):
        with database.writing() as connection:
            save_pull_request(connection, made(title=title))
    with database.reading() as connection:
        assert load_pull_requests(connection)["o__lib-7"].title == "first"


def test_what_is_missing_is_what_is_in_scope_and_not_known(database):
    with database.writing() as connection:
        save_pull_request(connection, made())
    with database.reading() as connection:
        assert [one.id for one in instances_without(connection)] == ["o__lib-12", "o__lib-9"]
        assert count_pull_requests(connection) == 1
    with database.writing() as connection:
        save_benchmark(connection, [Instance(one, "o/lib", "c", "p", "g") for one in IDS], {"o__lib-12"})
    with database.reading() as connection:
        assert [one.id for one in instances_without(connection)] == ["o__lib-12"]
        assert count_pull_requests(connection) == 0
        assert list(load_pull_requests(connection)) == ["o__lib-7"]


def test_times_are_kept_in_utc_and_the_fetching_is_dated(database):
    east = timezone(timedelta(hours=5))
    with database.writing() as connection:
        save_pull_request(connection, made(created_at=datetime(2020, 1, 1, 3, tzinfo=east)))
    with database.reading() as connection:
        row = connection.execute(select(pull_requests)).mappings().one()
    assert row["created_at"] == "2019-12-31T22:00:00+00:00"
    assert datetime.fromisoformat(row["fetched_at"]).utcoffset() == timedelta(0)


def test_a_lone_surrogate_is_written_out(database):
    with database.writing() as connection:
        save_pull_request(connection, made(title="half \ud83d", unlinked=("a \udc00",)))
    with database.reading() as connection:
        kept = load_pull_requests(connection)["o__lib-7"]
    assert (kept.title, kept.unlinked) == ("half \\ud83d", ("a \\udc00",))


def test_the_real_review_took_from_created_to_merged():
    assert made().review_hours == 54.5
    assert made(merged_at=None).review_hours is None


@pytest.mark.parametrize(
    ("instance", "number"), [("o__lib-7", 7), ("a-b__c-d-0012", 12), ("scikit-learn__scikit-learn-25638", 25638)]
)
def test_an_id_ends_in_the_number(instance, number):
    assert pull_request_of(Instance(instance, "o/lib", "c", "p", "g")) == Wanted(instance, "o/lib", number)


@pytest.mark.parametrize(
    "instance",
    ["o__lib", "o__lib-0", "o__lib-v7", "o__lib-7a", "o__lib-7\n", "o__lib-" + "1" * 40, "o__lib-٣", ""],
)
def test_an_id_that_does_not_is_said(instance):
    found = pull_request_of(Instance(instance, "o/lib", "c", "p", "g"))
    assert isinstance(found, NotFetched)
    assert (found.instance, found.reason) == (instance, "no_number")


def test_involved_is_whoever_wrote_committed_reviewed_or_merged_it(database):
    people = {
        "author": "Ann",
        "commit_authors": ("ann", "Ben-B"),
        "committers": ("cal", "Web-Flow", "web-flow"),
        "reviewers": ("dee", "Stale[bot]"),
        "requested": ("eve",),
        "merged_by": "merge-queue[bot]",
    }
    with database.writing() as connection:
        save_pull_request(connection, made(**people))
        save_pull_request(connection, made("o__lib-9", merged_by="FAY", commit_authors=(), committers=()))
    with database.reading() as connection:
        assert involved(connection) == {
            "o__lib-7": frozenset({"ann", "ben-b", "cal", "dee"}),
            "o__lib-9": frozenset({"ann", "cy", "fay"}),
        }


def test_nobody_is_involved_where_all_accounts_are_gone_and_a_bot_in_the_middle_is_a_name(database):
    gone = {"author": None, "commit_authors": (), "committers": (), "reviewers": (), "merged_by": None}
    with database.reading() as connection:
        assert involved(connection) == {}
    with database.writing() as connection:
        save_pull_request(connection, made(**gone))
        save_pull_request(connection, made("o__lib-9", **{**gone, "author": "botany", "merged_by": "web-flower"}))
    with database.reading() as connection:
        assert involved(connection) == {
            "o__lib-7": frozenset(),
            "o__lib-9": frozenset({"botany", "web-flower"}),
        }

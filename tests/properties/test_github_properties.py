"""Whatever a server answers: one result for each pull request, in order, and the next run fetches the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mergecheck.sources.github import fetch_pull_requests
from mergecheck.sources.github_access import Access
from mergecheck.sources.github_record import NotFetched, PullRequest, Wanted
from mergecheck.sources.github_waits import Patience

TOKEN = "ghp_SecretSecretSecret0123456789"
PARTS = ("/pulls/{n}$", "/pulls/{n}/commits$", "/pulls/{n}/reviews$")
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

KEYS = st.sampled_from(
    ["login", "url", "repo", "full_name", "slug", "user", "state", "author", "name", "submitted_at"]
)
TIMES = st.sampled_from(
    [
        "2020-01-01T00:00:00",
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00+05:00",
        "0001-01-01T00:00:00+05:00",
        "now",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | TIMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | KEYS, inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def server(fake_github) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setattr("mergecheck.sources.github.PAUSE_SECONDS", 0)
        hub = fake_github.FakeGitHub()
        yield hub
        hub.close()


def anew(hub: Any, numbers: range) -> list[Wanted]:
    """The server with these pull requests and nothing planned."""
    hub.planned.clear()
    hub.requests.clear()
    hub.clock.slept.clear()
    hub.token, hub.an_hour, hub.used = TOKEN, 5000, 0
    for number in numbers:
        hub.add("o/lib", number)
    return [Wanted(f"o__lib-{number}", "o/lib", number) for number in numbers]


def fetch(hub: Any, wanted: list[Wanted], cap: float) -> list[PullRequest | NotFetched]:
    patience = Patience(cap, lambda why, left: None, hub.clock.sleep, hub.clock.now)
    return list(fetch_pull_requests(wanted, Access(hub.url, TOKEN), patience))


def faults(fake: Any) -> dict[str, Any]:
    return {
        "404": fake.Answer(404, {"message": "Not Found"}),
        "410": fake.Answer(410, {"message": "Gone"}),
        "403": fake.Answer(403, {"message": f"No {TOKEN}"}),
        "401": fake.Answer(401, {"message": "Bad credentials"}),
        "502": fake.Answer(502, b"<html>"),
        "secondary": fake.secondary(after="30"),
        "429": fake.secondary(429, None),
        "long": fake.secondary(after="4000"),
        "hang up": fake.Answer(hang_up=True),
        "cut": fake.Answer(body={"x": "y" * 99}, cut=True),
        "nonsense": fake.Answer(body=b"<html>"),
    }


NAMES = ("404", "410", "403", "401", "502", "secondary", "429", "long", "hang up", "cut", "nonsense")


@SETTINGS
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sampled_from(PARTS), st.sampled_from(NAMES), st.integers(1, 6)), max_size=8
    ),
    st.integers(0, 3000),
    st.integers(3, 30),
)
def test_each_gets_one_result_in_order_and_the_next_run_ends_it(server, fake_github, planned, cap, an_hour):
    wanted = anew(server, range(1, 6))
    server.an_hour = an_hour
    for number, part, fault, times in planned:
        server.plan(part.format(n=number), *[faults(fake_github)[fault]] * times)
    results = fetch(server, wanted, cap)
    assert [one.instance for one in results] == [one.instance for one in wanted]
    assert "Secret" not in repr(results)
    # Limits count towards the cap; failures back off 14 seconds at most for each request.
    assert sum(server.clock.slept) <= cap + 1 + 14 * 15 + 1e-6
    stopped = [isinstance(one, NotFetched) and one.reason == "not_asked" for one in results]
    assert stopped == sorted(stopped)
    server.planned.clear()
    server.clock.time += 3600
    server.an_hour = 5000
    left = [one for one, result in zip(wanted, results, strict=True) if isinstance(result, NotFetched)]
    assert all(isinstance(one, PullRequest) for one in fetch(server, left, 0))


PLAIN = ["number", "title", "body", "html_url", "url", "created_at", "merged_at", "closed_at"]
PARTS_OF_IT = ["user", "merged_by", "base", "requested_reviewers", "requested_teams"]


def check(one: PullRequest | NotFetched, *reasons: str) -> None:
    """A pull request whose fields are of the types that they are declared as, or one of the reasons."""
    if isinstance(one, NotFetched):
        assert one.reason in reasons
        return
    assert all(isinstance(text, str) for text in (one.repo, one.url, one.title))
    assert all(login is None or isinstance(login, str) for login in (one.author, one.merged_by))
    people = (one.commit_authors, one.committers, one.unlinked, one.reviewers, one.requested, one.requested_teams)
    assert all(isinstance(name, str) for names in people for name in names)
    times = (one.created_at, one.first_review_at, one.merged_at, one.closed_at)
    assert all(moment is None or moment.utcoffset() == timedelta(0) for moment in times)
    assert one.review_hours is None or isinstance(one.review_hours, float)


@SETTINGS
@given(
    st.sampled_from([*PLAIN, *PARTS_OF_IT]),
    json_values,
)
def test_a_field_of_another_shape_is_taken_or_named_and_never_a_crash(server, field, value):
    wanted = anew(server, range(1, 3))
    server.pulls[server.ids["o/lib"], 1][field] = value
    first, second = fetch(server, wanted, 0)
    check(first, "malformed", "not_found")
    assert isinstance(second, PullRequest)


@SETTINGS
@given(st.sampled_from(PARTS), json_values | st.binary(max_size=40))
def test_any_answer_is_taken_or_named_and_never_a_crash(server, fake_github, part, body):
    wanted = anew(server, range(1, 3))
    server.plan(part.format(n=1), fake_github.Answer(body=body))
    first, second = fetch(server, wanted, 0)
    check(first, "malformed")
    assert isinstance(second, PullRequest)


@SETTINGS
@given(st.sampled_from(["author", "committer", "commit", "sha", "url"]), json_values)
def test_a_commit_of_another_shape_is_taken_or_named_and_never_a_crash(server, field, value):
    wanted = anew(server, range(1, 3))
    server.commits[server.ids["o/lib"], 1][0][field] = value
    first, second = fetch(server, wanted, 0)
    check(first, "malformed", "not_found")
    assert isinstance(second, PullRequest)

"""Pull requests from a local server that answers as GitHub does, through PyGithub itself."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from mergecheck.errors import SourceError
from mergecheck.sources.github import fetch_pull_requests
from mergecheck.sources.github_access import Access
from mergecheck.sources.github_record import NotFetched, PullRequest, Wanted
from mergecheck.sources.github_waits import Patience

HOUR = 3600.0
TOKEN = "ghp_SecretSecretSecret0123456789"


def wanted(number: int, repo: str = "o/lib") -> Wanted:
    return Wanted(f"{repo.replace('/', '__')}-{number}", repo, number)


@pytest.fixture
def shown() -> list[tuple[str, float]]:
    return []


@pytest.fixture
def fetch(hub, shown):
    """Fetch these numbers of o/lib, or these wanted; returns a list of what came."""

    def run(*which, cap=HOUR, token=None, base_url=None):
        patience = Patience(cap, lambda why, left: shown.append((why, left)), hub.clock.sleep, hub.clock.now)
        every = [one if isinstance(one, Wanted) else wanted(one) for one in which]
        return list(fetch_pull_requests(every, Access(base_url or hub.url, token), patience))

    return run


def reasons(results) -> list[str]:
    return [one.reason if isinstance(one, NotFetched) else "fetched" for one in results]


class TestWhatIsFetched:
    def test_everything_that_is_kept(self, hub, fetch, fake_github):
        hub.add(
            "o/lib",
            7,
            title="Fix the tide (fixes #3)",
            body="Resolves o/other#4, see #5.",
            requested_reviewers=[fake_github.user("una")],
            requested_teams=[{"id": 1, "slug": "core", "name": "Core"}],
        )
        key = (hub.ids["o/lib"], 7)
        hub.commits[key] = [
            fake_github.commit("ann", "web-flow"),
            fake_github.commit("ben", "cleo"),
            fake_github.commit(None, None, "Old Name"),
        ]
        hub.reviews[key] = [
            fake_github.review("ann", "2020-01-01T13:00:00Z", "COMMENTED"),
            fake_github.review("rex", "2020-01-02T18:00:00Z", "CHANGES_REQUESTED"),
            fake_github.review("una", "2020-01-02T06:00:00Z"),
            fake_github.review("rex", "2020-01-02T20:00:00Z"),
            fake_github.review("late", None, "PENDING"),
        ]
        assert fetch(7) == [
            PullRequest(
                instance="o__lib-7",
                repo="o/lib",
                number=7,
                url="https://github.com/o/lib/pull/7",
                title="Fix the tide (fixes #3)",
                author="ann",
                commit_authors=("ann", "ben"),
                committers=("cleo",),
                unlinked=("Old Name",),
                reviewers=("rex", "una", "late"),
                requested=("una",),
                requested_teams=("core",),
                merged_by="max",
                created_at=datetime(2020, 1, 1, 12, tzinfo=UTC),
                first_review_at=datetime(2020, 1, 2, 6, tzinfo=UTC),
                merged_at=datetime(2020, 1, 3, 12, tzinfo=UTC),
                closed_at=datetime(2020, 1, 3, 12, tzinfo=UTC),
                closes=("o/lib#3", "o/other#4"),
                mentions=("o/lib#5",),
            )
        ]
        assert len(hub.requests) == 3

    def test_deleted_accounts_and_an_unmerged_pull_request(self, hub, fetch, fake_github):
        hub.add("o/lib", 7, user=None, merged_by=None, merged_at=None, merged=False, body=None)
        key = (hub.ids["o/lib"], 7)
        hub.commits[key] = [{**fake_github.commit(None, None, "Gone"), "author": {}}]
        hub.reviews[key] = [fake_github.review(None, "2020-01-02T06:00:00Z")]
        (one,) = fetch(7)
        assert (one.author, one.merged_by, one.merged_at, one.review_hours) == (None, None, None, None)
        assert (one.commit_authors, one.unlinked, one.reviewers) == ((), ("Gone",), ())
        assert one.first_review_at == datetime(2020, 1, 2, 6, tzinfo=UTC)

    @pytest.mark.parametrize("count", [0, 1, 30, 31, 100, 101, 250])
    def test_pages_are_followed_to_the_end(self, hub, fetch, fake_github, count):
        hub.add("o/lib", 7)
        key = (hub.ids["o/lib"], 7)
        hub.reviews[key] = [fake_github.review(f"u{n}", "2020-01-02T06:00:00Z") for n in range(count)]
        (one,) = fetch(7)
        assert one.reviewers == tuple(f"u{n}" for n in range(count))
        assert hub.asked("/reviews$") == max(1, -(-count // 100))

    def test_a_server_whose_pages_are_smaller(self, hub, fetch, fake_github):
        hub.largest_page = 2
        hub.add("o/lib", 7)
        hub.commits[hub.ids["o/lib"], 7] = [fake_github.commit(f"u{n}", None) for n in range(5)]
        (one,) = fetch(7)
        assert one.commit_authors == ("u0", "u1", "u2", "u3", "u4")

    def test_a_renamed_repository_is_followed_and_named_as_it_is_now(self, hub, fetch, fake_github):
        hub.largest_page = 2
        hub.add("o/lib", 7)
        hub.commits[hub.ids["o/lib"], 7] = [fake_github.commit(f"u{n}", None) for n in range(5)]
        hub.rename("o/lib", "new/name")
        (one,) = fetch(7)
        assert (one.repo, one.url) == ("new/name", "https://github.com/new/name/pull/7")
        assert one.closes == ("new/name#1007",)
        assert len(one.commit_authors) == 5
        assert hub.asked("/repos/o/lib") == 1

    def test_an_address_with_a_path_as_enterprise_has(self, fake_github, fetch):
        hub = fake_github.FakeGitHub(prefix="/api/v3")
        hub.largest_page = 1
        hub.add("o/lib", 7)
        hub.commits[hub.ids["o/lib"], 7] *= 3
        hub.rename("o/lib", "new/name")
        assert reasons(fetch(7, base_url=hub.url)) == ["fetched"]
        hub.close()

    def test_results_come_one_by_one_in_order(self, hub):
        for number in (1, 2, 3):
            hub.add("o/lib", number)
        patience = Patience(HOUR, lambda why, left: None, hub.clock.sleep, hub.clock.now)
        results = fetch_pull_requests([wanted(n) for n in (3, 1, 2)], Access(hub.url), patience)
        assert next(results).number == 3
        assert len(hub.requests) == 3
        assert [one.number for one in results] == [1, 2]


class TestLimits:
    def test_the_hourly_limit_is_waited_for_and_the_same_request_made_again(self, hub, fetch, shown):
        hub.an_hour = 60
        for number in range(1, 31):
            hub.add("o/lib", number)
        start = hub.clock.time
        assert reasons(fetch(*range(1, 31))) == ["fetched"] * 30
        # 90 requests: one hour's worth, a wait to the end of the hour, the rest.
        assert HOUR <= hub.clock.time - start <= HOUR + 2
        assert len(hub.requests) == 91
        assert max(hub.clock.slept) <= 1
        left = [seconds for _, seconds in shown]
        assert left == sorted(left, reverse=True)
        assert left[0] == pytest.approx(HOUR, abs=2)
        assert left[-1] == 0

    def test_a_wait_beyond_the_cap_stops_at_once_and_says_when_to_go_on(self, hub, fetch):
        hub.an_hour = 60
        for number in range(1, 31):
            hub.add("o/lib", number)
        results = fetch(*range(1, 31), cap=HOUR / 2)
        assert reasons(results) == ["fetched"] * 20 + ["not_asked"] * 10
        assert hub.clock.slept == []
        assert "hourly rate limit" in results[-1].what
        assert "30 min" in results[-1].what
        again = datetime.fromtimestamp(hub.window + HOUR + 1, UTC)
        assert f"{again:%Y-%m-%d %H:%M} UTC" in results[-1].fix
        assert "--github-wait" in results[-1].fix

    def test_the_cap_is_on_all_waits_together(self, hub, fetch):
        hub.an_hour = 3
        for number in range(1, 5):
            hub.add("o/lib", number)
        assert reasons(fetch(1, 2, 3, 4, cap=2.5 * HOUR)) == ["fetched"] * 3 + ["not_asked"]

    def test_a_wrong_clock_here_does_no_harm(self, hub, fetch):
        hub.an_hour = 3
        hub.add("o/lib", 1)
        hub.add("o/lib", 2)
        patience = Patience(HOUR + 60, lambda why, left: None, hub.clock.sleep, lambda: hub.clock.now() - 86400)
        results = list(fetch_pull_requests([wanted(1), wanted(2)], Access(hub.url), patience))
        assert reasons(results) == ["fetched"] * 2

    @pytest.mark.parametrize("status", [403, 429])
    @pytest.mark.parametrize(("after", "seconds"), [("37", 37), (None, 60), ("soon", 60), ("0", 1)])
    def test_the_secondary_limit_is_waited_for(self, hub, fetch, fake_github, status, after, seconds):
        hub.add("o/lib", 7)
        hub.plan("/reviews$", fake_github.secondary(status, after))
        assert reasons(fetch(7)) == ["fetched"]
        assert sum(hub.clock.slept) == seconds
        assert hub.asked("/reviews$") == 2

    def test_a_secondary_limit_beyond_the_cap_stops(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        hub.plan("/pulls/7$", fake_github.secondary(after="7200"))
        assert reasons(fetch(7)) == ["not_asked"]
        assert hub.clock.slept == []

    def test_a_limit_that_comes_again_and_again_is_waited_for_longer_until_the_cap(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        hub.plan("/pulls/7$", *[fake_github.secondary(after="1") for _ in range(50)])
        assert reasons(fetch(7)) == ["not_asked"]
        assert sum(hub.clock.slept) == 1 + 60 + 120 + 240 + 480 + 960
        assert len(hub.requests) == 7

    def test_more_limits_than_tries_are_no_failure(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        for path in ("/pulls/7$", "/commits$", "/reviews$"):
            hub.plan(path, *[fake_github.secondary(after="1") for _ in range(3)])
        assert reasons(fetch(7)) == ["fetched"]

    def test_a_limit_of_a_proxy_that_speaks_no_json(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        hub.plan("/pulls/7$", fake_github.Answer(429, b"<html>slow down</html>"))
        assert reasons(fetch(7)) == ["fetched"]
        assert sum(hub.clock.slept) == 60


class TestFailures:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [(404, "not_found"), (410, "gone"), (451, "gone"), (403, "forbidden"), (422, "other"), (418, "other")],
    )
    def test_one_that_cannot_be_had_is_named_and_the_next_is_fetched(
        self, hub, fetch, fake_github, status, reason
    ):
        hub.add("o/lib", 7)
        hub.add("o/lib", 8)
        hub.plan("/pulls/7$", fake_github.Answer(status, {"message": "Said so"}))
        first, second = fetch(7, 8)
        assert (first.instance, first.reason) == ("o__lib-7", reason)
        assert "o/lib#7" in first.what
        assert "Said so" in first.what
        assert first.fix
        assert second.number == 8
        assert hub.asked("/pulls/7$") == 1
        assert hub.clock.slept == []

    def test_an_unknown_number_and_an_unknown_repository(self, hub, fetch):
        hub.add("o/lib", 7)
        assert reasons(fetch(8, wanted(7, "no/such"))) == ["not_found"] * 2

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_failure_that_passes_is_tried_again(self, hub, fetch, fake_github, status):
        hub.add("o/lib", 7)
        hub.plan("/commits$", fake_github.Answer(status, b"<html>oops"), fake_github.Answer(status, {}))
        assert reasons(fetch(7)) == ["fetched"]
        assert hub.asked("/commits$") == 3
        # At once, then after two seconds.
        assert sum(hub.clock.slept) == 2

    def test_a_failure_that_lasts_is_named_after_a_bounded_number_of_tries(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        hub.add("o/lib", 8)
        hub.plan("/pulls/7$", *[fake_github.Answer(502, {"message": "Server Error"}) for _ in range(50)])
        first, second = fetch(7, 8)
        assert (first.reason, second.number) == ("server_error", 8)
        assert "502 (Server Error)" in first.what
        assert hub.asked("/pulls/7$") == 5
        assert sum(hub.clock.slept) == 2 + 4 + 8

    def test_a_failure_that_names_a_time_is_waited_for_within_the_cap(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        hub.plan("/pulls/7$", fake_github.Answer(503, {}, {"Retry-After": "90"}))
        assert reasons(fetch(7)) == ["fetched"]
        assert sum(hub.clock.slept) == 90
        hub.plan("/pulls/7$", fake_github.Answer(503, {}, {"Retry-After": "9000"}))
        assert reasons(fetch(7)) == ["not_asked"]

    def test_a_connection_that_breaks_is_tried_again(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        hub.plan("/reviews$", fake_github.Answer(hang_up=True), fake_github.Answer(hang_up=True))
        assert reasons(fetch(7)) == ["fetched"]
        assert hub.asked("/reviews$") == 3

    def test_an_answer_that_breaks_off_is_asked_for_once_more(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        hub.add("o/lib", 8)
        cut = fake_github.Answer(body=[{"x": "y" * 500}], cut=True)
        hub.plan("/commits$", cut)
        assert reasons(fetch(7, 8)) == ["fetched", "fetched"]
        hub.plan("/commits$", cut, cut)
        first, second = fetch(7, 8)
        assert (first.reason, second.number) == ("unreachable", 8)
        assert "broke off twice" in first.what

    def test_after_three_without_an_answer_the_rest_is_not_asked(self, hub, fetch):
        hub.close()
        results = fetch(1, 2, 3, 4, 5)
        assert reasons(results) == ["unreachable"] * 3 + ["not_asked"] * 2
        assert "refused" in results[0].what
        assert hub.url in results[0].what
        assert "3 pull requests in a row" in results[3].what

    def test_one_that_comes_between_begins_the_count_anew(self, hub, fetch, fake_github):
        for number in range(1, 7):
            hub.add("o/lib", number)
        hub.plan("/pulls/[1245]$", *[fake_github.Answer(500) for _ in range(10)])
        hub.plan("/pulls/[45]$", *[fake_github.Answer(500) for _ in range(10)])
        assert reasons(fetch(1, 2, 3, 4, 5, 6)) == ["server_error"] * 2 + ["fetched"] + ["server_error"] * 2 + [
            "fetched"
        ]

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/pulls/7$", b"<html>a captive portal</html>"),
            ("/pulls/7$", b""),
            ("/pulls/7$", b'{"number": 7, '),
            ("/pulls/7$", b"\xff\xfe"),
            ("/pulls/7$", b"null"),
            ("/pulls/7$", []),
            ("/pulls/7$", {}),
            ("/pulls/7$", {"number": 8, "title": "t", "created_at": "2020-01-01T00:00:00Z"}),
            ("/pulls/7$", {"number": "7"}),
            ("/pulls/7$", {"number": 7, "title": 3, "created_at": "2020-01-01T00:00:00Z"}),
            ("/pulls/7$", {"number": 7, "title": "t", "created_at": "yesterday"}),
            ("/pulls/7$", {"number": 7, "title": "t", "created_at": "2020-01-01T00:00:00Z", "base": None}),
            ("/reviews$", [{"state": "APPROVED", "user": None, "submitted_at": "2020-01-01T00:00:00"}]),
            ("/reviews$", [{"state": "APPROVED", "user": None, "submitted_at": "0001-01-01T00:00:00+05:00"}]),
            ("/commits$", {"not": "a list"}),
            ("/commits$", [{"sha": "1"}]),
            ("/commits$", b"[1, 2"),
            ("/reviews$", [{"user": "rex"}]),
            ("/reviews$", [{"user": {"login": 3}}]),
            ("/reviews$", "a string"),
            ("/reviews$", [{}]),
        ],
    )
    def test_an_answer_of_another_shape_is_named_and_the_next_is_fetched(
        self, hub, fetch, fake_github, path, body
    ):
        hub.add("o/lib", 7)
        hub.add("o/lib", 8)
        hub.plan(path, fake_github.Answer(body=body))
        first, second = fetch(7, 8)
        assert (first.instance, first.reason) == ("o__lib-7", "malformed")
        assert "o/lib#7" in first.what
        assert "\n" not in first.what
        assert second.number == 8

    def test_a_page_that_leads_elsewhere_is_not_followed(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        link = {"Link": '<http://evil.example/more?page=2>; rel="next"'}
        hub.plan("/commits$", fake_github.Answer(body=[fake_github.commit("ann", None)], headers=link))
        assert reasons(fetch(7, token=TOKEN)) == ["malformed"]

    def test_a_move_to_another_host_is_not_followed(self, hub, fetch, fake_github):
        hub.add("o/lib", 7)
        to = {"Location": "http://evil.example/repos/o/lib/pulls/7"}
        hub.plan("/pulls/7$", fake_github.Answer(301, {"message": "Moved"}, to))
        assert reasons(fetch(7, token=TOKEN)) == ["malformed"]


class TestToken:
    def test_it_is_sent(self, hub, fetch):
        hub.token = TOKEN
        hub.add("o/lib", 7)
        assert reasons(fetch(7, token=TOKEN)) == ["fetched"]
        assert hub.requests[0].authorization is not None

    def test_without_one_none_is_sent(self, hub, fetch):
        hub.add("o/lib", 7)
        assert reasons(fetch(7)) == ["fetched"]
        assert {one.authorization for one in hub.requests} == {None}

    def test_one_that_is_refused_stops_the_run_at_once(self, hub, fetch):
        hub.token = "another"
        results = fetch(1, 2, 3, token=TOKEN)
        assert reasons(results) == ["refused", "not_asked", "not_asked"]
        assert len(hub.requests) == 1
        assert "GITHUB_TOKEN" in results[0].fix

    def test_a_server_that_asks_for_one(self, hub, fetch):
        hub.token = "any"
        assert "asks for a token" in fetch(1)[0].what

    def test_it_is_in_no_text_whatever_goes_wrong(self, hub, fetch, fake_github, shown, caplog):
        caplog.set_level(logging.DEBUG)
        said = {"message": f"why {TOKEN} here"}
        for number in range(1, 9):
            hub.add("o/lib", number)
        hub.plan("/pulls/1$", fake_github.Answer(404, said))
        hub.plan("/pulls/2$", *[fake_github.Answer(500, said) for _ in range(9)])
        hub.plan("/pulls/3$", fake_github.Answer(body=[TOKEN]))
        hub.plan("/pulls/4$", *[fake_github.Answer(hang_up=True) for _ in range(9)])
        hub.plan("/pulls/5$", fake_github.Answer(403, f"text {TOKEN}".encode()))
        hub.plan("/pulls/6$", fake_github.Answer(body={"number": 6, "title": [TOKEN]}))
        hub.plan("/pulls/7$", fake_github.secondary(after="99999"))
        results = fetch(*range(1, 9), token=TOKEN)
        expected = ["not_found", "server_error", "malformed", "unreachable", "forbidden", "malformed"]
        assert reasons(results) == [*expected, "not_asked", "not_asked"]
        mine = [record.getMessage() for record in caplog.records if record.name.startswith("mergecheck")]
        assert TOKEN not in repr([results, shown, Access(hub.url, TOKEN), mine])

    def test_an_unusable_one_is_refused_before_anything_could_print_it(self):
        for bad in (f"{TOKEN} x", f"{TOKEN}\nX-Evil: 1", f"{TOKEN}\u2026", f"a{TOKEN}\x00"):
            with pytest.raises(SourceError, match="no token") as caught:
                Access.from_environment({"GITHUB_TOKEN": bad})
            assert "Secret" not in f"{caught.value}{caught.value!r}"
            assert caught.value.__cause__ is caught.value.__context__ is None

    def test_where_it_comes_from(self):
        assert Access.from_environment({}) == Access("https://api.github.com", None)
        assert Access.from_environment({"GH_TOKEN": "b"}).token == "b"
        assert Access.from_environment({"GITHUB_TOKEN": " a\n", "GH_TOKEN": "b"}).token == "a"
        assert Access.from_environment({"GITHUB_TOKEN": "", "GH_TOKEN": "b"}).token == "b"


class TestAccess:
    @pytest.mark.parametrize(
        "address",
        [
            "api.github.com",
            "ftp://x",
            "https://",
            "https://u:p@x",
            "https://x?y=1",
            "https://x:port",
            "http://[",
        ],
    )
    def test_an_address_that_is_none(self, address):
        with pytest.raises(SourceError, match="no address") as caught:
            Access.from_environment({"MERGECHECK_GITHUB_API": address})
        assert "MERGECHECK_GITHUB_API" in str(caught.value)

    def test_an_address(self):
        found = Access.from_environment({"MERGECHECK_GITHUB_API": "https://git.example/api/v3/"})
        assert found.base_url == "https://git.example/api/v3"

    def test_a_token_is_not_sent_in_clear_but_to_this_machine(self):
        for address, allowed in [
            ("https://git.example", True),
            ("http://localhost:8080", True),
            ("http://127.0.0.1:1", True),
            ("http://git.example", False),
            ("http://127.0.0.1.example", False),
        ]:
            environment = {"MERGECHECK_GITHUB_API": address, "GITHUB_TOKEN": TOKEN}
            if allowed:
                assert Access.from_environment(environment).token == TOKEN
                continue
            with pytest.raises(SourceError, match="unencrypted") as caught:
                Access.from_environment(environment)
            assert "Secret" not in str(caught.value)
            assert Access.from_environment({"MERGECHECK_GITHUB_API": address}).base_url == address

    def test_what_a_server_says_is_put_on_one_line_that_obeys_nothing(self):
        said = Access(token=TOKEN).without_token(f"a\n\tb {TOKEN}\x1b[31m" + "x" * 500)
        assert said.startswith("a b ***\ufffd[31mx")
        assert len(said) == 200

    def test_how_long_it_takes(self):
        # 1500 requests at 60 an hour: the first 60 at once, then 24 more hours.
        assert 24 * HOUR <= Access().seconds_for(1500) <= 25 * HOUR
        assert Access().seconds_for(60) < 120
        assert Access(token="t").seconds_for(1500) < HOUR

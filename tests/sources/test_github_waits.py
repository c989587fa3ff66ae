"""What an answer says about a rate limit, and how long is waited."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergecheck.sources.github_waits import Limit, Patience, WaitTooLong, limit_of, minutes

NOW = 1_700_000_000.0
HEADERS = ("Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date")


class Clock:
    def __init__(self) -> None:
        self.time = NOW
        self.slept = 0.0
        self.runs = 1.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 1
        self.slept += seconds
        self.time += seconds * self.runs


@pytest.fixture
def clock():
    return Clock()


def patience(clock: Clock, cap: float = 100.0, shown: list[float] | None = None) -> Patience:
    return Patience(cap, lambda _, left: None if shown is None else shown.append(left), clock.sleep, clock.now)


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (200, {"Retry-After": "5"}, "", None),
        (404, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 9)}, "", None),
        (403, {}, "Resource not accessible", None),
        (403, {"X-RateLimit-Remaining": "12", "X-RateLimit-Reset": str(int(NOW) + 9)}, "No", None),
        (403, {"Retry-After": "5"}, "", 5),
        (429, {"Retry-After": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}, "", 5),
        (403, {"Retry-After": "Tue, 14 Nov 2023 22:13:50 GMT"}, "", 30),
        (403, {"Retry-After": "Tue, 14 Nov 2000 22:13:50 GMT"}, "", 1),
        (403, {"Retry-After": "-5"}, "", 60),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 9)}, "", 10),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) - 9)}, "", 1),
        (403, {"X-RateLimit-Remaining": "0"}, "API rate limit exceeded for user ID 1.", 60),
        (429, {}, "", 60),
        (403, {}, "You have exceeded a secondary rate limit.", 60),
    ],
)
def test_what_an_answer_says(status, headers, message, seconds):
    limit = limit_of(status, headers, message, NOW)
    assert (None if limit is None else limit.seconds) == seconds


def test_a_reset_is_compared_with_the_server_s_own_time():
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1700000060",
        "Date": "Tue, 14 Nov 2023 22:13:20 GMT",
    }
    assert limit_of(403, headers, "", NOW - 86400) == Limit(61.0, "GitHub's hourly rate limit")


@given(st.sampled_from([403, 429]), st.dictionaries(st.sampled_from(HEADERS), st.text()), st.text())
def test_whatever_the_headers_say_a_limit_is_at_least_a_second(status, headers, message):
    limit = limit_of(status, headers, message, NOW)
    assert limit is None or limit.seconds >= 1
    assert limit is not None or status == 403


def test_a_count_down_is_shown_each_second_and_ends_in_nothing(clock):
    shown: list[float] = []
    patience(clock, shown=shown).wait(3.5, "why")
    assert shown == [3.5, 2.5, 1.5, 0.5, 0.0]
    assert clock.slept == 3.5


@pytest.mark.parametrize("runs", [1.0, 2.0, -100.0, 0.0])
def test_a_clock_that_jumps_or_stands_never_makes_it_longer(clock, runs):
    clock.runs = runs
    patience(clock).wait(10, "why")
    assert clock.slept == (5.0 if runs == 2.0 else 10.0)


@given(st.lists(st.floats(0.5, 60), max_size=20), st.floats(0, 300))
def test_no_more_is_waited_than_the_cap_and_what_is_refused_costs_nothing(waits, cap):
    clock = Clock()
    one = patience(clock, cap)
    for seconds in waits:
        before = clock.slept
        try:
            one.wait(seconds, "why")
        except WaitTooLong:
            assert clock.slept == before
            assert before + seconds > cap
    assert clock.slept <= cap + 1 + 1e-6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 min"),
        (60, "1 min"),
        (61, "2 min"),
        (3599, "1 h 00 min"),
        (3600, "1 h 00 min"),
        (90060, "25 h 01 min"),
    ],
)
def test_lengths_of_time_for_a_person(seconds, text):
    assert minutes(seconds) == text


def test_an_absurd_reset_is_refused_in_words(clock):
    with pytest.raises(WaitTooLong, match="altogether") as caught:
        patience(clock).wait(1e15, "why")
    assert "--github-wait" in caught.value.fix

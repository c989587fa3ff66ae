"""How GitHub's rate limits are waited for, within what the user allows; and how failures are tried again.

PyGithub's own `GithubRetry` knows 5xx and the limits that come as 403. It does not know those that come as 429,
lets a `Retry-After` go past its cap, counts a wait as a failed try, and sleeps without a word. `PatientRetry` adds
these and leaves the rest to it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

from github.GithubRetry import GithubRetry
from github.Requester import Requester
from urllib3 import BaseHTTPResponse, HTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool

from mergecheck.errors import SourceError

TRIES_AGAIN = 4
"""How often a request is made again after a 5xx or a broken connection: at once, after 2, 4 and 8 seconds."""

SECONDARY_SECONDS = 60.0
"""What GitHub asks to wait for where it names no time; doubled when the same request is limited again."""

_LIMITED = (403, 429)


class WaitTooLong(SourceError):
    """A rate limit lasts longer than the user allows to wait."""


@dataclass(slots=True)
class Patience:
    """How long a run waits for rate limits, altogether.

    Args:
        cap: seconds.
        show: called each second of a wait with why and the seconds left, and with 0 when it is over.
        sleep, now: the clock; seconds, and seconds since 1970.
    """

    cap: float
    show: Callable[[str, float], None]
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    now: Callable[[], float] = field(default_factory=lambda: time.time)
    waited: float = 0.0

    def wait(self, seconds: float, why: str) -> None:
        """Wait for a limit, counted towards the cap.

        Raises:
            WaitTooLong: the cap would be passed. Nothing was waited.
        """
        # The second that is added to a reset: an hour's wait fits into a cap of an hour.
        if self.waited + seconds > self.cap + 1:
            again = datetime.fromtimestamp(min(self.now() + seconds, 253402300799), UTC)
            raise WaitTooLong(
                f"{why} lasts another {minutes(seconds)}, and this run was to wait {minutes(self.cap)} altogether",
                fix=f"run the command again after {again:%Y-%m-%d %H:%M} UTC, or with a larger --github-wait; "
                "what has come is kept",
            )
        self.waited += seconds
        self.count_down(seconds, why)

    def count_down(self, seconds: float, why: str) -> None:
        """Sleep, saying each second how long still; a clock that is set back does not make it longer."""
        slept, until = 0.0, self.now() + seconds
        while slept < seconds and (left := min(until - self.now(), seconds - slept)) > 0:
            self.show(why, left)
            step = min(1.0, left)
            self.sleep(step)
            slept += step
        self.show(why, 0.0)


def minutes(seconds: float) -> str:
    """A length of time for a person, rounded up to the minute: `1 min`, `2 h 05 min`."""
    whole = max(1, int(-(-seconds // 60)))
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02} min"


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit that an answer speaks of: seconds to wait, and what it is called."""

    seconds: float
    why: str


def limit_of(status: int, headers: Mapping[str, str], message: str, now: float) -> Limit | None:
    """The rate limit that an answer speaks of, or None where it is something else.

    As https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api has it: `Retry-After` counts
    first; then, where nothing remains, `X-RateLimit-Reset`; then a minute. The reset is compared with the server's
    own `Date`, so that a wrong clock here does no harm.
    """
    if status not in _LIMITED:
        return None
    after = headers.get("Retry-After")
    if after is not None:
        return Limit(_retry_after(after, now), "GitHub's secondary rate limit")
    reset = headers.get("X-RateLimit-Reset", "")
    if headers.get("X-RateLimit-Remaining") == "0" and _number(reset):
        # One second more: it is not said when within that second the limit ends.
        return Limit(max(1.0, float(reset) - _server_time(headers, now) + 1), "GitHub's hourly rate limit")
    if status == 429 or Requester.isRateLimitError(message):
        return Limit(SECONDARY_SECONDS, "GitHub's rate limit")
    return None


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _retry_after(text: str, now: float) -> float:
    text = text.strip()
    if _number(text):
        return max(1.0, float(text))
    moment = _date(text)
    return SECONDARY_SECONDS if moment is None else max(1.0, moment - now)


def _server_time(headers: Mapping[str, str], now: float) -> float:
    moment = _date(headers.get("Date", ""))
    return now if moment is None else moment


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        # Not a date: the caller has a default for it.
        return None


class PatientRetry(GithubRetry):
    """Waits for rate limits as `patience` allows, and makes requests again that failed for a while.

    Raises (through the request):
        WaitTooLong: see `Patience.wait`.
        github.GithubException: a 403 that is no rate limit.
    """

    def __init__(self, patience: Patience, limited: int = 0, **options: Any) -> None:  # noqa: ANN401 - urllib3's own
        self.patience = patience
        self.limited = limited
        super().__init__(**options)

    @classmethod
    def with_patience(cls, patience: Patience) -> PatientRetry:
        """What a client is given: 429 and 5xx made again, and the last failure answered rather than raised."""
        return cls(
            patience,
            total=TRIES_AGAIN,
            backoff_factor=1,
            status_forcelist=[429, *range(500, 600)],
            raise_on_status=False,
        )

    def new(self, **options: Any) -> Self:  # noqa: ANN401 - urllib3's own
        """A copy with some options changed, as urllib3 makes one for each try."""
        return super().new(**{"patience": self.patience, "limited": self.limited, **options})

    def increment(  # type: ignore[override]  # as GithubRetry narrows urllib3's response
        self,
        method: str | None = None,
        url: str | None = None,
        response: HTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Retry:
        """The retry for the next try. A limit is waited for here, and is no failed try."""
        if response is None or response.status not in _LIMITED:
            return super().increment(method, url, response, error, _pool, _stacktrace)
        body = _body(self.get_content(response, url or ""))
        limit = limit_of(response.status, response.headers, _message(body), self.patience.now())
        if limit is None:
            raise Requester.createException(response.status, dict(response.headers), body)
        least = SECONDARY_SECONDS * 2.0 ** (self.limited - 1) if self.limited else 0.0
        self.patience.wait(max(limit.seconds, least), limit.why)
        return self.new(limited=self.limited + 1)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Back off after a failure. A limit has been waited for when this is called."""
        if response is not None and response.status in _LIMITED:
            return
        after = None if response is None else response.headers.get("Retry-After")
        if after is not None:
            self.patience.wait(_retry_after(after, self.patience.now()), "a pause that GitHub asks for")
        elif (seconds := self.get_backoff_time()) > 0:
            self.patience.count_down(seconds, "GitHub does not answer")


def _body(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        # A proxy's page: what it says is kept as far as it is text.
        return {"message": " ".join(content.decode("utf-8", "replace").split())[:200]}
    return found if isinstance(found, dict) else {"message": str(found)[:200]}


def _message(body: Mapping[str, Any]) -> str:
    message = body.get("message")
    return message if isinstance(message, str) else ""

"""A local HTTP server that answers as GitHub's REST interface does, as far as pull requests go.

Written after https://docs.github.com/en/rest: pages with `Link` headers that name repositories by id, rate limits
with their headers, renamed repositories as 301 to the id, errors as JSON with `message`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

NOW = 1_700_000_000.0


@dataclass
class Clock:
    """Time that passes only where somebody sleeps."""

    time: float = NOW
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.time += seconds


@dataclass
class Answer:
    """What the server is told to answer instead of what it has: JSON, or bytes as they are."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    cut: bool = False


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    authorization: str | None


class FakeGitHub:
    """Repositories by id, their pull requests with commits and reviews, and what is to go wrong."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.clock = Clock()
        self.ids: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.pulls: dict[tuple[int, int], dict[str, Any]] = {}
        self.commits: dict[tuple[int, int], list[dict[str, Any]]] = {}
        self.reviews: dict[tuple[int, int], list[dict[str, Any]]] = {}
        self.planned: list[tuple[str, list[Answer | Callable[[], Answer]]]] = []
        self.requests: list[Request] = []
        self.token: str | None = None
        self.an_hour = 5000
        self.used = 0
        self.window = 0.0
        self.largest_page = 100
        server = type("Handler", (_Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), server)
        self.server.daemon_threads = True
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{self.prefix}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def repo(self, name: str) -> int:
        """The id of the repository with this name; made where there is none."""
        if name not in self.ids:
            self.ids[name] = 1000 + len(self.ids)
            self.names[self.ids[name]] = name
        return self.ids[name]

    def rename(self, old: str, new: str) -> None:
        self.names[self.ids[old]] = new
        self.ids[new] = self.ids[old]

    def add(self, repo: str, number: int, **more: Any) -> dict[str, Any]:
        """A merged pull request with one commit and one review; `more` changes its fields."""
        key = (self.repo(repo), number)
        self.pulls[key] = {
            "id": 10_000 + number,
            "number": number,
            "state": "closed",
            "title": f"Fix number {number}",
            "body": f"Fixes #{number + 1000}.",
            "user": user("ann"),
            "created_at": "2020-01-01T12:00:00Z",
            "updated_at": "2020-01-09T12:00:00Z",
            "closed_at": "2020-01-03T12:00:00Z",
            "merged_at": "2020-01-03T12:00:00Z",
            "merged": True,
            "merged_by": user("max"),
            "requested_reviewers": [],
            "requested_teams": [],
            **more,
        }
        self.commits[key] = [commit("ann", "ann")]
        self.reviews[key] = [review("rex", "2020-01-02T12:00:00Z")]
        return self.pulls[key]

    def plan(self, path: str, *answers: Answer | Callable[[], Answer]) -> None:
        """Requests whose path matches get these answers first, one each, in order; they need not be limited."""
        self.planned.append((path, list(answers)))

    def asked(self, pattern: str = "") -> int:
        return sum(re.search(pattern, one.path) is not None for one in self.requests)

    # What follows is called by the server's threads.

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        for pattern, answers in self.planned:
            if answers and re.search(pattern, request.path):
                planned = answers.pop(0)
                return planned if isinstance(planned, Answer) else planned()
        if self.token is not None and request.authorization not in (f"token {self.token}", f"Bearer {self.token}"):
            return Answer(401, {"message": "Bad credentials", "status": "401"})
        if (limited := self._count()) is not None:
            return limited
        return self._found(request)

    def _count(self) -> Answer | None:
        if self.clock.now() >= self.window + 3600:
            self.window, self.used = self.clock.now(), 0
        if self.used >= self.an_hour:
            message = "API rate limit exceeded for 127.0.0.1. (But here's the good news: …)"
            return Answer(403, {"message": message, "documentation_url": "https://docs.github.com/rest"})
        self.used += 1
        return None

    def limits(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.an_hour),
            "X-RateLimit-Remaining": str(max(0, self.an_hour - self.used)),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(int(self.window + 3600)),
            "X-RateLimit-Resource": "core",
            "Date": formatdate(self.clock.now(), usegmt=True),
        }

    def _found(self, request: Request) -> Answer:
        path = request.path.removeprefix(self.prefix)
        by_name = re.fullmatch(r"/repos/([^/]+/[^/]+)/(.*)", path)
        by_id = re.fullmatch(r"/repositories/(\d+)/(.*)", path)
        if by_name is not None and by_name[1] in self.ids:
            repo, rest = self.ids[by_name[1]], by_name[2]
            if self.names[repo] != by_name[1]:
                to = f"{self.url}/repositories/{repo}/{rest}"
                return Answer(301, {"message": "Moved Permanently", "url": to}, {"Location": to})
        elif by_id is not None:
            repo, rest = int(by_id[1]), by_id[2]
        else:
            return not_found()
        part = re.fullmatch(r"pulls/(\d+)(/commits|/reviews)?", rest)
        if part is None or (repo, int(part[1])) not in self.pulls:
            return not_found()
        key = (repo, int(part[1]))
        if part[2] is None:
            return Answer(body=self._links(key))
        return self._page(self.commits[key] if part[2] == "/commits" else self.reviews[key], repo, rest, request)

    def _links(self, key: tuple[int, int]) -> dict[str, Any]:
        name, number = self.names[key[0]], key[1]
        repo = {"id": key[0], "name": name.split("/")[1], "full_name": name, "url": f"{self.url}/repos/{name}"}
        return {
            "url": f"{self.url}/repos/{name}/pulls/{number}",
            "html_url": f"https://github.com/{name}/pull/{number}",
            "base": {"ref": "main", "sha": "0" * 40, "repo": repo},
            # The repository that it came from may be gone.
            "head": {"ref": "fix", "sha": "1" * 40, "repo": None},
            **self.pulls[key],
        }

    def _page(self, rows: list[dict[str, Any]], repo: int, rest: str, request: Request) -> Answer:
        size = min(int(request.query.get("per_page", "30")), self.largest_page)
        page = int(request.query.get("page", "1"))
        last = max(1, -(-len(rows) // size))
        places = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page == last:
            places = {name: at for name, at in places.items() if name in ("prev", "first")}
        if page == 1:
            places = {name: at for name, at in places.items() if name in ("next", "last")}
        address = f"{self.url}/repositories/{repo}/{rest}"
        link = ", ".join(
            f'<{address}?{urlencode({**request.query, "page": at})}>; rel="{name}"' for name, at in places.items()
        )
        return Answer(body=rows[(page - 1) * size : page * size], headers={"Link": link} if link else {})


class _Handler(BaseHTTPRequestHandler):
    hub: FakeGitHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = self.hub.answer(Request("GET", parts.path, query, self.headers.get("Authorization")))
        if answer.hang_up:
            self.close_connection = True
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **self.hub.limits(), **answer.headers}
        self.send_response_only(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if answer.cut else body)
        self.close_connection = answer.cut

    def log_message(self, *_: object) -> None:
        """Nothing is written to the terminal."""


def user(login: str) -> dict[str, Any]:
    return {
        "login": login,
        "id": sum(login.encode()),
        "type": "User",
        "url": f"https://api.github.com/users/{login}",
    }


def commit(author: str | None, committer: str | None, name: str = "A. Name") -> dict[str, Any]:
    person = {"name": name, "email": "someone@example.org", "date": "2020-01-01T10:00:00Z"}
    return {
        "sha": "2" * 40,
        "url": "https://api.github.com/commit",
        "commit": {"author": person, "committer": person, "message": "fix"},
        "author": None if author is None else user(author),
        "committer": None if committer is None else user(committer),
    }


def review(login: str | None, at: str | None, state: str = "APPROVED") -> dict[str, Any]:
    return {
        "id": 5,
        "user": None if login is None else user(login),
        "state": state,
        "body": "",
        **({} if at is None else {"submitted_at": at}),
    }


def not_found() -> Answer:
    return Answer(
        404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
    )


def secondary(status: int = 403, after: str | None = "60") -> Answer:
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    remaining = {"X-RateLimit-Remaining": "4000"}
    return Answer(
        status, {"message": message}, remaining if after is None else {**remaining, "Retry-After": after}
    )

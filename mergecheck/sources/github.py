"""Fetch the pull requests behind golden patches from GitHub, with PyGithub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import github
from github.Commit import Commit
from github.GithubException import BadAttributeException, GithubException, IncompletableObject
from github.NamedUser import NamedUser
from github.PullRequest import PullRequest as Answer
from github.PullRequestReview import PullRequestReview

from mergecheck.sources.github_access import TOKEN_NAMES, Access
from mergecheck.sources.github_links import issue_links
from mergecheck.sources.github_record import NotFetched, PullRequest, Wanted
from mergecheck.sources.github_waits import TRIES_AGAIN, Patience, PatientRetry, WaitTooLong

PAUSE_SECONDS = 0.25
"""Between two requests, which keeps well below what GitHub takes for abuse."""

REQUESTS_EACH = 3
"""For one pull request: itself, its commits, its reviews; more where one of these has over 100."""

OUTAGES = 3
"""After so many pull requests in a row that no answer came for, the rest is not asked for."""

_TIMEOUT = 20
_GITHUB_ITSELF = "web-flow"
"""Whom GitHub names as the committer of what was committed on its pages: nobody."""

_TRIED_AGAIN = "Max retries"
"""In the text of every error that urllib3 raises after its last try."""

_OUTAGE = ("server_error", "unreachable")

# PyGithub takes an answer apart with assertions, attributes and keys: any of these is one of another shape.
_MALFORMED = (
    AssertionError,
    AttributeError,
    BadAttributeException,
    IndexError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
)


def fetch_pull_requests(
    wanted: Sequence[Wanted], access: Access, patience: Patience
) -> Iterator[PullRequest | NotFetched]:
    """Each pull request as it comes, or why it does not come: one result for each wanted, in their order.

    Follows renamed repositories; waits for rate limits as `patience` allows; makes requests again that fail with
    5xx or without an answer. After a limit that lasts too long, a token that is refused, or `OUTAGES` pull
    requests in a row without an answer, the rest are `not_asked`.
    """
    client = github.Github(
        auth=None if access.token is None else github.Auth.Token(access.token),
        base_url=access.base_url,
        timeout=_TIMEOUT,
        user_agent="mergecheck",
        per_page=100,
        retry=PatientRetry.with_patience(patience),
        seconds_between_requests=PAUSE_SECONDS,
        lazy=True,
    )
    outages = 0
    try:
        for at, one in enumerate(wanted):
            try:
                result = _fetch(client, one, access)
            except WaitTooLong as error:
                yield from _not_asked(wanted[at:], error.what, error.fix)
                return
            yield result
            if isinstance(result, NotFetched) and result.reason == "refused":
                yield from _not_asked(wanted[at + 1 :], result.what, result.fix)
                return
            outages = outages + 1 if isinstance(result, NotFetched) and result.reason in _OUTAGE else 0
            if outages == OUTAGES:
                what = f"{OUTAGES} pull requests in a row got no answer from {access.base_url}"
                yield from _not_asked(wanted[at + 1 :], what, "run the command again later; what has come is kept")
                return
    finally:
        client.close()


def _ask(client: github.Github, one: Wanted) -> PullRequest:
    try:
        return _record(one, client.get_repo(one.repo).get_pull(one.number).complete())
    except OSError as error:
        # An answer that breaks off half way is not made again below, as requests without an answer are.
        if _TRIED_AGAIN in str(error):
            raise
        return _record(one, client.get_repo(one.repo).get_pull(one.number).complete())


def _not_asked(rest: Iterable[Wanted], what: str, fix: str) -> Iterator[NotFetched]:
    for one in rest:
        yield NotFetched(one.instance, "not_asked", what, fix)


def _fetch(client: github.Github, one: Wanted, access: Access) -> PullRequest | NotFetched:
    try:
        return _ask(client, one)
    except IncompletableObject:
        return _malformed(one, "a part of it names neither its content nor its address")
    except GithubException as error:
        return _refusal(one, error, access)
    except OSError as error:
        # What requests raises is an OSError. Its text names addresses and never the headers sent.
        again = f"tried {TRIES_AGAIN + 1} times" if _TRIED_AGAIN in str(error) else "it broke off twice"
        return NotFetched(
            one.instance,
            "unreachable",
            f"no answer from {access.base_url} ({again}: {access.without_token(_innermost(error))})",
            "check the network, and MERGECHECK_GITHUB_API where it is set; then run the command again",
        )
    except _MALFORMED as error:
        return _malformed(one, access.without_token(f"{type(error).__name__}: {error}"))


def _innermost(error: BaseException) -> str:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error) or type(error).__name__


def _malformed(one: Wanted, detail: str) -> NotFetched:
    return NotFetched(
        one.instance,
        "malformed",
        f"GitHub's answer about {one.repo}#{one.number} is not what its documentation says ({detail})",
        "run the command again; if it stays so, check that MERGECHECK_GITHUB_API is GitHub's REST interface",
    )


def _refusal(one: Wanted, error: GithubException, access: Access) -> NotFetched:
    name = f"{one.repo}#{one.number}"
    said = access.without_token(error.data.get("message") or "") if isinstance(error.data, dict) else ""
    quoted = f" ({said})" if said else ""
    match error.status:
        case 401:
            asked = "asks for a token" if access.token is None else "refuses the token"
            reason, what = "refused", f"GitHub {asked}{quoted}"
            fix = (
                f"set {' or '.join(TOKEN_NAMES)} to one that is valid, or for github.com to none, which is slower"
            )
        case 404:
            reason = "not_found"
            what = f"GitHub has no pull request {name}: deleted, private, or never one{quoted}"
            fix = "check the repository; a private one needs a GITHUB_TOKEN that may read it"
        case 410 | 451:
            reason, what = "gone", f"GitHub no longer shows {name}{quoted}"
            fix = "nothing to do: the study goes on without this pull request"
        case 403:
            reason, what = "forbidden", f"GitHub does not let {name} be read{quoted}"
            fix = "set GITHUB_TOKEN to a token that may read this repository"
        case status if status >= 500:
            reason = "server_error"
            what = f"GitHub failed {TRIES_AGAIN + 1} times on {name}, with {status}{quoted}"
            fix = "run the command again later; what has come is kept"
        case status:
            reason, what = "other", f"GitHub answered {status} for {name}{quoted}"
            fix = "run the command again; if it stays so, look at the pull request on GitHub"
    return NotFetched(one.instance, reason, what, fix)


def _record(one: Wanted, answer: Answer) -> PullRequest:
    if answer.number != one.number or answer.created_at is None or answer.title is None:
        raise ValueError("number, title or created_at is missing or another")
    if answer.html_url is None or answer.base is None or answer.base.repo is None:
        raise ValueError("html_url or base.repo is missing")
    repo = answer.base.repo.full_name
    author = _login(answer.user)
    commits = list(answer.get_commits())
    reviews = list(answer.get_reviews())
    if any(review.state is None for review in reviews):
        raise ValueError("a review has no state")
    # An author's answers to a review are listed as reviews too.
    reviews = [review for review in reviews if author is None or _login(review.user) != author]
    links = issue_links(answer.title, answer.body or "", repo, urlsplit(answer.html_url).hostname or "")
    return PullRequest(
        instance=one.instance,
        repo=repo,
        number=one.number,
        url=answer.html_url,
        title=answer.title,
        author=author,
        commit_authors=_people(commit.author for commit in commits),
        committers=_people(commit.committer for commit in commits),
        unlinked=_unlinked(commits),
        reviewers=_people(review.user for review in reviews),
        requested=_people(answer.requested_reviewers or ()),
        requested_teams=tuple(team.slug for team in answer.requested_teams or ()),
        merged_by=_login(answer.merged_by),
        created_at=_dated(answer.created_at),
        first_review_at=min(map(_dated, _submitted(reviews)), default=None),
        merged_at=None if answer.merged_at is None else _dated(answer.merged_at),
        closed_at=None if answer.closed_at is None else _dated(answer.closed_at),
        closes=links.closes,
        mentions=links.mentions,
    )


def _login(user: NamedUser | None) -> str | None:
    # An account that is gone comes as null, and in commits as {}.
    try:
        return None if user is None else user.login
    except IncompletableObject:
        return None


def _people(users: Iterable[NamedUser | None]) -> tuple[str, ...]:
    logins = (_login(user) for user in users)
    return tuple(dict.fromkeys(login for login in logins if login and login != _GITHUB_ITSELF))


def _unlinked(commits: Iterable[Commit]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for commit in commits:
        for user, person in ((commit.author, commit.commit.author), (commit.committer, commit.commit.committer)):
            if _login(user) is None and person is not None and person.name:
                names[person.name] = None
    return tuple(names)


def _submitted(reviews: Iterable[PullRequestReview]) -> Iterator[datetime]:
    # A review that is not submitted yet has no time.
    return (review.submitted_at for review in reviews if review.submitted_at is not None)


def _dated(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time has no zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time lies before the year 1 or after the year 9999") from None

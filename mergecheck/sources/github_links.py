"""Issues that a pull request closes or names, read from its title and body as GitHub reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What GitHub does not link: comments, and code in fences or ticks. An open comment or fence runs to the end.
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1|\Z)"
    r"|(?<!`)(`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)\2(?!`)",
    re.DOTALL | re.MULTILINE,
)
# Lengths as GitHub allows them, which also keeps the search linear.
_REPO = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}"
_ISSUE = re.compile(
    r"(?P<keyword>\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s{1,9})?(?:"
    rf"https?://(?P<host>[^\s/]{{1,100}})/(?P<url_repo>{_REPO})/(?:issues|pull)/(?P<url_number>[0-9]{{1,9}})(?![0-9])"
    rf"|(?<![\w/&])(?P<repo>{_REPO})?\#(?P<number>[0-9]{{1,9}})(?!\w)"
    r"|\bGH-(?P<gh>[0-9]{1,9})(?!\w)"
    r")",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Links:
    """Issues as `owner/name#number`, in order of appearance, each once; `mentions` are those not in `closes`."""

    closes: tuple[str, ...]
    mentions: tuple[str, ...]


def issue_links(title: str, body: str, repo: str, host: str = "github.com") -> Links:
    """Issues that title and body close or name; a bare `#7` is of `repo`, and addresses count on `host` only.

    The keywords are those of https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues
    ("Linking a pull request to an issue"). A project that keeps its issues elsewhere writes `#7` too: what is
    named need not exist on GitHub.
    """
    closes: dict[str, None] = {}
    mentions: dict[str, None] = {}
    for text in (title, body):
        for found in _ISSUE.finditer(_UNSEEN.sub(" ", text)):
            number = int(found["url_number"] or found["number"] or found["gh"])
            elsewhere = found["host"] is not None and found["host"].lower().removeprefix("www.") != host
            if number and not elsewhere:
                issue = f"{found['url_repo'] or found['repo'] or repo}#{number}"
                (closes if found["keyword"] else mentions)[issue] = None
    return Links(tuple(closes), tuple(issue for issue in mentions if issue not in closes))

"""Leak 8: links and references to the fix and to what came after it, in the issue's text and in changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mergecheck.assign.audit.names import REDACT, BaseTexts, of_passage
from mergecheck.assign.audit.passages import Of, Passage
from mergecheck.assign.audit.records import Finding, Known, KnownInstance, Leak, Severity

WEB = re.compile(
    r"(?:https?://)?(?:www\.)?(?:api\.)?github\.com/(?:repos/)?(?P<repo>[\w.-]+/[\w.-]+?)/"
    r"(?P<what>pulls?|issues|commits?|compare)/(?P<which>[\w.^-]+)(?:[/#?][\w./?=&#-]*)?",
    re.IGNORECASE,
)
SHORT = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)?(?<!&)(?:#|\bgh-)(?P<which>\d{1,7})(?![0-9A-Za-z])", re.IGNORECASE)
ROLE = re.compile(r":(?:issue|pr|pull|ticket|bug|gh):`(?P<which>\d{1,7})`", re.IGNORECASE)
FIXED = re.compile(
    r"\b(?:fixed|resolved|closed|addressed|superseded|merged) (?:by|in|with) "
    r"(?:https?://\S+|#\d+|(?:pr|pull request|commit) ?#?\w+)",
    re.IGNORECASE,
)


def find_links(passages: Iterable[Passage], known: Known, texts: BaseTexts) -> Iterator[Finding]:
    """Leak 8: a reference to the instance's pull request, to the issues that it closes, or to what followed.

    In the issue's text a pull request or commit of the repository is a leak; another issue is what its author
    knew. In a change, whoever names the issue's own number knew more than the issue's text says.
    """
    for passage in passages:
        instance = known.instances.get(passage.instance or "")
        if instance is None or passage.of not in (Of.ISSUE, Of.ADDED):
            continue
        taken: list[tuple[int, int]] = []
        for match in _matches(passage.text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            finding = _judged(match, passage, instance, texts)
            if finding is not None:
                taken.append(match.span())
                yield finding


def _matches(text: str) -> Iterator[re.Match[str]]:
    for pattern in (FIXED, WEB, ROLE, SHORT):
        yield from pattern.finditer(text)


def _judged(match: re.Match[str], passage: Passage, instance: KnownInstance, texts: BaseTexts) -> Finding | None:
    groups = match.groupdict()
    repo = groups.get("repo")
    own = repo is None or repo.casefold() == instance.repo.casefold()
    which = groups.get("which") or ""
    number = int(which) if which.isdigit() else None
    severity, what = Severity.NOTE, "a reference to another issue or pull request"
    if own and number is not None and number == instance.number:
        severity, what = Severity.LEAK, "a reference to the pull request that fixed it"
    elif match.re is FIXED:
        severity, what = Severity.LEAK, "says what fixed it"
    elif passage.of is Of.ISSUE:
        if not own or groups.get("what", "issues").lower() == "issues":
            # Whoever wrote the issue could refer to anything that there was.
            return None
        severity, what = Severity.LEAK, "a link to a pull request or commit, in an issue that came before the fix"
    elif own and number is not None and number in instance.closes:
        severity, what = Severity.LEAK, "the issue's own number, which its text does not give"
    elif match.re is WEB and own and not texts.have(instance.id, match[0]):
        severity, what = Severity.LEAK, "a link into the repository's pull requests, issues or commits"
    elif texts.have(instance.id, match[0]):
        return None
    return of_passage(Leak.LINKS, severity, what, passage, match, REDACT)

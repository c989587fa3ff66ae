"""Leak 8: links and references to the fix and to what came after it, in the issue's text and in changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from mergecheck.assign.audit.names import REDACT, BaseTexts, of_passage
from mergecheck.assign.audit.passages import Of, Passage, excerpt, issues_of
from mergecheck.assign.audit.records import Finding, Known, KnownInstance, Leak, Opened, Severity, Shown
from mergecheck.assign.redact import Fix, redact

WEB = re.compile(
    r"(?:https?://)?(?:www\.)?(?:api\.)?github\.com/(?:repos/)?(?P<repo>[\w.-]+/[\w.-]+?)/"
    r"(?P<what>pulls?|issues|commits?|compare)/(?P<which>[\w.^-]+)(?:[/#?][\w./?=&#-]*)?",
    re.IGNORECASE,
)
SHORT = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)?(?<!&)(?:#|\bgh-)(?P<which>\d{1,7})(?![0-9A-Za-z])", re.IGNORECASE)
ROLE = re.compile(r":(?:issue|pr|pull|ticket|bug|gh):`(?P<which>\d{1,7})`", re.IGNORECASE)


def find_links(
    packets: Sequence[Opened], passages: Iterable[Passage], known: Known, texts: BaseTexts
) -> Iterator[Finding]:
    """Leak 8: references to the fix, and to what came after it.

    In an issue's text, whatever the rules of `assign.redact` would take out today. In a change, whoever names the
    issue's own number, or links into the repository's discussions, knew more than the issue's text says.
    """
    for (name, text), shown in issues_of(packets).items():
        instance = known.instances.get(name or "")
        if instance is not None:
            yield from _of_issue(instance, text, shown, known)
    for passage in passages:
        instance = known.instances.get(passage.instance or "")
        if instance is not None and passage.of is Of.ADDED:
            yield from _of_line(passage, instance, texts)


def _of_issue(instance: KnownInstance, text: str, shown: tuple[Shown, ...], known: Known) -> Iterator[Finding]:
    def in_history(commit: str) -> bool | None:
        later = known.commits.get((instance.id, commit))
        return None if later is None else not later

    less = redact(text, Fix((instance.repo, *instance.names), instance.number), in_history)
    for number, (line, left) in enumerate(zip(text.splitlines(), less.splitlines(), strict=False), start=1):
        if line != left:
            start, end = _differing(line, left)
            passage = Passage(Of.ISSUE, line, f"issue:{number}", instance.id, None, shown)
            what = "leads to the fix, or to what came after it"
            found = of_passage(Leak.LINKS, Severity.LEAK, what, passage, line[start:end], REDACT)
            yield replace(found, excerpt=excerpt(line, start, end))


def _differing(line: str, left: str) -> tuple[int, int]:
    """Where a line differs from what is left of it, as wide as the words at its ends."""
    start = _alike(line, left)
    end = len(line) - _alike(line[start:][::-1], left[start:][::-1])
    while start and not line[start - 1].isspace():
        start -= 1
    while end < len(line) and not line[end].isspace():
        end += 1
    return start, end


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _of_line(passage: Passage, instance: KnownInstance, texts: BaseTexts) -> Iterator[Finding]:
    taken: list[tuple[int, int]] = []
    for match in (match for pattern in (WEB, ROLE, SHORT) for match in pattern.finditer(passage.text)):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        taken.append(match.span())
        judged = _judged(match, instance)
        if not texts.have(instance.id, match[0]):
            yield of_passage(Leak.LINKS, *judged, passage, match, REDACT)


def _judged(match: re.Match[str], instance: KnownInstance) -> tuple[Severity, str]:
    groups = match.groupdict()
    repo, which = groups.get("repo"), groups["which"]
    own = repo is None or repo.casefold() in {name.casefold() for name in (instance.repo, *instance.names)}
    number = int(which) if which.isdigit() else None
    if own and number is not None and number == instance.number:
        return Severity.LEAK, "a reference to the pull request that fixed it"
    if own and number is not None and number in instance.closes:
        return Severity.LEAK, "the issue's own number, which its text does not give"
    if own and match.re is WEB:
        return Severity.LEAK, "a link into the repository's issues, pull requests or commits"
    return Severity.NOTE, "a reference to another issue or pull request"

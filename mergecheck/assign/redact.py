"""Take out of an issue's text what leads to its fix or to what was said later. Pure.

An issue's text is edited after it was written, and hints are comments: both name the pull request that fixed it,
or later ones. GitHub numbers issues, pull requests and discussions of a repository in one sequence that grows with
time, so whatever has the fix's number or a larger one came with the fix or after it.

Taken out, each with `MARK` in its place:

- references to the same repository with such a number: `#12`, `owner/name#12`, `name#12`, `GH-12`, `PR 12`,
  `pull/12`, `` :pull:`12` ``, addresses of issues, pull requests and discussions on any host. The same repository
  is whatever has its name: an earlier owner's and a fork's are it too;
- addresses that name a commit, unless it is known to be in the base commit's history; comparisons of branches; a
  fork's branches;
- ids of commits outside addresses, where the mirror says that they are commits of the repository and not in that
  history.

In code (fences, ticks, indented blocks) a bare number may be anything, a colour or another tracker's: there `#12`,
`GH-12` and `PR 12` go only if the number is the fix's own. The same holds for `#12` of a project that keeps its
issues elsewhere (`TICKETS_ELSEWHERE`). References to other repositories stay, and so do all words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

MARK = "[link removed by the study]"

TICKETS_ELSEWHERE = frozenset({"django/django"})
"""Repositories whose `#12` are another tracker's tickets, numbered apart from pull requests."""

InHistory = Callable[[str], bool | None]
"""Whether a commit is in the base commit's history; None where it is no known commit of the repository."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The pull request that fixed an issue: its repository's names (`owner/name`), and its number if known."""

    repos: tuple[str, ...]
    number: int | None


def unknown(_: str) -> None:
    """Without a mirror no commit is known."""


# Lengths as GitHub allows them, which also keeps the search linear.
_OWNER = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}"
_REPO = r"[A-Za-z0-9._-]{1,100}"
_NUMBER = r"[1-9][0-9]{0,8}(?![A-Za-z0-9]|\.[0-9])"
_REFERENCE = re.compile(
    rf":[a-z-]{{0,20}}(?:issue|pull|pr|gh)[a-z-]{{0,20}}:`(?P<role>{_NUMBER})`"
    rf"|(?P<url>(?:\b[a-z][a-z+]{{1,10}}://|(?:[a-z]{{1,20}}\.)?github\.com/)[^\s<>\"`\[\]{{}}|\\^]+)"
    rf"|(?<![\w./-])(?P<path>{_OWNER}/{_REPO}/(?:pulls?|issues?|discussions?|commits?|compare)/[\w./-]+)"
    rf"|(?<![\w./-])(?:(?P<repo>{_OWNER}/{_REPO})|(?P<word>[A-Za-z][\w.-]{{0,99}}))\#(?P<of_repo>{_NUMBER})"
    rf"|(?<![\w./-])(?P<at>{_OWNER}/{_REPO})@(?P<at_commit>[0-9a-f]{{7,40}})(?![0-9A-Za-z])"
    rf"|(?<![\w-])(?:refs/)?pull/(?P<pull>{_NUMBER})(?:/(?:head|merge|files|commits)(?:/[0-9a-f]{{7,40}})?)?"
    rf"|(?<![\w-])gh[-# ]{{0,2}}(?P<gh>{_NUMBER})"
    rf"|(?<![\w&\#])\#(?P<bare>{_NUMBER})"
    rf"|\b(?:PRs?|pull[ -]requests?|merge[ -]requests?)[ \t]{{0,3}}(?:number|no\.?|nr\.?)?[ \t]{{0,3}}[:\#]?"
    rf"[ \t]{{0,3}}(?P<said>{_NUMBER})"
    rf"|\b(?:issues?|tickets?)[ \t]{{0,3}}(?:number|no\.?)?[ \t]{{0,3}}(?P<own>{_NUMBER})"
    rf"|(?<![\w.+/-])(?P<hex>(?=[0-9]{{0,39}}[a-f])[0-9a-f]{{7,40}})(?![\w-])",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"!?\[(?P<label>[^\[\]\n]{0,500})\]\((?P<address>[^\s()<>]{1,2000})(?:[ \t]+\"[^\"\n]{0,200}\")?\)"
)
_IN_ADDRESS = re.compile(
    rf"/(?P<owner>{_OWNER})/(?P<repo>{_REPO}?)(?:\.git)?/(?:git/|-/)?"
    r"(?P<kind>pulls?|issues?|discussions?|commits?|compare|blob|tree|raw|blame|archive|zipball|tarball)/(?P<rest>.{1,300})",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"([1-9][0-9]{0,8})(?![A-Za-z0-9])")
_COMMIT = re.compile(r"[0-9a-f]{7,40}(?![0-9A-Za-z])", re.IGNORECASE)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]{0,39}[a-f])[0-9a-f]{7,40}(?![0-9A-Za-z])", re.IGNORECASE)
_OURS = frozenset({"issue", "issues", "pr", "prs", "pull", "request", "gh", "bug", "fix", "fixes", "fixed", "see"})
"""Words that may stand before a `#` without naming another repository."""
_BRANCHES = re.compile(r"(?:master|main|dev|devel|develop|trunk|stable|v?[0-9][\w.]*)(?:/|\Z)", re.IGNORECASE)
"""Branches that are no fix."""
_CODE = re.compile(
    # An open fence or element runs to the end, as in Markdown.
    r"^ {0,3}(?P<fence>```+|~~~+).*?(?:^ {0,3}(?P=fence)|\Z)"
    r"|<(?P<tag>pre|code)\b.*?(?:</(?P=tag)>|\Z)"
    r"|(?<![`:])(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)"
    r"|(?:\A|(?<=\n\n))(?:(?: {4}|\t)[^\n]*(?:\n|\Z))+",
    re.DOTALL | re.MULTILINE,
)


def redact(text: str, fix: Fix, in_history: InHistory = unknown) -> str:
    """The text with a visible mark in place of each reference to the fix or to what came later.

    Args:
        text: in Markdown, or what is left of it.
        fix: the pull request; without a number only commits are looked at.
        in_history: asked about each commit that the text names, in small letters.
    """
    # A reference that is gone can leave its neighbour standing where none was before.
    while (less := _once(text, fix, in_history)) != text:
        text = less
    return text


def named_commits(text: str) -> frozenset[str]:
    """What may be the id of a commit, or its beginning, in small letters."""
    return frozenset(found[0].lower() for found in _HEX.finditer(unquote(text))) | frozenset(
        found[0].lower() for found in _HEX.finditer(text)
    )


def _once(text: str, fix: Fix, in_history: InHistory) -> str:
    rules = _Rules(fix, in_history)
    text = _LINK.sub(rules.link, text)
    code = [found.span() for found in _CODE.finditer(text)]
    starts = [start for start, _ in code]

    def replaced(found: re.Match[str]) -> str:
        before = bisect_right(starts, found.start()) - 1
        return rules.replaced(found, in_code=before >= 0 and found.start() < code[before][1])

    return _REFERENCE.sub(replaced, text)


class _Rules:
    """What is decided of one reference."""

    def __init__(self, fix: Fix, in_history: InHistory) -> None:
        self._number = fix.number
        self._in_history = in_history
        self._owners = {repo.split("/")[0].lower() for repo in fix.repos}
        self._names = {repo.split("/")[-1].lower() for repo in fix.repos}
        self._tickets = not TICKETS_ELSEWHERE.isdisjoint(repo.lower() for repo in fix.repos)

    def link(self, found: re.Match[str]) -> str:
        """A Markdown link: its words stay, unless they are the reference."""
        if not self._leads(found["address"]):
            return found[0]
        label = found["label"].strip()
        whole = _REFERENCE.fullmatch(label)
        if not label or (whole is not None and self.replaced(whole, in_code=False) == MARK):
            return MARK
        return f"{label} {MARK}"

    def replaced(self, found: re.Match[str], *, in_code: bool) -> str:
        """What comes in the place of a reference: a mark, with what does not belong to it, or the reference."""
        kind = found.lastgroup
        if kind in ("url", "path"):
            address, rest = _without_punctuation(found[0])
            return MARK + rest if self._leads(address if kind == "url" else f"/{address}") else found[0]
        if kind == "hex":
            return MARK if self._in_history(found["hex"].lower()) is False else found[0]
        if kind == "at_commit":
            return MARK if self._ours(found["at"]) and self._unknown(found["at_commit"]) else found[0]
        return MARK if self._later(found, in_code=in_code) else found[0]

    def _later(self, found: re.Match[str], *, in_code: bool) -> bool:
        kind = str(found.lastgroup)
        number = int(found[kind])
        if self._number is None or number < self._number:
            return False
        if kind == "of_repo":
            if found["repo"]:
                return self._ours(found["repo"])
            word = found["word"].lower()
            if word not in _OURS | self._owners | self._names:
                return False
        own = kind == "own" or (in_code and kind in ("bare", "gh", "said", "of_repo"))
        if self._tickets and kind in ("bare", "of_repo"):
            own = True
        return number == self._number or not own

    def _ours(self, repo: str) -> bool:
        return repo.split("/")[-1].lower() in self._names

    def _unknown(self, commit: str) -> bool:
        return self._in_history(commit.lower()) is not True

    def _leads(self, address: str) -> bool:
        """Whether an address leads to the fix, or to what came later."""
        address = unquote(address)
        if any(self._in_history(found[0].lower()) is False for found in _HEX.finditer(address)):
            return True
        # An address may hold another one, as an archive's do.
        for start in (found.start() for found in re.finditer("/", address)):
            found = _IN_ADDRESS.match(address, start)
            if found is not None and self._ours(found["repo"]) and self._leads_there(found):
                return True
        relative = re.match(r"(?:\.\./|/)*(?:pull|issues|discussions)/(.+)", address)
        return relative is not None and self._is_later(relative[1])

    def _leads_there(self, found: re.Match[str]) -> bool:
        kind, rest = found["kind"].lower().rstrip("s"), found["rest"]
        if kind in ("pull", "issue", "discussion"):
            return self._is_later(rest)
        if kind == "compare":
            ends = re.split(r"\.\.\.?", rest, maxsplit=1)
            return not all(_COMMIT.fullmatch(end) and not self._unknown(end) for end in ends)
        commit = _COMMIT.match(rest)
        if commit is not None:
            return self._unknown(commit[0])
        return kind == "tree" and found["owner"].lower() not in self._owners and not _BRANCHES.match(rest)

    def _is_later(self, rest: str) -> bool:
        number = _NUMBERED.match(rest)
        return number is not None and self._number is not None and int(number[1]) >= self._number


def _without_punctuation(address: str) -> tuple[str, str]:
    """An address, and what of it belongs to the sentence: as GitHub's Markdown takes it."""
    end = len(address)
    while end:
        last = address[end - 1]
        if last in ".,:;!?'*_~" or (last == ")" and address.count("(", 0, end) < address.count(")", 0, end)):
            end -= 1
        else:
            break
    return address[:end], address[end:]

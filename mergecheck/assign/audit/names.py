"""Leaks 1, 2 and 3: instance ids and numbers; names of models, agents and authors; names of packet files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mergecheck.assign.audit.passages import Of, Passage, excerpt
from mergecheck.assign.audit.records import Finding, Known, KnownInstance, Leak, Opened, Severity, Shown
from mergecheck.assign.audit.well_known import AGENTS, GENERIC, MAKERS, MODELS, PHRASES

LEFT, RIGHT = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
"""A name stands by itself; `_` and `-` may be beside it, as in `fix_by_claude`."""

OF_A_CHANGE = (Of.ADDED, Of.NEW_PATH)
REDACT = "redact it for all candidates of the instance, drop the instance, or accept it"
WRITE_ANEW = "do not hand this packet out: move it away and run `mergecheck assign`, which writes it anew"

SWE_BENCH_ID = re.compile(LEFT + r"[a-z0-9][\w.-]*__[\w.-]*?-\d{1,9}" + RIGHT, re.IGNORECASE)
BLIND_ID = re.compile(r"[a-z2-7]{12}")
SHORTEST = 4
"""A name of one word that is shorter than this, or that is a common word, is not looked for."""

AUTHORSHIP = re.compile(
    r"co-authored-by|signed-off-by|reviewed-by"
    r"|(?:^|[#*;/\"'.])\s*:?authors?\s*:+\s*\S|__author__\s*="
    r"|\b(?:written|contributed|reported|submitted|fixed) by\s+[A-Z@]|\bpatch by\b|\bthanks to\s+[A-Z@]"
    r"|\b(?:TODO|FIXME|XXX|NOTE)\([a-z][\w.-]+\)",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+\w")


@dataclass(frozen=True, slots=True)
class Name:
    """A name to look for: the pattern, and whose it is, in words."""

    pattern: re.Pattern[str]
    whose: str


def find_numbers(passages: Iterable[Passage], known: Known) -> Iterator[Finding]:
    """Leak 1: an instance's id, or its pull request's number, where a reviewer can read it."""
    ids = sorted(known.instances, key=len, reverse=True)
    any_id = re.compile(LEFT + "(?:" + "|".join(map(re.escape, ids)) + ")" + RIGHT, re.IGNORECASE) if ids else None
    for passage in passages:
        found = [*(any_id.finditer(passage.text) if any_id else ()), *SWE_BENCH_ID.finditer(passage.text)]
        instance = known.instances.get(passage.instance or "")
        # Numbers in the text of an issue, and of changes, are leak 8's.
        if instance is not None and instance.number is not None and passage.of not in (Of.ISSUE, Of.ADDED):
            found += _number_pattern(instance, passage.of).finditer(passage.text)
        if passage.of is Of.ITEM_ID and not BLIND_ID.fullmatch(passage.text) and not found:
            yield of_passage(
                Leak.INSTANCE, Severity.LEAK, "this is no blind id", passage, passage.text, WRITE_ANEW
            )
        for match in _apart(found):
            known_id = match[0].lower() in {name.lower() for name in ids}
            what = "an instance's id" if known_id else "the form of an instance's id"
            what = "the number of the instance's pull request" if "__" not in match[0] and not known_id else what
            # A word such as `a__b-1` may be anything: only this study's ids are certain.
            certain = known_id or "__" not in match[0]
            in_text = passage.of in (*OF_A_CHANGE, Of.ISSUE)
            severity = Severity.LEAK if certain or not in_text else Severity.NOTE
            yield of_passage(Leak.INSTANCE, severity, what, passage, match, REDACT if in_text else WRITE_ANEW)


def _number_pattern(instance: KnownInstance, of: Of) -> re.Pattern[str]:
    number, name = str(instance.number), re.escape(instance.repo.rpartition("/")[2])
    marked = rf"(?:#|gh-|prs?[ #-]{{1,2}}|pull request #?|:(?:pr|pull):`){number}(?!\d)|{name}[-#]{number}(?!\d)"
    if len(number) >= 3 and of in (Of.NEW_PATH, Of.ENTRY, Of.ITEM_ID):
        marked = rf"(?<![0-9a-f]){number}(?![0-9a-f])"
    return re.compile(marked, re.IGNORECASE)


def _apart(matches: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """The matches of a line without those inside others."""
    chosen: list[re.Match[str]] = []
    for match in sorted(matches, key=lambda one: (one.start(), -one.end())):
        if not chosen or match.start() >= chosen[-1].end():
            chosen.append(match)
    return chosen


def names_of(known: Known) -> list[Name]:
    """Every name to look for: those of the study first."""
    found = []
    for submission in known.submissions:
        if submission.is_golden:
            continue
        for name, whose in (
            (submission.model, "a model of the study"),
            (submission.agent, "an agent of the study"),
            (submission.name, "a submission of the study"),
        ):
            found += [Name(re.compile(pattern, re.IGNORECASE), whose) for pattern in sorted(variants(name))]
    listed = (
        (MODELS, "a model's name"),
        (AGENTS, "an agent's name"),
        (MAKERS, "a model's maker"),
        (PHRASES, "words for a program's work"),
    )
    for patterns, whose in listed:
        found.append(Name(re.compile(f"{LEFT}(?:{'|'.join(patterns)}){RIGHT}", re.IGNORECASE), whose))
    return found


def variants(name: str) -> set[str]:
    """Patterns for a name: whole with any separators, without its date, and its telling pieces.

    `20240620_sweagent_claude3.5sonnet` is looked for whole, and as `sweagent` and `claude-3-5 sonnet`.
    """
    pieces = [piece for piece in re.split(r"[_/\s]+", name) if piece]
    whole = _tokens(name)
    undated = [token for token in whole if not (token.isdigit() and len(token) in (6, 8))]
    ways = [whole, undated, *(_tokens(piece) for piece in pieces)]
    return {_flexible(tokens) for tokens in ways if _telling(tokens)}


def _tokens(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", name.casefold())


def _flexible(tokens: Sequence[str]) -> str:
    return LEFT + r"[-_. ]?".join(map(re.escape, tokens)) + RIGHT


def _telling(tokens: Sequence[str]) -> bool:
    """Whether somebody who reads this thinks of an author: neither a common word, nor short, nor a number."""
    words = [token for token in tokens if not token.isdigit()]
    # A version behind a word makes a name of it, unless the word says nothing (`v2`, `test 1`).
    said = [word for word in words if word not in GENERIC and len(word) > 1]
    if not said or len("".join(tokens)) < SHORTEST:
        return False
    return len(tokens) > 1 or len(tokens[0]) >= SHORTEST


def find_names(passages: Iterable[Passage], texts: BaseTexts, known: Known) -> Iterator[Finding]:
    """Leak 2: a name of a model, an agent, a submission or an author in a change, a title or a path.

    A name that the base tree or the issue uses already is a note: an author of either kind may have used it.
    """
    names = names_of(known)
    any_name = re.compile("|".join(f"(?:{name.pattern.pattern})" for name in names), re.IGNORECASE)
    logins = _logins(known)
    for passage in passages:
        if passage.of in (Of.PATH, Of.ITEM_ID):
            continue
        if any_name.search(passage.text):
            for match in _apart([match for name in names for match in name.pattern.finditer(passage.text)]):
                yield _named(passage, match, _whose(match, names), texts)
        if passage.of is Of.ADDED:
            yield from _authors(passage, logins, texts)


def _named(passage: Passage, match: re.Match[str], whose: str, texts: BaseTexts) -> Finding:
    severity, what, fix = Severity.LEAK, whose, REDACT
    if passage.of is Of.ISSUE:
        severity, what = Severity.NOTE, f"{whose}; all candidates of the instance show this issue"
    elif passage.of in OF_A_CHANGE:
        if texts.have(passage.instance, match[0]):
            severity, what = Severity.NOTE, f"{whose}; the base tree or the issue uses it too"
    elif passage.of is Of.MANIFEST and "guidelines" in passage.place:
        severity, what = Severity.NOTE, f"{whose}, in the guidelines that every reviewer reads"
    elif passage.of is Of.MANIFEST:
        fix = "it is the same for all changes: give the study another name, or accept it"
    else:
        fix = WRITE_ANEW
    return of_passage(Leak.NAMES, severity, what, passage, match, fix)


def _authors(passage: Passage, logins: dict[str, re.Pattern[str]], texts: BaseTexts) -> Iterator[Finding]:
    for match in AUTHORSHIP.finditer(passage.text):
        severity = Severity.NOTE if texts.have(passage.instance, passage.text.strip()) else Severity.LEAK
        text = passage.text[match.start() :].strip()
        yield of_passage(Leak.NAMES, severity, "says who wrote or reported something", passage, text, REDACT)
        return
    for match in ADDRESS.finditer(passage.text):
        # Addresses are the matter of much code; as an author's they stand behind a name.
        behind_a_name = passage.text[: match.start()].rstrip().endswith("<")
        severity = Severity.LEAK if behind_a_name and not texts.have(passage.instance, match[0]) else Severity.NOTE
        if severity is Severity.LEAK or not texts.have(passage.instance, match[0]):
            yield of_passage(Leak.NAMES, severity, "an address", passage, match, REDACT)
    pattern = logins.get(passage.instance or "")
    for match in pattern.finditer(passage.text) if pattern else ():
        severity = Severity.NOTE if texts.have(passage.instance, match[0]) else Severity.LEAK
        what = "the GitHub name of somebody who wrote, reviewed or merged the fix"
        yield of_passage(Leak.NAMES, severity, what, passage, match, REDACT)


def _logins(known: Known) -> dict[str, re.Pattern[str]]:
    found = {}
    for instance in known.instances.values():
        people = [name for name in instance.people or () if len(name) >= SHORTEST]
        if people:
            listed = "|".join(re.escape(name) for name in sorted(people, key=len, reverse=True))
            found[instance.id] = re.compile(f"{LEFT}@?(?:{listed}){RIGHT}", re.IGNORECASE)
    return found


class BaseTexts:
    """What the base commit and the issue of each instance hold, as far as it is at hand."""

    def __init__(self, packets: Sequence[Opened], known: Known) -> None:
        self._packets = packets
        self._known = known
        self._texts: dict[str, str] | None = None
        self._asked: dict[tuple[str, str], bool] = {}

    def have(self, instance: str | None, literal: str) -> bool:
        """Whether they use a text, in capitals or small letters."""
        if instance is None:
            return False
        key = (instance, literal.casefold())
        if key not in self._asked:
            self._asked[key] = (
                literal.casefold() in self._of(instance)
                or (self._known.in_base is not None and self._known.in_base(instance, literal))
                or self._in_trees(instance, literal.casefold())
            )
        return self._asked[key]

    def _of(self, instance: str) -> str:
        if self._texts is None:
            parts: dict[str, set[str]] = {}
            for packet in self._packets:
                for item in packet.items:
                    if item.instance is not None:
                        sides = (file.old for file in item.files if file.old is not None)
                        parts.setdefault(item.instance, set()).update((item.issue, *sides))
            self._texts = {name: "\n".join(sorted(texts)).casefold() for name, texts in parts.items()}
        return self._texts.get(instance, "")

    def _in_trees(self, instance: str, literal: str) -> bool:
        for packet in self._packets:
            tree = packet.trees.get(instance)
            if tree is not None:
                digests = {digest for digest in tree.files.values() if digest is not None}
                return any(literal in tree.text(digest).casefold() for digest in sorted(digests))
        return False


def find_file_names(packets: Iterable[Opened], known: Known) -> Iterator[Finding]:
    """Leak 3: a packet that is named after a model, an agent, a submission, golden or an instance."""
    names = [*names_of(known), Name(re.compile(rf"{LEFT}gold(?:en)?{RIGHT}", re.IGNORECASE), "golden")]
    ids = [re.escape(name) for name in known.instances]
    ids += [re.escape(name.partition("__")[2]) for name in known.instances if "__" in name]
    if ids:
        listed = "|".join(sorted(ids, key=len, reverse=True))
        names.append(Name(re.compile(f"{LEFT}(?:{listed}){RIGHT}", re.IGNORECASE), "an instance"))
    for packet in packets:
        if not packet.file:
            continue
        found = [match for name in names for match in name.pattern.finditer(packet.file)]
        for match in _apart(found):
            yield Finding(
                Leak.FILE_NAMES,
                Severity.LEAK,
                f"the file is named after {_whose(match, names)}",
                f"file {packet.file}",
                "give the file a neutral name before it goes out, or the study another name",
                literal=match[0],
                excerpt=packet.file,
                shown=(Shown(packet.file),),
            )


def _whose(match: re.Match[str], names: Iterable[Name]) -> str:
    return next(name.whose for name in names if name.pattern is match.re)


def of_passage(
    leak: Leak, severity: Severity, what: str, passage: Passage, found: re.Match[str] | str, fix: str
) -> Finding:
    """A finding about a passage: `found` is the text in it that gives something away."""
    literal = found if isinstance(found, str) else found[0]
    start, end = (0, 0) if isinstance(found, str) else found.span()
    return Finding(
        leak,
        severity,
        what,
        passage.place,
        fix,
        literal=literal,
        excerpt=excerpt(passage.text, start, end),
        instance=passage.instance,
        candidates=() if passage.candidate is None else (passage.candidate,),
        shown=passage.shown,
    )

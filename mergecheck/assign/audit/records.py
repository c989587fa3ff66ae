"""What the audit of the blinding looks at, what it knows, and what it returns: frozen, and read from nowhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from mergecheck.changes.rules import Base
from mergecheck.records import Hunk, Kind, Policies


class Leak(IntEnum):
    """The twelve ways in which a patch gives its author away."""

    INSTANCE = 1
    NAMES = 2
    FILE_NAMES = 3
    HISTORY = 4
    SCRATCH = 5
    TESTS = 6
    DIALECT = 7
    LINKS = 8
    TOO_NEAR = 9
    ORDER = 10
    REMEMBERED = 11
    RESULTS = 12


TITLES: Mapping[Leak, str] = {
    Leak.INSTANCE: "Instance ids and pull request numbers",
    Leak.NAMES: "Names of models, agents, submissions, authors",
    Leak.FILE_NAMES: "Names of packet files",
    Leak.HISTORY: "Commits, tags, reflogs",
    Leak.SCRATCH: "Scratch files that agents leave",
    Leak.TESTS: "Edited test files",
    Leak.DIALECT: "Dialects of diffs",
    Leak.LINKS: "Links to the fix",
    Leak.TOO_NEAR: "One issue twice in a short time",
    Leak.ORDER: "Orders and times that follow the source",
    Leak.REMEMBERED: "Reviewers who know the fix",
    Leak.RESULTS: "Grades and test results",
}


class Severity(StrEnum):
    """A `leak` wants a decision; a `note` is to be known."""

    LEAK = "leak"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a reviewer meets something: the packet's file name, the item's number in it and its blind id.

    `packet` is "" before there is one, `number` and `item` are None for what belongs to no item.
    """

    packet: str
    number: int | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may give an author away.

    `literal` is the text that does, as it stands there ("" where it is no text); `place` where: `PATH:LINE` of a
    change's new text, `issue:LINE`, `entry NAME` of the ZIP, a field of the manifest. `candidates` are those that
    it concerns, `shown` the packets and items that it is in. `fix` says what to do.
    """

    leak: Leak
    severity: Severity
    what: str
    place: str
    fix: str
    literal: str = ""
    excerpt: str = ""
    instance: str | None = None
    candidates: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()

    @property
    def id(self) -> str:
        """Ten hexadecimal digits over leak, instance, literal text and place: the same in every run."""
        parts = (str(int(self.leak)), self.instance or "", self.literal, self.place)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:10]

    @property
    def redactable(self) -> bool:
        """Whether a mark can stand in the text's place, in everything that is shown of the instance."""
        return bool(self.literal) and self.instance is not None


@dataclass(frozen=True, slots=True)
class Check:
    """What one of the twelve checks looked at; `missing` says what it could not look at, "" where nothing."""

    leak: Leak
    looked_at: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a change as a packet has it; `unknown`: keys that no packet of ours has, with values."""

    path: str
    kind: Kind
    old_path: str | None = None
    old: str | None = None
    new: str | None = None
    old_mode: str | None = None
    new_mode: str | None = None
    binary: bool = False
    hunks: tuple[Hunk, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether the base commit has no file of this path."""
        return self.kind in (Kind.ADDED, Kind.RENAMED)


@dataclass(frozen=True, slots=True)
class Item:
    """One item as a packet has it. `candidate` and `instance` are the study's word on its blind id."""

    id: str
    number: int
    wave: int
    repository: str
    issue: str
    files: tuple[File, ...]
    candidate: str | None = None
    instance: str | None = None
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a packet's ZIP, in the ZIP's order. `time` is (year, month, day, hour, minute, second).

    `expected`: a packet of ours has it. `text` is what stands in one that is not expected.
    """

    name: str
    time: tuple[int, int, int, int, int, int]
    attributes: tuple[int, int, bytes, bytes] = (3, 0, b"", b"")
    """System, external attributes, extra field, comment."""
    expected: bool = True
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """A base tree: path → digest (None: not shown), and the text with a digest, read when it is asked for."""

    files: Mapping[str, str | None]
    text: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A packet as it lies on the disk. `fields`: manifest field → text. `trees`: instance → base tree.

    What the next round would hand out has no file yet: `file` is "", and there are no entries and no queue.
    """

    file: str
    reviewer: str
    round: int
    waves: int
    items: tuple[Item, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    trees: Mapping[str, Tree] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class KnownInstance:
    """What the study knows of an instance. `number` is its pull request's, `closes` the issues that it closes.

    `people` are GitHub logins of those who wrote, reviewed or merged it; None where the pull request is not known.
    `golden_paths` are the files that the golden patch touches, `names` other names of the repository.
    """

    id: str
    repo: str
    base_commit: str = ""
    number: int | None = None
    closes: tuple[int, ...] = ()
    people: frozenset[str] | None = None
    golden_paths: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownSubmission:
    """A submission's names."""

    name: str
    model: str
    agent: str
    is_golden: bool = False


@dataclass(frozen=True, slots=True)
class Assigned:
    """What the study says of a blind id. `conflict` as it was when the round was drawn."""

    candidate: str
    instance: str
    reviewer: str
    repeat: bool = False
    conflict: bool = False
    recognised: str | None = None


OwnDiff = Callable[[Sequence[tuple[str, str]]], "list[tuple[Hunk, ...]]"]
"""Our own hunks of each pair of old and new text."""


@dataclass(frozen=True)
class Known:
    """What the study knows and no reviewer may.

    `makers`: candidate → submissions. `assigned`: blind id → what it stands for. `conflicts`: reviewer → instances
    whose fix they wrote, reviewed or merged, as it is known today. `bases`: instance → what the rules for scratch
    files must know of its base tree. `commits`: instance and a text that may be a commit's id → whether it is one
    later than the base, None where no mirror could say. `in_base`: whether an instance's base tree has a text;
    None where that cannot be asked. `own_diff` is None where git is not at hand.
    """

    instances: Mapping[str, KnownInstance]
    submissions: Sequence[KnownSubmission] = ()
    makers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    assigned: Mapping[str, Assigned] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    conflict_policy: str = "exclude"
    conflicts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reviewers_with_github: int = 0
    reviewers: int = 0
    bases: Mapping[str, Base] = field(default_factory=dict)
    commits: Mapping[tuple[str, str], bool | None] = field(default_factory=dict)
    in_base: Callable[[str, str], bool] | None = None
    own_diff: OwnDiff | None = None

    def is_golden(self, candidate: str | None) -> bool:
        """Whether the golden patch is (also) this candidate."""
        golden = {one.name for one in self.submissions if one.is_golden}
        return candidate is not None and not golden.isdisjoint(self.makers.get(candidate, frozenset()))


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, by leak and place, and what each of the twelve checks looked at."""

    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]

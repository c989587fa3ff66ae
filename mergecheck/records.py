"""The nouns of a study, frozen. Every room takes these and returns these.

Standard library only: the reviewer's program and `mergecheck --help` both load this module.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

GOLDEN = "golden"
"""Name of the submission that holds the human patches; no other submission may take it."""


class Grade(StrEnum):
    """What the automated grader said of an attempt."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    EMPTY = "empty"
    ERROR = "error"
    UNGRADED = "ungraded"


class Disposition(StrEnum):
    """What became of an attempt on its way to a reviewer."""

    REVIEWABLE = "reviewable"
    EMPTY_AFTER_POLICY = "empty_after_policy"
    UNAPPLIABLE = "unappliable"
    DROPPED = "dropped"
    NOT_RUN = "not_run"
    NO_PATCH = "no_patch"
    """Known by its grade alone: it counts in pass rates, and there is nothing to review."""


class Kind(StrEnum):
    """What a change does to one file."""

    MODIFIED = "modified"
    ADDED = "added"
    DELETED = "deleted"
    RENAMED = "renamed"
    MODE = "mode"


class Decision(StrEnum):
    """What a reviewer decides about a candidate."""

    ACCEPT = "accept"
    REQUEST_CHANGES = "request_changes"
    SKIP = "skip"


class Author(StrEnum):
    """Who a reviewer thinks wrote a change."""

    HUMAN = "human"
    AI = "ai"
    CANNOT_TELL = "cannot_tell"


class Recognised(StrEnum):
    """Whether a reviewer knew a change before seeing it."""

    NO = "no"
    FAMILIAR = "familiar"
    YES = "yes"


class Front(StrEnum):
    """Which front of the desk an event was made with."""

    FULL_SCREEN = "full_screen"
    PLAIN = "plain"
    ANSWERS_FILE = "answers_file"


@dataclass(frozen=True, slots=True)
class Instance:
    """One SWE-bench issue. `id` ends in the upstream pull request's number: never shown to a reviewer.

    `hints` is what the benchmark keeps of the discussion after the issue was written.
    """

    id: str
    repo: str
    base_commit: str
    problem_statement: str
    golden_patch: str
    test_patch: str = ""
    difficulty: str | None = None
    created_at: str | None = None
    hints: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One agent run over the benchmark. `released` is the model's release date; golden has none."""

    name: str
    model: str
    released: date | None
    agent: str
    is_golden: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """A submission's patch for an instance, raw, with what the automated grader said.

    `patch` is the author's text as it was read ("" where there is none). `file` and `row` say where it was
    read (row counts from 1; None where a file holds one patch); `grade_source` which file graded it.
    """

    submission: str
    instance: str
    patch: str
    grade: Grade
    grade_source: str = ""
    file: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """A row that was read and not taken: counted, named, explained, and kept for `audit`.

    `reason` is a short key (`not_in_benchmark`, `out_of_scope`, `duplicate`, …); `detail` one sentence.
    """

    submission: str
    file: str
    row: int | None
    instance: str | None
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of changed lines with their context.

    Line numbers count from 1, as in a unified diff (a side with no lines starts at the line before, 0 for an
    empty file). Each of `lines` begins with " ", "-" or "+"; a line `\\` says that the line before it has no
    final newline. Lines carry no newline of their own.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a canonical change: whole old and new text, and the diff that we make of them.

    `old_text` is None for an added file, `new_text` for a deleted one, both for a binary file, which is named
    and not shown; `old_digest` and `new_digest` (SHA-256 of the file's bytes) tell binary changes apart. Modes are
    git's: "100644", "100755" (executable), "120000" (a symbolic link, whose text is where it points); None where a
    side has no file.
    """

    path: str
    kind: Kind
    old_path: str | None = None
    old_text: str | None = None
    new_text: str | None = None
    old_digest: str | None = None
    new_digest: str | None = None
    old_mode: str | None = None
    new_mode: str | None = None
    binary: bool = False
    hunks: tuple[Hunk, ...] = ()


@dataclass(frozen=True, slots=True)
class CanonicalChange:
    """For every file its whole old and new text, in path order, and the version of the rules that made it."""

    rules: str
    files: tuple[FileChange, ...]

    def digest(self) -> str:
        """SHA-256 (hex) over rules, paths, kinds, contents and modes; equal changes have equal digests."""
        return self._digest(self.rules)

    def contents(self) -> str:
        """The same without the rules: what later rules make alike is the same change."""
        return self._digest("")

    def _digest(self, rules: str) -> str:
        parts = [rules]
        for file in self.files:
            sides = (file.old_digest, file.old_mode, file.new_digest, file.new_mode)
            parts += [file.path, file.old_path or "", file.kind, *(side or "" for side in sides)]
        # A path need not be UTF-8; git's bytes that are not stand as lone surrogates.
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Policies:
    """What is left out of a change before anybody sees it, alike for golden and agents.

    `tests`, `docs` (documentation, change logs, lists of authors) and `scratch` (what an agent left lying about)
    are "strip" or "show". `keep` are globs of paths that no rule takes for scratch files.
    """

    tests: Literal["strip", "show"] = "strip"
    docs: Literal["strip", "show"] = "strip"
    scratch: Literal["strip", "show"] = "strip"
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One change under review: an instance and a canonical change, whoever made it."""

    instance: str
    change: CanonicalChange

    @property
    def id(self) -> str:
        """SHA-256 (hex) of instance and change: follows nothing of the source."""
        return hashlib.sha256(f"{self.instance}\0{self.change.digest()}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who reviews, by pseudonym, with the repositories that they know; none means all.

    `hours` is the time that they have for a round, None where it is not said. `github` are their GitHub names, in
    small letters: for conflicts of interest only, never stored. Who is not `active` gets no more work.
    """

    id: str
    repositories: tuple[str, ...]
    hours: float | None = None
    github: tuple[str, ...] = ()
    active: bool = True


class Why(StrEnum):
    """Why a reviewer is shown a candidate."""

    DRAWN = "drawn"
    OVERLAP = "overlap"
    """Drawn for a second reviewer too."""
    EARLIER = "earlier"
    """Handed out in an earlier round, and shown again so that rounds and reviewers can be compared."""
    REPEAT = "repeat"
    """Shown to the same reviewer once more in one queue."""
    REISSUED = "reissued"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Reviewer × candidate × round × wave × position, under a blind id of its own.

    Waves and positions count from 1; positions run on over the waves of a queue. `repeat_of` is the assignment
    that showed the candidate to the same reviewer before. `conflict`: the reviewer wrote, reviewed or merged the
    fix.
    """

    id: str
    reviewer: str
    candidate: str
    round: int
    wave: int
    position: int
    repeat_of: str | None = None
    why: Why = Why.DRAWN
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """Whether an attempt was sampled into a round, with what inclusion probability, and why."""

    submission: str
    instance: str
    round: int
    sampled: bool
    inclusion_probability: float
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says of a candidate.

    `progress` is 0–100 (per cent of the way to a mergeable change), `confidence` 1–10, `baseline_minutes` the
    reviewer's estimate of writing it oneself. `reason` is a key of the form's reasons and set only where
    changes are requested; `skip_reason` only where the candidate is skipped.
    """

    decision: Decision
    reason: str | None = None
    progress: int | None = None
    confidence: int | None = None
    baseline_minutes: float | None = None
    comment: str = ""
    skip_reason: str | None = None


class Side(StrEnum):
    """Which text of a change a line stands in."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Comment:
    """What a reviewer says of a part of a change.

    Of the whole change without `path`, of a file without `side`; else of the lines `start` to `end` (from 1, both
    included) of that side's text. `excerpt` is those lines as they stood, since line numbers go stale.
    """

    id: str
    text: str
    path: str | None = None
    side: Side | None = None
    start: int | None = None
    end: int | None = None
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """Asked after the verdict: who may have written the change, how sure (1–10), and whether it was known."""

    author: Author
    confidence: int | None
    recognised: Recognised


@dataclass(frozen=True, slots=True)
class Review:
    """One assignment's outcome, folded from its events.

    `verdict` is the last one before the question who may have written it was opened (the analysis uses this);
    `final` the last of all. `active_seconds` is the time up to `verdict`, idle time left out. Times are ISO 8601
    in UTC. `comments` are those on lines, files and the change that stand, in the order in which they were begun;
    what a verdict says itself is in its `comment`.
    """

    assignment: str
    verdict: Verdict | None = None
    final: Verdict | None = None
    guess: Guess | None = None
    active_seconds: float = 0.0
    front: Front | None = None
    simulated: bool = False
    submitted_at: str | None = None
    guess_opened: bool = False
    corrections: tuple[str, ...] = field(default=())
    comments: tuple[Comment, ...] = field(default=())

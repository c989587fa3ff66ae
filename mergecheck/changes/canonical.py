"""A raw patch to the canonical change: the files' whole old and new texts, and our own diff of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from mergecheck.changes.diff import RawChange, read_diff
from mergecheck.changes.paths import absolute_path, is_test
from mergecheck.changes.workspace import GitRefused, Workspace
from mergecheck.records import CanonicalChange, Disposition, FileChange, Kind

RULES = "1"
"""Version of the rules below. Raised when the same patch could come out otherwise; kept in every change."""


class Rung(StrEnum):
    """How a patch was taken."""

    APPLY = "apply"
    APPLY_WITH_NEWLINE = "apply_with_newline"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that a policy took out of a change, and the policy."""

    path: str
    rule: str


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a patch: a change where the disposition is `reviewable`, else why there is none."""

    disposition: Disposition
    change: CanonicalChange | None = None
    rung: Rung | None = None
    left_out: tuple[LeftOut, ...] = ()
    detail: str = ""


def make_change(workspace: Workspace, base_commit: str, patch: str, *, strip_tests: bool) -> Made:
    """Apply a raw patch to its base commit and describe the result in our own words.

    Args:
        workspace: of the instance's repository.
        base_commit: what the patch is against.
        patch: the author's bytes as text.
        strip_tests: leave test files as they were, whoever changed them.

    Raises:
        ChangeError: the mirror does not hold the base commit.
    """
    if not patch.strip():
        return Made(Disposition.EMPTY_AFTER_POLICY, detail="the patch is empty")
    raw = patch.encode("utf-8", "surrogateescape" if _escaped(patch) else "surrogatepass")
    outside = absolute_path(raw)
    if outside is not None:
        return Made(Disposition.UNAPPLIABLE, detail=f"it names {outside}, a path outside the repository")
    rung = Rung.APPLY
    if not raw.endswith(b"\n"):
        # Many agents' patches lost it on the way; git calls them corrupt, the line itself is whole.
        raw, rung = raw + b"\n", Rung.APPLY_WITH_NEWLINE
    workspace.start(base_commit)
    try:
        workspace.apply(raw)
    except GitRefused as refused:
        return Made(Disposition.UNAPPLIABLE, detail=str(refused))
    left_out = _strip_tests(workspace, base_commit) if strip_tests else ()
    changes = read_diff(workspace.diff(base_commit))
    if not changes:
        why = "nothing is left without test files" if left_out else "it changes nothing"
        return Made(Disposition.EMPTY_AFTER_POLICY, rung=rung, left_out=left_out, detail=why)
    files = sorted((_file(workspace, change) for change in changes), key=lambda file: file.path)
    return Made(Disposition.REVIEWABLE, CanonicalChange(RULES, tuple(files)), rung, left_out)


def _escaped(patch: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in patch)


def _strip_tests(workspace: Workspace, base_commit: str) -> tuple[LeftOut, ...]:
    tests = [entry for entry in workspace.changed(base_commit) if is_test(entry[0])]
    if tests:
        workspace.restore(tests)
    return tuple(LeftOut(path, "tests") for path, _, _ in tests)


def _file(workspace: Workspace, change: RawChange) -> FileChange:
    old = None if change.old_id is None else workspace.blob(change.old_id)
    new = None if change.new_id is None else workspace.blob(change.new_id)
    # One encoding for both sides, or the hunks would mix two. Every byte is a Latin-1 character.
    encoding = "utf-8" if all(_is_utf8(side) for side in (old, new) if side is not None) else "latin-1"
    shown = not change.binary
    return FileChange(
        path=change.path,
        kind=_kind(change, old == new),
        old_path=change.old_path,
        old_text=old.decode(encoding) if shown and old is not None else None,
        new_text=new.decode(encoding) if shown and new is not None else None,
        old_digest=None if old is None else hashlib.sha256(old).hexdigest(),
        new_digest=None if new is None else hashlib.sha256(new).hexdigest(),
        binary=change.binary,
        hunks=tuple(hunk.decoded(encoding) for hunk in change.hunks) if shown else (),
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _kind(change: RawChange, same_text: bool) -> Kind:
    match change.status:
        case "A":
            return Kind.ADDED
        case "D":
            return Kind.DELETED
        case "R":
            return Kind.RENAMED
        case _:
            return Kind.MODE if same_text else Kind.MODIFIED

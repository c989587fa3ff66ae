"""A raw patch to the canonical change: the files' whole old and new texts, and our own diff of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mergecheck.changes.diff import RawChange, read_diff
from mergecheck.changes.mend import with_trailing_context
from mergecheck.changes.paths import absolute_path, is_test
from mergecheck.changes.workspace import GitRefused, Workspace
from mergecheck.records import CanonicalChange, Disposition, FileChange, Kind

RULES = "1"
"""Version of the rules below. Raised when the same patch could come out otherwise; kept in every change."""

LARGEST_PATCH = 20 * 1024 * 1024
"""Bytes of a patch beyond which nobody is asked to read it."""

SUBMODULE = "160000"


def made_with(*, strip_tests: bool) -> str:
    """Names the rules and policies: changes made with others are made again, unless they were handed out."""
    return f"rules {RULES}, tests {'strip' if strip_tests else 'show'}"


class Rung(StrEnum):
    """How a patch was taken: as it is, with the final newline it lost, or with the blank context it lost too."""

    APPLY = "apply"
    APPLY_WITH_NEWLINE = "apply_with_newline"
    APPLY_WITH_CONTEXT = "apply_with_context"


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
        ChangeError: the mirror does not hold the base commit, or git cannot work: nothing was learnt of the patch.
    """
    if not patch.strip():
        return Made(Disposition.EMPTY_AFTER_POLICY, detail="the patch is empty")
    raw = patch.encode("utf-8", "surrogateescape" if _escaped(patch) else "surrogatepass")
    if len(raw) > LARGEST_PATCH:
        return Made(Disposition.UNAPPLIABLE, detail=f"it has {len(raw)} bytes, more than anybody would read")
    outside = absolute_path(raw)
    if outside is not None:
        return Made(Disposition.UNAPPLIABLE, detail=f"it names {outside}, a path outside the repository")
    try:
        rung = _apply(workspace, base_commit, raw)
        left_out = _strip_tests(workspace, base_commit) if strip_tests else ()
        changes = read_diff(workspace.diff(base_commit))
    except GitRefused as refused:
        return Made(Disposition.UNAPPLIABLE, detail=str(refused))
    if not changes:
        why = "nothing is left without test files" if left_out else "it changes nothing"
        return Made(Disposition.EMPTY_AFTER_POLICY, rung=rung, left_out=left_out, detail=why)
    files = sorted((_file(workspace, change) for change in changes), key=lambda file: file.path)
    return Made(Disposition.REVIEWABLE, CanonicalChange(RULES, tuple(files)), rung, left_out)


def _escaped(patch: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in patch)


def _apply(workspace: Workspace, base_commit: str, raw: bytes) -> Rung:
    """Apply by the first rung that git takes; what git says of the patch as it is counts if it takes none."""
    first: GitRefused | None = None
    for rung, patch in _ladder(raw):
        workspace.start(base_commit)
        try:
            workspace.apply(patch)
        except GitRefused as refused:
            first = first or refused
        else:
            return rung
    raise first or GitRefused("there is nothing to apply")


def _ladder(raw: bytes) -> Iterator[tuple[Rung, bytes]]:
    # Many agents' patches lost their last newline on the way; git calls them corrupt, the line itself is whole.
    ended = raw if raw.endswith(b"\n") else raw + b"\n"
    yield (Rung.APPLY if ended is raw else Rung.APPLY_WITH_NEWLINE), ended
    mended = with_trailing_context(ended)
    if mended is not None:
        yield Rung.APPLY_WITH_CONTEXT, mended


def _strip_tests(workspace: Workspace, base_commit: str) -> tuple[LeftOut, ...]:
    changed = workspace.changed(base_commit)
    tests = [entry for entry in changed if is_test(entry[0])]
    if not tests:
        return ()
    workspace.restore(tests)
    # A file that stood in the place of a folder of tests goes with them.
    kept = {path for path, _, _ in workspace.changed(base_commit)}
    return tuple(LeftOut(path, "tests") for path, _, _ in changed if path not in kept)


def _file(workspace: Workspace, change: RawChange) -> FileChange:
    old = _side(workspace, change.old_id, change.old_mode)
    new = _side(workspace, change.new_id, change.new_mode)
    shown = (
        not change.binary and (old is None) == (change.old_id is None) and (new is None) == (change.new_id is None)
    )
    # One encoding for both sides, or the hunks would mix two. Every byte is a Latin-1 character.
    encoding = "utf-8" if all(_is_utf8(side) for side in (old, new) if side is not None) else "latin-1"
    return FileChange(
        path=change.path,
        kind=_kind(change),
        old_path=change.old_path,
        old_text=old.decode(encoding) if shown and old is not None else None,
        new_text=new.decode(encoding) if shown and new is not None else None,
        old_digest=_digest(old, change.old_id),
        new_digest=_digest(new, change.new_id),
        old_mode=None if change.old_id is None else change.old_mode,
        new_mode=None if change.new_id is None else change.new_mode,
        binary=not shown,
        hunks=tuple(hunk.decoded(encoding) for hunk in change.hunks) if shown else (),
    )


def _side(workspace: Workspace, object_id: str | None, mode: str) -> bytes | None:
    if object_id is None:
        return None
    if mode == SUBMODULE:
        # The commit is another repository's; git's own diff shows this line.
        return f"Subproject commit {object_id}\n".encode()
    return workspace.blob(object_id)


def _digest(side: bytes | None, object_id: str | None) -> str | None:
    if object_id is None:
        return None
    # What is too large to be read is told apart by git's own digest.
    return f"git:{object_id}" if side is None else hashlib.sha256(side).hexdigest()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _kind(change: RawChange) -> Kind:
    match change.status:
        case "A":
            return Kind.ADDED
        case "D":
            return Kind.DELETED
        case "R":
            return Kind.RENAMED
        case _:
            return Kind.MODE if change.old_id == change.new_id else Kind.MODIFIED

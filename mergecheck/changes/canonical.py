"""A raw patch to the canonical change: the files' whole old and new texts, and our own diff of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mergecheck.changes.describe import LARGEST_CHANGE, describe, size_of
from mergecheck.changes.ladder import NotTaken, Rung, climb
from mergecheck.changes.paths import absolute_path, folders_of
from mergecheck.changes.policies import PREPARATION, is_kept, strips, taken_by
from mergecheck.changes.preparation import SUBSTITUTIONS, only_prepares
from mergecheck.changes.runner import GitRefused, one_line
from mergecheck.changes.touched import NO_FILE, Touched
from mergecheck.changes.workspace import Workspace
from mergecheck.records import CanonicalChange, Disposition, FileChange, Policies

__all__ = ["RULES", "LeftOut", "Made", "Rung", "made_with", "make_change"]

RULES = "3"
"""Version of the rules below. Raised when the same patch could come out otherwise; kept in every change."""

LARGEST_PATCH = 20 * 1024 * 1024
"""Bytes of a patch beyond which nobody is asked to read it."""

ESCAPED = re.compile("[\udc80-\udcff]")


def made_with(policies: Policies) -> str:
    """Names the rules and policies: changes made with others are made again, unless they were handed out."""
    said = [f"rules {RULES}", *(f"{key} {getattr(policies, key)}" for key in ("tests", "docs", "scratch"))]
    if policies.keep:
        said.append("keep " + " ".join(sorted(policies.keep)))
    return ", ".join(said)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that a policy took out of a change, and the rule by its name in `policies.TABLE`."""

    path: str
    rule: str


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a patch: a change where the disposition is `reviewable`, else why there is none.

    `missing` are rungs that an unappliable patch was not tried by, because this machine lacks the program.
    """

    disposition: Disposition
    change: CanonicalChange | None = None
    rung: Rung | None = None
    left_out: tuple[LeftOut, ...] = ()
    detail: str = ""
    missing: tuple[Rung, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A patch that was taken: what it touches, without what a policy left out."""

    rung: Rung
    touched: list[Touched]
    left_out: tuple[LeftOut, ...]


def make_change(workspace: Workspace, base_commit: str, patch: str, policies: Policies) -> Made:
    """Apply a raw patch to its base commit and describe the result in our own words.

    Args:
        workspace: of the instance's repository.
        base_commit: what the patch is against.
        patch: the author's bytes as text.
        policies: which files are left as they were, whoever changed them.

    Raises:
        ChangeError: the mirror does not hold the base commit, or not whole; there is no room on the disk.
    """
    raw = readable(patch)
    if isinstance(raw, Made):
        return raw
    workspace.sweep(1)
    workspace.renew()
    try:
        rung = climb(workspace, base_commit, raw)
        taken = taken_with(workspace, base_commit, rung, workspace.changed(), policies)
        if isinstance(taken, Made):
            return taken
        return reviewable(taken, describe(workspace, [taken.touched])[0])
    except NotTaken as words:
        absent = "".join(f"; `{rung}` is not installed here and was not tried" for rung in words.missing)
        return Made(Disposition.UNAPPLIABLE, detail=f"{words}{absent}", missing=words.missing)
    except GitRefused as refused:
        return Made(Disposition.UNAPPLIABLE, detail=str(refused))


def readable(patch: str) -> bytes | Made:
    """The author's bytes, or what is to be said of a patch that no git is asked about."""
    if not patch.strip():
        return Made(Disposition.EMPTY_AFTER_POLICY, detail="the patch is empty")
    # A character is a byte at least; only what may pass is turned into bytes.
    raw = b"" if len(patch) > LARGEST_PATCH else _bytes(patch)
    if (size := max(len(patch), len(raw))) > LARGEST_PATCH:
        return Made(Disposition.UNAPPLIABLE, detail=f"it has {size} bytes or more, more than anybody would read")
    outside = absolute_path(raw)
    if outside is not None:
        return Made(Disposition.UNAPPLIABLE, detail=f"it names {one_line(outside)}, a path outside the repository")
    return raw


def taken_with(
    workspace: Workspace, base_commit: str, rung: Rung, touched: list[Touched], policies: Policies
) -> Taken | Made:
    """A patch that was taken, without what the policies leave out; or that nothing, or too much, is left of it.

    Raises:
        ChangeError: the mirror lacks a file, or has it damaged.
    """
    left, left_out = _leave_out(workspace, base_commit, touched, policies)
    size = size_of(workspace, left)
    if size > LARGEST_CHANGE:
        return Made(Disposition.UNAPPLIABLE, detail=f"its files have {size} bytes, more than anybody would read")
    if not left:
        return Made(Disposition.EMPTY_AFTER_POLICY, rung=rung, left_out=left_out, detail=_why_empty(left_out))
    return Taken(rung, left, left_out)


def reviewable(taken: Taken, files: tuple[FileChange, ...]) -> Made:
    """The change that somebody may review."""
    return Made(Disposition.REVIEWABLE, CanonicalChange(RULES, files), taken.rung, taken.left_out)


def _bytes(patch: str) -> bytes:
    """The author's bytes: those that were no UTF-8 stand as lone surrogates, in one of Python's two ways."""
    try:
        return patch.encode()
    except UnicodeEncodeError:
        return patch.encode("utf-8", "surrogateescape" if ESCAPED.search(patch) else "surrogatepass")


def _why_empty(left_out: tuple[LeftOut, ...]) -> str:
    if not left_out:
        return "it changes nothing"
    rules = sorted({left.rule for left in left_out})
    return f"nothing is left without what these rules take: {'; '.join(rules)}"


def _leave_out(
    workspace: Workspace, base_commit: str, changed: list[Touched], policies: Policies
) -> tuple[list[Touched], tuple[LeftOut, ...]]:
    """What the policies leave of a change, and what they set back."""
    base = workspace.files(base_commit)
    taken: dict[str, str] = {}
    for one in changed:
        rule = taken_by(one.path, one.is_new, base, policies)
        if rule is None and _is_preparation(workspace, one, policies):
            rule = PREPARATION
        if rule is not None:
            taken[one.path] = rule.name
    # A file that stands in the place of a folder that is set back goes with it, and so do those of a folder.
    back = {one.path for one in changed if one.path in taken and one.old.mode != NO_FILE}
    above = {parent for path in back for parent in folders_of(path)}
    for one in changed:
        if one.new.mode != NO_FILE and (one.path in above or not back.isdisjoint(folders_of(one.path))):
            taken.setdefault(one.path, "in the place of another")
    left_out = tuple(LeftOut(one.path, taken[one.path]) for one in changed if one.path in taken)
    return [one for one in changed if one.path not in taken], left_out


def _is_preparation(workspace: Workspace, one: Touched, policies: Policies) -> bool:
    if one.path not in SUBSTITUTIONS or not strips(policies, PREPARATION) or is_kept(one.path, policies):
        return False
    if one.moved or NO_FILE in (one.old.mode, one.new.mode) or one.old.mode != one.new.mode:
        return False
    old, new = workspace.blob(one.old.blob), workspace.blob(one.new.blob)
    return old is not None and new is not None and only_prepares(one.path, old, new)

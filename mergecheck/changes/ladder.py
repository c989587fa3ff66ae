"""The ways in which a patch may be taken, strictest first, as the SWE-bench harness tries them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from mergecheck.changes.gnu_patch import apply_by_patch, gnu_patch
from mergecheck.changes.mend import with_trailing_context
from mergecheck.changes.runner import GitRefused, TooMuch
from mergecheck.changes.workspace import Workspace


class Rung(StrEnum):
    """How a patch was taken.

    As it is, with the final newline it lost, or with the blank context it lost too: git then takes it as the patch
    that it was. Else by merging with the files that it was made from (`--3way`), by `--reject`, or by `patch`.
    """

    APPLY = "apply"
    APPLY_WITH_NEWLINE = "apply_with_newline"
    APPLY_WITH_CONTEXT = "apply_with_context"
    THREE_WAY = "3way"
    REJECT = "reject"
    PATCH = "patch"


class NotTaken(Exception):
    """No rung took the patch.

    Args:
        words: what git says of it as it is.
        missing: rungs that this machine does not have.
    """

    def __init__(self, words: str, missing: tuple[Rung, ...] = ()) -> None:
        super().__init__(words)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Try:
    """A rung and how it is climbed; None where this machine lacks the program."""

    rung: Rung
    climb: Callable[[], None] | None


def climb(workspace: Workspace, base_commit: str, raw: bytes) -> Rung:
    """Set the index to the base commit with the patch on it, by the first rung that takes the whole of it.

    A rung that leaves rejected hunks or conflicts behind has not taken it; the next begins at the base commit
    again.

    Raises:
        NotTaken: no rung did; with what git says of the patch as it is.
        ChangeError: the mirror does not hold the base commit.
    """
    words: str | None = None
    missing: list[Rung] = []
    for one in _ladder(workspace, raw):
        if one.climb is None:
            missing.append(one.rung)
            continue
        workspace.start(base_commit)
        try:
            one.climb()
        except TooMuch as refused:
            raise NotTaken(str(refused)) from refused
        except GitRefused as refused:
            words = words or str(refused)
        else:
            return one.rung
    raise NotTaken(words or "there is nothing to apply", tuple(missing))


def first_try(raw: bytes) -> tuple[Rung, bytes]:
    """The strictest rung for a patch, and what git is given there."""
    # Many agents' patches lost their last newline on the way; git calls them corrupt, the line itself is whole.
    return (Rung.APPLY, raw) if raw.endswith(b"\n") else (Rung.APPLY_WITH_NEWLINE, raw + b"\n")


def _ladder(workspace: Workspace, raw: bytes) -> Iterator[Try]:
    first, ended = first_try(raw)
    yield Try(first, partial(workspace.apply, ended))
    mended = with_trailing_context(ended)
    if mended is not None:
        yield Try(Rung.APPLY_WITH_CONTEXT, partial(workspace.apply, mended))
    yield Try(Rung.THREE_WAY, partial(workspace.apply, ended, "--3way"))
    yield Try(Rung.REJECT, partial(workspace.apply, ended, "--reject"))
    program = gnu_patch()
    yield Try(Rung.PATCH, None if program is None else partial(apply_by_patch, workspace, program, ended))

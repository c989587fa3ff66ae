"""What a mirror that is at hand says of a base commit: its paths, a text in it, commits after it. Reads only."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import git

from mergecheck.changes.environment import without_variables
from mergecheck.changes.runner import closed_environment

FOUND, NOT_FOUND = 0, 1


class Lookup:
    """Questions to bare mirrors; one that cannot be answered is answered by None, never by a fetch.

    Args:
        mirrors: repository (`owner/name`) → its mirror, of those that are at hand.
    """

    def __init__(self, mirrors: dict[str, Path]) -> None:
        self._mirrors = mirrors
        self.paths = cache(self._paths)
        self.has_text = cache(self._has_text)
        self.is_later = cache(self._is_later)

    def _paths(self, repo: str, commit: str) -> tuple[str, ...] | None:
        """Every path of a commit's tree."""
        found = self._git(repo, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
        if found is None or found[0] != FOUND:
            return None
        return tuple(found[1].decode("utf-8", "surrogateescape").split("\0")[:-1])

    def _has_text(self, repo: str, commit: str, text: str) -> bool | None:
        """Whether a file of a commit has this text on a line, in capitals or small letters."""
        pattern = text.encode("utf-8", "replace").decode("utf-8")
        found = self._git(repo, "grep", "--quiet", "-i", "-I", "-F", "-e", pattern, commit)
        return None if found is None or found[0] not in (FOUND, NOT_FOUND) else found[0] == FOUND

    def _is_later(self, repo: str, base: str, name: str) -> bool | None:
        """Whether a text names a commit that the base's history does not have; None where it names none."""
        full = self._git(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if full is None or full[0] != FOUND:
            return None
        within = self._git(repo, "merge-base", "--is-ancestor", full[1].decode("ascii").strip(), base)
        return None if within is None or within[0] not in (FOUND, NOT_FOUND) else within[0] == NOT_FOUND

    def _git(self, repo: str, *arguments: str) -> tuple[int, bytes] | None:
        mirror = self._mirrors.get(repo)
        if mirror is None:
            return None
        # Nobody writes there: git finds no configuration in a folder that is not one.
        environment = closed_environment(Path(os.devnull))
        with without_variables():
            status, output, _ = git.Git(str(mirror)).execute(
                ["git", f"--git-dir={mirror}", *arguments],
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                env=environment,
            )
        return status, bytes(output)

"""Git as the judge of whether a patch applies as it is: a process for every patch, started by a shell that stays.

The shell has the bounds on memory and on what is written, set once and handed on; it is small, so that starting a
git costs less from it than from here.
"""

from __future__ import annotations

from pathlib import Path

from mergecheck.changes import runner
from mergecheck.changes.child import Child, Ended, Lasting
from mergecheck.changes.runner import Clock, refusal

LOOP = (
    'ulimit -v "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; exec 2>/dev/null; while read -r _; do '
    'git "--git-dir=$3" apply --cached "$4" </dev/null 2>&1; printf "\\000%d\\n" "$?"; done'
)
"""Git's words, a NUL, which they cannot hold, and its status."""

SIGNALS = 128
"""A shell says 128 and its number for a signal; git itself ends with 128 and 129 too."""


class Judge:
    """Applies the patch in a file to the index, whole or not at all.

    Args:
        git_dir: of the scratch repository.
        patch: the file that the patch will be in.
        folder: our own, whose name is kept out of git's words.
        environment: variables that name the index.
        clock: of the patch.
    """

    def __init__(
        self, git_dir: Path, patch: Path, folder: Path, environment: dict[str, str], clock: Clock
    ) -> None:
        self._git_dir = git_dir
        self._patch = patch
        self._folder = folder
        self._shell = Lasting(self._command, git_dir, environment, clock)

    def _command(self) -> list[str]:
        bounds = (str(runner.MEMORY_KIB), str(runner.LARGEST_FILE_BLOCKS))
        return ["sh", "-c", LOOP, "sh", *bounds, str(self._git_dir), str(self._patch)]

    def __call__(self) -> None:
        """Apply it.

        Raises:
            GitRefused: git did not, with its words.
            TooMuch: it took too long, or too much memory.
            ChangeError: git could not be run, or was ended by somebody else.
        """
        try:
            status, said = self._shell.ask(b"\n", _answer)
        except Ended as ended:
            raise refusal(ended.status, ended.words, self._folder) from ended
        if status != 0:
            raise refusal(SIGNALS - status if status > SIGNALS + 1 else status, said, self._folder)

    def close(self) -> None:
        """End the shell."""
        self._shell.close()


def _answer(child: Child) -> tuple[int, bytes]:
    said = child.until(b"\0", anywhere=True)
    return int(child.line()), said

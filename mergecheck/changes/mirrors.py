"""Where the bare mirrors of the benchmark's repositories are, and how they get there."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import git
from platformdirs import user_cache_path

from mergecheck.changes.environment import without_local_variables
from mergecheck.errors import ChangeError

REPOS_VARIABLE = "MERGECHECK_REPOS"
"""Names a folder of existing bare clones, `<owner>/<name>.git`; they are read and never written."""

Tell = Callable[[str], None]


class Mirrors:
    """Finds or clones a repository's bare mirror.

    Args:
        clone_url: where to clone from, with `{repo}` for `owner/name`.
        folder: a folder of existing bare clones; the environment's `MERGECHECK_REPOS` where None. With either,
            nothing is cloned or fetched.
        tell: told what is being cloned or fetched, a sentence each.
    """

    def __init__(self, clone_url: str, folder: Path | None = None, tell: Tell = lambda _: None) -> None:
        named = os.environ.get(REPOS_VARIABLE)
        self._existing = folder or (Path(named) if named else None)
        self._cache = user_cache_path("mergecheck") / "mirrors"
        self._clone_url = clone_url
        self._tell = tell

    def path(self, repo: str) -> Path:
        """The bare mirror of `owner/name`, cloned first where it is missing.

        Raises:
            ChangeError: it is not in `MERGECHECK_REPOS`, or cannot be cloned.
        """
        if self._existing is not None:
            return _existing(self._existing, repo)
        mirror = self._cache / f"{repo}.git"
        if not mirror.exists():
            with _alone(mirror):
                # Another program may have cloned it while this one waited.
                if not mirror.exists():
                    self._clone(repo, mirror)
        return mirror

    def fetch(self, repo: str) -> bool:
        """Bring a mirror of ours up to date; False where it is not ours to write to.

        Raises:
            ChangeError: the server cannot be reached.
        """
        if self._existing is not None:
            return False
        folder = self.path(repo)
        self._tell(f"fetching {repo}")
        with _alone(folder), without_local_variables(), git.Repo(folder) as mirror:
            # A fetch that was killed leaves locks; nobody else can hold any here.
            for lock in [*folder.glob("*.lock"), *(folder / "refs").rglob("*.lock")]:
                lock.unlink(missing_ok=True)
            try:
                mirror.git.fetch("--quiet", "--prune", self._clone_url.format(repo=repo), "+refs/*:refs/*")
            except git.GitCommandError as error:
                raise ChangeError(
                    f"{repo} could not be fetched: {_words(error)}",
                    where=str(folder),
                    fix="check the network and the room on the disk, and run it again",
                ) from error
        return True

    def _clone(self, repo: str, mirror: Path) -> None:
        url = self._clone_url.format(repo=repo)
        self._tell(f"cloning {repo} (once; kept in {self._cache})")
        # Cloned beside and renamed, so that a mirror is there whole or not at all.
        draft = mirror.with_name(f"{mirror.name}.part")
        # Left by a clone that was killed; nobody else makes one now.
        shutil.rmtree(draft, ignore_errors=True)
        try:
            with without_local_variables():
                git.Repo.clone_from(url, draft, bare=True, multi_options=["--quiet"]).close()
            draft.rename(mirror)
        except git.GitCommandError as error:
            raise ChangeError(
                f"{repo} could not be cloned from {url}: {_words(error)}",
                where=str(mirror),
                fix="check the network and the room on the disk, "
                f"or set {REPOS_VARIABLE} to a folder that holds a bare {repo}.git",
            ) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _alone(mirror: Path) -> Iterator[None]:
    """Hold a mirror for one program at a time, by the system's lock, so that a killed one holds nothing."""
    descriptor = -1
    try:
        mirror.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(mirror.with_name("in-use"), os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if descriptor >= 0:
            os.close(descriptor)
        raise ChangeError(
            f"repositories cannot be kept here ({error.strerror})",
            where=str(mirror.parent),
            fix=f"make room there and see that you may write, or set {REPOS_VARIABLE} to a folder of bare clones",
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)


def _existing(folder: Path, repo: str) -> Path:
    mirror = folder / f"{repo}.git"
    if not (mirror / "objects").is_dir():
        raise ChangeError(
            f"there is no bare clone of {repo}",
            where=str(mirror),
            fix=f"put one there (links are fine), or unset {REPOS_VARIABLE} to have it cloned",
        )
    return mirror


def _words(error: git.GitCommandError) -> str:
    return " ".join(str(error.stderr).replace("stderr:", "").strip(" '\n").split())[:300]

"""Where the bare mirrors of the benchmark's repositories are, and how they get there.

A mirror of ours is cloned without its files' contents where the server allows that, since a study needs a few of
many thousand commits. The files of the base commits then come in one request for all of them, never one for each.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from mergecheck.changes.remote import RemoteRefused, check_url, network_git
from mergecheck.changes.workspace import COMMIT
from mergecheck.errors import ChangeError

REPOS_VARIABLE = "MERGECHECK_REPOS"
"""Names a folder of existing bare clones, `<owner>/<name>.git`; they are read and never written."""

BLOBLESS = "--filter=blob:none"

AT_ONCE = 20_000
"""Files asked for in one request; more are asked for in several."""

AS_NEW = "see `git fsck` there; where mergecheck cloned it, remove it and it is cloned again"

Tell = Callable[[str], None]


class NoCommit(ChangeError):
    """A repository does not have a commit, and neither does the server that it is from."""

    def __init__(self, repo: str, mirror: Path, commit: str) -> None:
        super().__init__(
            f"there is no commit {commit} in {repo}",
            where=str(mirror),
            fix="fetch the repository's whole history there, or leave the instance out of [benchmark]; if the "
            "commit should be there, the clone is damaged: see `git fsck` there",
        )

    def base_of(self, instance: str) -> ChangeError:
        """The same, with the instance that needs the commit."""
        return ChangeError(f"{self.what}, the base of {instance}", where=self.where, fix=self.fix)


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
            ChangeError: it is not in `MERGECHECK_REPOS`, is damaged, or cannot be cloned.
        """
        if self._existing is not None:
            return _existing(self._existing, repo)
        mirror = self._cache / f"{repo}.git"
        if not mirror.exists():
            with _alone(mirror):
                # Another program may have cloned it while this one waited.
                if not mirror.exists():
                    self._clone(repo, mirror)
        if not (mirror / "HEAD").is_file() or not (mirror / "objects").is_dir():
            raise ChangeError(
                f"the mirror of {repo} is damaged: it is no repository",
                where=str(mirror),
                fix="remove it, and it is cloned again",
            )
        return mirror

    def at_hand(self, repo: str) -> Path | None:
        """The mirror of `owner/name` where it is here already; nothing is cloned."""
        folder = self._cache if self._existing is None else self._existing
        mirror = folder / f"{repo}.git"
        return mirror if (mirror / "HEAD").is_file() and (mirror / "objects").is_dir() else None

    def provide(self, repo: str, commits: Iterable[str], has: Callable[[str], bool]) -> dict[str, ChangeError]:
        """See to it that commits are there with all their files; the commits that cannot be used, and why.

        Nothing is fetched for a commit that is there, but for files that a blobless mirror lacks.

        Args:
            repo: `owner/name`.
            commits: full ids.
            has: whether the mirror has a commit by now, without asking any server.

        Raises:
            ChangeError: there is no mirror to begin with.
        """
        mirror = self.path(repo)
        wanted = sorted(set(commits))
        try:
            return self._provide(repo, mirror, wanted, has)
        except ChangeError as error:
            # A mirror that cannot even be asked is the trouble of its own commits, and of no other repository's.
            return dict.fromkeys(wanted, error)

    def _provide(
        self, repo: str, mirror: Path, wanted: list[str], has: Callable[[str], bool]
    ) -> dict[str, ChangeError]:
        absent = [commit for commit in wanted if not has(commit)]
        trouble: ChangeError | None = None
        named = [commit for commit in absent if COMMIT.fullmatch(commit)]
        if named and self._existing is None:
            try:
                with _alone(mirror):
                    self._fetch_commits(repo, mirror, named, has)
            except ChangeError as error:
                trouble = error
        failed = {commit: trouble or NoCommit(repo, mirror, commit) for commit in absent if not has(commit)}
        return failed | self._provide_files(repo, mirror, [commit for commit in wanted if commit not in failed])

    def _provide_files(self, repo: str, mirror: Path, commits: list[str]) -> dict[str, ChangeError]:
        if not commits or not any((mirror / "objects" / "pack").glob("*.promisor")):
            return {}
        try:
            lacking = _lacking(repo, mirror, commits)
            if not lacking:
                return {}
            if self._existing is not None:
                raise ChangeError(
                    f"the clone lacks {len(lacking)} files of the base commits: it was made with a filter",
                    where=str(mirror),
                    fix=f"clone {repo} there without --filter, or unset {REPOS_VARIABLE} to have it cloned",
                )
            with _alone(mirror):
                lacking = _lacking(repo, mirror, commits)
                if lacking:
                    self._tell(f"fetching {len(lacking)} files of {len(commits)} base commits of {repo}")
                for start in range(0, len(lacking), AT_ONCE):
                    self._fetch_objects(repo, mirror, lacking[start : start + AT_ONCE])
        except ChangeError as error:
            return {commit: error for commit in commits if _lacking(repo, mirror, [commit])}
        return {}

    def _fetch_objects(self, repo: str, mirror: Path, objects: list[str]) -> None:
        arguments = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"]
        try:
            network_git(
                mirror,
                # What we have says nothing of what is asked for.
                ["-c", "fetch.negotiationAlgorithm=noop", *arguments, BLOBLESS, "--stdin", "origin"],
                stdin="".join(f"{one}\n" for one in objects),
            )
        except RemoteRefused as refused:
            raise refused.as_error(f"files of {repo} could not be fetched", mirror) from refused

    def _fetch_commits(self, repo: str, mirror: Path, absent: list[str], has: Callable[[str], bool]) -> None:
        """The commits by their ids; where the server does not know one of them, its branches and tags first."""
        self._tell(f"fetching {repo}")
        url = self._clone_url.format(repo=repo)
        check_url(url)
        # A fetch that was killed leaves locks; nobody else can hold any here.
        for lock in [*mirror.glob("*.lock"), *(mirror / "refs").rglob("*.lock")]:
            lock.unlink(missing_ok=True)
        try:
            network_git(mirror, ["config", "remote.origin.url", url])
            try:
                _fetch_by_id(mirror, absent)
            except RemoteRefused as refused:
                if not refused.unknown_commit:
                    raise
                branches = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
                network_git(mirror, ["fetch", "--quiet", "--prune", "origin", *branches])
                for commit in absent:
                    if not has(commit):
                        _fetch_if_known(mirror, commit)
        except RemoteRefused as refused:
            raise refused.as_error(f"{repo} could not be fetched", mirror) from refused

    def _clone(self, repo: str, mirror: Path) -> None:
        url = self._clone_url.format(repo=repo)
        check_url(url)
        self._tell(f"cloning {repo} (once; kept in {self._cache})")
        # Cloned beside and renamed, so that a mirror is there whole or not at all.
        draft = mirror.with_name(f"{mirror.name}.part")
        # Left by a clone that was killed; nobody else makes one now.
        shutil.rmtree(draft, ignore_errors=True)
        try:
            _clone_into(draft, url)
            draft.rename(mirror)
        except OSError as error:
            raise ChangeError(
                f"{repo} could not be cloned: {error.strerror}",
                where=str(self._cache),
                fix="make room there, or name another place with XDG_CACHE_HOME",
            ) from error
        except RemoteRefused as refused:
            raise refused.as_error(
                f"{repo} could not be cloned from {url}",
                self._cache,
                f", or set {REPOS_VARIABLE} to a folder that holds a bare {repo}.git",
            ) from refused
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _clone_into(draft: Path, url: str) -> None:
    command = ["clone", "--bare", "--quiet", "--template="]
    try:
        network_git(None, [*command, BLOBLESS, "--", url, str(draft)])
    except RemoteRefused as refused:
        # A server that does not know filters mostly says so and sends all; an old one may end here.
        if "filter" not in str(refused):
            raise
        shutil.rmtree(draft, ignore_errors=True)
        network_git(None, [*command, "--", url, str(draft)])


def _fetch_by_id(mirror: Path, commits: list[str]) -> None:
    # A name of its own keeps each from being cleared away as reachable from nowhere.
    named = [f"{commit}:refs/mergecheck/{commit}" for commit in commits]
    network_git(mirror, ["fetch", "--quiet", "--no-tags", "origin", *named])


def _fetch_if_known(mirror: Path, commit: str) -> None:
    try:
        _fetch_by_id(mirror, [commit])
    except RemoteRefused as refused:
        if not refused.unknown_commit:
            raise


def _lacking(repo: str, mirror: Path, commits: list[str]) -> list[str]:
    """The objects of these commits' trees that a blobless mirror does not have."""
    arguments = ["rev-list", "--objects", "--no-object-names", "--missing=print", "--no-walk", "--stdin"]
    try:
        listing = network_git(mirror, arguments, stdin="".join(f"{commit}\n" for commit in commits))
    except RemoteRefused as refused:
        raise refused.as_error(f"the mirror of {repo} cannot be read", mirror, fix=AS_NEW) from refused
    return [line[1:] for line in listing.splitlines() if line.startswith("?")]


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

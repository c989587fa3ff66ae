"""A submission in a git repository: only its folder is fetched, once, into the cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mergecheck.errors import SourceError

_PAGE = re.compile(r"(https://github\.com/[\w.-]+/[\w.-]+)/tree/[^/]+/(.+)")
_USER = re.compile(r"(?<=//)[^/@]*@")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A folder of a repository as it is in the cache, and the commit that it is of."""

    folder: Path
    commit: str


def fetch_folder(address: str, cache: Path | None = None) -> Fetched:
    """The folder behind `<git URL>#<folder>`, or the whole repository behind a URL alone.

    The clone is shallow, sparse and without the blobs of other folders (where the server can leave them out). It
    is made once: what a study was pulled from does not change under it, and a second `pull` needs no network.

    Args:
        address: https://, ssh:// or file://, as git takes it.
        cache: where clones are kept; the user's cache folder where None.

    Raises:
        SourceError: the address is one of a page and no repository's, git refuses it, or it holds no such folder.
    """
    import git
    from platformdirs import user_cache_path

    url, _, folder = address.partition("#")
    shown = _USER.sub("", address)
    if page := _PAGE.fullmatch(url):
        raise SourceError(
            "this is the address of a page", where=shown, fix=f'write path = "{page[1]}#{page[2].rstrip("/")}"'
        )
    folder = folder.strip("/")
    if ".." in folder.split("/"):
        raise SourceError("the folder leads out of the repository", where=shown, fix="name one inside it")
    clones = (cache or user_cache_path("mergecheck") / "submissions").absolute()
    kept = clones / hashlib.sha256(f"{url}#{folder}".encode()).hexdigest()[:32]
    if not kept.exists():
        draft = kept.with_name(f"{kept.name}.part")
        try:
            clones.mkdir(parents=True, exist_ok=True)
            with _alone(clones.with_name(f"{clones.name}.in-use")):
                # Another program may have cloned it while this one waited, or was killed and left a draft.
                if not kept.exists():
                    shutil.rmtree(draft, ignore_errors=True)
                    try:
                        _clone(url, folder, draft)
                        # Cloned beside and renamed, so that a clone is there whole or not at all.
                        draft.rename(kept)
                    finally:
                        shutil.rmtree(draft, ignore_errors=True)
        except git.GitError as error:
            words = _USER.sub("", " ".join(str(getattr(error, "stderr", "") or error).split())[:300])
            raise SourceError(
                f"this cannot be cloned ({words})",
                where=shown,
                fix="check the address, the network and the room on the disk",
            ) from error
        except OSError as error:
            raise SourceError(
                f"the clone cannot be written ({error.strerror})",
                where=str(clones),
                fix="make room, or check that you may write there",
            ) from error
    if not (kept / folder).is_dir():
        shutil.rmtree(kept, ignore_errors=True)
        raise SourceError(f"the repository has no folder {folder}", where=shown, fix="check what stands behind #")
    with git.Repo(kept) as repo:
        return Fetched(kept / folder, repo.head.commit.hexsha)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One program at a time, by the system's lock, so that a killed one holds nothing."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _clone(url: str, folder: str, draft: Path) -> None:
    import git

    options = ["--quiet", "--depth=1", "--filter=blob:none", "--no-checkout", "--single-branch"]
    # Nobody is there to answer a question about a password.
    silent = {"GIT_TERMINAL_PROMPT": "0"}
    with (
        git.Repo.clone_from(url, draft, multi_options=options, env=silent) as repo,
        repo.git.custom_environment(**silent),
    ):
        if folder:
            repo.git.sparse_checkout("set", "--no-cone", f"/{folder}/")
        repo.git.checkout("--quiet")

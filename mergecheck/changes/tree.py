"""A repository's files as they were at a base commit, as text; and which commits were in its history then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from mergecheck.changes.mirrors import Mirrors, NoCommit
from mergecheck.changes.runner import GitRefused
from mergecheck.changes.touched import SUBMODULE, Entry
from mergecheck.changes.workspace import Workspace
from mergecheck.errors import ChangeError
from mergecheck.packet.format import text_digest

LOOKED_AT = 8000
"""Bytes at the beginning of a file that must hold no NUL for it to be text: what git's own diff goes by."""

READ_AT_ONCE = 100
"""Files of a tree that are in memory at once, beside those that are kept."""

Key = tuple[str, bool]
"""An object's id, and whether it is a submodule's: what decides a file's text."""


@dataclass(frozen=True, slots=True)
class Base:
    """What is asked for: an instance's base commit, and commits whose place in its history is of interest.

    `names` are full ids or beginnings of them, in small letters.
    """

    instance: str
    repo: str
    commit: str
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BaseTree:
    """The files of a base commit: path → digest of the text, None where a file is named and not shown.

    `texts` are those that no tree before it in the same repository had (digest → text). `commits` says of each
    name that is a commit of the repository whether the base commit's history holds it.
    """

    files: Mapping[str, str | None]
    texts: Mapping[str, str]
    commits: Mapping[str, bool]


def read_trees(wanted: Sequence[Base], mirrors: Mirrors) -> Iterator[tuple[Base, BaseTree | ChangeError]]:
    """Each base with its tree, or with why it cannot be read.

    Args:
        wanted: sorted by repository; a file that stays as it is from tree to tree is read once.
        mirrors: where the repositories are; one that lacks a base commit is fetched once.
    """
    for repo, group in groupby(wanted, key=lambda base: base.repo):
        yield from _of_repository(repo, list(group), mirrors)


def _of_repository(
    repo: str, bases: list[Base], mirrors: Mirrors
) -> Iterator[tuple[Base, BaseTree | ChangeError]]:
    try:
        reader = BaseReader(mirrors, repo)
    except ChangeError as unusable:
        yield from ((base, unusable) for base in bases)
        return
    with reader:
        failed = mirrors.provide(repo, {base.commit for base in bases}, reader.has)
        for base in bases:
            error = failed.get(base.commit)
            if isinstance(error, NoCommit):
                yield base, error.base_of(base.instance)
            elif error is not None:
                yield base, error
            else:
                yield base, _read(reader, base)


def _read(reader: BaseReader, base: Base) -> BaseTree | ChangeError:
    try:
        return reader.read(base)
    except ChangeError as error:
        return error


class BaseReader(Workspace):
    """Reads whole trees of one repository; what it read for one it does not read again for the next."""

    def __init__(self, mirrors: Mirrors, repo: str) -> None:
        super().__init__(mirrors.path(repo))
        self._digests: dict[Key, str | None] = {}

    def read(self, base: Base) -> BaseTree:
        """The tree of a commit that the mirror holds.

        A text is decoded as a change's is: UTF-8 where it is that, Latin-1 otherwise, so that a change's old text
        and the tree's are the same one. Named and not shown: what git takes for binary, and what is larger than
        `LARGEST_TEXT`. A symbolic link's text is where it points, a submodule's the line that git's diff shows.

        Raises:
            ChangeError: the mirror is damaged, or there is no room.
        """
        self.renew()
        listing = {entry.path: (entry.blob, entry.mode == SUBMODULE) for entry in self._listing(base.commit)}
        texts: dict[str, str] = {}
        digests: dict[Key, str | None] = {}
        new = list(dict.fromkeys(key for key in listing.values() if key not in self._digests))
        for start in range(0, len(new), READ_AT_ONCE):
            for key, text in self._texts(new[start : start + READ_AT_ONCE]):
                digest = None if text is None else text_digest(text)
                digests[key] = digest
                if digest is not None and text is not None:
                    texts[digest] = text
        known = {name: self._standing(name, base.commit) for name in sorted(base.names)}
        # Not before the whole tree is there: what nobody was handed must be read again for the next.
        self._digests |= digests
        files = {path: self._digests[key] for path, key in listing.items()}
        return BaseTree(files, texts, {name: held for name, held in known.items() if held is not None})

    def _listing(self, commit: str) -> Iterator[Entry]:
        with self._nobody_s_patch():
            listing = self._git("ls-tree", "-r", "-z", "--full-tree", commit)
        for line in listing.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            meta, path = line.split("\t", 1)
            if {"", ".", ".."} & set(path.split("/")):
                # Git makes no such tree; somebody else did.
                raise self._damaged(f"commit {commit} has a file {path!r}")
            mode, _, blob = meta.split(" ")
            yield Entry(path, mode, blob)

    def _texts(self, keys: Sequence[Key]) -> Iterator[tuple[Key, str | None]]:
        # A whole tree may take longer than a patch.
        self._clock.renew()
        read = self.blobs(blob for blob, submodule in keys if not submodule)
        for key in keys:
            blob, submodule = key
            yield key, f"Subproject commit {blob}\n" if submodule else _as_text(read[blob])

    def _standing(self, name: str, commit: str) -> bool | None:
        self.renew()
        try:
            full = self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode("ascii").strip()
        except GitRefused:
            # No commit of this repository, or the beginning of several.
            return None
        try:
            self._git("merge-base", "--is-ancestor", full, commit)
        except GitRefused:
            return False
        return True


def _as_text(data: bytes | None) -> str | None:
    if data is None or b"\0" in data[:LOOKED_AT]:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")

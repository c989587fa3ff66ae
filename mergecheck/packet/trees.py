"""Base trees: folders that name their contents by digest, made from paths and walked back to them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mergecheck.errors import PacketError
from mergecheck.packet.format import dump, text_digest

MOST_ENTRIES = 1_000_000
"""Files and folders of one tree. A few folders that name each other many times over could hold more than any
memory does."""

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class PacketFolder:
    """One folder of a base tree, named by the SHA-256 of its entry, so that equal folders are there once.

    `files`: name → digest of the text; None for a file that is named and not shown (binary, or too large).
    `folders`: name → digest of that folder's entry. A symbolic link's text is where it points, a submodule's the
    line that git's diff shows of it; whether a file is executable is not kept.
    """

    files: Mapping[str, str | None]
    folders: Mapping[str, str]

    @classmethod
    def parse(cls, raw: bytes) -> PacketFolder:
        """What `dump` made of a folder.

        By hand: pydantic replaces the lone surrogates in keys that stand for bytes of names which are not UTF-8.

        Raises:
            ValueError: it is something else, or a name would leave the tree.
        """
        data = json.loads(raw.decode("utf-8", "surrogatepass"))
        if not isinstance(data, dict) or data.keys() != {"files", "folders"}:
            raise ValueError("this is no folder of a tree")
        files, folders = data["files"], data["folders"]
        if not isinstance(files, dict) or not isinstance(folders, dict):
            raise ValueError("this is no folder of a tree")
        for name in (*files, *folders):
            _check_name(name)
        for digest in (*(one for one in files.values() if one is not None), *folders.values()):
            if not isinstance(digest, str) or not _DIGEST.match(digest):
                raise ValueError(f"{digest!r} is no digest")
        return cls(files, folders)

    def dump(self) -> str:
        """JSON, the same for equal folders."""
        plain = {"files": dict(self.files), "folders": dict(self.folders)}
        return dump(plain).decode("utf-8", "surrogatepass")


def _check_name(name: str) -> None:
    # Whoever makes a path of these must stay inside the tree.
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise ValueError(f"{name!r} is no name of a file or folder")


Read = Callable[[str], PacketFolder]
"""The folder with a digest."""


def folders_of(files: Mapping[str, str | None]) -> tuple[str, dict[str, str]]:
    """A tree's folders.

    Args:
        files: path → digest of the text, None where it is not shown. Parts of a path are divided by "/".

    Returns:
        The digest of the topmost folder, and every folder's JSON by its digest.

    Raises:
        PacketError: one of the paths would leave the tree, or is a file and a folder at once.
    """
    whole = _Folder()
    for path, digest in files.items():
        *parents, name = path.split("/")
        try:
            for part in (*parents, name):
                _check_name(part)
        except ValueError as error:
            raise PacketError(f"{path!r} is no path in a tree: {error}") from error
        folder = whole
        for parent in parents:
            folder = folder.folders.setdefault(parent, _Folder())
        folder.files[name] = digest
    texts: dict[str, str] = {}
    return _written(whole, texts), texts


class _Folder:
    def __init__(self) -> None:
        self.files: dict[str, str | None] = {}
        self.folders: dict[str, _Folder] = {}


def _written(folder: _Folder, texts: dict[str, str]) -> str:
    both = folder.files.keys() & folder.folders.keys()
    if both:
        raise PacketError(f"{min(both)!r} is a file and a folder at once")
    inner = {name: _written(one, texts) for name, one in folder.folders.items()}
    text = PacketFolder(folder.files, inner).dump()
    digest = text_digest(text)
    texts[digest] = text
    return digest


def walk(root: str, read: Read) -> Iterator[tuple[str, str | None]]:
    """Every file of a tree with its digest (None: not shown), folder after folder.

    Raises:
        PacketError: it holds more than `MOST_ENTRIES`; or what `read` raises.
    """
    left = [("", root)]
    seen = 0
    while left:
        parent, digest = left.pop()
        folder = read(digest)
        seen += 1 + len(folder.files) + len(folder.folders)
        if seen > MOST_ENTRIES:
            raise PacketError(f"a tree of more than {MOST_ENTRIES} files and folders")
        for name, text in folder.files.items():
            yield f"{parent}{name}", text
        left += [(f"{parent}{name}/", inner) for name, inner in folder.folders.items()]


def reachable(roots: set[str], read: Read) -> tuple[set[str], set[str]]:
    """Digests of all folders and of all texts that these trees are made of, each read once."""
    folders: set[str] = set()
    texts: set[str] = set()
    left = list(roots)
    while left:
        digest = left.pop()
        if digest in folders:
            continue
        folders.add(digest)
        folder = read(digest)
        texts.update(text for text in folder.files.values() if text is not None)
        left += folder.folders.values()
    return folders, texts

"""Base trees: folders that name their contents by digest, made from paths and walked back to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mergecheck.errors import PacketError
from mergecheck.packet.format import PacketFolder, dump, text_digest

MOST_ENTRIES = 1_000_000
"""Files and folders of one tree. A few folders that name each other many times over could hold more than any
memory does."""

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
        if {"", ".", ".."} & {*parents, name} or "\0" in path:
            raise PacketError(f"{path!r} is no path in a tree")
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
    # Names are checked above, and git keeps paths short enough for the nesting.
    text = dump(PacketFolder.model_construct(files=folder.files, folders=inner)).decode("utf-8", "surrogatepass")
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

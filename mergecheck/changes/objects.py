"""Read a repository's objects through two programs that stay: one says what there is, the other gives it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from mergecheck.changes.child import Child, Lasting

AT_ONCE = 100
"""Objects asked for in one go: the question fits into a pipe everywhere."""

KEPT_BYTES = 32 * 1024 * 1024
"""Of objects that were read, the last ones: the base texts of an instance serve all of its attempts."""

KEPT_SIZES = 100_000


class Absent(Exception):
    """There is no such object."""


class Objects:
    """Sizes and bytes of blobs and trees, by object id.

    Args:
        checking: `git cat-file --batch-check`.
        reading: `git cat-file --batch`.
    """

    def __init__(self, checking: Lasting, reading: Lasting) -> None:
        self._checking = checking
        self._reading = reading
        self._sizes: dict[str, int] = {}
        self._kept: dict[str, bytes] = {}
        self._held = 0

    def found(self, name: str) -> str | None:
        """The id of what is named so, on one line, without blanks; None where there is no such thing."""
        said = self._checking.ask(name.encode() + b"\n", lambda child: child.line()).split(b" ")
        return said[0].decode() if len(said) == 3 else None

    def sizes(self, names: Iterable[str]) -> dict[str, int]:
        """Bytes of each object.

        Raises:
            Absent: one is not there.
        """
        wanted = list(dict.fromkeys(names))
        missing = [name for name in wanted if name not in self._sizes]
        if len(self._sizes) + len(missing) > KEPT_SIZES:
            self._sizes.clear()
            missing = wanted
        for some in _in_parts(missing):
            self._sizes.update(self._checking.ask(_question(some), partial(_sizes, some)))
        return {name: self._sizes[name] for name in wanted}

    def contents(self, names: Iterable[str]) -> dict[str, bytes]:
        """The bytes of each object.

        Raises:
            Absent: one is not there.
        """
        wanted = list(dict.fromkeys(names))
        read = {name: self._kept[name] for name in wanted if name in self._kept}
        for some in _in_parts([name for name in wanted if name not in read]):
            new = self._reading.ask(_question(some), partial(_contents, some))
            read |= new
            for name, data in new.items():
                self._keep(name, data)
        return read

    def _keep(self, name: str, data: bytes) -> None:
        self._held += len(data)
        self._kept[name] = data
        while self._held > KEPT_BYTES:
            oldest = next(iter(self._kept))
            self._held -= len(self._kept.pop(oldest))

    def close(self) -> None:
        """End both programs."""
        self._checking.close()
        self._reading.close()


def _in_parts(names: Sequence[str]) -> Iterable[list[str]]:
    return (list(names[at : at + AT_ONCE]) for at in range(0, len(names), AT_ONCE))


def _question(names: Sequence[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def _size(child: Child, name: str) -> int:
    said = child.line().split(b" ")
    if len(said) != 3:
        raise Absent(f"object {name} is missing or damaged")
    return int(said[2])


def _sizes(names: Sequence[str], child: Child) -> dict[str, int]:
    return {name: _size(child, name) for name in names}


def _contents(names: Sequence[str], child: Child) -> dict[str, bytes]:
    found = {}
    for name in names:
        size = _size(child, name)
        found[name] = child.exactly(size + 1)[:size]
    return found

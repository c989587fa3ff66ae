"""Which paths a patch names, and whether one leaves the repository."""

from __future__ import annotations

import re

# A header is the two lines before a hunk; a changed line that begins with "-- " is no header.
FILE_HEADER = re.compile(rb"^--- ([^\n]*)\n\+\+\+ ([^\n]*)\n@@ ", re.MULTILINE)

# Every line that any program takes a name from. Some lines of hunks look like one: named too much is no harm.
NAMING = re.compile(
    rb"^(?:(?:---|\+\+\+|\*\*\*|Index:)[ \t]+([^\n]*)|(?:rename|copy) (?:from|to) ([^\n]*)|diff --git ([^\n]*))$",
    re.MULTILINE,
)
# Lines that git takes a name from, and how they look where every program reads the same name in them.
GIT_NAMING = re.compile(rb"^(?:diff --git |--- |\+\+\+ |rename |copy )[^\n]*$", re.MULTILINE)
NAME = rb"(?:[^\s\"\\/\x00-\x1f\x7f]+/)*[^\s\"\\/\x00-\x1f\x7f]+"
PLAIN = re.compile(
    rb"diff --git a/(%(n)b) b/(%(n)b)|(?:--- a/|\+\+\+ b/|(?:rename|copy) (?:from|to) )(%(n)b)|"
    # Where no line before it says that the file is new, or gone, git takes this for a file `dev/null`.
    rb"(?:---|\+\+\+) /(dev/null)" % {b"n": NAME}
)

QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


def absolute_path(patch: bytes) -> str | None:
    """An absolute path that a patch names in a file's header, or None.

    Git strips one leading component whatever it is and would take `/etc/x` for `etc/x`. Paths with `..` or
    `.git` are refused by git itself.
    """
    for header in FILE_HEADER.finditer(patch):
        for raw in header.groups():
            path = raw.split(b"\t")[0].strip().strip(b'"')
            if path.startswith(b"/") and path != b"/dev/null":
                return path.decode("utf-8", "replace")
    return None


def folders_of(path: str) -> list[str]:
    """The folders that a path leads through, from the first on."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def named_paths(patch: bytes) -> list[str]:
    """The paths that a patch's headers name, one leading component stripped, in their order, each once."""
    found: dict[str, None] = {}
    for match in NAMING.finditer(patch):
        plain, bare, both = match.groups()
        if both is not None:
            names = _pair(both)
        elif bare is not None:
            # Git writes these without `a/` or `b/`.
            names = [b"/" + _unquoted(bare)]
        else:
            names = [_unquoted(plain), _unquoted(plain).split(b" ")[0]]
        for name in names:
            stripped = name.partition(b"/")[2].lstrip(b"/")
            if stripped and name != b"/dev/null":
                found.setdefault(stripped.decode("utf-8", "surrogateescape"))
    return list(found)


def plain_names(patch: bytes) -> set[bytes] | None:
    """All the paths that git could take from a patch; None where a name is not written plainly.

    Plain is how git writes it that has nothing to quote: a pair `a/` and `b/`, no blanks. Lines of hunks that look
    like one that names a file are asked of too: named too much is no harm, and the whole index takes the rest.
    """
    found: set[bytes] = set()
    for line in GIT_NAMING.finditer(patch):
        plain = PLAIN.fullmatch(line[0])
        if plain is None:
            return None
        found.update(name for name in plain.groups() if name is not None)
    return found


def _unquoted(raw: bytes) -> bytes:
    quoted = QUOTED.match(raw)
    if quoted:
        return ESCAPE.sub(_character, quoted[1])
    # A time may follow, after a tab; a carriage return ends a line elsewhere.
    return raw.split(b"\t")[0].rstrip(b"\r")


def _character(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([int(code, 8) & 255]) if code.isdigit() else LETTERS.get(code, code)


def _pair(raw: bytes) -> list[bytes]:
    """Both names of `diff --git a/x b/x`; a name with spaces is found in the middle, where both are the same."""
    quoted = [ESCAPE.sub(_character, name) for name in QUOTED.findall(raw)]
    line = raw.rstrip(b"\r")
    names = [*quoted, *line.split(b" ")]
    middle = len(line) // 2
    if line[middle : middle + 1] == b" ":
        names += [line[:middle], line[middle + 1 :]]
    return names

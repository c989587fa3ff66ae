"""Leak 7: hunks that are not ours, and endings of lines and files that follow the source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from mergecheck.assign.audit.names import WRITE_ANEW
from mergecheck.assign.audit.records import File, Finding, Known, Leak, Opened, Severity, Shown
from mergecheck.assign.audit.traces import DIALECT_KEY, files_of
from mergecheck.records import Hunk

CONTEXT = 3
"""Unchanged lines that our diffs show round a change."""

FOREIGN = re.compile(
    r"^(?:diff --git |index [0-9a-f]{7,}|--- a/|\+\+\+ b/|(?:old|new|deleted file|new file) mode |similarity |"
    r"\\ No newline|Index: |={10,})"
)

Feature = Callable[[File], bool]


def _loses_newline(file: File) -> bool:
    had = file.old is None or file.old == "" or file.old.endswith("\n")
    return bool(file.new) and had and not (file.new or "").endswith("\n")


def _brings_crlf(file: File) -> bool:
    return "\r\n" in (file.new or "") and "\r\n" not in (file.old or "")


def _loses_crlf(file: File) -> bool:
    return "\r\n" in (file.old or "") and bool(file.new) and "\r\n" not in (file.new or "")


def _changes_mode(file: File) -> bool:
    return file.new_mode is not None and file.new_mode != (file.old_mode or "100644")


FEATURES: tuple[tuple[str, Feature], ...] = (
    ("the last line has lost its newline", _loses_newline),
    ("lines end in CRLF that did not", _brings_crlf),
    ("lines no longer end in CRLF", _loses_crlf),
    ("the file's mode is another one", _changes_mode),
)
"""What a change can do to a file besides its lines, and some programs do without being asked."""


def find_dialect(packets: Sequence[Opened], known: Known) -> Iterator[Finding]:
    """Leak 7: hunks that are not our own diff of the two texts, and lines or keys of somebody else's diff.

    Each candidate is looked at once in every packet: the same change must be shown alike everywhere.
    """
    shown = [(packet, item, file) for packet in packets for item in packet.items for file in item.files]
    own = _own(known, [file for _, _, file in shown])
    said: set[tuple[str | None, str, str]] = set()
    for packet, item, file in shown:
        for place, what, excerpt in _of_file(file, own):
            if item.candidate is not None and (item.candidate, place, what) in said:
                continue
            said.add((item.candidate, place, what))
            yield Finding(
                Leak.DIALECT,
                Severity.LEAK,
                what,
                place,
                WRITE_ANEW,
                excerpt=excerpt[:100],
                instance=item.instance,
                candidates=() if item.candidate is None else (item.candidate,),
                shown=(Shown(packet.file, item.number, item.id),),
            )
    yield from _features(packets)


def _own(known: Known, files: Iterable[File]) -> dict[tuple[str, str], tuple[Hunk, ...]]:
    pairs = sorted({(file.old or "", file.new or "") for file in files if not file.binary})
    if known.own_diff is None or not pairs:
        return {}
    return dict(zip(pairs, known.own_diff(pairs), strict=True))


def _of_file(file: File, own: dict[tuple[str, str], tuple[Hunk, ...]]) -> Iterator[tuple[str, str, str]]:
    """Place, what is wrong and the line, of what is wrong with a file's hunks: the first of each kind."""
    for key, value in file.unknown:
        if DIALECT_KEY.match(key):
            yield file.path, f"the key `{key}` of somebody else's diff", value
    for number, hunk in enumerate(file.hunks, start=1):
        for line in hunk.lines:
            if FOREIGN.match(line) or line[:1] not in (" ", "-", "+", "\\"):
                yield f"{file.path}, hunk {number}", "a line of somebody else's diff", line
                return
    if file.binary or _changes_type(file):
        return
    wrong = not_ours(file)
    if wrong is not None:
        number, what = wrong
        line = next((line for line in file.hunks[number - 1].lines if line[:1] in "+-"), "") if file.hunks else ""
        yield f"{file.path}, hunk {number}", what, line
        return
    ours = own.get((file.old or "", file.new or ""))
    if ours is not None and ours != file.hunks:
        at = next((n for n, (a, b) in enumerate(zip(ours, file.hunks, strict=False), 1) if a != b), 0)
        at = at or min(len(ours), len(file.hunks)) + 1
        yield f"{file.path}, hunk {at}", "the hunks are not our own diff of the two texts", ""


def _changes_type(file: File) -> bool:
    """Whether a file becomes a link, or the other way round: git shows all of one and all of the other."""
    return None not in (file.old_mode, file.new_mode) and str(file.old_mode)[:3] != str(file.new_mode)[:3]


def not_ours(file: File) -> tuple[int, str] | None:
    """The first hunk (from 1) that ours would differ from whatever way of comparing was used, and how.

    Ours turn the old text into the new one, show three lines of context wherever the file has them, and are apart
    by more unchanged lines than they would show.
    """
    old, new = _lines(file.old or ""), _lines(file.new or "")
    at_old = at_new = 0
    for number, hunk in enumerate(file.hunks, start=1):
        sides = _sides(hunk)
        # A side without lines is counted from the line before it.
        begin_old = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        begin_new = hunk.new_start - 1 if hunk.new_count else hunk.new_start
        if (len(sides[0]), len(sides[1])) != (hunk.old_count, hunk.new_count):
            return number, "the counts of its header are wrong"
        if begin_old < at_old or old[at_old:begin_old] != new[at_new:begin_new]:
            return number, "what is before it is not the same in both texts"
        if sides != (old[begin_old : begin_old + len(sides[0])], new[begin_new : begin_new + len(sides[1])]):
            return number, "its lines are not those of the two texts"
        leading, trailing = _context(hunk)
        if number > 1 and begin_old == at_old:
            return number, "it touches the hunk before it"
        if leading != min(CONTEXT, begin_old + leading) or trailing != min(
            CONTEXT, len(old) - begin_old - len(sides[0]) + trailing
        ):
            return number, f"it has {leading} and {trailing} lines of context"
        at_old, at_new = begin_old + len(sides[0]), begin_new + len(sides[1])
    if old[at_old:] != new[at_new:]:
        return max(1, len(file.hunks)), "the texts differ where no hunk says so"
    return None


def _lines(text: str) -> list[str]:
    """The lines with their newlines, as git counts them."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _sides(hunk: Hunk) -> tuple[list[str], list[str]]:
    old: list[str] = []
    new: list[str] = []
    last: list[list[str]] = []
    for line in hunk.lines:
        if line.startswith("\\"):
            for side in last:
                side[-1] = side[-1][:-1]
            continue
        last = [side for side, marks in ((old, " -"), (new, " +")) if line[0] in marks]
        for side in last:
            side.append(f"{line[1:]}\n")
    return old, new


def _context(hunk: Hunk) -> tuple[int, int]:
    marks = [line[0] for line in hunk.lines if not line.startswith("\\")]
    changed = [at for at, mark in enumerate(marks) if mark != " "]
    return (changed[0], len(marks) - 1 - changed[-1]) if changed else (len(marks), 0)


def _features(packets: Sequence[Opened]) -> Iterator[Finding]:
    for item, file, shown in files_of(packets):
        for what, has in FEATURES:
            if not file.binary and has(file):
                yield Finding(
                    Leak.DIALECT,
                    Severity.NOTE,
                    what,
                    file.path,
                    "drop the instance, or leave it: it is a part of the change",
                    excerpt=f"{file.kind}: {file.path}, {what}",
                    instance=item.instance,
                    candidates=() if item.candidate is None else (item.candidate,),
                    shown=shown,
                )


def features_by_candidate(packets: Sequence[Opened]) -> dict[str, dict[str, bool]]:
    """Feature → candidate → whether any of its files has it, of the candidates that the study knows."""
    found: dict[str, dict[str, bool]] = {what: {} for what, _ in FEATURES}
    seen: set[str] = set()
    for item in (item for packet in packets for item in packet.items):
        if item.candidate is None or item.candidate in seen:
            continue
        seen.add(item.candidate)
        for what, has in FEATURES:
            found[what][item.candidate] = any(has(file) for file in item.files if not file.binary)
    return found

"""A change, file by file and hunk by hunk; and any file whole."""

from __future__ import annotations

import re
from collections.abc import Collection

from rich.text import Text

from mergecheck.packet.format import PacketFile, PacketHunk, PacketItem
from mergecheck.records import Kind
from review_ui.pages.lines import ADDED, FAINT, PLACE, REMOVED, TRAILING, Page, count, heading
from review_ui.shown import shown, shown_code

SYMLINK = "120000"
KINDS = {
    Kind.MODIFIED: "modified",
    Kind.ADDED: "new file",
    Kind.DELETED: "deleted",
    Kind.RENAMED: "renamed",
    Kind.MODE: "file mode changed",
}


def change_page(item: PacketItem, folded: Collection[int] = ()) -> Page:
    """Every file of a change with its hunks; of those that were viewed, by their numbers from 1, only the head."""
    page = [_change_head(item), Text()]
    for number in range(1, len(item.files) + 1):
        page += _viewed_file(item, number) if number in folded else file_page(item, number)
    return page


def _viewed_file(item: PacketItem, number: int) -> Page:
    file = item.files[number - 1]
    says = f"File {number}/{len(item.files)}: {named(file)} ({what(file)}): viewed, and not shown again"
    return [Text(says, FAINT, no_wrap=True), Text()]


def found_page(item: PacketItem, wanted: re.Pattern[str]) -> Page:
    """The lines of the change that hold what is searched for, each with its count, under their files."""
    found: list[tuple[int, Text]] = []
    for number, file in enumerate(item.files, start=1):
        for hunk in file.hunks:
            rows = zip(hunk.lines, _hunk(hunk)[1:], strict=True)
            found += [(number, row) for line, row in rows if line[:1] != "\\" and wanted.search(line[1:])]
    page: Page = []
    before = 0
    for place, (number, row) in enumerate(found, start=1):
        if number != before:
            head = heading(f"File {number}/{len(item.files)}: {named(item.files[number - 1])}")
            head.no_wrap = True
            page.append(head)
        before = number
        page.append(Text(f"[{place}/{len(found)}] ", no_wrap=True).append_text(row))
    return page or [Text("Not found.")]


def _change_head(item: PacketItem) -> Text:
    of_files = [counts(file) for file in item.files]
    added, removed = sum(count[0] for count in of_files), sum(count[1] for count in of_files)
    return heading(f"The change: {count(len(item.files), 'file')}, +{added} -{removed}")


def file_page(item: PacketItem, number: int) -> Page:
    """One file of a change, by its number from 1, with its hunks."""
    return [*_file(item.files[number - 1], f"{number}/{len(item.files)}"), Text()]


def contents_page(item: PacketItem) -> Page:
    """The files of a change, without their hunks."""
    width = len(str(len(item.files)))
    page = [_change_head(item), Text()]
    for number, file in enumerate(item.files, start=1):
        page.append(Text(f"  {number:>{width}}  {named(file)} ({what(file)})", no_wrap=True))
    return [*page, Text()]


def change_lines(item: PacketItem) -> int:
    """How many lines of code the change is shown with."""
    return sum(len(hunk.lines) for file in item.files for hunk in file.hunks)


def counts(file: PacketFile) -> tuple[int, int]:
    """How many lines a file gains and loses."""
    # What is not on one side was added or removed; to look at each line would take long in a long change.
    lines = sum(file.hunk_rows)
    return lines - sum([hunk.old_count for hunk in file.hunks]), lines - sum(
        [hunk.new_count for hunk in file.hunks]
    )


def _file(file: PacketFile, number: str) -> Page:
    head = heading(f"File {number}: {named(file)} ({what(file)})")
    head.no_wrap = True
    page = [head]
    for hunk in file.hunks:
        page += _hunk(hunk)
    if not file.hunks and not file.binary:
        page.append(
            Text("the text is unchanged" if file.kind in (Kind.RENAMED, Kind.MODE) else "an empty file", FAINT)
        )
    return page


def what(file: PacketFile) -> str:
    """What happens to a file, in a few words."""
    added, removed = counts(file)
    said = [KINDS[file.kind], *_modes(file), "binary, not shown" if file.binary else f"+{added} -{removed}"]
    return ", ".join(said)


def _modes(file: PacketFile) -> list[str]:
    """What git's modes say beyond the kind: a link is no file, and a file may become a program."""
    said = ["symbolic link"] if SYMLINK in (file.old_mode, file.new_mode) else []
    if file.old_mode is not None and file.new_mode is not None and file.old_mode != file.new_mode:
        said.append(f"mode {shown(file.old_mode)} → {shown(file.new_mode)}")
    return said


def named(file: PacketFile) -> str:
    """A file's path, and the one that it had."""
    moved = file.old_path is not None and file.old_path != file.path
    return f"{shown(file.old_path or '')} → {shown(file.path)}" if moved else shown(file.path)


def _hunk(hunk: PacketHunk) -> Page:
    head = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@"
    page = [Text(head, PLACE, no_wrap=True)]
    width = len(str(max(hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count)))
    old, new = hunk.old_start, hunk.new_start
    for line in hunk.lines:
        sign, code = line[:1], line[1:]
        if sign == "\\":
            page.append(Text(f"{'':>{width}} \\ no newline at the end of the file", FAINT, no_wrap=True))
            continue
        page.append(_code_line(old if sign == "-" else new, width, sign, code))
        old += sign != "+"
        new += sign != "-"
    return page


def _code_line(number: int, width: int, sign: str, code: str) -> Text:
    style = {"+": ADDED, "-": REMOVED}.get(sign, "")
    drawn = shown_code(code)
    kept = drawn.rstrip() if sign == "+" else drawn
    line = Text(no_wrap=True)
    line.append(f"{number:>{width}} ", FAINT).append(f"{sign or ' '} {kept}", style)
    # Blanks at the end of a new line are there to be seen.
    return line.append(drawn[len(kept) :], f"{style} {TRAILING}".strip())


def whole_file_page(path: str, side: str, text: str, part: tuple[int, int] | None = None) -> Page:
    """One side of a file with line numbers: whole, or from one line to another (`part`, from 1, both included)."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    width = len(str(len(lines)))
    page = [heading(f"{shown(path)}, {side}, {count(len(lines), 'line')}"), Text()]
    first, last = part or (1, len(lines))
    for number, line in enumerate(lines[first - 1 : last], start=first):
        page.append(Text(no_wrap=True).append(f"{number:>{width}} ", FAINT).append(shown_code(line)))
    return [*page, Text()]

"""The repository as it was: find a file, open it, search it all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, Static
from textual.widgets.option_list import Option

from mergecheck.packet.format import PacketFile, PacketHunk
from mergecheck.records import Kind, Side
from review_ui.desk import Desk
from review_ui.diff.cells import shortened
from review_ui.diff.document import Document, lines_of
from review_ui.diff.find import matching, pattern
from review_ui.keymap import Context
from review_ui.screens.base import Keyed
from review_ui.screens.items import Rows
from review_ui.screens.moving import Moving
from review_ui.shown import shown
from review_ui.widgets.bound import bound
from review_ui.widgets.diff_view import DiffView, Said
from review_ui.widgets.search_bar import SearchBar

MOST_ROWS = 300
"""A list shows so many rows and says how many there are."""
SLICE_SECONDS = 0.02
"""A search of all files gives the keyboard a turn after so long."""
EXCERPT = 160


def text_document(path: str, text: str) -> Document:
    """One text as a document of lines that did not change."""
    lines = lines_of(text)
    hunk = PacketHunk(
        old_start=1,
        old_count=len(lines),
        new_start=1,
        new_count=len(lines),
        lines=tuple(f" {line}" for line in lines),
    )
    hunks = (hunk,) if lines else ()
    # Both sides are the text under any one name; without lines it is an empty file.
    file = PacketFile(path=path, kind=Kind.MODIFIED, old="text", new="text", hunks=hunks)
    return Document((file,), lambda _digest: text)


class FileScreen(Moving):
    """One file of the repository as it was."""

    context = Context.FILE
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.FILE)]
    DEFAULT_CSS = "FileScreen .head { height: 1; background: $panel; text-style: bold; padding: 0 1; }"

    def __init__(self, desk: Desk, item: str, path: str, line: int = 1) -> None:
        super().__init__()
        self.desk = desk
        self._item = item
        self._path = path
        self._line = line

    def compose(self) -> ComposeResult:
        """The path, and the lines."""
        yield Static(Text(shown(self._path), no_wrap=True), classes="head")
        digest = self.desk.tree(self._item)[self._path]
        text = "" if digest is None else self.desk.packet.text(digest)
        lines = len(lines_of(text))
        # The path stands above, and stays there when these are scrolled away.
        heads = f"{lines} line{'' if lines == 1 else 's'}", "As it was before the change"
        said = Said(lambda row: (heads[row.file < 0], ""), lambda _row: "")
        yield DiffView(text_document(self._path, text), self.front.look, said, single=True)
        yield SearchBar()
        yield from self.feet()

    def on_mount(self) -> None:
        """At the line that was asked for."""
        super().on_mount()
        self.view.wrapped = self.front.choices.wrapped
        self.view.focus()
        if self.view.document.files[0].hunks:
            self.call_after_refresh(lambda: self.view.go_to(0, Side.NEW, self._line))

    def on_diff_view_moved(self, event: DiffView.Moved) -> None:
        """Say where one is."""
        event.stop()
        line = self.view.line()
        if not self.view.looked_for:
            self.say(f"line {line[2]}" if line is not None else "")

    def action_find_file(self) -> None:
        """Another file."""
        self.app.push_screen(FinderScreen(self.desk, self._item), self._open)

    def action_search_tree(self) -> None:
        """In all files."""
        self.app.push_screen(TreeSearchScreen(self.desk, self._item), self._open)

    def _open(self, found: tuple[str, int] | None) -> None:
        if found is not None:
            self.app.switch_screen(FileScreen(self.desk, self._item, *found))

    def action_close(self) -> None:
        """Drop the search; then back."""
        if not self.drop_search():
            self.dismiss()


class FinderScreen(Keyed[tuple[str, int] | None]):
    """A file by parts of its path. Gives path and line."""

    context = Context.FINDER
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.FINDER)]
    AUTO_FOCUS: ClassVar[str | None] = "Input"
    DEFAULT_CSS = """
    FinderScreen Input { padding: 0 1; }
    """
    PROMPT: ClassVar[str] = "parts of a path, in the repository as it was"

    def __init__(self, desk: Desk, item: str) -> None:
        super().__init__()
        self._desk = desk
        self._tree: Mapping[str, str | None] = desk.tree(item)
        self._found: list[tuple[str, int]] = []

    def compose(self) -> ComposeResult:
        """What is wanted, and what there is."""
        yield Input(placeholder=self.PROMPT, compact=True)
        yield Rows()
        yield from self.feet()

    def on_mount(self) -> None:
        """All files."""
        super().on_mount()
        self.want("")

    def want(self, wanted: str) -> None:
        """Show what there is of this."""
        paths = matching(self._tree, wanted)
        self.put([(path, 1) for path in paths], [self._row(path) for path in paths[:MOST_ROWS]])
        self.say(
            f"{len(paths)} file{'' if len(paths) == 1 else 's'}"
            + (f", the first {MOST_ROWS} shown" if len(paths) > MOST_ROWS else "")
        )

    def _row(self, path: str) -> Text:
        row = Text(shortened(shown(path), self.app.size.width - 14), no_wrap=True)
        return row if self._tree[path] is not None else row.append("  not shown", "dim")

    def put(self, found: list[tuple[str, int]], rows: Iterable[Text]) -> None:
        """Show these rows, the first pointed to."""
        self._found = found
        shown_rows = self.query_one(Rows)
        shown_rows.clear_options()
        shown_rows.add_options(map(Option, rows))
        shown_rows.highlighted = 0 if found else None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find as it is typed."""
        event.stop()
        # As it stands now: Enter may have come before what tells of the letters.
        self.want(event.input.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open what is pointed to."""
        event.stop()
        self.action_choose()

    def on_option_list_option_selected(self, event: Rows.OptionSelected) -> None:
        """Open what was clicked."""
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        """Open what is pointed to."""
        number = self.query_one(Rows).highlighted
        if number is None or number >= len(self._found):
            return
        if self._tree[self._found[number][0]] is None:
            self.say("this file is no text, or too long: it is named and not shown", "wrong")
        else:
            self.dismiss(self._found[number])

    def action_down(self) -> None:
        """One row down."""
        self.query_one(Rows).action_cursor_down()

    def action_up(self) -> None:
        """One row up."""
        self.query_one(Rows).action_cursor_up()

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)


class TreeSearchScreen(FinderScreen):
    """A text in all files."""

    PROMPT: ClassVar[str] = "search all files as they were; small letters find either case"

    def __init__(self, desk: Desk, item: str) -> None:
        super().__init__(desk, item)
        self._searched = ""

    def want(self, wanted: str) -> None:
        """Searching all files waits for Enter."""
        if wanted != self._searched:
            self.put([], [])
            self.say(f"{self.keys.key(self.context, 'choose')} searches" if wanted else "")

    def action_choose(self) -> None:
        """Search; then open what is pointed to."""
        wanted = self.query_one(Input).value
        if wanted and wanted != self._searched:
            self._searched = wanted
            self.search_all(wanted)
        else:
            super().action_choose()

    @work(exclusive=True)
    async def search_all(self, wanted: str) -> None:
        """Search file by file; the keyboard has its turn in between."""
        expression = pattern(wanted)
        assert expression is not None
        found: list[tuple[str, int]] = []
        rows: list[Text] = []
        pause = time.monotonic() + SLICE_SECONDS
        for path, digest in self._tree.items():
            text = "" if digest is None else self._desk.packet.text(digest)
            if expression.search(text):
                for number, line in enumerate(lines_of(text), start=1):
                    place = expression.search(line)
                    if place is not None and len(found) < MOST_ROWS:
                        found.append((path, number))
                        rows.append(self._line(path, number, line, *place.span()))
            if len(found) >= MOST_ROWS:
                break
            if time.monotonic() > pause:
                self.say(f"searching … {len(found)} found")
                await asyncio.sleep(0)
                pause = time.monotonic() + SLICE_SECONDS
        self.put(found, rows)
        count = f"{len(found)} line{'' if len(found) == 1 else 's'}"
        self.say(f"the first {MOST_ROWS} lines" if len(found) >= MOST_ROWS else count)

    def _line(self, path: str, number: int, line: str, start: int, end: int) -> Text:
        """One row of the screen, on which what was found is seen."""
        width = max(self.app.size.width - 3, 1)
        row = Text(no_wrap=True).append(f"{shortened(shown(path), min(50, width // 2))}:{number}  ", "bold")
        room = width - row.cell_len
        begin = len(line) - len(line.lstrip())
        if end - begin > room - 1:
            row.append("…")
            begin = max(start - room // 3, begin)
        row.append(shown(line[begin : begin + EXCERPT].rstrip()))
        row.truncate(width, overflow="ellipsis")
        return row

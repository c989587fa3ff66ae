"""Reading a change on a screen: jumping, folding, context, viewed marks. Nothing here answers anything."""

from __future__ import annotations

from mergecheck.packet.format import PacketFile
from mergecheck.records import Comment, Side
from review_ui import pages
from review_ui.anchors import Anchor
from review_ui.diff.blocks import Part, Row
from review_ui.diff.document import Document, Layout
from review_ui.keymap import Context
from review_ui.screens.moving import Moving
from review_ui.shown import shown
from review_ui.viewed import seen_as
from review_ui.widgets.diff_view import DiffView, Said
from review_ui.widgets.file_tree import FileTree


class Reading(Moving):
    """A screen that shows a change."""

    item: str

    def __init__(self) -> None:
        super().__init__()
        self.files: tuple[PacketFile, ...] = ()
        self.viewed: dict[str, str] = {}
        self._about: list[tuple[str, str]] = []
        self._sum = ""

    def said(self) -> Said:
        """What stands between the lines."""
        return Said(self._head, self._gap)

    def look_through(self, document: Document) -> None:
        """Another change."""
        choices = self.front.choices
        of_files = list(map(pages.counts, self.files))
        added, removed = (sum(count[side] for count in of_files) for side in (0, 1))
        count = f"{len(self.files)} file{'' if len(self.files) == 1 else 's'}"
        # Counted once: a head is painted at each key.
        self._sum = f"The change: {count}, +{added} −{removed}"
        self._about = [(pages.named(file), pages.what(file).replace("-", "−")) for file in self.files]
        document.layout = choices.layout
        for number in range(len(self.files)):
            if self.is_viewed(number):
                document.fold(number, True)
        view = self.view
        view.wrapped = choices.wrapped
        view.show(document)
        view.set_comments(self.comments())

    def comments(self) -> tuple[Comment, ...]:
        """The comments on the change."""
        return ()

    def _head(self, row: Row) -> tuple[str, str]:
        if row.part is Part.CHANGE:
            return self._sum, ""
        file = self.files[row.file]
        fold = "▸" if self.view.document.folded(row.file) else "▾"
        named, what = self._about[row.file]
        right = [what]
        why = self.view.why_no_colours(row.file, Side.NEW if file.new is not None else Side.OLD)
        right += [why] if why and not file.binary else []
        right += ["viewed ✓"] if self.is_viewed(row.file) else []
        return f"{fold} {row.file + 1}/{len(self.files)} {named}", " · ".join(right)

    def _gap(self, row: Row) -> str:
        keys = self.keys
        more, whole = keys.key(Context.REVIEW, "more"), keys.key(Context.REVIEW, "whole_file")
        lines = f"{row.hidden} line{'' if row.hidden == 1 else 's'} not shown"
        hunks = self.files[row.file].hunks
        ahead = ""
        if 0 <= row.hunk < len(hunks):
            hunk = hunks[row.hunk]
            ahead = f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@  "
        return f"{ahead}⋯ {lines} ({more} more, {whole} whole file)"

    def where(self) -> tuple[str, ...]:
        """Where one is in the change: file, hunk and line, as far as there are any."""
        view = self.view
        if not self.files or view.row.file < 0:
            return (f"{len(self.files)} file{'' if len(self.files) == 1 else 's'}",)
        hunk, hunks = view.document.hunk_number(view.cursor)
        line = view.line()
        number = (f"line {line[2]}",) if line is not None else ()
        return f"file {view.file + 1}/{len(self.files)}", f"hunk {hunk}/{hunks}", *number

    def refresh_head(self) -> None:
        """Where one is has changed."""

    def on_diff_view_moved(self, event: DiffView.Moved) -> None:
        """The current line is another one."""
        event.stop()
        self.refresh_head()
        if self.view.row.file >= 0:
            self.query_one(FileTree).follow(self.view.row.file)

    # Jumping and folding.

    def action_next_hunk(self) -> None:
        """To the next hunk."""
        if not self.view.go_hunk(1):
            self.say("this is the last hunk")

    def action_previous_hunk(self) -> None:
        """To the hunk before."""
        if not self.view.go_hunk(-1):
            self.say("this is the first hunk")

    def action_next_file(self) -> None:
        """To the next file."""
        if not self.view.go_file(1):
            self.say("this is the last file")

    def action_previous_file(self) -> None:
        """To the file before."""
        if not self.view.go_file(-1):
            self.say("this is the beginning")

    def action_layout(self) -> None:
        """One under the other, side by side, automatic."""
        layouts = list(Layout)
        layout = layouts[(layouts.index(self.view.document.layout) + 1) % len(layouts)]
        self.view.set_layout(layout)
        self.front.choose(layout=layout)
        names = {
            Layout.UNIFIED: "one under the other",
            Layout.SPLIT: "side by side",
            Layout.AUTO: "automatic: side by side where it is wide, and only hunks that change lines",
        }
        self.say(f"layout: {names[layout]}")

    def action_side(self) -> None:
        """Side by side: which side the current line is on."""
        if not self.view.switch_side():
            self.say("there is one side here")

    def action_more(self) -> None:
        """Show hidden lines."""
        if not self.view.open_more():
            self.say("no lines are hidden in this file")

    def action_whole_file(self) -> None:
        """Show all lines of the file, or only the hunks."""
        if self.files:
            self.view.toggle_whole_file(self.view.file)

    def action_fold(self) -> None:
        """Show only the file's head, or all of it."""
        if self.view.row.file >= 0:
            file = self.view.row.file
            self.view.fold(file, not self.view.document.folded(file))

    def is_viewed(self, file: int) -> bool:
        """Whether the file was marked as viewed as it stands now."""
        return self.viewed.get(self.files[file].path) == seen_as(self.files[file])

    def action_viewed(self) -> None:
        """Mark the file as viewed and fold it, or take the mark away."""
        if self.view.row.file < 0:
            return
        file = self.view.row.file
        viewed = dict(self.viewed)
        done = self.is_viewed(file)
        if done:
            del viewed[self.files[file].path]
        else:
            viewed[self.files[file].path] = seen_as(self.files[file])
        self.front.record(
            lambda: self.desk.save_viewed(self.item, viewed), lambda: self._viewed(viewed, file, not done)
        )

    def _viewed(self, viewed: dict[str, str], file: int, done: bool) -> None:
        self.viewed = viewed
        self.view.fold(file, done)
        self.query_one(FileTree).refresh_labels()
        count = sum(map(self.is_viewed, range(len(self.files))))
        self.say(f"{count} of {len(self.files)} files viewed")
        if done and not self.view.go_file(1):
            self.view.changed()

    # Ranges, comments, copies.

    def action_mark_range(self) -> None:
        """Begin a range at the current line, or drop it."""
        view = self.view
        if view.range_from is not None:
            view.range_from = None
            self.say("")
        elif view.line() is None:
            self.say("a range begins at a line", "wrong")
        else:
            view.range_from = view.document.place(view.cursor)
            key = self.keys.key(Context.REVIEW, "comment")
            self.say(f"range: move to its other end; {key} comments on it")
        view.changed()

    def action_escape(self) -> None:
        """Drop the search, then the range."""
        if self.drop_search():
            return
        if self.view.range_from is not None:
            self.view.range_from = None
            self.view.changed()
        self.say("")
        self.view.focus()

    def anchor_here(self) -> Anchor | None:
        """Where a comment belongs that is written now; None where that is no line."""
        row = self.view.row
        if row.part is Part.CHANGE:
            return Anchor()
        if row.part is Part.FILE:
            return Anchor(self.files[row.file].path)
        lines = self.view.range_lines()
        if lines is None:
            return None
        file, side, first, last = lines
        excerpt = "\n".join(self.view.document.texts[file].lines(side)[first - 1 : last])
        return Anchor(self.files[file].path, side, first, last, excerpt)

    def go_to_comment(self, comment: Comment) -> None:
        """To where a comment is."""
        view = self.view
        file = next((number for number, file in enumerate(self.files) if file.path == comment.path), None)
        if file is None:
            view.go(view.document.spot_at(0))
        elif comment.side is None or comment.end is None:
            view.go(view.document.file_spot(file), middle=True)
        else:
            view.go_to(file, comment.side, comment.end)

    def action_copy_path(self) -> None:
        """Copy the file's path."""
        if self.files:
            self.app.copy_to_clipboard(shown(self.files[self.view.file].path))
            self.say("copied the path, if your terminal takes it (OSC 52)")

"""Commenting on what is read: on a line, a range, a file, the whole change; and the list of what was said."""

from __future__ import annotations

from mergecheck.records import Comment
from review_ui.anchors import Anchor, begun
from review_ui.screens.comment import CommentScreen, CommentsScreen
from review_ui.screens.review_reading import Reading


class Remarking(Reading):
    """A screen that shows a change and takes comments on it."""

    def comments(self) -> tuple[Comment, ...]:
        """Those that stand."""
        return self.desk.review(self.item).comments

    def _write(self, anchor: Anchor) -> None:
        self.app.push_screen(CommentScreen(self.desk, self.item, anchor, ""), self._commented)

    def _commented(self, saved: bool | None) -> None:
        self.view.range_from = None
        self.view.set_comments(self.comments())
        self.refresh_legend()
        if saved:
            self.say("Saved: the comment.", "done")
        else:
            self.say("The comment is kept as a draft." if self.desk.comment_draft(self.item) else "")

    def go_on_writing(self) -> bool:
        """A comment that was begun goes on first; returns whether one was."""
        before = begun(self.desk, self.item)
        if before is not None:
            self.app.push_screen(CommentScreen(self.desk, self.item, *before, begun=True), self._commented)
        return before is not None

    def action_comment(self) -> None:
        """On the current line or the marked range; on a file's head, on the file."""
        if self.go_on_writing():
            return
        anchor = self.anchor_here()
        if anchor is None:
            file, change = (self.keys.key(self.context, f"comment_{on}") for on in ("file", "change"))
            self.say(f"no line is here to comment on; {file}: on the file, {change}: on the change", "wrong")
        else:
            self._write(anchor)

    def action_comment_file(self) -> None:
        """On the current file."""
        if self.files and not self.go_on_writing():
            self._write(Anchor(self.files[self.view.file].path))

    def action_comment_change(self) -> None:
        """On the whole change."""
        if not self.go_on_writing():
            self._write(Anchor())

    def action_comments(self) -> None:
        """All of them; jump to one."""
        self.app.push_screen(CommentsScreen(self.desk, self.item), self._jump)

    def _jump(self, comment: Comment | None) -> None:
        self.view.set_comments(self.comments())
        if comment is not None:
            self.go_to_comment(comment)

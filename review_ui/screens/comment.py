"""Writing a comment, and the list of all of them."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static, TextArea
from textual.widgets.option_list import Option

from mergecheck.records import Comment
from review_ui import pages
from review_ui.anchors import Anchor, begun
from review_ui.desk import Desk
from review_ui.keyboard import Typed
from review_ui.keymap import Context
from review_ui.screens.base import Dialog, Keyed
from review_ui.screens.form import text_area
from review_ui.screens.items import Rows
from review_ui.shown import shown_lines
from review_ui.widgets.bound import bound

MOST_EXCERPT = 8


class CommentScreen(Keyed[bool]):
    """One comment. Gives True once it is on disk."""

    context = Context.COMMENT
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.COMMENT)]
    AUTO_FOCUS: ClassVar[str | None] = "TextArea"
    DEFAULT_CSS = """
    CommentScreen .head { height: 1; background: $panel; text-style: bold; padding: 0 1; }
    CommentScreen .excerpt { height: auto; max-height: 8; padding: 0 2; color: $text-muted; }
    CommentScreen TextArea { height: 1fr; border: none; padding: 0 1; background: $panel; }
    """

    def __init__(self, desk: Desk, item: str, anchor: Anchor, text: str, *, begun: bool = False) -> None:
        super().__init__()
        self._begun = begun
        self._desk = desk
        self._item = item
        self._anchor = anchor
        self._text = text

    def on_mount(self) -> None:
        """Say so where it was begun before: it may be on another line than one is at."""
        super().on_mount()
        if self._begun:
            self.say("begun before: save it, or empty it, before another")

    def only_reads(self, typed: Typed) -> bool:
        """What is typed here is said."""
        return False

    def compose(self) -> ComposeResult:
        """Where it belongs, the lines, and what is written."""
        yield Static(Text(f"Comment on {pages.comment_where(self._anchor.comment(''))}"), classes="head")
        lines = shown_lines(self._anchor.excerpt)
        left = [f"… {len(lines) - MOST_EXCERPT} more"] if len(lines) > MOST_EXCERPT else []
        with Vertical():
            yield Static(Text("\n".join(lines[: MOST_EXCERPT - len(left)] + left)), classes="excerpt")
            yield text_area("text", self._text)
        yield from self.feet()

    @on(TextArea.Changed)
    def _changed(self) -> None:
        """Keep it."""
        self.front.keep_soon(self._keep)

    def _written(self) -> str:
        return self.query_one(TextArea).text

    def _keep(self) -> None:
        text = self._written()
        self._desk.save_comment_draft(self._item, self._anchor.fields(text) if text.strip() else {})

    def action_save(self) -> None:
        """Save it."""
        self.front.record(self._write, self._saved)

    def _write(self) -> None:
        self._anchor.write(self._desk, self._item, self._written())

    def _saved(self) -> None:
        self.front.forget_unsaved()
        self.front.record(lambda: self._desk.save_comment_draft(self._item, {}), lambda: self.dismiss(True))

    def action_later(self) -> None:
        """Keep it as a draft, and go back."""
        self.front.keep_and_leave(lambda: self.dismiss(False))


class CommentsScreen(Keyed[Comment | None]):
    """All comments on the item; gives the one to jump to."""

    context = Context.COMMENTS
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.COMMENTS)]
    DEFAULT_CSS = "CommentsScreen .head { height: 1; background: $panel; text-style: bold; padding: 0 1; }"

    def __init__(self, desk: Desk, item: str) -> None:
        super().__init__()
        self._desk = desk
        self._item = item

    def compose(self) -> ComposeResult:
        """A head, and the comments."""
        yield Static(classes="head")
        yield Rows()
        yield from self.feet()

    def on_mount(self) -> None:
        """Show them."""
        super().on_mount()
        self._fill()

    def relevant(self, name: str) -> bool:
        """Without comments there is nothing to do with them; a finished review changes none."""
        if name in ("edit", "delete") and self._desk.finished:
            return False
        return name not in ("jump", "edit", "delete") or bool(self._desk.review(self._item).comments)

    def _fill(self) -> None:
        comments = self._desk.review(self._item).comments
        count = f"{len(comments)} comment{'' if len(comments) == 1 else 's'} on parts of the change"
        self.query_one(".head", Static).update(Text(count))
        rows = self.query_one(Rows)
        here = rows.highlighted or 0
        rows.clear_options()
        for comment in comments:
            row = Text().append(f"{pages.comment_where(comment)}\n", "bold")
            row.append("".join(f"  {line}\n" for line in shown_lines(comment.text)))
            rows.add_option(Option(row))
        if comments:
            rows.highlighted = min(here, len(comments) - 1)
        self.refresh_legend()

    def _chosen(self) -> Comment | None:
        comments = self._desk.review(self._item).comments
        number = self.query_one(Rows).highlighted
        return comments[number] if number is not None and number < len(comments) else None

    def action_down(self) -> None:
        """One comment down."""
        self.query_one(Rows).action_cursor_down()

    def action_up(self) -> None:
        """One comment up."""
        self.query_one(Rows).action_cursor_up()

    def action_jump(self) -> None:
        """To where it is."""
        comment = self._chosen()
        if comment is not None:
            self.dismiss(comment)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """To where the one that was clicked is."""
        event.stop()
        self.action_jump()

    def action_edit(self) -> None:
        """Change its text."""
        comment = self._chosen()
        if comment is not None:
            before = begun(self._desk, self._item)
            where, text = before or (Anchor.of(comment), comment.text)
            screen = CommentScreen(self._desk, self._item, where, text, begun=before is not None)
            self.app.push_screen(screen, lambda _saved: self._fill())

    def action_delete(self) -> None:
        """Ask, then take it away."""
        comment = self._chosen()
        if comment is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.front.record(lambda: self._desk.delete_comment(self._item, comment.id), self._fill)

        self.app.push_screen(
            Dialog(f"Take away the comment on {pages.comment_where(comment)}?", "takes it away"), answered
        )

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)

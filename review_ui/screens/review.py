"""The review screen: the change, the issue, and all that can be done from here."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from review_ui import pages
from review_ui.desk import Desk
from review_ui.diff.document import Document
from review_ui.keyboard import Typed
from review_ui.keymap import Context
from review_ui.screens.judging import Judging
from review_ui.screens.pause import PauseScreen
from review_ui.screens.reading import ReadingScreen
from review_ui.screens.tree import FileScreen, FinderScreen, TreeSearchScreen
from review_ui.shown import shown
from review_ui.state import Stage
from review_ui.widgets.bound import bound
from review_ui.widgets.diff_view import DiffView
from review_ui.widgets.file_tree import FileTree
from review_ui.widgets.head import head_line
from review_ui.widgets.legend import Line
from review_ui.widgets.prose import Prose
from review_ui.widgets.search_bar import SearchBar

BESIDE = 150
"""From so many columns on, the issue stands beside the change."""
ANSWERS = ("accept", "request_changes", "skip", "go_on", "revise", "undo")
REMARKS = ("comment", "comment_file", "comment_change", "viewed")
ANSWERING = frozenset((*ANSWERS, *REMARKS, "palette"))
"""What is not obeyed where it was typed before the item was on the screen."""
TREE = 110
"""From so many columns on, the tree of files is shown where it was not closed."""


class ReviewScreen(Judging):
    """One item after another, at a desk.

    Args:
        desk: where the answers go.
        item: the first to show.
        practice: nothing counts, and after the one item it is over.
    """

    context = Context.REVIEW
    BINDINGS: ClassVar[list[BindingType]] = [*bound(Context.REVIEW)]
    DEFAULT_CSS = """
    ReviewScreen .head { dock: top; height: 1; background: $panel; text-style: bold; padding: 0 1; }
    ReviewScreen Horizontal { height: 1fr; }
    ReviewScreen #issue { width: 2fr; border-left: vkey $panel; }
    ReviewScreen #change { width: 3fr; }
    """

    def __init__(self, desk: Desk, item: str, *, practice: bool = False) -> None:
        super().__init__()
        self.desk = desk
        self.item = item
        self.practice = practice
        self._first = True
        self._clock = False

    def compose(self) -> ComposeResult:
        """Head, tree, change, issue; below them search, status and keys."""
        yield Line(classes="head", id="head")
        with Horizontal():
            yield FileTree(self.is_viewed)
            with Horizontal(id="change"):
                yield DiffView(Document((), self.desk.packet.text), self.front.look, self.said())
            issue = Prose()
            issue.id = "issue"
            yield issue
        yield SearchBar()
        yield from self.feet()

    def on_mount(self) -> None:
        """Show the item."""
        super().on_mount()
        self.front.at_desk = self.desk
        self.set_interval(1, self._tick)
        self.watch(self.app, "theme", self._recolour, init=False)
        self.show(self.item)

    def on_unmount(self) -> None:
        """Practice leaves nothing behind."""
        self.front.at_desk = self.front.desk
        if self.practice:
            self.desk.leave()

    def _recolour(self) -> None:
        self.view.set_look(self.front.look)

    # One item.

    def only_reads(self, typed: Typed) -> bool:
        """What is searched for, and every key that answers nothing."""
        if not isinstance(typed, events.Key) or isinstance(self.focused, Input):
            return True
        bound = self.active_bindings.get(typed.key)
        return bound is None or bound.binding.action not in ANSWERING

    def show(self, item: str) -> None:
        """Put an item on the desk and on the screen."""
        seen = self.desk.seen(item)
        self.front.record(lambda: self.desk.show(item), lambda: self._put(item, seen=seen))

    def _put(self, item: str, *, seen: bool) -> None:
        self.front.keyboard.item_put()
        self.item = item
        self.files = self.desk.item(item).files
        self.viewed = self.desk.viewed(item)
        self.look_through(Document(self.files, self.desk.packet.text, self.desk.packet.size))
        self.query_one(FileTree).show(self.files)
        self.query_one("#issue", Prose).show(self.desk.issue(item))
        self._arrange()
        self.tell_where()
        first, self._first = self._first, False
        self.call_after_refresh(lambda: self._begin(first=first, seen=seen))

    def _begin(self, *, first: bool, seen: bool) -> None:
        """What was being written when it was closed or killed is in front again; else, where narrow, the issue."""
        self.view.focus()
        if self.go_on_writing():
            return
        if self.desk.stage(self.item) is Stage.GUESS_DUE and self.desk.review(self.item).guess_opened:
            self.ask_guess()
        elif first and self.desk.draft(self.item) and self.desk.stage(self.item) is Stage.OPEN:
            self.form(None)
        elif not seen and not self._beside:
            self._read_issue()

    def tell_where(self) -> None:
        """What stands on this item, and where one is."""
        final = self.desk.review(self.item).final
        said = pages.verdict_line(self.desk.form, final) if final is not None else ""
        key = self.keys.key(Context.REVIEW, "go_on")
        match self.desk.stage(self.item):
            case Stage.GUESS_DUE:
                self.say(said, then=f"{key} goes on to who may have written it")
            case Stage.DONE:
                self.say(said, then=f"{key} goes on to the next item")
            case _:
                self.say("practice: nothing here counts" if self.practice else "")
        self.refresh_head()
        self.refresh_legend()

    def refresh_head(self) -> None:
        """Where one is."""
        if not self.is_mounted:
            return
        place = self.desk.place(self.item)
        wave = f" · wave {place.wave} of {place.waves}" if place.waves > 1 else ""
        what = "Practice item" if self.practice else f"Item {place.number} of {place.total}{wave}"
        lefts = [
            (what, shown(self.desk.item(self.item).repository), self._verdict_word()),
            (what, self._verdict_word()),
        ]
        clock = []
        if self._clock:
            minutes, seconds = divmod(int(self.desk.spent(self.item)), 60)
            clock = [f"{minutes}:{seconds:02}"]
        where = self.where()
        head = head_line(lefts, [(*clock, *where), (*clock, *where[:2]), (*clock,)], max(self.size.width - 2, 10))
        self.query_one("#head", Line).put(Text(head))

    def _verdict_word(self) -> str:
        return pages.said_of(self.desk, self.item)

    def _tick(self) -> None:
        if self._clock:
            self.refresh_head()

    # Panes.

    @property
    def _beside(self) -> bool:
        return self.app.size.width >= BESIDE and self.front.choices.issue

    def _arrange(self) -> None:
        self.query_one("#issue", Prose).display = self._beside
        wanted = self.front.choices.tree and len(self.files) > 1
        self.query_one(FileTree).display = wanted and self.app.size.width >= TREE

    def on_resize(self) -> None:
        """Panes that have no room go."""
        super().on_resize()
        self._arrange()
        self.refresh_head()

    def relevant(self, name: str) -> bool:
        """What can be done at this stage."""
        stage, final = self.desk.stage(self.item), self.desk.review(self.item).final
        if name in ("accept", "request_changes", "skip"):
            return stage is Stage.OPEN
        if name == "go_on":
            return stage is not Stage.OPEN
        if name == "revise":
            return final is not None and not (
                stage is Stage.GUESS_DUE and self.desk.review(self.item).guess_opened
            )
        if name == "undo":
            return self.desk.undoable is not None
        if name in ("comment", "comment_file", "comment_change"):
            return not self.desk.finished
        if name in ("find_file", "search_tree"):
            return self.desk.item(self.item).tree is not None
        if name in ("items", "next_item", "previous_item", "pause"):
            return not self.practice
        return super().relevant(name)

    def action_issue(self) -> None:
        """Show or hide it beside the change; where there is no room, over it."""
        if self.app.size.width >= BESIDE:
            self.front.choose(issue=not self.front.choices.issue)
            self._arrange()
        else:
            self._read_issue()

    def _read_issue(self) -> None:
        place = self.desk.place(self.item)
        self.app.push_screen(ReadingScreen(f"The issue of item {place.number}", self.desk.issue(self.item)))

    def action_guidelines(self) -> None:
        """What the study asks for."""
        self.app.push_screen(ReadingScreen("Guidelines", self.desk.manifest.guidelines))

    def action_tree(self) -> None:
        """Show or hide the tree of files."""
        tree = self.query_one(FileTree)
        tree.display = not tree.display
        self.front.choose(tree=tree.display)
        (tree.shown_tree if tree.display else self.view).focus()

    def action_tree_filter(self) -> None:
        """Type part of a path."""
        tree = self.query_one(FileTree)
        tree.display = True
        tree.query_one("#filter", Input).focus()

    def on_file_tree_chosen(self, event: FileTree.Chosen) -> None:
        """To a file of the tree."""
        self.view.go(self.view.document.file_spot(event.file), middle=True)
        self.view.focus()

    def action_clock(self) -> None:
        """Show or hide the time."""
        self._clock = not self._clock
        self.refresh_head()

    # The repository as it was.

    def action_find_file(self) -> None:
        """Find any file."""
        self.app.push_screen(FinderScreen(self.desk, self.item), self._open)

    def action_search_tree(self) -> None:
        """Search all files."""
        self.app.push_screen(TreeSearchScreen(self.desk, self.item), self._open)

    def _open(self, found: tuple[str, int] | None) -> None:
        if found is not None:
            self.app.push_screen(FileScreen(self.desk, self.item, *found))

    def action_pause(self) -> None:
        """Let time stand still."""
        self.front.record(self.desk.pause, lambda: self.app.push_screen(PauseScreen(self.desk)))

    def action_quit(self) -> None:
        """Leave; practice goes back to the start page."""
        if self.practice:
            self.dismiss()
        else:
            self.front.go()

"""Answering on what is read: the verdict, who may have written it, undo; and going from item to item."""

from __future__ import annotations

from textual.widget import AwaitMount

from mergecheck.records import Decision
from review_ui import pages
from review_ui.keymap import Context
from review_ui.screens.base import Dialog
from review_ui.screens.end import EndScreen
from review_ui.screens.guess import GuessScreen
from review_ui.screens.items import ItemsScreen
from review_ui.screens.remarking import Remarking
from review_ui.screens.verdict import VerdictScreen
from review_ui.state import Stage


class Judging(Remarking):
    """A screen that takes a verdict on the change that it shows, and leads to the next.

    Attributes:
        practice: nothing counts, and after the one item it is over.
    """

    practice = False

    def show(self, item: str) -> None:
        """Put an item on the desk and on the screen."""
        raise RuntimeError("each screen shows an item in its own way")

    def tell_where(self) -> None:
        """Say what stands on this item, and what can be done with it now."""
        raise RuntimeError("each screen tells it in its own way")

    # The verdict.

    def form(self, decision: Decision | None) -> AwaitMount:
        """The form, for a decision or as the verdict stands."""
        # What is typed ahead waits for the form: awaited, the next key is seen to after it is there.
        return self.app.push_screen(VerdictScreen(self.desk, self.item, decision), self._after_verdict)

    async def action_accept(self) -> None:
        """The form, for an accept."""
        await self.form(Decision.ACCEPT)

    async def action_request_changes(self) -> None:
        """The form, for a request of changes."""
        await self.form(Decision.REQUEST_CHANGES)

    async def action_skip(self) -> None:
        """The form, for a skip."""
        await self.form(Decision.SKIP)

    async def action_revise(self) -> None:
        """The form, as the verdict stands."""
        await self.form(None)

    def _after_verdict(self, saved: bool | None) -> None:
        self.tell_where()
        if not saved:
            self.say("kept; the same key goes on with what you gave" if self.desk.draft(self.item) else "")
            return
        final = self.desk.review(self.item).final
        assert final is not None
        key = self.keys.key(Context.REVIEW, "go_on")
        then = "who may have written it" if self.desk.stage(self.item) is Stage.GUESS_DUE else "the next item"
        said = pages.verdict_line(self.desk.form, final)
        self.say(f"Saved: {said}", "done", then=f"{key} goes on to {then}")

    def action_go_on(self) -> None:
        """To who may have written it; then to the next item."""
        if self.desk.stage(self.item) is Stage.GUESS_DUE:
            self.front.record(lambda: self.desk.open_guess(self.item), self.ask_guess)
        else:
            self._next_open()

    def ask_guess(self) -> None:
        """Who may have written it."""
        self.app.push_screen(GuessScreen(self.desk, self.item), self._after_guess)

    def _after_guess(self, saved: bool | None) -> None:
        self.tell_where()
        if saved:
            key = self.keys.key(Context.REVIEW, "go_on")
            self.say(f"Saved. {key} goes on.", "done")

    def _next_open(self) -> None:
        if self.practice:
            self.dismiss()
            return
        item = self.desk.first_open
        if item is None:
            self.app.switch_screen(EndScreen(self.desk))
        else:
            self.show(item)

    def action_undo(self) -> None:
        """Ask, then take the last verdict back."""
        item = self.desk.undoable
        if item is None:
            return
        taken: list[str] = []

        def answered(yes: bool | None) -> None:
            if yes:
                self.front.record(lambda: taken.append(self.desk.undo()), undone)

        def undone() -> None:
            number = self.desk.place(taken[0]).number
            if taken[0] == self.item:
                self.tell_where()
            else:
                self.show(taken[0])
            self.say(f"Taken back: your verdict on item {number}. What you gave is kept.", "done")

        number = self.desk.place(item).number
        self.app.push_screen(Dialog(f"Take back your verdict on item {number}?", "takes it back"), answered)

    # Other items.

    def action_items(self) -> None:
        """All items; go to one."""
        self.app.push_screen(ItemsScreen(self.desk, self.item), self._other)

    def _other(self, item: str | None) -> None:
        if item is not None and item != self.item:
            self.show(item)

    def action_next_item(self) -> None:
        """To the next item."""
        other = self.desk.next(self.item)
        if other is None:
            self.say("there is no further item")
        else:
            self.show(other)

    def action_previous_item(self) -> None:
        """To the item before."""
        other = self.desk.previous(self.item)
        if other is None:
            self.say("this is the first item")
        else:
            self.show(other)

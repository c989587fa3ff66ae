"""How a review stands: the packet's items and what the events say of them. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mergecheck.errors import AnswersError, Refused
from mergecheck.packet.answers import read_answers
from mergecheck.packet.form import Form
from mergecheck.packet.format import Manifest, PacketItem
from mergecheck.packet.open import Packet
from mergecheck.records import Decision, Review
from review_ui.state import ReviewState, Stage


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: its number in this packet's queue and its wave, both from 1."""

    number: int
    total: int
    wave: int
    waves: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review is: items by stage, and by the decision that stands."""

    total: int
    open: int
    guess_due: int
    accepted: int
    changes_requested: int
    skipped: int
    active_seconds: float

    @property
    def answered(self) -> int:
        """Items with a verdict or a skip."""
        return self.accepted + self.changes_requested + self.skipped

    @property
    def complete(self) -> bool:
        """Nothing is left to answer."""
        return self.open == 0 and self.guess_due == 0


class Standing:
    """An open packet and the state of its review."""

    def __init__(self, packet: Packet, state: ReviewState) -> None:
        self.packet = packet
        self._state = state
        self._numbers = {item: number for number, item in enumerate(self.queue, start=1)}

    @classmethod
    def of(cls, packet: Packet) -> Standing:
        """How the answers beside this packet stand, without holding or changing their file.

        Raises:
            AnswersError: they cannot be read, or are answers to another packet.
        """
        path = packet.answers_path
        events = read_answers(path).events if path.exists() else ()
        if events and events[0].prev != packet.digest:
            raise AnswersError("these are answers to another packet", where=str(path))
        return cls(packet, ReviewState(events))

    @property
    def manifest(self) -> Manifest:
        """The packet's own page: study, guidelines, form."""
        return self.packet.manifest

    @property
    def form(self) -> Form:
        """What is asked, and which answers it takes."""
        return self.manifest.form

    @property
    def queue(self) -> tuple[str, ...]:
        """The items' blind ids, in order."""
        return self.manifest.items

    def item(self, item: str) -> PacketItem:
        """The change under this blind id."""
        self._check_known(item)
        return self.packet.item(item)

    def issue(self, item: str) -> str:
        """The text of the issue that the change is meant to resolve."""
        return self.packet.text(self.item(item).issue)

    def tree(self, item: str) -> Mapping[str, str | None]:
        """The repository as it was before the change: path → digest of its text, None where it is not shown.

        Empty where the packet holds none.
        """
        return self.packet.tree(self.item(item))

    def place(self, item: str) -> Place:
        """Where the item stands."""
        return Place(self._numbers[item], len(self.queue), self.item(item).wave, self.manifest.waves)

    @property
    def first_open(self) -> str | None:
        """The first item in order that is not done; None where all are."""
        return next((item for item in self.queue if self.stage(item) is not Stage.DONE), None)

    @property
    def current(self) -> str | None:
        """The item on the desk: the one last shown, until it is done; then the first that is not done."""
        return self._state.cursor or self.first_open

    @property
    def finished(self) -> bool:
        """Whether the review was declared finished: only corrections are taken."""
        return self._state.finished

    @property
    def paused(self) -> bool:
        """Whether time stands still; the next thing done ends the pause."""
        return self._state.paused

    @property
    def undoable(self) -> str | None:
        """The item whose verdict `undo` would take back; None where there is none."""
        return self._state.undoable()

    @property
    def progress(self) -> Progress:
        """How far the review is."""
        stages = [self.stage(item) for item in self.queue]
        finals = [review.final.decision for item in self.queue if (review := self.review(item)).final]
        return Progress(
            total=len(self.queue),
            open=stages.count(Stage.OPEN),
            guess_due=stages.count(Stage.GUESS_DUE),
            accepted=finals.count(Decision.ACCEPT),
            changes_requested=finals.count(Decision.REQUEST_CHANGES),
            skipped=finals.count(Decision.SKIP),
            active_seconds=sum(self.review(item).active_seconds for item in self.queue),
        )

    def next(self, item: str) -> str | None:
        """The item after this one in the queue."""
        return self.queue[self._numbers[item]] if self._numbers[item] < len(self.queue) else None

    def previous(self, item: str) -> str | None:
        """The item before this one in the queue."""
        return self.queue[self._numbers[item] - 2] if self._numbers[item] > 1 else None

    def review(self, item: str) -> Review:
        """What has been said of the item; without a verdict where nothing was."""
        return self._state.review(item)

    def stage(self, item: str) -> Stage:
        """How far the item is."""
        return self._state.stage(item)

    def seen(self, item: str) -> bool:
        """Whether the item has been on the desk."""
        return self._state.seen(item)

    def revisable(self, item: str) -> bool:
        """Whether a verdict may be given or revised freely; otherwise it takes a correction."""
        return not self.finished and not self.review(item).guess_opened

    def baseline(self, item: str) -> float | None:
        """The minutes last given for the same issue, to be offered again."""
        issue = self.item(item).issue
        return next((given for other, given in reversed(self._state.minutes()) if self._asks(other, issue)), None)

    def _where(self, item: str) -> str:
        return f"item {self._numbers[item]}"

    def _asks(self, item: str, issue: str) -> bool:
        return item in self._numbers and self.packet.item(item).issue == issue

    def _check_known(self, item: str) -> None:
        if item not in self._numbers:
            raise Refused(f"there is no item {item} in this packet", where=str(self.packet.path))

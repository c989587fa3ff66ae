"""Where a comment belongs while it is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from mergecheck.records import Comment, Side
from review_ui.commenting import BECOMES

if TYPE_CHECKING:
    from review_ui.desk import Desk


@dataclass(frozen=True)
class Anchor:
    """Where a comment belongs; `id` where it is one that stands and is being changed.

    `becomes` is the id that a new one will have: a draft that has become a comment is over, also where a kill came
    between the saving of the one and the dropping of the other.
    """

    path: str | None = None
    side: Side | None = None
    start: int | None = None
    end: int | None = None
    excerpt: str = ""
    id: str = ""
    becomes: str = field(default_factory=lambda: uuid4().hex, compare=False)

    def comment(self, text: str) -> Comment:
        """The comment, as a record."""
        return Comment(self.id, text, self.path, self.side, self.start, self.end, self.excerpt)

    def write(self, desk: Desk, item: str, text: str) -> None:
        """Save the comment at the desk, or the new text of the one that stands; raises as `Desk.comment`."""
        if self.id:
            desk.edit_comment(item, self.id, text)
        else:
            desk.comment(
                item,
                text,
                path=self.path,
                side=self.side,
                start=self.start,
                end=self.end,
                excerpt=self.excerpt,
                named=self.becomes,
            )

    def fields(self, text: str) -> dict[str, str]:
        """The comment as it is kept while it is written."""
        plain = [self.path, self.side, self.start, self.end, self.excerpt, self.id]
        return {"anchor": json.dumps(plain), "text": text, BECOMES: self.becomes}

    @classmethod
    def of(cls, comment: Comment) -> Anchor:
        """Where a comment that stands belongs."""
        return cls(comment.path, comment.side, comment.start, comment.end, comment.excerpt, comment.id)

    @classmethod
    def read(cls, fields: dict[str, str]) -> Anchor | None:
        """Where a comment that was begun belongs; None where none was."""
        try:
            path, side, start, end, excerpt, identity = json.loads(fields["anchor"])
            place = cls(path, None if side is None else Side(side), start, end, excerpt, identity)
            # A draft of an older program names nothing.
            return replace(place, becomes=fields.get(BECOMES) or place.becomes)
        except (KeyError, ValueError, TypeError):
            return None


def begun(desk: Desk, item: str) -> tuple[Anchor, str] | None:
    """Where a comment belongs that was begun and not saved, and its text; None where none was.

    There is one an item at most: it is saved or thrown away before another is written or changed. A change of a
    comment that was taken away meanwhile is one of its own.
    """
    fields = desk.comment_draft(item)
    anchor = Anchor.read(fields)
    if anchor is None:
        return None
    stands = anchor.id in {comment.id for comment in desk.review(item).comments}
    return anchor if stands else replace(anchor, id=""), fields.get("text", "")

"""Comments on lines, files and the change: no part of a verdict, and taken until the review is finished."""

from __future__ import annotations

from uuid import uuid4

from pydantic import BaseModel

from mergecheck.errors import Refused
from mergecheck.packet.events import CommentBody, CommentDeletedBody, CommentEditedBody, EventType
from mergecheck.records import Comment, Side
from review_ui.fields import InvalidAnswer, cleaned_text, unicode_only
from review_ui.timekeeping import Timekeeping

BECOMES = "becomes"
"""The field of a comment's draft that holds the id of the comment that it becomes."""


class Commenting(Timekeeping):
    """A review that takes comments."""

    def comment(
        self,
        item: str,
        text: str,
        *,
        path: str | None = None,
        side: Side | None = None,
        start: int | None = None,
        end: int | None = None,
        excerpt: str = "",
        named: str = "",
    ) -> Comment:
        """Save a comment on the change, on a file of it (`path`), or on lines of one of its sides.

        Its id is `named`, where that is given: what its draft says that it becomes.

        Raises:
            InvalidAnswer: there is no text, or no such file.
            Refused: the review is finished.
        """
        self._check_comments(item)
        text = cleaned_text(text)
        found = {} if text else {"text": "write something, or take the comment away"}
        if path is not None and path not in {
            name for file in self.item(item).files for name in (file.path, file.old_path)
        }:
            found["path"] = "name a file of this change"
        if found:
            raise InvalidAnswer(found)
        # A lone surrogate of a packet's text cannot be written as UTF-8.
        comment = Comment(named or uuid4().hex, text, path, side, start, end, unicode_only(excerpt))
        self._record_comment(item, EventType.COMMENT, CommentBody.of(comment))
        return comment

    def edit_comment(self, item: str, comment: str, text: str) -> None:
        """Save a new text of a comment, by its id. As `comment`.

        Raises:
            InvalidAnswer: there is no text.
            Refused: there is no such comment, or the review is finished.
        """
        self._check_comments(item, comment)
        text = cleaned_text(text)
        if not text:
            raise InvalidAnswer({"text": "write something, or take the comment away"})
        self._record_comment(item, EventType.COMMENT_EDITED, CommentEditedBody(comment_id=comment, text=text))

    def delete_comment(self, item: str, comment: str) -> None:
        """Take a comment away; what it said stays in the file.

        Raises:
            Refused: there is no such comment, or the review is finished.
        """
        self._check_comments(item, comment)
        self._record_comment(item, EventType.COMMENT_DELETED, CommentDeletedBody(comment_id=comment))

    def _check_comments(self, item: str, comment: str | None = None) -> None:
        self._check_known(item)
        if self.finished:
            raise Refused("the review is finished: no comments are taken any more", where=self._where(item))
        if comment is not None and comment not in {standing.id for standing in self.review(item).comments}:
            raise Refused("there is no such comment", where=self._where(item))

    def _record_comment(self, item: str, kind: EventType, body: BaseModel) -> None:
        self._begin()
        self._record_time()
        self._record(kind, item, body)

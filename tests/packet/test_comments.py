"""Comments in an answers file, and the format that brought them."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from mergecheck.packet.answers import AnswersFile, read_answers
from mergecheck.packet.events import (
    FORMAT,
    CommentBody,
    CommentDeletedBody,
    CommentEditedBody,
    Elsewhere,
    EventType,
    FocusBody,
)
from mergecheck.packet.outcome import fold, merge
from mergecheck.records import Comment, Front, Side

DIGEST = "d" * 64
LINE = CommentBody(comment_id="a", path="f.py", side=Side.NEW, start=2, end=3, excerpt="x\ny", text="why")


def test_comments_are_folded_into_the_review(tmp_path):
    path = tmp_path / "a.jsonl"
    with AnswersFile.open(path, DIGEST, front=Front.FULL_SCREEN) as file:
        file.append(EventType.COMMENT, "one", LINE)
        file.append(EventType.COMMENT, "one", CommentBody(comment_id="b", text="in all"))
        file.append(EventType.COMMENT, "two", CommentBody(comment_id="c", path="f.py", text="the file"))
        file.append(EventType.COMMENT_EDITED, "one", CommentEditedBody(comment_id="a", text="why not"))
        file.append(EventType.COMMENT_DELETED, "one", CommentDeletedBody(comment_id="b"))
        file.append(EventType.COMMENT_EDITED, "one", CommentEditedBody(comment_id="b", text="too late"))
    reviews = fold(read_answers(path).events)
    assert reviews["one"].comments == (Comment("a", "why not", "f.py", Side.NEW, 2, 3, "x\ny"),)
    assert reviews["two"].comments == (Comment("c", "the file", "f.py"),)


def test_only_what_needs_the_newer_format_has_it(tmp_path):
    """A file without comments or turns to something else is one that older programs read."""
    path = tmp_path / "a.jsonl"
    with AnswersFile.open(path, DIGEST, front=Front.PLAIN) as file:
        for kind in EventType:
            item = None if kind in (EventType.PAUSED, EventType.RESUMED, EventType.LEFT) else "one"
            if kind in (EventType.SHOWN, EventType.LEFT, EventType.UNDONE):
                file.append(kind, item)
        file.append(EventType.COMMENT, "one", LINE)
        file.append(EventType.FOCUS_LOST, body=FocusBody(to=Elsewhere.WINDOW))
        file.append(EventType.FOCUS_GAINED)
    formats = {line["type"]: line["format"] for line in map(json.loads, path.read_bytes().splitlines())}
    assert formats.pop("comment") == 2
    assert formats.pop("focus_lost") == formats.pop("focus_gained") == FORMAT
    assert set(formats.values()) == {1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"side": "new"},
        {"path": "f.py", "side": "new", "start": 1},
        {"side": "new", "start": 1, "end": 1},
        {"path": "f.py", "side": "new", "start": 2, "end": 1},
        {"path": "f.py", "side": "left", "start": 1, "end": 1},
    ],
)
def test_half_an_anchor_is_refused(wrong):
    with pytest.raises(ValidationError):
        CommentBody.model_validate({"comment_id": "a", "text": "x", **wrong})


def test_a_comment_edited_here_and_deleted_there_is_deleted(tmp_path: Path):
    first = tmp_path / "a.jsonl"
    with AnswersFile.open(first, DIGEST, front=Front.PLAIN) as file:
        file.append(EventType.COMMENT, "one", LINE)
    second = tmp_path / "b.jsonl"
    second.write_bytes(first.read_bytes())
    with AnswersFile.open(second, DIGEST, front=Front.PLAIN) as file:
        file.append(EventType.COMMENT_DELETED, "one", CommentDeletedBody(comment_id="a"))
    with AnswersFile.open(first, DIGEST, front=Front.PLAIN) as file:
        file.append(EventType.COMMENT_EDITED, "one", CommentEditedBody(comment_id="a", text="later"))
    events = merge([read_answers(first).events, read_answers(second).events])
    assert fold(events)["one"].comments == ()

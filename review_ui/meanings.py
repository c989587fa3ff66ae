"""What the events of the answers file and their fields mean, in words for whoever sends it."""

from __future__ import annotations

from mergecheck.packet.events import EventType

KINDS = {
    EventType.OPENED: "the packet was opened for reviewing",
    EventType.SHOWN: "the item was put before you",
    EventType.VERDICT: "what you said of the change",
    EventType.UNDONE: "you took the verdict back",
    EventType.TIME: "spent on the item",
    EventType.GUESS_OPENED: "asked who wrote it",
    EventType.GUESS: "who may have written it",
    EventType.CORRECTION: "you changed a closed verdict",
    EventType.COMMENT: "what you said of a part of the change",
    EventType.COMMENT_EDITED: "you changed a comment",
    EventType.COMMENT_DELETED: "you took a comment away; what it said stays above",
    EventType.PAUSED: "time stands still",
    EventType.RESUMED: "time goes on",
    EventType.FOCUS_LOST: "you turned to another window or program",
    EventType.FOCUS_GAINED: "you were back",
    EventType.LEFT: "the program was left",
    EventType.FINISHED: "the review was declared finished",
}
MEANINGS = {
    "format": "the version of the file's format",
    "id": "a digest of all that the line says, so that a changed line is noticed",
    "seq": "the line's number, at its beginning above",
    "prev": "a digest of the line before, so that a missing line is noticed; on the first line, of the packet",
    "at": "when it was, by the clock of the computer",
    "front": "what you reviewed with: plain (line by line), full_screen, answers_file (--answers-from)",
    "simulated": "whether a program answered in the place of a person",
    "type": "what happened, after the time above",
    "item": "the item's id, null where a line is about none; above it has its number in your queue",
    "body": "what is said, below its line above; nothing there, an empty body",
}
BODY_MEANINGS = {
    "study_id": "stands for the study",
    "reviewer": "your pseudonym in the study",
    "round": "which packet of yours it is",
    "program": "the program and its version",
    "session": "tells one opening from another; random",
    "decision": "accept, request_changes or skip",
    "reason": "the core reason for refusing it",
    "progress": "per cent of the way to a change that you would merge",
    "confidence": "how sure you were, of the verdict or of who wrote it, 1 to 10",
    "baseline_minutes": "minutes to write such a change yourself",
    "comment": "what you wrote",
    "skip_reason": "why you skipped it",
    "why": "why a closed verdict changed",
    "active_seconds": "time on the item since the last line of this kind, pauses left out",
    "wall_seconds": "the same time by the clock, pauses and all",
    "author": "who you think wrote it: human, ai or cannot_tell",
    "to": "window: another one of your screen; program: your pager or editor, started from here",
    "comment_id": "tells one comment from another; random",
    "path": "the file that the comment is on",
    "side": "old: the text as it was, new: as it would be",
    "start": "the first line that the comment is on",
    "end": "the last line that the comment is on",
    "excerpt": "those lines as they stood",
    "text": "what the comment says",
    "recognised": "whether you knew the change: no, familiar or yes",
}

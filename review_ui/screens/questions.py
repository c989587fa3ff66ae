"""What the forms ask, and the answers that do not come from the study's own form."""

from __future__ import annotations

from mergecheck.records import Author, Decision, Recognised

DECISIONS = (
    (Decision.ACCEPT.value, "accept", "you would merge it as it is"),
    (Decision.REQUEST_CHANGES.value, "request changes", "you would not merge it as it is"),
    (Decision.SKIP.value, "skip", "you cannot judge it; a skip is no refusal"),
)
LABELS = {
    "why": "Why does your verdict change?",
    "decision": "Decision",
    "reason": "The core reason",
    "skip_reason": "Why do you skip it?",
    "progress": "How far is it towards a change that you would merge, 0 to 100 %",
    "confidence": "How sure are you, 1 to 10",
    "baseline_minutes": "Minutes to write such a change yourself",
    "comment": "Comment, if you like",
    "guess": "Who may have written it?",
    "guess_confidence": "How sure are you of that, 1 to 10",
    "recognised": "Do you know this change?",
}
SHORT = {
    "why": "why it changes",
    "decision": "decision",
    "reason": "core reason",
    "skip_reason": "why you skip",
    "progress": "how far",
    "confidence": "how sure",
    "baseline_minutes": "minutes",
    "guess": "who",
    "guess_confidence": "how sure",
    "recognised": "whether you know it",
}
"""What is missing, so short that all of it has room in a line of 80 columns."""
AUTHORS = (
    (Author.HUMAN.value, "a person", ""),
    (Author.AI.value, "an AI", ""),
    (Author.CANNOT_TELL.value, "can't tell", ""),
)
KNOWN = (
    (Recognised.NO.value, "no", ""),
    (Recognised.FAMILIAR.value, "seems familiar", ""),
    (Recognised.YES.value, "yes", "I have seen or written it"),
)
